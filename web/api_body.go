package web

import (
	"context"
	"io"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"

	"recallbot/bot"
)

// acquire reserves what a running call needs: a slot of its team, and memory for its body.
func (a *api) acquire(ctx huma.Context, op *huma.Operation, token bot.Token) (free func(), err error) {
	release, ok := a.calls.acquire(token.Team)
	if !ok {
		return nil, newProblem(http.StatusServiceUnavailable, "Too many calls are running. Try again later.")
	}
	releaseBody, err := a.acquireBody(ctx.Context(), humagin.Unwrap(ctx).Request, op)
	if err != nil {
		release()
		return nil, err
	}
	return func() { releaseBody(); release() }, nil
}

// acquireBody reserves memory for a body that is not small, before it is read.
func (a *api) acquireBody(ctx context.Context, r *http.Request, op *huma.Operation) (release func(), err error) {
	size := r.ContentLength
	switch {
	case op.RequestBody == nil:
		return func() {}, nil
	case size >= op.MaxBodyBytes:
		return nil, tooLarge(op)
	case size < 0:
		size = op.MaxBodyBytes
	}
	if op.Metadata[retries5xx] == true {
		size = min(size, alertsMemory)
	}
	if size <= smallBody {
		return func() {}, nil
	}
	waiting, cancel := context.WithTimeout(ctx, bodyWait)
	defer cancel()
	taken, ok := a.bodyBudget.acquire(waiting, int(size), connOf(ctx).abort)
	if !ok {
		return nil, errBusy
	}
	r.Body = &notifyingBody{r.Body, func() { a.bodyBudget.markRead(taken) }}
	return func() { a.bodyBudget.release(taken) }, nil
}

// notifyingBody calls onEnd when it has been read.
type notifyingBody struct {
	io.ReadCloser

	onEnd func()
}

// Read reads from the body.
func (b *notifyingBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if err != nil {
		b.onEnd()
	}
	return n, err
}

package web

import (
	"context"
	"io"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"

	"recallbot/bot"
)

// enter takes what a call needs while it is under way: one of its team's places, and room for its body.
func (a *api) enter(ctx huma.Context, op *huma.Operation, token bot.Token) (free func(), err error) {
	giveBack, ok := a.calls.take(token.Team)
	if !ok {
		return nil, newProblem(http.StatusServiceUnavailable, "Too many calls are under way; come again later.")
	}
	leave, err := a.takeRoom(ctx.Context(), humagin.Unwrap(ctx).Request, op)
	if err != nil {
		giveBack()
		return nil, err
	}
	return func() { leave(); giveBack() }, nil
}

// takeRoom takes room for a body that is not small, before it is read.
func (a *api) takeRoom(ctx context.Context, r *http.Request, op *huma.Operation) (leave func(), err error) {
	size := r.ContentLength
	switch {
	case op.RequestBody == nil:
		return func() {}, nil
	case size >= op.MaxBodyBytes:
		return nil, tooLarge(op)
	case size < 0:
		size = op.MaxBodyBytes
	}
	if op.Metadata[insists] == true {
		size = min(size, heldAlerts)
	}
	if size <= smallBody {
		return func() {}, nil
	}
	waiting, cancel := context.WithTimeout(ctx, bodyWait)
	defer cancel()
	taken, ok := a.room.enter(waiting, int(size), connectionOf(ctx).end)
	if !ok {
		return nil, errBusy
	}
	r.Body = &watchedBody{r.Body, func() { a.room.read(taken) }}
	return func() { a.room.leave(taken) }, nil
}

// watchedBody tells when it has been read.
type watchedBody struct {
	io.ReadCloser

	whole func()
}

// Read reads on.
func (b *watchedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if err != nil {
		b.whole()
	}
	return n, err
}

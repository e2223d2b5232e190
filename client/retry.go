package client

import (
	"context"
	"errors"
	"math/rand/v2"
	"net/http"
	"time"
)

// firstWait is the wait after the first try, where the bot names none; it is doubled after each further one.
const firstWait = 500 * time.Millisecond

// next says whether to send a call again after what became of it, and how long to wait before.
func (c *Client) next(call call, err error, try int) (time.Duration, bool) {
	if err == nil || try >= c.opts.Tries {
		return 0, false
	}
	wait := min(firstWait<<(try-1), c.opts.Patience)
	wait = wait/2 + rand.N(wait/2+1) //nolint:gosec // spreads callers, guards nothing
	problem, answered := errors.AsType[*Error](err)
	switch {
	case !answered && (errors.Is(err, context.Canceled) || !call.repeatable()):
		return 0, false
	case !answered:
		return wait, true
	case problem.Status == http.StatusTooManyRequests || problem.Status == http.StatusServiceUnavailable:
		return max(wait, problem.RetryAfter), problem.RetryAfter <= c.opts.Patience
	case problem.Status == http.StatusBadGateway || problem.Status == http.StatusGatewayTimeout:
		return wait, call.repeatable()
	default:
		return 0, false
	}
}

// repeatable reports whether a call may be sent again when nobody knows what became of it.
func (c call) repeatable() bool {
	return c.again || c.key != "" || c.method == http.MethodGet || c.method == http.MethodDelete
}

// sleep waits, or gives up with the context.
func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

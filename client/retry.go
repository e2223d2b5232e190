package client

import (
	"context"
	"errors"
	"math/rand/v2"
	"net/http"
	"time"
)

// firstWait is the wait after the first attempt; it doubles after each further one.
const firstWait = 500 * time.Millisecond

// retry returns whether to repeat a call after an error, and the wait before.
func (c *Client) retry(call call, err error, try int) (time.Duration, bool) {
	if err == nil || try >= c.opts.Tries {
		return 0, false
	}
	wait := min(firstWait<<(try-1), c.opts.Patience)
	wait = wait/2 + rand.N(wait/2+1) //nolint:gosec // spreads callers; not a secret
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

// repeatable reports whether a call is safe to repeat if its result is unknown.
func (c call) repeatable() bool {
	return c.idempotent || c.key != "" || c.method == http.MethodGet || c.method == http.MethodDelete
}

// sleep waits for d or until ctx is done.
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

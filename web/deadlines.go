package web

import (
	"context"
	"sync"
	"time"
)

// deadlineStep is how much earlier a shared deadline may end.
const deadlineStep = 100 * time.Millisecond

// sharedDeadlines gives many short calls contexts that share timers: a timer for each event costs as much as checking
// its signature. It is safe for concurrent use.
type sharedDeadlines struct {
	timeout time.Duration

	mu     sync.Mutex
	shared context.Context //nolint:containedctx // the current timer
	began  time.Time
}

// withTimeout returns a context with the values of ctx that ends after the timeout or up to deadlineStep earlier. It
// does not end with ctx: an event that arrived is stored even if its sender has gone.
func (d *sharedDeadlines) withTimeout(ctx context.Context) context.Context {
	now := time.Now()
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.shared == nil || now.Sub(d.began) > deadlineStep {
		shared, end := context.WithTimeout(context.Background(), d.timeout) //nolint:forbidigo // shared by many callers
		context.AfterFunc(shared, end)                                      // after its timeout
		d.began, d.shared = now, shared
	}
	return valueContext{d.shared, ctx}
}

// valueContext is a context with the values of another one.
type valueContext struct {
	context.Context //nolint:containedctx // it is a context

	values context.Context //nolint:containedctx // source of values
}

// Value asks the deadline's context first, which package context relies on.
func (v valueContext) Value(key any) any {
	if value := v.Context.Value(key); value != nil {
		return value
	}
	return v.values.Value(key)
}

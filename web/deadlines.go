package web

import (
	"context"
	"sync"
	"time"
)

// deadlineStep is how much earlier a shared deadline may come than one of its own.
const deadlineStep = 100 * time.Millisecond

// sharedDeadlines bound the time of many short calls by timers that they share: a timer for each event costs as much as
// checking its signature. It is safe for concurrent use.
type sharedDeadlines struct {
	timeout time.Duration

	mu     sync.Mutex
	shared context.Context //nolint:containedctx // it is the timer
	began  time.Time
}

// withTimeout gives a context with the values of ctx, which ends after the time, or up to 100 ms earlier. It does not end
// with ctx: what has come is kept, also when whoever sent it has gone.
func (d *sharedDeadlines) withTimeout(ctx context.Context) context.Context {
	now := time.Now()
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.shared == nil || now.Sub(d.began) > deadlineStep {
		shared, end := context.WithTimeout(context.Background(), d.timeout) //nolint:forbidigo // it belongs to many callers
		context.AfterFunc(shared, end)                                      // it has run out by then
		d.began, d.shared = now, shared
	}
	return valueContext{d.shared, ctx}
}

// valueContext is a context with the values of another one.
type valueContext struct {
	context.Context //nolint:containedctx // it is one

	values context.Context //nolint:containedctx // whose values it has
}

// Value looks where the end comes from first: those who derive contexts find it by a value.
func (v valueContext) Value(key any) any {
	if value := v.Context.Value(key); value != nil {
		return value
	}
	return v.values.Value(key)
}

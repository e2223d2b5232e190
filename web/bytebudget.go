package web

import (
	"context"
	"slices"
	"sync"
	"time"
)

// slowBodyAfter is how long a large body may take while others wait for memory.
const slowBodyAfter = 100 * time.Millisecond

// byteBudget limits the bytes of large bodies in memory. The smallest waiting body is served first, so that a few
// large ones do not block many small ones. Bodies that arrive slowly are aborted while others wait.
type byteBudget struct {
	mu      sync.Mutex
	free    int
	active  []*reservation // the oldest first
	waiting []*reservation
}

// reservation is a part of the budget.
type reservation struct {
	size    int
	since   time.Time
	abort   func()        // aborts reading the body; nil once called or the body is complete
	granted chan struct{} // closed when granted
}

func newByteBudget(size int) *byteBudget { return &byteBudget{free: size} }

// acquire waits for a reservation, which must be released. abort is called to stop reading the body. acquire reports
// false if ctx ends first.
func (r *byteBudget) acquire(ctx context.Context, size int, abort func()) (*reservation, bool) {
	p := &reservation{size: size, abort: abort, granted: make(chan struct{})}
	r.mu.Lock()
	r.waiting = append(r.waiting, p)
	r.grantWaiting()
	r.mu.Unlock()
	for {
		select {
		case <-p.granted:
			return p, true
		default:
			r.abortSlow()
		}
		select {
		case <-p.granted:
			return p, true
		case <-ctx.Done():
			return p, r.stopWaiting(p)
		case <-time.After(slowBodyAfter):
		}
	}
}

// stopWaiting removes a waiting reservation and reports whether it was granted meanwhile.
func (r *byteBudget) stopWaiting(p *reservation) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	waiting := slices.Contains(r.waiting, p)
	r.waiting = without(r.waiting, p)
	return !waiting
}

// markRead records that a body is complete: its reservation is kept until it is released.
func (r *byteBudget) markRead(p *reservation) {
	r.mu.Lock()
	defer r.mu.Unlock()
	p.abort = nil
}

func (r *byteBudget) release(p *reservation) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.active = without(r.active, p)
	r.free += p.size
	r.grantWaiting()
}

// grantWaiting grants waiting reservations as far as there is budget.
func (r *byteBudget) grantWaiting() {
	for len(r.waiting) > 0 {
		p := slices.MinFunc(r.waiting, func(a, b *reservation) int { return a.size - b.size })
		if p.size > r.free {
			return
		}
		r.waiting = without(r.waiting, p)
		r.active = append(r.active, p)
		r.free -= p.size
		p.since = time.Now()
		close(p.granted)
	}
}

// abortSlow aborts slow bodies, the oldest first, until there is enough for all waiting ones.
func (r *byteBudget) abortSlow() {
	r.mu.Lock()
	defer r.mu.Unlock()
	need := 0
	for _, p := range r.waiting {
		need += p.size
	}
	for _, p := range r.active {
		if need <= 0 {
			return
		}
		if p.abort != nil && time.Since(p.since) >= slowBodyAfter {
			p.abort()
			p.abort = nil
			need -= p.size
		}
	}
}

func without(list []*reservation, p *reservation) []*reservation {
	return slices.DeleteFunc(list, func(other *reservation) bool { return other == p })
}

package web

import (
	"context"
	"slices"
	"sync"
	"time"
)

// slowBodyAfter is how long a large body may take to come while others wait for room.
const slowBodyAfter = 100 * time.Millisecond

// byteBudget bounds how many bytes of large bodies are held at once. The smallest that waits comes first, so that a few large ones
// don't keep out many small ones; a body that takes too long to come makes room for those that wait.
type byteBudget struct {
	mu      sync.Mutex
	free    int
	active  []*reservation // the oldest first
	waiting []*reservation
}

// reservation is some of the room.
type reservation struct {
	size    int
	since   time.Time
	abort   func()        // ends the reading of the body; nil once it was called, or all has come
	granted chan struct{} // closed when it is had
}

func newByteBudget(size int) *byteBudget { return &byteBudget{free: size} }

// acquire waits for a place, which must be left again. end is called to end the reading of the body. It reports false where ctx
// ends first.
func (r *byteBudget) acquire(ctx context.Context, size int, end func()) (*reservation, bool) {
	p := &reservation{size: size, abort: end, granted: make(chan struct{})}
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

// stopWaiting reports whether a place was had at the last moment, and has it wait no longer.
func (r *byteBudget) stopWaiting(p *reservation) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	waits := slices.Contains(r.waiting, p)
	r.waiting = without(r.waiting, p)
	return !waits
}

// markRead notes that all of a body has come: its place is kept until it is left.
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

// grantWaiting gives what is free to those who wait.
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

// abortSlow ends the reading of as many bodies as those who wait have need of, the oldest first.
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

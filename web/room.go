package web

import (
	"context"
	"slices"
	"sync"
	"time"
)

// bodyGrace is how long a large body may take to come while others wait for room.
const bodyGrace = 100 * time.Millisecond

// room bounds how many bytes of large bodies are held at once. The smallest that waits comes first, so that a few large ones
// don't keep out many small ones; a body that takes too long to come makes room for those that wait.
type room struct {
	mu      sync.Mutex
	free    int
	held    []*place // the oldest first
	waiting []*place
}

// place is some of the room.
type place struct {
	size  int
	since time.Time
	end   func()        // ends the reading of the body; nil once it was called, or all has come
	had   chan struct{} // closed when it is had
}

func newRoom(size int) *room { return &room{free: size} }

// enter waits for a place, which must be left again. end is called to end the reading of the body. It reports false where ctx
// ends first.
func (r *room) enter(ctx context.Context, size int, end func()) (*place, bool) {
	p := &place{size: size, end: end, had: make(chan struct{})}
	r.mu.Lock()
	r.waiting = append(r.waiting, p)
	r.grant()
	r.mu.Unlock()
	for {
		select {
		case <-p.had:
			return p, true
		default:
			r.hurry()
		}
		select {
		case <-p.had:
			return p, true
		case <-ctx.Done():
			return p, r.has(p)
		case <-time.After(bodyGrace):
		}
	}
}

// has reports whether a place was had at the last moment, and has it wait no longer.
func (r *room) has(p *place) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	waits := slices.Contains(r.waiting, p)
	r.waiting = without(r.waiting, p)
	return !waits
}

// read notes that all of a body has come: its place is kept until it is left.
func (r *room) read(p *place) {
	r.mu.Lock()
	defer r.mu.Unlock()
	p.end = nil
}

func (r *room) leave(p *place) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.held = without(r.held, p)
	r.free += p.size
	r.grant()
}

// grant gives what is free to those who wait.
func (r *room) grant() {
	for len(r.waiting) > 0 {
		p := slices.MinFunc(r.waiting, func(a, b *place) int { return a.size - b.size })
		if p.size > r.free {
			return
		}
		r.waiting = without(r.waiting, p)
		r.held = append(r.held, p)
		r.free -= p.size
		p.since = time.Now()
		close(p.had)
	}
}

// hurry ends the reading of as many bodies as those who wait have need of, the oldest first.
func (r *room) hurry() {
	r.mu.Lock()
	defer r.mu.Unlock()
	need := 0
	for _, p := range r.waiting {
		need += p.size
	}
	for _, p := range r.held {
		if need <= 0 {
			return
		}
		if p.end != nil && time.Since(p.since) >= bodyGrace {
			p.end()
			p.end = nil
			need -= p.size
		}
	}
}

func without(list []*place, p *place) []*place {
	return slices.DeleteFunc(list, func(other *place) bool { return other == p })
}

package queue

import (
	"sync"
	"time"
)

// guessedRun is what an item is taken to need while nothing of its key has finished.
const guessedRun = 20 * time.Millisecond

// An item that is put off for the sake of the other keys comes back within these bounds.
const (
	minDefer = 100 * time.Millisecond
	maxDefer = 10 * time.Second
)

// job is a delivery in hand.
type job struct {
	Delivery

	entry   string    // its stream entry
	held    time.Time // when the lease was last known to be ours
	begun   bool      // its handler has been called
	settled bool      // its fate is decided; a handler that returns after that is too late
	counted bool      // as one of its owner's
}

// keyQueue is what a hand knows of one key: who runs, who waits, and how fast the key moves.
type keyQueue struct {
	granted int // ready or running
	waiting []*job
	run     time.Duration // moving mean of its handlers' time
	moved   time.Time     // when a handler last ended
	slot    time.Time     // when the next item that is put off may come back
}

// inflight holds the jobs of this process from taking to settling. It decides who runs next: jobs stand in one line, in
// which each key has at most perKey places, so that no key holds up another.
type inflight struct {
	workers, perKey, keyInHand, inHand int
	perOwner, ownerInHand, spare       int

	freed chan struct{} // told when a job has left

	mu      sync.Mutex
	jobs    map[string]*job
	lanes   map[string]*keyQueue
	shares  map[string]*share
	ready   []*job
	running int
	stopped bool
	// owned is how many jobs in hand have an owner, ownedRunning how many handlers of these run, free how many of the others.
	owned, ownedRunning, free int
}

func newInflight(c *Config) *inflight {
	return &inflight{
		workers:     c.Workers,
		perKey:      c.PerKey,
		keyInHand:   c.KeyInHand,
		inHand:      c.InHand,
		perOwner:    c.PerOwner,
		ownerInHand: c.OwnerInHand,
		spare:       c.Spare,
		freed:       make(chan struct{}, 1),
		jobs:        map[string]*job{},
		lanes:       map[string]*keyQueue{},
		shares:      map[string]*share{},
	}
}

// room is how many more jobs may be taken.
func (h *inflight) room() int {
	h.mu.Lock()
	defer h.mu.Unlock()

	return h.inHand - len(h.jobs)
}

// admission is what add did with a job.
type admission int

const (
	admitted admission = iota // it runs as soon as it may
	known                     // it has been in hand before: only its lease is newer
	deferred                  // its key, or its owner, has enough in hand: put it off until the time given
	refused                   // the hand has stopped: give it back
)

// add takes a job in hand. A job that is deferred or refused stays in hand until it is settled.
func (h *inflight) add(j *job) (admission, time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()

	if have, ok := h.jobs[j.entry]; ok {
		have.held = j.held

		return known, time.Time{}
	}
	crowded := len(h.jobs) > h.inHand/2
	h.jobs[j.entry] = j
	s := h.share(j)
	if h.stopped {
		j.settled = true

		return refused, time.Time{}
	}
	if h.hasEnough(s) {
		j.settled = true

		return deferred, s.putOff(j.held, h.perOwner)
	}
	done, at := h.line(j, crowded)
	if done == admitted {
		h.hold(j, s)
	}

	return done, at
}

// line puts a job into the line of those that are ready, or of its key.
func (h *inflight) line(j *job, crowded bool) (admission, time.Time) {
	if j.Key == "" {
		h.ready = append(h.ready, j)

		return admitted, time.Time{}
	}

	l := h.lanes[j.Key]
	if l == nil {
		l = &keyQueue{run: guessedRun, moved: j.held}
		h.lanes[j.Key] = l
	}
	switch {
	case l.granted < h.perKey:
		l.granted++
		h.ready = append(h.ready, j)
	case crowded || l.granted+len(l.waiting) >= h.keyInHand:
		j.settled = true

		return deferred, l.putOff(j.held, h.perKey)
	default:
		l.waiting = append(l.waiting, j)
	}

	return admitted, time.Time{}
}

// keep takes a settled job in hand and reports false when it has been there before.
func (h *inflight) keep(j *job) bool {
	h.mu.Lock()
	defer h.mu.Unlock()

	if _, ok := h.jobs[j.entry]; ok {
		return false
	}
	h.jobs[j.entry] = j

	return true
}

// putOff spreads what comes back over the time the key needs to work it off: by the pace it had, or the one it has now
// when it is stuck.
func (l *keyQueue) putOff(now time.Time, perKey int) time.Time {
	soonest, latest := now.Add(minDefer), now.Add(maxDefer)
	if l.slot.Before(soonest) {
		l.slot = soonest
	}
	at := l.slot
	l.slot = l.slot.Add(max(l.run, now.Sub(l.moved)) / time.Duration(perKey))
	if l.slot.After(latest) {
		l.slot = latest
	}

	return at
}

// next gives a worker that starts its first job, or nil when all workers are busy or nothing is ready.
func (h *inflight) next() *job {
	h.mu.Lock()
	defer h.mu.Unlock()

	if h.running >= h.workers {
		return nil
	}

	return h.pop()
}

// follow takes a job from its worker, which had it from start to now, and gives it the next one, or nil to end.
func (h *inflight) follow(j *job, start, now time.Time) *job {
	h.mu.Lock()
	defer h.mu.Unlock()

	h.running--
	if s := h.shares[j.Owner]; s != nil {
		s.ended(start, now)
	}
	h.ran(j, -1)
	if l := h.lanes[j.Key]; l != nil {
		l.ended(start, now)
		l.granted--
		switch {
		case len(l.waiting) > 0:
			l.granted++
			h.ready = append(h.ready, l.waiting[0])
			l.waiting = l.waiting[1:]
		case l.granted == 0:
			delete(h.lanes, j.Key)
		}
	}

	return h.pop()
}

// begin reports whether the job may run: not when its lease has run out unnoticed, for then another worker may have
// it; it is dropped, and comes back if nobody has.
func (h *inflight) begin(j *job, now time.Time, lease time.Duration) bool {
	h.mu.Lock()
	defer h.mu.Unlock()

	if now.Sub(j.held) > lease {
		h.drop(j.entry)

		return false
	}
	j.begun = true

	return true
}

// settle marks the job's fate as decided and reports whether this call did.
func (h *inflight) settle(j *job) bool {
	h.mu.Lock()
	defer h.mu.Unlock()

	first := !j.settled
	j.settled = true

	return first
}

// stop hands out nothing more and returns the jobs that have not begun.
func (h *inflight) stop() []*job {
	h.mu.Lock()
	defer h.mu.Unlock()

	h.stopped = true
	h.ready = nil

	return h.open(false)
}

// left returns the jobs whose fate is still open.
func (h *inflight) left() []*job {
	h.mu.Lock()
	defer h.mu.Unlock()

	return h.open(true)
}

// open settles and returns the unsettled jobs, those that have begun only when asked for.
func (h *inflight) open(begun bool) []*job {
	var open []*job
	for _, j := range h.jobs {
		if j.settled || (j.begun && !begun) {
			continue
		}
		j.settled = true
		open = append(open, j)
	}

	return open
}

// leave drops jobs that are settled in Redis.
func (h *inflight) leave(jobs []*job) {
	h.mu.Lock()
	defer h.mu.Unlock()

	for _, j := range jobs {
		h.drop(j.entry)
	}
}

func (h *inflight) drop(entry string) {
	if j := h.jobs[entry]; j != nil {
		h.release(j)
	}
	delete(h.jobs, entry)
	select {
	case h.freed <- struct{}{}:
	default:
	}
}

// entries lists the stream entries of the jobs in hand.
func (h *inflight) entries() []string {
	h.mu.Lock()
	defer h.mu.Unlock()

	ids := make([]string, 0, len(h.jobs))
	for id := range h.jobs {
		ids = append(ids, id)
	}

	return ids
}

// renewed notes that the leases of the entries were ours at the given time.
func (h *inflight) renewed(entries []string, at time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()

	for _, id := range entries {
		if j := h.jobs[id]; j != nil {
			j.held = at
		}
	}
}

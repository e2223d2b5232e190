package queue

import (
	"slices"
	"time"
)

// share is what a hand knows of one owner: how much of it is in hand, how many of its handlers run, and how fast it moves.
type share struct {
	keyQueue

	held, running int
}

// share gives the owner's, which begins with its first job in hand; nil is that of jobs without one.
func (h *inflight) share(j *job) *share {
	if j.Owner == "" {
		return nil
	}
	s := h.shares[j.Owner]
	if s == nil {
		s = &share{keyQueue: keyQueue{run: guessedRun, moved: j.held}}
		h.shares[j.Owner] = s
	}
	return s
}

// hasEnough reports whether a job's owner has its part of the hand already, or all owners together leave no more room for
// jobs without one.
func (h *inflight) hasEnough(s *share) bool {
	return s != nil && (s.held >= h.ownerInHand || h.owned >= h.inHand-h.inHand/4)
}

// hold counts a job that is in hand and not put off.
func (h *inflight) hold(j *job, s *share) {
	if s != nil {
		j.counted = true
		s.held++
		h.owned++
	}
}

// release counts a job no more.
func (h *inflight) release(j *job) {
	s := h.shares[j.Owner]
	if s == nil {
		return
	}
	if j.counted {
		s.held--
		h.owned--
	}
	h.forget(j.Owner, s)
}

// forget forgets an owner of whom nothing is in hand.
func (h *inflight) forget(owner string, s *share) {
	if s.held == 0 && s.running == 0 {
		delete(h.shares, owner)
	}
}

// ran counts how many handlers of the job's owner run.
func (h *inflight) ran(j *job, n int) {
	if j.Owner == "" {
		h.free += n
		return
	}
	h.ownedRunning += n
	if s := h.shares[j.Owner]; s != nil {
		s.running += n
		h.forget(j.Owner, s)
	}
}

func (h *inflight) pop() *job {
	if h.stopped {
		return nil
	}
	at := h.choose()
	if at < 0 {
		return nil
	}
	j := h.take(at)
	h.running++
	h.ran(j, 1)

	return j
}

// choose gives the place in the line of the job that runs next, or -1: that of whoever has the fewest handlers, the first where
// several have as few. Jobs without an owner go before.
func (h *inflight) choose() int {
	if len(h.shares) == 0 {
		return min(0, len(h.ready)-1)
	}
	best, fewest := -1, 0
	for i, j := range h.ready {
		n, owned := h.free, j.Owner != ""
		if owned {
			s := h.shares[j.Owner]
			n = s.running
			if n >= h.perOwner || h.ownedRunning >= h.workers-h.spare {
				continue
			}
		}
		if best < 0 || n < fewest || (n == fewest && !owned && h.ready[best].Owner != "") {
			best, fewest = i, n
		}
	}
	return best
}

// take takes the job at a place out of the line.
func (h *inflight) take(at int) *job {
	j := h.ready[at]
	if at > 0 {
		h.ready = slices.Delete(h.ready, at, at+1)
		return j
	}
	h.ready[0] = nil
	h.ready = h.ready[1:]
	return j
}

// ended notes that a handler has.
func (l *keyQueue) ended(start, now time.Time) {
	l.run += (now.Sub(start) - l.run) / 8
	l.moved = now
}

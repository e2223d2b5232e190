package queue

import "time"

// watch decides whether this process may judge leases: that a worker has not renewed its lease says that it is dead only if this
// process, Redis and the network did not pause, and Redis's clock was not set. After any of these all workers get one lease
// of time to renew theirs.
type watch struct {
	lease time.Duration
	since time.Time // when the undisturbed time began; zero before the first tick
	next  time.Time // when the next tick is due

	// redisTime is the last time of Redis, in microseconds, which it had between asked and answered.
	redisTime       int64
	asked, answered time.Time
}

// tolerance is by how much a tick may be late.
func (w *watch) tolerance() time.Duration { return w.lease / 4 }

// expects returns between which times of Redis, in microseconds, a script runs that is sent at that time, if nothing disturbs it.
func (w *watch) expects(asked time.Time) (earliest, latest int64) {
	return w.redisTime + (asked.Sub(w.answered) - w.tolerance()).Microseconds(),
		w.redisTime + (asked.Sub(w.asked) + w.tolerance()).Microseconds()
}

// saw notes a tick that found this time of Redis. It reports whether leases may lie in the future, because Redis's clock was set
// back or because it is the first tick.
func (w *watch) saw(asked, answered time.Time, redisTime int64) (ahead bool) {
	earliest, latest := w.expects(asked)
	first := w.since.IsZero()
	ahead = first || redisTime < earliest
	late := asked.Sub(w.next) > w.tolerance() || answered.Sub(asked) > w.tolerance()
	if ahead || late || redisTime > latest {
		w.since = answered
	}
	w.redisTime, w.asked, w.answered = redisTime, asked, answered

	return ahead
}

// failed notes that a tick failed.
func (w *watch) failed(now time.Time) {
	if !w.since.IsZero() {
		w.since = now
	}
}

// mayJudge reports whether all live workers have had the time to renew their leases.
func (w *watch) mayJudge(now time.Time) bool { return !w.since.IsZero() && now.Sub(w.since) >= w.lease }

// wait returns when the next tick is due: soon while other workers have items, or while leases can't be judged yet.
func (w *watch) wait(now time.Time, others bool) time.Duration {
	d := min(w.lease, maxSleep)
	if others || !w.mayJudge(now) {
		d = min(w.lease/4, maxSleep)
	}
	w.next = now.Add(d)

	return d
}

package scenarios_test

import (
	"time"

	"recallbot/sandbox"
)

// activity counts calls and deliveries of the sandbox.
type activity struct {
	calls, deliveries int
	idle              bool
}

func (w *env) activity() activity {
	w.t.Helper()
	var p activity
	w.withState(func(s sandbox.State) { p = activity{len(s.Calls()), len(s.Deliveries()), s.Idle()} })
	return p
}

// waitJobs waits until no job is running. A job that waits for a person or a later time is not running.
func (w *env) waitJobs() {
	w.t.Helper()
	if !w.jobs {
		return
	}
	w.poll("all jobs are idle", func() bool {
		going, err := w.jobsRunning()
		return err == nil && !going
	})
}

// jobsRunning reports whether a job's step is queued or running. The embedded store shows this in gauges only, which are
// updated once a second: they are valid after an idle time. A delayed step was rate-limited if it runs within putOff; else it
// waits for a person.
func (w *env) jobsRunning() (bool, error) {
	const afresh, putOff = 1500 * time.Millisecond, 2500 * time.Millisecond
	if w.probe != nil {
		s, err := w.probe.jobs.Stats(w.t.Context())
		return s.Waiting+s.InFlight > 0 || s.Delayed > 0 && w.idleTime() < putOff, err
	}
	m, err := w.metrics()
	if err != nil {
		return false, err
	}
	items := map[string]float64{}
	for _, state := range []string{"waiting", "in_flight", "delayed"} {
		items[state] = m.sum("recallbot_job_items", `state="`+state+`"`)
	}
	begun, ended := m.sum("recallbot_work_age_seconds_count", `type="job"`), m.sum("recallbot_work_total", `type="job"`)
	quiet := afresh
	if items["delayed"] > 0 {
		quiet = putOff
	}
	return begun > ended || items["waiting"]+items["in_flight"] > 0 || w.idleTime() < quiet, nil
}

// idleTime returns the time since the last call or delivery.
func (w *env) idleTime() time.Duration {
	w.t.Helper()
	var last time.Time
	w.withState(func(s sandbox.State) {
		if calls := s.Calls(); len(calls) > 0 {
			last = calls[len(calls)-1].Start
		}
		if sent := s.Deliveries(); len(sent) > 0 && sent[len(sent)-1].Start.After(last) {
			last = sent[len(sent)-1].Start
		}
	})
	return time.Since(last)
}

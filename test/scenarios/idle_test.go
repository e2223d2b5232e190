package scenarios_test

import (
	"time"

	"recallbot/sandbox"
)

// activity is how much has happened in an env.
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

// waitJobs waits until no job goes on by itself. What waits for a person, or for the clock, is at rest.
func (w *env) waitJobs() {
	w.t.Helper()
	if !w.jobs {
		return
	}
	w.poll("all jobs are at rest", func() bool {
		going, err := w.jobsRunning()
		return err == nil && !going
	})
}

// jobsRunning reports whether a job's step waits or runs. On the embedded store that is known by gauges alone, which are
// brought up to date once a second, so that they count only when nothing has happened for a while. A longer while tells
// steps that the platform put off from those that wait for a person.
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

// idleTime is for how long nobody has called the platform, nor the platform the bot.
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

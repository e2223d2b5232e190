package queue

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"
)

// Outcome is what became of one run of a handler; its text serves as a label.
type Outcome string

// The outcomes of a run.
const (
	Done      Outcome = "done"       // settled
	Retry     Outcome = "retry"      // failed, runs again after a backoff
	Postponed Outcome = "postponed"  // runs again at the time its handler named, no attempt counted
	GivenBack Outcome = "given_back" // cut off by the shutdown, another worker has it, no attempt counted
	GivenUp   Outcome = "given_up"   // in the dead letters
)

type permanentError struct{ error }

func (e permanentError) Unwrap() error { return e.error }

type retryAtError struct {
	error

	at time.Time
}

func (e retryAtError) Unwrap() error { return e.error }

// Permanent marks an error that no further attempt can mend: the item becomes a dead letter at once.
// Permanent(nil) is nil.
func Permanent(err error) error {
	if err == nil {
		return nil
	}

	return permanentError{err}
}

// RetryAt asks for another run at t, by the clock of this process, which is not counted as an attempt: the time a
// server named when it refused, for instance. The error may be nil.
func RetryAt(t time.Time, err error) error {
	if err == nil {
		err = errors.New("not yet")
	}

	return retryAtError{error: err, at: t}
}

// verdict is an outcome with what is needed to carry it out.
type verdict struct {
	outcome Outcome
	fails   int       // failures so far, this one included
	again   bool      // a handler has begun
	at      time.Time // when to run again; the zero time stands for now
	reason  string    // why it was given up
}

// judge turns what a handler returned into a verdict. A failure after the shutdown cut its context off is the
// shutdown's fault and is not counted.
func (c *Config) judge(ctx context.Context, d *Delivery, err error, now time.Time) verdict {
	v := verdict{fails: d.Attempt - 1, again: true}
	if err == nil {
		v.outcome = Done

		return v
	}
	if _, ok := errors.AsType[permanentError](err); ok {
		v.outcome, v.fails, v.reason = GivenUp, d.Attempt, err.Error()

		return v
	}
	if later, ok := errors.AsType[retryAtError](err); ok {
		v.outcome, v.at = Postponed, later.at

		return v
	}
	if ctx.Err() != nil {
		v.outcome = GivenBack

		return v
	}
	v.fails = d.Attempt
	if d.Attempt >= c.MaxAttempts {
		v.outcome, v.reason = GivenUp, err.Error()

		return v
	}
	v.outcome, v.at = Retry, now.Add(c.backoff(d.Attempt))

	return v
}

// backoff doubles with each failure up to the cap; half of it is chance, so that what failed together does not come
// back together.
func (c *Config) backoff(fails int) time.Duration {
	d := c.maxBackoff(fails)

	return d/2 + rand.N(d/2+1) //nolint:gosec // spreads load, guards nothing
}

func (c *Config) maxBackoff(fails int) time.Duration {
	if shift := fails - 1; shift < 32 && c.BackoffBase < c.BackoffCap>>shift {
		return c.BackoffBase << shift
	}

	return c.BackoffCap
}

// Patience is the longest time for which an item is tried that fails each time, the runs themselves apart.
func (c Config) Patience() time.Duration {
	c = c.withDefaults()
	var sum time.Duration
	for fails := 1; fails < c.MaxAttempts; fails++ {
		sum += c.maxBackoff(fails)
	}

	return sum
}

package queue

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"
)

// Outcome is the outcome of one run of a handler; its text is a label of metrics.
type Outcome string

// The outcomes of a run.
const (
	Done      Outcome = "done"       // acknowledged
	Retry     Outcome = "retry"      // failed, runs again after a backoff
	Postponed Outcome = "postponed"  // runs again at the time that its handler named, not counted as an attempt
	GivenBack Outcome = "given_back" // interrupted by the shutdown and queued again, not counted as an attempt
	GivenUp   Outcome = "given_up"   // a dead letter
)

type permanentError struct{ error }

func (e permanentError) Unwrap() error { return e.error }

type retryAtError struct {
	error

	at time.Time
}

func (e retryAtError) Unwrap() error { return e.error }

// Permanent marks an error as final: the item is given up without further attempts. Permanent(nil) is nil.
func Permanent(err error) error {
	if err == nil {
		return nil
	}

	return permanentError{err}
}

// RetryAt postpones the item to t, by the clock of this process; the run is not counted as an attempt. It is for a time that a
// server named, for example. The error may be nil.
func RetryAt(t time.Time, err error) error {
	if err == nil {
		err = errors.New("not yet")
	}

	return retryAtError{error: err, at: t}
}

// decision is an outcome with its details.
type decision struct {
	outcome     Outcome
	fails       int       // failed attempts, with this one
	redelivered bool      // a handler has begun
	at          time.Time // when to run again; the zero time is now
	reason      string    // why it was given up
}

// decide turns a handler's error into a decision. A failure after ctx, which the shutdown cancels, is not counted as an attempt.
func (c *Config) decide(ctx context.Context, d *Delivery, err error, now time.Time) decision {
	out := decision{fails: d.Attempt - 1, redelivered: true}
	if err == nil {
		out.outcome = Done

		return out
	}
	if _, ok := errors.AsType[permanentError](err); ok {
		out.outcome, out.fails, out.reason = GivenUp, d.Attempt, err.Error()

		return out
	}
	if later, ok := errors.AsType[retryAtError](err); ok {
		out.outcome, out.at = Postponed, later.at

		return out
	}
	if ctx.Err() != nil {
		out.outcome = GivenBack

		return out
	}
	out.fails = d.Attempt
	if d.Attempt >= c.MaxAttempts {
		out.outcome, out.reason = GivenUp, err.Error()

		return out
	}
	out.outcome, out.at = Retry, now.Add(c.backoff(d.Attempt))

	return out
}

// backoff doubles with each failure up to the cap; half of it is random, so that items that failed together don't run again
// together.
func (c *Config) backoff(fails int) time.Duration {
	d := c.maxBackoff(fails)

	return d/2 + rand.N(d/2+1) //nolint:gosec // not for security
}

func (c *Config) maxBackoff(fails int) time.Duration {
	if shift := fails - 1; shift < 32 && c.BackoffBase < c.BackoffCap>>shift {
		return c.BackoffBase << shift
	}

	return c.BackoffCap
}

// RetryWindow is the longest time between the first and the last attempt of an item, without the time of the runs.
func (c Config) RetryWindow() time.Duration {
	c = c.withDefaults()
	var sum time.Duration
	for fails := 1; fails < c.MaxAttempts; fails++ {
		sum += c.maxBackoff(fails)
	}

	return sum
}

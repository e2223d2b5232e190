package store_test

import (
	"testing"
	"time"

	"recallbot/store"
)

// TestClock: Redis is an hour ahead, then is set back by a minute.
func TestClock(t *testing.T) {
	t.Parallel()
	start := time.Now()
	c := store.NewClock(start)
	theirs := func(at time.Duration) int64 { return (time.Hour + at).Microseconds() }
	ask := func(asked, read, answered time.Duration, set time.Duration) {
		c.Learn(start.Add(asked), start.Add(answered), theirs(read+set))
	}
	off := func(set time.Duration) time.Duration {
		const at = 10 * time.Second
		return c.Local(theirs(at + set)).Sub(start.Add(at)).Abs()
	}

	ask(0, 90*time.Millisecond, 100*time.Millisecond, 0)
	if got := off(0); got > 50*time.Millisecond {
		t.Errorf("off by %v after a slow answer", got)
	}
	ask(time.Second, time.Second+900*time.Microsecond, time.Second+time.Millisecond, 0)
	if got := off(0); got > time.Millisecond {
		t.Errorf("off by %v after a quick answer", got)
	}
	ask(2*time.Second, 2900*time.Millisecond, 3*time.Second, 0)
	if got := off(0); got > time.Millisecond {
		t.Errorf("off by %v after a slow answer that follows a quick one", got)
	}
	const back = -time.Minute
	ask(4*time.Second, 4*time.Second+200*time.Microsecond, 4*time.Second+time.Millisecond, back)
	if got := off(back); got > time.Millisecond {
		t.Errorf("off by %v after the clock was set back", got)
	}
}

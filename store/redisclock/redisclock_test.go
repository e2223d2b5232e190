package redisclock_test

import (
	"context"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"go.uber.org/goleak"

	"recallbot/store/redisclock"
	"recallbot/test/redistest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// slow holds back each command for a time.
type slow struct{ by time.Duration }

func (slow) DialHook(next redis.DialHook) redis.DialHook { return next }

func (s *slow) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		<-time.After(s.by)
		return next(ctx, cmd)
	}
}

func (slow) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return next
}

// counter is a count that several processes use.
type counter struct {
	t      *testing.T
	server *redistest.Server
	client *redis.Client
	script *redis.Script
	slow   slow
}

func newCounter(t *testing.T) *counter {
	t.Helper()
	server := redistest.StartStepping(t)
	c := &counter{
		t: t, server: server, client: redis.NewClient(&redis.Options{Addr: server.Addr()}),
		script: redis.NewScript(redisclock.Lua + `count(now) return {now}`),
	}
	c.client.AddHook(&c.slow)
	t.Cleanup(func() {
		if err := c.client.Close(); err != nil {
			t.Error(err)
		}
	})
	return c
}

// read gives the counted time, and checks that what it is by our clock is now.
func (c *counter) read(clock *redisclock.Clock) time.Time {
	c.t.Helper()
	asked := time.Now()
	answer, err := clock.Run(c.t.Context(), c.client, c.script, []string{"count"})
	if err != nil {
		c.t.Fatal(err)
	}
	if local := answer.Local(answer.Numbers[0]); local.Before(asked.Add(-time.Microsecond)) || local.After(time.Now()) {
		c.t.Errorf("it was %s, and is said to have been %s", time.Since(asked), time.Since(local))
	}
	return time.UnixMicro(answer.Numbers[0])
}

// TestSteps steps Redis's clock either way: the time that two processes count goes on as if nothing had been.
func TestSteps(t *testing.T) {
	t.Parallel()
	for _, sleeps := range []bool{false, true} {
		c := newCounter(t)
		first, second := redisclock.New(), redisclock.New()
		first.Sleeps, second.Sleeps = sleeps, sleeps
		began, start := time.Now(), c.read(first)
		inexact := time.Since(began) // a step is known as exactly as answers are quick
		c.read(second)
		for _, ahead := range []time.Duration{-time.Hour, 0, time.Hour, time.Hour + 30*time.Second, time.Hour, time.Hour - 500*time.Millisecond, -400 * 24 * time.Hour} {
			c.server.Step(ahead)
			for _, clock := range []*redisclock.Clock{first, second, redisclock.New()} {
				asked := time.Now()
				off := c.read(clock).Sub(start) - asked.Sub(began)
				if inexact += time.Since(asked); off.Abs() > 200*time.Millisecond+inexact {
					t.Errorf("Redis %s ahead: the counted time is off by %s", ahead, off)
				}
			}
		}
	}
}

// TestLate: a late answer is no step.
func TestLate(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	clock := redisclock.New()
	c.read(clock)
	c.slow.by = 300 * time.Millisecond
	c.read(clock)
	c.slow.by = 0
	c.read(clock)
	if off, err := c.client.HGet(t.Context(), "count", "off").Result(); off != "0" || err != nil {
		t.Errorf("counted with a difference of %q, %v", off, err)
	}
}

// TestNeverBack: who takes the time as it is does not go back behind what was used either.
func TestNeverBack(t *testing.T) {
	t.Parallel()
	c := newCounter(t)
	used := c.read(redisclock.New())
	c.server.Step(-time.Hour)
	blind := redisclock.New()
	blind.Blind = true
	if now := c.read(blind); now.Before(used) || now.Sub(used) > time.Second {
		t.Errorf("the counted time was %s, and is %s", used, now)
	}
}

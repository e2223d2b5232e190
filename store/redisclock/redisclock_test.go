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

// delayHook delays each command.
type delayHook struct{ by time.Duration }

func (delayHook) DialHook(next redis.DialHook) redis.DialHook { return next }

func (h *delayHook) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		<-time.After(h.by)
		return next(ctx, cmd)
	}
}

func (delayHook) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return next
}

// harness is a clock in a Redis whose own clock can be stepped.
type harness struct {
	t      *testing.T
	server *redistest.Server
	client *redis.Client
	script *redis.Script
	delay  delayHook
}

func newHarness(t *testing.T) *harness {
	t.Helper()
	server := redistest.StartStepping(t)
	h := &harness{
		t: t, server: server, client: redis.NewClient(&redis.Options{Addr: server.Addr()}),
		script: redis.NewScript(redisclock.Lua + `save(now) return {now}`),
	}
	h.client.AddHook(&h.delay)
	t.Cleanup(func() {
		if err := h.client.Close(); err != nil {
			t.Error(err)
		}
	})
	return h
}

// read returns the clock's time, and checks that it converts to the present local time.
func (h *harness) read(clock *redisclock.Clock) time.Time {
	h.t.Helper()
	asked := time.Now()
	answer, err := clock.Run(h.t.Context(), h.client, h.script, []string{"clock"})
	if err != nil {
		h.t.Fatal(err)
	}
	if local := answer.Local(answer.Numbers[0]); local.Before(asked.Add(-time.Microsecond)) || local.After(time.Now()) {
		h.t.Errorf("it was %s ago, and converts to %s ago", time.Since(asked), time.Since(local))
	}
	return time.UnixMicro(answer.Numbers[0])
}

// TestSteps: steps of Redis's clock in either direction don't change the clock of several processes.
func TestSteps(t *testing.T) {
	t.Parallel()
	for _, countSuspend := range []bool{false, true} {
		h := newHarness(t)
		first, second := redisclock.New(), redisclock.New()
		first.CountSuspend, second.CountSuspend = countSuspend, countSuspend
		began, start := time.Now(), h.read(first)
		inexact := time.Since(began) // the error is the time of the answers
		h.read(second)
		for _, ahead := range []time.Duration{-time.Hour, 0, time.Hour, time.Hour + 30*time.Second, time.Hour, time.Hour - 500*time.Millisecond, -400 * 24 * time.Hour} {
			h.server.Step(ahead)
			for _, clock := range []*redisclock.Clock{first, second, redisclock.New()} {
				asked := time.Now()
				off := h.read(clock).Sub(start) - asked.Sub(began)
				if inexact += time.Since(asked); off.Abs() > 200*time.Millisecond+inexact {
					t.Errorf("Redis %s ahead: the clock is off by %s", ahead, off)
				}
			}
		}
	}
}

// TestLateAnswer: a late answer is not taken for a step.
func TestLateAnswer(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	clock := redisclock.New()
	h.read(clock)
	h.delay.by = 300 * time.Millisecond
	h.read(clock)
	h.delay.by = 0
	h.read(clock)
	if off, err := h.client.HGet(t.Context(), "clock", "off").Result(); off != "0" || err != nil {
		t.Errorf("the offset is %q, %v", off, err)
	}
}

// TestNeverBack: with TrustServer the clock does not go back behind its last use either.
func TestNeverBack(t *testing.T) {
	t.Parallel()
	h := newHarness(t)
	used := h.read(redisclock.New())
	h.server.Step(-time.Hour)
	clock := redisclock.New()
	clock.TrustServer = true
	if now := h.read(clock); now.Before(used) || now.Sub(used) > time.Second {
		t.Errorf("the clock was %s, and is %s", used, now)
	}
}

package store_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"recallbot/store"
	"recallbot/test/redistest"
)

// stepper is a store whose server's clock is set.
type stepper struct {
	*store.Store

	step func(ahead time.Duration)
}

// TestStepsOfTheClock: a step of Redis's clock, either way, neither delays what is kept there by time nor brings it forward.
func TestStepsOfTheClock(t *testing.T) {
	t.Parallel()
	servers := map[string]func(*testing.T) stepper{
		"embedded": func(t *testing.T) stepper {
			t.Helper()
			s := open(t, "", config())
			return stepper{s, s.StepEmbedded}
		},
		"redis": func(t *testing.T) stepper {
			t.Helper()
			server := redistest.StartStepping(t)
			return stepper{open(t, server.URL(), config()), server.Step}
		},
	}
	tests := map[string]func(*testing.T, stepper){
		"calls": testStepCalls, "lanes": testStepLanes, "pauses": testStepPauses, "calls of before": testStepLogs,
	}
	for name, start := range servers {
		for what, run := range tests {
			t.Run(name+"/"+what, func(t *testing.T) {
				t.Parallel()
				run(t, start(t))
			})
		}
	}
}

// steps are how far Redis's clock is ahead, one after the other.
func steps() []time.Duration {
	return []time.Duration{0, -time.Hour, 0, time.Hour, time.Hour - 2*time.Minute, time.Hour}
}

// testStepCalls has two replicas, of which one has just come, reserve the calls of two minutes in an instant, while the clock
// steps.
func testStepCalls(t *testing.T, s stepper) {
	t.Helper()
	api := string(newChat())
	replicas := []*store.Limiter{store.NewLimiter(s.Store), nil}
	var calls []time.Time
	var inexact time.Duration
	began := time.Now()
	for _, ahead := range steps() {
		s.step(ahead)
		replicas[1] = store.NewLimiter(s.Store)
		slices.Reverse(replicas)
		var slowest time.Duration // it counts for each step anew
		for i := range 8 {
			calls = append(calls, reserved(t, replicas[i%2], api, 50, &slowest)...)
		}
		inexact += slowest
	}
	slices.SortFunc(calls, time.Time.Compare)
	if most := most(calls, time.Second-inexact); most > 50 {
		t.Errorf("%d calls in one second", most)
	}
	if most := most(calls, time.Minute-inexact); most > 1000 {
		t.Errorf("%d calls in one minute", most)
	}
	// 2,400 calls: a thousand in 20 s twice, a minute apart, then the rest.
	if span := calls[len(calls)-1].Sub(calls[0]); len(calls) != 2400 || span > 132*time.Second+time.Since(began) {
		t.Errorf("%d calls take %v", len(calls), span)
	}
}

// reserved are the times of n calls by our clock. A replica knows Redis's time as exactly as an answer of Redis is quick: the
// slowest one is how inexact the times are.
func reserved(t *testing.T, limiter *store.Limiter, api string, n int, inexact *time.Duration) []time.Time {
	t.Helper()
	asked := time.Now()
	slots, err := limiter.Reserve(t.Context(), api, n)
	*inexact = max(*inexact, time.Since(asked))
	must(t, err)
	times := make([]time.Time, len(slots))
	for i, slot := range slots {
		times[i] = slot.From
	}
	return times
}

// testStepLanes: a lane, of which each caller knows only what is in Redis, is not held up by a step back.
func testStepLanes(t *testing.T, s stepper) {
	t.Helper()
	api := "chat.send:" + string(newChat())
	var calls []time.Time
	var inexact time.Duration
	began := time.Now()
	for _, ahead := range []time.Duration{0, -30 * time.Second, -time.Hour} {
		s.step(ahead)
		calls = append(calls, reserved(t, store.NewLimiter(s.Store), api, 10, &inexact)...)
	}
	if most := most(calls, time.Second-inexact); most > 5 {
		t.Errorf("%d sends in one second", most)
	}
	if span := calls[29].Sub(calls[0]); span > 7*time.Second+time.Since(began) {
		t.Errorf("30 sends take %v", span)
	}
}

// testStepPauses: a pause is as long as it was to be, also when whoever asks has just come.
func testStepPauses(t *testing.T, s stepper) {
	t.Helper()
	for _, ahead := range steps() {
		for _, pauseFirst := range []bool{true, false} {
			api := string(newChat())
			s.step(0)
			limiter := store.NewLimiter(s.Store)
			_, err := limiter.Reserve(t.Context(), api, 1)
			must(t, err)
			began := time.Now()
			if pauseFirst {
				must(t, limiter.Pause(t.Context(), api, time.Minute))
			}
			s.step(ahead)
			if !pauseFirst {
				must(t, limiter.Pause(t.Context(), api, time.Minute))
			}
			for who, limiter := range map[string]*store.Limiter{"one that was here": limiter, "one that has just come": store.NewLimiter(s.Store)} {
				var inexact time.Duration
				wait := reserved(t, limiter, api, 1, &inexact)[0].Sub(began)
				inexact = 100*time.Millisecond + time.Since(began)
				if wait < time.Minute-inexact || wait > time.Minute+inexact {
					t.Errorf("%s ahead, %s: a pause of a minute takes %v", ahead, who, wait)
				}
			}
		}
	}
}

// testStepLogs: what an older version has left, before its clock was set back, holds nobody up.
func testStepLogs(t *testing.T, s stepper) {
	t.Helper()
	for _, key := range []string{"calls", "pause"} {
		api := string(newChat())
		for i := range 50 {
			at := time.Now().Add(time.Hour + time.Duration(i)*20*time.Millisecond).UnixMicro()
			if key == "pause" {
				must(t, s.Client().Set(t.Context(), "{l:"+api+"}:p", at, 0).Err())
			} else {
				must(t, s.Client().LPush(t.Context(), "{l:"+api+"}", at).Err())
			}
		}
		began := time.Now()
		slots, err := store.NewLimiter(s.Store).Reserve(t.Context(), api, 5)
		must(t, err)
		if wait := slots[4].From.Sub(began); wait > 2*time.Second+time.Since(began) {
			t.Errorf("a %s of an hour ahead: the next calls are %v away", key, wait)
		}
	}
}

// TestWaitsWhileTheClockSteps: those who wait for their turn meanwhile have it, sooner than the clock steps, and no more of
// them in a second.
func TestWaitsWhileTheClockSteps(t *testing.T) {
	t.Parallel()
	server, api := redistest.StartStepping(t), string(newChat())
	s := open(t, server.URL(), config())
	ctx, cancel := context.WithCancel(t.Context())
	made := make(chan time.Time, 1000)
	var callers sync.WaitGroup
	for range 2 {
		single := store.NewLimiter(s)
		for _, limiter := range []*store.Limiter{single, single.Bulk(), single.Bulk(), single.Bulk()} {
			callers.Go(func() {
				for limiter.Wait(ctx, api) == nil {
					made <- time.Now()
				}
			})
		}
	}
	var calls []time.Time
	for _, ahead := range steps() {
		server.Step(ahead)
		late := time.After(time.Minute)
		for range 25 {
			select {
			case at := <-made:
				calls = append(calls, at)
			case <-late:
				t.Fatalf("%s ahead: too few calls in a minute", ahead)
			}
		}
	}
	cancel()
	callers.Wait()
	slices.SortFunc(calls, time.Time.Compare)
	if most := most(calls, time.Second); most > 50 {
		t.Errorf("%d calls in one second", most)
	}
}

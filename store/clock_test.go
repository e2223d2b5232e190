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

// steppedStore is a store with a server whose clock can be stepped.
type steppedStore struct {
	*store.Store

	step func(ahead time.Duration)
}

// TestClockSteps: a step of Redis's clock, in either direction, neither delays calls nor allows them early.
func TestClockSteps(t *testing.T) {
	t.Parallel()
	servers := map[string]func(*testing.T) steppedStore{
		"embedded": func(t *testing.T) steppedStore {
			t.Helper()
			s := open(t, "", config())
			return steppedStore{s, s.SetEmbeddedClock}
		},
		"redis": func(t *testing.T) steppedStore {
			t.Helper()
			server := redistest.StartStepping(t)
			return steppedStore{open(t, server.URL(), config()), server.Step}
		},
	}
	tests := map[string]func(*testing.T, steppedStore){
		"calls": testStepCalls, "resources": testStepResources, "pauses": testStepPauses, "old slots": testStepOldLogs,
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

// steps are the values of the clock's lead, one after the other.
func steps() []time.Duration {
	return []time.Duration{0, -time.Hour, 0, time.Hour, time.Hour - 2*time.Minute, time.Hour}
}

// testStepCalls has two replicas, one of them new, reserve the calls of two minutes at once while the clock is stepped.
func testStepCalls(t *testing.T, s steppedStore) {
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
		var slowest time.Duration // of this step
		for i := range 8 {
			calls = append(calls, reserveAll(t, replicas[i%2], api, 50, &slowest)...)
		}
		inexact += slowest
	}
	slices.SortFunc(calls, time.Time.Compare)
	if n := maxInWindow(calls, time.Second-inexact); n > 50 {
		t.Errorf("%d calls in one second", n)
	}
	if n := maxInWindow(calls, time.Minute-inexact); n > 1000 {
		t.Errorf("%d calls in one minute", n)
	}
	// 2,400 calls: a thousand in 20 s twice, a minute apart, then the rest.
	if span := calls[len(calls)-1].Sub(calls[0]); len(calls) != 2400 || span > 132*time.Second+time.Since(began) {
		t.Errorf("%d calls take %v", len(calls), span)
	}
}

// reserveAll reserves n calls and returns their local times. inexact is raised to the slowest answer, which is the error of these
// times.
func reserveAll(t *testing.T, limiter *store.Limiter, api string, n int, inexact *time.Duration) []time.Time {
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

// testStepResources: a step back does not delay the calls to one chat, whose clock is only in Redis.
func testStepResources(t *testing.T, s steppedStore) {
	t.Helper()
	api := "chat.send:" + string(newChat())
	var calls []time.Time
	var inexact time.Duration
	began := time.Now()
	for _, ahead := range []time.Duration{0, -30 * time.Second, -time.Hour} {
		s.step(ahead)
		calls = append(calls, reserveAll(t, store.NewLimiter(s.Store), api, 10, &inexact)...)
	}
	if n := maxInWindow(calls, time.Second-inexact); n > 5 {
		t.Errorf("%d sends in one second", n)
	}
	if span := calls[29].Sub(calls[0]); span > 7*time.Second+time.Since(began) {
		t.Errorf("30 sends take %v", span)
	}
}

// testStepPauses: a pause keeps its length, also for a new replica.
func testStepPauses(t *testing.T, s steppedStore) {
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
			for who, limiter := range map[string]*store.Limiter{"known": limiter, "new": store.NewLimiter(s.Store)} {
				var inexact time.Duration
				wait := reserveAll(t, limiter, api, 1, &inexact)[0].Sub(began)
				inexact = 100*time.Millisecond + time.Since(began)
				if wait < time.Minute-inexact || wait > time.Minute+inexact {
					t.Errorf("%s ahead, %s replica: a pause of a minute takes %v", ahead, who, wait)
				}
			}
		}
	}
}

// testStepOldLogs: slots of an older version, from before the clock was set back, delay no calls.
func testStepOldLogs(t *testing.T, s steppedStore) {
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
			t.Errorf("%s an hour ahead: the next calls are %v away", key, wait)
		}
	}
}

// TestClockStepsDuringWaits: steps while callers wait change neither their waits nor the rate.
func TestClockStepsDuringWaits(t *testing.T) {
	t.Parallel()
	server, api := redistest.StartStepping(t), string(newChat())
	s, began := open(t, server.URL(), config()), time.Now()
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
	checkRate(t, calls, began)
}

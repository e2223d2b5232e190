package store_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"recallbot/bot"
	"recallbot/store"
)

func testLimiterIdle(t *testing.T, s *store.Store) {
	t.Helper()
	limiter, ctx := store.NewLimiter(s), t.Context()
	slots, err := limiter.Reserve(ctx, string(newChat()), 6)
	must(t, err)
	if len(slots) != 6 {
		t.Fatalf("%d slots, want 6", len(slots))
	}
	if ahead := slots[4].From.Sub(slots[0].From); ahead != 0 || time.Until(slots[0].From) > 0 {
		t.Errorf("the fifth slot comes %v after the first, which is %v ahead", ahead, time.Until(slots[0].From))
	}
	if ahead := slots[5].From.Sub(slots[0].From); ahead != 100*time.Millisecond {
		t.Errorf("the sixth slot comes %v after the first, want 100ms", ahead)
	}
}

// testLimiterSecond: four replicas call as fast as allowed for three seconds.
func testLimiterSecond(t *testing.T, s *store.Store) {
	t.Helper()
	api, began := string(newChat()), time.Now()
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
	defer cancel()
	calls := fourReplicas(s, func(l *store.Limiter) (time.Time, error) {
		err := l.Wait(ctx, api)
		return time.Now(), err
	})
	checkRate(t, calls, began)
	t.Logf("%d calls in 3 s", len(calls))
}

// checkRate checks that at most 50 calls per second were made. A thread that is held back notes its call late, so the sorted calls
// are counted from the beginning: a late note makes that number smaller, never larger.
func checkRate(t *testing.T, calls []time.Time, began time.Time) {
	t.Helper()
	for i, at := range calls {
		if allowed := 50 * (1 + int(at.Sub(began)/time.Second)); i >= allowed {
			t.Fatalf("call %d after %v", i+1, at.Sub(began))
		}
	}
	if len(calls) == 0 {
		t.Error("no calls")
	}
}

// testLimiterSlots: four replicas reserve all slots of three seconds at once; at most 50 are in a second by Redis's clock.
func testLimiterSlots(t *testing.T, s *store.Store) {
	t.Helper()
	api := string(newChat())
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
	defer cancel()
	slots := fourReplicas(s, func(l *store.Limiter) (time.Time, error) {
		slots, err := l.Reserve(ctx, api, 1)
		if err != nil {
			return time.Time{}, err
		}
		return slots[0].Clock(), nil
	})
	if n := maxInWindow(slots, time.Second); n > 50 || len(slots) < 60 {
		t.Errorf("of %d slots, %d are in one second", len(slots), n)
	}
}

// fourReplicas collects the times that call returns in four replicas of four workers until it fails, sorted.
func fourReplicas(s *store.Store, call func(*store.Limiter) (time.Time, error)) []time.Time {
	var mu sync.Mutex
	var times []time.Time
	var wg sync.WaitGroup
	for range 4 {
		limiter := store.NewLimiter(s)
		for range 4 {
			wg.Go(func() {
				for at, err := call(limiter); err == nil; at, err = call(limiter) {
					mu.Lock()
					times = append(times, at)
					mu.Unlock()
				}
			})
		}
	}
	wg.Wait()
	slices.SortFunc(times, time.Time.Compare)
	return times
}

// testLimiterMinute checks the times of reserved slots by Redis's clock, without waiting for them.
func testLimiterMinute(t *testing.T, s *store.Store) {
	t.Helper()
	limiter, api, ctx := store.NewLimiter(s), string(newChat()), t.Context()
	var calls []time.Time
	began := time.Now()
	for len(calls) < 2500 {
		slots, err := limiter.Reserve(ctx, api, 50)
		must(t, err)
		for _, slot := range slots {
			calls = append(calls, slot.Clock())
		}
	}
	if n := maxInWindow(calls, time.Second); n != 50 {
		t.Errorf("%d calls in one second, want 50", n)
	}
	if n := maxInWindow(calls, time.Minute); n != 1000 {
		t.Errorf("%d calls in one minute, want 1000", n)
	}
	if span := calls[1999].Sub(calls[0]); span > 90*time.Second+time.Since(began) {
		t.Errorf("2000 calls take %v", span)
	}
	if n, err := s.Client().LLen(ctx, "{l:"+api+"}").Result(); err != nil || n != 1000 {
		t.Errorf("the log has %d entries, %v", n, err)
	}
}

// maxInWindow is the maximum of calls within any window.
func maxInWindow(calls []time.Time, window time.Duration) int {
	most, first := 0, 0
	for last := range calls {
		for first < last && calls[last].Sub(calls[first]) >= window {
			first++
		}
		most = max(most, last-first+1)
	}
	return most
}

func testLimiterDeadline(t *testing.T, s *store.Store) {
	t.Helper()
	limiter, api := store.NewLimiter(s), string(newChat())
	must(t, limiter.Pause(t.Context(), api, time.Minute))
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	err := limiter.Wait(ctx, api)
	wantKind(t, err, bot.RateLimited)
	if wait := bot.Detail(err).RetryAfter; wait < 50*time.Second || wait > time.Minute {
		t.Errorf("RetryAfter %v", wait)
	}
	if n, err := s.Client().LLen(t.Context(), "{l:"+api+"}").Result(); err != nil || n != 0 {
		t.Errorf("%d slots were taken, %v", n, err)
	}
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	if err := limiter.Wait(canceled, api); !errors.Is(err, context.Canceled) {
		t.Errorf("canceled: %v", err)
	}
}

func testLimiterPause(t *testing.T, s *store.Store) {
	t.Helper()
	limiter, api, ctx := store.NewLimiter(s), string(newChat()), t.Context()
	began := time.Now()
	must(t, limiter.Pause(ctx, api, 400*time.Millisecond))
	must(t, limiter.Pause(ctx, api, 50*time.Millisecond))
	must(t, limiter.Pause(ctx, api, -time.Second))
	must(t, store.NewLimiter(s).Wait(ctx, api))
	if waited := time.Since(began); waited < 400*time.Millisecond {
		t.Errorf("a call %v after the pause of 400ms began", waited)
	}
}

// testLimiterPauseWhileWaiting: a caller with a slot from before a long pause reserves another one.
func testLimiterPauseWhileWaiting(t *testing.T, s *store.Store) {
	t.Helper()
	limiter, api, ctx := store.NewLimiter(s), string(newChat()), t.Context()
	// The first pause is so long that a slow machine sets the second one well before the caller checks for it.
	began := time.Now()
	must(t, limiter.Pause(ctx, api, 3*time.Second))
	waited := make(chan error)
	go func() { waited <- limiter.Wait(ctx, api) }()
	for {
		n, err := s.Client().LLen(ctx, "{l:"+api+"}").Result()
		must(t, err)
		if n == 1 {
			break
		}
	}
	must(t, limiter.Pause(ctx, api, 4*time.Second))
	must(t, <-waited)
	if waited := time.Since(began); waited < 4*time.Second {
		t.Errorf("a call %v after a pause of 4s began", waited)
	}
}

func testScriptError(t *testing.T, s *store.Store) {
	t.Helper()
	api, ctx := string(newChat()), t.Context()
	must(t, s.Client().Set(ctx, "{l:"+api+"}", "no list", time.Minute).Err())
	wantKind(t, store.NewLimiter(s).Wait(ctx, api), bot.Internal)
}

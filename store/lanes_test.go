package store_test

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"recallbot/bot"
	"recallbot/store"
)

// crowd has callers wait for turns in the bulk lane, as a job does, until ctx is done, and tells of each turn.
func crowd(ctx context.Context, limiter *store.Limiter, api string, callers int, turn func()) (wait func()) {
	var wg sync.WaitGroup
	lane := limiter.Bulk()
	for range callers {
		wg.Go(func() {
			for lane.Wait(ctx, api) == nil {
				turn()
			}
		})
	}
	return wg.Wait
}

// testLimiterLanes: with three jobs at work, a single call waits no longer than what is reserved ahead.
func testLimiterLanes(t *testing.T, s *store.Store) {
	t.Helper()
	api := string(newChat())
	ctx, cancel := context.WithCancel(t.Context())
	var jobs []func()
	for range 3 {
		jobs = append(jobs, crowd(ctx, store.NewLimiter(s), api, 20, func() {}))
	}
	single := store.NewLimiter(s)
	var waits []time.Duration
	var inexact time.Duration
	for range 12 {
		<-time.After(100 * time.Millisecond)
		slots := reserved(t, single, api, 1, &inexact)
		waits = append(waits, time.Until(slots[0]))
	}
	cancel()
	for _, job := range jobs {
		job()
	}
	slices.Sort(waits)
	// Sixty callers that each held a slot would be more than a second ahead.
	if longest := waits[len(waits)-1]; longest > 700*time.Millisecond+inexact {
		t.Errorf("single calls waited %v", waits)
	}
}

// testLimiterFair: of three jobs with the same number of callers, on one replica or on three, none starves. `make bench`
// measures how even their shares are.
func testLimiterFair(t *testing.T, s *store.Store) {
	t.Helper()
	api := string(newChat())
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	const jobs, enough = 3, 10
	var turns [jobs]atomic.Int64
	var hungry sync.WaitGroup
	for i := range turns {
		hungry.Add(1)
		defer crowd(ctx, store.NewLimiter(s), api, 8, func() {
			if turns[i].Add(1) == enough {
				hungry.Done()
			}
		})()
	}
	fed := make(chan struct{})
	go func() { hungry.Wait(); close(fed) }()
	select {
	case <-fed:
	case <-ctx.Done():
		t.Errorf("one of three jobs had less than %d turns: %d, %d, %d", enough, turns[0].Load(), turns[1].Load(), turns[2].Load())
	}
	cancel()
}

func testLimiterGivesBack(t *testing.T, s *store.Store) {
	t.Helper()
	limiter, api := store.NewLimiter(s), string(newChat())
	const ahead = 500 // the next call is ten seconds away
	for range ahead / 50 {
		_, err := limiter.Reserve(t.Context(), api, 50)
		must(t, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	waited := make(chan error)
	go func() { waited <- limiter.Wait(ctx, api) }()
	length := func(want int64) bool {
		n, err := s.Client().LLen(t.Context(), "{l:"+api+"}").Result()
		must(t, err)
		return n == want
	}
	for !length(ahead + 1) {
		<-time.After(time.Millisecond)
	}
	cancel()
	if err := <-waited; err == nil {
		t.Error("a call that was cut off may be made")
	}
	if !length(ahead) {
		t.Error("its slot was not given back")
	}
}

func testLimiterBulkDeadline(t *testing.T, s *store.Store) {
	t.Helper()
	lane, api := store.NewLimiter(s).Bulk(), string(newChat())
	must(t, lane.Pause(t.Context(), api, time.Minute))
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	err := lane.Wait(ctx, api)
	wantKind(t, err, bot.RateLimited)
	if wait := bot.Detail(err).RetryAfter; wait < 50*time.Second || wait > time.Minute {
		t.Errorf("told to come back in %v", wait)
	}
	if n, err := s.Client().LLen(t.Context(), "{l:"+api+"}").Result(); err != nil || n != 0 {
		t.Errorf("%d slots were taken, %v", n, err)
	}
}

func testLimiterSends(t *testing.T, s *store.Store) {
	t.Helper()
	limiter, ctx := store.NewLimiter(s), t.Context()
	for _, api := range []string{"chat.send:" + string(newChat()), "message.edit:" + string(newMessage())} {
		var calls []time.Time
		began := time.Now()
		for len(calls) < 20 {
			slots, err := limiter.Reserve(ctx, api, 10)
			must(t, err)
			for _, slot := range slots {
				calls = append(calls, slot.Clock())
			}
		}
		if most := most(calls, time.Second); most != 5 {
			t.Errorf("%s: %d calls in one second, want 5", api, most)
		}
		if span := calls[19].Sub(calls[0]); span > 4*time.Second+time.Since(began) {
			t.Errorf("%s: 20 calls take %v", api, span)
		}
	}
}

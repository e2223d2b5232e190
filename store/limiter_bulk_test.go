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

// runBulkCallers makes bulk calls, as a job does, until ctx is done, and calls called after each.
func runBulkCallers(ctx context.Context, limiter *store.Limiter, api string, callers int, called func()) (wait func()) {
	var wg sync.WaitGroup
	bulk := limiter.Bulk()
	for range callers {
		wg.Go(func() {
			for bulk.Wait(ctx, api) == nil {
				called()
			}
		})
	}
	return wg.Wait
}

// testLimiterBulk: with three running jobs a single call waits no longer than bulkAhead and a margin.
func testLimiterBulk(t *testing.T, s *store.Store) {
	t.Helper()
	api := string(newChat())
	ctx, cancel := context.WithCancel(t.Context())
	var jobs []func()
	for range 3 {
		jobs = append(jobs, runBulkCallers(ctx, store.NewLimiter(s), api, 20, func() {}))
	}
	single := store.NewLimiter(s)
	var waits []time.Duration
	var inexact time.Duration
	for range 12 {
		<-time.After(100 * time.Millisecond)
		slots := reserveAll(t, single, api, 1, &inexact)
		waits = append(waits, time.Until(slots[0]))
	}
	cancel()
	for _, job := range jobs {
		job()
	}
	slices.Sort(waits)
	// If each of the sixty callers had a slot, the wait would be more than a second.
	if maxWait := waits[len(waits)-1]; maxWait > 700*time.Millisecond+inexact {
		t.Errorf("single calls waited %v", waits)
	}
}

// testLimiterFair: of three jobs with the same number of callers, on one replica or on three, none starves. `make bench` measures
// their shares.
func testLimiterFair(t *testing.T, s *store.Store) {
	t.Helper()
	api := string(newChat())
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	const jobs, enough = 3, 10
	var calls [jobs]atomic.Int64
	var waiting sync.WaitGroup
	for i := range calls {
		waiting.Add(1)
		defer runBulkCallers(ctx, store.NewLimiter(s), api, 8, func() {
			if calls[i].Add(1) == enough {
				waiting.Done()
			}
		})()
	}
	done := make(chan struct{})
	go func() { waiting.Wait(); close(done) }()
	select {
	case <-done:
	case <-ctx.Done():
		t.Errorf("one of three jobs made less than %d calls: %d, %d, %d", enough, calls[0].Load(), calls[1].Load(), calls[2].Load())
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
	bulk, api := store.NewLimiter(s).Bulk(), string(newChat())
	must(t, bulk.Pause(t.Context(), api, time.Minute))
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	err := bulk.Wait(ctx, api)
	wantKind(t, err, bot.RateLimited)
	if wait := bot.Detail(err).RetryAfter; wait < 50*time.Second || wait > time.Minute {
		t.Errorf("RetryAfter %v", wait)
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
		if n := maxInWindow(calls, time.Second); n != 5 {
			t.Errorf("%s: %d calls in one second, want 5", api, n)
		}
		if span := calls[19].Sub(calls[0]); span > 4*time.Second+time.Since(began) {
			t.Errorf("%s: 20 calls take %v", api, span)
		}
	}
}

package queue_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"recallbot/store/queue"
	"recallbot/test/redistest"
)

// TestClockSteps: a step of Redis's clock, in either direction, neither delays items nor makes them due early. receive fails for a
// delayed item.
func TestClockSteps(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]func(backendT, func(time.Duration), time.Duration){
		"delayed items": delayedItemsRunOnTime, "delayed items, new worker": delayedItemsRunOnTimeOnNewWorker,
		"a dead worker": takeoverIsOnTime, "a slow handler": slowHandlerKeepsItsItemAtStep, "put": putIsDeliveredAtOnce,
	} {
		for _, ahead := range []time.Duration{-time.Hour, -2 * maxWait, 2 * maxWait, time.Hour} {
			t.Run(name+"/"+ahead.String(), func(t *testing.T) {
				t.Parallel()
				server := redistest.StartStepping(t)
				rdb := redis.NewUniversalClient(&redis.UniversalOptions{Addrs: []string{server.Addr()}, ContextTimeoutEnabled: true})
				t.Cleanup(func() { _ = rdb.Close() })
				test(backendT{t, rdb}, server.Step, ahead)
			})
		}
	}
}

// receiveAfter receives an item, and not before the time.
func receiveAfter(t backendT, got <-chan queue.Delivery, began time.Time, least time.Duration) {
	t.Helper()
	receive(t, got, "the item")
	if took := time.Since(began); took < least {
		t.Errorf("it ran after %s, want %s", took, least)
	}
}

// delayedItemsRunOnTime has one item of PutAt and one that its handler postponed.
func delayedItemsRunOnTime(t backendT, step func(time.Duration), ahead time.Duration) {
	q := queue.New(t.rdb, testConfig())
	got := make(chan queue.Delivery, 2)
	began := make(chan time.Time, 1)
	start(t, q, func(ctx context.Context, d queue.Delivery) error {
		if d.ID == "again" && !d.Redelivered {
			began <- time.Now()

			return queue.RetryAt(time.Now().Add(2*time.Second), nil)
		}

		return sendTo(got)(ctx, d)
	})
	put(t, q, queue.Item{ID: "again"})
	since := receive(t, began, "the first run")
	if err := q.PutAt(t.Context(), queue.Item{ID: "later"}, since.Add(2*time.Second)); err != nil {
		t.Fatal(err)
	}
	eventually(t, maxWait, "both items are delayed, or a busy machine was too late to see it", func(ctx context.Context) bool {
		n, err := q.Stats(ctx)

		return err == nil && n.Delayed == 2 || len(got) > 0
	})
	step(ahead)
	for range 2 {
		receiveAfter(t, got, since, 2*time.Second)
	}
}

func delayedItemsRunOnTimeOnNewWorker(t backendT, step func(time.Duration), ahead time.Duration) {
	cfg := testConfig()
	began := time.Now()
	if err := queue.New(t.rdb, cfg).PutAt(t.Context(), queue.Item{ID: "1"}, began.Add(2*time.Second)); err != nil {
		t.Fatal(err)
	}
	step(ahead)
	got := make(chan queue.Delivery, 1)
	start(t, queue.New(t.rdb, cfg), sendTo(got))
	receiveAfter(t, got, began, 2*time.Second)
}

// takeoverIsOnTime: a worker that was there before the step, and one that starts after it, take over from a dead one.
func takeoverIsOnTime(t backendT, step func(time.Duration), ahead time.Duration) {
	cfg := testConfig()
	cfg.Lease = time.Second
	q := queue.New(t.rdb, cfg)
	put(t, q, queue.Item{ID: "1"}, queue.Item{ID: "2"})
	got := make(chan queue.Delivery, 2)
	takeAndDie(t, t.rdb, cfg.Name, 1)
	if ahead > 0 {
		start(t, q, sendTo(got))
		step(ahead)
	} else {
		step(ahead)
		start(t, q, sendTo(got))
	}
	for range 2 {
		receive(t, got, "item")
	}
}

// slowHandlerKeepsItsItemAtStep: no other worker takes an item whose worker renews the lease.
func slowHandlerKeepsItsItemAtStep(t backendT, step func(time.Duration), ahead time.Duration) {
	cfg := testConfig()
	cfg.Lease = 4 * time.Second // a busy machine may be late with a heartbeat
	var runs atomic.Int32
	begun, done := make(chan struct{}, 2), make(chan struct{})
	h := func(context.Context, queue.Delivery) error {
		runs.Add(1)
		begun <- struct{}{}
		<-done

		return nil
	}
	one, two := queue.New(t.rdb, cfg), queue.New(t.rdb, cfg)
	start(t, one, h)
	start(t, two, h)
	<-time.After(cfg.Lease / 2) // both have read Redis's time
	put(t, one, queue.Item{ID: "1"})
	receive(t, begun, "the handler")
	step(ahead)
	<-time.After(2 * cfg.Lease)
	close(done)
	wantStats(t, one, queue.Stats{})
	if n := runs.Load(); n != 1 {
		t.Errorf("%d runs, want 1: the lease was not kept", n)
	}
}

// putIsDeliveredAtOnce: a step does not delay the delivery to a worker whose read blocks.
func putIsDeliveredAtOnce(t backendT, step func(time.Duration), ahead time.Duration) {
	q := queue.New(t.rdb, testConfig())
	got := make(chan queue.Delivery, 1)
	start(t, q, sendTo(got))
	for _, ahead := range []time.Duration{ahead, 0} {
		put(t, q, queue.Item{ID: "before"})
		receive(t, got, "item")
		step(ahead)
		put(t, q, queue.Item{ID: "after"})
		receive(t, got, "item")
	}
}

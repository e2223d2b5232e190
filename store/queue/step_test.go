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

// TestStepsOfTheClock: a step of Redis's clock, either way, neither holds work up nor brings it forward. What a step held up
// would not be received soon.
func TestStepsOfTheClock(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]func(on, func(time.Duration), time.Duration){
		"later": laterStaysLater, "later, and a worker that has just come": laterStaysLaterForNewcomers,
		"a dead worker": stepsDelayNoTakeover, "a slow handler": stepsTakeNothingAway, "at once": stepsDelayNoPut,
	} {
		for _, ahead := range []time.Duration{-time.Hour, -2 * soon, 2 * soon, time.Hour} {
			t.Run(name+"/"+ahead.String(), func(t *testing.T) {
				t.Parallel()
				server := redistest.StartStepping(t)
				rdb := redis.NewUniversalClient(&redis.UniversalOptions{Addrs: []string{server.Addr()}, ContextTimeoutEnabled: true})
				t.Cleanup(func() { _ = rdb.Close() })
				test(on{t, rdb}, server.Step, ahead)
			})
		}
	}
}

// receiveAfter receives an item, and not before the time.
func receiveAfter(t on, got <-chan queue.Delivery, began time.Time, least time.Duration) {
	t.Helper()
	receive(t, got, "the item")
	if took := time.Since(began); took < least {
		t.Errorf("it ran after %s, want %s", took, least)
	}
}

// laterStaysLater has one item put off by hand and one by its handler.
func laterStaysLater(t on, step func(time.Duration), ahead time.Duration) {
	q := queue.New(t.rdb, fast())
	got := make(chan queue.Delivery, 2)
	began := make(chan time.Time, 1)
	start(t, q, func(ctx context.Context, d queue.Delivery) error {
		if d.ID == "again" && !d.Redelivered {
			began <- time.Now()

			return queue.RetryAt(time.Now().Add(2*time.Second), nil)
		}

		return into(got)(ctx, d)
	})
	put(t, q, queue.Item{ID: "again"})
	since := receive(t, began, "the first run")
	if err := q.PutAt(t.Context(), queue.Item{ID: "later"}, since.Add(2*time.Second)); err != nil {
		t.Fatal(err)
	}
	eventually(t, soon, "both items are put off, or a busy machine was too late to see it", func(ctx context.Context) bool {
		n, err := q.Stats(ctx)

		return err == nil && n.Delayed == 2 || len(got) > 0
	})
	step(ahead)
	for range 2 {
		receiveAfter(t, got, since, 2*time.Second)
	}
}

func laterStaysLaterForNewcomers(t on, step func(time.Duration), ahead time.Duration) {
	cfg := fast()
	began := time.Now()
	if err := queue.New(t.rdb, cfg).PutAt(t.Context(), queue.Item{ID: "1"}, began.Add(2*time.Second)); err != nil {
		t.Fatal(err)
	}
	step(ahead)
	got := make(chan queue.Delivery, 1)
	start(t, queue.New(t.rdb, cfg), into(got))
	receiveAfter(t, got, began, 2*time.Second)
}

// stepsDelayNoTakeover: of what a dead worker has, a living one and one that has just come take each their share.
func stepsDelayNoTakeover(t on, step func(time.Duration), ahead time.Duration) {
	cfg := fast()
	cfg.Lease = time.Second
	q := queue.New(t.rdb, cfg)
	put(t, q, queue.Item{ID: "1"}, queue.Item{ID: "2"})
	got := make(chan queue.Delivery, 2)
	ghost(t, t.rdb, cfg.Name, "ghost", 1)
	if ahead > 0 {
		start(t, q, into(got))
		step(ahead)
	} else {
		step(ahead)
		start(t, q, into(got))
	}
	for range 2 {
		receive(t, got, "item")
	}
}

// stepsTakeNothingAway: who works on something keeps it.
func stepsTakeNothingAway(t on, step func(time.Duration), ahead time.Duration) {
	cfg := fast()
	cfg.Lease = 2 * time.Second // a busy machine may be late with a heartbeat
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
	<-time.After(cfg.Lease / 2) // both have looked at the clock
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

// stepsDelayNoPut: a worker whose read waits is told at once.
func stepsDelayNoPut(t on, step func(time.Duration), ahead time.Duration) {
	q := queue.New(t.rdb, fast())
	got := make(chan queue.Delivery, 1)
	start(t, q, into(got))
	for _, ahead := range []time.Duration{ahead, 0} {
		put(t, q, queue.Item{ID: "before"})
		receive(t, got, "item")
		step(ahead)
		put(t, q, queue.Item{ID: "after"})
		receive(t, got, "item")
	}
}

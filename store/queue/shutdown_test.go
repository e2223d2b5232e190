package queue_test

import (
	"context"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"recallbot/store/queue"
)

// longLeaseConfig returns a configuration with a lease that outlasts the test, so that no takeover hides a bad shutdown.
func longLeaseConfig() queue.Config {
	cfg := testConfig()
	cfg.Lease = time.Minute

	return cfg
}

func letsHandlersFinish(t backendT) {
	q := queue.New(t.rdb, longLeaseConfig())
	put(t, q, queue.Item{ID: "1"})
	began, release := make(chan struct{}), make(chan struct{})
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	cut := make(chan error, 1)
	go func() {
		ended <- q.Run(ctx, func(ctx context.Context, _ queue.Delivery) error {
			close(began)
			<-release
			cut <- ctx.Err()

			return nil
		})
	}()
	receive(t, began, "handler")
	cancel()
	close(release)
	if err := receive(t, ended, "end of Run"); err != nil {
		t.Errorf("Run = %v", err)
	}
	if err := <-cut; err != nil {
		t.Errorf("the handler was cancelled within the grace: %v", err)
	}
	wantStats(t, q, queue.Stats{})
}

func givesBackAtShutdown(t backendT) {
	cfg := longLeaseConfig()
	cfg.Grace, cfg.PerKey, cfg.KeyInFlight = 20*time.Millisecond, 1, 16
	q := queue.New(t.rdb, cfg)
	for i := range 10 {
		put(t, q, queue.Item{ID: strconv.Itoa(i), Key: "k"})
	}
	began := make(chan queue.Delivery, 10)
	stop := start(t, q, func(ctx context.Context, d queue.Delivery) error {
		began <- d
		<-ctx.Done()

		return ctx.Err()
	})
	first := receive(t, began, "the one that runs")
	wantStats(t, q, queue.Stats{InFlight: 10})
	if err := stop(); err != nil {
		t.Errorf("Run = %v", err)
	}
	wantStats(t, q, queue.Stats{Waiting: 10})

	cfg.Consumer = ""
	got := make(chan queue.Delivery, 10)
	start(t, queue.New(t.rdb, cfg), sendTo(got))
	for range 10 {
		d := receive(t, got, "item given back")
		if d.Attempt != 1 || d.Redelivered != (d.ID == first.ID) {
			t.Errorf("item %s: attempt %d, redelivered %v; only %s had begun", d.ID, d.Attempt, d.Redelivered, first.ID)
		}
	}
}

func reportsHandlersThatIgnoreShutdown(t backendT) {
	cfg := longLeaseConfig()
	cfg.Grace = time.Millisecond
	q := queue.New(t.rdb, cfg)
	put(t, q, queue.Item{ID: "1"})
	began, release, returned := make(chan struct{}), make(chan struct{}), make(chan struct{})
	stop := start(t, q, func(context.Context, queue.Delivery) error {
		close(began)
		<-release
		close(returned)

		return nil
	})
	receive(t, began, "handler")
	err := stop()
	if err == nil || !strings.Contains(err.Error(), "1 handlers ignored") {
		t.Errorf("Run = %v, want the number of handlers", err)
	}
	wantStats(t, q, queue.Stats{Waiting: 1})
	close(release) // too late: its item was given back
	receive(t, returned, "end of the handler")
	wantStats(t, q, queue.Stats{Waiting: 1})
}

func idleWorkerStopsQuickly(t backendT) {
	cfg := testConfig()
	q := queue.New(t.rdb, cfg)
	got := make(chan queue.Delivery, 1)
	stop := start(t, q, sendTo(got))
	put(t, q, queue.Item{ID: "1"})
	receive(t, got, "item")
	if err := stop(); err != nil {
		t.Errorf("Run = %v", err)
	}
	if c := consumers(t.Context(), t, t.rdb, cfg.Name); len(c) != 0 {
		t.Errorf("consumers %v are left", c)
	}
	wantStats(t, q, queue.Stats{})
}

func consumers(ctx context.Context, tb testing.TB, rdb redis.UniversalClient, name string) []string {
	tb.Helper()
	list, err := rdb.XInfoConsumers(ctx, "{"+name+"}:stream", "workers").Result()
	if err != nil {
		tb.Fatal(err)
	}
	names := []string{}
	for _, c := range list {
		names = append(names, c.Name)
	}

	return names
}

package queue_test

import (
	"context"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"recallbot/store/queue"
)

// TestRedisOutage kills Redis while handlers run. All items are handled, the outage is logged once, and the number of running
// handlers stays within the limit. Redis runs with appendfsync always: with everysec a kill may lose acknowledged writes of up to
// two seconds.
func TestRedisOutage(t *testing.T) {
	t.Parallel()
	p, err := startRedis("--appendonly", "yes", "--appendfsync", "always")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.remove)
	rdb := redis.NewClient(&redis.Options{Addr: p.addr})
	t.Cleanup(func() { _ = rdb.Close() })

	cfg := testConfig()
	cfg.Lease = 300 * time.Millisecond
	logger, logged := logBuffer()
	cfg.Logger = logger
	q := queue.New(rdb, cfg)
	const items = 300
	for i := range items {
		put(t, q, queue.Item{ID: strconv.Itoa(i)})
	}
	if err := q.PutAt(t.Context(), queue.Item{ID: "later"}, time.Now().Add(time.Second)); err != nil {
		t.Fatal(err)
	}

	var done sync.Map
	var running, maxRunning, count atomic.Int32
	half, down := make(chan struct{}), make(chan struct{})
	start(t, q, func(_ context.Context, d queue.Delivery) error {
		n := running.Add(1)
		defer running.Add(-1)
		for m := maxRunning.Load(); n > m && !maxRunning.CompareAndSwap(m, n); m = maxRunning.Load() {
		}
		if count.Add(1) == items/2 {
			close(half)
			<-down
		}
		done.Store(d.ID, true)

		return nil
	})
	receive(t, half, "half of the items")
	p.kill()
	close(down)
	eventually(t, maxWait, "the outage is logged", func(context.Context) bool {
		return strings.Contains(logged(), "queue cannot reach redis")
	})
	eventually(t, maxWait, "handlers have ended", func(context.Context) bool { return running.Load() == 0 })
	if err := p.start(); err != nil {
		t.Fatal(err)
	}
	wantStats(t, q, queue.Stats{})
	for i := range items {
		if _, ok := done.Load(strconv.Itoa(i)); !ok {
			t.Errorf("item %d is lost", i)
		}
	}
	if _, ok := done.Load("later"); !ok {
		t.Error("the delayed item is lost")
	}
	if n := maxRunning.Load(); n > 64 {
		t.Errorf("%d handlers at once", n)
	}
	eventually(t, maxWait, "the end of the outage is logged", func(context.Context) bool {
		return strings.Contains(logged(), "queue reaches redis again")
	})
	if n := strings.Count(logged(), "queue cannot reach redis"); n != 1 {
		t.Errorf("the outage was logged %d times:\n%s", n, logged())
	}
}

func TestShutdownDuringRedisOutage(t *testing.T) {
	t.Parallel()
	p, err := startRedis("--save", "", "--appendonly", "no")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.remove)
	rdb := redis.NewClient(&redis.Options{Addr: p.addr})
	t.Cleanup(func() { _ = rdb.Close() })
	q := queue.New(rdb, testConfig())
	put(t, q, queue.Item{ID: "1"})
	began, release := make(chan struct{}), make(chan struct{})
	stop := start(t, q, func(context.Context, queue.Delivery) error {
		close(began)
		<-release

		return nil
	})
	receive(t, began, "handler")
	p.kill()
	close(release)
	if err := stop(); err != nil {
		t.Errorf("Run = %v", err)
	}
}

// TestExpiredLeaseIsNotHandled: an item whose lease expires while it waits in flight is claimed again before its handler begins,
// because another worker may have it.
func TestExpiredLeaseIsNotHandled(t *testing.T) {
	t.Parallel()
	p, err := startRedis("--appendonly", "yes", "--appendfsync", "always")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.remove)
	rdb := redis.NewClient(&redis.Options{Addr: p.addr})
	t.Cleanup(func() { _ = rdb.Close() })
	cfg := testConfig()
	cfg.Lease, cfg.Workers = 2*time.Second, 1 // a busy machine may be late with a heartbeat
	q := queue.New(rdb, cfg)
	put(t, q, queue.Item{ID: "runs"}, queue.Item{ID: "waits"})
	got, release := make(chan queue.Delivery, 2), make(chan struct{})
	start(t, q, func(_ context.Context, d queue.Delivery) error {
		got <- d
		<-release

		return nil
	})
	receive(t, got, "the first item")
	wantStats(t, q, queue.Stats{InFlight: 2})
	p.kill()
	killed := time.Now()
	eventually(t, maxWait, "the lease expires", func(context.Context) bool { return time.Since(killed) > 2*cfg.Lease })
	close(release)
	if err := p.start(); err != nil {
		t.Fatal(err)
	}
	if d := receive(t, got, "the item that waited"); d.ID != "waits" || !d.Redelivered || d.Attempt != 1 {
		t.Errorf("item %s, redelivered %v, attempt %d; want waits, claimed again, 1", d.ID, d.Redelivered, d.Attempt)
	}
	wantStats(t, q, queue.Stats{})
}

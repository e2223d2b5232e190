package queue_test

import (
	"context"
	"slices"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"recallbot/store/queue"
	"recallbot/test/redistest"
)

// deadWorker is the consumer of takeAndDie.
const deadWorker = "dead-worker"

// takeAndDie takes n entries as a worker that dies before it acknowledges them.
func takeAndDie(tb testing.TB, rdb redis.UniversalClient, name string, n int) {
	tb.Helper()
	stream := "{" + name + "}:stream"
	err := rdb.XGroupCreateMkStream(tb.Context(), stream, "workers", "0").Err()
	if err != nil && !redis.HasErrorPrefix(err, "BUSYGROUP") {
		tb.Fatal(err)
	}
	got, err := rdb.XReadGroup(tb.Context(), &redis.XReadGroupArgs{
		Group: "workers", Consumer: deadWorker, Streams: []string{stream, ">"}, Count: int64(n), Block: -1,
	}).Result()
	if err != nil || len(got[0].Messages) != n {
		tb.Fatalf("the dead worker took %v, %v; want %d", got, err, n)
	}
}

func claimsWhileIdle(t backendT) {
	cfg := testConfig()
	cfg.Lease, cfg.Workers, cfg.InFlight = 300*time.Millisecond, 1, 1 // only one item in flight
	q := queue.New(t.rdb, cfg)
	got := make(chan queue.Delivery, 8)
	for i := range 3 {
		put(t, q, queue.Item{ID: strconv.Itoa(i)})
	}
	takeAndDie(t, t.rdb, cfg.Name, 3)
	start(t, q, sendTo(got)) // no more puts: the read blocks
	for range 3 {
		receive(t, got, "item of the dead worker")
	}
	wantStats(t, q, queue.Stats{})
}

func slowHandlerKeepsItsItem(t backendT) {
	cfg := testConfig()
	cfg.Lease = 2 * time.Second // a busy machine may be late with a heartbeat
	var runs atomic.Int32
	done := make(chan struct{})
	h := func(context.Context, queue.Delivery) error {
		if runs.Add(1) == 1 {
			<-time.After(4 * cfg.Lease)
			close(done)
		}

		return nil
	}
	one, two := queue.New(t.rdb, cfg), queue.New(t.rdb, cfg)
	start(t, one, h)
	start(t, two, h)
	put(t, one, queue.Item{ID: "1"})
	receive(t, done, "the slow handler")
	wantStats(t, one, queue.Stats{})
	if n := runs.Load(); n != 1 {
		t.Errorf("%d runs, want 1: the lease was not kept", n)
	}
}

func takeoverIsNoAttempt(t backendT) {
	cfg := testConfig()
	cfg.Lease = 200 * time.Millisecond
	q := queue.New(t.rdb, cfg)
	put(t, q, queue.Item{ID: "1"})
	takeAndDie(t, t.rdb, cfg.Name, 1)
	for range 10 { // heartbeats of the dead worker: miniredis counts each as a delivery
		stream := "{" + cfg.Name + "}:stream"
		pending := t.rdb.XPendingExt(t.Context(), &redis.XPendingExtArgs{
			Stream: stream, Group: "workers", Start: "-", End: "+", Count: 1,
		}).Val()
		if err := t.rdb.XClaimJustID(t.Context(), &redis.XClaimArgs{
			Stream: stream, Group: "workers", Consumer: deadWorker, Messages: []string{pending[0].ID},
		}).Err(); err != nil {
			t.Fatal(err)
		}
	}
	got := make(chan queue.Delivery, 8)
	start(t, q, sendTo(got))
	if d := receive(t, got, "item taken over"); d.Attempt != 1 || !d.Redelivered {
		t.Errorf("attempt %d, redelivered %v; want 1, true", d.Attempt, d.Redelivered)
	}
	wantStats(t, q, queue.Stats{})
}

func doneItemsLeaveNothing(t backendT) {
	cfg := testConfig()
	q := queue.New(t.rdb, cfg)
	const n = 300
	for i := range n {
		put(t, q, queue.Item{ID: strconv.Itoa(i), Payload: make([]byte, 100)})
	}
	if length := t.rdb.XLen(t.Context(), "{"+cfg.Name+"}:stream").Val(); length != n {
		t.Fatalf("%d entries in the stream, want all %d: it must not be trimmed", length, n)
	}
	got := make(chan queue.Delivery, n)
	start(t, q, func(ctx context.Context, d queue.Delivery) error {
		if d.Attempt == 1 && d.ID[len(d.ID)-1] == '0' {
			return errBoom
		}

		return sendTo(got)(ctx, d)
	})
	for range n {
		receive(t, got, "item")
	}
	wantStats(t, q, queue.Stats{})
	for _, key := range []string{"stream", "delayed", "jobs", "dead"} {
		entries := t.rdb.XLen(t.Context(), "{"+cfg.Name+"}:"+key)
		if key == "stream" {
			if entries.Val() != 0 {
				t.Errorf("%d entries are left in the stream", entries.Val())
			}

			continue
		}
		if t.rdb.Exists(t.Context(), "{"+cfg.Name+"}:"+key).Val() != 0 {
			t.Errorf("%s is left", key)
		}
	}
}

func deletesDeadConsumers(t backendT) {
	cfg := testConfig()
	cfg.Lease = 250 * time.Millisecond // a consumer is dead after twelve leases
	q := queue.New(t.rdb, cfg)
	put(t, q, queue.Item{ID: "1"})
	takeAndDie(t, t.rdb, cfg.Name, 1)
	got := make(chan queue.Delivery, 8)
	start(t, q, sendTo(got))
	receive(t, got, "item of the dead worker")
	eventually(t, maxWait, "the consumer of the dead worker is deleted", func(ctx context.Context) bool {
		return !slices.Contains(consumers(ctx, t, t.rdb, cfg.Name), deadWorker)
	})
	put(t, q, queue.Item{ID: "2"})
	receive(t, got, "item after the deletion")
}

func createsALostStreamAgain(t backendT) {
	cfg := testConfig()
	q := queue.New(t.rdb, cfg)
	got := make(chan queue.Delivery, 8)
	start(t, q, sendTo(got))
	for i := range 3 {
		put(t, q, queue.Item{ID: strconv.Itoa(i)})
		receive(t, got, "item")
		wantStats(t, q, queue.Stats{})
		if err := t.rdb.Del(t.Context(), "{"+cfg.Name+"}:stream").Err(); err != nil {
			t.Fatal(err)
		}
	}
	put(t, q, queue.Item{ID: "last"})
	receive(t, got, "item put into the new stream")
}

// TestFrozenRedisTakesNothingOver: while Redis is frozen no worker can renew its leases, and none loses its item.
func TestFrozenRedisTakesNothingOver(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	rdb := redis.NewClient(&redis.Options{Addr: server.Addr()})
	t.Cleanup(func() { _ = rdb.Close() })
	cfg := testConfig()
	cfg.Lease = 2 * time.Second // a busy machine may be late with a heartbeat
	var runs atomic.Int32
	begun, done := make(chan struct{}, 16), make(chan struct{})
	h := func(context.Context, queue.Delivery) error {
		runs.Add(1)
		begun <- struct{}{}
		<-done

		return nil
	}
	one, two, three := queue.New(rdb, cfg), queue.New(rdb, cfg), queue.New(rdb, cfg)
	start(t, one, h)
	put(t, one, queue.Item{ID: "1"})
	receive(t, begun, "the handler")
	start(t, two, h)
	start(t, three, h)
	for i := range 3 {
		<-time.After(cfg.Lease + time.Duration(i)*170*time.Millisecond) // all judge leases, each time at another point of a tick
		server.Freeze()
		<-time.After(3 * cfg.Lease / 2)
		server.Thaw()
	}
	<-time.After(cfg.Lease)
	close(done)
	wantStats(t, one, queue.Stats{})
	if n := runs.Load(); n != 1 {
		t.Errorf("%d runs, want 1: a lease was taken for ended", n)
	}
}

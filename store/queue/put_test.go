package queue_test

import (
	"context"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/redis/go-redis/v9"

	"recallbot/store/queue"
)

func deliversItems(t backendT) {
	q := queue.New(t.rdb, testConfig())
	want := queue.Item{ID: "ev 1 \"撤回\"", Key: "oc_1", Kind: "command", Payload: []byte("\x00\xff\n{\"a\":1}\n")}
	bare := queue.Item{ID: "ev2", Payload: []byte{}}
	before := time.Now()
	put(t, q, want, bare)

	got := make(chan queue.Delivery, 2)
	start(t, q, sendTo(got))
	byID := map[string]queue.Delivery{}
	for range 2 {
		d := receive(t, got, "delivery")
		byID[d.ID] = d
	}
	for _, it := range []queue.Item{want, bare} {
		d := byID[it.ID]
		if diff := cmp.Diff(it, d.Item); diff != "" {
			t.Errorf("item (-put +got):\n%s", diff)
		}
		if d.Attempt != 1 || d.Redelivered {
			t.Errorf("attempt %d, redelivered %v; want the first", d.Attempt, d.Redelivered)
		}
		if age := d.Enqueued.Sub(before); age < -time.Second || age > maxWait {
			t.Errorf("enqueued %s after the put", age)
		}
	}
}

func dedupesPuts(t backendT) {
	q := queue.New(t.rdb, testConfig())
	steps := []struct {
		ids  []string
		want bool
	}{
		{[]string{"event 1", "message 1"}, true},
		{[]string{"event 1", "message 1"}, false},
		{[]string{"event 2", "message 1"}, false}, // one known id is enough,
		{[]string{"event 2"}, false},              // and all of them are remembered
		{[]string{"event 3"}, true},
		{nil, true},
		{nil, true},
	}
	for i, s := range steps {
		added, err := q.Put(t.Context(), queue.Item{ID: strconv.Itoa(i)}, s.ids...)
		if err != nil || added != s.want {
			t.Errorf("Put %d with dedupe ids %v = %v, %v; want %v", i, s.ids, added, err, s.want)
		}
	}

	var added atomic.Int32
	var all sync.WaitGroup
	for range 32 {
		all.Go(func() {
			ok, err := q.Put(t.Context(), queue.Item{ID: "same"}, "same event")
			if err != nil {
				t.Error(err)
			}
			if ok {
				added.Add(1)
			}
		})
	}
	all.Wait()
	if n := added.Load(); n != 1 {
		t.Errorf("%d of 32 callers added the same event, want 1", n)
	}
	wantStats(t, q, queue.Stats{Waiting: 5})
}

// autoPipeliner is implemented by Client and ClusterClient, but is not part of UniversalClient.
type autoPipeliner interface {
	AutoPipeline() (*redis.AutoPipeliner, error)
}

func putsThroughAutoPipeline(t backendT) {
	client, ok := t.rdb.(autoPipeliner)
	if !ok {
		t.Fatalf("%T has no auto pipeline", t.rdb)
	}
	auto, err := client.AutoPipeline()
	if err != nil {
		t.Fatal(err)
	}
	cfg := testConfig()
	cfg.Puts = auto
	q := queue.New(t.rdb, cfg)
	var all sync.WaitGroup
	for i := range 64 {
		all.Go(func() {
			id := strconv.Itoa(i / 2) // each twice
			if _, err := q.Put(t.Context(), queue.Item{ID: id}, id); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if err := q.PutAt(t.Context(), queue.Item{ID: "later"}, time.Now().Add(time.Hour)); err != nil {
		t.Error(err)
	}
	wantStats(t, q, queue.Stats{Waiting: 32, Delayed: 1})
}

func refusesItemsThatCannotBeDecoded(t backendT) {
	q := queue.New(t.rdb, testConfig())
	for _, it := range []queue.Item{{}, {ID: "\xff"}, {ID: "1", Key: "\xff"}, {ID: "1", Kind: "\xff"}} {
		if added, err := q.Put(t.Context(), it); err == nil || added {
			t.Errorf("Put(%+v) = %v, %v; want an error", it, added, err)
		}
		if err := q.PutAt(t.Context(), it, time.Now()); err == nil {
			t.Errorf("PutAt(%+v): want an error", it)
		}
	}
	wantStats(t, q, queue.Stats{})
}

func queuesAreSeparate(t backendT) {
	one, two := queue.New(t.rdb, testConfig()), queue.New(t.rdb, testConfig())
	for _, q := range []*queue.Queue{one, two} {
		if added, err := q.Put(t.Context(), queue.Item{ID: "1"}, "same id"); err != nil || !added {
			t.Fatalf("Put = %v, %v: dedupe ids of one queue must not affect the other", added, err)
		}
	}
	got := make(chan queue.Delivery, 2)
	start(t, one, sendTo(got))
	receive(t, got, "item of the first")
	wantStats(t, one, queue.Stats{})
	wantStats(t, two, queue.Stats{Waiting: 1})
}

func runsDelayedItemsOnTime(t backendT) {
	q := queue.New(t.rdb, testConfig())
	type run struct {
		id string
		at time.Time
	}
	got := make(chan run, 8)
	start(t, q, func(_ context.Context, d queue.Delivery) error {
		got <- run{d.ID, time.Now()}

		return nil
	})

	now := time.Now()
	due := map[string]time.Time{
		"past": now.Add(-time.Hour), "now": now, "a": now.Add(30 * time.Millisecond), "b": now.Add(250 * time.Millisecond),
	}
	for _, id := range []string{"b", "a", "now", "past"} { // the latest first: each earlier one must wake the scheduler
		if err := q.PutAt(t.Context(), queue.Item{ID: id}, due[id]); err != nil {
			t.Fatal(err)
		}
	}
	for range due {
		r := receive(t, got, "delayed item")
		if early := due[r.id].Sub(r.at); early > 0 {
			t.Errorf("%s ran %s early", r.id, early)
		}
		if late := r.at.Sub(due[r.id]); late > 5*time.Second && r.id != "past" {
			t.Errorf("%s ran %s late", r.id, late)
		}
	}
	wantStats(t, q, queue.Stats{})
}

func replacesAndCancelsDelayedItems(t backendT) {
	q := queue.New(t.rdb, testConfig())
	later := time.Now().Add(time.Hour)
	for _, payload := range []string{"first", "second"} {
		if err := q.PutAt(t.Context(), queue.Item{ID: "moved", Payload: []byte(payload)}, later); err != nil {
			t.Fatal(err)
		}
	}
	if err := q.PutAt(t.Context(), queue.Item{ID: "gone"}, later); err != nil {
		t.Fatal(err)
	}
	wantStats(t, q, queue.Stats{Delayed: 2})
	for _, want := range []bool{true, false} {
		if ok, err := q.Cancel(t.Context(), "gone"); err != nil || ok != want {
			t.Errorf("Cancel = %v, %v; want %v", ok, err, want)
		}
	}

	got := make(chan queue.Delivery, 2)
	start(t, q, sendTo(got))
	if err := q.PutAt(t.Context(), queue.Item{ID: "moved", Payload: []byte("third")}, time.Now()); err != nil {
		t.Fatal(err)
	}
	if d := receive(t, got, "moved item"); string(d.Payload) != "third" {
		t.Errorf("payload %q, want the last one put", d.Payload)
	}
	if ok, err := q.Cancel(t.Context(), "moved"); err != nil || ok {
		t.Errorf("Cancel of an item that has run = %v, %v; want false", ok, err)
	}
	wantStats(t, q, queue.Stats{})
}

func movesManyDueItems(t backendT) {
	const n = 500 // several batches
	q := queue.New(t.rdb, testConfig())
	at := time.Now().Add(50 * time.Millisecond)
	for i := range n {
		if err := q.PutAt(t.Context(), queue.Item{ID: strconv.Itoa(i)}, at); err != nil {
			t.Fatal(err)
		}
	}
	got := make(chan queue.Delivery, n)
	start(t, q, sendTo(got))
	ids := map[string]bool{}
	for range n {
		ids[receive(t, got, "due item").ID] = true
	}
	if len(ids) != n {
		t.Errorf("%d different items ran, want %d", len(ids), n)
	}
	wantStats(t, q, queue.Stats{})
}

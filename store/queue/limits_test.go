package queue_test

import (
	"context"
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"recallbot/store/queue"
)

func busyKeyDoesNotDelayAnother(t backendT) {
	q := queue.New(t.rdb, testConfig())
	const slow = 1000
	for i := range slow {
		put(t, q, queue.Item{ID: strconv.Itoa(i), Key: "slow"})
	}
	var ran atomic.Int32
	others := make(chan queue.Delivery, 2)
	full, release := make(chan struct{}, slow), make(chan struct{})
	start(t, q, func(ctx context.Context, d queue.Delivery) error {
		if d.Key != "slow" {
			others <- d

			return nil
		}
		full <- struct{}{}
		select {
		case <-release:
			ran.Add(1)
		case <-ctx.Done():
		}

		return ctx.Err()
	})
	for range 4 {
		receive(t, full, "the slow key gets its handlers")
	}
	for _, key := range []string{"other", ""} {
		before := time.Now()
		put(t, q, queue.Item{ID: "o", Key: key})
		d := receive(t, others, "an item of another key")
		t.Logf("key %q: %s from before the put to the handler", key, time.Since(before))
		if d.Attempt != 1 || d.Redelivered {
			t.Errorf("attempt %d, redelivered %v", d.Attempt, d.Redelivered)
		}
	}
	if n := len(full); n != 0 {
		t.Errorf("%d more handlers of the slow key after the first four", n)
	}

	close(release) // postponed items are not lost
	eventually(t, 60*time.Second, "all slow items are done", func(context.Context) bool { return ran.Load() == slow })
	wantStats(t, q, queue.Stats{})
}

func limitsTheHandlersOfAKey(t backendT) {
	cfg := testConfig()
	cfg.PerKey, cfg.Workers = 2, 6
	q := queue.New(t.rdb, cfg)
	const each = 8
	keys := []string{"a", "b", "c", "d", ""}
	for i := range each * len(keys) {
		put(t, q, queue.Item{ID: strconv.Itoa(i), Key: keys[i%len(keys)]})
	}
	var mu sync.Mutex
	now, maxByKey, all, maxOfAll := map[string]int{}, map[string]int{}, 0, 0
	done := make(chan struct{}, each*len(keys))
	start(t, q, func(_ context.Context, d queue.Delivery) error {
		mu.Lock()
		now[d.Key]++
		all++
		maxByKey[d.Key], maxOfAll = max(maxByKey[d.Key], now[d.Key]), max(maxOfAll, all)
		mu.Unlock()
		<-time.After(2 * time.Millisecond) // overlap
		mu.Lock()
		now[d.Key]--
		all--
		mu.Unlock()
		done <- struct{}{}

		return nil
	})
	for range each * len(keys) {
		receive(t, done, "item")
	}
	mu.Lock()
	defer mu.Unlock()
	if maxOfAll > 6 {
		t.Errorf("%d handlers at once, want at most 6", maxOfAll)
	}
	for _, key := range keys {
		if key != "" && maxByKey[key] > 2 {
			t.Errorf("%d handlers of key %q at once, want at most 2", maxByKey[key], key)
		}
	}
}

type observed struct {
	started  []string
	ages     []time.Duration
	finished []queue.Outcome
}

// recordingObserver is an Observer that records its calls.
type recordingObserver struct {
	mu    sync.Mutex
	seen  observed
	depth chan queue.Stats
}

func (o *recordingObserver) Started(kind string, age time.Duration) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.seen.started = append(o.seen.started, kind)
	o.seen.ages = append(o.seen.ages, age)
}

func (o *recordingObserver) Finished(_ string, outcome queue.Outcome, _ time.Duration) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.seen.finished = append(o.seen.finished, outcome)
}

func (o *recordingObserver) Depth(s queue.Stats) {
	select {
	case o.depth <- s:
	default:
	}
}

func callsTheObserver(t backendT) {
	cfg := testConfig()
	o := &recordingObserver{depth: make(chan queue.Stats, 1)}
	cfg.Observer, cfg.Lease = o, 200*time.Millisecond
	q := queue.New(t.rdb, cfg)
	if err := q.PutAt(t.Context(), queue.Item{ID: "later"}, time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	put(t, q, queue.Item{ID: "1", Kind: "command"})
	var runs atomic.Int32
	start(t, q, func(context.Context, queue.Delivery) error {
		switch runs.Add(1) {
		case 1:
			return errBoom
		case 2:
			return queue.RetryAt(time.Now(), errBoom)
		default:
			return nil
		}
	})
	if s := receive(t, o.depth, "depth"); s.Delayed < 1 {
		t.Errorf("depth %+v: want the delayed item", s)
	}
	wantStats(t, q, queue.Stats{Delayed: 1})
	o.mu.Lock()
	defer o.mu.Unlock()
	if got := fmt.Sprint(o.seen.started, o.seen.finished); got != "[command command command] [retry postponed done]" {
		t.Errorf("observed %s", got)
	}
	for _, age := range o.seen.ages {
		if age < 0 || age > maxWait {
			t.Errorf("age %s", age)
		}
	}
}

func countsItems(t backendT) {
	q := queue.New(t.rdb, testConfig())
	wantStats(t, q, queue.Stats{}) // of an empty queue
	put(t, q, queue.Item{ID: "1", Key: "k"}, queue.Item{ID: "2", Key: "k"}, queue.Item{ID: "dies"})
	if err := q.PutAt(t.Context(), queue.Item{ID: "later"}, time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	wantStats(t, q, queue.Stats{Waiting: 3, Delayed: 1})
	eventually(t, maxWait, "Oldest grows", func(ctx context.Context) bool {
		s, err := q.Stats(ctx)

		return err == nil && s.Oldest >= 20*time.Millisecond && s.Oldest < maxWait
	})

	release := make(chan struct{})
	start(t, q, func(_ context.Context, d queue.Delivery) error {
		if d.ID == "dies" {
			return queue.Permanent(errBoom)
		}
		<-release

		return nil
	})
	wantStats(t, q, queue.Stats{InFlight: 2, Delayed: 1, Dead: 1})
	close(release)
	wantStats(t, q, queue.Stats{Delayed: 1, Dead: 1})
	if s, err := q.Stats(t.Context()); err != nil || s.Oldest != 0 {
		t.Errorf("Oldest of an empty queue is %s, %v", s.Oldest, err)
	}
}

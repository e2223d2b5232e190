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

func busyKeyDoesNotHoldUpAnother(t on) {
	q := queue.New(t.rdb, fast())
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
		t.Errorf("%d handlers of the slow key beside the first four", n)
	}

	close(release) // and what was put off is not lost, and comes back as fast as the key can work it off
	eventually(t, 60*time.Second, "all slow items are done", func(context.Context) bool { return ran.Load() == slow })
	wantStats(t, q, queue.Stats{})
}

func boundsTheHandlersOfAKey(t on) {
	cfg := fast()
	cfg.PerKey, cfg.Workers = 2, 6
	q := queue.New(t.rdb, cfg)
	const each = 8
	keys := []string{"a", "b", "c", "d", ""}
	for i := range each * len(keys) {
		put(t, q, queue.Item{ID: strconv.Itoa(i), Key: keys[i%len(keys)]})
	}
	var mu sync.Mutex
	now, most, all, maxOfAll := map[string]int{}, map[string]int{}, 0, 0
	done := make(chan struct{}, each*len(keys))
	start(t, q, func(_ context.Context, d queue.Delivery) error {
		mu.Lock()
		now[d.Key]++
		all++
		most[d.Key], maxOfAll = max(most[d.Key], now[d.Key]), max(maxOfAll, all)
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
		if key != "" && most[key] > 2 {
			t.Errorf("%d handlers of key %q at once, want at most 2", most[key], key)
		}
	}
}

type record struct {
	started  []string
	ages     []time.Duration
	finished []queue.Outcome
}

// watcher is an Observer that remembers.
type watcher struct {
	mu    sync.Mutex
	seen  record
	depth chan queue.Stats
}

func (w *watcher) Started(kind string, age time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.seen.started = append(w.seen.started, kind)
	w.seen.ages = append(w.seen.ages, age)
}

func (w *watcher) Finished(_ string, outcome queue.Outcome, _ time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.seen.finished = append(w.seen.finished, outcome)
}

func (w *watcher) Depth(s queue.Stats) {
	select {
	case w.depth <- s:
	default:
	}
}

func tellsTheObserver(t on) {
	cfg := fast()
	w := &watcher{depth: make(chan queue.Stats, 1)}
	cfg.Observer, cfg.Lease = w, 200*time.Millisecond
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
	if s := receive(t, w.depth, "depth"); s.Delayed < 1 {
		t.Errorf("depth %+v: want the delayed item", s)
	}
	wantStats(t, q, queue.Stats{Delayed: 1})
	w.mu.Lock()
	defer w.mu.Unlock()
	if got := fmt.Sprint(w.seen.started, w.seen.finished); got != "[command command command] [retry postponed done]" {
		t.Errorf("observed %s", got)
	}
	for _, age := range w.seen.ages {
		if age < 0 || age > soon {
			t.Errorf("age %s", age)
		}
	}
}

func countsItsState(t on) {
	q := queue.New(t.rdb, fast())
	wantStats(t, q, queue.Stats{}) // before there is anything
	put(t, q, queue.Item{ID: "1", Key: "k"}, queue.Item{ID: "2", Key: "k"}, queue.Item{ID: "dies"})
	if err := q.PutAt(t.Context(), queue.Item{ID: "later"}, time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	wantStats(t, q, queue.Stats{Waiting: 3, Delayed: 1})
	eventually(t, soon, "the oldest ages", func(ctx context.Context) bool {
		s, err := q.Stats(ctx)

		return err == nil && s.Oldest >= 20*time.Millisecond && s.Oldest < soon
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
		t.Errorf("oldest of nothing is %s, %v", s.Oldest, err)
	}
}

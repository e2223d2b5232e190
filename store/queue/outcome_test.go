package queue_test

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/redis/go-redis/v9"

	"recallbot/store/queue"
)

func countsFailuresThenGivesUp(t backendT) {
	q := queue.New(t.rdb, testConfig())
	it := queue.Item{ID: "1", Key: "oc_1", Kind: "command", Payload: []byte("x")}
	put(t, q, it)
	got := make(chan queue.Delivery, 8)
	start(t, q, func(_ context.Context, d queue.Delivery) error {
		got <- d

		return fmt.Errorf("call: %w", errBoom)
	})
	var first time.Time
	for want := 1; want <= 3; want++ {
		d := receive(t, got, "attempt")
		if d.Attempt != want || d.Redelivered != (want > 1) {
			t.Errorf("attempt %d, redelivered %v; want %d, %v", d.Attempt, d.Redelivered, want, want > 1)
		}
		if want == 1 {
			first = d.Enqueued
		}
		if !d.Enqueued.Equal(first) {
			t.Errorf("enqueued moved from %s to %s", first, d.Enqueued)
		}
	}
	wantStats(t, q, queue.Stats{Dead: 1})
	dead := deadLetters(t, q)[0]
	if dead.Last.Before(dead.First) {
		t.Errorf("given up at %s, put at %s", dead.Last, dead.First)
	}
	want := queue.Dead{Item: it, Attempts: 3, Reason: "call: boom", First: first, Letter: dead.Letter, Last: dead.Last}
	if diff := cmp.Diff(want, dead); diff != "" {
		t.Errorf("dead letter (-want +got):\n%s", diff)
	}
}

func givesUpPermanentErrorsAtOnce(t backendT) {
	q := queue.New(t.rdb, testConfig())
	put(t, q, queue.Item{ID: "1"})
	got := make(chan queue.Delivery, 8)
	start(t, q, func(_ context.Context, d queue.Delivery) error {
		got <- d

		return fmt.Errorf("wrapped: %w", queue.Permanent(errBoom))
	})
	receive(t, got, "the only attempt")
	wantStats(t, q, queue.Stats{Dead: 1})
	if d := deadLetters(t, q)[0]; d.Attempts != 1 || d.Reason != "wrapped: boom" {
		t.Errorf("%d attempts, reason %q", d.Attempts, d.Reason)
	}
	if len(got) != 0 {
		t.Error("ran again")
	}
}

func retryAtIsNoAttempt(t backendT) {
	q := queue.New(t.rdb, testConfig())
	put(t, q, queue.Item{ID: "1"})
	const reset = 40 * time.Millisecond
	type run struct {
		attempt int
		at      time.Time
	}
	runs := make(chan run, 16)
	start(t, q, func(_ context.Context, d queue.Delivery) error {
		now := time.Now()
		runs <- run{d.Attempt, now}
		if len(runs) < 6 { // more than MaxAttempts
			return fmt.Errorf("limited: %w", queue.RetryAt(now.Add(reset), errBoom))
		}

		return nil
	})
	wantStats(t, q, queue.Stats{})
	if len(runs) != 6 {
		t.Fatalf("%d runs, want 6", len(runs))
	}
	for last := (time.Time{}); len(runs) > 0; {
		r := <-runs
		if r.attempt != 1 {
			t.Errorf("attempt %d, want 1", r.attempt)
		}
		if early := reset - r.at.Sub(last); !last.IsZero() && early > 0 {
			t.Errorf("a run came %s early", early)
		}
		last = r.at
	}
}

func survivesAPanic(t backendT) {
	cfg := testConfig()
	cfg.Workers = 1
	logger, logged := logBuffer()
	cfg.Logger = logger
	q := queue.New(t.rdb, cfg)
	put(t, q, queue.Item{ID: "1"})
	got := make(chan queue.Delivery, 8)
	start(t, q, func(_ context.Context, d queue.Delivery) error {
		got <- d
		if d.Attempt == 1 {
			panic("out of cheese")
		}

		return nil
	})
	receive(t, got, "the run that panics")
	if d := receive(t, got, "the next run"); d.Attempt != 2 {
		t.Errorf("attempt %d, want 2", d.Attempt)
	}
	wantStats(t, q, queue.Stats{})
	if s := logged(); !strings.Contains(s, "handler panicked") || !strings.Contains(s, "out of cheese") || !strings.Contains(s, "outcome_test.go") {
		t.Errorf("the log has no panic with its stack:\n%s", s)
	}
}

func keepsTheNewestDeadLetters(t backendT) {
	cfg := testConfig()
	cfg.DeadCap, cfg.Workers = 5, 1
	q := queue.New(t.rdb, cfg)
	for i := range 8 {
		put(t, q, queue.Item{ID: strconv.Itoa(i)})
	}
	start(t, q, func(context.Context, queue.Delivery) error {
		return queue.Permanent(errors.New(strings.Repeat("long ", 1000)))
	})
	wantStats(t, q, queue.Stats{Dead: 5})
	dead := deadLetters(t, q)
	if dead[0].ID != "3" || dead[4].ID != "7" {
		t.Errorf("dead letters from %s to %s are left, want the newest, 3 to 7", dead[0].ID, dead[4].ID)
	}
	if n := len(dead[0].Reason); n > 1100 {
		t.Errorf("a reason of %d bytes was kept", n)
	}
}

func replaysAndDropsDeadLetters(t backendT) {
	q := queue.New(t.rdb, testConfig())
	put(t, q, queue.Item{ID: "a"}, queue.Item{ID: "b"}, queue.Item{ID: "c"})
	stop := start(t, q, func(context.Context, queue.Delivery) error { return queue.Permanent(errBoom) })
	wantStats(t, q, queue.Stats{Dead: 3})
	if err := stop(); err != nil {
		t.Fatal(err)
	}

	all := deadLetters(t, q)
	page, err := q.DeadLetters(t.Context(), all[0].Letter, 1)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(all[1:2], page); diff != "" {
		t.Errorf("second page (-want +got):\n%s", diff)
	}
	if err := q.Drop(t.Context(), all[0].Letter); err != nil {
		t.Error(err)
	}
	if err := q.Replay(t.Context(), all[1].Letter); err != nil {
		t.Error(err)
	}
	for _, id := range []string{all[0].Letter, all[1].Letter, "1-1"} {
		if err := q.Drop(t.Context(), id); !errors.Is(err, queue.ErrNotFound) {
			t.Errorf("Drop(%s) = %v, want ErrNotFound", id, err)
		}
		if err := q.Replay(t.Context(), id); !errors.Is(err, queue.ErrNotFound) {
			t.Errorf("Replay(%s) = %v, want ErrNotFound", id, err)
		}
	}
	wantStats(t, q, queue.Stats{Waiting: 1, Dead: 1})

	got := make(chan queue.Delivery, 2)
	start(t, q, sendTo(got))
	if d := receive(t, got, "replayed item"); d.ID != all[1].ID || d.Attempt != 1 || !d.Redelivered {
		t.Errorf("replayed %s, attempt %d, redelivered %v; want %s, 1, true", d.ID, d.Attempt, d.Redelivered, all[1].ID)
	}
}

func undecodableEntriesBecomeDeadLetters(t backendT) {
	cfg := testConfig()
	q := queue.New(t.rdb, cfg)
	stream := "{" + cfg.Name + "}:stream"
	for _, v := range []map[string]any{
		{"job": "no newline"}, {"job": "{not json\n"}, {"job": "{}\n"}, {"job": `{"id":"1","fails":-1}` + "\n"}, {"other": "field"},
	} {
		if err := t.rdb.XAdd(t.Context(), &redis.XAddArgs{Stream: stream, Values: v}).Err(); err != nil {
			t.Fatal(err)
		}
	}
	put(t, q, queue.Item{ID: "good"})
	got := make(chan queue.Delivery, 8)
	start(t, q, sendTo(got))
	if d := receive(t, got, "the item after them"); d.ID != "good" {
		t.Errorf("delivered %+v", d)
	}
	wantStats(t, q, queue.Stats{Dead: 5})
	for _, d := range deadLetters(t, q) {
		if d.ID != "" || len(d.Payload) == 0 || !strings.Contains(d.Reason, queue.ErrUndecodable.Error()) {
			t.Errorf("dead letter %+v: want the raw entry and the reason", d)
		}
		if err := q.Replay(t.Context(), d.Letter); !errors.Is(err, queue.ErrUndecodable) {
			t.Errorf("Replay = %v, want ErrUndecodable", err)
		}
	}
}

package store_test

import (
	"context"
	"testing"
	"time"

	"recallbot/bot"
	"recallbot/store"
)

func testSweep(t *testing.T, s *store.Store) {
	t.Helper()
	x, chat, ctx := store.NewIndex(s), newChat(), t.Context()
	m, gone := personMessage(chat, 0), personMessage(chat, 1)
	must(t, x.Add(ctx, m, gone))
	must(t, x.Forget(ctx, gone.ID))
	now := time.Now()
	known := func(when string, at time.Time, want ...bool) {
		t.Helper()
		for i, message := range []bot.Message{m, gone} {
			must(t, x.SweepOf(ctx, message.ID, at))
			if _, ok, err := x.Find(ctx, message.ID); err != nil || ok != want[i] {
				t.Errorf("%s: message %d is known: %v, %v", when, i, ok, err)
			}
		}
	}
	known("at once", now, true, true)
	known("long after it went", now.Add(store.GoneTTL+time.Second), true, false)
	wantList(t, x, chat, m)
	known("after the retention", now.Add(store.DefaultConfig().IndexRetention), false, false)
}

// testRunSweeper: RunSweeper removes the same entries as Sweep, and ends with its context.
func testRunSweeper(t *testing.T, s *store.Store) {
	t.Helper()
	x, chat, ctx := store.NewIndex(s), newChat(), t.Context()
	old := personMessage(chat, 0)
	old.At = time.Now().Add(-31 * 24 * time.Hour)
	must(t, x.Add(ctx, old))
	if !s.Embedded() {
		// A whole round is enough: other tests share this server.
		must(t, x.Sweep(ctx, time.Now()))
		wantUnknown(t, x, old.ID)
		return
	}
	must(t, s.Client().Set(ctx, "sweep:cursor", store.BucketNo(old.ID), time.Hour).Err())
	running, stop := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() { defer close(ended); x.RunSweeper(running) }()
	for deadline := time.Now().Add(maxWait); time.Now().Before(deadline); {
		if _, ok, err := x.Find(ctx, old.ID); err != nil || !ok {
			break
		}
	}
	stop()
	<-ended
	wantUnknown(t, x, old.ID)
}

func wantUnknown(t *testing.T, x *store.Index, id bot.MessageID) {
	t.Helper()
	if m, ok, err := x.Find(t.Context(), id); ok || err != nil {
		t.Errorf("found %+v, %v", m, err)
	}
}

package store_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"recallbot/bot"
	"recallbot/store"
)

// testWalk: pages of 64 and more, newest first, both bounds inclusive.
func testWalk(t *testing.T, s *store.Store) {
	t.Helper()
	x, chat, ctx := store.NewIndex(s), newChat(), t.Context()
	var all []bot.Message
	for i := range 190 {
		all = append(all, personMessage(chat, i/2)) // two in each millisecond
	}
	must(t, x.Add(ctx, all...))
	must(t, x.Add(ctx, personMessage(newChat(), 5)))
	must(t, x.Forget(ctx, all[100].ID))
	slices.SortFunc(all, func(a, b bot.Message) int { return b.At.Compare(a.At) })
	for _, tt := range []struct{ since, before time.Time }{
		{},
		{since: all[50].At},
		{before: all[50].At},
		{since: all[150].At, before: all[20].At},
		{since: all[20].At, before: all[20].At},
		{since: all[20].At, before: all[150].At},
		{before: all[189].At.Add(-time.Hour)},
		{since: time.UnixMilli(1)},
	} {
		want, got := map[bot.MessageID]bot.Message{}, map[bot.MessageID]bot.Message{}
		for _, m := range all {
			known, _, err := x.Find(ctx, m.ID)
			must(t, err)
			if !known.Gone && !m.At.Before(tt.since) && (tt.before.IsZero() || !m.At.After(tt.before)) {
				want[m.ID] = m
			}
		}
		last := time.Now().Add(time.Hour)
		for m, err := range x.Walk(ctx, chat, tt.since, tt.before) {
			must(t, err)
			if m.At.After(last) {
				t.Fatalf("%v after %v", m.At, last)
			}
			last, got[m.ID] = m.At, m
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%+v: -want +got\n%s", tt, diff)
		}
	}
	n := 0
	for _, err := range x.Walk(ctx, chat, time.Time{}, time.Time{}) {
		must(t, err)
		if n++; n == 70 {
			break
		}
	}
	if n != 70 {
		t.Errorf("%d messages", n)
	}
	ended, cancel := context.WithCancel(ctx)
	cancel()
	n = 0
	for _, err := range x.Walk(ended, chat, time.Time{}, time.Time{}) {
		n++
		wantKind(t, err, bot.Unavailable)
	}
	if n != 1 {
		t.Errorf("%d messages after the end", n)
	}
}

func testKnown(t *testing.T, s *store.Store) {
	t.Helper()
	x, chat, ctx := store.NewIndex(s), newChat(), t.Context()
	here, gone, never := personMessage(chat, 1), personMessage(chat, 2), newMessage()
	here.Kind, here.Sender = bot.KindOwn, bot.HashOf("ou_2")
	must(t, x.Add(ctx, here, gone))
	must(t, x.Forget(ctx, gone.ID))
	gone.Gone = true
	got, err := x.Known(ctx, []bot.MessageID{gone.ID, never, here.ID})
	must(t, err)
	if diff := cmp.Diff([]bot.Message{gone, {}, here}, got); diff != "" {
		t.Error(diff)
	}
	if got, err := x.Known(ctx, nil); err != nil || len(got) != 0 {
		t.Errorf("of none: %v, %v", got, err)
	}
}

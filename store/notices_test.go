package store_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"recallbot/bot"
	"recallbot/store"
)

// testNotices: posts with one cause are one notice, each counted once, until none came for a time.
func testNotices(t *testing.T, s *store.Store) {
	t.Helper()
	ctx, notices, chat, began := t.Context(), store.NewNotices(s), newChat(), start().Truncate(time.Second)
	const quiet = 200 * time.Millisecond
	add := func(key string, n int) (string, bool) {
		t.Helper()
		post := bot.WindowPost{
			Chat: chat, ID: bot.MessageID(fmt.Sprint("om_", n)), Sender: []string{"cli_a", "cli_b"}[n%2], Name: []string{"", "News of today"}[n%2],
			At: began.Add(time.Duration(n) * time.Second),
		}
		key, isNew, err := notices.Add(ctx, bot.Notice{Key: key, Chat: chat, Kind: bot.NoticeAsk, Rule: "flood"}, post, time.Minute)
		must(t, err)
		return key, isNew
	}
	for i, n := range []int{2, 1, 3, 3, 5, 4} {
		if key, isNew := add(fmt.Sprint("k", i), n); key != "k0" || isNew != (i == 0) {
			t.Errorf("post %d: notice %s, new %v", n, key, isNew)
		}
	}
	got, ok, err := notices.Load(ctx, chat, "k0")
	must(t, err)
	want := bot.Notice{
		Key: "k0", Chat: chat, Kind: bot.NoticeAsk, Rule: "flood", Count: 5, First: began.Add(time.Second), Last: began.Add(5 * time.Second),
		Senders: map[string]int{"cli_a": 2, "cli_b News of today": 3}, Posts: []bot.MessageID{"om_1", "om_2", "om_3"},
	}
	if diff := cmp.Diff(want, got); !ok || diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	posts, err := notices.Posts(ctx, chat, "k0")
	must(t, err)
	if len(posts) != 5 {
		t.Errorf("posts %v", posts)
	}
	if key, err := notices.Open(ctx, chat, want.Name()); err != nil || key != "k0" {
		t.Errorf("open: %q, %v", key, err)
	}
	must(t, notices.Close(ctx, want))
	if key, isNew := add("k9", 9); key != "k9" || !isNew {
		t.Errorf("after the close: notice %s, new %v", key, isNew)
	}
	must(t, notices.Close(ctx, want)) // again, as a second run of the work does
	if key, isNew := add("k10", 10); key != "k9" || isNew {
		t.Errorf("after another close of the first: notice %s, new %v", key, isNew)
	}

	// One that is only opened, and over after a quiet time.
	quarantine := bot.Notice{Key: "q1", Chat: chat, Kind: bot.NoticeQuarantine, Bot: bot.BotRef{App: "cli_a"}}
	_, isNew, err := notices.Add(ctx, quarantine, bot.WindowPost{Chat: chat, At: start()}, quiet)
	must(t, err)
	got, ok, err = notices.Load(ctx, chat, "q1")
	must(t, err)
	if !isNew || !ok || got.Count != 0 || len(got.Posts) != 0 {
		t.Errorf("opened: %v, %+v", isNew, got)
	}
	for deadline := time.Now().Add(maxWait); ; {
		key, err := notices.Open(ctx, chat, quarantine.Name())
		must(t, err)
		if key == "" {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("a quiet notice stays open")
		}
	}
	if _, ok, err := notices.Load(ctx, chat, "other"); ok || err != nil {
		t.Errorf("an unknown notice: %v, %v", ok, err)
	}
}

package app_test

import (
	"log/slog"
	"slices"
	"strconv"
	"testing"

	"recallbot/app"
	"recallbot/audit"
	"recallbot/bot"
	"recallbot/store"
	"recallbot/test/redistest"
)

// TestLogIsNotHiddenByRefusals: a thousand refusals of one person hide no act.
func TestLogIsNotHiddenByRefusals(t *testing.T) {
	t.Parallel()
	config := store.RedisConfig{URL: store.URL(redistest.Start(t).URL())}
	opened, err := store.Open(t.Context(), config, store.DefaultConfig(), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = opened.Close() })
	log := store.NewAudit(opened)
	record := func(key string, e audit.Entry) {
		t.Helper()
		e.Chat = "oc_1"
		if fresh, err := log.Record(t.Context(), key, e); err != nil || !fresh {
			t.Fatalf("%v, %v", fresh, err)
		}
	}
	record("act", audit.Entry{Who: "ou_1", Result: bot.Done})
	record("other", audit.Entry{Who: "ou_3", Result: bot.Refused, Reason: bot.ReasonNoRight})
	for i := range 1000 {
		record(strconv.Itoa(i), audit.Entry{Who: "ou_2", Result: bot.Refused, Reason: bot.ReasonNoRight})
	}
	entries, err := app.ChatLog(t.Context(), opened, "oc_1", 2000)
	var who []bot.UserID
	for _, act := range audit.Acts(entries) {
		who = append(who, act.Newest().Who)
	}
	if err != nil || !slices.Equal(who, []bot.UserID{"ou_2", "ou_3", "ou_1"}) {
		t.Errorf("the log has acts of %v, %v", who, err)
	}
}

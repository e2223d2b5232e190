package store_test

import (
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"recallbot/audit"
	"recallbot/bot"
	"recallbot/store"
)

func testAuditOnce(t *testing.T, s *store.Store) {
	t.Helper()
	log, chat, ctx := store.NewAudit(s), newChat(), t.Context()
	want := audit.Entry{
		ID: "ours is ignored", At: time.Now().UTC().Round(0), Who: "ou_1", Via: bot.ViaReply, Chat: chat, Message: "om_1",
		Rule: "owner", Result: bot.Done, Latency: 12, Comment: "spam",
	}
	wantRecord(t, log, string(chat), want, true)
	again := want
	again.Result = bot.AlreadyGone
	wantRecord(t, log, string(chat), again, false)
	got, err := log.Recent(ctx, chat, 10, "")
	must(t, err)
	if diff := cmp.Diff([]audit.Entry{want}, got, cmpopts.IgnoreFields(audit.Entry{}, "ID", "N", "Prev", "Hash", "Act", "Seal")); diff != "" {
		t.Fatalf("-want +got\n%s", diff)
	}
	all, err := log.Recent(ctx, "", 1000, "")
	must(t, err)
	found := 0
	for _, e := range all {
		if e.Chat == chat {
			found++
			if e.ID == "" || e.ID != got[0].ID {
				t.Errorf("the record has the id %q in all and %q in its chat", e.ID, got[0].ID)
			}
		}
	}
	if found != 1 {
		t.Errorf("%d records in all, want 1", found)
	}
	wantRecord(t, log, string(chat)+" without a chat", audit.Entry{Comment: string(chat)}, true)
}

func testAuditPages(t *testing.T, s *store.Store) {
	t.Helper()
	log, chat, ctx := store.NewAudit(s), newChat(), t.Context()
	for i := range 7 {
		wantRecord(t, log, string(chat)+strconv.Itoa(i), audit.Entry{Chat: chat, Code: i}, true)
	}
	var codes []int
	before := ""
	for {
		page, err := log.Recent(ctx, chat, 3, before)
		must(t, err)
		if len(page) == 0 {
			break
		}
		for _, e := range page {
			codes = append(codes, e.Code)
		}
		before = page[len(page)-1].ID
	}
	if diff := cmp.Diff([]int{6, 5, 4, 3, 2, 1, 0}, codes); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	for _, n := range []int{0, -1} {
		if page, err := log.Recent(ctx, chat, n, ""); err != nil || len(page) != 0 {
			t.Errorf("%d records: %v, %v", n, page, err)
		}
	}
	for _, id := range []string{"0-0", "0-1"} {
		if page, err := log.Recent(ctx, chat, 1, id); err != nil || len(page) != 0 {
			t.Errorf("before %s: %v, %v", id, page, err)
		}
	}
	for _, id := range []string{"x", "1", "-", "1-x", "+", "0000000000-0", "1-00", "01-1", "+1-1", "1-1-1", "18446744073709551616-0", "(1-1"} {
		_, err := log.Recent(ctx, chat, 1, id)
		wantKind(t, err, bot.Invalid)
	}
}

func testAuditCap(t *testing.T, s *store.Store) {
	t.Helper()
	log, chat, ctx := store.NewAudit(s), newChat(), t.Context()
	pipe := s.Client().Pipeline()
	key := "{audit}:c:" + string(chat)
	for i := range 1500 {
		pipe.Do(ctx, "xadd", key, strconv.Itoa(i+1)+"-0", "e", "{}")
	}
	_, err := pipe.Exec(ctx)
	must(t, err)
	wantRecord(t, log, string(chat), audit.Entry{Chat: chat, Code: 7}, true)
	n, err := s.Client().XLen(ctx, key).Result()
	must(t, err)
	// MAXLEN ~ removes whole nodes of a hundred entries.
	if n < 1000 || n > 1100 {
		t.Errorf("%d records of a chat", n)
	}
	got, err := log.Recent(ctx, chat, 1, "")
	if err != nil || len(got) != 1 || got[0].Code != 7 {
		t.Errorf("the newest is %+v, %v", got, err)
	}
}

func wantRecord(t *testing.T, log *store.Audit, key string, e audit.Entry, fresh bool) {
	t.Helper()
	if got, err := log.Record(t.Context(), key, e); err != nil || got != fresh {
		t.Fatalf("record %s: %v, %v, want %v", key, got, err, fresh)
	}
}

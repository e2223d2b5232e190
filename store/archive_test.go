package store_test

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/redis/go-redis/v9"

	"recallbot/bot"
	"recallbot/store"
)

const (
	goodKey  = bot.Secret("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f")
	otherKey = bot.Secret("ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff")
)

func newArchive(t *testing.T, s *store.Store, key, old bot.Secret) *store.Archive {
	t.Helper()
	a, err := store.NewArchive(s, store.ArchiveConfig{Key: key, OldKey: old, Retention: time.Hour})
	must(t, err)
	return a
}

func newSeen(chat bot.ChatID, at time.Time, text string) bot.Seen {
	return bot.Seen{
		Message: bot.Message{ID: newMessage(), Chat: chat, Kind: bot.KindOwn, Sender: bot.HashOf("ou_author"), At: at},
		Type:    "text", Body: `{"text":"` + text + `"}`, Topic: "omt_t", Root: "om_root", Parent: "om_parent",
		Mentions: []bot.Mentioned{{Key: "@_user_1", ID: "ou_1"}},
	}
}

func ids(posts []bot.Archived) []bot.MessageID {
	var list []bot.MessageID
	for _, p := range posts {
		list = append(list, p.ID)
	}
	return list
}

func testArchiveOrder(t *testing.T, s *store.Store) {
	t.Helper()
	ctx, chat, a := t.Context(), newChat(), newArchive(t, s, goodKey, "")
	at := start()
	newest, same, twin, oldest := newSeen(chat, at.Add(time.Second), "d"), newSeen(chat, at, "c"), newSeen(chat, at, "b"),
		newSeen(chat, at.Add(-time.Second), "a")
	must(t, a.Keep(ctx, "take", chat, []bot.Seen{newest, same}, nil))
	must(t, a.Keep(ctx, "take", chat, []bot.Seen{twin, oldest}, nil))
	again := same
	again.Body = "changed"
	must(t, a.Keep(ctx, "take", chat, []bot.Seen{again}, nil))
	posts, err := a.Posts(ctx, chat, "take", 0, 10)
	must(t, err)
	want := []bot.MessageID{oldest.ID, twin.ID, same.ID, newest.ID}
	if diff := cmp.Diff(want, ids(posts)); diff != "" {
		t.Fatalf("oldest first (-want +got):\n%s", diff)
	}
	wantPost := bot.Archived{
		Message: same.Message, Topic: same.Topic, Root: same.Root, Parent: same.Parent, Type: same.Type, Body: same.Body,
		Mentions: same.Mentions,
	}
	if diff := cmp.Diff(wantPost, posts[2]); diff != "" {
		t.Errorf("post (-want +got):\n%s", diff)
	}
	must(t, a.Drop(ctx, "take", chat, []bot.MessageID{twin.ID, "om_unknown"}))
	posts, err = a.Posts(ctx, chat, "take", 1, 1)
	must(t, err)
	if n, _, err := a.Count(ctx, chat, "take"); err != nil || n != 3 || len(posts) != 1 || posts[0].ID != same.ID {
		t.Errorf("count = %d, %v, second = %v, want 3 and %s", n, err, ids(posts), same.ID)
	}
	if posts, err := a.Posts(ctx, newChat(), "take", 0, 10); err != nil || len(posts) != 0 {
		t.Errorf("another chat has %v, %v", posts, err)
	}
}

func testArchiveKeys(t *testing.T, s *store.Store) {
	t.Helper()
	ctx, chat := t.Context(), newChat()
	must(t, newArchive(t, s, goodKey, "").Keep(ctx, "take", chat, []bot.Seen{newSeen(chat, start(), "x")}, nil))
	rows := []struct {
		name     string
		key, old bot.Secret
		lost     bool
	}{
		{"the same key", goodKey, "", false},
		{"rotated", otherKey, goodKey, false},
		{"a wrong key", otherKey, "", true},
	}
	for _, row := range rows {
		posts, err := newArchive(t, s, row.key, row.old).Posts(ctx, chat, "take", 0, 10)
		must(t, err)
		if len(posts) != 1 || posts[0].Lost != row.lost || (posts[0].Body == "") != row.lost {
			t.Errorf("%s: posts = %+v, want lost %v", row.name, posts, row.lost)
		}
	}
}

func wantNewest(t *testing.T, a *store.Archive, chat bot.ChatID, want bot.JobID) {
	t.Helper()
	if got, err := a.Newest(t.Context(), chat); err != nil || got != want {
		t.Fatalf("newest = %q, %v, want %q", got, err, want)
	}
}

func testArchiveClaims(t *testing.T, s *store.Store) {
	t.Helper()
	ctx, chat, a := t.Context(), newChat(), newArchive(t, s, goodKey, "")
	for _, take := range []bot.JobID{"take1", "take2"} {
		must(t, a.Keep(ctx, take, chat, []bot.Seen{newSeen(chat, start(), "x")}, nil))
	}
	for range 2 {
		if ok, err := a.Claim(ctx, chat, "take2", "undo1"); err != nil || !ok {
			t.Fatalf("claim = %v, %v", ok, err)
		}
	}
	if ok, err := a.Claim(ctx, chat, "take2", "undo2"); err != nil || ok {
		t.Fatalf("second claim = %v, %v, want false", ok, err)
	}
	wantNewest(t, a, chat, "take2") // not take1
	must(t, a.Release(ctx, chat, "take2", "undo2"))
	if by, err := a.Restorer(ctx, chat, "take2"); err != nil || by != "undo1" {
		t.Fatalf("restorer %q, %v, want undo1", by, err)
	}
	must(t, a.Release(ctx, chat, "take2", "undo1"))
	if by, err := a.Restorer(ctx, chat, "take2"); err != nil || by != "" {
		t.Fatalf("restorer %q, %v, want none", by, err)
	}
	must(t, a.SetRestoredAs(ctx, chat, "take2", "om_a", "om_b"))
	restored, err := a.RestoredAs(ctx, chat, "take2", "om_x", "om_a")
	must(t, err)
	if diff := cmp.Diff([]bot.MessageID{"", "om_b"}, restored); diff != "" {
		t.Errorf("restored (-want +got):\n%s", diff)
	}
}

// testArchiveCauses: a take without posts is the newest take too.
func testArchiveCauses(t *testing.T, s *store.Store) {
	t.Helper()
	ctx, chat, a := t.Context(), newChat(), newArchive(t, s, goodKey, "")
	wantNewest(t, a, chat, "")
	own := newSeen(chat, start(), "x")
	must(t, a.Keep(ctx, "mine", chat, []bot.Seen{own}, nil))
	must(t, a.Keep(ctx, "theirs", chat, nil, map[bot.MessageID]bot.Cause{
		"om_p": bot.CausePerson, "om_q": bot.CausePerson, "om_b": bot.CauseOtherBot,
	}))
	must(t, a.Keep(ctx, "mine", chat, nil, map[bot.MessageID]bot.Cause{own.ID: bot.CauseLost})) // a second run can't read it
	wantNewest(t, a, chat, "theirs")
	counted := func(take bot.JobID, kept int, want bot.Counts) {
		t.Helper()
		n, lost, err := a.Count(ctx, chat, take)
		must(t, err)
		if diff := cmp.Diff(want, lost); diff != "" || n != kept {
			t.Errorf("%s: %d posts, want %d, causes (-want +got):\n%s", take, n, kept, diff)
		}
	}
	counted("theirs", 0, bot.Counts{bot.CausePerson: 2, bot.CauseOtherBot: 1})
	counted("mine", 1, bot.Counts{})
	must(t, a.Drop(ctx, "theirs", chat, []bot.MessageID{"om_p", "om_q"}))
	wantNewest(t, a, chat, "theirs")
	must(t, a.Drop(ctx, "theirs", chat, []bot.MessageID{"om_b"}))
	wantNewest(t, a, chat, "mine")
	must(t, a.Keep(ctx, "again", chat, nil, map[bot.MessageID]bot.Cause{"om_r": bot.CauseLost}))
	late := newSeen(chat, start(), "y")
	late.ID = "om_r"
	must(t, a.Keep(ctx, "again", chat, []bot.Seen{late}, nil)) // a second run can read it
	counted("again", 1, bot.Counts{})
}

// testArchiveEncrypted: Redis has no plain text, and all keys expire.
func testArchiveEncrypted(t *testing.T, s *store.Store) {
	t.Helper()
	ctx, chat, a := t.Context(), newChat(), newArchive(t, s, goodKey, "")
	const word = "extraordinarysecret"
	must(t, a.Keep(ctx, "take", chat, []bot.Seen{newSeen(chat, start(), word)}, map[bot.MessageID]bot.Cause{"om_p": bot.CausePerson}))
	if _, err := a.Claim(ctx, chat, "take", "undo"); err != nil {
		t.Fatal(err)
	}
	must(t, a.SetRestoredAs(ctx, chat, "take", "om_a", "om_b"))
	tag := "{x:" + string(chat) + "}"
	for _, key := range []string{tag, tag + ":take", tag + ":take:o", tag + ":take:l", tag + ":take:u", tag + ":take:n"} {
		dump := dumpKey(t, s.Client(), key)
		if strings.Contains(dump, word) || strings.Contains(dump, "text") || strings.Contains(dump, "ou_1") {
			t.Errorf("%s has plain text:\n%q", key, dump)
		}
		if ttl, err := s.Client().PTTL(ctx, key).Result(); err != nil || ttl <= 0 {
			t.Errorf("%s has the TTL %s, %v", key, ttl, err)
		}
	}
}

func dumpKey(t *testing.T, client redis.UniversalClient, key string) string {
	t.Helper()
	kind, err := client.Type(t.Context(), key).Result()
	must(t, err)
	var value any
	switch kind {
	case "zset":
		value, err = client.ZRangeWithScores(t.Context(), key, 0, -1).Result()
	case "hash":
		value, err = client.HGetAll(t.Context(), key).Result()
	case "string":
		value, err = client.Get(t.Context(), key).Result()
	default:
		t.Fatalf("%s is a %s", key, kind)
	}
	must(t, err)
	return fmt.Sprint(value)
}

func TestArchiveConfig(t *testing.T) {
	t.Parallel()
	rows := []struct {
		name   string
		config store.ArchiveConfig
		on     bool
		wrong  string
	}{
		{"defaults", store.DefaultArchive(), false, ""},
		{"hex", store.ArchiveConfig{Key: goodKey, Retention: time.Hour}, true, ""},
		{"base64", store.ArchiveConfig{Key: bot.Secret(base64.StdEncoding.EncodeToString(make([]byte, 32))), Retention: time.Hour}, true, ""},
		{"no retention", store.ArchiveConfig{Key: goodKey}, false, ""},
		{"short", store.ArchiveConfig{Key: goodKey[:62], Retention: time.Hour}, true, "archive.key: must be 32 bytes"},
		{"words", store.ArchiveConfig{Key: goodKey, OldKey: "hunter2", Retention: time.Hour}, true, "archive.old_key: must be 32 bytes"},
		{"too long", store.ArchiveConfig{Key: goodKey, Retention: 1000 * time.Hour}, true, "archive.retention"},
	}
	for _, row := range rows {
		err := row.config.Validate()
		if row.wrong == "" && err != nil || row.wrong != "" && (err == nil || !strings.Contains(err.Error(), row.wrong)) {
			t.Errorf("%s: Validate = %v, want %q", row.name, err, row.wrong)
		}
		if row.config.On() != row.on {
			t.Errorf("%s: On = %v", row.name, row.config.On())
		}
		if text := fmt.Sprintf("%v %+v %#v %s %v", row.config, row.config, row.config.Key, row.config.Key, err); strings.Contains(text, "hunter2") ||
			strings.Contains(text, string(goodKey[:20])) {
			t.Errorf("%s: a key is printed: %s", row.name, text)
		}
	}
}

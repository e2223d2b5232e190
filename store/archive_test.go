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

func archive(t *testing.T, s *store.Store, key, old bot.Secret) *store.Archive {
	t.Helper()
	a, err := store.NewArchive(s, store.ArchiveConfig{Key: key, OldKey: old, Retention: time.Hour})
	must(t, err)
	return a
}

func posted(chat bot.ChatID, at time.Time, text string) bot.Seen {
	return bot.Seen{
		Message: bot.Message{ID: newMessage(), Chat: chat, Kind: bot.KindOwn, Sender: bot.Hash64Of("ou_author"), At: at},
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
	ctx, chat, a := t.Context(), newChat(), archive(t, s, goodKey, "")
	at := start()
	newest, same, twin, oldest := posted(chat, at.Add(time.Second), "d"), posted(chat, at, "c"), posted(chat, at, "b"),
		posted(chat, at.Add(-time.Second), "a")
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
	must(t, archive(t, s, goodKey, "").Keep(ctx, "take", chat, []bot.Seen{posted(chat, start(), "x")}, nil))
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
		posts, err := archive(t, s, row.key, row.old).Posts(ctx, chat, "take", 0, 10)
		must(t, err)
		if len(posts) != 1 || posts[0].Lost != row.lost || (posts[0].Body == "") != row.lost {
			t.Errorf("%s: posts = %+v, want lost %v", row.name, posts, row.lost)
		}
	}
}

// newestIs sees which take of a chat is the newest.
func newestIs(t *testing.T, a *store.Archive, chat bot.ChatID, want bot.JobID) {
	t.Helper()
	if got, err := a.Newest(t.Context(), chat); err != nil || got != want {
		t.Fatalf("newest = %q, %v, want %q", got, err, want)
	}
}

func testArchiveClaims(t *testing.T, s *store.Store) {
	t.Helper()
	ctx, chat, a := t.Context(), newChat(), archive(t, s, goodKey, "")
	for _, take := range []bot.JobID{"take1", "take2"} {
		must(t, a.Keep(ctx, take, chat, []bot.Seen{posted(chat, start(), "x")}, nil))
	}
	for range 2 {
		if ok, err := a.Claim(ctx, chat, "take2", "undo1"); err != nil || !ok {
			t.Fatalf("claim = %v, %v", ok, err)
		}
	}
	if ok, err := a.Claim(ctx, chat, "take2", "undo2"); err != nil || ok {
		t.Fatalf("second claim = %v, %v, want no", ok, err)
	}
	newestIs(t, a, chat, "take2") // and not the one before it
	must(t, a.Release(ctx, chat, "take2", "undo2"))
	if by, err := a.Restorer(ctx, chat, "take2"); err != nil || by != "undo1" {
		t.Fatalf("undone by %q, %v, want undo1", by, err)
	}
	must(t, a.Release(ctx, chat, "take2", "undo1"))
	if by, err := a.Restorer(ctx, chat, "take2"); err != nil || by != "" {
		t.Fatalf("undone by %q, %v, want nobody", by, err)
	}
	must(t, a.SetRestoredAs(ctx, chat, "take2", "om_a", "om_b"))
	anew, err := a.RestoredAs(ctx, chat, "take2", "om_x", "om_a")
	must(t, err)
	if diff := cmp.Diff([]bot.MessageID{"", "om_b"}, anew); diff != "" {
		t.Errorf("became (-want +got):\n%s", diff)
	}
}

// testArchiveLosses: what can't come back is a take all the same, and is never passed over for an older one.
func testArchiveLosses(t *testing.T, s *store.Store) {
	t.Helper()
	ctx, chat, a := t.Context(), newChat(), archive(t, s, goodKey, "")
	newestIs(t, a, chat, "")
	own := posted(chat, start(), "x")
	must(t, a.Keep(ctx, "mine", chat, []bot.Seen{own}, nil))
	must(t, a.Keep(ctx, "theirs", chat, nil, map[bot.MessageID]bot.Cause{
		"om_p": bot.CausePerson, "om_q": bot.CausePerson, "om_b": bot.CauseOtherBot,
	}))
	must(t, a.Keep(ctx, "mine", chat, nil, map[bot.MessageID]bot.Cause{own.ID: bot.CauseLost})) // a second run can't read it any more
	newestIs(t, a, chat, "theirs")
	counted := func(take bot.JobID, kept int, want bot.Counts) {
		t.Helper()
		n, lost, err := a.Count(ctx, chat, take)
		must(t, err)
		if diff := cmp.Diff(want, lost); diff != "" || n != kept {
			t.Errorf("%s: %d kept, want %d, lost (-want +got):\n%s", take, n, kept, diff)
		}
	}
	counted("theirs", 0, bot.Counts{bot.CausePerson: 2, bot.CauseOtherBot: 1})
	counted("mine", 1, bot.Counts{})
	must(t, a.Drop(ctx, "theirs", chat, []bot.MessageID{"om_p", "om_q"}))
	newestIs(t, a, chat, "theirs")
	must(t, a.Drop(ctx, "theirs", chat, []bot.MessageID{"om_b"}))
	newestIs(t, a, chat, "mine")
	must(t, a.Keep(ctx, "again", chat, nil, map[bot.MessageID]bot.Cause{"om_r": bot.CauseLost}))
	late := posted(chat, start(), "y")
	late.ID = "om_r"
	must(t, a.Keep(ctx, "again", chat, []bot.Seen{late}, nil)) // and a second run can read it
	counted("again", 1, bot.Counts{})
}

// testArchiveSecret looks through all that Redis holds for words, and for keys that never expire.
func testArchiveSecret(t *testing.T, s *store.Store) {
	t.Helper()
	ctx, chat, a := t.Context(), newChat(), archive(t, s, goodKey, "")
	const word = "extraordinarysecret"
	must(t, a.Keep(ctx, "take", chat, []bot.Seen{posted(chat, start(), word)}, map[bot.MessageID]bot.Cause{"om_p": bot.CausePerson}))
	if _, err := a.Claim(ctx, chat, "take", "undo"); err != nil {
		t.Fatal(err)
	}
	must(t, a.SetRestoredAs(ctx, chat, "take", "om_a", "om_b"))
	tag := "{x:" + string(chat) + "}"
	for _, key := range []string{tag, tag + ":take", tag + ":take:o", tag + ":take:l", tag + ":take:u", tag + ":take:n"} {
		dump := dumped(t, s.Client(), key)
		if strings.Contains(dump, word) || strings.Contains(dump, "text") || strings.Contains(dump, "ou_1") {
			t.Errorf("%s holds words:\n%q", key, dump)
		}
		if life, err := s.Client().PTTL(ctx, key).Result(); err != nil || life <= 0 {
			t.Errorf("%s lives %s, %v", key, life, err)
		}
	}
}

func dumped(t *testing.T, client redis.UniversalClient, key string) string {
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
		{"nothing set", store.DefaultArchive(), false, ""},
		{"hex", store.ArchiveConfig{Key: goodKey, Retention: time.Hour}, true, ""},
		{"base64", store.ArchiveConfig{Key: bot.Secret(base64.StdEncoding.EncodeToString(make([]byte, 32))), Retention: time.Hour}, true, ""},
		{"no retention", store.ArchiveConfig{Key: goodKey}, false, ""},
		{"short", store.ArchiveConfig{Key: goodKey[:62], Retention: time.Hour}, true, "archive.key: want 32 bytes"},
		{"words", store.ArchiveConfig{Key: goodKey, OldKey: "hunter2", Retention: time.Hour}, true, "archive.old_key: want 32 bytes"},
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

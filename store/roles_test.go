package store_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"recallbot/bot"
	"recallbot/store"
)

func testRoles(t *testing.T, s *store.Store) {
	t.Helper()
	roles, id, ctx := store.NewRoles(s), newChat(), t.Context()
	_, version, ok, err := roles.Load(ctx, id)
	if err != nil || ok {
		t.Fatalf("loaded %v, %v from an empty cache", ok, err)
	}
	want := bot.Chat{ID: id, Owner: "ou_1", Managers: []bot.UserID{"ou_2"}, Member: true, Learned: time.Now().UTC().Round(0)}
	must(t, roles.Keep(ctx, want, version, time.Minute))
	got, _, ok, err := roles.Load(ctx, id)
	if diff := cmp.Diff(want, got); diff != "" || !ok || err != nil {
		t.Fatalf("%v, %v: -want +got\n%s", ok, err, diff)
	}
	must(t, roles.Drop(ctx, id))
	if _, _, ok, err := roles.Load(ctx, id); err != nil || ok {
		t.Errorf("loaded %v, %v after the drop", ok, err)
	}
}

func testRolesInFlight(t *testing.T, s *store.Store) {
	t.Helper()
	roles, id, ctx := store.NewRoles(s), newChat(), t.Context()
	_, before, _, err := roles.Load(ctx, id)
	must(t, err)
	_, same, _, err := roles.Load(ctx, id)
	must(t, err)
	if before != same {
		t.Errorf("two concurrent requests have the versions %d and %d", before, same)
	}
	must(t, roles.Drop(ctx, id))
	must(t, roles.Keep(ctx, bot.Chat{ID: id, Owner: "ou_old"}, before, time.Minute))
	_, after, ok, err := roles.Load(ctx, id)
	if err != nil || ok || after == before {
		t.Fatalf("old roles were stored: %v, %v, version %d after %d", ok, err, after, before)
	}
	must(t, roles.Keep(ctx, bot.Chat{ID: id, Owner: "ou_new"}, after, time.Minute))
	chat, _, ok, err := roles.Load(ctx, id)
	if err != nil || !ok || chat.Owner != "ou_new" {
		t.Errorf("loaded %+v, %v, %v", chat, ok, err)
	}

	// An expired version is not used again, and an answer for it is not stored.
	must(t, s.Client().Del(ctx, "{r:"+string(id)+"}:v", "{r:"+string(id)+"}").Err())
	must(t, roles.Keep(ctx, bot.Chat{ID: id, Owner: "ou_old"}, after, time.Minute))
	_, fresh, ok, err := roles.Load(ctx, id)
	if err != nil || ok || fresh == after {
		t.Errorf("after expiry: %v, %v, version %d after %d", ok, err, fresh, after)
	}
}

func testOnce(t *testing.T, s *store.Store) {
	t.Helper()
	once, key, ctx := store.NewOnce(s), string(newMessage()), t.Context()
	for i, want := range []bool{true, false, false} {
		if first, err := once.First(ctx, key, time.Minute); err != nil || first != want {
			t.Errorf("call %d: %v, %v, want %v", i, first, err, want)
		}
	}
	must(t, once.Forget(ctx, key))
	if first, err := once.First(ctx, key, time.Minute); err != nil || !first {
		t.Errorf("after Forget: %v, %v", first, err)
	}
	if first, err := once.First(ctx, key+"x", time.Minute); err != nil || !first {
		t.Errorf("another key: %v, %v", first, err)
	}
	kept, err := once.Kept(ctx, key+"k")
	if err != nil || kept != "" {
		t.Errorf("before any value: %q, %v", kept, err)
	}
	for _, value := range []string{"a", "b"} {
		if kept, err = once.Keep(ctx, key+"k", value, time.Minute); err != nil || kept != "a" {
			t.Errorf("keep %s: %q, %v, want the first value", value, kept, err)
		}
	}
	if kept, err = once.Kept(ctx, key+"k"); err != nil || kept != "a" {
		t.Errorf("afterwards: %q, %v, want the first value", kept, err)
	}
}

package store_test

import (
	"strings"
	"testing"
	"time"

	"recallbot/bot"
	"recallbot/store"
)

const grantKey = bot.Secret("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f")

func newGrants(t *testing.T, s *store.Store) *store.Grants {
	t.Helper()
	grants, err := store.NewGrants(s, grantKey, "")
	must(t, err)
	return grants
}

func grantFor(ttl time.Duration, text string) bot.Grant {
	now := time.Now().Truncate(time.Second)
	return bot.Grant{
		Access: bot.Secret("access-" + text), AccessEnds: now.Add(time.Hour),
		Refresh: bot.Secret("refresh-" + text), RefreshEnds: now.Add(ttl),
	}
}

// testConsentOnce: a state is valid once, and not after Void.
func testConsentOnce(t *testing.T, s *store.Store) {
	t.Helper()
	grants, who := newGrants(t, s), bot.UserID("ou_"+string(newChat()))
	want := bot.Consent{Who: who, Chat: "oc_1", Verifier: "v", Language: "en"}
	state := "state-" + string(who)
	must(t, grants.Ask(t.Context(), state, want, time.Minute))
	if got, ok, err := grants.Take(t.Context(), state); got != want || !ok || err != nil {
		t.Errorf("took %+v, %t, %v", got, ok, err)
	}
	if _, ok, err := grants.Take(t.Context(), state); ok || err != nil {
		t.Errorf("took it twice: %v", err)
	}
	other := want
	other.Who += "x"
	must(t, grants.Ask(t.Context(), state+"before", want, time.Minute))
	must(t, grants.Ask(t.Context(), state+"other", other, time.Minute))
	must(t, grants.Void(t.Context(), who, time.Minute))
	must(t, grants.Ask(t.Context(), state+"after", want, time.Minute))
	for when, good := range map[string]bool{"before": false, "other": true, "after": true} {
		if _, ok, err := grants.Take(t.Context(), state+when); ok != good || err != nil {
			t.Errorf("requested %s: %t, %v", when, ok, err)
		}
	}
}

// testGrants: Renew and Drop need the version of the grant.
func testGrants(t *testing.T, s *store.Store) {
	t.Helper()
	ctx, grants, who := t.Context(), newGrants(t, s), bot.UserID("ou_"+string(newChat()))
	given := time.Now().Truncate(time.Second)
	must(t, grants.Put(ctx, who, "oc_1", grantFor(time.Hour, "1"), given))
	must(t, grants.Put(ctx, who, "oc_2", grantFor(time.Hour, "2"), given))
	first, ok, err := grants.Load(ctx, who)
	must(t, err)
	if !ok || !first.In("oc_1") || !first.In("oc_2") || first.In("oc_3") || first.Access.Reveal() != "access-2" || !first.Given.Equal(given) {
		t.Errorf("kept %+v, %t", first, ok)
	}
	if raw, err := s.Client().HGet(ctx, "{u}:g:"+string(who), "d").Result(); err != nil || strings.Contains(raw, "access-2") {
		t.Errorf("not encrypted, or not found: %v", err)
	}
	next := grantFor(2*time.Hour, "3")
	second, ok, err := grants.Renew(ctx, first, next)
	if !ok || err != nil || second.Version == first.Version {
		t.Fatalf("renew: %t, %v", ok, err)
	}
	if again, ok, err := grants.Renew(ctx, first, next); !ok || err != nil || again.Version != second.Version {
		t.Errorf("renew once more after a lost answer: %t, %v", ok, err)
	}
	if _, ok, err := grants.Renew(ctx, first, grantFor(time.Hour, "4")); ok || err != nil {
		t.Errorf("renew an old version: %t, %v", ok, err)
	}
	if dropped, err := grants.Drop(ctx, who, first.Version); dropped || err != nil {
		t.Errorf("drop an old version: %t, %v", dropped, err)
	}
	due, err := grants.Due(ctx, time.Now().Add(3*time.Hour), 1000)
	must(t, err)
	if !strings.Contains(strings.Join(texts(due), " "), string(who)) {
		t.Errorf("due are %v", due)
	}
	if ttl, err := s.Client().PTTL(ctx, "{u}:c:"+string(who)).Result(); err != nil || ttl <= 0 {
		t.Errorf("the chats have the TTL %v, %v", ttl, err)
	}
	if dropped, err := grants.Drop(ctx, who, ""); !dropped || err != nil {
		t.Errorf("drop: %t, %v", dropped, err)
	}
	if _, ok, err := grants.Renew(ctx, second, next); ok || err != nil {
		t.Errorf("renewed after the drop: %v", err)
	}
	must(t, grants.Put(ctx, who, "", grantFor(time.Hour, "5"), given))
	if last, _, err := grants.Load(ctx, who); err != nil || !last.Everywhere || len(last.Chats) != 0 {
		t.Errorf("everywhere: %+v, %v", last, err)
	}
}

func texts(people []bot.UserID) []string {
	list := make([]string, len(people))
	for i, who := range people {
		list[i] = string(who)
	}
	return list
}

// testGrantKeys: a grant can be decrypted with the old key, and not with another one.
func testGrantKeys(t *testing.T, s *store.Store) {
	t.Helper()
	const other = bot.Secret("f00102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f")
	ctx, who := t.Context(), bot.UserID("ou_"+string(newChat()))
	must(t, newGrants(t, s).Put(ctx, who, "oc_1", grantFor(time.Hour, "1"), time.Now()))
	for old, want := range map[bot.Secret]bool{"": false, grantKey: true} {
		grants, err := store.NewGrants(s, other, old)
		must(t, err)
		if _, ok, err := grants.Load(ctx, who); ok != want || err != nil {
			t.Errorf("with the old key %t: %t, %v", old != "", ok, err)
		}
	}
	if _, err := store.NewGrants(s, "", ""); err == nil {
		t.Error("grants without a key")
	}
}

func testGrantLock(t *testing.T, s *store.Store) {
	t.Helper()
	grants, who := newGrants(t, s), bot.UserID("ou_"+string(newChat()))
	release, held, err := grants.Hold(t.Context(), who, time.Minute)
	if !held || err != nil {
		t.Fatalf("hold: %v", err)
	}
	if _, held, err := grants.Hold(t.Context(), who, time.Minute); held || err != nil {
		t.Errorf("held twice: %v", err)
	}
	release()
	if _, held, err := grants.Hold(t.Context(), who, time.Minute); !held || err != nil {
		t.Errorf("not held after the release: %v", err)
	}
}

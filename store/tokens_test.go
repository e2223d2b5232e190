package store_test

import (
	"crypto/sha256"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"recallbot/bot"
	"recallbot/store"
)

// address is a random address of the range for documentation.
func address() string { return "2001:db8:" + randomHex()[:4] + ":" + randomHex()[:4] + "::1" }

func newToken() bot.Token {
	return bot.Token{
		Team: "release", Scopes: []bot.TokenScope{bot.ScopePost, bot.ScopeRecallOwn}, Chats: []bot.ChatID{"oc_1"}, Rate: 60,
		Created: time.Now().UTC().Truncate(time.Millisecond),
	}
}

func testTokens(t *testing.T, s *store.Store) {
	t.Helper()
	tokens, ctx, from := store.NewTokens(s), t.Context(), address()
	want, bearer, err := tokens.Create(ctx, newToken())
	must(t, err)
	if !strings.HasPrefix(bearer, "rb_"+string(want.ID)+"_") || len(bearer) < 50 {
		t.Errorf("the bearer %q does not look like one", bearer)
	}
	got, err := tokens.Check(ctx, bearer, from)
	must(t, err)
	if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(bot.Token{}, "Used")); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	for _, wrong := range []string{"", "rb_", bearer + "x", bearer[:len(bearer)-1], "rb_nosuch_" + bearer[12:], strings.ToUpper(bearer), bearer[3:]} {
		_, err := tokens.Check(ctx, wrong, address())
		wantKind(t, err, bot.Denied)
	}
	list, err := tokens.List(ctx)
	must(t, err)
	at := slices.IndexFunc(list, func(token bot.Token) bool { return token.ID == want.ID })
	if at < 0 || time.Since(list[at].Used) > time.Minute {
		t.Errorf("the list has no recently used token: %+v", list)
	}
	fields, err := s.Client().HGetAll(ctx, "{t}:"+string(want.ID)).Result()
	must(t, err)
	secret := strings.TrimPrefix(bearer, "rb_"+string(want.ID)+"_")
	for name, value := range fields {
		if strings.Contains(value, secret) {
			t.Errorf("the field %s has the secret", name)
		}
	}
}

func testTokensEnded(t *testing.T, s *store.Store) {
	t.Helper()
	tokens, ctx := store.NewTokens(s), t.Context()
	over := newToken()
	over.Expires = time.Now().Add(-time.Second)
	_, bearer, err := tokens.Create(ctx, over)
	must(t, err)
	wantEnded(t, tokens, bearer, "it has expired")

	token, first, err := tokens.Create(ctx, newToken())
	must(t, err)
	_, second, err := tokens.Rotate(ctx, token.ID, time.Hour)
	must(t, err)
	wantValid(t, tokens, first, second)
	_, third, err := tokens.Rotate(ctx, token.ID, 0)
	must(t, err)
	wantValid(t, tokens, third)
	wantEnded(t, tokens, second, "its secret was replaced")
	_, err = tokens.Check(ctx, first, address())
	wantKind(t, err, bot.Denied) // only the last one of the old secrets is known
	_, err = tokens.Revoke(ctx, token.ID)
	must(t, err)
	wantEnded(t, tokens, third, "it was revoked")
	_, err = tokens.Check(ctx, third[:len(third)-2]+"xx", address())
	wantKind(t, err, bot.Denied) // without the secret there is no reason
	_, err = tokens.Revoke(ctx, token.ID)
	wantKind(t, err, bot.NotFound)
	_, _, err = tokens.Rotate(ctx, token.ID, 0)
	wantKind(t, err, bot.NotFound)
	ttl, err := s.Client().PTTL(ctx, "{t}:"+string(token.ID)).Result()
	if err != nil || ttl <= 0 {
		t.Errorf("a revoked token has the TTL %s, %v", ttl, err)
	}
}

// wantEnded wants Denied with the reason for a bearer that was valid once, also after many tries.
func wantEnded(t *testing.T, tokens *store.Tokens, bearer, why string) {
	t.Helper()
	from := address()
	for range 30 {
		if _, err := tokens.Check(t.Context(), bearer, from); bot.KindOf(err) != bot.Denied || !strings.Contains(err.Error(), why) {
			t.Fatalf("an ended bearer: %v, want %q", err, why)
		}
	}
}

func wantValid(t *testing.T, tokens *store.Tokens, bearers ...string) {
	t.Helper()
	for _, bearer := range bearers {
		if _, err := tokens.Check(t.Context(), bearer, address()); err != nil {
			t.Errorf("a valid bearer is refused: %v", err)
		}
	}
}

// testTokensWrong: wrong bearers are limited by address and by token; a valid one never is.
func testTokensWrong(t *testing.T, s *store.Store) {
	t.Helper()
	tokens, ctx, from := store.NewTokens(s), t.Context(), address()
	token, bearer, err := tokens.Create(ctx, newToken())
	must(t, err)
	guess := func(from string) bot.ErrorKind {
		_, err := tokens.Check(ctx, "rb_"+string(token.ID)+"_"+randomHex(), from)
		return bot.KindOf(err)
	}
	for range 10 {
		if kind := guess(from); kind != bot.Denied {
			t.Fatalf("a wrong token is %v", kind)
		}
	}
	if _, err := tokens.Check(ctx, bearer, from); err != nil {
		t.Errorf("a valid bearer is limited by wrong ones from its address: %v", err)
	}
	_, err = tokens.Check(ctx, bearer+"x", from)
	wantKind(t, err, bot.RateLimited)
	if wait := bot.Detail(err).RetryAfter; wait <= 0 || wait > time.Minute {
		t.Errorf("the address has to wait %s", wait)
	}
	neighbour := strings.TrimSuffix(from, "1") + "2"
	if kind := guess(neighbour); kind != bot.RateLimited {
		t.Errorf("the next address of the same network gets %v", kind)
	}
	other := address()
	for range 9 {
		guess(other)
	}
	last := address()
	guess(last)
	if kind := guess(last); kind != bot.RateLimited {
		t.Errorf("after 20 wrong ones from many addresses, another one gets %v", kind)
	}
	wantValid(t, tokens, bearer)
}

// testTokensCounters: wrong bearers from one address don't limit another one. The id shared the counter of the address when both
// counters had the same prefix.
func testTokensCounters(t *testing.T, s *store.Store) {
	t.Helper()
	tokens, ctx, from := store.NewTokens(s), t.Context(), address()
	victim := "198.51.100." + strconv.Itoa(rand.IntN(256))
	mark := func(what string) string { sum := sha256.Sum256([]byte(what)); return string(sum[:2]) }
	id := 0
	for mark("t/"+strconv.Itoa(id)) != mark("a/"+victim) {
		id++
	}
	for range 30 {
		_, err := tokens.Check(ctx, "rb_"+strconv.Itoa(id)+"_wrong", from)
		if err == nil {
			t.Fatal("a wrong token is good")
		}
	}
	_, err := tokens.Check(ctx, "rb_abc_wrong", victim)
	wantKind(t, err, bot.Denied)
	_, err = store.NewTokens(s).Check(ctx, "rb_abc_wrong", from) // another replica
	wantKind(t, err, bot.RateLimited)
}

func testTokensRate(t *testing.T, s *store.Store) {
	t.Helper()
	tokens, ctx := store.NewTokens(s), t.Context()
	token := newToken()
	token.Rate = 3
	token, _, err := tokens.Create(ctx, token)
	must(t, err)
	for range 3 {
		must(t, tokens.Spend(ctx, token))
	}
	err = tokens.Spend(ctx, token)
	wantKind(t, err, bot.RateLimited)
	if wait := bot.Detail(err).RetryAfter; wait <= 0 || wait > 20*time.Second {
		t.Errorf("the wait after the last call is %s, want up to a third of a minute", wait)
	}
}

// testPrincipal: Over is set within a second after a token was revoked.
func testPrincipal(t *testing.T, s *store.Store) {
	t.Helper()
	tokens, ctx := store.NewTokens(s), t.Context()
	made := newToken()
	made.Team, made.Scopes, made.Chats = "red", []bot.TokenScope{bot.ScopeRecallOwn}, []bot.ChatID{"oc_1"}
	token, _, err := tokens.Create(ctx, made)
	must(t, err)
	want := &bot.Principal{Token: token.ID, Team: "red", Own: true, Chats: []bot.ChatID{"oc_1"}}
	by, err := tokens.Principal(ctx, token.ID)
	if diff := cmp.Diff(want, by); err != nil || diff != "" {
		t.Errorf("a valid token: %v (-want +got):\n%s", err, diff)
	}
	_, err = store.NewTokens(s).Revoke(ctx, token.ID)
	must(t, err)
	for deadline := time.Now().Add(maxWait); !by.Over; <-time.After(20 * time.Millisecond) {
		if by, err = tokens.Principal(ctx, token.ID); err != nil || time.Now().After(deadline) {
			t.Fatalf("a revoked token: %+v, %v", by, err)
		}
	}
	expired := newToken()
	expired.Expires = time.Now().Add(-time.Second)
	over, _, err := tokens.Create(ctx, expired)
	must(t, err)
	for _, id := range []bot.TokenID{over.ID, "none"} {
		if by, err := tokens.Principal(ctx, id); err != nil || !by.Over || by.Token != id {
			t.Errorf("%s: %+v, %v", id, by, err)
		}
	}
}

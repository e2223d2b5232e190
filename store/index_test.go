package store_test

import (
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/redis/go-redis/v9"

	"recallbot/audit"
	"recallbot/bot"
	"recallbot/store"
)

func testAddFindList(t *testing.T, s *store.Store) {
	t.Helper()
	x, chat, ctx := store.NewIndex(s), newChat(), t.Context()
	first, second := personMessage(chat, 0), personMessage(chat, 1)
	second.Thread, second.Kind, second.Sender = bot.HashOf("omt_1"), bot.KindOwn, 0
	must(t, x.Add(ctx, second, first))
	wantFound(t, x, first)
	wantFound(t, x, second)
	wantList(t, x, chat, second, first)
	if m, ok, err := x.Find(ctx, newMessage()); err != nil || ok {
		t.Errorf("found %+v, %v for an unknown message", m, err)
	}
	wantKind(t, x.Add(ctx, bot.Message{ID: "om_1"}), bot.Invalid)
	wantKind(t, x.Add(ctx, bot.Message{Chat: "oc_1"}), bot.Invalid)
	must(t, x.Add(ctx))
}

func testOddIDs(t *testing.T, s *store.Store) {
	t.Helper()
	x, ctx := store.NewIndex(s), t.Context()
	for _, chat := range []bot.ChatID{newChat(), "chat " + bot.ChatID(randomHex()), bot.ChatID("oc_X" + randomHex()[1:])} {
		at := start()
		var messages []bot.Message
		for i, id := range []string{"om_" + randomHex(), "om_x" + randomHex()[1:], "om_" + randomHex()[:31] + "F", "消息" + randomHex(), "{}" + randomHex()} {
			messages = append(messages, bot.Message{ID: bot.MessageID(id), Chat: chat, Kind: bot.KindBot, At: at.Add(time.Duration(i) * time.Millisecond)})
		}
		must(t, x.Add(ctx, messages...))
		for _, m := range messages {
			wantFound(t, x, m)
		}
		slices.Reverse(messages)
		wantList(t, x, chat, messages...)
		for _, m := range messages {
			must(t, x.Forget(ctx, m.ID))
		}
		wantList(t, x, chat)
	}
}

func testAddAgain(t *testing.T, s *store.Store) {
	t.Helper()
	x, chat, ctx := store.NewIndex(s), newChat(), t.Context()
	m := personMessage(chat, 0)
	for range 3 {
		must(t, x.Add(ctx, m, m))
	}
	wantFound(t, x, m)
	wantList(t, x, chat, m)
}

// testAddLearns: a repeated Add fills in unknown values and replaces others, and never deletes any.
func testAddLearns(t *testing.T, s *store.Store) {
	t.Helper()
	x, chat, ctx := store.NewIndex(s), newChat(), t.Context()
	full := personMessage(chat, 5)
	full.Thread = bot.HashOf("omt_1")
	partial := full
	partial.Kind, partial.Sender, partial.Thread = bot.KindUnknown, 0, 0
	must(t, x.Add(ctx, partial))
	must(t, x.Add(ctx, full))
	wantFound(t, x, full)
	wantList(t, x, chat, full)
	must(t, x.Add(ctx, partial))
	wantFound(t, x, full)
	wantList(t, x, chat, full)

	moved := full
	moved.At, moved.Kind = full.At.Add(time.Second), bot.KindOwn
	must(t, x.Add(ctx, moved))
	wantFound(t, x, moved)
	wantList(t, x, chat, moved)
}

func testForget(t *testing.T, s *store.Store) {
	t.Helper()
	x, chat, ctx := store.NewIndex(s), newChat(), t.Context()
	m, other := personMessage(chat, 0), personMessage(chat, 1)
	must(t, x.Add(ctx, m, other))
	must(t, x.Forget(ctx, m.ID))
	must(t, x.Forget(ctx, m.ID))
	gone := m
	gone.Gone = true
	wantFound(t, x, gone)
	wantList(t, x, chat, other)
	must(t, x.Add(ctx, m))
	wantFound(t, x, gone)
	wantList(t, x, chat, other)
}

// testOwnAnswers: Answer stays set when the message is added again without it.
func testOwnAnswers(t *testing.T, s *store.Store) {
	t.Helper()
	x, chat, ctx := store.NewIndex(s), newChat(), t.Context()
	answer, post := personMessage(chat, 1), personMessage(chat, 0)
	answer.Kind, post.Kind = bot.KindOwn, bot.KindOwn
	plain := answer
	answer.Answer = true
	for _, first := range []bool{true, false} {
		must(t, x.Add(ctx, post))
		if first {
			must(t, x.Add(ctx, answer))
		}
		must(t, x.Add(ctx, plain))
		must(t, x.Add(ctx, answer))
		wantFound(t, x, answer)
		wantList(t, x, chat, answer, post)
		newest, err := x.Newest(ctx, chat, store.NewestQuery{Kind: bot.KindOwn, Posts: true, Limit: 1})
		if diff := cmp.Diff([]bot.Message{post}, newest); err != nil || diff != "" {
			t.Errorf("%v %s", err, diff)
		}
		must(t, x.Forget(ctx, answer.ID))
		gone := answer
		gone.Gone = true
		wantFound(t, x, gone)
		wantList(t, x, chat, post)
		answer.ID = newMessage()
		plain.ID = answer.ID
	}
}

func testForgetFirst(t *testing.T, s *store.Store) {
	t.Helper()
	x, chat, ctx := store.NewIndex(s), newChat(), t.Context()
	m := personMessage(chat, 0)
	must(t, x.Forget(ctx, m.ID))
	wantFound(t, x, bot.Message{ID: m.ID, Gone: true})
	must(t, x.Add(ctx, m))
	m.Gone = true
	wantFound(t, x, m)
	wantList(t, x, chat)
}

func testNewest(t *testing.T, s *store.Store) {
	t.Helper()
	x, chat, ctx := store.NewIndex(s), newChat(), t.Context()
	topic := bot.HashOf("omt_1")
	var all []bot.Message
	for i := range 180 {
		m := personMessage(chat, i)
		m.Kind = []bot.Kind{bot.KindPerson, bot.KindBot, bot.KindOwn}[i%3]
		if i%5 == 0 {
			m.Thread = topic
		}
		all = append(all, m)
	}
	must(t, x.Add(ctx, all...))
	slices.Reverse(all)
	for _, q := range []store.NewestQuery{
		{},
		{Limit: 1},
		{Limit: 100},
		{Kind: bot.KindOwn, Limit: 50},
		{Thread: topic},
		{Thread: topic, Kind: bot.KindBot, Limit: 3},
		{Before: all[40].At, Limit: 7},
		{Before: all[40].At, Kind: bot.KindPerson, Thread: topic, Limit: 1},
		{Before: all[179].At},
		{Thread: bot.HashOf("omt_2"), Limit: 1},
	} {
		got, err := x.Newest(ctx, chat, q)
		must(t, err)
		if diff := cmp.Diff(matching(all, q), got); diff != "" {
			t.Errorf("%+v: -want +got\n%s", q, diff)
		}
	}
}

// matching returns the messages that a query selects.
func matching(newestFirst []bot.Message, q store.NewestQuery) []bot.Message {
	var chosen []bot.Message
	for _, m := range newestFirst {
		switch {
		case !q.Before.IsZero() && !m.At.Before(q.Before):
		case q.Thread != 0 && m.Thread != q.Thread:
		case q.Kind != bot.KindUnknown && m.Kind != q.Kind:
		case q.Posts && m.Answer:
		case q.Limit > 0 && len(chosen) == q.Limit:
		default:
			chosen = append(chosen, m)
		}
	}
	return chosen
}

// testSameMillisecond reads 150 messages of one millisecond in pages of 64.
func testSameMillisecond(t *testing.T, s *store.Store) {
	t.Helper()
	x, chat, ctx := store.NewIndex(s), newChat(), t.Context()
	at := start()
	var all []bot.Message
	for range 150 {
		m := personMessage(chat, 0)
		m.At = at
		all = append(all, m)
	}
	rare, older := personMessage(chat, -1), personMessage(chat, -2)
	rare.Kind, older.Kind = bot.KindOwn, bot.KindOwn
	must(t, x.Add(ctx, append(all, rare, older)...))
	got, err := x.Newest(ctx, chat, store.NewestQuery{Kind: bot.KindPerson, Limit: 150})
	must(t, err)
	ids := map[bot.MessageID]bool{}
	for _, m := range got {
		ids[m.ID] = true
	}
	if len(got) != 150 || len(ids) != 150 {
		t.Errorf("%d messages, %d different ones, want 150", len(got), len(ids))
	}
	got, err = x.Newest(ctx, chat, store.NewestQuery{Kind: bot.KindOwn, Limit: 2})
	must(t, err)
	if diff := cmp.Diff([]bot.Message{rare, older}, got); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

func testCap(t *testing.T, s *store.Store) {
	t.Helper()
	x, chat, ctx := store.NewIndex(s), newChat(), t.Context()
	var all []bot.Message
	for i := range 600 {
		all = append(all, personMessage(chat, i))
	}
	// Each tenth message comes 50 messages late: the cap is by time, not by order of adding.
	var late []bot.Message
	for i, m := range all {
		if i%10 == 0 {
			late = append(late, m)
		} else {
			must(t, x.Add(ctx, m))
		}
		if i%10 == 9 && len(late) > 5 || i == len(all)-1 {
			must(t, x.Add(ctx, late...))
			late = nil
		}
	}
	slices.Reverse(all)
	list, err := x.List(ctx, chat)
	must(t, err)
	if len(list) < 200 || len(list) >= 200+2*store.ChunkSize {
		t.Errorf("%d messages are left", len(list))
	}
	if diff := cmp.Diff(all[:200], list[:200]); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	for _, m := range all {
		left := slices.ContainsFunc(list, func(l bot.Message) bool { return l.ID == m.ID })
		if _, ok, err := x.Find(ctx, m.ID); err != nil || ok != left {
			t.Errorf("message of %v is known: %v, %v; in the list: %v", m.At, ok, err, left)
		}
	}
}

func testDropChat(t *testing.T, s *store.Store) {
	t.Helper()
	x, chat, other, ctx := store.NewIndex(s), newChat(), newChat(), t.Context()
	stays := personMessage(other, 0)
	all := []bot.Message{stays}
	for i := range 120 {
		all = append(all, personMessage(chat, i))
	}
	must(t, x.Add(ctx, all...))
	must(t, s.Client().ZAdd(ctx, store.NewestKey(chat), redis.Z{Member: "unreadable"}).Err())
	must(t, x.DropChat(ctx, chat))
	must(t, x.DropChat(ctx, chat))
	wantList(t, x, chat)
	for _, m := range all[1:] {
		if _, ok, err := x.Find(ctx, m.ID); ok || err != nil {
			t.Fatalf("%s is still known (%v)", m.ID, err)
		}
	}
	wantFound(t, x, stays)
	wantList(t, x, other, stays)
}

func testForeignEntries(t *testing.T, s *store.Store) {
	t.Helper()
	x, chat, ctx := store.NewIndex(s), newChat(), t.Context()
	m := personMessage(chat, 0)
	must(t, x.Add(ctx, m))
	must(t, s.Client().ZAdd(ctx, store.NewestKey(chat), redis.Z{Member: "unreadable"}).Err())
	wantList(t, x, chat, m)

	broken := newMessage()
	key, field := store.BucketOf(broken)
	must(t, s.Client().HSet(ctx, key, field, "?").Err())
	if _, ok, err := x.Find(ctx, broken); ok || err != nil {
		t.Errorf("found an unreadable entry (%v)", err)
	}
	must(t, x.SweepOf(ctx, broken, time.Now()))
	repaired := personMessage(chat, 1)
	repaired.ID = broken
	must(t, x.Add(ctx, repaired))
	wantFound(t, x, repaired)
	wantList(t, x, chat, repaired, m)
}

func testAddConcurrently(t *testing.T, s *store.Store) {
	t.Helper()
	x, chat, ctx := store.NewIndex(s), newChat(), t.Context()
	m := personMessage(chat, 0)
	var all []bot.Message
	for i := range 64 {
		all = append(all, personMessage(chat, i+1))
	}
	var wg sync.WaitGroup
	for i, own := range all {
		wg.Go(func() {
			partly := m
			if i%2 == 0 {
				partly.Sender = 0
			} else {
				partly.Kind = bot.KindUnknown
			}
			err := x.Add(ctx, own, partly)
			for began := time.Now(); bot.KindOf(err) == bot.Unavailable && time.Since(began) < maxWait; {
				err = x.Add(ctx, own, partly) // as the platform sends an event again; a busy machine may need more than addTimeout
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	wantFound(t, x, m)
	slices.Reverse(all)
	wantList(t, x, chat, append(all, m)...)
}

// testExpiry: the keys have a TTL.
func testExpiry(t *testing.T, s *store.Store) {
	t.Helper()
	ctx, chat := t.Context(), newChat()
	must(t, store.NewIndex(s).Add(ctx, personMessage(chat, 0)))
	roles, once := store.NewRoles(s), store.NewOnce(s)
	_, version, _, err := roles.Load(ctx, chat)
	must(t, err)
	must(t, roles.Keep(ctx, bot.Chat{ID: chat}, version, time.Minute))
	_, err = store.NewAudit(s).Record(ctx, string(chat), audit.Entry{Chat: chat})
	must(t, err)
	_, err = once.First(ctx, string(chat), time.Minute)
	must(t, err)
	limiter := store.NewLimiter(s)
	must(t, limiter.Wait(ctx, string(chat)))
	must(t, limiter.Pause(ctx, string(chat), time.Minute))
	for _, key := range []string{
		store.NewestKey(chat), "{r:%s}", "{r:%s}:v", "{audit}:c:%s", "{audit}:k:%s", "{l:%s}", "{l:%s}:p", "o:%s",
	} {
		key = strings.ReplaceAll(key, "%s", string(chat))
		ttl, err := s.Client().PTTL(ctx, key).Result()
		must(t, err)
		if ttl <= 0 {
			t.Errorf("%s has the TTL %v", key, ttl)
		}
	}
}

// testExpiryAfterForget: a set that was emptied is another key afterwards. It expires too, at the latest once it was swept.
func testExpiryAfterForget(t *testing.T, s *store.Store) {
	t.Helper()
	ctx, chat, x := t.Context(), newChat(), store.NewIndex(s)
	first, second := personMessage(chat, 0), personMessage(chat, 1)
	must(t, x.Add(ctx, first))
	must(t, x.Forget(ctx, first.ID))
	must(t, x.Add(ctx, second))
	must(t, x.Sweep(ctx, time.Now()))
	ttl, err := s.Client().PTTL(ctx, store.NewestKey(chat)).Result()
	must(t, err)
	if least := store.DefaultConfig().IndexRetention; ttl < least {
		t.Errorf("the newest set has the TTL %v, want at least %v", ttl, least)
	}
	wantList(t, x, chat, second)
}

func wantFound(t *testing.T, x *store.Index, want bot.Message) {
	t.Helper()
	got, ok, err := x.Find(t.Context(), want.ID)
	if err != nil || !ok {
		t.Fatalf("find %s: %v, %v", want.ID, ok, err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("find %s: -want +got\n%s", want.ID, diff)
	}
}

func wantList(t *testing.T, x *store.Index, chat bot.ChatID, want ...bot.Message) {
	t.Helper()
	got, err := x.List(t.Context(), chat)
	must(t, err)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("list of %s: -want +got\n%s", chat, diff)
	}
}

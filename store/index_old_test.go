package store_test

import (
	"context"
	"encoding/binary"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/redis/go-redis/v9"

	"recallbot/bot"
	"recallbot/store"
)

// formerReplica writes the old layout, as a replica of the version before does.
type formerReplica struct{ client redis.UniversalClient }

// oldHash is the hash of the version before, of 64 bits.
func oldHash(h bot.Hash) []byte {
	return append(binary.BigEndian.AppendUint64(nil, uint64(h))[3:], 'x', 'y', 'z')
}

func oldMillis(t time.Time) []byte {
	return binary.BigEndian.AppendUint64(nil, uint64(t.UnixMilli()))[2:]
}

func oldHead(m bot.Message) (head byte, hashes []byte) {
	head = byte(m.Kind)
	if m.Sender != 0 {
		head, hashes = head|0x04, append(hashes, oldHash(m.Sender)...)
	}
	if m.Thread != 0 {
		head, hashes = head|0x08, append(hashes, oldHash(m.Thread)...)
	}
	if m.Answer {
		head |= 0x20
	}
	return head, hashes
}

func (r formerReplica) add(ctx context.Context, m bot.Message) error {
	head, hashes := oldHead(m)
	bucket, field, chat := store.OldPlace(m)
	member := field + string(head) + string(hashes)
	value := string(head) + store.OldID(m.Chat) + string(oldMillis(m.At)) + string(hashes)
	if m.Gone {
		value = string(head|0x10) + value[1:] + string(oldMillis(time.Now()))
	} else if err := r.client.ZAdd(ctx, chat, redis.Z{Score: float64(m.At.UnixMilli()), Member: member}).Err(); err != nil {
		return err
	}
	return r.client.HSetNX(ctx, bucket, field, value).Err()
}

// forget marks a message that this replica does not know as gone.
func (r formerReplica) forget(ctx context.Context, id bot.MessageID) error {
	bucket, field, _ := store.OldPlace(bot.Message{ID: id})
	return r.client.HSet(ctx, bucket, field, "\x10t\x00\x00\x00\x00\x00\x00\x00"+string(oldMillis(time.Now()))).Err()
}

// left returns what is in the old layout of a chat and of messages.
func (r formerReplica) left(t *testing.T, chat bot.ChatID, messages []bot.Message) (left []string) {
	t.Helper()
	if n := r.client.Exists(t.Context(), "c:{"+string(chat)+"}").Val(); n > 0 {
		left = append(left, string(chat))
	}
	for _, m := range messages {
		bucket, field, _ := store.OldPlace(m)
		if r.client.HExists(t.Context(), bucket, field).Val() {
			left = append(left, string(m.ID))
		}
	}
	return left
}

// testMoveOld: what the version before wrote is found whichever way it is looked for, also while both versions write.
func testMoveOld(t *testing.T, s *store.Store) {
	t.Helper()
	old, ctx := formerReplica{s.Client()}, t.Context()
	newMessages := func() (chat bot.ChatID, all []bot.Message) {
		chat = newChat()
		for i := range 4 {
			m := personMessage(chat, i)
			m.Kind, m.Answer = bot.Kind(i), i == 2
			if i == 1 {
				m.Thread = bot.HashOf("omt_1")
			}
			must(t, old.add(ctx, m))
			all = append(all, m)
		}
		slices.Reverse(all)
		return chat, all
	}
	for name, look := range map[string]func(t *testing.T, x *store.Index, chat bot.ChatID, all []bot.Message){
		"find": func(t *testing.T, x *store.Index, _ bot.ChatID, all []bot.Message) {
			t.Helper()
			for _, m := range all {
				wantFound(t, x, m)
			}
		},
		"known": func(t *testing.T, x *store.Index, _ bot.ChatID, all []bot.Message) {
			t.Helper()
			known, err := x.Known(t.Context(), []bot.MessageID{all[2].ID, all[0].ID})
			if diff := cmp.Diff([]bot.Message{all[2], all[0]}, known); err != nil || diff != "" {
				t.Error(err, diff)
			}
		},
		"add": func(t *testing.T, x *store.Index, _ bot.ChatID, all []bot.Message) {
			t.Helper()
			partial := all[2]
			partial.Thread, partial.Sender = 0, 0
			must(t, x.Add(t.Context(), partial))
		},
		"forget": func(t *testing.T, x *store.Index, chat bot.ChatID, all []bot.Message) {
			t.Helper()
			gone := all[1]
			must(t, x.Forget(t.Context(), gone.ID))
			gone.Gone = true
			wantFound(t, x, gone)
			must(t, x.Add(t.Context(), all[1]))
			wantList(t, x, chat, all[0], all[2], all[3])
			must(t, x.DropChat(t.Context(), chat))
		},
		"drop": func(t *testing.T, x *store.Index, chat bot.ChatID, all []bot.Message) {
			t.Helper()
			must(t, x.DropChat(t.Context(), chat))
			wantUnknown(t, x, all[3].ID)
		},
		"nothing": func(*testing.T, *store.Index, bot.ChatID, []bot.Message) {},
	} {
		x := store.NewIndex(s)
		chat, all := newMessages()
		look(t, x, chat, all)
		if name == "forget" || name == "drop" {
			all = nil
		}
		wantList(t, x, chat, all...)
		for _, m := range all {
			wantFound(t, x, m)
		}
		if left := old.left(t, chat, all); left != nil {
			t.Errorf("%s: left of the old layout: %s", name, left)
		}
	}
	testMoveMarks(t, s, old)
	testMoveWhileWriting(t, s, old)
}

// testMoveMarks: a mark of a gone message counts, whichever version has set it.
func testMoveMarks(t *testing.T, s *store.Store, old formerReplica) {
	t.Helper()
	x, chat, ctx := store.NewIndex(s), newChat(), t.Context()
	inOld, inBoth, unknown := personMessage(chat, 0), personMessage(chat, 1), personMessage(chat, 2)
	gone := inOld
	gone.Gone = true
	must(t, old.add(ctx, gone))
	must(t, x.Add(ctx, inOld))
	wantFound(t, x, gone)

	must(t, x.Add(ctx, inBoth))
	must(t, old.forget(ctx, inBoth.ID))
	inBoth.Gone = true
	wantFound(t, x, inBoth)

	must(t, old.forget(ctx, unknown.ID))
	wantFound(t, x, bot.Message{ID: unknown.ID, Gone: true})
	must(t, x.Add(ctx, unknown))
	wantList(t, x, chat)
}

// testMoveWhileWriting: an old and two new replicas write while passes move everything; nothing is lost, and in the end the old layout is not
// looked at any more.
func testMoveWhileWriting(t *testing.T, s *store.Store, old formerReplica) {
	t.Helper()
	ctx := t.Context()
	replicas := []*store.Index{store.NewIndex(s), store.NewIndex(s)}
	chat, n := newChat(), 300
	all := make([]bot.Message, n)
	for i := range all {
		all[i] = personMessage(chat, i)
	}
	next := func(x *store.Index) bool {
		must(t, s.Client().Del(ctx, "index:moving").Err())
		moved, err := x.MoveNext(ctx)
		must(t, err)
		return moved
	}
	for _, m := range all[:100] {
		must(t, old.add(ctx, m))
	}
	if next(replicas[0]) {
		t.Fatal("moved in the pass that found something")
	}
	var writers sync.WaitGroup
	for i, m := range all[100:] {
		if i%50 == 0 {
			writers.Wait()
			next(replicas[1])
		}
		writers.Go(func() {
			err := replicas[i%2].Add(ctx, m)
			if i%3 == 0 {
				err = old.add(ctx, m) // the platform delivers an event twice
			}
			if err == nil && i%5 == 0 {
				err = replicas[(i+1)%2].Forget(ctx, m.ID)
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
	writers.Wait()
	var want []bot.Message
	for i, m := range slices.Backward(all) {
		if i < 100 || (i-100)%5 != 0 {
			want = append(want, m)
		}
	}
	for _, x := range replicas {
		next(x)
		wantNewestAre(t, x, chat, want[:200])
		if next(x) {
			t.Fatal("moved while something was found within the hour")
		}
	}
	must(t, s.Client().Del(ctx, "index:found").Err())
	for _, x := range replicas {
		if !next(x) {
			t.Error("not moved")
		}
		wantNewestAre(t, x, chat, want[:200])
	}
	if left := old.left(t, chat, all); left != nil {
		t.Errorf("left of the old layout: %s", left)
	}
}

func wantNewestAre(t *testing.T, x *store.Index, chat bot.ChatID, want []bot.Message) {
	t.Helper()
	got, err := x.Newest(t.Context(), chat, store.NewestQuery{Limit: len(want)})
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Fatalf("newest of %s: %v -want +got\n%s", chat, err, diff)
	}
}

// TestOldEntries: entries of both older versions, with and without flagAnswer, can be read; others are refused.
func TestOldEntries(t *testing.T) {
	t.Parallel()
	const at = "\x01\x8b\xcf\xe5\x68\x00"
	for value, want := range map[string]bot.Message{
		"\x01t\x04oc_1" + at: {Kind: bot.KindOwn}, "\x11t\x04oc_1" + at + at: {Kind: bot.KindOwn, Gone: true},
		"\x21t\x04oc_1" + at: {Kind: bot.KindOwn, Answer: true}, "\x31t\x04oc_1" + at + at: {Kind: bot.KindOwn, Answer: true, Gone: true},
		"\x0ft\x04oc_1" + at + "\x00\x00\x00\x00\x01abc\x00\x00\x00\x00\x02abc": {Kind: bot.KindPerson, Sender: 1, Thread: 2},
	} {
		want.ID, want.Chat, want.At = "om_1", "oc_1", time.UnixMilli(1_700_000_000_000)
		got, ok := store.ReadOld(store.OldID("om_1"), value)
		if diff := cmp.Diff(want, got); !ok || diff != "" {
			t.Errorf("%q is read: %t, %s", value, ok, diff)
		}
		for cut := range len(value) {
			if m, ok := store.ReadOld(store.OldID("om_1"), value[:cut]); ok {
				t.Errorf("%q is read: %+v", value[:cut], m)
			}
		}
		if _, ok := store.ReadOld("m"+strings.Repeat("x", 20), value); ok {
			t.Error("a wrong field is read")
		}
	}
	for _, id := range []string{"om_dc13264520392913993dd051dba21dcf", "om_x100b51d961a4088cc42c33abed8140f", "消息"} {
		value := "\x01t\x04oc_1" + at
		if got, ok := store.ReadOld(store.OldID(id), value); !ok || string(got.ID) != id {
			t.Errorf("%q is read as %q, %t", id, got.ID, ok)
		}
	}
}

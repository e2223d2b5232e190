package store_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"recallbot/bot"
	"recallbot/store"
)

func TestIDs(t *testing.T) {
	t.Parallel()
	for id, size := range map[string]int{
		"om_dc13264520392913993dd051dba21dcf":  16,
		"om_x100b51d961a4088cc42c33abed8140f":  16,
		"oc_a0553eda9014c201e6969b478895c230":  16,
		"om_DC13264520392913993dd051dba21dcf":  35,
		"om_x100b51d961a4088cc42c33abed8140F":  35,
		"om_xx00b51d961a4088cc42c33abed8140f":  35,
		"om_dc13264520392913993dd051dba21dcf0": 36,
		"om_":                                  3,
		"":                                     0,
		"消息":                                   6,
	} {
		again, got, ok := store.RoundTripID(id)
		if !ok || again != id || got != size {
			t.Errorf("%q comes back as %q (%v) in %d bytes, want %d", id, again, ok, got, size)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		id := rapid.StringMatching(`(om_|oc_)?x?[0-9a-fA-F]{0,34}|.{0,200}`).Draw(t, "id")
		if again, _, ok := store.RoundTripID(id); !ok || again != id {
			t.Fatalf("%q comes back as %q", id, again)
		}
	})
}

func TestSizes(t *testing.T) {
	t.Parallel()
	m := bot.Message{
		ID: "om_dc13264520392913993dd051dba21dcf", Chat: "oc_a0553eda9014c201e6969b478895c230",
		Kind: bot.KindPerson, Sender: bot.HashOf("ou_1"), At: time.Now(),
	}
	if member, value := len(store.Member(m)), len(store.Value(m, false)); member != 27 || value != 16 {
		t.Errorf("a member has %d bytes, a value %d", member, value)
	}
	m.Thread = bot.HashOf("omt_1")
	if member, value := len(store.Member(m)), len(store.Value(m, false)); member != 32 || value != 21 {
		t.Errorf("in a topic a member has %d bytes, a value %d", member, value)
	}
}

// TestOrderOfMembers: members are in the order of their times, also before 2020 and after 2054.
func TestOrderOfMembers(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		draw := func(name string) bot.Message {
			at := rapid.Int64Range(0, 5_000_000_000_000).Draw(t, name)
			return bot.Message{ID: newMessage(), At: time.UnixMilli(at), Sender: bot.Hash(rapid.IntRange(0, 1).Draw(t, name+" sender"))}
		}
		a, b := draw("first"), draw("second")
		if c := a.At.Compare(b.At); c != 0 && cmp.Equal(store.Member(a) < store.Member(b), c > 0) && store.Member(a)[:5] != store.Member(b)[:5] {
			t.Fatalf("%q of %v, %q of %v", store.Member(a), a.At, store.Member(b), b.At)
		}
	})
}

func seeds() []string {
	m := bot.Message{ID: newMessage(), Chat: newChat(), Kind: bot.KindOwn, At: time.Now()}
	m.Answer = true
	odd := bot.Message{ID: "odd", Chat: "", Sender: 1, Thread: 2, Gone: true}
	return []string{store.Member(m), store.Value(m, false), store.Value(m, true), store.Member(odd), store.Value(odd, false), "", "t", "\xff\xff\xff\xff\xff\xff\xff\xff"}
}

// FuzzUnpack: no data panics, and unpacked data can be packed to the same meaning.
func FuzzUnpack(f *testing.F) {
	for _, seed := range seeds() {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, data string) {
		if m, again, ok := store.RoundTripMember(data); ok {
			if m2, _, ok := store.RoundTripMember(again); !ok || !cmp.Equal(m, m2) {
				t.Errorf("member %q means %+v, then %+v", data, m, m2)
			}
		}
		if m, again, ok := store.RoundTripValue(data); ok {
			if m2, _, ok := store.RoundTripValue(again); !ok || !cmp.Equal(m, m2) {
				t.Errorf("value %q means %+v, then %+v", data, m, m2)
			}
		}
		store.ReadOld(data, data)
	})
}

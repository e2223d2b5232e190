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
		"om_dc13264520392913993dd051dba21dcf":  17,
		"om_x100b51d961a4088cc42c33abed8140f":  17,
		"oc_a0553eda9014c201e6969b478895c230":  17,
		"om_DC13264520392913993dd051dba21dcf":  37,
		"om_x100b51d961a4088cc42c33abed8140F":  37,
		"om_xx00b51d961a4088cc42c33abed8140f":  37,
		"om_dc13264520392913993dd051dba21dcf0": 38,
		"om_":                                  5,
		"":                                     2,
		"消息":                                   8,
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
		Kind: bot.KindPerson, Sender: bot.Hash64Of("ou_1"), At: time.Now(),
	}
	if member, value := len(store.Member(m)), len(store.Value(m)); member != 26 || value != 32 {
		t.Errorf("a member has %d bytes, a value %d", member, value)
	}
	m.Thread = bot.Hash64Of("omt_1")
	if member, value := len(store.Member(m)), len(store.Value(m)); member != 34 || value != 40 {
		t.Errorf("in a topic a member has %d bytes, a value %d", member, value)
	}
}

func seeds() []string {
	m := bot.Message{ID: newMessage(), Chat: newChat(), Kind: bot.KindOwn, At: time.Now()}
	m.Answer = true
	odd := bot.Message{ID: "odd", Chat: "", Sender: 1, Thread: 2, Gone: true}
	return []string{store.Member(m), store.Value(m), store.Member(odd), store.Value(odd), "", "t", "t\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"}
}

// FuzzUnpack: no data panics, and unpacked data can be packed to the same meaning.
func FuzzUnpack(f *testing.F) {
	for _, seed := range seeds() {
		f.Add(seed, int64(1_700_000_000_000))
	}
	f.Fuzz(func(t *testing.T, data string, score int64) {
		if m, again, ok := store.RoundTripMember(data, score); ok {
			if m2, _, ok := store.RoundTripMember(again, score); !ok || !cmp.Equal(m, m2) {
				t.Errorf("member %q means %+v, then %+v", data, m, m2)
			}
		}
		if m, again, ok := store.RoundTripValue(data); ok {
			if m2, _, ok := store.RoundTripValue(again); !ok || !cmp.Equal(m, m2) {
				t.Errorf("value %q means %+v, then %+v", data, m, m2)
			}
		}
	})
}

// TestOldEntries: entries of the version before flagAnswer can be read and marked as gone.
func TestOldEntries(t *testing.T) {
	t.Parallel()
	const id = "m\xdc\x13\x26\x45\x20\x39\x29\x13\x99\x3d\xd0\x51\xdb\xa2\x1d\xcf"
	m, again, ok := store.RoundTripMember(id+"\x01", 1_700_000_000_000)
	if !ok || m.Answer || m.Kind != bot.KindOwn || again != id+"\x01" {
		t.Errorf("a member reads %+v, %t", m, ok)
	}
	for head, want := range map[string]bot.Message{
		"\x01": {Kind: bot.KindOwn}, "\x11": {Kind: bot.KindOwn, Gone: true}, "\x21": {Kind: bot.KindOwn, Answer: true}, "\x31": {Kind: bot.KindOwn, Answer: true, Gone: true},
	} {
		value := head + "t\x04oc_1" + "\x01\x8b\xcf\xe5\x68\x00"
		if want.Gone {
			value += "\x01\x8b\xcf\xe5\x68\x00"
		}
		got, again, ok := store.RoundTripValue(value)
		want.ID, want.Chat, want.At = "om_1", "oc_1", time.UnixMilli(1_700_000_000_000)
		if diff := cmp.Diff(want, got); !ok || diff != "" || again != value {
			t.Errorf("%q is read: %t, %s", value, ok, diff)
		}
	}
}

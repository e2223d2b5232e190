package queue_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"recallbot/store/queue"
)

func TestItemRoundTrip(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		it := queue.Item{
			ID:      rapid.StringN(1, 40, -1).Draw(t, "id"),
			Key:     rapid.String().Draw(t, "key"),
			Kind:    rapid.String().Draw(t, "kind"),
			Payload: rapid.SliceOf(rapid.Byte()).Draw(t, "payload"),
		}
		fails, redelivered := rapid.IntRange(0, 100).Draw(t, "fails"), rapid.Bool().Draw(t, "redelivered")
		at := time.UnixMilli(rapid.Int64Range(1, 1<<42).Draw(t, "at"))
		raw, err := queue.Encode(it, fails, redelivered, at)
		if err != nil {
			t.Fatal(err)
		}
		got, err := queue.Decode(raw, "5-0")
		if err != nil {
			t.Fatal(err)
		}
		want := queue.Delivery{Item: it, Attempt: fails + 1, Redelivered: redelivered, Enqueued: at}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("(-want +got):\n%s", diff)
		}
	})
}

func TestFirstEnqueuedIsTheTimeOfTheEntry(t *testing.T) {
	t.Parallel()
	raw, err := queue.Encode(queue.Item{ID: "1"}, 0, false, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	d, err := queue.Decode(raw, "1700000000123-4")
	if err != nil {
		t.Fatal(err)
	}
	if want := time.UnixMilli(1700000000123); !d.Enqueued.Equal(want) {
		t.Errorf("enqueued %s, want %s", d.Enqueued, want)
	}
}

func FuzzDecode(f *testing.F) {
	for _, s := range []string{"", "\n", "{}\n", "{\"id\":\"1\"}\npayload", "{\"id\":\"1\",\"fails\":-1}\n", "{\"id\":1}\n"} {
		f.Add(s, "1-0")
	}
	f.Fuzz(func(t *testing.T, raw, entry string) {
		d, err := queue.Decode(raw, entry)
		if err != nil {
			if !errors.Is(err, queue.ErrUndecodable) {
				t.Fatalf("error %v is not ErrUndecodable", err)
			}

			return
		}
		if _, err := queue.Encode(d.Item, d.Attempt-1, d.Redelivered, d.Enqueued); err != nil {
			t.Fatalf("%q was decoded but cannot be encoded: %v", raw, err)
		}
	})
}

func TestBackoff(t *testing.T) {
	t.Parallel()
	cfg := queue.Config{Name: "q", BackoffBase: 100 * time.Millisecond, BackoffCap: time.Second}
	for fails, limit := range map[int]time.Duration{
		1: 100 * time.Millisecond, 2: 200 * time.Millisecond, 4: 800 * time.Millisecond, 5: time.Second, 31: time.Second, 1000: time.Second,
	} {
		for range 100 {
			if d := cfg.Backoff(fails); d < limit/2 || d > limit {
				t.Fatalf("after %d failures wait %s, want %s to %s", fails, d, limit/2, limit)
			}
		}
	}
}

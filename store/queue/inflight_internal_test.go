package queue

import (
	"testing"
	"time"
)

// TestShutdownBeforeBegin stops between the moment when a worker takes an item and the call of its handler. The item is given
// back as one that has not begun, so the handler must not be called: it would run twice, and the second run would take itself
// for the first.
func TestShutdownBeforeBegin(t *testing.T) {
	t.Parallel()

	cfg := Config{}.withDefaults()
	f, now := newInflight(&cfg), time.Now()
	it := &inflightItem{Delivery: Delivery{Item: Item{ID: "1"}, Attempt: 1}, entry: "1-0", renewed: now}
	f.add(it)
	taken := f.next()
	if taken != it {
		t.Fatalf("the worker got %v", taken)
	}
	if back := f.stop(); len(back) != 1 || back[0] != it {
		t.Errorf("given back: %v, want the item that has not begun", back)
	}
	if f.begin(it, now, cfg.Lease) {
		t.Error("an item that was given back began")
	}
	if it.begun {
		t.Error("the item counts as begun")
	}
}

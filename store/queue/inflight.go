package queue

import (
	"sync"
	"time"
)

// initialRun is the assumed run time of a handler before the first one of its key or owner has ended.
const initialRun = 20 * time.Millisecond

// A deferred item comes back within these bounds.
const (
	minDefer = 100 * time.Millisecond
	maxDefer = 10 * time.Second
)

// inflightItem is a delivery that this process has taken and not yet acknowledged.
type inflightItem struct {
	Delivery

	entry   string    // id of its stream entry
	renewed time.Time // when its lease was last known to be ours
	begun   bool      // its handler has been called
	decided bool      // its outcome is fixed; what a handler returns later is ignored
	counted bool      // it is counted in its owner's inFlight
}

// throughput is how fast the items of one key or one owner are handled.
type throughput struct {
	meanRun   time.Duration // moving mean of the handlers' run time
	lastEnd   time.Time     // when a handler last ended
	nextDefer time.Time     // the earliest time for the next deferred item
}

// keyState is what is known of one key.
type keyState struct {
	throughput

	granted int // ready or running
	waiting []*inflightItem
}

// inflight holds the items of this process from the read until they are acknowledged, and decides which one runs next.
// The ready items form one queue, in which each key has at most perKey places, so that no key delays another.
type inflight struct {
	workers, perKey, maxPerKey, maxItems int
	perOwner, maxPerOwner, reserved      int

	freed chan struct{} // receives a value after an item was removed

	mu      sync.Mutex
	items   map[string]*inflightItem // by entry
	keys    map[string]*keyState
	owners  map[string]*ownerState
	ready   []*inflightItem
	running int
	stopped bool
	// owned is the number of items with an owner, ownedRunning the number of their handlers that run, unownedRunning the
	// number of the others that run.
	owned, ownedRunning, unownedRunning int
}

func newInflight(c *Config) *inflight {
	return &inflight{
		workers:     c.Workers,
		perKey:      c.PerKey,
		maxPerKey:   c.KeyInFlight,
		maxItems:    c.InFlight,
		perOwner:    c.PerOwner,
		maxPerOwner: c.OwnerInFlight,
		reserved:    c.Reserved,
		freed:       make(chan struct{}, 1),
		items:       map[string]*inflightItem{},
		keys:        map[string]*keyState{},
		owners:      map[string]*ownerState{},
	}
}

// room returns how many more items may be taken.
func (f *inflight) room() int {
	f.mu.Lock()
	defer f.mu.Unlock()

	return f.maxItems - len(f.items)
}

// admission is the result of add.
type admission int

const (
	admitted  admission = iota // it runs as soon as the limits allow
	duplicate                  // it is in flight already; only its lease was renewed
	deferred                   // its key or owner has reached its limit: postpone it to the returned time
	refused                    // the queue shuts down: give it back
)

// add registers an item. A deferred or refused item is decided, and stays registered until remove.
func (f *inflight) add(it *inflightItem) (admission, time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()

	if have, ok := f.items[it.entry]; ok {
		have.renewed = it.renewed

		return duplicate, time.Time{}
	}
	crowded := len(f.items) > f.maxItems/2
	f.items[it.entry] = it
	o := f.owner(it)
	if f.stopped {
		it.decided = true

		return refused, time.Time{}
	}
	if f.atOwnerLimit(o) {
		it.decided = true

		return deferred, o.deferUntil(it.renewed, f.perOwner)
	}
	done, at := f.enqueue(it, crowded)
	if done == admitted {
		f.countOwner(it, o)
	}

	return done, at
}

// enqueue appends an item to the ready items, or to those of its key that wait.
func (f *inflight) enqueue(it *inflightItem, crowded bool) (admission, time.Time) {
	if it.Key == "" {
		f.ready = append(f.ready, it)

		return admitted, time.Time{}
	}

	k := f.keys[it.Key]
	if k == nil {
		k = &keyState{throughput: throughput{meanRun: initialRun, lastEnd: it.renewed}}
		f.keys[it.Key] = k
	}
	switch {
	case k.granted < f.perKey:
		k.granted++
		f.ready = append(f.ready, it)
	case crowded || k.granted+len(k.waiting) >= f.maxPerKey:
		it.decided = true

		return deferred, k.deferUntil(it.renewed, f.perKey)
	default:
		k.waiting = append(k.waiting, it)
	}

	return admitted, time.Time{}
}

// addDecided registers an item whose outcome is fixed. It returns false if the entry is registered already.
func (f *inflight) addDecided(it *inflightItem) bool {
	f.mu.Lock()
	defer f.mu.Unlock()

	if _, ok := f.items[it.entry]; ok {
		return false
	}
	f.items[it.entry] = it

	return true
}

// deferUntil spreads deferred items over the time that n handlers at once need for them: by the mean run time, or by the time
// since the last handler ended if that is longer.
func (t *throughput) deferUntil(now time.Time, n int) time.Time {
	soonest, latest := now.Add(minDefer), now.Add(maxDefer)
	if t.nextDefer.Before(soonest) {
		t.nextDefer = soonest
	}
	at := t.nextDefer
	t.nextDefer = t.nextDefer.Add(max(t.meanRun, now.Sub(t.lastEnd)) / time.Duration(n))
	if t.nextDefer.After(latest) {
		t.nextDefer = latest
	}

	return at
}

func (t *throughput) ended(start, now time.Time) {
	t.meanRun += (now.Sub(start) - t.meanRun) / 8
	t.lastEnd = now
}

// next returns the first item for a new worker, or nil if all workers are busy or no item may run.
func (f *inflight) next() *inflightItem {
	f.mu.Lock()
	defer f.mu.Unlock()

	if f.running >= f.workers {
		return nil
	}

	return f.pop()
}

// finishAndNext notes that the handler of it ran from start to now, and returns the worker's next item, or nil if there is none.
func (f *inflight) finishAndNext(it *inflightItem, start, now time.Time) *inflightItem {
	f.mu.Lock()
	defer f.mu.Unlock()

	f.running--
	if o := f.owners[it.Owner]; o != nil {
		o.ended(start, now)
	}
	f.countRunning(it, -1)
	if k := f.keys[it.Key]; k != nil {
		k.ended(start, now)
		k.granted--
		switch {
		case len(k.waiting) > 0:
			k.granted++
			f.ready = append(f.ready, k.waiting[0])
			k.waiting = k.waiting[1:]
		case k.granted == 0:
			delete(f.keys, it.Key)
		}
	}

	return f.pop()
}

// begin reports whether the item may run. A shutdown may have given it back since the worker took it. If its lease has expired,
// another worker may have it: it is removed without being acknowledged, so that it is claimed again.
func (f *inflight) begin(it *inflightItem, now time.Time, lease time.Duration) bool {
	f.mu.Lock()
	defer f.mu.Unlock()

	if it.decided {
		return false
	}
	if now.Sub(it.renewed) > lease {
		f.remove(it.entry)

		return false
	}
	it.begun = true

	return true
}

// decide marks the item's outcome as fixed. It returns false if it was fixed before.
func (f *inflight) decide(it *inflightItem) bool {
	f.mu.Lock()
	defer f.mu.Unlock()

	first := !it.decided
	it.decided = true

	return first
}

// stop ends the start of handlers and returns the items that have not begun, which become decided.
func (f *inflight) stop() []*inflightItem {
	f.mu.Lock()
	defer f.mu.Unlock()

	f.stopped = true
	f.ready = nil

	return f.decideOpen(false)
}

// decideRest returns all undecided items, which become decided.
func (f *inflight) decideRest() []*inflightItem {
	f.mu.Lock()
	defer f.mu.Unlock()

	return f.decideOpen(true)
}

// decideOpen returns the undecided items, which become decided: those that have begun only if begun is set.
func (f *inflight) decideOpen(begun bool) []*inflightItem {
	var open []*inflightItem
	for _, it := range f.items {
		if it.decided || (it.begun && !begun) {
			continue
		}
		it.decided = true
		open = append(open, it)
	}

	return open
}

// acknowledged removes items whose outcome is written to Redis.
func (f *inflight) acknowledged(items []*inflightItem) {
	f.mu.Lock()
	defer f.mu.Unlock()

	for _, it := range items {
		f.remove(it.entry)
	}
}

func (f *inflight) remove(entry string) {
	if it := f.items[entry]; it != nil {
		f.uncountOwner(it)
	}
	delete(f.items, entry)
	select {
	case f.freed <- struct{}{}:
	default:
	}
}

func (f *inflight) entries() []string {
	f.mu.Lock()
	defer f.mu.Unlock()

	ids := make([]string, 0, len(f.items))
	for id := range f.items {
		ids = append(ids, id)
	}

	return ids
}

// leasesRenewed notes that the leases of the entries were ours at that time.
func (f *inflight) leasesRenewed(entries []string, at time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()

	for _, id := range entries {
		if it := f.items[id]; it != nil {
			it.renewed = at
		}
	}
}

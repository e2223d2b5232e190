package queue

import "slices"

// ownerState is what is known of one owner.
type ownerState struct {
	throughput

	inFlight, running int
}

// owner returns the state of the item's owner and creates it if needed; nil for an item without an owner.
func (f *inflight) owner(it *inflightItem) *ownerState {
	if it.Owner == "" {
		return nil
	}
	o := f.owners[it.Owner]
	if o == nil {
		o = &ownerState{throughput: throughput{meanRun: initialRun, lastEnd: it.renewed}}
		f.owners[it.Owner] = o
	}
	return o
}

// atOwnerLimit reports whether the owner has its maximum in flight, or all owners together have three quarters: the rest is for
// items without an owner.
func (f *inflight) atOwnerLimit(o *ownerState) bool {
	return o != nil && (o.inFlight >= f.maxPerOwner || f.owned >= f.maxItems-f.maxItems/4)
}

func (f *inflight) countOwner(it *inflightItem, o *ownerState) {
	if o != nil {
		it.counted = true
		o.inFlight++
		f.owned++
	}
}

func (f *inflight) uncountOwner(it *inflightItem) {
	o := f.owners[it.Owner]
	if o == nil {
		return
	}
	if it.counted {
		o.inFlight--
		f.owned--
	}
	f.deleteIdleOwner(it.Owner, o)
}

func (f *inflight) deleteIdleOwner(owner string, o *ownerState) {
	if o.inFlight == 0 && o.running == 0 {
		delete(f.owners, owner)
	}
}

// countRunning adds n to the running handlers of the item's owner.
func (f *inflight) countRunning(it *inflightItem, n int) {
	if it.Owner == "" {
		f.unownedRunning += n
		return
	}
	f.ownedRunning += n
	if o := f.owners[it.Owner]; o != nil {
		o.running += n
		f.deleteIdleOwner(it.Owner, o)
	}
}

// pop removes the ready item that runs next and counts it as running; nil if there is none.
func (f *inflight) pop() *inflightItem {
	if f.stopped {
		return nil
	}
	at := f.pick()
	if at < 0 {
		return nil
	}
	it := f.removeReady(at)
	f.running++
	f.countRunning(it, 1)

	return it
}

// pick returns the index of the ready item that runs next, or -1: the first one of the owner with the fewest running handlers.
// Items without an owner count as one owner, which wins a tie.
func (f *inflight) pick() int {
	if len(f.owners) == 0 {
		return min(0, len(f.ready)-1)
	}
	best, fewest := -1, 0
	for i, it := range f.ready {
		n, owned := f.unownedRunning, it.Owner != ""
		if owned {
			o := f.owners[it.Owner]
			n = o.running
			if n >= f.perOwner || f.ownedRunning >= f.workers-f.reserved {
				continue
			}
		}
		if best < 0 || n < fewest || (n == fewest && !owned && f.ready[best].Owner != "") {
			best, fewest = i, n
		}
	}
	return best
}

func (f *inflight) removeReady(at int) *inflightItem {
	it := f.ready[at]
	if at > 0 {
		f.ready = slices.Delete(f.ready, at, at+1)
		return it
	}
	f.ready[0] = nil
	f.ready = f.ready[1:]
	return it
}

package queue

import (
	"context"
	"fmt"
	"time"
)

// Put keeps the item durably and reports true, unless one of the seen names was given to a Put within
// Config.Remember: then it keeps nothing and reports false. Either way all the names count as seen from then on.
// The look and the put are one script, so that of two replicas with the same event exactly one adds it, and a call
// that is sent again after a lost answer adds nothing twice. Without names every call adds.
func (q *Queue) Put(ctx context.Context, it Item, seen ...string) (bool, error) {
	job, err := encode(it, 0, false, time.Time{})
	if err != nil {
		return false, fmt.Errorf("put: %w", err)
	}
	names := make([]string, 0, len(seen)+1)
	names = append(names, q.keys.stream)
	for _, s := range seen {
		names = append(names, q.keys.seen+s)
	}
	added, err := q.scripts.put.Run(ctx, q.cfg.Puts, names, job, q.cfg.Remember.Milliseconds()).Bool()
	if err != nil {
		return false, fmt.Errorf("put %s: %w", it.ID, err)
	}

	return added, nil
}

// PutAt keeps the item durably and lets it fall due at t, or now when t is past. An item of the same id that is not
// due yet is replaced. The wait is measured on the caller's clock and counted on that of Redis: skew between replicas
// does not move it, and a t from elsewhere is off by no more than the caller's clock is.
func (q *Queue) PutAt(ctx context.Context, it Item, t time.Time) error {
	job, err := encode(it, 0, false, time.Time{})
	if err != nil {
		return fmt.Errorf("put at: %w", err)
	}
	names := []string{q.keys.count, q.keys.delayed, q.keys.jobs}
	_, err = q.clock.Run(ctx, q.cfg.Puts, q.scripts.putAt, names, putID(it.ID), wait(t), job)
	if err != nil {
		return fmt.Errorf("put %s at %s: %w", it.ID, t.Format(time.RFC3339), err)
	}
	q.wake()

	return nil
}

// Cancel takes back an item that PutAt keeps and reports whether it was in time: false means that it has fallen due,
// or never was.
func (q *Queue) Cancel(ctx context.Context, id string) (bool, error) {
	n, err := q.scripts.cancel.Run(ctx, q.rdb, []string{q.keys.delayed, q.keys.jobs}, putID(id)).Int()
	if err != nil {
		return false, fmt.Errorf("cancel %s: %w", id, err)
	}

	return n > 0, nil
}

// wait is the time from now until t in whole milliseconds, rounded up, and never negative.
func wait(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	d := time.Until(t)

	return max(0, (d + time.Millisecond - 1).Milliseconds())
}

// wake tells the scheduler of this process to look again.
func (q *Queue) wake() {
	select {
	case q.wakeup <- struct{}{}:
	default:
	}
}

package queue

import (
	"context"
	"fmt"
	"time"
)

// Put adds the item durably and returns true, unless one of the dedupe ids was given to a Put within Config.Remember: then it
// adds nothing and returns false. In both cases all the ids are remembered. It is one script, so that only one of two
// concurrent calls adds an item, and a call that go-redis sends twice adds it once. Without dedupe ids every call adds.
func (q *Queue) Put(ctx context.Context, it Item, dedupeIDs ...string) (bool, error) {
	job, err := encode(it, 0, false, time.Time{})
	if err != nil {
		return false, fmt.Errorf("put: %w", err)
	}
	names := make([]string, 0, len(dedupeIDs)+1)
	names = append(names, q.keys.stream)
	for _, id := range dedupeIDs {
		names = append(names, q.keys.seen+id)
	}
	added, err := q.scripts.put.Run(ctx, q.cfg.Puts, names, job, q.cfg.Remember.Milliseconds()).Bool()
	if err != nil {
		return false, fmt.Errorf("put %s: %w", it.ID, err)
	}

	return added, nil
}

// PutAt adds the item durably, to be due at t, or now if t is past. It replaces an item of the same id that is not due yet.
// The delay until t is measured with the caller's clock and counted on that of Redis, so that skew between replicas does not
// change it.
func (q *Queue) PutAt(ctx context.Context, it Item, t time.Time) error {
	job, err := encode(it, 0, false, time.Time{})
	if err != nil {
		return fmt.Errorf("put: %w", err)
	}
	names := []string{q.keys.clock, q.keys.delayed, q.keys.jobs}
	_, err = q.clock.Run(ctx, q.cfg.Puts, q.scripts.putAt, names, putID(it.ID), wait(t), job)
	if err != nil {
		return fmt.Errorf("put %s at %s: %w", it.ID, t.Format(time.RFC3339), err)
	}
	q.wake()

	return nil
}

// Cancel deletes an item of PutAt that is not due yet. It returns false if there is none.
func (q *Queue) Cancel(ctx context.Context, id string) (bool, error) {
	n, err := q.scripts.cancel.Run(ctx, q.rdb, []string{q.keys.delayed, q.keys.jobs}, putID(id)).Int()
	if err != nil {
		return false, fmt.Errorf("cancel %s: %w", id, err)
	}

	return n > 0, nil
}

// wait is the time until t in milliseconds, rounded up, at least 0.
func wait(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	d := time.Until(t)

	return max(0, (d + time.Millisecond - 1).Milliseconds())
}

// wake ends the sleep of this process's scheduler.
func (q *Queue) wake() {
	select {
	case q.wakeup <- struct{}{}:
	default:
	}
}

package queue

import (
	"context"
	"fmt"
	"time"
)

// Stats is the state of a queue across all replicas.
type Stats struct {
	Waiting  int64         // in the stream, not taken
	InFlight int64         // taken by a worker and not acknowledged
	Delayed  int64         // of PutAt, in backoff, or postponed
	Dead     int64         // dead letters
	Oldest   time.Duration // age of the oldest of Waiting and InFlight
}

// Stats counts the items of all places in one step.
func (q *Queue) Stats(ctx context.Context) (Stats, error) {
	names := []string{q.keys.stream, q.keys.delayed, q.keys.dead}
	n, err := q.scripts.stats.Run(ctx, q.rdb, names, group).Int64Slice()
	if err != nil {
		return Stats{}, fmt.Errorf("stats of queue %s: %w", q.cfg.Name, err)
	}
	if len(n) != 5 {
		return Stats{}, fmt.Errorf("stats of queue %s: %d figures", q.cfg.Name, len(n))
	}

	return statsOf(n), nil
}

// statsOf reads the figures of countLua.
func statsOf(n []int64) Stats {
	return Stats{
		Waiting:  n[0] - n[1],
		InFlight: n[1],
		Delayed:  n[2],
		Dead:     n[3],
		Oldest:   time.Duration(n[4]) * time.Millisecond,
	}
}

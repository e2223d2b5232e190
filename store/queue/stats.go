package queue

import (
	"context"
	"fmt"
	"time"
)

// Stats is the state of a queue across all replicas.
type Stats struct {
	Waiting  int64         // put or due, with no worker
	InFlight int64         // taken by a worker and not settled
	Delayed  int64         // for later: put at a time, in backoff, postponed, or put off for other keys
	Dead     int64         // given up
	Oldest   time.Duration // how long the oldest of Waiting and InFlight has been there
}

// Stats counts everything at one instant.
func (q *Queue) Stats(ctx context.Context) (Stats, error) {
	names := []string{q.keys.stream, q.keys.delayed, q.keys.dead}
	n, err := q.scripts.stats.Run(ctx, q.rdb, names, group).Int64Slice()
	if err != nil {
		return Stats{}, fmt.Errorf("stats of queue %s: %w", q.cfg.Name, err)
	}
	if len(n) != 5 {
		return Stats{}, fmt.Errorf("stats of queue %s: %d figures", q.cfg.Name, len(n))
	}

	return Stats{
		Waiting:  n[0] - n[1],
		InFlight: n[1],
		Delayed:  n[2],
		Dead:     n[3],
		Oldest:   time.Duration(n[4]) * time.Millisecond,
	}, nil
}

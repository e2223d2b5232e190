package queue

import (
	"context"
	"log/slog"
	"time"
)

const (
	// dueBatch bounds what one script moves: Redis does nothing else meanwhile.
	dueBatch = 128
	// maxSleep bounds how late this process learns of what another one has put.
	maxSleep = time.Second
)

// schedule moves what is due to the stream until ctx is done. It sleeps until the next job is due, a second at most,
// or until something is put here. All replicas do: whoever is first moves.
func (s *runner) schedule(ctx context.Context) {
	for tries := 0; ctx.Err() == nil; {
		began := time.Now()
		sleep, err := s.q.moveDue(ctx)
		if ctx.Err() != nil {
			return
		}
		s.out.ReportOf(ctx, "schedule", began, err, slog.String("part", "schedule"))
		if err != nil {
			pause(ctx, retryWait(tries))
			tries++

			continue
		}
		tries = 0
		s.q.sleep(ctx, sleep)
	}
}

// moveDue moves one batch and returns how long until there is more to do.
func (q *Queue) moveDue(ctx context.Context) (time.Duration, error) {
	names := []string{q.keys.count, q.keys.delayed, q.keys.jobs, q.keys.stream}
	answer, err := q.clock.Run(ctx, q.rdb, q.scripts.due, names, dueBatch)
	if err != nil {
		return maxSleep, err
	}
	next := answer.Numbers[1]
	if next < 0 {
		return maxSleep, nil
	}

	return min(time.Duration(next)*time.Millisecond, maxSleep), nil
}

func (q *Queue) sleep(ctx context.Context, d time.Duration) {
	if d <= 0 {
		return
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-q.wakeup:
	case <-ctx.Done():
	}
}

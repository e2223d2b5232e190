package queue

import (
	"context"
	"log/slog"
	"time"

	"recallbot/bot"
)

const (
	// dueBatch is the maximum of items that one script moves: Redis does nothing else meanwhile.
	dueBatch = 128
	// maxSleep bounds how late this process sees an item that another one has put.
	maxSleep = time.Second
)

// schedule moves due items to the stream until ctx is done. It sleeps until the next item is due, until this process puts
// one, or for maxSleep. All replicas do this.
func (r *runner) schedule(ctx context.Context) {
	for tries := 0; ctx.Err() == nil; {
		began := time.Now()
		sleep, err := r.q.moveDue(ctx)
		if ctx.Err() != nil {
			return
		}
		r.outage.ReportOf(ctx, "schedule", began, err, slog.String("part", "schedule"))
		if err != nil {
			_ = bot.Sleep(ctx, retryWait(tries)) // the loop checks ctx
			tries++

			continue
		}
		tries = 0
		r.q.sleep(ctx, sleep)
	}
}

// moveDue moves one batch and returns the time until the next item is due, at most maxSleep.
func (q *Queue) moveDue(ctx context.Context) (time.Duration, error) {
	names := []string{q.keys.clock, q.keys.delayed, q.keys.jobs, q.keys.stream}
	answer, err := q.clock.Run(ctx, q.rdb, q.scripts.moveDue, names, dueBatch)
	if err != nil {
		return maxSleep, err
	}
	next := answer.Numbers[1]
	if next < 0 {
		return maxSleep, nil
	}

	return min(time.Duration(next)*time.Millisecond, maxSleep), nil
}

// sleep waits for d, until wake is called, or until ctx is done.
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

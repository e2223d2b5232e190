package queue

import (
	"context"
	"log/slog"
	"time"

	"github.com/redis/go-redis/v9"
)

// settleBatch bounds what one round of settling writes.
const settleBatch = 128

// writeTime is how long one round of writing may take.
const writeTime = time.Second

// result is a decided job on its way to Redis.
type result struct {
	job     *job
	verdict verdict
	raw     string // the job as it was read, when it could not be decoded
}

// settle writes results until there are no more: one goroutine gathers what many workers decide. What cannot be
// written is tried again until ctx is done; all the moves may be sent twice.
func (s *runner) settle(ctx context.Context) {
	batch := make([]result, 0, settleBatch)
	for first := range s.results {
		batch = s.gather(append(batch[:0], first))
		for tries := 0; ; tries++ {
			began := time.Now()
			err := s.writeSoon(ctx, batch)
			if ctx.Err() != nil {
				return
			}
			s.out.ReportOf(ctx, "settle", began, err, slog.String("part", "settle"))
			if err == nil {
				break
			}
			if !pause(ctx, retryWait(tries)) {
				return
			}
		}
		jobs := make([]*job, len(batch))
		for i, r := range batch {
			jobs[i] = r.job
		}
		s.inflight.leave(jobs)
	}
}

// writeSoon does not wait long for an answer: it is tried again, and the end of the process waits for it.
func (s *runner) writeSoon(ctx context.Context, batch []result) error {
	ctx, cancel := context.WithTimeout(ctx, writeTime)
	defer cancel()

	return s.write(ctx, batch)
}

func (s *runner) gather(batch []result) []result {
	for len(batch) < settleBatch {
		select {
		case r, ok := <-s.results:
			if !ok {
				return batch
			}
			batch = append(batch, r)
		default:
			return batch
		}
	}

	return batch
}

// write carries the verdicts out: what is done in one transaction, what runs again in one script, what is given up
// in another.
func (s *runner) write(ctx context.Context, batch []result) error {
	q := s.q
	var done []string
	again, dead := []any{group}, []any{group, q.cfg.DeadCap}
	for _, r := range batch {
		switch r.verdict.outcome {
		case Done:
			done = append(done, r.job.entry)
		case GivenUp:
			dead = append(dead, r.job.entry, r.encoded(), clip(r.verdict.reason))
		case Retry, Postponed, GivenBack:
			again = append(again, r.job.entry, wait(r.verdict.at), r.encoded())
		}
	}
	if q.cfg.Secure != nil {
		if err := q.cfg.Secure(ctx); err != nil {
			return err
		}
	}
	if err := q.forget(ctx, done); err != nil {
		return err
	}
	if len(again) > 1 {
		names := []string{q.keys.count, q.keys.stream, q.keys.delayed, q.keys.jobs}
		if _, err := q.clock.Run(ctx, q.rdb, q.scripts.again, names, again...); err != nil {
			return err
		}
		q.wake()
	}
	if len(dead) > 2 {
		return q.scripts.deadLetter.Run(ctx, q.rdb, []string{q.keys.stream, q.keys.dead}, dead...).Err()
	}

	return nil
}

// forget takes done entries out of hand and out of the stream in one go: an entry that was only acknowledged would
// stay in the stream for ever.
func (q *Queue) forget(ctx context.Context, entries []string) error {
	if len(entries) == 0 {
		return nil
	}
	_, err := q.rdb.TxPipelined(ctx, func(p redis.Pipeliner) error {
		p.XAck(ctx, q.keys.stream, group, entries...)
		p.XDel(ctx, q.keys.stream, entries...)

		return nil
	})

	return err
}

// encoded is the job as it goes on. What was decoded can be encoded, but for an entry that never was a job.
func (r result) encoded() string {
	j := r.job
	job, err := encode(j.Item, r.verdict.fails, r.verdict.again, j.Enqueued)
	if err != nil {
		return r.raw
	}

	return job
}

// clip keeps a reason short enough to list.
func clip(reason string) string {
	const most = 1024
	if len(reason) <= most {
		return reason
	}

	return reason[:most] + "..."
}

// retryWait is the wait after so many failed tries to reach Redis.
func retryWait(tries int) time.Duration {
	return min(50*time.Millisecond<<min(tries, 5), time.Second)
}

// pause waits and reports true, or false when ctx ended the wait.
func pause(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

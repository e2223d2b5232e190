package queue

import (
	"context"
	"log/slog"
	"time"

	"github.com/redis/go-redis/v9"

	"recallbot/bot"
)

const (
	// resultBatch is the maximum of results in one write.
	resultBatch = 128
	// writeTimeout is for one write: a failed one is tried again, and a shutdown waits for it.
	writeTimeout = time.Second
	// maxReason is how many characters of an error a dead letter keeps.
	maxReason = 1024
)

// result is an outcome that is to be written to Redis.
type result struct {
	item     *inflightItem
	decision decision
	raw      string // the entry as it was read, if it could not be decoded
}

// writeResults writes results, in batches, until their channel is closed. A failed write is repeated until ctx is done; every
// write may be done twice.
func (r *runner) writeResults(ctx context.Context) {
	batch := make([]result, 0, resultBatch)
	for first := range r.results {
		batch = r.gather(append(batch[:0], first))
		for tries := 0; ; tries++ {
			began := time.Now()
			err := r.write(ctx, batch)
			if ctx.Err() != nil {
				return
			}
			r.outage.ReportOf(ctx, "results", began, err, slog.String("part", "results"))
			if err == nil {
				break
			}
			if bot.Sleep(ctx, retryWait(tries)) != nil {
				return
			}
		}
		items := make([]*inflightItem, len(batch))
		for i, res := range batch {
			items[i] = res.item
		}
		r.inflight.acknowledged(items)
	}
}

// gather adds the results that are ready now.
func (r *runner) gather(batch []result) []result {
	for len(batch) < resultBatch {
		select {
		case res, ok := <-r.results:
			if !ok {
				return batch
			}
			batch = append(batch, res)
		default:
			return batch
		}
	}

	return batch
}

// write acknowledges what is done, queues again what is to run again, and moves what is given up to the dead letters.
func (r *runner) write(ctx context.Context, batch []result) error {
	ctx, cancel := context.WithTimeout(ctx, writeTimeout)
	defer cancel()
	q := r.q
	var done []string
	requeue, dead := []any{group}, []any{group, q.cfg.DeadCap}
	for _, res := range batch {
		switch res.decision.outcome {
		case Done:
			done = append(done, res.item.entry)
		case GivenUp:
			dead = append(dead, res.item.entry, res.encoded(), bot.Abbreviate(res.decision.reason, maxReason))
		case Retry, Postponed, GivenBack:
			requeue = append(requeue, res.item.entry, wait(res.decision.at), res.encoded())
		}
	}
	if q.cfg.BeforeAck != nil {
		if err := q.cfg.BeforeAck(ctx); err != nil {
			return err
		}
	}
	if err := q.ack(ctx, done); err != nil {
		return err
	}
	if len(requeue) > 1 {
		names := []string{q.keys.clock, q.keys.stream, q.keys.delayed, q.keys.jobs}
		if _, err := q.clock.Run(ctx, q.rdb, q.scripts.requeue, names, requeue...); err != nil {
			return err
		}
		q.wake()
	}
	if len(dead) > 2 {
		return q.scripts.deadLetter.Run(ctx, q.rdb, []string{q.keys.stream, q.keys.dead}, dead...).Err()
	}

	return nil
}

// ack acknowledges and deletes entries in one transaction: an entry that is only acknowledged stays in the stream.
func (q *Queue) ack(ctx context.Context, entries []string) error {
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

// encoded is the item for its next place in Redis. Only an entry that could not be decoded can't be encoded: it stays as it was.
func (r result) encoded() string {
	it := r.item
	job, err := encode(it.Item, r.decision.fails, r.decision.redelivered, it.Enqueued)
	if err != nil {
		return r.raw
	}

	return job
}

// retryWait is the wait after that many failed calls of Redis.
func retryWait(tries int) time.Duration {
	return min(50*time.Millisecond<<min(tries, 5), time.Second)
}

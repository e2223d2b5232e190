package queue

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/redis/go-redis/v9"

	"recallbot/bot"
)

const (
	// maxBlock bounds a blocking read, which go-redis does not interrupt: a shutdown waits for it.
	maxBlock = 1500 * time.Millisecond
	// blockSlack is how much longer than requested a blocking read may take; go-redis itself would wait ten seconds.
	blockSlack = time.Second
	// fetchBatch is the maximum of entries in one read, so that replicas share a burst.
	fetchBatch = 64
)

// fetchAll reads new entries while there is room, until ctx is done. Calls of Redis and handlers get the context work.
func (r *runner) fetchAll(ctx, work context.Context) {
	for tries := 0; ctx.Err() == nil; {
		room := min(r.inflight.room(), fetchBatch)
		if room <= 0 {
			select {
			case <-r.inflight.freed:
			case <-ctx.Done():
			}

			continue
		}
		began := time.Now()
		msgs, err := r.read(work, room)
		r.outage.ReportOf(ctx, "fetch", began, err, slog.String("part", "fetch"))
		if err != nil {
			_ = bot.Sleep(ctx, retryWait(tries)) // the loop checks ctx
			tries++

			continue
		}
		tries = 0
		r.accept(work, msgs, false)
	}
}

// read waits for new entries. It creates the consumer group again if Redis has lost it.
func (r *runner) read(ctx context.Context, room int) ([]redis.XMessage, error) {
	// Redis blocks until a time of its clock: longer, if the clock is set back meanwhile.
	ctx, cancel := context.WithTimeout(ctx, maxBlock+blockSlack)
	defer cancel()
	streams, err := r.q.rdb.XReadGroup(ctx, &redis.XReadGroupArgs{
		Group: group, Consumer: r.q.cfg.Consumer, Streams: []string{r.q.keys.stream, ">"}, Count: int64(room), Block: maxBlock,
	}).Result()
	switch {
	case errors.Is(err, redis.Nil):
		return nil, nil
	case redis.HasErrorPrefix(err, "NOGROUP"), redis.HasErrorPrefix(err, "UNBLOCKED"):
		return nil, r.q.createGroup(ctx)
	case err != nil || len(streams) == 0:
		return nil, err
	default:
		return streams[0].Messages, nil
	}
}

// createGroup creates the stream and its group, which starts at the first entry.
func (q *Queue) createGroup(ctx context.Context) error {
	err := q.rdb.XGroupCreateMkStream(ctx, q.keys.stream, group, "0").Err()
	if redis.HasErrorPrefix(err, "BUSYGROUP") {
		return nil
	}

	return err
}

// accept registers messages as in flight and starts workers for them. Undecodable ones become dead letters.
func (r *runner) accept(ctx context.Context, msgs []redis.XMessage, claimed bool) {
	now := time.Now()
	for _, m := range msgs {
		raw := text(m, field)
		d, err := decode(raw, m.ID)
		if err != nil {
			r.reject(ctx, m, raw, err)

			continue
		}
		it := &inflightItem{Delivery: d, entry: m.ID, renewed: now}
		it.Redelivered = it.Redelivered || claimed
		switch admission, at := r.inflight.add(it); admission {
		case refused:
			r.giveBack([]*inflightItem{it})
		case deferred:
			r.results <- result{item: it, decision: decision{
				outcome: Postponed, fails: d.Attempt - 1, redelivered: it.Redelivered, at: at,
			}}
		case admitted, duplicate:
		}
	}
	r.spawn(ctx)
}

func (r *runner) reject(ctx context.Context, m redis.XMessage, raw string, cause error) {
	if raw == "" {
		raw = fmt.Sprint(m.Values)
	}
	it := &inflightItem{entry: m.ID, renewed: time.Now(), decided: true}
	if !r.inflight.addDecided(it) {
		return
	}
	r.q.cfg.Logger.LogAttrs(ctx, slog.LevelError, "entry given up",
		slog.String("entry", m.ID), slog.Any("error", cause))
	r.results <- result{item: it, raw: raw, decision: decision{outcome: GivenUp, reason: cause.Error()}}
}

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
	maxBlock = time.Second
	// blockSlack is how much longer than requested a blocking read may take; go-redis itself would wait ten seconds.
	blockSlack = time.Second
	// fetchBatch is the maximum of entries in one read, so that replicas share a burst.
	fetchBatch = 64
)

// fetchAll takes entries while there is room, until ctx is done. It claims the entries of dead workers when that is due and reads
// new ones in between, in one loop, so that a blocking read never holds room that a claim needs. Calls of Redis and handlers get
// the context work.
func (r *runner) fetchAll(ctx, work context.Context) {
	c := claims{every: min(r.q.cfg.Lease/4, time.Second), cursor: "0-0"}
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
		msgs, claimed, err := r.fetch(work, &c, room)
		r.outage.ReportOf(ctx, "fetch", began, err, slog.String("part", "fetch"))
		if err != nil {
			_ = bot.Sleep(ctx, retryWait(tries)) // the loop checks ctx
			tries++

			continue
		}
		tries = 0
		r.accept(work, msgs, claimed)
	}
}

// claims is the state of claiming.
type claims struct {
	every  time.Duration
	next   time.Time // when the next pass is due
	cursor string    // how far this pass is, for XAUTOCLAIM

	// redisTime is the last time of Redis, in microseconds, which it had between asked and answered; 0 before the first.
	redisTime       int64
	asked, answered time.Time
}

// fetch claims if that is due, else it reads until it is due; claimed is true for the first. It creates the consumer group again if Redis
// has lost it.
func (r *runner) fetch(ctx context.Context, c *claims, room int) (msgs []redis.XMessage, claimed bool, err error) {
	claimed = !time.Now().Before(c.next)
	if claimed {
		msgs, err = r.claim(ctx, c, room)
	} else {
		msgs, err = r.read(ctx, time.Until(c.next), room)
	}
	if redis.HasErrorPrefix(err, "NOGROUP") || redis.HasErrorPrefix(err, "UNBLOCKED") {
		return nil, claimed, r.q.createGroup(ctx)
	}

	return msgs, claimed, err
}

func (r *runner) claim(ctx context.Context, c *claims, room int) ([]redis.XMessage, error) {
	if ok, err := r.checkClock(ctx, c); err != nil || !ok {
		return nil, err
	}
	msgs, cursor, err := r.q.rdb.XAutoClaim(ctx, &redis.XAutoClaimArgs{
		Stream: r.q.keys.stream, Group: group, Consumer: r.q.cfg.Consumer,
		MinIdle: r.q.cfg.Lease, Start: c.cursor, Count: int64(room),
	}).Result()
	if err != nil {
		return nil, err
	}
	c.cursor = cursor
	if cursor == "0-0" {
		c.next = time.Now().Add(c.every)
	}

	return msgs, nil
}

// checkClock reports whether the idle times of pending entries can be trusted. After a forward step of Redis's clock they can't
// until all workers have renewed their leases. After a backward step, and at the first call, leases that lie in the future
// restart now.
func (r *runner) checkClock(ctx context.Context, c *claims) (bool, error) {
	first := c.redisTime == 0
	asked := time.Now()
	now, err := r.q.redisTime(ctx, first)
	if err != nil {
		return false, err
	}
	answered := time.Now()
	earliest := c.redisTime + asked.Sub(c.answered).Microseconds()
	latest := c.redisTime + answered.Sub(c.asked).Microseconds()
	tolerance := (r.q.cfg.Lease / 4).Microseconds()
	c.redisTime, c.asked, c.answered = now, asked, answered
	switch {
	case !first && now > latest+tolerance:
		c.next = answered.Add(r.q.cfg.Lease / 2)

		return false, nil
	case !first && now < earliest-tolerance:
		_, err = r.q.redisTime(ctx, true)
	}

	return err == nil, err
}

// redisTime is Redis's time in microseconds. If restart is set, leases that lie in the future restart now.
func (q *Queue) redisTime(ctx context.Context, restart bool) (int64, error) {
	return q.scripts.redisTime.Run(ctx, q.rdb, []string{q.keys.stream}, group, restart).Int64()
}

func (r *runner) read(ctx context.Context, block time.Duration, room int) ([]redis.XMessage, error) {
	block = max(time.Millisecond, min(block, maxBlock)) // less than a millisecond would be sent as 0, which is without end
	// Redis blocks until a time of its clock: longer, if the clock is set back meanwhile.
	ctx, cancel := context.WithTimeout(ctx, block+blockSlack)
	defer cancel()
	streams, err := r.q.rdb.XReadGroup(ctx, &redis.XReadGroupArgs{
		Group: group, Consumer: r.q.cfg.Consumer, Streams: []string{r.q.keys.stream, ">"}, Count: int64(room), Block: block,
	}).Result()
	if errors.Is(err, redis.Nil) {
		return nil, nil
	}
	if err != nil || len(streams) == 0 {
		return nil, err
	}

	return streams[0].Messages, nil
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

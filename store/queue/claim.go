package queue

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

const (
	// maxBlock bounds a blocking read, which go-redis does not break off: a shutdown waits for it.
	maxBlock = time.Second
	// lateAnswer is how much longer than asked a blocking read may take; go-redis itself would wait for ten seconds.
	lateAnswer = time.Second
	// takeBatch bounds what one read takes, so that a burst is shared among the replicas.
	takeBatch = 64
)

// take fills the hand until ctx is done: it claims what dead workers left when that is due and reads new entries
// in between. Both in one loop, for a reader that waits holds no room that a claim would need. Redis is spoken to,
// and handlers run, with the work context.
func (s *runner) take(ctx, work context.Context) {
	claims := claims{every: min(s.q.cfg.Lease/4, time.Second), cursor: "0-0"}
	for tries := 0; ctx.Err() == nil; {
		room := min(s.inflight.room(), takeBatch)
		if room <= 0 {
			select {
			case <-s.inflight.freed:
			case <-ctx.Done():
			}

			continue
		}
		began := time.Now()
		msgs, claimed, err := s.fetch(work, &claims, room)
		s.out.ReportOf(ctx, "take", began, err, slog.String("part", "take"))
		if err != nil {
			pause(ctx, retryWait(tries))
			tries++

			continue
		}
		tries = 0
		s.accept(work, msgs, claimed)
	}
}

// claims is where claiming stands: when the next pass is due, how far this one has come, and what Redis's clock told last,
// at a time of ours between asked and answered.
type claims struct {
	every  time.Duration
	next   time.Time
	cursor string

	told            int64
	asked, answered time.Time
}

// fetch claims when that is due, else reads until it is due, and says which it did. A group that is gone, because
// Redis came back empty, is made anew.
func (s *runner) fetch(ctx context.Context, c *claims, room int) (msgs []redis.XMessage, claimed bool, err error) {
	claimed = !time.Now().Before(c.next)
	if claimed {
		msgs, err = s.claim(ctx, c, room)
	} else {
		msgs, err = s.read(ctx, time.Until(c.next), room)
	}
	if redis.HasErrorPrefix(err, "NOGROUP") || redis.HasErrorPrefix(err, "UNBLOCKED") {
		return nil, claimed, s.q.found(ctx)
	}

	return msgs, claimed, err
}

func (s *runner) claim(ctx context.Context, c *claims, room int) ([]redis.XMessage, error) {
	if sure, err := s.look(ctx, c); err != nil || !sure {
		return nil, err
	}
	msgs, cursor, err := s.q.rdb.XAutoClaim(ctx, &redis.XAutoClaimArgs{
		Stream: s.q.keys.stream, Group: group, Consumer: s.q.cfg.Consumer,
		MinIdle: s.q.cfg.Lease, Start: c.cursor, Count: int64(room),
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

// look reports whether the age of leases can be trusted. After a step ahead of Redis's clock it can't before all workers
// have renewed theirs; after a step back those that seem to lie ahead begin now. Who has just started does that, too.
func (s *runner) look(ctx context.Context, c *claims) (bool, error) {
	asked := time.Now()
	told, err := s.q.time(ctx, c.told == 0)
	if err != nil {
		return false, err
	}
	answered := time.Now()
	least := c.told + asked.Sub(c.answered).Microseconds()
	most := c.told + answered.Sub(c.asked).Microseconds()
	slack, known := (s.q.cfg.Lease / 4).Microseconds(), c.told != 0
	c.told, c.asked, c.answered = told, asked, answered
	switch {
	case known && told > most+slack:
		c.next = answered.Add(s.q.cfg.Lease / 2)

		return false, nil
	case known && told < least-slack:
		_, err = s.q.time(ctx, true)
	}

	return err == nil, err
}

// time is Redis's time in microseconds. Where begin is set, leases that lie ahead of it begin now.
func (q *Queue) time(ctx context.Context, begin bool) (int64, error) {
	return q.scripts.look.Run(ctx, q.rdb, []string{q.keys.stream}, group, begin).Int64()
}

func (s *runner) read(ctx context.Context, block time.Duration, room int) ([]redis.XMessage, error) {
	block = max(time.Millisecond, min(block, maxBlock)) // below a millisecond is sent as 0: for ever
	// Redis blocks until a time of its clock: longer, when that is set back meanwhile.
	ctx, cancel := context.WithTimeout(ctx, block+lateAnswer)
	defer cancel()
	streams, err := s.q.rdb.XReadGroup(ctx, &redis.XReadGroupArgs{
		Group: group, Consumer: s.q.cfg.Consumer, Streams: []string{s.q.keys.stream, ">"}, Count: int64(room), Block: block,
	}).Result()
	if errors.Is(err, redis.Nil) {
		return nil, nil
	}
	if err != nil || len(streams) == 0 {
		return nil, err
	}

	return streams[0].Messages, nil
}

// found makes the stream and its group, which sees what was put before.
func (q *Queue) found(ctx context.Context) error {
	err := q.rdb.XGroupCreateMkStream(ctx, q.keys.stream, group, "0").Err()
	if redis.HasErrorPrefix(err, "BUSYGROUP") {
		return nil
	}

	return err
}

// accept puts messages in hand and workers to them. What is no job goes to the dead letters: it must not stop the rest.
func (s *runner) accept(ctx context.Context, msgs []redis.XMessage, claimed bool) {
	now := time.Now()
	for _, m := range msgs {
		raw := text(m, field)
		d, err := decode(raw, m.ID)
		if err != nil {
			s.reject(ctx, m, raw, err)

			continue
		}
		j := &job{Delivery: d, entry: m.ID, held: now}
		j.Redelivered = j.Redelivered || claimed
		switch what, at := s.inflight.add(j); what {
		case refused:
			s.giveBack([]*job{j})
		case deferred:
			s.results <- result{job: j, verdict: verdict{outcome: Postponed, fails: d.Attempt - 1, again: j.Redelivered, at: at}}
		case admitted, known:
		}
	}
	s.spawn(ctx)
}

func (s *runner) reject(ctx context.Context, m redis.XMessage, raw string, cause error) {
	if raw == "" {
		raw = fmt.Sprint(m.Values)
	}
	j := &job{entry: m.ID, held: time.Now(), settled: true}
	if !s.inflight.keep(j) {
		return
	}
	s.q.cfg.Logger.LogAttrs(ctx, slog.LevelError, "entry given up",
		slog.String("entry", m.ID), slog.Any("error", cause))
	s.results <- result{job: j, raw: raw, verdict: verdict{outcome: GivenUp, reason: cause.Error()}}
}

// heartbeat renews the leases of all jobs in hand each quarter of a lease, until ctx is done.
func (s *runner) heartbeat(ctx context.Context) {
	for pause(ctx, s.q.cfg.Lease/4) {
		entries := s.inflight.entries()
		if len(entries) == 0 {
			continue
		}
		at := time.Now()
		_, err := s.q.rdb.XClaimJustID(ctx, &redis.XClaimArgs{
			Stream: s.q.keys.stream, Group: group, Consumer: s.q.cfg.Consumer, Messages: entries,
		}).Result()
		if redis.HasErrorPrefix(err, "NOGROUP") {
			err = nil // nothing is pending; the taker makes the group
		}
		if ctx.Err() != nil {
			return
		}
		s.out.ReportOf(ctx, "beat", at, err, slog.String("part", "beat"))
		if err == nil {
			s.inflight.renewed(entries, at)
		}
	}
}

// maintain deletes consumers that are gone and tells the observer how deep the queue is, once per lease.
func (s *runner) maintain(ctx context.Context) {
	cfg := &s.q.cfg
	idle := max(12*cfg.Lease, 3*maxBlock)
	for pause(ctx, cfg.Lease) {
		began := time.Now()
		err := s.sweep(ctx, idle, "")
		if err == nil && cfg.Observer != nil {
			var st Stats
			if st, err = s.q.Stats(ctx); err == nil {
				cfg.Observer.Depth(st)
			}
		}
		if ctx.Err() != nil {
			return
		}
		s.out.ReportOf(ctx, "tend", began, err, slog.String("part", "tend"))
	}
}

// resign deletes this consumer, unless something is still pending with it. Failing is no harm: another worker will.
func (s *runner) resign(ctx context.Context) {
	if err := s.sweep(ctx, 0, s.q.cfg.Consumer); err != nil {
		s.q.cfg.Logger.LogAttrs(ctx, slog.LevelWarn, "consumer not deleted", slog.Any("error", err))
	}
}

func (s *runner) sweep(ctx context.Context, idle time.Duration, consumer string) error {
	q := s.q
	err := q.scripts.sweep.Run(ctx, q.rdb, []string{q.keys.stream}, group, idle.Milliseconds(), consumer).Err()
	if err != nil && (strings.Contains(err.Error(), "NOGROUP") || strings.Contains(err.Error(), "no such key")) {
		return nil
	}

	return err
}

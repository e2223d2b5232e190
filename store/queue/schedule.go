package queue

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/redis/go-redis/v9"

	"recallbot/bot"
)

const (
	// dueBatch is the maximum of items that one script moves: Redis does nothing else meanwhile.
	dueBatch = 128
	// maxSleep bounds how late this process sees an item that another one has put.
	maxSleep = time.Second
)

// schedule moves due items to the stream, and takes over the items of dead workers, until ctx is done. It sleeps until the next item
// is due, until this process puts one, or until leases are to be checked. All replicas do this. Handlers get the context work.
func (r *runner) schedule(ctx, work context.Context) {
	w := watch{lease: r.q.cfg.Lease}
	for tries := 0; ctx.Err() == nil; {
		began := time.Now()
		sleep, err := r.tick(ctx, work, &w)
		if ctx.Err() != nil {
			return
		}
		r.outage.ReportOf(ctx, "schedule", began, err, slog.String("part", "schedule"))
		if err != nil {
			w.failed(time.Now())
			_ = bot.Sleep(ctx, retryWait(tries)) // the loop checks ctx
			tries++

			continue
		}
		tries = 0
		r.q.sleep(ctx, sleep)
	}
}

// tick moves a batch of due items, and claims entries if leases have ended. It returns the wait until the next tick.
func (r *runner) tick(ctx, work context.Context, w *watch) (time.Duration, error) {
	asked := time.Now()
	s, err := r.q.check(ctx, r.q.cfg.Lease)
	if err != nil {
		return 0, err
	}
	if ahead := w.saw(asked, time.Now(), s.redisTime); ahead {
		if err := r.q.restartLeases(ctx); err != nil {
			return 0, err
		}
	}
	r.reportDepth(s.stats)
	now := time.Now()
	wait := min(s.due, w.wait(now, s.others))
	if !s.overdue || !w.mayJudge(now) {
		return wait, nil
	}
	more, err := r.claim(work, w)
	if more {
		wait = 0
	}

	return wait, err
}

// state is what a tick finds in Redis.
type state struct {
	redisTime int64         // in microseconds
	due       time.Duration // until the next item is due; maxSleep if there is none
	others    bool          // other workers have items
	overdue   bool          // an item's lease has ended
	stats     Stats
}

// check moves one batch of due items.
func (q *Queue) check(ctx context.Context, lease time.Duration) (state, error) {
	names := []string{q.keys.clock, q.keys.delayed, q.keys.jobs, q.keys.stream, q.keys.dead}
	answer, err := q.clock.Run(ctx, q.rdb, q.scripts.tick, names, dueBatch, group, q.cfg.Consumer, lease.Milliseconds())
	if err != nil {
		return state{}, err
	}
	n := answer.Numbers
	if len(n) != 10 {
		return state{}, fmt.Errorf("check queue %s: %d figures", q.cfg.Name, len(n))
	}
	s := state{redisTime: n[1], due: maxSleep, others: n[3] > 0, overdue: n[4] > 0, stats: statsOf(n[5:])}
	if n[2] >= 0 {
		s.due = min(time.Duration(n[2])*time.Millisecond, maxSleep)
	}

	return s, nil
}

// reportDepth calls Observer.Depth about once per lease.
func (r *runner) reportDepth(s Stats) {
	if r.q.cfg.Observer != nil && time.Since(r.reported) >= r.q.cfg.Lease {
		r.reported = time.Now()
		r.q.cfg.Observer.Depth(s)
	}
}

// restartLeases lets the leases that lie in the future begin now.
func (q *Queue) restartLeases(ctx context.Context) error {
	return q.scripts.restartLeases.Run(ctx, q.rdb, []string{q.keys.stream}, group).Err()
}

// claim takes over entries whose leases have ended, and reports whether there may be more.
func (r *runner) claim(ctx context.Context, w *watch) (more bool, err error) {
	room := min(r.inflight.room(), fetchBatch)
	if room <= 0 {
		return false, nil
	}
	cfg := &r.q.cfg
	earliest, latest := w.expects(time.Now())
	entries, err := r.q.scripts.claim.Run(ctx, r.q.rdb, []string{r.q.keys.stream},
		group, cfg.Consumer, cfg.Lease.Milliseconds(), room, earliest, latest).Slice()
	if err != nil {
		return false, err
	}
	msgs := messagesOf(entries)
	r.accept(ctx, msgs, true)

	return len(msgs) == room, nil
}

// messagesOf reads entries that a script returned: id and fields with values.
func messagesOf(entries []any) []redis.XMessage {
	var msgs []redis.XMessage
	for _, e := range entries {
		pair, ok := e.([]any)
		if !ok || len(pair) < 2 {
			continue
		}
		id, _ := pair[0].(string)
		fields, _ := pair[1].([]any)
		values := map[string]any{}
		for i := 0; i+1 < len(fields); i += 2 {
			if name, ok := fields[i].(string); ok {
				values[name] = fields[i+1]
			}
		}
		msgs = append(msgs, redis.XMessage{ID: id, Values: values})
	}

	return msgs
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

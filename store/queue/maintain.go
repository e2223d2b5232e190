package queue

import (
	"context"
	"log/slog"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"recallbot/bot"
)

// heartbeat renews the leases of all items in flight each quarter of a lease, until ctx is done.
func (r *runner) heartbeat(ctx context.Context) {
	for bot.Sleep(ctx, r.q.cfg.Lease/4) == nil {
		entries := r.inflight.entries()
		if len(entries) == 0 {
			continue
		}
		at := time.Now()
		_, err := r.q.rdb.XClaimJustID(ctx, &redis.XClaimArgs{
			Stream: r.q.keys.stream, Group: group, Consumer: r.q.cfg.Consumer, Messages: entries,
		}).Result()
		if redis.HasErrorPrefix(err, "NOGROUP") {
			err = nil // nothing is pending; fetch creates the group
		}
		if ctx.Err() != nil {
			return
		}
		r.outage.ReportOf(ctx, "heartbeat", at, err, slog.String("part", "heartbeat"))
		if err == nil {
			r.inflight.leasesRenewed(entries, at)
		}
	}
}

// maintain deletes the consumers of dead workers, until ctx is done.
func (r *runner) maintain(ctx context.Context) {
	idle := max(12*r.q.cfg.Lease, 3*maxBlock)
	for bot.Sleep(ctx, idle) == nil {
		began := time.Now()
		err := r.deleteConsumers(ctx, idle, "")
		if ctx.Err() != nil {
			return
		}
		r.outage.ReportOf(ctx, "maintain", began, err, slog.String("part", "maintain"))
	}
}

// deleteOwnConsumer deletes the consumer of this process unless it has pending entries. If that fails, another worker deletes it.
func (r *runner) deleteOwnConsumer(ctx context.Context) {
	if err := r.deleteConsumers(ctx, 0, r.q.cfg.Consumer); err != nil {
		r.q.cfg.Logger.LogAttrs(ctx, slog.LevelWarn, "consumer not deleted", slog.Any("error", err))
	}
}

// deleteConsumers deletes consumers without pending entries: the named one, or all that were idle for that long.
func (r *runner) deleteConsumers(ctx context.Context, idle time.Duration, consumer string) error {
	q := r.q
	err := q.scripts.deleteConsumers.Run(ctx, q.rdb, []string{q.keys.stream}, group, idle.Milliseconds(), consumer).Err()
	if err != nil && (strings.Contains(err.Error(), "NOGROUP") || strings.Contains(err.Error(), "no such key")) {
		return nil
	}

	return err
}

// Package queue keeps work on Redis Streams until it is done: at least once, taken over from a dead worker,
// run again later, given up to the dead letters. It knows nothing of what it carries.
//
// An item is durable from the moment Put returns. It lives in one place at a time: the stream (waiting or in
// hand), the delayed set (again later) or the dead letters; every move between them is one script, so that a
// kill at any point neither loses nor doubles it. Handlers run at least once and must be idempotent.
//
// Redis 7 or newer, a Redis Cluster, or miniredis. The stream is never trimmed: set maxmemory-policy noeviction.
package queue

import (
	"context"
	"time"

	"github.com/redis/go-redis/v9"

	"recallbot/store/redisclock"
)

// Item is a piece of work as its owner sees it.
type Item struct {
	ID      string // the caller's id, an event id for instance; required, valid UTF-8
	Key     string // fairness key, a chat id for instance; empty belongs to no key and is bounded by none
	Owner   string // who shares the workers with others, a team for instance; empty is whose they are
	Kind    string // what it is, for the handler and the metrics
	Payload []byte // opaque
	Trace   string // opaque: what the item is part of, for whoever follows it
}

// Delivery is an Item handed to a Handler.
type Delivery struct {
	Item

	Attempt     int       // 1-based; counts real failures only, not takeovers, postponements or shutdowns
	Redelivered bool      // an earlier run may have acted
	Enqueued    time.Time // when it was put, or first fell due, by the clock of Redis
}

// Handler does the work of one delivery. Its error is the outcome: nil is done, RetryAt and Permanent say so
// themselves, everything else is tried again with backoff until Config.MaxAttempts. A panic counts as an error.
// The context ends when the queue shuts down and Config.Grace is over.
type Handler func(ctx context.Context, d Delivery) error

// Queue puts, runs and lists the items of one name. It is safe for concurrent use.
type Queue struct {
	rdb     redis.UniversalClient
	cfg     Config
	keys    keys
	scripts scripts
	clock   *redisclock.Clock
	wakeup  chan struct{} // tells the scheduler of this process that something earlier may be due
}

// New returns the queue called cfg.Name, with defaults for all that is zero. It does not speak to Redis.
// Call cfg.Validate first: New does not check.
func New(rdb redis.UniversalClient, cfg Config) *Queue {
	cfg = cfg.withDefaults()
	if cfg.Puts == nil {
		cfg.Puts = rdb
	}
	clock := redisclock.New()
	clock.Sleeps = true

	return &Queue{
		rdb:     rdb,
		cfg:     cfg,
		keys:    keysOf(cfg.Name),
		scripts: newScripts(),
		clock:   clock,
		wakeup:  make(chan struct{}, 1),
	}
}

// Run hands items to the handler until ctx is done. Then it takes no more, gives back what has not begun, lets
// running handlers finish for Config.Grace, cancels the rest and gives them back too, so that another replica has
// them at once. It returns nil, or an error when handlers ignored the cancellation and were left behind.
// Redis being away is no reason to return: Run waits for it.
func (q *Queue) Run(ctx context.Context, h Handler) error {
	return newRunner(q, h).run(ctx)
}

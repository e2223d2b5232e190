// Package queue is a durable work queue on Redis Streams: at-least-once delivery, takeover from dead workers, retries with
// backoff, delayed items, and dead letters. Payloads are opaque.
//
// An item is durable when Put returns. It is in one place at a time: the stream (waiting or in flight), the delayed set, or the
// dead letters. Each move between them is one script, so that a kill at any point neither loses nor doubles it. Handlers
// must be idempotent.
//
// It needs Redis 7 or newer, a Redis Cluster, or miniredis, with maxmemory-policy noeviction: the stream is never trimmed.
package queue

import (
	"context"
	"time"

	"github.com/redis/go-redis/v9"

	"recallbot/store/redisclock"
)

// Item is a unit of work.
type Item struct {
	ID      string // the caller's id, for example an event id; required, valid UTF-8
	Key     string // what the limits per key apply to, for example a chat id; empty for no limit
	Owner   string // what the limits per owner apply to, for example a team; empty for no limit
	Kind    string // for the handler and the metrics
	Payload []byte // opaque
	Trace   string // opaque, for tracing
}

// Delivery is an Item as a Handler gets it.
type Delivery struct {
	Item

	Attempt     int       // 1 and the failures before; takeovers, postponements and shutdowns don't count
	Redelivered bool      // an earlier run may have acted
	Enqueued    time.Time // when it was put, or became due, by the clock of Redis
}

// Handler handles one delivery. Its error decides the outcome: nil is Done, RetryAt is Postponed, Permanent is GivenUp; after
// any other error or a panic it is Retry with backoff, and GivenUp after Config.MaxAttempts. The context is cancelled at
// shutdown, after Config.Grace.
type Handler func(ctx context.Context, d Delivery) error

// Queue is a queue in Redis. It is safe for concurrent use.
type Queue struct {
	rdb     redis.UniversalClient
	cfg     Config
	keys    keys
	scripts scripts
	clock   *redisclock.Clock
	wakeup  chan struct{} // ends the sleep of this process's scheduler
}

// New returns the queue named cfg.Name. It does not call Redis, nor cfg.Validate.
func New(rdb redis.UniversalClient, cfg Config) *Queue {
	cfg = cfg.withDefaults()
	if cfg.Puts == nil {
		cfg.Puts = rdb
	}
	clock := redisclock.New()
	clock.CountSuspend = true

	return &Queue{
		rdb:     rdb,
		cfg:     cfg,
		keys:    keysOf(cfg.Name),
		scripts: newScripts(),
		clock:   clock,
		wakeup:  make(chan struct{}, 1),
	}
}

// Run calls the handler for items until ctx is done. Then it takes no more, gives back items that have not begun, waits
// Config.Grace for running handlers, cancels the others and gives their items back, so that another replica gets them
// immediately. It returns an error if handlers ignored the cancellation. While Redis is unreachable, Run waits.
func (q *Queue) Run(ctx context.Context, h Handler) error {
	return newRunner(q, h).run(ctx)
}

package queue

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

// Config configures a queue. Zero fields take the default in brackets.
type Config struct {
	Name     string // the queue's name and the hash tag of all its keys; required, without braces
	Consumer string // name of this process in the consumer group, unique [host name and a random part]

	// These limits hold for this process. An item over a limit in flight is postponed.
	Workers       int // handlers that run at the same time [64]
	PerKey        int // handlers of one Item.Key at the same time [4]
	KeyInFlight   int // items of one key in flight, at least PerKey [16]
	InFlight      int // items in flight: taken and not acknowledged [256]
	PerOwner      int // handlers of one Item.Owner at the same time [Workers]
	OwnerInFlight int // items of one owner in flight [a quarter of InFlight]
	Reserved      int // workers reserved for items without an owner [0]

	Lease       time.Duration // time without a heartbeat after which another worker takes an item; renewed each quarter [1s]
	Grace       time.Duration // time for running handlers at shutdown [8s]
	MaxAttempts int           // failures after which an item is given up [8]
	BackoffBase time.Duration // wait after the first failure, doubled after each further one [500ms]
	BackoffCap  time.Duration // longest wait after a failure [1m]
	Remember    time.Duration // how long Put remembers dedupe ids [12h]
	DeadCap     int64         // maximum of dead letters; the oldest are deleted [10000]

	Puts     redis.Scripter // runs the scripts of Put and PutAt: an AutoPipeliner batches them across callers [rdb]
	Logger   *slog.Logger   // [none]
	Observer Observer       // [none]

	// BeforeAck must succeed before items are acknowledged, so that the writes of their handlers are on the replicas. [none]
	BeforeAck func(context.Context) error
}

// Observer receives what the workers of this process do. Its methods are called concurrently and must not block.
type Observer interface {
	// Started is called when a handler begins; age is the time since Delivery.Enqueued.
	Started(kind string, age time.Duration)
	// Finished is called when a handler has ended and its outcome is known.
	Finished(kind string, outcome Outcome, took time.Duration)
	// Depth is called about once per Config.Lease with the state of the whole queue.
	Depth(s Stats)
}

// Validate returns all faults joined, or nil. Zero fields are valid.
func (c Config) Validate() error {
	var wrong []error
	if c.Name == "" || strings.ContainsAny(c.Name, "{}") {
		wrong = append(wrong, fmt.Errorf("queue name %q: want a name without braces", c.Name))
	}
	for _, f := range []struct {
		name string
		n    int64
	}{
		{"workers", int64(c.Workers)},
		{"per_key", int64(c.PerKey)},
		{"key_in_flight", int64(c.KeyInFlight)},
		{"in_flight", int64(c.InFlight)},
		{"per_owner", int64(c.PerOwner)},
		{"owner_in_flight", int64(c.OwnerInFlight)},
		{"reserved", int64(c.Reserved)},
		{"max_attempts", int64(c.MaxAttempts)},
		{"dead_cap", c.DeadCap},
	} {
		if f.n < 0 {
			wrong = append(wrong, fmt.Errorf("queue %s is %d: want a positive number", f.name, f.n))
		}
	}
	for _, f := range []struct {
		name string
		d    time.Duration
	}{
		{"lease", c.Lease},
		{"grace", c.Grace},
		{"backoff_base", c.BackoffBase},
		{"backoff_cap", c.BackoffCap},
		{"remember", c.Remember},
	} {
		if f.d != 0 && f.d < time.Millisecond {
			wrong = append(wrong, fmt.Errorf("queue %s is %s: want at least 1ms", f.name, f.d))
		}
	}

	return errors.Join(wrong...)
}

func (c Config) withDefaults() Config {
	c.Workers = or(c.Workers, 64)
	c.PerKey = or(c.PerKey, 4)
	c.KeyInFlight = max(or(c.KeyInFlight, 16), c.PerKey)
	c.InFlight = or(c.InFlight, 256)
	c.PerOwner = or(c.PerOwner, c.Workers)
	c.OwnerInFlight = or(c.OwnerInFlight, max(1, c.InFlight/4))
	c.Lease = or(c.Lease, time.Second)
	c.Grace = or(c.Grace, 8*time.Second)
	c.MaxAttempts = or(c.MaxAttempts, 8)
	c.BackoffBase = or(c.BackoffBase, 500*time.Millisecond)
	c.BackoffCap = or(c.BackoffCap, time.Minute)
	c.Remember = or(c.Remember, 12*time.Hour)
	c.DeadCap = or(c.DeadCap, 10_000)
	if c.Consumer == "" {
		c.Consumer = consumerName()
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	c.Logger = c.Logger.With("queue", c.Name)

	return c
}

func or[T int | int64 | time.Duration](v, fallback T) T {
	if v <= 0 {
		return fallback
	}

	return v
}

// consumerName differs in each process: a restarted worker must not take over the pending entries of its predecessor by name.
func consumerName() string {
	host, err := os.Hostname()
	if err != nil {
		host = "worker"
	}

	return host + "-" + rand.Text()[:8]
}

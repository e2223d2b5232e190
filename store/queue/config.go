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

// Config says how a queue works. Zero fields take the default in brackets.
type Config struct {
	Name     string // names the queue and is the hash tag of all its keys; required, without braces
	Consumer string // this worker among the others, unique [host name and a random part]

	Workers   int // handlers at once in this process [64]
	PerKey    int // handlers of one Item.Key at once in this process [4]
	KeyInHand int // items of one key running or waiting in this process, at least PerKey; the rest is put off [16]
	InHand    int // items taken and not settled in this process [256]

	PerOwner    int // handlers of one Item.Owner at once in this process [Workers]
	OwnerInHand int // items of one owner taken and not settled in this process; the rest is put off [a quarter of InHand]
	Spare       int // workers that only items without an owner get [0]

	Lease       time.Duration // how long a dead worker keeps its items; renewed each quarter [5s]
	Grace       time.Duration // how long running handlers may finish at shutdown [8s]
	MaxAttempts int           // failures until the dead letters [8]
	BackoffBase time.Duration // wait after the first failure, doubled after each further one [500ms]
	BackoffCap  time.Duration // longest wait after a failure [1m]
	Remember    time.Duration // how long Put remembers what it has seen [12h]
	DeadCap     int64         // dead letters kept, the oldest go first [10000]

	Puts     redis.Scripter // runs the scripts of Put and PutAt: an AutoPipeliner batches them across callers [rdb]
	Logger   *slog.Logger   // [none]
	Observer Observer       // [none]

	// Secure must succeed before items are taken away: then what their handlers wrote is safe. [nothing]
	Secure func(context.Context) error
}

// Observer is told what the workers of this process do. Its methods are called from many goroutines and must
// return at once.
type Observer interface {
	// Started is called when a handler begins; age is the time since Delivery.Enqueued.
	Started(kind string, age time.Duration)
	// Finished is called when a handler has ended and its outcome is known.
	Finished(kind string, outcome Outcome, took time.Duration)
	// Depth is called about once per Config.Lease with the state of the whole queue.
	Depth(s Stats)
}

// Validate reports everything that is wrong, at once. Zero fields are right: they take their default.
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
		{"key_in_hand", int64(c.KeyInHand)},
		{"in_hand", int64(c.InHand)},
		{"per_owner", int64(c.PerOwner)},
		{"owner_in_hand", int64(c.OwnerInHand)},
		{"spare", int64(c.Spare)},
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
	c.KeyInHand = max(or(c.KeyInHand, 16), c.PerKey)
	c.InHand = or(c.InHand, 256)
	c.PerOwner = or(c.PerOwner, c.Workers)
	c.OwnerInHand = or(c.OwnerInHand, max(1, c.InHand/4))
	c.Lease = or(c.Lease, 5*time.Second)
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

func or[T int | int64 | time.Duration](v, otherwise T) T {
	if v <= 0 {
		return otherwise
	}

	return v
}

// consumerName is new in each process: a worker that comes back after a crash must not pass for its own successor.
func consumerName() string {
	host, err := os.Hostname()
	if err != nil {
		host = "worker"
	}

	return host + "-" + rand.Text()[:8]
}

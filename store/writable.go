package store

import (
	"context"
	"errors"
	"strings"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"recallbot/bot"
)

// Why Redis can't be used; /readyz and the doctor show these names.
const (
	causeAway      = "away"
	causeFull      = "full"
	causeReadOnly  = "read_only"
	causeDisk      = "disk"
	causeForbidden = "forbidden"
	causeCommand   = "command"
	causePassword  = "password"
	causeLoading   = "loading"
	causeReplicas  = "replicas"
	causeVersion   = "version"
)

// unusable is an error of Redis with its cause.
type unusable struct {
	cause string
	// about are the commands or the version; may be empty.
	about string
	err   error
}

func (u *unusable) Error() string { return u.err.Error() }
func (u *unusable) Unwrap() error { return u.err }

// Cause returns why Redis can't be used, in one word.
func (u *unusable) Cause() string { return u.cause }

// causeOf returns the cause of an error.
func causeOf(err error) string {
	if known, ok := errors.AsType[*unusable](err); ok {
		return known.cause
	}
	if fault := bot.CertificateFault(err); fault != "" {
		return "tls_" + fault
	}
	if errors.Is(err, errTooFewReplicas) {
		return causeReplicas
	}
	answer, ok := errors.AsType[redis.Error](err)
	if !ok {
		return causeAway
	}
	text := answer.Error()
	word, _, _ := strings.Cut(text, " ")
	cause := map[string]string{
		"OOM": causeFull, "READONLY": causeReadOnly, "MISCONF": causeDisk, "NOPERM": causeForbidden, "NOAUTH": causePassword,
		"WRONGPASS": causePassword, "LOADING": causeLoading, "MASTERDOWN": causeLoading, "CLUSTERDOWN": causeLoading, "BUSY": causeLoading,
		"TRYAGAIN": causeLoading, "NOREPLICAS": causeReplicas,
	}[word]
	switch {
	case cause != "":
		return cause
	case strings.Contains(text, "ACL failure"), strings.Contains(text, ": NOPERM"): // of a script; of a transaction
		return causeForbidden
	case strings.HasPrefix(text, "ERR unknown command"), strings.HasPrefix(text, "ERR unknown subcommand"),
		strings.Contains(text, "Unknown Redis command called from script"):
		return causeCommand
	default:
		return causeAway
	}
}

// probeEvery is how long the result of a test write is cached.
const probeEvery = time.Second

// probe is the result of the last test write.
type probe struct {
	// lock is the lock on the test write.
	lock chan struct{}

	mu  sync.Mutex
	at  time.Time
	err error
}

func newProbe() probe { return probe{lock: make(chan struct{}, 1)} }

func (p *probe) last() (err error, fresh bool) { //nolint:revive // the error is the value
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.err, !p.at.IsZero() && time.Since(p.at) < probeEvery
}

func (p *probe) set(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.at, p.err = time.Now(), err
}

// Writable returns an error, with its Cause, if events can't be stored now. Each master must know the needed commands and accept a
// small write, with WaitReplicas like an event. The result is cached for probeEvery.
func (s *Store) Writable(ctx context.Context) error {
	if s.Embedded() {
		return nil
	}
	if err, fresh := s.probe.last(); fresh {
		return err
	}
	select {
	case s.probe.lock <- struct{}{}:
		defer func() { <-s.probe.lock }()
	case <-ctx.Done():
		return &unusable{causeAway, "", failed(ctx.Err(), "write to Redis")}
	}
	if err, fresh := s.probe.last(); fresh {
		return err
	}
	err := s.tryWrite(ctx)
	if !errors.Is(err, context.Canceled) { // the caller did not wait
		s.probe.set(err)
	}
	return err
}

func (s *Store) tryWrite(ctx context.Context) error {
	err := s.eachMaster(ctx, func(node redis.UniversalClient, key string) error {
		if err := s.checkCommands(ctx, node, key); err != nil {
			return err
		}
		return failed(s.Durable().Eval(ctx, testWriteLua, []string{key}, s.waitReplicas, testWriteTTL.Milliseconds()).Err(), "write to Redis")
	})
	if err == nil {
		return nil
	}
	return &unusable{causeOf(err), "", err}
}

// testWriteLua writes a key. KEYS: the key. ARGV: a value, TTL in milliseconds. Returns OK.
const testWriteLua = `return redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])`

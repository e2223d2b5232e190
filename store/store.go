// Package store keeps everything but the queues in Redis. Without an address it runs the same code on a server inside the
// process. Its errors are *bot.Error: Unavailable if Redis can't be used now, Internal if the command or the data is wrong.
package store

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"

	"recallbot/bot"
)

// Timeouts of calls of Redis: an event must be answered within three seconds.
const (
	dialTimeout = 500 * time.Millisecond
	ioTimeout   = time.Second
	// embeddedTimeout is for the embedded server, which is never away, only late on a busy machine.
	embeddedTimeout = 10 * time.Second
	// poolSize is enough for 64 workers that wait for Redis at the same time, and for the events.
	poolSize = 80
	// maxQueued is the maximum of commands that wait for a slow Redis: those of about 3,500 messages.
	maxQueued = 8192
)

// Store is an open connection to Redis, which the other types of this package share.
type Store struct {
	client redis.UniversalClient
	// batch sends the commands of concurrent callers in one round trip. It is marked experimental, so go.mod pins the version.
	batch        *redis.AutoPipeliner
	embedded     *embedded
	source       *copier // only set by OpenCopy
	waitReplicas int
	probe        probe
	cfg          Config
	log          *slog.Logger
	chain        chan chainEnd
}

// Open connects and checks that the server answers, is version 7 or newer, and allows the needed commands. Both configurations
// must be valid. The caller must call Close.
func Open(ctx context.Context, at RedisConfig, cfg Config, log *slog.Logger) (*Store, error) {
	s := &Store{cfg: cfg, log: log, waitReplicas: at.WaitReplicas, probe: newProbe(), chain: newChain(cfg.Sealer())}
	redis.SetLogger(clientLog{log})
	opts, err := s.address(at)
	if err != nil {
		return nil, err
	}
	timeout := ioTimeout
	if s.Embedded() {
		timeout = embeddedTimeout
	}
	s.client = redis.NewUniversalClient(tune(opts, timeout))
	s.batch, err = s.client.AsyncAutoPipelineWithOptions(&redis.AutoPipelineOptions{MaxQueuedCommands: maxQueued})
	if err != nil {
		return nil, errors.Join(bot.Errorf(bot.Internal, "open Redis: %w", err), s.Close())
	}
	if err := s.check(ctx); err != nil {
		return nil, errors.Join(&OpenError{err}, s.Close())
	}
	return s, nil
}

// OpenError is returned by Open where Redis can't be reached or used. Fault describes it.
type OpenError struct{ Err error }

// Error is the text of Err.
func (e *OpenError) Error() string { return e.Err.Error() }

// Unwrap returns Err.
func (e *OpenError) Unwrap() error { return e.Err }

// address returns the connection options. It starts the embedded server if no address is configured.
func (s *Store) address(at RedisConfig) (*redis.UniversalOptions, error) {
	if at.URL != "" {
		opts, err := at.options()
		if err != nil {
			return nil, bot.Errorf(bot.Invalid, "%w", err)
		}
		return opts, nil
	}
	server, password, err := startEmbedded()
	if err != nil {
		return nil, bot.Errorf(bot.Internal, "open Redis: %w", err)
	}
	s.embedded = server
	return &redis.UniversalOptions{Addrs: []string{server.server.Addr()}, Password: password}, nil
}

func tune(opts *redis.UniversalOptions, timeout time.Duration) *redis.UniversalOptions {
	opts.DialTimeout = dialTimeout
	opts.DialerRetries = 1
	opts.ReadTimeout = timeout
	opts.WriteTimeout = timeout
	opts.PoolTimeout = timeout
	opts.PoolSize = poolSize
	opts.MaxRetries = 1
	opts.ContextTimeoutEnabled = true
	opts.DisableIdentity = true
	// RESP3 is not needed, and costs a check of every reply for push messages.
	opts.Protocol = 2
	// A feature of hosted Redis; other servers answer it with an error on each new connection.
	opts.MaintNotificationsConfig = &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
	return opts
}

// Client is the connection, for the queues.
//
//nolint:ireturn // go-redis's clients for one server, Sentinel and Cluster share this interface
func (s *Store) Client() redis.UniversalClient { return s.client }

// Embedded reports whether the data is only in this process's memory.
func (s *Store) Embedded() bool { return s.embedded != nil }

// Ready returns an Unavailable error if Redis does not accept commands now, for example while it loads its file.
func (s *Store) Ready(ctx context.Context) error {
	return failed(s.client.Ping(ctx).Err(), "ping Redis")
}

// Close sends what is queued, closes the connections and stops the embedded server.
func (s *Store) Close() error {
	var errs []error
	if s.batch != nil {
		errs = append(errs, s.batch.Close())
	}
	if s.client != nil {
		errs = append(errs, s.client.Close())
	}
	if s.source != nil {
		errs = append(errs, s.source.close())
	}
	if s.embedded != nil {
		s.embedded.close()
	}
	return failed(errors.Join(errs...), "close Redis")
}

// clientLog is go-redis's logger, of which there is one in the process. It logs at debug level, because errors are also
// returned.
type clientLog struct{ log *slog.Logger }

// Printf implements the logger interface of go-redis.
func (l clientLog) Printf(ctx context.Context, format string, args ...any) {
	if l.log.Enabled(ctx, slog.LevelDebug) {
		l.log.DebugContext(ctx, "redis client", "text", fmt.Sprintf(format, args...))
	}
}

// Package store keeps in Redis everything but the queue: the index of messages, the roles cache, the audit, the
// shared rate limit, and what must happen once. Without an address it runs the same code against a server inside the
// process. Every error that leaves it is a *bot.Error: Unavailable when Redis does not answer, Internal when the
// fault is ours.
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

// How we speak to Redis. An event must be answered within three seconds, and better refused quickly than kept waiting.
const (
	dialTimeout = 500 * time.Millisecond
	ioTimeout   = time.Second
	// poolSize lets 64 workers each wait on Redis at the same time, and leaves some to the events.
	poolSize = 80
	// maxQueued bounds the commands that wait for a slow Redis; at four commands a message, about 2,000 messages.
	maxQueued = 8192
)

// Store is an open connection to Redis, from which the parts of this package are made.
type Store struct {
	client   redis.UniversalClient
	batch    batcher
	embedded *embedded
	source   *copier // nil but in a copy
	copies   int
	probe    probe
	cfg      Config
	log      *slog.Logger
	chain    chan chainEnd
}

// batcher is what we use of go-redis's AsyncAutoPipeline, which is marked experimental: commands of concurrent callers
// travel together, one round trip for all. go.mod pins the version.
type batcher interface {
	Submit(ctx context.Context, cmd redis.Cmder) redis.AutoFuture
	Close() error
}

// Open connects and checks the server: it must answer, and be version 7 or newer. Both configurations must be valid.
// Close releases everything.
func Open(ctx context.Context, at RedisConfig, cfg Config, log *slog.Logger) (*Store, error) {
	s := &Store{cfg: cfg, log: log, copies: at.WaitReplicas, probe: newProbe(), chain: newChain(cfg.Sealer())}
	redis.SetLogger(clientLog{log})
	opts, err := s.address(at)
	if err != nil {
		return nil, err
	}
	s.client = redis.NewUniversalClient(tune(opts))
	s.batch, err = s.client.AsyncAutoPipelineWithOptions(&redis.AutoPipelineOptions{MaxQueuedCommands: maxQueued})
	if err != nil {
		return nil, errors.Join(bot.Errorf(bot.Internal, "open Redis: %w", err), s.Close())
	}
	if err := s.check(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// address gives the connection options, and starts the embedded server where no address is configured.
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

func tune(opts *redis.UniversalOptions) *redis.UniversalOptions {
	opts.DialTimeout = dialTimeout
	opts.DialerRetries = 1
	opts.ReadTimeout = ioTimeout
	opts.WriteTimeout = ioTimeout
	opts.PoolTimeout = ioTimeout
	opts.PoolSize = poolSize
	opts.MaxRetries = 1
	opts.ContextTimeoutEnabled = true
	opts.DisableIdentity = true
	// Nothing of ours needs RESP3, and with it every reply is looked at for pushes first.
	opts.Protocol = 2
	// A feature of hosted Redis that every other server answers with an error on each new connection.
	opts.MaintNotificationsConfig = &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
	return opts
}

// Client is the connection, for the queue.
//
//nolint:ireturn // go-redis's clients differ by deployment and share only this
func (s *Store) Client() redis.UniversalClient { return s.client }

// Embedded reports whether everything is kept in this process's memory only.
func (s *Store) Embedded() bool { return s.embedded != nil }

// Ready reports whether Redis takes commands now: nil, or an Unavailable error. A Redis that is still loading its file
// is not ready.
func (s *Store) Ready(ctx context.Context) error {
	return failed(s.client.Ping(ctx).Err(), "ping Redis")
}

// Close ends the connections, after what is on its way has been sent, and the embedded server.
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

// clientLog takes what go-redis would write to stderr. The client has one such place for the whole process. What matters
// of it comes back as errors too.
type clientLog struct{ log *slog.Logger }

// Printf logs one line of the client's.
func (l clientLog) Printf(ctx context.Context, format string, args ...any) {
	if l.log.Enabled(ctx, slog.LevelDebug) {
		l.log.DebugContext(ctx, "redis client", "text", fmt.Sprintf(format, args...))
	}
}

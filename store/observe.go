package store

import (
	"context"
	"net"
	"time"

	"github.com/redis/go-redis/v9"
)

// Observe sets a function that is called after every round trip to Redis with the command's name, or "pipeline", and the duration.
// Call it once, before the store is used. Blocking reads of the queues are left out.
func (s *Store) Observe(observe func(op string, d time.Duration)) {
	s.client.AddHook(observer(observe))
}

type observer func(op string, d time.Duration)

// DialHook implements redis.Hook.
func (observer) DialHook(next redis.DialHook) redis.DialHook {
	return func(ctx context.Context, network, addr string) (net.Conn, error) { return next(ctx, network, addr) }
}

// ProcessHook measures one command.
func (w observer) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		if cmd.Name() == "xreadgroup" {
			return next(ctx, cmd)
		}
		began := time.Now()
		err := next(ctx, cmd)
		w(cmd.Name(), time.Since(began))
		return err
	}
}

// ProcessPipelineHook measures a whole pipeline.
func (w observer) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []redis.Cmder) error {
		began := time.Now()
		err := next(ctx, cmds)
		w("pipeline", time.Since(began))
		return err
	}
}

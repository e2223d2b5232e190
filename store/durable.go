package store

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"
)

const (
	// waitTimeout is the timeout of WAIT.
	waitTimeout = 500 * time.Millisecond
	// testWriteTTL is the TTL of a key that is written for a test.
	testWriteTTL = time.Minute
	// masterProbes is the number of keys that are tried to find one on each master of a cluster.
	masterProbes = 512
)

// errTooFewReplicas: the master has the write, but a failover may lose it.
var errTooFewReplicas = errors.New("too few replicas of Redis have the write")

// Durable runs scripts whose writes must survive a failover: it returns when the configured number of replicas has them. WAIT is
// sent after the script on the same connection, so that both reach the same server. A script must always write
// something, because WAIT waits only for writes.
//
//nolint:ireturn // without replicas it is the client itself
func (s *Store) Durable() redis.Scripter {
	if s.waitReplicas == 0 {
		return s.client
	}
	return durable{s.client, s.waitReplicas}
}

// WaitReplicas returns when the replicas of every master of a cluster have all writes of this process. With a single master it does
// nothing: a later write is never kept without the earlier ones.
func (s *Store) WaitReplicas(ctx context.Context) error {
	if _, several := s.client.(*redis.ClusterClient); s.waitReplicas == 0 || !several {
		return nil
	}
	return s.eachMaster(ctx, func(_ redis.UniversalClient, key string) error {
		err := durable{s.client, s.waitReplicas}.writeAndWait(ctx, key, func(p redis.Pipeliner) redis.Cmder {
			return p.Set(ctx, key, strconv.Itoa(s.waitReplicas), testWriteTTL)
		})
		return failed(err, "wait for the replicas of the master of "+key)
	})
}

// eachMaster calls do for each master, with a key that it holds.
func (s *Store) eachMaster(ctx context.Context, do func(node redis.UniversalClient, key string) error) error {
	cluster, several := s.client.(*redis.ClusterClient)
	if !several {
		return do(s.client, keyTestWrite(0))
	}
	done := map[string]bool{}
	for i := range masterProbes {
		key := keyTestWrite(i)
		node, err := cluster.MasterForKey(ctx, key)
		if err != nil {
			return failed(err, "find the master of "+key)
		}
		addr := node.Options().Addr
		if done[addr] {
			continue
		}
		done[addr] = true
		if err := do(node, key); err != nil {
			return err
		}
	}
	return nil
}

type durable struct {
	redis.UniversalClient

	replicas int
}

// Eval implements redis.Scripter.
func (d durable) Eval(ctx context.Context, script string, keys []string, args ...any) *redis.Cmd {
	return d.script(ctx, keys, func(p redis.Pipeliner) *redis.Cmd { return p.Eval(ctx, script, keys, args...) })
}

// EvalSha implements redis.Scripter.
func (d durable) EvalSha(ctx context.Context, sha string, keys []string, args ...any) *redis.Cmd {
	return d.script(ctx, keys, func(p redis.Pipeliner) *redis.Cmd { return p.EvalSha(ctx, sha, keys, args...) })
}

func (d durable) script(ctx context.Context, keys []string, run func(redis.Pipeliner) *redis.Cmd) *redis.Cmd {
	cmd := redis.NewCmd(ctx)
	err := d.writeAndWait(ctx, keys[0], func(p redis.Pipeliner) redis.Cmder {
		cmd = run(p)
		return cmd
	})
	if err != nil {
		cmd.SetErr(err)
	}
	return cmd
}

// writeAndWait writes to the master of the key and waits until enough replicas have the write.
func (d durable) writeAndWait(ctx context.Context, key string, write func(redis.Pipeliner) redis.Cmder) error {
	node := d.UniversalClient
	cluster, several := node.(*redis.ClusterClient)
	if several {
		master, err := cluster.MasterForKey(ctx, key)
		if err != nil {
			return err
		}
		node = master
	}
	var written redis.Cmder
	var replicas *redis.Cmd
	_, err := node.Pipelined(ctx, func(p redis.Pipeliner) error {
		written = write(p)
		replicas = p.Do(ctx, "WAIT", d.replicas, waitTimeout.Milliseconds())
		return nil
	})
	if err != nil && several {
		cluster.ReloadState(ctx) // the server may have become a replica
	}
	if err := written.Err(); err != nil {
		return err // unwrapped: the caller handles NOSCRIPT
	}
	if err != nil {
		return err
	}
	if n, _ := replicas.Int(); n < d.replicas {
		return fmt.Errorf("%w: %d of %d", errTooFewReplicas, n, d.replicas)
	}
	return nil
}

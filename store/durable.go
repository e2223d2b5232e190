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
	// copyTime is how long the replicas of Redis may take to say that they have something.
	copyTime = 500 * time.Millisecond
	// markLife is how long a mark stays that was written to be waited for.
	markLife = time.Minute
	// spread is how many names are tried to find one on each master of a cluster: far more than there are masters.
	spread = 512
)

// errFewCopies: the write stands, and may be lost with its server.
var errFewCopies = errors.New("too few replicas of Redis have it yet")

// Durable runs the scripts whose writes must outlive the server that answered them: as many replicas as configured have
// them before there is a result. The wait travels behind the script on the same connection, so that both reach the same
// server. A script that is run again, and finds its work done, has to write something all the same, or nothing is waited
// for.
//
//nolint:ireturn // without replicas it is the client itself
func (s *Store) Durable() redis.Scripter {
	if s.copies == 0 {
		return s.client
	}
	return durable{s.client, s.copies}
}

// WaitReplicas returns when the replicas have all that this process wrote before, on every master of a cluster. Behind a single
// master there is nothing to wait for: what was written later is never kept without what was written before.
func (s *Store) WaitReplicas(ctx context.Context) error {
	if _, several := s.client.(*redis.ClusterClient); s.copies == 0 || !several {
		return nil
	}
	return s.eachMaster(ctx, func(_ redis.UniversalClient, mark string) error {
		err := durable{s.client, s.copies}.wait(ctx, mark, func(p redis.Pipeliner) redis.Cmder {
			return p.Set(ctx, mark, strconv.Itoa(s.copies), markLife)
		})
		return failed(err, "wait for the replicas of the master of "+mark)
	})
}

// eachMaster does something with each master, and with the name of a mark that it holds.
func (s *Store) eachMaster(ctx context.Context, do func(node redis.UniversalClient, mark string) error) error {
	cluster, several := s.client.(*redis.ClusterClient)
	if !several {
		return do(s.client, keyMark(0))
	}
	done := map[string]bool{}
	for i := range spread {
		mark := keyMark(i)
		node, err := cluster.MasterForKey(ctx, mark)
		if err != nil {
			return failed(err, "find the master of "+mark)
		}
		addr := node.Options().Addr
		if done[addr] {
			continue
		}
		done[addr] = true
		if err := do(node, mark); err != nil {
			return err
		}
	}
	return nil
}

type durable struct {
	redis.UniversalClient

	copies int
}

// Eval runs a script by its text.
func (d durable) Eval(ctx context.Context, script string, keys []string, args ...any) *redis.Cmd {
	return d.script(ctx, keys, func(p redis.Pipeliner) *redis.Cmd { return p.Eval(ctx, script, keys, args...) })
}

// EvalSha runs a script by its hash.
func (d durable) EvalSha(ctx context.Context, sha string, keys []string, args ...any) *redis.Cmd {
	return d.script(ctx, keys, func(p redis.Pipeliner) *redis.Cmd { return p.EvalSha(ctx, sha, keys, args...) })
}

func (d durable) script(ctx context.Context, keys []string, run func(redis.Pipeliner) *redis.Cmd) *redis.Cmd {
	cmd := redis.NewCmd(ctx)
	err := d.wait(ctx, keys[0], func(p redis.Pipeliner) redis.Cmder {
		cmd = run(p)
		return cmd
	})
	if err != nil {
		cmd.SetErr(err)
	}
	return cmd
}

// wait writes to the master of the key and waits until enough replicas have it.
func (d durable) wait(ctx context.Context, key string, write func(redis.Pipeliner) redis.Cmder) error {
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
	var copies *redis.Cmd
	_, err := node.Pipelined(ctx, func(p redis.Pipeliner) error {
		written = write(p)
		copies = p.Do(ctx, "WAIT", d.copies, copyTime.Milliseconds())
		return nil
	})
	if err != nil && several {
		cluster.ReloadState(ctx) // the server may be no master any more
	}
	if err := written.Err(); err != nil {
		return err // NOSCRIPT as it is: the caller knows what to do
	}
	if err != nil {
		return err
	}
	if n, _ := copies.Int(); n < d.copies {
		return fmt.Errorf("%w: %d of %d", errFewCopies, n, d.copies)
	}
	return nil
}

package store

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/redis/go-redis/v9"

	"recallbot/bot"
)

// neededCommands returns the commands that this package and the queue use, each as it could be sent for the key K. A test compares them
// with the code.
func neededCommands() []string {
	return strings.Split(`DEL K
DISCARD
EVAL return 1 K
EVALSHA 0 1 K
EXEC
EXISTS K
EXPIRE K 1
GET K
GETDEL K
GETEX K
HDEL K f
HEXISTS K f
HGET K f
HGETALL K
HINCRBY K f 1
HKEYS K
HLEN K
HMGET K f
HSCAN K 0
HSET K f v
HSETNX K f v
HVALS K
INCR K
INCRBY K 1
LINDEX K 0
LLEN K
LPOS K v
LPUSH K v
LRANGE K 0 1
LREM K 0 v
LSET K 0 v
LTRIM K 0 1
MGET K
MULTI
PEXPIRE K 1
PEXPIREAT K 1
PING
PTTL K
RPUSH K v
SADD K m
SCAN 0
SCARD K
SET K v
SMEMBERS K
SMISMEMBER K m
SREM K m
TIME
WAIT 0 1
WATCH K
XACK K g 0-1
XADD K * f v
XAUTOCLAIM K g c 0 0
XCLAIM K g c 0 0-1
XDEL K 0-1
XGROUP CREATE K g 0
XINFO CONSUMERS K g
XLEN K
XPENDING K g
XRANGE K - +
XREADGROUP GROUP g c STREAMS K >
XREVRANGE K + -
ZADD K 1 m
ZCARD K
ZCOUNT K 0 1
ZMSCORE K m
ZRANGE K 0 1
ZRANGEBYSCORE K 0 1
ZREM K m
ZREMRANGEBYRANK K 0 1
ZREMRANGEBYSCORE K 0 1
ZREVRANGE K 0 1
ZREVRANGEBYSCORE K 1 0
ZSCORE K m`, "\n")
}

// checkCommands returns an Invalid error that names the commands that the server does not know, or that our user may not use. It runs
// none of them: the server checks a command when it is queued in a transaction, and the transaction is discarded.
func (s *Store) checkCommands(ctx context.Context, node redis.UniversalClient, key string) error {
	const op = "check the commands of Redis"
	for _, name := range []string{"DISCARD", "EXEC", "MULTI"} { // without these, all others would run
		asked, _ := node.Pipelined(ctx, func(p redis.Pipeliner) error { return errors.Join(p.Do(ctx, name).Err(), p.Do(ctx, "DISCARD").Err()) })
		err := asked[0].Err()
		if err == nil || strings.Contains(err.Error(), "without MULTI") {
			continue
		}
		return cmp.Or(unusableCommands(map[string]error{name: err}), failed(err, op))
	}
	asked, err := node.Pipelined(ctx, func(p redis.Pipeliner) error {
		p.Do(ctx, commandArgs("WATCH K", key)...) // not allowed within a transaction; DISCARD ends it
		p.Do(ctx, "MULTI")
		for _, line := range neededCommands() {
			if name, _, _ := strings.Cut(line, " "); s.inTransaction(name) {
				p.Do(ctx, commandArgs(line, key)...)
			}
		}
		p.Do(ctx, "DISCARD")
		return nil
	})
	answers := map[string]error{}
	for _, cmd := range asked {
		if cmd.Err() != nil {
			answers[strings.ToUpper(cmd.Name())] = cmd.Err()
		}
	}
	if refused := unusableCommands(answers); refused != nil {
		return refused
	}
	if _, answered := errors.AsType[redis.Error](err); answered {
		return nil // other errors are temporary, and appear when writing
	}
	return failed(err, op)
}

// inTransaction reports whether a command is queued in the transaction.
func (s *Store) inTransaction(name string) bool {
	switch name {
	case "MULTI", "EXEC", "DISCARD", "WATCH":
		return false
	case "WAIT":
		return s.waitReplicas > 0
	default:
		return true
	}
}

// unusableCommands returns the error for unknown and forbidden commands; nil if there are none.
func unusableCommands(answers map[string]error) error {
	names, causes := []string{}, map[string]bool{}
	for name, err := range answers {
		cause := causeOf(err)
		if cause != causeCommand && cause != causeForbidden {
			continue
		}
		if causes[cause] = true; strings.Contains(err.Error(), " key") {
			name = "~*" // the ACL rule for all keys
		}
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	list := strings.Join(names, ", ")
	switch {
	case causes[causeCommand]:
		return &bot.Error{Kind: bot.Invalid, Op: "redis.url", Err: &unusable{causeCommand, list, errors.New("the server does not know " + list)}}
	case causes[causeForbidden]:
		return &bot.Error{Kind: bot.Invalid, Op: "redis.url", Err: &unusable{causeForbidden, list, errors.New("the user may not use " + list)}}
	default:
		return nil
	}
}

// commandArgs splits a command and replaces K by the key.
func commandArgs(line, key string) []any {
	var all []any
	for word := range strings.FieldsSeq(line) {
		if word == "K" {
			word = key
		}
		all = append(all, word)
	}
	return all
}

package store

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"recallbot/bot"
)

// maxCopiedEntries is the maximum of entries that are copied of a stream, the newest.
const maxCopiedEntries = 1000

// uncopied returns the prefixes of keys that are not copied: dedupe keys, so that everything can be tried again, the rate limit, and
// the queues.
func uncopied(queues []string) []string {
	prefixes := []string{"o:", "{audit}:k:", "{s}:w:", "{l:"}
	for _, name := range queues {
		prefixes = append(prefixes, "{"+name+"}:")
	}
	return prefixes
}

// OpenCopy opens a store on an embedded server, to which each key is copied from the Redis before its first use. Writes never
// reach that Redis. The named queues start empty. Without an address everything starts empty.
func OpenCopy(ctx context.Context, at RedisConfig, cfg Config, log *slog.Logger, queues []string) (*Store, error) {
	s, err := Open(ctx, RedisConfig{}, cfg, log)
	if err != nil || at.URL == "" {
		return s, err
	}
	opts, err := at.options()
	if err != nil {
		return nil, errors.Join(bot.Errorf(bot.Invalid, "%w", err), s.Close())
	}
	c := &copier{from: redis.NewUniversalClient(tune(opts, ioTimeout)), done: map[string]bool{}, uncopied: uncopied(queues)}
	if err := c.from.Ping(ctx).Err(); err != nil {
		return nil, errors.Join(failed(err, "ping Redis"), c.from.Close(), s.Close())
	}
	embedded := s.client.(*redis.Client).Options() //nolint:forcetypeassert // the client of the embedded server is always one
	c.to = redis.NewClient(&redis.Options{Addr: embedded.Addr, Password: embedded.Password, Protocol: embedded.Protocol})
	s.client.AddHook(c)
	s.source = c
	return s, nil
}

// copier is a hook that copies the keys of each command before the command runs.
type copier struct {
	from redis.UniversalClient
	to   *redis.Client

	mu   sync.Mutex
	done map[string]bool

	uncopied []string // prefixes
}

func (c *copier) close() error { return errors.Join(c.to.Close(), c.from.Close()) }

// DialHook implements redis.Hook.
func (*copier) DialHook(next redis.DialHook) redis.DialHook {
	return func(ctx context.Context, network, addr string) (net.Conn, error) { return next(ctx, network, addr) }
}

// ProcessHook copies the keys of one command.
func (c *copier) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		if err := c.copyKeys(ctx, cmd); err != nil {
			cmd.SetErr(err)
			return err
		}
		return next(ctx, cmd)
	}
}

// ProcessPipelineHook copies the keys of all commands of a pipeline.
func (c *copier) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []redis.Cmder) error {
		for _, cmd := range cmds {
			if err := c.copyKeys(ctx, cmd); err != nil {
				return err
			}
		}
		return next(ctx, cmds)
	}
}

func (c *copier) copyKeys(ctx context.Context, cmd redis.Cmder) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, key := range keysOf(cmd) {
		skip := slices.ContainsFunc(c.uncopied, func(prefix string) bool { return strings.HasPrefix(key, prefix) })
		if skip || c.done[key] {
			continue
		}
		if err := c.copyKey(ctx, key); err != nil {
			return err
		}
		c.done[key] = true
	}
	return nil
}

// keysOf returns the keys of a command. For some commands it also returns other arguments, for which no key exists.
func keysOf(cmd redis.Cmder) []string {
	args := make([]string, len(cmd.Args()))
	for i, arg := range cmd.Args() {
		args[i], _ = arg.(string)
	}
	switch cmd.Name() {
	case "eval", "evalsha", "eval_ro", "evalsha_ro":
		const first = 3
		n := 0
		switch count := cmd.Args()[2].(type) {
		case int:
			n = count
		case string:
			n, _ = strconv.Atoi(count)
		}
		return args[first:min(first+n, len(args))]
	case "del", "exists", "mget", "unlink", "touch":
		return args[1:]
	default:
		if len(args) < 2 || args[1] == "" { //nolint:mnd // a name and a key
			return nil
		}
		return args[1:2]
	}
}

// copyKey copies a key of any type, with its TTL.
func (c *copier) copyKey(ctx context.Context, key string) error {
	kind, err := c.from.Type(ctx, key).Result()
	if err != nil || kind == "none" {
		return err
	}
	switch kind {
	case "string":
		err = copyValue(c.from.Get(ctx, key), func(v string) error { return c.to.Set(ctx, key, v, 0).Err() })
	case "hash":
		err = copyValue(c.from.HGetAll(ctx, key), func(v map[string]string) error { return c.to.HSet(ctx, key, v).Err() })
	case "set":
		err = copyValue(c.from.SMembers(ctx, key), func(v []string) error { return c.to.SAdd(ctx, key, v).Err() })
	case "list":
		err = copyValue(c.from.LRange(ctx, key, 0, -1), func(v []string) error { return c.to.RPush(ctx, key, v).Err() })
	case "zset":
		err = copyValue(c.from.ZRangeWithScores(ctx, key, 0, -1), func(v []redis.Z) error { return c.to.ZAdd(ctx, key, v...).Err() })
	case "stream":
		err = copyValue(c.from.XRevRangeN(ctx, key, "+", "-", maxCopiedEntries), func(v []redis.XMessage) error { return c.addAll(ctx, key, v) })
	}
	if err != nil {
		return err
	}
	return copyValue(c.from.PTTL(ctx, key), func(ttl time.Duration) error {
		if ttl <= 0 {
			return nil
		}
		return c.to.PExpire(ctx, key, ttl).Err()
	})
}

func (c *copier) addAll(ctx context.Context, key string, newestFirst []redis.XMessage) error {
	for _, m := range slices.Backward(newestFirst) {
		if err := c.to.XAdd(ctx, &redis.XAddArgs{Stream: key, ID: m.ID, Values: m.Values}).Err(); err != nil {
			return err
		}
	}
	return nil
}

// copyValue reads a value and writes it. A key that has expired meanwhile is skipped.
func copyValue[T any](read interface{ Result() (T, error) }, write func(T) error) error {
	v, err := read.Result()
	if errors.Is(err, redis.Nil) {
		return nil
	}
	if err != nil {
		return err
	}
	return write(v)
}

package store_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"recallbot/bot"
	"recallbot/store"
	"recallbot/test/redistest"
)

// TestIndexKilledAtEachWrite ends a process before each of its commands that change the index, also within a pipeline: Redis then has what
// was sent before. Another process repeats the call.
func TestIndexKilledAtEachWrite(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	for name, c := range map[string]indexKill{
		// The chat has one chunk, and its newest set becomes the second one, for which the first is dropped.
		"add, roll and drop": {full: 2*store.ChunkSize - 1, least: 117, call: (*killedChat).add, check: (*killedChat).wantRolled},
		"forget in a chunk":  {full: store.ChunkSize + 8, least: 3, call: (*killedChat).forget, check: (*killedChat).wantForgotten},
		"forget a new one":   {full: 3, least: 2, call: (*killedChat).forget, check: (*killedChat).wantForgotten},
		"drop a chat":        {full: store.ChunkSize + 8, least: 121, call: (*killedChat).drop, check: (*killedChat).wantDropped},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c.run(t, server.URL(), 0) // the server has the scripts afterwards
			writes := c.run(t, server.URL(), 0)
			if writes < c.least {
				t.Fatalf("the call has %d writes, want at least %d", writes, c.least)
			}
			t.Logf("%d writes", writes)
			for at := 1; at <= writes; at++ {
				if at > 8 && at < writes-4 && at%16 != 0 {
					continue // a pipeline that deletes a hundred entries
				}
				if c.run(t, server.URL(), at); t.Failed() {
					t.Fatalf("killed before write %d", at)
				}
			}
		})
	}
}

// indexKill is a call of the index with at least so many writes, for a chat with full messages.
type indexKill struct {
	full  int
	least int
	call  func(*killedChat, context.Context, *store.Index) error
	check func(*killedChat, *testing.T, *store.Store)
}

// killedChat is a chat and its messages, oldest first. The last one is not in the index yet, or is to be forgotten.
type killedChat struct {
	id       bot.ChatID
	messages []bot.Message
}

func (c *killedChat) last() bot.Message { return c.messages[len(c.messages)-1] }

func (c *killedChat) add(ctx context.Context, x *store.Index) error { return x.Add(ctx, c.last()) }

func (c *killedChat) forget(ctx context.Context, x *store.Index) error {
	return x.Forget(ctx, c.messages[0].ID)
}

func (c *killedChat) drop(ctx context.Context, x *store.Index) error { return x.DropChat(ctx, c.id) }

// run calls a process that is killed before a write, and then another one; 0 kills none. It returns the number of writes of the first one.
func (k indexKill) run(t *testing.T, url string, at int) int {
	t.Helper()
	cfg := config()
	cfg.IndexCap = store.ChunkSize
	before, killed, after := open(t, url, cfg), open(t, url, cfg), open(t, url, cfg)
	chat := &killedChat{id: newChat()}
	for i := range k.full + 1 {
		chat.messages = append(chat.messages, personMessage(chat.id, i))
	}
	ctx := t.Context()
	must(t, store.NewIndex(before).Add(ctx, chat.messages[:k.full]...))
	hook := &killHook{at: at}
	killed.Client().AddHook(hook)
	err := k.call(chat, ctx, store.NewIndex(killed))
	if at > 0 && err == nil {
		t.Errorf("the killed call had no error")
	}
	if at == 0 {
		must(t, err)
	}
	must(t, k.call(chat, ctx, store.NewIndex(after)))
	k.check(chat, t, after)
	must(t, store.NewIndex(after).Sweep(ctx, start()))
	wantAllExpire(t, after, chat.id)
	return hook.writes
}

// wantRolled adds messages until a chunk is dropped again, in case it was not before.
func (c *killedChat) wantRolled(t *testing.T, s *store.Store) {
	t.Helper()
	x, ctx := store.NewIndex(s), t.Context()
	for i := range store.ChunkSize {
		c.messages = append(c.messages, personMessage(c.id, len(c.messages)+i))
	}
	must(t, x.Add(ctx, c.messages[len(c.messages)-store.ChunkSize:]...))
	must(t, x.Add(ctx, c.last()))
	list, err := x.List(ctx, c.id)
	must(t, err)
	if len(list) < store.ChunkSize || len(list) > 2*store.ChunkSize+8 {
		t.Errorf("%d messages are left", len(list))
	}
	newest := slices.Clone(c.messages[len(c.messages)-len(list):])
	slices.Reverse(newest)
	wantList(t, x, c.id, newest...)
	for i, m := range c.messages {
		left := i >= len(c.messages)-len(list)
		if _, ok, err := x.Find(ctx, m.ID); err != nil || ok != left {
			t.Errorf("message %d of %d is known: %v, %v; want %v", i, len(c.messages), ok, err, left)
		}
	}
}

func (c *killedChat) wantForgotten(t *testing.T, s *store.Store) {
	t.Helper()
	x, ctx := store.NewIndex(s), t.Context()
	left := slices.Clone(c.messages[1 : len(c.messages)-1])
	slices.Reverse(left)
	wantList(t, x, c.id, left...)
	if m, ok, err := x.Find(ctx, c.messages[0].ID); err != nil || !ok || !m.Gone {
		t.Errorf("the forgotten message: %+v, %v, %v", m, ok, err)
	}
}

func (c *killedChat) wantDropped(t *testing.T, s *store.Store) {
	t.Helper()
	x, ctx := store.NewIndex(s), t.Context()
	wantList(t, x, c.id)
	for _, m := range c.messages {
		if _, ok, err := x.Find(ctx, m.ID); err != nil || ok {
			t.Errorf("message of a dropped chat is known: %v, %v", ok, err)
		}
	}
}

// wantAllExpire checks the keys of a chat's order.
func wantAllExpire(t *testing.T, s *store.Store, chat bot.ChatID) {
	t.Helper()
	keys, err := s.Client().Keys(t.Context(), store.NewestKey(chat)+"*").Result()
	must(t, err)
	for _, key := range keys {
		ttl, err := s.Client().PTTL(t.Context(), key).Result()
		must(t, err)
		if ttl < time.Minute {
			t.Errorf("%s has the TTL %v", key, ttl)
		}
	}
}

var errKilled = errors.New("killed")

// killHook passes on the commands before a write, and none from there on.
type killHook struct {
	at     int
	mu     sync.Mutex
	writes int
}

func (h *killHook) dead(cmd redis.Cmder) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch strings.ToLower(cmd.Name()) {
	case "zadd", "zrem", "hset", "hsetnx", "hdel", "pexpire", "expire", "evalsha", "eval":
		if h.at == 0 || h.writes < h.at {
			h.writes++
		}
	}
	return h.at > 0 && h.writes >= h.at
}

// DialHook changes nothing.
func (*killHook) DialHook(next redis.DialHook) redis.DialHook { return next }

// ProcessHook kills before a command.
func (h *killHook) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		if h.dead(cmd) {
			cmd.SetErr(errKilled)
			return errKilled
		}
		return next(ctx, cmd)
	}
}

// ProcessPipelineHook kills before a command of a pipeline, whose first commands are sent.
func (h *killHook) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []redis.Cmder) error {
		first := slices.IndexFunc(cmds, h.dead)
		if first < 0 {
			return next(ctx, cmds)
		}
		for _, cmd := range cmds[first:] {
			cmd.SetErr(errKilled)
		}
		if first > 0 {
			return errors.Join(next(ctx, cmds[:first]), errKilled)
		}
		return fmt.Errorf("%d commands: %w", len(cmds), errKilled)
	}
}

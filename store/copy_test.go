package store_test

import (
	"log/slog"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"recallbot/bot"
	"recallbot/store"
	"recallbot/test/redistest"
)

// TestCopy: a copy has the data of Redis without the queues, and writes to it don't reach Redis.
func TestCopy(t *testing.T) {
	t.Parallel()
	ctx, at := t.Context(), store.RedisConfig{URL: store.URL(redistest.Start(t).URL())}
	log := slog.New(slog.DiscardHandler)
	origin, err := store.Open(ctx, at, store.DefaultConfig(), log)
	must(t, err)
	defer origin.Close() //nolint:errcheck // the test is over
	must(t, store.NewIndex(origin).Add(ctx, bot.Message{ID: "om_1", Chat: "oc_1", At: time.Now()}))
	queues := []string{"work", "timers"}
	for _, name := range append(queues, "other") {
		must(t, origin.Client().XAdd(ctx, &redis.XAddArgs{Stream: "{" + name + "}:stream", Values: []string{"job", "a"}}).Err())
	}

	c, err := store.OpenCopy(ctx, at, store.DefaultConfig(), log, queues)
	must(t, err)
	defer c.Close() //nolint:errcheck // the test is over
	if msg, found, err := store.NewIndex(c).Find(ctx, "om_1"); err != nil || !found || msg.Chat != "oc_1" {
		t.Errorf("the copy has %+v, %v, %v, want the message of Redis", msg, found, err)
	}
	for name, want := range map[string]int64{"work": 0, "timers": 0, "other": 1} {
		if n, err := c.Client().XLen(ctx, "{"+name+"}:stream").Result(); err != nil || n != want {
			t.Errorf("the copy has %d items of %s, %v, want %d", n, name, err, want)
		}
	}
	must(t, store.NewIndex(c).Add(ctx, bot.Message{ID: "om_2", Chat: "oc_1", At: time.Now()}))
	if _, found, err := store.NewIndex(origin).Find(ctx, "om_2"); err != nil || found {
		t.Errorf("a write to the copy reached Redis: %v, %v", found, err)
	}
}

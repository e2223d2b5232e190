package app_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"recallbot/app"
	"recallbot/bot"
	"recallbot/store/queue"
)

// TestKindsBecomeOutcomes: in every queue the error's kind alone says what becomes of an item.
func TestKindsBecomeOutcomes(t *testing.T) {
	t.Parallel()
	away := bot.Errorf(bot.Unavailable, "no answer")
	answered := &bot.Error{Kind: bot.Unavailable, Code: 1000}
	limited := &bot.Error{Kind: bot.RateLimited, RetryAfter: time.Second}
	rows := []struct {
		name    string
		err     error
		attempt int
		want    map[string]string // by queue; "" is for all others
	}{
		{"nothing is wrong", nil, 1, map[string]string{"": "done"}},
		{"the platform is away", away, 1, map[string]string{"": "later", "work": "failed", "hooks": "failed"}},
		{"the platform answers with a fault", answered, 1, map[string]string{"": "later", "work": "failed", "hooks": "failed", "jobs": "failed"}},
		{"a rate limit", limited, 1, map[string]string{"": "later"}},
		{"a rate limit at the last attempt", limited, 24, map[string]string{"": "later"}},
		{"a fault of ours", errors.New("boom"), 1, map[string]string{"": "failed"}},
		{"a refusal", bot.Errorf(bot.Denied, "no"), 1, map[string]string{"": "given up"}},
		{"what can't be read", bot.Errorf(bot.Invalid, "rubbish"), 1, map[string]string{"": "given up"}},
		{"what is not there", bot.Errorf(bot.NotFound, "none"), 1, map[string]string{"": "given up"}},
	}
	config := app.Defaults()
	for _, name := range app.QueueNames() {
		for _, row := range rows {
			want, ok := row.want[name]
			if !ok {
				want = row.want[""]
			}
			t.Run(name+"/"+row.name, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					d := queue.Delivery{Item: queue.Item{ID: "1", Key: "k"}, Attempt: row.attempt, Enqueued: time.Now()}
					err := app.Consume(t.Context(), config, name, app.WorkerOf(row.err), d)
					if got := outcomeOf(err); got != want || !errors.Is(err, row.err) {
						t.Errorf("%s (%v), want %s", got, err, want)
					}
				})
			})
		}
	}
	if len(app.QueueNames()) != 6 {
		t.Errorf("the queues are %v", app.QueueNames())
	}
}

// TestWaitsAreForgotten: an item that waited here and was then run by another replica ends no later than the next item that
// works two minutes later.
func TestWaitsAreForgotten(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		next := bot.Errorf(bot.Unavailable, "no answer")
		consume := app.NewConsumer(app.Defaults(), "work", app.WorkerFunc(func(context.Context, queue.Delivery) error { return next }),
			slog.New(slog.NewTextHandler(&log, nil)))
		run := func(key string) {
			item := queue.Item{ID: key, Key: key, Kind: bot.TypeSaid}
			_ = consume(t.Context(), queue.Delivery{Item: item, Attempt: 1, Enqueued: time.Now()}) // TestKindsBecomeOutcomes has the outcomes
		}
		run("oc_1")
		next = nil
		run("oc_2")
		if strings.Contains(log.String(), "work continues") {
			t.Errorf("oc_1 still waits:\n%s", log.String())
		}
		time.Sleep(3 * time.Minute)
		run("oc_2")
		if n := strings.Count(log.String(), "work continues"); n != 1 {
			t.Errorf("\"work continues\" is logged %d times, want once:\n%s", n, log.String())
		}
	})
}

// TestWaitsEnd: an incident ends although another replica ran the item that waited here, or a rate limit postpones it.
func TestWaitsEnd(t *testing.T) {
	t.Parallel()
	away, limited := bot.Errorf(bot.Unavailable, "no answer"), &bot.Error{Kind: bot.RateLimited, RetryAfter: time.Second}
	var log bytes.Buffer
	var next error
	consume := app.NewConsumer(app.Defaults(), "posts", app.WorkerFunc(func(context.Context, queue.Delivery) error { return next }),
		slog.New(slog.NewTextHandler(&log, nil)))
	for i, err := range []error{away, nil, away, limited, away, nil} {
		next = err
		item := queue.Item{ID: fmt.Sprintf("post_send/%d", i), Key: "oc_1", Kind: "post_send"}
		_ = consume(t.Context(), queue.Delivery{Item: item, Attempt: 1, Enqueued: time.Now()}) // TestKindsBecomeOutcomes has the outcomes
	}
	for _, message := range []string{"work waits", "work continues"} {
		if n := strings.Count(log.String(), message); n != 3 {
			t.Errorf("%q is logged %d times, want 3:\n%s", message, n, log.String())
		}
	}
}

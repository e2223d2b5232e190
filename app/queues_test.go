package app_test

import (
	"errors"
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

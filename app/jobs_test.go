package app_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"recallbot/app"
	"recallbot/bot"
	"recallbot/store/queue"
)

// stepping fails as told, and notes which jobs were given up.
type stepping struct {
	err     error
	steps   int
	givenUp []bot.JobID
	giveErr error
}

func (s *stepping) Step(context.Context, bot.JobID) error {
	s.steps++
	return s.err
}

func (s *stepping) GiveUp(_ context.Context, id bot.JobID, _ error) error {
	s.givenUp = append(s.givenUp, id)
	return s.giveErr
}

var errBoom = errors.New("boom")

// outcomeOf returns the outcome by the type of the error, which only the queue knows.
func outcomeOf(err error) string {
	kind := fmt.Sprintf("%T", err)
	switch {
	case err == nil:
		return "done"
	case strings.HasPrefix(kind, "queue.permanent"):
		return "given up"
	case strings.HasPrefix(kind, "queue.retryAt"):
		return "later"
	default:
		return "failed"
	}
}

func TestStepsBecomeOutcomes(t *testing.T) {
	t.Parallel()
	last := app.JobAttempts - 1
	rows := []struct {
		name    string
		err     error
		attempt int
		giveErr error
		want    string
		givenUp bool
	}{
		{"all is well", nil, 1, nil, "done", false},
		{"it goes on", &bot.Error{Kind: bot.RateLimited}, last, nil, "later", false},
		{"it waits", &bot.Error{Kind: bot.RateLimited, RetryAfter: time.Minute}, last, nil, "later", false},
		{"nobody answers", bot.Errorf(bot.Unavailable, "away"), last, nil, "later", false},
		{"somebody is faulty", &bot.Error{Kind: bot.Unavailable, Code: 1000}, 1, nil, "failed", false},
		{"a fault of ours", errBoom, 1, nil, "failed", false},
		{"a fault of ours once more", errBoom, last, nil, "given up", true},
		{"it panics for the last time", nil, app.JobAttempts, nil, "given up", true},
		{"nothing helps", bot.Errorf(bot.Denied, "no"), 1, nil, "given up", true},
		{"it can't be given up yet", errBoom, last, errBoom, "later", true},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := &stepping{err: row.err, giveErr: row.giveErr}
				err := app.HandleStep(t.Context(), s, queue.Delivery{Item: queue.Item{ID: "later/j1", Key: "j1"}, Attempt: row.attempt})
				if got := outcomeOf(err); got != row.want {
					t.Errorf("%s (%v), want %s", got, err, row.want)
				}
				if given := len(s.givenUp) == 1 && s.givenUp[0] == "j1"; given != row.givenUp {
					t.Errorf("given up: %v", s.givenUp)
				}
			})
		})
	}
}

func TestAStepThatIsCutOffIsGivenBack(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	s := &stepping{err: bot.Errorf(bot.Unavailable, "cut off")}
	err := app.HandleStep(ctx, s, queue.Delivery{Item: queue.Item{ID: "j1", Key: "j1"}, Attempt: 1})
	if got := outcomeOf(err); got != "failed" || len(s.givenUp) != 0 {
		t.Errorf("%s (%v), given up %v", got, err, s.givenUp)
	}
}

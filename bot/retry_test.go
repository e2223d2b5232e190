package bot_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"recallbot/bot"
)

func TestTry(t *testing.T) {
	t.Parallel()
	away, busy := bot.Errorf(bot.Unavailable, "away"), &bot.Error{Kind: bot.RateLimited, RetryAfter: 700 * time.Millisecond}
	retry := bot.Retry{Tries: 5, First: 100 * time.Millisecond, Max: time.Second}
	for name, tt := range map[string]struct {
		ends  []error
		retry bot.Retry
		calls int
		took  time.Duration
	}{
		"well at once":        {nil, retry, 1, 0},
		"refused":             {[]error{bot.Errorf(bot.Denied, "no")}, retry, 1, 0},
		"a fault of ours":     {[]error{errors.New("boom")}, retry, 1, 0},
		"away twice":          {[]error{away, away}, retry, 3, 300 * time.Millisecond},
		"busy, then away":     {[]error{busy, busy, away}, retry, 4, 1500 * time.Millisecond},
		"busy without a time": {[]error{&bot.Error{Kind: bot.RateLimited}}, retry, 2, 100 * time.Millisecond},
		"away, then refused":  {[]error{away, bot.Errorf(bot.Denied, "no")}, retry, 2, 100 * time.Millisecond},
		"away for good":       {[]error{away, away, away, away, away}, retry, 5, 1500 * time.Millisecond},
		"until the time ends": {[]error{away, away, away, away, away, away, away, away}, bot.Retry{First: time.Second, Max: time.Second}, 6, 5500 * time.Millisecond},
		"longer than allowed": {[]error{&bot.Error{Kind: bot.RateLimited, RetryAfter: time.Hour}}, retry, 2, time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), 5500*time.Millisecond)
				defer cancel()
				began, calls := time.Now(), 0
				_, err := bot.Try(ctx, tt.retry, func() (int, error) {
					calls++
					if calls <= len(tt.ends) {
						return 0, tt.ends[calls-1]
					}
					return calls, nil
				})
				if calls != tt.calls || time.Since(began) != tt.took {
					t.Errorf("%d calls in %s: %v", calls, time.Since(began), err)
				}
				if want := calls <= len(tt.ends); (err != nil) != want {
					t.Errorf("ended with %v", err)
				}
			})
		})
	}
}

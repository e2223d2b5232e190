package bot_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"recallbot/bot"
)

func TestSleep(t *testing.T) {
	t.Parallel()
	ended := func(t *testing.T) context.Context {
		t.Helper()
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		return ctx
	}
	for name, tt := range map[string]struct {
		ctx  func(*testing.T) context.Context
		d    time.Duration
		want error
		took time.Duration
	}{
		"to the end":          {(*testing.T).Context, time.Hour, nil, time.Hour},
		"nothing to wait for": {(*testing.T).Context, -time.Second, nil, 0},
		"ctx ends first": {func(t *testing.T) context.Context {
			t.Helper()
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			t.Cleanup(cancel)
			return ctx
		}, time.Hour, context.DeadlineExceeded, time.Minute},
		"ctx has ended":                      {ended, time.Hour, context.Canceled, 0},
		"ctx has ended, nothing to wait for": {ended, 0, context.Canceled, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				began := time.Now()
				err := bot.Sleep(tt.ctx(t), tt.d)
				if took := time.Since(began); !errors.Is(err, tt.want) || took != tt.took {
					t.Errorf("Sleep = %v after %s, want %v after %s", err, took, tt.want, tt.took)
				}
			})
		})
	}
}

package bot_test

import (
	"testing"
	"time"

	"recallbot/bot"
)

func TestCallTime(t *testing.T) {
	t.Parallel()
	for n, want := range map[int]time.Duration{
		0: 0, 1: 20 * time.Millisecond, 50: time.Second, 1000: 20 * time.Second, 1001: time.Minute + 20*time.Millisecond,
		2000: 80 * time.Second, 2500: 130 * time.Second,
	} {
		if got := bot.CallTime(n); got != want {
			t.Errorf("CallTime(%d) = %s, want %s", n, got, want)
		}
	}
}

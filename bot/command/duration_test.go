package command_test

import (
	"testing"
	"time"

	"recallbot/bot/command"
)

func TestParseDuration(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]time.Duration{
		"30s": 30 * time.Second, "1h30m": 90 * time.Minute, "500ms": 500 * time.Millisecond, "5µs": 5 * time.Microsecond, "0": 0,
		"1d": 24 * time.Hour, "3d12h": 84 * time.Hour, "1w": 168 * time.Hour, "1w2d1s": 9*24*time.Hour + time.Second, "0.5d": 12 * time.Hour,
		"-1d": -24 * time.Hour,
	} {
		if got, err := command.ParseDuration(text); err != nil || got != want {
			t.Errorf("%q is %s, %v; want %s", text, got, err, want)
		}
	}
	for _, text := range []string{"", "10", "d", "1", "3 d", "1dd", "1.2.3d", "forever", "999999w", "1y", "\xff1d", "🕐"} {
		if got, err := command.ParseDuration(text); err == nil {
			t.Errorf("%q is taken for %s", text, got)
		}
	}
}

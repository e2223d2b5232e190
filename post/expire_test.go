package post_test

import (
	"slices"
	"testing"
	"time"

	"recallbot/bot"
)

func TestLifetimes(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		life, window, want time.Duration
		short              bool
	}{
		"an hour":         {time.Hour, 0, time.Hour, false},
		"in the window":   {time.Hour, 24 * time.Hour, time.Hour, false},
		"past the window": {48 * time.Hour, 24 * time.Hour, 24*time.Hour - 10*time.Minute, true},
		"a short window":  {time.Hour, 10 * time.Minute, 9 * time.Minute, true},
		"just the window": {24 * time.Hour, 24 * time.Hour, 24*time.Hour - 10*time.Minute, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newEnv()
			p := w.poster(row.window)
			o := order(2)
			o.Life = row.life
			begin := w.clock
			made := accepted(t, p, o)
			if got := made[0].Expires.Sub(begin); got != row.want || made[0].Shortened != row.short {
				t.Fatalf("ends after %s, shortened %v", got, made[0].Shortened)
			}
			w.live(t, p, row.want-time.Second)
			if w.states()[bot.PostSent] != 2 {
				t.Fatalf("before: %v", w.states())
			}
			w.live(t, w.poster(row.window), 3*time.Second) // in another process
			if w.states()[bot.PostRecalled] != 2 || len(w.gone) != 2 || len(w.record) != 2 {
				t.Errorf("afterwards: %v, %d gone, %d on record", w.states(), len(w.gone), len(w.record))
			}
			for _, entry := range w.record {
				if entry.Via != bot.ViaLifetime || entry.Rule != "lifetime" || entry.Result != bot.Done || entry.Who != "" || entry.Token != "" {
					t.Errorf("on record: %+v", entry)
				}
			}
		})
	}
}

// TestExpiresUnsent: a post whose lifetime ends before it is sent is not sent.
func TestExpiresUnsent(t *testing.T) {
	t.Parallel()
	w := newEnv()
	w.answers = slices.Repeat([]answer{{err: &bot.Error{Kind: bot.RateLimited, RetryAfter: time.Minute}}}, 3)
	p := w.poster(0)
	o := order(1)
	o.Life = 90 * time.Second
	accepted(t, p, o)
	w.live(t, p, time.Hour)
	if w.states()[bot.PostCancelled] != 1 || len(w.byKey) > 0 || len(w.bodies) > 0 {
		t.Errorf("%v, %d messages", w.states(), len(w.byKey))
	}
	if got := w.results(); len(w.record) != 1 || got[bot.Cancelled] != 1 {
		t.Errorf("on record: %v", got)
	}
}

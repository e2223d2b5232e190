package watch_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"recallbot/bot"
	"recallbot/recall/watch"
)

// TestWindowInAnyOrder: of a burst within the time as many posts stay as may, in whatever order their events come, and repeated.
func TestWindowInAnyOrder(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		when  bot.WatchWhen
		stand int
	}{
		"five of one bot":    {bot.WatchWhen{Kind: bot.WatchMoreThan, Count: 5, Within: time.Minute}, 5},
		"the third is again": {bot.WatchWhen{Kind: bot.WatchAgain, Count: 3, Within: time.Minute}, 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for seed := range uint64(50) {
				random := rand.New(rand.NewPCG(seed, 1))
				order := random.Perm(40)
				var w watch.Window
				verdicts := map[int]bool{}
				for _, n := range append(order, order...) {
					over := w.Judge(fmt.Sprint("om_", n), "ou_bot", time.UnixMilli(int64(n)*1000), c.when)
					if before, known := verdicts[n]; known && before != over {
						t.Fatalf("post %d has two verdicts", n)
					}
					verdicts[n] = over
				}
				stand := 0
				for _, over := range verdicts {
					if !over {
						stand++
					}
				}
				if stand != c.stand {
					t.Errorf("seed %d: %d posts stay, want %d", seed, stand, c.stand)
				}
			}
		})
	}
}

func TestWindowLoop(t *testing.T) {
	t.Parallel()
	when := bot.WatchWhen{Kind: bot.WatchLoop, Count: 6, Within: time.Minute}
	for name, c := range map[string]struct {
		senders string // one each second; a space is a person
		over    string
	}{
		"two bots":             {"ababababab", "-----xxxxx"},
		"one bot is no loop":   {"aaaaaaaaaa", "----------"},
		"a person between":     {"ababa ababababa", "-----------xxxx"},
		"several posts a turn": {"aabbaabbaabb", "----------xx"},
		"three bots":           {"abcabcabc", "-----xxxx"},
		"people only":          {"          ", "----------"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var w watch.Window
			var got strings.Builder
			for i, sender := range c.senders {
				who := string(sender)
				if sender == ' ' {
					who = ""
				}
				if w.Judge(fmt.Sprint("om_", i), who, time.UnixMilli(int64(i)*1000), when) {
					got.WriteByte('x')
				} else {
					got.WriteByte('-')
				}
			}
			if got.String() != c.over {
				t.Errorf("%q gives %q, want %q", c.senders, got.String(), c.over)
			}
		})
	}
}

func TestWindowForgets(t *testing.T) {
	t.Parallel()
	when := bot.WatchWhen{Kind: bot.WatchMoreThan, Count: 2, Within: 10 * time.Second}
	var w watch.Window
	for i, c := range []struct {
		second int
		over   bool
	}{{0, false}, {1, false}, {2, true}, {3, true}, {20, false}, {21, false}, {22, true}, {40, false}} {
		if got := w.Judge(fmt.Sprint("om_", i), "ou_bot", time.UnixMilli(int64(c.second)*1000), when); got != c.over {
			t.Errorf("post at %d s: over is %v", c.second, got)
		}
	}
}

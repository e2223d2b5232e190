package search_test

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"testing"

	"recallbot/bot"
)

// hiding hides the messages whose ids are named, without their "om_".
func hiding(names string) func(context.Context, []bot.Message) ([]bool, error) {
	return func(_ context.Context, page []bot.Message) ([]bool, error) {
		hidden := make([]bool, len(page))
		for i, m := range page {
			hidden[i] = strings.Contains(" "+names+" ", " "+string(m.ID[3:])+" ")
		}
		return hidden, nil
	}
}

// TestSelectHides: hidden messages are not taken, counted, shown or skipped, and do not count for Last.
func TestSelectHides(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		hidden string
		filter bot.Filter
		want   string
	}{
		{"nothing", "none", bot.Filter{}, "a2 img a1"},
		{"the newest", "a2", bot.Filter{}, "img a1"},
		{"the last visible ones", "a2", bot.Filter{Last: 1}, "img"},
		{"all", "a1 a2 img pin", bot.Filter{}, ""},
		{"a duplicate of a hidden message", "x3", bot.Filter{Bots: []bot.BotRef{{App: "cli_x"}}, Dup: true}, "x1"},
		{"others' too", "x1 x2 y1", bot.Filter{Bots: []bot.BotRef{{Any: true}}}, "x3 a2 img a1"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := scope(tt.filter)
			s.Hidden = hiding(tt.hidden)
			got, preview, err := square().choose(t, s)
			if err != nil || strings.Join(got, " ") != tt.want {
				t.Fatalf("got %q, %v, want %q", strings.Join(got, " "), err, tt.want)
			}
			for _, e := range preview.Samples {
				if strings.Contains(" "+tt.hidden+" ", " "+string(e.ID[3:])+" ") {
					t.Errorf("the preview has %s", e.ID)
				}
			}
			counted := 0
			for _, author := range preview.Authors {
				counted += author.Count
			}
			if counted != len(got) {
				t.Errorf("%d are counted by author, %d are taken", counted, len(got))
			}
			if strings.Contains(tt.hidden, "pin") && preview.Skipped[bot.CausePinned] != 0 {
				t.Errorf("hidden messages are counted as skipped: %v", preview.Skipped)
			}
		})
	}
}

// TestSelectHidesPageByPage: over many pages the order stays, and each message comes once.
func TestSelectHidesPageByPage(t *testing.T) {
	t.Parallel()
	w, hidden, want := &env{}, []string{}, []string{}
	for i := range 300 {
		name := "m" + strconv.Itoa(i)
		w.say(name, i+1, "me")
		w.know(name, i+1, "me")
		if i%3 == 0 {
			hidden = append(hidden, name)
		} else {
			want = append(want, name)
		}
	}
	s := scope(bot.Filter{})
	s.Hidden = hiding(strings.Join(hidden, " "))
	slices.Reverse(want)
	got, _, err := w.choose(t, s)
	if err != nil || !slices.Equal(got, want) {
		t.Fatalf("%d messages, %v\n got %v\nwant %v", len(got), err, got, want)
	}
}

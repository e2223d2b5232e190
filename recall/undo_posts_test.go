package recall_test

import (
	"context"
	"testing"
	"time"

	"recallbot/bot"
	"recallbot/recall"
)

// broadcast puts a post of the API into the book that became om_own and was taken back.
func (s *shelf) broadcast() {
	s.book["p_1"] = bot.Post{
		ID: "p_1", Message: "om_own", State: bot.PostRecalled, Team: "red", Group: "launch", Author: "ou_author", Undo: true, Key: "k",
	}
}

// TestUndoKeepsWhosePostItIs: a restored post is the same post of its team, however often the process dies on the way, and
// is posted once.
func TestUndoKeepsWhosePostItIs(t *testing.T) {
	t.Parallel()
	for kill := range 8 {
		s := newScene(t, recall.Config{})
		kept, undo, job := undoing(t, s, recall.Config{}, post("om_own", "", "", ""))
		kept.broadcast()
		job.Who, job.By, kept.kill = "", &bot.Principal{Token: "t1", Team: "red", Own: true}, kill
		counts := bot.Counts{}
		for tries := 0; counts.Sum() == 0; tries++ {
			var err error
			if _, counts, err = undo.Page(t.Context(), job, tries > 0, nil); err != nil && (tries > 0 || kill == 0) {
				t.Fatalf("killed at %d: %v", kill, err)
			}
		}
		if p := kept.book["p_1"]; p.Message != "new_om_own" || p.State != bot.PostSent {
			t.Errorf("killed at %d: the post is %+v", kill, p)
		}
		if len(kept.posted) != 1 || counts[bot.CauseRestored] != 1 || len(s.audit.entries) != 1 {
			t.Errorf("killed at %d: %d posted, %v, records %+v", kill, len(kept.posted), counts, s.audit.entries)
		}
		if button := kept.posted[0].Button; button == nil || button.Press.Post != "p_1" {
			t.Errorf("killed at %d: the button is %+v", kill, button)
		}
	}
}

// TestUndoOfAWithdrawnBroadcast: whoever takes a group back while it is restored finds none of it standing afterwards.
func TestUndoOfAWithdrawnBroadcast(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		before bool
		posted int
	}{
		"before it is posted": {true, 0},
		"while it is posted":  {false, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newScene(t, recall.Config{})
			kept, undo, job := undoing(t, s, recall.Config{}, post("om_own", "", "", ""))
			kept.broadcast()
			job.Created = s.clock
			withdraw := func() { kept.withdrawn = s.clock.Add(time.Second) }
			if row.before {
				withdraw()
			}
			undo.Mark = func(context.Context, bot.Job, bot.Archived) string { withdraw(); return "" }
			n, counts, err := undo.Page(t.Context(), job, false, nil)
			if err != nil || n != 1 || counts[bot.CauseGone] != 1 || len(kept.posted) != row.posted {
				t.Fatalf("settled %d, %v, %v, %d posted", n, counts, err, len(kept.posted))
			}
			if again, there := s.platform.messages["new_om_own"]; there != (row.posted > 0) || there && !again.Gone {
				t.Errorf("what was posted: %+v", again)
			}
		})
	}
}

// TestUndoPostsNothingThatStands: what was not recalled, or not yet, is not posted a second time.
func TestUndoPostsNothingThatStands(t *testing.T) {
	t.Parallel()
	s := newScene(t, recall.Config{})
	kept, undo, job := undoing(t, s, recall.Config{}, post("om_own", "", "", ""))
	own := s.platform.messages["om_own"]
	s.index.messages["om_own"] = own
	n, counts, err := undo.Page(t.Context(), job, false, nil)
	if err != nil || n != 1 || counts[bot.CauseStands] != 1 || len(kept.posted) != 0 || kept.claims["take"] != "" {
		t.Errorf("settled %d, %v, %v, %d posted, claims %v", n, counts, err, len(kept.posted), kept.claims)
	}
}

package jobs_test

import (
	"context"
	"testing"
	"time"

	"recallbot/bot"
	"recallbot/recall/recalltest"
)

// TestUndoKeepsWhosePostItIs: a restored post is the same post of its team, however often the process dies on the way, and
// is posted once.
func TestUndoKeepsWhosePostItIs(t *testing.T) {
	t.Parallel()
	for kill := range 8 {
		s := recalltest.New(t)
		kept, undo, job := undoing(t, s, post("om_own", "", "", ""))
		kept.Broadcast()
		job.Who, job.By, kept.Kill = "", &bot.Principal{Token: "t1", Team: "red", Own: true}, kill
		counts := bot.Counts{}
		for tries := 0; counts.Sum() == 0; tries++ {
			var err error
			if _, counts, err = undo.Page(t.Context(), job, tries > 0, nil); err != nil && (tries > 0 || kill == 0) {
				t.Fatalf("killed at %d: %v", kill, err)
			}
		}
		if p := kept.Book["p_1"]; p.Message != "new_om_own" || p.State != bot.PostSent {
			t.Errorf("killed at %d: the post is %+v", kill, p)
		}
		if len(kept.Posted) != 1 || counts[bot.CauseRestored] != 1 || len(s.Audit.Entries) != 1 {
			t.Errorf("killed at %d: %d posted, %v, records %+v", kill, len(kept.Posted), counts, s.Audit.Entries)
		}
		if button := kept.Posted[0].Button; button == nil || button.Press.Post != "p_1" {
			t.Errorf("killed at %d: the button is %+v", kill, button)
		}
	}
}

// TestUndoOfAWithdrawnBroadcast: a recall of a group during its undo leaves none of its posts.
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
			s := recalltest.New(t)
			kept, undo, job := undoing(t, s, post("om_own", "", "", ""))
			kept.Broadcast()
			job.Created = s.Clock
			withdraw := func() { kept.WithdrawnAt = s.Clock.Add(time.Second) }
			if row.before {
				withdraw()
			}
			undo.Note = func(context.Context, bot.Job, bot.Archived) string { withdraw(); return "" }
			n, counts, err := undo.Page(t.Context(), job, false, nil)
			if err != nil || n != 1 || counts[bot.CauseGone] != 1 || len(kept.Posted) != row.posted {
				t.Fatalf("settled %d, %v, %v, %d posted", n, counts, err, len(kept.Posted))
			}
			if again, there := s.Platform.Messages["new_om_own"]; there != (row.posted > 0) || there && !again.Gone {
				t.Errorf("what was posted: %+v", again)
			}
		})
	}
}

// TestUndoSkipsExistingMessages: a post that was not recalled is not posted again.
func TestUndoSkipsExistingMessages(t *testing.T) {
	t.Parallel()
	s := recalltest.New(t)
	kept, undo, job := undoing(t, s, post("om_own", "", "", ""))
	own := s.Platform.Messages["om_own"]
	s.Index.Messages["om_own"] = own
	n, counts, err := undo.Page(t.Context(), job, false, nil)
	if err != nil || n != 1 || counts[bot.CauseStillThere] != 1 || len(kept.Posted) != 0 || kept.Claims["take"] != "" {
		t.Errorf("settled %d, %v, %v, %d posted, claims %v", n, counts, err, len(kept.Posted), kept.Claims)
	}
}

package handlers_test

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"recallbot/bot"
	"recallbot/handlers/text"
)

// TestUndoneCardOffersNoUndo: the card of a job that was undone says so and has no undo button; a card for one person is
// deleted.
func TestUndoneCardOffersNoUndo(t *testing.T) {
	t.Parallel()
	job := func(d *harness, change ...func(*bot.Job)) bot.Job {
		return d.job(bot.JobDone, append(change, counted(sum(110)))...)
	}
	for name, row := range map[string]struct {
		job     func(*harness) bot.Job
		private bool
		before  func(*testing.T, *harness, bot.Job)
		want    []string
	}{
		"its progress card": {
			job: func(d *harness) bot.Job { return job(d, carded) }, want: []string{"edit_card om_progress: Recalled"},
		},
		"one that came late": {
			job: func(d *harness) bot.Job { return job(d, confirmed) },
			before: func(t *testing.T, d *harness, job bot.Job) {
				t.Helper()
				if err := d.board(t, true, english).End(t.Context(), job); err != nil {
					t.Fatal(err)
				}
			},
			want: []string{"reply_card om_cmd: Recalled", "react om_cmd DONE", "edit_card om_card: Recalled"},
		},
		"the one that was pressed": {
			job: func(d *harness) bot.Job { return job(d) }, private: true, before: pressUndo, want: []string{"drop_whisper om_pressed"},
		},
		"none": {job: func(d *harness) bot.Job { return job(d) }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				d := newHarness(t, english)
				of := row.job(d)
				d.archive.posts["j1"] = slices.Repeat(taken("ou_1"), 110)
				if row.before != nil {
					row.before(t, d, of)
				}
				d.archive.undoing["j1"] = "j2"
				if err := d.board(t, true, english).Update(t.Context(), of); err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(row.want, d.speaker.arrived); diff != "" {
					t.Error(diff)
				}
				if row.want == nil || row.private {
					return
				}
				if card := d.last(t); len(buttons(card)) > 0 || !strings.HasSuffix(texts(card), en(text.Undone)) {
					t.Errorf("offers %q, says %s", buttons(card), texts(card))
				}
			})
		})
	}
}

// pressUndo presses the button of a job's card.
func pressUndo(t *testing.T, d *harness, job bot.Job) {
	t.Helper()
	d.jobs.jobs = []bot.Job{job}
	d.does(t, bot.Pressed{
		Press: bot.Press{Action: bot.ActUndo, Job: "j1", Key: "k1"}, Message: "om_pressed", Chat: "oc_1", By: "ou_owner", At: d.clock,
	})
	started(t, d, "j1", "")
}

// TestPressedCardIsNotRecalled: a press can name any message, so the bot does not remove that as a card of the job.
func TestPressedCardIsNotRecalled(t *testing.T) {
	t.Parallel()
	d := newHarness(t)
	job := d.job(bot.JobDone, counted(sum(120)))
	d.archive.posts["j1"] = slices.Repeat(taken("ou_1"), 110)
	pressUndo(t, d, job)
	job.Told = true
	if err := d.board(t, true).End(t.Context(), job); err != nil || len(d.recaller.requests) > 0 {
		t.Errorf("removed %+v, %v", d.recaller.requests, err)
	}
}

// TestUndoTellsWhatCantComeBack: an incomplete undo says what it could not restore.
func TestUndoTellsWhatCantComeBack(t *testing.T) {
	t.Parallel()
	d := newHarness(t)
	undo := d.job(bot.JobDone, counted(bot.Counts{bot.CauseRestored: 26}), func(job *bot.Job) {
		job.Kind, job.Of, job.Total = bot.JobUndo, "j0", 26
		job.Preview = bot.Preview{Total: 26, Skipped: bot.Counts{bot.CauseOtherBot: 220, bot.CausePerson: 4}}
	})
	if err := d.board(t, true, english).End(t.Context(), undo); err != nil {
		t.Fatal(err)
	}
	want := "Restored\n26 restored\nCan't be restored: 4 messages of people, 220 posts of other bots.\nAsked for by @{ou_1}, job j1."
	if diff := cmp.Diff(want, texts(d.last(t))); diff != "" {
		t.Error(diff)
	}
}

// TestOfferOfAPostThatIsGone: the person who presses gets an answer, and the card is deleted or shows it.
func TestOfferOfAPostThatIsGone(t *testing.T) {
	t.Parallel()
	for name, private := range map[string]bool{"in p2p": false, "in the group": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				d := newHarness(t, english)
				d.posts.posts = posted()
				d.posts.posts[0].State = bot.PostRecalled
				d.recaller.out.Result = bot.AlreadyGone
				want := []string{"edit_card om_offer: "}
				if !private {
					d.wasShown(t, "om_offer", "key")
				} else {
					want = []string{"drop_whisper om_offer", "whisper oc_1 ou_1: " + en(text.MineGone)}
				}
				d.does(t, bot.Pressed{
					Press:   bot.Press{Action: bot.ActTakeBack, Post: "p_1", Key: "key"},
					Message: "om_offer", Chat: "oc_1", By: "ou_1", At: d.clock,
				})
				if diff := cmp.Diff(want, d.speaker.arrived); diff != "" {
					t.Error(diff)
				}
				if !private && d.cards.last().Parts[0].Note != en(text.MineGone) {
					t.Errorf("the card says %+v", d.cards.last())
				}
			})
		})
	}
}

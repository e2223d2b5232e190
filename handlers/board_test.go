package handlers_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"recallbot/bot"
	"recallbot/handlers"
	"recallbot/policy"
)

// job is a clean-up of 120 messages that ou_1 asked for in the group a minute ago.
func (d *desk) job(state bot.JobState, change ...func(*bot.Job)) bot.Job {
	job := bot.Job{
		ID: "j1", Kind: bot.JobClean, State: state, Work: "e1", Who: "ou_1", Via: bot.ViaClean, Chat: "oc_1",
		Command: "om_cmd", Asked: d.clock.Add(-time.Minute), Created: d.clock.Add(-time.Minute), Key: "k1", Total: 120,
		Filter: bot.Filter{Last: 120, Match: []string{"@{ou_9}"}},
		Preview: bot.Preview{
			Total: 120, Skipped: bot.Counts{bot.CausePinned: 2, bot.CauseTooOld: 5}, Others: 3,
			Authors: []bot.AuthorCount{
				{Kind: bot.KindOwn, From: "cli_me", Count: 80},
				{Kind: bot.KindBot, From: "cli_x", Name: "Spam{}Bot", Count: 30},
				{Kind: bot.KindPerson, From: "ou_5", Count: 10},
			},
			Oldest: d.clock.Add(-time.Hour), Newest: d.clock.Add(-2 * time.Minute),
			Excerpts: []bot.Excerpt{
				{ID: "om_1", At: d.clock.Add(-2 * time.Minute), Kind: bot.KindOwn, Type: "text", Text: "**sale** @{ou_9}"},
				{ID: "om_2", At: d.clock.Add(-time.Hour), Kind: bot.KindOwn, Type: "image"},
			},
			Unseen: []bot.Unseen{bot.UnseenTopics},
		},
	}
	for _, c := range change {
		c(&job)
	}
	return job
}

func inP2P(job *bot.Job) { job.P2P = true }

func confirmed(job *bot.Job) { job.Confirmed = "ou_1" }

// carded is a job whose progress is shown.
func carded(job *bot.Job) { job.Card = bot.CardRef{ID: "om_progress", Chat: "oc_1"} }

func counted(counts bot.Counts) func(*bot.Job) {
	return func(job *bot.Job) { job.Counts, job.Next = counts, counts.Sum() }
}

func sum(n int) bot.Counts { return bot.Counts{bot.CauseRecalled: n} }

// texts are all words of a card; buttons what its buttons say and mean.
func texts(c bot.Card) string {
	lines := []string{c.Title}
	for _, p := range c.Parts {
		lines = append(lines, p.Text, p.Note)
		lines = append(lines, p.Quotes...)
	}
	return strings.Join(slices.DeleteFunc(lines, func(s string) bool { return s == "" }), "\n")
}

func buttons(c bot.Card) []string {
	var list []string
	for _, p := range c.Parts {
		for _, b := range p.Buttons {
			list = append(list, fmt.Sprintf("%s: %s %s %s", b.Text, b.Press.Action, b.Press.Job, b.Press.Key))
		}
	}
	return list
}

// last is the card that was shown last.
func (d *desk) last(t *testing.T) bot.Card {
	t.Helper()
	if len(d.cards.shown) == 0 {
		t.Fatalf("no card was shown; said %q", d.speaker.arrived)
	}
	return d.cards.shown[len(d.cards.shown)-1]
}

func TestPreview(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	ref, err := d.board(t, false, english).Ask(t.Context(), d.job(bot.JobAsked))
	if err != nil || !ref.Private {
		t.Fatalf("asked by %+v, %v", ref, err)
	}
	want := `120 messages to recall
As I understand it:
/recall clean ` + d.job("").Filter.String() + `
mine: 80
SpamBot (cli_x): 30
@{ou_5}: 10
and 3 more senders
Oldest 09-01 17:00:00, newest 09-01 17:58:00.
These stay: too old 5, pinned 2.
At the platform's limits it takes about 3 s.
Replies in some topics were not looked at.
The newest 2:
09-01 17:58:00  **sale** @{ou_9}
09-01 17:00:00  [image]
This card is good for 5 minutes.`
	if diff := cmp.Diff(want, texts(d.last(t))); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"Recall 120: confirm j1 k1", "Cancel: cancel j1 k1"}, buttons(d.last(t))); diff != "" {
		t.Error(diff)
	}
	for _, part := range d.last(t).Parts {
		if strings.Contains(part.Text+part.Note, "ou_9") {
			t.Errorf("what somebody wrote is no quotation: %q", part.Text+part.Note)
		}
	}
}

func TestPreviewFindsAWay(t *testing.T) {
	t.Parallel()
	no := &bot.Error{Kind: bot.Denied, Code: 18053}
	busy := &bot.Error{Kind: bot.RateLimited}
	title := fmt.Sprintf(zh("title_preview"), 120)
	rows := map[string]struct {
		change  func(*bot.Job)
		faults  map[string]error
		arrived []string
		kind    bot.ErrorKind
		secret  bool // what the messages say is shown
	}{
		"in a group":  {arrived: []string{"whisper_card oc_1 ou_1: " + title}, secret: true},
		"in p2p":      {change: inP2P, arrived: []string{"tell_card ou_1: " + title}, secret: true},
		"topic group": {faults: map[string]error{"whisper_card": no}, arrived: []string{"tell_card ou_1: " + title}, secret: true},
		"unreachable": {
			faults: map[string]error{"whisper_card": no, "tell_card": no}, arrived: []string{"reply_card om_cmd: " + title},
		},
		"nowhere": {faults: map[string]error{"whisper_card": no, "tell_card": no, "reply_card": no}, kind: bot.Denied},
		"busy":    {faults: map[string]error{"whisper_card": busy}, kind: bot.RateLimited},
	}
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t)
			for verb, err := range row.faults {
				d.speaker.fail(verb, err)
			}
			job := d.job(bot.JobAsked)
			if row.change != nil {
				row.change(&job)
			}
			_, err := d.board(t, false).Ask(t.Context(), job)
			if row.kind != bot.Internal {
				if bot.KindOf(err) != row.kind {
					t.Errorf("got %v, want %s", err, row.kind)
				}
				return
			}
			if diff := cmp.Diff(row.arrived, d.speaker.arrived); diff != "" || err != nil {
				t.Error(diff, err)
			}
			if shown := strings.Contains(texts(d.last(t)), "sale"); shown != row.secret {
				t.Errorf("what the messages say is shown: %t", shown)
			}
		})
	}
}

func TestDryRunOnlyShows(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	if _, err := d.board(t, false).Ask(t.Context(), d.job(bot.JobDone)); err != nil {
		t.Fatal(err)
	}
	if buttons(d.last(t)) != nil || !strings.Contains(texts(d.last(t)), zh("only_shown")) {
		t.Errorf("shown %+v", d.last(t))
	}
}

func TestApproval(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	job := d.job(bot.JobApproval, func(job *bot.Job) { job.Words = "spam @{ou_9}" })
	if _, err := d.board(t, false, english).Ask(t.Context(), job); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"reply_card om_cmd: Approval needed: recall 120 messages"}, d.speaker.arrived); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"Approve: approve j1 k1", "Cancel: cancel j1 k1"}, buttons(d.last(t))); diff != "" {
		t.Error(diff)
	}
	text := texts(d.last(t))
	for _, hidden := range []string{"sale", "@{ou_5}"} {
		if strings.Contains(text, hidden) {
			t.Errorf("all may read %q in %q", hidden, text)
		}
	}
	for _, shown := range []string{fmt.Sprintf(en("approval_asked"), "@{ou_1}"), "spam @{ou_9}", "members: 10"} {
		if !strings.Contains(text, shown) {
			t.Errorf("nobody may read %q in %q", shown, text)
		}
	}
}

func TestProgress(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	board := d.board(t, false, english)
	job := d.job(bot.JobRunning, confirmed, func(job *bot.Job) {
		job.Began, job.Next, job.Approver = d.clock.Add(-10*time.Second), 30, "ou_2"
	})
	ref, err := board.Show(t.Context(), job, nil)
	if err != nil || ref.ID == "" {
		t.Fatalf("shown as %+v, %v", ref, err)
	}
	want := "Recalling\nAbout 30 s left.\nAsked for by @{ou_1}, job j1.\nApproved by @{ou_2}."
	if diff := cmp.Diff(want, texts(d.last(t))); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"Stop: stop j1 k1"}, buttons(d.last(t))); diff != "" {
		t.Error(diff)
	}
	if bar := d.last(t).Parts[0].Bar; bar == nil || *bar != (bot.Bar{Done: 30, Total: 120}) {
		t.Errorf("the bar is %+v", bar)
	}
	// It is edited in its place, and not before two seconds are over.
	job.Card = bot.CardRef{ID: "om_progress", Edited: d.clock.Add(-1999 * time.Millisecond)}
	for range 2 {
		if ref, err = board.Show(t.Context(), job, nil); err != nil || ref.ID != "om_progress" {
			t.Fatalf("shown as %+v, %v", ref, err)
		}
		job.Card = ref
		d.clock = d.clock.Add(time.Millisecond)
	}
	if !ref.Edited.Equal(d.clock.Add(-time.Millisecond)) {
		t.Errorf("edited at %s", ref.Edited)
	}
	arrived := []string{"reply_card om_cmd: Recalling", "edit_card om_progress: Recalling"}
	if diff := cmp.Diff(arrived, d.speaker.arrived); diff != "" {
		t.Error(diff)
	}
}

func TestProgressThatIsNotShown(t *testing.T) {
	t.Parallel()
	quiet := func(d *desk) { d.settings.chats["oc_1"] = bot.Settings{Quiet: true} }
	rows := map[string]struct {
		began  time.Duration
		change func(*bot.Job)
		set    func(*desk)
		shown  bool
	}{
		"quick":             {began: 1999 * time.Millisecond},
		"not so quick":      {began: 2 * time.Second, shown: true},
		"quick, confirmed":  {change: confirmed, shown: true},
		"quiet command":     {began: time.Minute, change: func(job *bot.Job) { job.Filter.Quiet = true }},
		"quiet chat":        {began: time.Minute, set: quiet},
		"nobody to tell it": {began: time.Minute, change: func(job *bot.Job) { job.Command, job.Who = "", "" }},
	}
	for name, row := range rows {
		d := newDesk(t)
		job := d.job(bot.JobRunning, func(job *bot.Job) { job.Began = d.clock.Add(-row.began) })
		if row.change != nil {
			row.change(&job)
		}
		if row.set != nil {
			row.set(d)
		}
		ref, err := d.board(t, false).Show(t.Context(), job, nil)
		if err != nil || (ref.ID != "") != row.shown || (len(d.cards.shown) > 0) != row.shown {
			t.Errorf("%s: shown as %+v, %v", name, ref, err)
		}
	}
}

func TestProgressCardThatIsGone(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.speaker.fail("edit_card", &bot.Error{Kind: bot.NotFound}, &bot.Error{Kind: bot.RateLimited})
	job := d.job(bot.JobRunning, carded)
	ref, err := d.board(t, false).Show(t.Context(), job, nil)
	if err != nil || ref.ID != job.Card.ID || !ref.Edited.Equal(d.clock) {
		t.Errorf("a card that somebody took away: %+v, %v", ref, err)
	}
	if _, err := d.board(t, false).Show(t.Context(), job, nil); bot.KindOf(err) != bot.RateLimited {
		t.Errorf("a platform that asks to wait: %v", err)
	}
	if len(d.speaker.arrived) > 0 {
		t.Errorf("shown again: %q", d.speaker.arrived)
	}
}

func TestWaitingSaysForWhom(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	ahead := bot.Job{ID: "j0", Who: "ou_7", Total: 50, Next: 12}
	ref, err := d.board(t, false, english).Show(t.Context(), d.job(bot.JobWaiting), &ahead)
	if err != nil || ref.ID == "" {
		t.Fatalf("shown as %+v, %v", ref, err)
	}
	card := d.last(t)
	if bar := card.Parts[1].Bar; bar == nil || *bar != (bot.Bar{Done: 12, Total: 50}) {
		t.Errorf("the bar is %+v", bar)
	}
	if !strings.Contains(texts(card), "@{ou_7}") || !slices.Equal(buttons(card), []string{"Stop: stop j1 k1"}) {
		t.Errorf("shown %+v", card)
	}
}

func TestSettle(t *testing.T) {
	t.Parallel()
	private := bot.CardRef{ID: "om_ask", Chat: "oc_1", Private: true}
	open := bot.CardRef{ID: "om_ask", Chat: "oc_p2p"}
	rows := map[string]struct {
		state   bot.JobState
		ask     bot.CardRef
		arrived []string
		says    string
		took    time.Duration
	}{
		"nothing asked":     {state: bot.JobRunning},
		"private":           {state: bot.JobCancelled, ask: private, arrived: []string{"drop_whisper om_ask"}},
		"confirmed":         {state: bot.JobRunning, ask: open, says: "settled_go", took: 500 * time.Millisecond},
		"approval is asked": {state: bot.JobApproval, ask: open, says: "settled_go", took: 500 * time.Millisecond},
		"cancelled":         {state: bot.JobCancelled, ask: open, says: "settled_cancelled", took: 500 * time.Millisecond},
		"expired":           {state: bot.JobExpired, ask: open, says: "settled_expired"},
	}
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				d := newDesk(t)
				began := time.Now()
				job := d.job(row.state, func(job *bot.Job) { job.Ask = row.ask })
				if err := d.board(t, false).Settle(t.Context(), job); err != nil {
					t.Fatal(err)
				}
				if took := time.Since(began); took != row.took {
					t.Errorf("it took %s, want %s", took, row.took)
				}
				if row.says == "" {
					if diff := cmp.Diff(row.arrived, d.speaker.arrived); diff != "" {
						t.Error(diff)
					}
					return
				}
				if card := d.last(t); !strings.Contains(texts(card), zh(row.says)) || buttons(card) != nil {
					t.Errorf("left is %+v", card)
				}
			})
		})
	}
}

func TestSettleOfACardThatIsGone(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	job := d.job(bot.JobExpired, func(job *bot.Job) { job.Ask = bot.CardRef{ID: "om_ask"} })
	d.speaker.fail("edit_card", &bot.Error{Kind: bot.NotFound}, &bot.Error{Kind: bot.Unavailable})
	if err := d.board(t, false).Settle(t.Context(), job); err != nil {
		t.Errorf("a card that is gone: %v", err)
	}
	if err := d.board(t, false).Settle(t.Context(), job); bot.KindOf(err) != bot.Unavailable {
		t.Errorf("a platform that does not answer: %v", err)
	}
}

func TestSuccessOfAJobIsQuiet(t *testing.T) {
	t.Parallel()
	for _, ranked := range []bool{false, true} {
		d := newDesk(t)
		d.recaller.may = policy.Decision{Allow: true, Rule: "owner", Ranked: ranked}
		job := d.job(bot.JobDone, counted(bot.Counts{bot.CauseRecalled: 100, bot.CauseGone: 20}))
		if err := d.board(t, true).End(t.Context(), job); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{"react om_cmd DONE"}, d.speaker.arrived); diff != "" {
			t.Error(diff)
		}
		if (len(d.recaller.requests) == 1) != ranked {
			t.Fatalf("rank %t, asked to recall %+v", ranked, d.recaller.requests)
		}
		if !ranked {
			continue
		}
		tidy := d.recaller.requests[0]
		if tidy.Via != bot.ViaTidy || tidy.Target != "om_cmd" || tidy.Who != "ou_1" || tidy.Known.Sender != bot.MarkOf("ou_1") ||
			tidy.Known.Kind != bot.KindPerson || tidy.Known.Chat != "oc_1" {
			t.Errorf("tidied %+v", tidy)
		}
	}
}

// What somebody confirmed ends with a card, however quick it was; it is removed like any other.
func TestConfirmedJobEndsWithACard(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	board := d.board(t, true)
	job := d.job(bot.JobDone, confirmed, counted(sum(120)))
	for range 2 { // it may come twice
		if err := board.End(t.Context(), job); err != nil {
			t.Fatal(err)
		}
	}
	want := []string{"reply_card om_cmd: " + zh("title_done_clean"), "react om_cmd DONE", "react om_cmd DONE"}
	if diff := cmp.Diff(want, d.speaker.arrived); diff != "" {
		t.Error(diff)
	}
	job.Told = true
	if err := board.End(t.Context(), job); err != nil || len(d.recaller.requests) != 1 || d.recaller.requests[0].Target != "om_card" {
		t.Errorf("removed %+v, %v", d.recaller.requests, err)
	}
	d = newDesk(t)
	job.Told, job.Filter.Quiet = false, true
	if err := d.board(t, true).End(t.Context(), job); err != nil || len(d.cards.shown) > 0 {
		t.Errorf("a quiet job ends with %+v, %v", d.cards.shown, err)
	}
}

func TestEndOfACard(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	job := d.job(bot.JobDone, carded, counted(bot.Counts{bot.CauseRecalled: 110, bot.CauseFailed: 7, bot.CauseNotAllowed: 3}))
	if err := d.board(t, true, english).End(t.Context(), job); err != nil {
		t.Fatal(err)
	}
	want := "Recalled\nrecalled 110, failed 7, not permitted 3, too old 5, pinned 2\nAsked for by @{ou_1}, job j1."
	if diff := cmp.Diff(want, texts(d.last(t))); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"Retry failed (10): retry j1 k1", "Undo: undo j1 k1"}, buttons(d.last(t))); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"edit_card om_progress: Recalled"}, d.speaker.arrived); diff != "" {
		t.Error(diff)
	}
}

func TestEndWithoutACard(t *testing.T) {
	t.Parallel()
	failed := counted(bot.Counts{bot.CauseRecalled: 119, bot.CauseFailed: 1})
	rows := map[string]struct {
		state  bot.JobState
		change []func(*bot.Job)
		set    bot.Settings
		said   string
	}{
		"failures":          {bot.JobDone, []func(*bot.Job){failed}, bot.Settings{}, "whisper_card oc_1 ou_1: " + zh("title_done_clean")},
		"failures, quietly": {bot.JobDone, []func(*bot.Job){failed}, bot.Settings{Quiet: true}, "whisper_card oc_1 ou_1: " + zh("title_done_clean")},
		"failures in p2p":   {bot.JobDone, []func(*bot.Job){failed, inP2P}, bot.Settings{}, "tell_card ou_1: " + zh("title_done_clean")},
		"dry run": {
			bot.JobDone,
			[]func(*bot.Job){counted(bot.Counts{bot.CauseDryRun: 120})},
			bot.Settings{},
			"whisper_card oc_1 ou_1: " + zh("title_dry_run"),
		},
		"stopped": {bot.JobStopped, []func(*bot.Job){counted(sum(30))}, bot.Settings{}, "whisper_card oc_1 ou_1: " + zh("title_stopped")},
		"nothing found": {
			bot.JobDone,
			[]func(*bot.Job){func(job *bot.Job) { job.Total, job.Preview = 0, bot.Preview{} }},
			bot.Settings{},
			"whisper oc_1 ou_1: " + zh("nothing_found"),
		},
		"failed": {
			bot.JobFailed,
			[]func(*bot.Job){func(job *bot.Job) { job.Reason, job.Code, job.LogID = bot.ReasonNoHistory, 230027, "log-1" }},
			bot.Settings{},
			"whisper oc_1 ou_1: " + zh("no_history") + fmt.Sprintf(zh("code_and_log"), 230027, "log-1"),
		},
	}
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t)
			d.settings.chats["oc_1"] = row.set
			job := d.job(row.state, row.change...)
			for range 2 { // once is enough
				if err := d.board(t, false).End(t.Context(), job); err != nil {
					t.Fatal(err)
				}
			}
			if diff := cmp.Diff([]string{row.said}, d.speaker.arrived); diff != "" {
				t.Error(diff)
			}
			if len(d.recaller.requests) > 0 {
				t.Errorf("asked to recall %+v", d.recaller.requests)
			}
		})
	}
}

func TestQuietFailuresAreForNobodyElse(t *testing.T) {
	t.Parallel()
	no := &bot.Error{Kind: bot.Denied}
	d := newDesk(t)
	d.speaker.fail("whisper_card", no)
	d.speaker.fail("tell_card", no)
	job := d.job(bot.JobDone, counted(bot.Counts{bot.CauseFailed: 120}), func(job *bot.Job) { job.Filter.Quiet = true })
	if err := d.board(t, false).End(t.Context(), job); err != nil || len(d.speaker.arrived) > 0 {
		t.Errorf("said %q, %v", d.speaker.arrived, err)
	}
}

func TestStoppedCardWaitsForThePress(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		began := time.Now()
		job := d.job(bot.JobStopped, carded, counted(sum(37)))
		if err := d.board(t, false, english).End(t.Context(), job); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(began); took != 500*time.Millisecond {
			t.Errorf("edited after %s", took)
		}
		if text := texts(d.last(t)); !strings.Contains(text, "recalled 37") || !strings.Contains(text, fmt.Sprintf(en("untried"), 83)) {
			t.Errorf("said %q", text)
		}
		if len(d.speaker.arrived) != 1 || buttons(d.last(t)) != nil {
			t.Errorf("arrived %q with %q", d.speaker.arrived, buttons(d.last(t)))
		}
	})
}

func TestEndOfACardThatIsGone(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.speaker.fail("edit_card", &bot.Error{Kind: bot.NotFound})
	job := d.job(bot.JobDone, carded, counted(bot.Counts{bot.CauseFailed: 120}))
	if err := d.board(t, false).End(t.Context(), job); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"whisper_card oc_1 ou_1: " + zh("title_done_clean")}, d.speaker.arrived); diff != "" {
		t.Error(diff)
	}
}

func TestWaitingJobThatIsCancelled(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		if err := d.board(t, false).End(t.Context(), d.job(bot.JobCancelled)); err != nil || len(d.speaker.arrived) > 0 {
			t.Errorf("without a card: said %q, %v", d.speaker.arrived, err)
		}
		if err := d.board(t, false).End(t.Context(), d.job(bot.JobCancelled, carded)); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(texts(d.last(t)), zh("settled_cancelled")) {
			t.Errorf("said %q", texts(d.last(t)))
		}
	})
}

func TestCardsThatAreRemoved(t *testing.T) {
	t.Parallel()
	told := func(job *bot.Job) {
		job.Told, job.Ask = true, bot.CardRef{ID: "om_ask", Chat: "oc_1", Private: true}
	}
	d := newDesk(t)
	if err := d.board(t, false).End(t.Context(), d.job(bot.JobDone, carded, told, counted(sum(120)))); err != nil {
		t.Fatal(err)
	}
	if len(d.recaller.requests) != 1 || len(d.speaker.arrived) > 0 {
		t.Fatalf("asked to recall %+v, said %q", d.recaller.requests, d.speaker.arrived)
	}
	removed := d.recaller.requests[0]
	if removed.Via != bot.ViaTidy || removed.Target != "om_progress" || removed.Known.Kind != bot.KindOwn ||
		removed.Known.Sender != bot.MarkOf("ou_1") || removed.Chat != "oc_1" {
		t.Errorf("removed %+v", removed)
	}
	d = newDesk(t)
	failed := counted(bot.Counts{bot.CauseFailed: 1})
	if err := d.board(t, false).End(t.Context(), d.job(bot.JobDone, carded, told, failed)); err != nil || len(d.recaller.requests) > 0 {
		t.Errorf("a card with failures is removed by %+v, %v", d.recaller.requests, err)
	}
}

func TestCardsSpeakTheLanguageOfTheCommand(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.settings.chats["oc_1"] = bot.Settings{Language: string(handlers.English)}
	board := d.board(t, false)
	for language, want := range map[string]string{
		"": fmt.Sprintf(en("title_preview"), 120), "zh-CN": fmt.Sprintf(zh("title_preview"), 120),
	} {
		job := d.job(bot.JobAsked, func(job *bot.Job) { job.Language = language })
		if _, err := board.Ask(t.Context(), job); err != nil || d.last(t).Title != want {
			t.Errorf("%q: shown %q, %v", language, d.last(t).Title, err)
		}
	}
}

func TestTimesAtTheLimits(t *testing.T) {
	t.Parallel()
	for total, want := range map[int]string{1: "1 s", 50: "1 s", 51: "2 s", 999: "20 s", 1000: "1 min 0 s", 2500: "2 min 10 s"} {
		d := newDesk(t)
		job := d.job(bot.JobAsked, func(job *bot.Job) { job.Total = total })
		if _, err := d.board(t, false, english).Ask(t.Context(), job); err != nil {
			t.Fatal(err)
		}
		if line := fmt.Sprintf(en("estimate"), want); !strings.Contains(texts(d.last(t)), line) {
			t.Errorf("%d messages: %q is not said in %q", total, line, texts(d.last(t)))
		}
	}
}

package handlers_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"recallbot/bot"
	"recallbot/handlers/text"
)

// job is a clean-up of 120 messages that ou_1 asked for in the group a minute ago.
func (d *harness) job(state bot.JobState, change ...func(*bot.Job)) bot.Job {
	job := bot.Job{
		ID: "j1", Kind: bot.JobClean, State: state, CauseID: "e1", Who: "ou_1", Via: bot.ViaClean, Chat: "oc_1",
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
			Groups: []bot.Group{
				{Count: 100, Newest: d.clock.Add(-2 * time.Minute), Kind: bot.KindOwn, Type: "text", Text: "**sale** @{ou_9}"},
				{Count: 1, Newest: d.clock.Add(-24 * time.Hour), Kind: bot.KindBot, From: "cli_x", Name: "Spam{}Bot", Type: "image"},
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
func (d *harness) last(t *testing.T) bot.Card {
	t.Helper()
	if len(d.cards.shown) == 0 {
		t.Fatalf("no card was shown; said %q", d.speaker.arrived)
	}
	return d.cards.shown[len(d.cards.shown)-1]
}

func TestPreview(t *testing.T) {
	t.Parallel()
	d := newHarness(t)
	ref, err := d.board(t, false, english).Ask(t.Context(), d.job(bot.JobAsked))
	if err != nil || !ref.Private {
		t.Fatalf("asked by %+v, %v", ref, err)
	}
	want := `Recall 120 messages?
My posts, the newest 120, with “@ou_9”
RecallBot: 80, SpamBot: 30, @{ou_5}: 10, and 3 more senders
From 17:00 to 17:58.
Not recalled: 5 too old, 2 pinned.
I did not look at the replies in some topics.
17:58  RecallBot: **sale** @ {ou_9}  ×100
08-31 18:00  SpamBot: [picture]
… and 19 more.
I searched only my own posts. To search all bots, add --bot any.
Messages of others can't be restored.
The buttons work for 5 minutes.`
	if diff := cmp.Diff(want, texts(d.last(t))); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"Recall 120: confirm j1 k1", "Cancel: cancel j1 k1"}, buttons(d.last(t))); diff != "" {
		t.Error(diff)
	}
	if strings.Contains(texts(d.last(t)), bot.MentionStart+"ou_9") {
		t.Error("what somebody wrote is a mention")
	}
}

func TestWaysToShowAPreview(t *testing.T) {
	t.Parallel()
	no := &bot.Error{Kind: bot.Denied, Code: 18053}
	busy := &bot.Error{Kind: bot.RateLimited}
	title := zh(text.TitlePreview, "count", 120)
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
			d := newHarness(t)
			for verb, err := range row.faults {
				d.speaker.fail(verb, err)
			}
			job := d.job(bot.JobAsked)
			if row.change != nil {
				row.change(&job)
			}
			_, err := d.board(t, false).Ask(t.Context(), job)
			if row.kind != bot.None {
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
	d := newHarness(t)
	if _, err := d.board(t, false).Ask(t.Context(), d.job(bot.JobDone)); err != nil {
		t.Fatal(err)
	}
	if buttons(d.last(t)) != nil || d.last(t).Title != zh(text.TitleDryRun, "count", 120) {
		t.Errorf("shown %+v", d.last(t))
	}
}

func TestApproval(t *testing.T) {
	t.Parallel()
	d := newHarness(t)
	d.posts.chats = map[bot.ChatID]bot.Chat{"oc_1": {Owner: "ou_owner", Managers: []bot.UserID{"ou_1"}}}
	job := d.job(bot.JobApproval, func(job *bot.Job) { job.Comment = "spam @{ou_9}" })
	if _, err := d.board(t, false, english).Ask(t.Context(), job); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"reply_card om_cmd: Approval needed: recall 120 messages"}, d.speaker.arrived); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"Approve: approve j1 k1", "Cancel: cancel j1 k1"}, buttons(d.last(t))); diff != "" {
		t.Error(diff)
	}
	said := texts(d.last(t))
	for _, hidden := range []string{"sale", "@{ou_5}"} {
		if strings.Contains(said, hidden) {
			t.Errorf("all may read %q in %q", hidden, said)
		}
	}
	for _, shown := range []string{en(text.ApprovalAsked, "who", "@{ou_1}"), "spam @{ou_9}", "members: 10", en(text.Approvers, "people", "@{ou_owner}")} {
		if !strings.Contains(said, shown) {
			t.Errorf("nobody may read %q in %q", shown, said)
		}
	}
}

// TestCleanUpByAButton has no command to reply to: its cards are posted to the chat.
func TestCleanUpByAButton(t *testing.T) {
	t.Parallel()
	d := newHarness(t, english)
	button := func(job *bot.Job) { job.Command, job.Confirmed, job.Began = "", "ou_1", d.clock.Add(-time.Minute) }
	board := d.board(t, false, english)
	if _, err := board.Ask(t.Context(), d.job(bot.JobApproval, button)); err != nil {
		t.Fatal(err)
	}
	if _, err := board.Show(t.Context(), d.job(bot.JobRunning, button), nil); err != nil {
		t.Fatal(err)
	}
	if err := board.End(t.Context(), d.job(bot.JobDone, button, counted(sum(120)), func(job *bot.Job) { job.ID = "j2" })); err != nil {
		t.Fatal(err)
	}
	want := []string{"post_card oc_1: Approval needed: recall 120 messages", "post_card oc_1: Recalling", "post_card oc_1: Recalled"}
	if diff := cmp.Diff(want, d.speaker.arrived); diff != "" {
		t.Error(diff)
	}
}

func TestProgress(t *testing.T) {
	t.Parallel()
	d := newHarness(t)
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
	// While the platform is away, there is no estimate.
	job.Stalled = d.clock
	if _, err := board.Show(t.Context(), job, nil); err != nil {
		t.Fatal(err)
	}
	want = "Recalling\nThe platform does not answer properly right now. I keep trying.\nAsked for by @{ou_1}, job j1.\nApproved by @{ou_2}."
	if diff := cmp.Diff(want, texts(d.last(t))); diff != "" {
		t.Error(diff)
	}
	job.Stalled = time.Time{}
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
	quiet := func(d *harness) { d.settings.chats["oc_1"] = bot.Settings{Quiet: true} }
	rows := map[string]struct {
		began  time.Duration
		change func(*bot.Job)
		set    func(*harness)
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
		d := newHarness(t)
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
	d := newHarness(t)
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
	d := newHarness(t)
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

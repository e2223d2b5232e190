package handlers_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"recallbot/bot"
	"recallbot/handlers/text"
	"recallbot/recall"
)

// withCard is a harness with a job whose progress card is om_card, in its chat.
func withCard(t *testing.T, state bot.JobState) *harness {
	t.Helper()
	d := newHarness(t)
	job := d.job(bot.JobRunning)
	if _, err := d.board(t, false).Show(t.Context(), job, &bot.Job{ID: "j0"}); err != nil {
		t.Fatal(err)
	}
	job.State = state
	d.jobs.jobs = []bot.Job{job}
	d.speaker.arrived = nil
	return d
}

// answer is a message that our bot said itself, some time ago, as the index knows it.
func (d *harness) answer(id bot.MessageID, ago time.Duration) bot.Message {
	return bot.Message{ID: id, Chat: "oc_1", Kind: bot.KindOwn, Answer: true, At: d.clock.Add(-ago)}
}

// onCard is a reply to the card, or a reaction.
func (d *harness) onCard() map[string]any {
	said := d.reply(bot.Command{})
	said.Root, said.Parent = "om_card", "om_card"
	return map[string]any{"reply": said, "reaction": bot.Reacted{Message: "om_card", Emoji: "CrossMark", By: "ou_1", At: d.clock}}
}

// TestTheCardOfAJobThatRuns: a recall of the card stops the job; the card stays and shows how the job ended.
func TestTheCardOfAJobThatRuns(t *testing.T) {
	t.Parallel()
	stale := &bot.Error{Kind: bot.Denied, Reason: bot.ReasonStale}
	noSay := &bot.Error{Kind: bot.Denied, Reason: bot.ReasonNoSay}
	for name, row := range map[string]struct {
		state   bot.JobState
		err     error
		stopped bool
		heard   map[string][]string // by the way in
	}{
		"running":  {bot.JobRunning, nil, true, map[string][]string{"reply": {"react om_cmd DONE"}}},
		"waiting":  {bot.JobWaiting, nil, true, map[string][]string{"reply": {"react om_cmd DONE"}}},
		"asking":   {bot.JobApproval, nil, true, map[string][]string{"reply": {"react om_cmd DONE"}}},
		"just now": {bot.JobRunning, stale, true, map[string][]string{"reply": {"react om_cmd DONE"}}},
		"no say": {bot.JobRunning, noSay, true, map[string][]string{
			"reply": {"whisper oc_1 ou_1: " + zh("reasons.no_say.full")}, "reaction": {"tell ou_1: " + zh("reasons.no_say.full")},
		}},
		"ended": {bot.JobDone, nil, false, map[string][]string{"reply": {"react om_cmd DONE"}}},
	} {
		for _, way := range []string{"reply", "reaction"} {
			t.Run(name+" "+way, func(t *testing.T) {
				t.Parallel()
				d := withCard(t, row.state)
				d.jobs.err, d.recaller.out = row.err, recall.Outcome{Result: bot.Done}
				d.does(t, d.onCard()[way])
				if got := len(d.jobs.pressed) == 1 && d.jobs.pressed[0] == "stop j1  by ou_1"; got != row.stopped || row.stopped == (len(d.recaller.requests) > 0) {
					t.Errorf("pressed %q, asked to recall %+v", d.jobs.pressed, d.recaller.requests)
				}
				d.heard(t, row.heard[way]...)
			})
		}
	}
}

// TestReactionsThatStopNothing: another emoji, an old reaction, and those of many people without the right.
func TestReactionsThatStopNothing(t *testing.T) {
	t.Parallel()
	d := withCard(t, bot.JobRunning)
	d.settings.chats[""] = bot.Settings{Emoji: []string{"No"}}
	d.does(t, d.onCard()["reaction"])
	d = withCard(t, bot.JobRunning)
	d.does(t, bot.Reacted{Message: "om_card", Emoji: "CrossMark", By: "ou_1", At: d.clock.Add(-9 * time.Hour)})
	if d.jobs.pressed != nil || len(d.recaller.requests) > 0 {
		t.Errorf("pressed %q, asked to recall %+v", d.jobs.pressed, d.recaller.requests)
	}
	d = withCard(t, bot.JobRunning)
	d.settings.chats[""] = bot.Settings{Quorum: 1}
	d.jobs.err = &bot.Error{Kind: bot.Denied, Reason: bot.ReasonNoSay}
	d.does(t, d.onCard()["reaction"])
	d.heard(t)
	if len(d.votes.people) > 0 || len(d.recaller.requests) > 0 {
		t.Errorf("counted %v, asked to recall %+v", d.votes.people, d.recaller.requests)
	}
}

// TestAnAnswerIsNotVotedOn: a quorum recalls posts, and no answers of the bot.
func TestAnAnswerIsNotVotedOn(t *testing.T) {
	t.Parallel()
	d := newHarness(t)
	d.settings.chats["oc_1"] = bot.Settings{Quorum: 1}
	d.recaller.out = recall.Outcome{Result: bot.Refused, Reason: bot.ReasonNoRight, Target: bot.Message{ID: "om_a", Chat: "oc_1", Kind: bot.KindOwn, Answer: true}}
	d.does(t, bot.Reacted{Message: "om_a", Emoji: "CrossMark", By: "ou_1", At: d.clock})
	if len(d.votes.people) > 0 || len(d.recaller.requests) != 1 {
		t.Errorf("counted %v, asked %+v", d.votes.people, d.recaller.requests)
	}
}

// TestCascadeLeavesTheCardOfAJobThatRuns: it recalls the other answers.
func TestCascadeLeavesTheCardOfAJobThatRuns(t *testing.T) {
	t.Parallel()
	d := withCard(t, bot.JobRunning)
	d.settings.chats["oc_1"] = bot.Settings{Cascade: true}
	d.history.replies["om_asked"] = []bot.MessageID{"om_card", "om_help"}
	d.does(t, recalled())
	if got := d.recaller.requests; len(got) != 1 || got[0].Target != "om_help" {
		t.Errorf("asked %+v", got)
	}
	d = withCard(t, bot.JobDone)
	d.settings.chats["oc_1"] = bot.Settings{Cascade: true}
	d.history.replies["om_asked"] = []bot.MessageID{"om_card"}
	d.does(t, recalled())
	if len(d.recaller.requests) != 1 {
		t.Errorf("asked %+v", d.recaller.requests)
	}
}

// TestEachCardOfAJobIsKnown: also cards that ask, unless only one person sees them in a group.
func TestEachCardOfAJobIsKnown(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		state bot.JobState
		p2p   bool
		known bool
	}{
		"a preview for one person":       {bot.JobAsked, false, false}, // it takes no reactions
		"a preview in a two-person chat": {bot.JobAsked, true, true},
		"an approval":                    {bot.JobApproval, false, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newHarness(t)
			job := d.job(row.state, func(job *bot.Job) { job.P2P = row.p2p })
			if _, err := d.board(t, false).Ask(t.Context(), job); err != nil {
				t.Fatal(err)
			}
			d.jobs.jobs = []bot.Job{job}
			d.does(t, d.onCard()["reply"])
			if stopped := len(d.jobs.pressed) == 1; stopped != row.known {
				t.Errorf("pressed %q", d.jobs.pressed)
			}
		})
	}
	d := newHarness(t)
	d.once.err = errAway
	if _, err := d.board(t, false).Ask(t.Context(), d.job(bot.JobApproval)); bot.KindOf(err) != bot.Unavailable {
		t.Errorf("a card that can't be noted: %v", err)
	}
}

// TestTheEndOfAJobWhoseCardIsGone: the chat gets the result although the card was recalled.
func TestTheEndOfAJobWhoseCardIsGone(t *testing.T) {
	t.Parallel()
	for title, state := range map[text.Key]bot.JobState{text.Done(bot.JobClean): bot.JobDone, text.TitleStopped: bot.JobStopped} {
		for way, ended := range map[string]func(*bot.Job){"confirmed": confirmed, "quick": func(*bot.Job) {}} {
			t.Run(string(title)+" "+way, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					d := newHarness(t)
					job := d.job(state, carded, ended, counted(sum(50)))
					d.speaker.fail("edit_card", &bot.Error{Kind: bot.NotFound})
					board := d.board(t, false)
					for range 2 { // it may come twice
						if err := board.End(t.Context(), job); err != nil {
							t.Fatal(err)
						}
						d.speaker.fail("edit_card", &bot.Error{Kind: bot.NotFound})
					}
					want := []string{"reply_card om_cmd: " + zh(title)}
					if state == bot.JobDone {
						want = append(want, "react om_cmd DONE", "react om_cmd DONE")
					}
					if diff := cmp.Diff(want, d.speaker.arrived); diff != "" {
						t.Error(diff)
					}
				})
			})
		}
	}
	synctest.Test(t, func(t *testing.T) {
		d := newHarness(t)
		d.settings.chats["oc_1"] = bot.Settings{Quiet: true}
		d.speaker.fail("edit_card", &bot.Error{Kind: bot.NotFound})
		if err := d.board(t, false).End(t.Context(), d.job(bot.JobDone, carded, counted(sum(50)))); err != nil || len(d.cards.shown) > 0 {
			t.Errorf("a chat that wants quiet is shown %+v, %v", d.cards.shown, err)
		}
	})
}

// TestACommandForAnotherBot: it recalls only posts of ours, and gets no answer.
func TestACommandForAnotherBot(t *testing.T) {
	t.Parallel()
	d := newHarness(t)
	d.does(t, d.reply(bot.Command{Elsewhere: true}))
	if got := d.recaller.requests; len(got) != 1 || !got[0].OwnOnly {
		t.Errorf("asked %+v", got)
	}
	d.heard(t)
	d.recaller.out.Result = bot.Done
	d.does(t, d.reply(bot.Command{Elsewhere: true}))
	d.heard(t, "react om_cmd DONE")
	d.does(t, d.reply(bot.Command{}))
	if d.recaller.requests[2].OwnOnly {
		t.Error("a command for us is bound to our posts")
	}
}

// TestCardThatIsNotStoredYet: a person may react before the card is stored. That costs one more run, and only where a job
// of the chat has no stored card.
func TestCardThatIsNotStoredYet(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		ago   time.Duration
		card  bot.CardRef
		waits bool
	}{
		"just now": {time.Second, bot.CardRef{}, true}, "long ago": {time.Minute, bot.CardRef{}, false},
		"of a job that has shown one": {0, bot.CardRef{ID: "om_other"}, false},
	} {
		for _, way := range []string{"reply", "reaction"} {
			t.Run(name+" "+way, func(t *testing.T) {
				t.Parallel()
				d := newHarness(t)
				d.jobs.jobs = []bot.Job{d.job(bot.JobRunning, func(job *bot.Job) { job.Card = row.card })}
				d.recaller.out.Result, d.recaller.answer = bot.Done, d.answer("om_card", row.ago)
				err := d.run(t, d.onCard()[way])
				if waits := bot.KindOf(err) == bot.Unavailable; waits != row.waits || waits == (len(d.recaller.requests) > 0) {
					t.Errorf("%v, asked %+v", err, d.recaller.requests)
				}
				if err := d.deliver(t, bot.Delivery{Event: bot.Event{ID: "e1", Body: d.onCard()[way]}, Attempt: 2}); err != nil {
					t.Errorf("the second run: %v", err)
				}
			})
		}
	}
}

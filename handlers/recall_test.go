package handlers_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"recallbot/bot"
	"recallbot/handlers"
	"recallbot/handlers/text"
	"recallbot/recall"
	"recallbot/recall/policy"
)

var (
	errAway    = bot.Errorf(bot.Unavailable, "no answer")
	errRefused = &bot.Error{Kind: bot.Denied, Op: "whisper", Code: 18053}
	errLimited = &bot.Error{Kind: bot.RateLimited, Op: "say", RetryAfter: time.Second}
)

// refusal is the outcome of a request of a person without rights.
func refusal() recall.Outcome {
	return recall.Outcome{
		Result: bot.Refused, Rule: policy.RuleNobody, Reason: bot.ReasonNoRight,
		Target: bot.Message{ID: "om_post", Chat: "oc_1", Kind: bot.KindOwn}, Chat: &bot.Chat{ID: "oc_1"},
	}
}

func (d *harness) heard(t *testing.T, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, d.speaker.arrived); diff != "" {
		t.Errorf("arrived (-want +got):\n%s", diff)
	}
}

func TestCommandAsksForTheMessageItRepliesTo(t *testing.T) {
	t.Parallel()
	d := newHarness(t)
	d.recaller.out.Result = bot.Done
	said := d.reply(bot.Command{Reason: "typo"})
	first := recall.Request{
		CauseID: "e1", Via: bot.ViaReply, Who: "ou_1", Asked: said.Message.At, Chat: "oc_1",
		Target: "om_post", Command: "om_cmd", Comment: "typo",
	}
	patient, hurried, private := first, first, first
	patient.Redelivered, hurried.Redelivered = true, true
	hurried.BestEffort, hurried.Last = true, true
	private.Via, private.P2P = bot.ViaP2P, true
	alone := said
	alone.P2P = true
	rows := []struct {
		name     string
		delivery bot.Delivery
		want     recall.Request
	}{
		{"first run", bot.Delivery{Event: bot.Event{ID: "e1", Body: said}, Attempt: 1}, first},
		{"a patient run", bot.Delivery{Event: bot.Event{ID: "e1", Body: said}, Attempt: 7, Redelivered: true}, patient},
		{"the last run", bot.Delivery{Event: bot.Event{ID: "e1", Body: said}, Attempt: 8, Redelivered: true, Last: true}, hurried},
		{"in p2p", bot.Delivery{Event: bot.Event{ID: "e1", Body: alone}, Attempt: 1}, private},
	}
	for _, row := range rows {
		d.recaller.requests = nil
		if err := d.deliver(t, row.delivery); err != nil {
			t.Errorf("%s: %v", row.name, err)
		}
		if diff := cmp.Diff([]recall.Request{row.want}, d.recaller.requests, requestFields()); diff != "" {
			t.Errorf("%s: requests (-want +got):\n%s", row.name, diff)
		}
	}
}

func TestSuccessIsQuiet(t *testing.T) {
	t.Parallel()
	for _, result := range []bot.Result{bot.Done, bot.AlreadyGone} {
		d := newHarness(t)
		d.recaller.out.Result = result
		d.does(t, d.reply(bot.Command{}))
		d.heard(t, "react om_cmd DONE")
		if n := len(d.recaller.requests); n != 1 {
			t.Errorf("%s without rank: %d requests, want the command left alone", result, n)
		}
	}
}

func TestCommandIsRemovedWhereTheBotMay(t *testing.T) {
	t.Parallel()
	d := newHarness(t)
	d.recaller.out = recall.Outcome{Result: bot.Done, Ranked: true}
	said := d.reply(bot.Command{Reason: "typo"})
	d.does(t, said)
	d.heard(t, "react om_cmd DONE")
	want := recall.Request{
		CauseID: "e1", Via: bot.ViaTidy, Who: "ou_1", Asked: said.Message.At, Chat: "oc_1",
		Target: "om_cmd", Known: &said.Message, Command: "om_cmd", Comment: "typo",
	}
	if len(d.recaller.requests) != 2 {
		t.Fatalf("%d requests, want the message and the command", len(d.recaller.requests))
	}
	if diff := cmp.Diff(want, d.recaller.requests[1], requestFields()); diff != "" {
		t.Errorf("second request (-want +got):\n%s", diff)
	}
}

func TestEmojiAndTidyingAreNotRetried(t *testing.T) {
	t.Parallel()
	d := newHarness(t)
	d.recaller.out = recall.Outcome{Result: bot.Done, Ranked: true}
	d.recaller.tidyErr = errAway
	d.speaker.fail("react", errAway)
	d.does(t, d.reply(bot.Command{}))
	d.heard(t)
}

func TestEmojiAndTidyingWaitForARateLimit(t *testing.T) {
	t.Parallel()
	d := newHarness(t)
	d.recaller.out = recall.Outcome{Result: bot.Done, Ranked: true}
	said := d.reply(bot.Command{})
	d.speaker.fail("react", errLimited)
	for _, tidyErr := range []error{errLimited, errLimited} {
		d.recaller.tidyErr = tidyErr
		if err := d.run(t, said); !errors.Is(err, errLimited) {
			t.Errorf("handling = %v, want another run when the limit allows", err)
		}
	}
	d.recaller.tidyErr = nil
	d.does(t, said)
	d.heard(t, "react om_cmd DONE", "react om_cmd DONE")
}

func TestAnswersToWhatWasNotRecalled(t *testing.T) {
	t.Parallel()
	failed := recall.Outcome{Result: bot.Failed, Rule: policy.RuleOwner, Reason: bot.ReasonNotAllowed, Code: 230026, LogID: "l1"}
	codeOnly, unknown, topics := failed, failed, refusal()
	codeOnly.LogID = ""
	unknown.Reason = "new_reason"
	topics.Chat = &bot.Chat{ID: "oc_1", Topics: true}
	dry := recall.Outcome{Result: bot.DryRun, Reason: bot.ReasonDryRun, Ranked: true}
	rows := []struct {
		name     string
		settings func(*handlers.Config)
		cmd      bot.Command
		p2p      bool
		out      recall.Outcome
		want     string
	}{
		{"refused", nil, bot.Command{}, false, refusal(), "whisper oc_1 ou_1: " + zh("reasons.no_right.full")},
		{"refused, english", english, bot.Command{}, false, refusal(), "whisper oc_1 ou_1: " + en("reasons.no_right.full")},
		{"refused, asked in chinese", english, bot.Command{Chinese: true}, false, refusal(), "whisper oc_1 ou_1: " + zh("reasons.no_right.full")},
		{"failed", nil, bot.Command{}, false, failed, "whisper oc_1 ou_1: " + zh("reasons.not_allowed.full") + "（230026，日志 l1）"},
		{"failed, english", english, bot.Command{}, false, failed, "whisper oc_1 ou_1: " + en("reasons.not_allowed.full") + " (230026, log id l1)"},
		{"failed without log id", nil, bot.Command{}, false, codeOnly, "whisper oc_1 ou_1: " + zh("reasons.not_allowed.full") + "（230026）"},
		{"failed without log id, english", english, bot.Command{}, false, codeOnly, "whisper oc_1 ou_1: " + en("reasons.not_allowed.full") + " (230026)"},
		{"a reason without a sentence", nil, bot.Command{}, false, unknown, "whisper oc_1 ou_1: " + zh("reasons.other.full") + "（230026，日志 l1）"},
		{"topic group", nil, bot.Command{}, false, topics, strings.Join(elsewhere(zh("reasons.no_right.full")), "|")},
		{"p2p", nil, bot.Command{}, true, refusal(), "tell ou_1: " + zh("reasons.no_right.full")},
		{"dry run", nil, bot.Command{}, false, dry, "whisper oc_1 ou_1: " + zh("reasons.dry_run.full")},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			d := newHarness(t, func(c *handlers.Config) {
				if row.settings != nil {
					row.settings(c)
				}
			})
			d.recaller.out = row.out
			said := d.reply(row.cmd)
			said.P2P = row.p2p
			d.does(t, said)
			d.heard(t, strings.Split(row.want, "|")...)
			if n := len(d.recaller.requests); n != 1 {
				t.Errorf("%d requests, want the command left alone", n)
			}
		})
	}
}

func TestNothingIsSaidUntilItIsSettled(t *testing.T) {
	t.Parallel()
	d := newHarness(t)
	d.recaller.err = errAway
	if err := d.run(t, d.reply(bot.Command{})); !errors.Is(err, errAway) {
		t.Errorf("handling = %v, want the recaller's error", err)
	}
	d.heard(t)
}

func TestGivingUpIsToldAndReturned(t *testing.T) {
	t.Parallel()
	d := newHarness(t)
	d.recaller.out, d.recaller.err = recall.Outcome{Result: bot.Failed, Reason: bot.ReasonUnavailable}, errAway
	if err := d.run(t, d.reply(bot.Command{})); !errors.Is(err, errAway) {
		t.Errorf("handling = %v, want the recaller's error", err)
	}
	d.heard(t, "whisper oc_1 ou_1: "+zh("reasons.unavailable.full"))
}

func TestCommandsThatAskForNothing(t *testing.T) {
	t.Parallel()
	rows := []struct {
		name   string
		change func(*harness, *bot.Said)
		want   bot.Reason
	}{
		{"no reply, no right", func(d *harness, s *bot.Said) { s.Parent, s.Root, d.recaller.may.Allow = "", "", false }, bot.ReasonNoTarget},
		{"late", func(d *harness, s *bot.Said) { s.Message.At = d.clock.Add(-8*time.Hour - time.Millisecond) }, bot.ReasonTooLate},
		{"late, in a topic", func(d *harness, s *bot.Said) { s.Message.At, s.Thread = d.clock.Add(-9*time.Hour), "omt_1" }, bot.ReasonTooLate},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			d := newHarness(t)
			said := d.reply(bot.Command{})
			row.change(d, &said)
			d.does(t, said)
			d.heard(t, "whisper oc_1 ou_1: "+zh(text.Reason(row.want)))
			if len(d.recaller.refused) != 1 || !strings.HasSuffix(d.recaller.refused[0], "/"+string(row.want)) {
				t.Errorf("refused %q, want one for %s", d.recaller.refused, row.want)
			}
			if d.recaller.requests != nil || d.topic.asked != nil {
				t.Errorf("requests %+v, topics %q; want none", d.recaller.requests, d.topic.asked)
			}
		})
	}
}

func TestEightHoursAreNotTooLate(t *testing.T) {
	t.Parallel()
	d := newHarness(t)
	d.recaller.out.Result = bot.Done
	said := d.reply(bot.Command{})
	said.Message.At = d.clock.Add(-8 * time.Hour)
	d.does(t, said)
	d.heard(t, "react om_cmd DONE")
}

func TestCommandsOfAppsAreNotWanted(t *testing.T) {
	t.Parallel()
	d := newHarness(t)
	for _, verb := range []bot.Verb{bot.VerbThis, bot.VerbHelp, bot.VerbLog, bot.VerbDoctor} {
		said := d.reply(bot.Command{Verb: verb})
		if !d.all.Wants(bot.Event{Body: said}) {
			t.Errorf("nobody wants the command %q", verb)
		}
		said.By = ""
		if d.all.Wants(bot.Event{Body: said}) {
			t.Errorf("the command %q of an app is wanted", verb)
		}
	}
	talk := d.reply(bot.Command{})
	talk.Command = nil
	if d.all.Wants(bot.Event{Body: talk}) {
		t.Error("talk is wanted")
	}
}

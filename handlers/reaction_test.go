package handlers_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"recallbot/bot"
	"recallbot/handlers"
	"recallbot/handlers/text"
	"recallbot/recall"
)

// react is a person's ❌ on a message, just now.
func (d *harness) react(who bot.UserID) bot.Reacted {
	return bot.Reacted{Message: "om_post", Emoji: "CrossMark", By: who, At: d.clock}
}

func TestOnlyWantedReactionsAreWork(t *testing.T) {
	t.Parallel()
	custom := func(c *handlers.Config) { c.Emoji = []string{"BOMB"} }
	none := func(c *handlers.Config) { c.Emoji = nil }
	rows := []struct {
		name     string
		settings func(*handlers.Config)
		emoji    string
		by       bot.UserID
		want     bool
	}{
		{"cross", english, "CrossMark", "ou_1", true},
		{"no", english, "No", "ou_1", true},
		{"another", english, "THUMBSUP", "ou_1", false},
		{"our sign of success", english, "DONE", "ou_1", false},
		{"in another case", english, "crossmark", "ou_1", false},
		{"without a name", english, "", "ou_1", false},
		{"by an app", english, "CrossMark", "", false},
		{"chosen in the settings", custom, "BOMB", "ou_1", true},
		{"no longer chosen", custom, "CrossMark", "ou_1", false},
		{"none chosen", none, "CrossMark", "ou_1", false},
		{"none chosen, without a name", none, "", "ou_1", false},
	}
	for _, row := range rows {
		d := newHarness(t, row.settings)
		got := d.all.Wants(bot.Event{Body: bot.Reacted{Message: "om_post", Emoji: row.emoji, By: row.by, At: d.clock}})
		if got != row.want {
			t.Errorf("%s: wanted %t, want %t", row.name, got, row.want)
		}
	}
}

// notWanted leaves out of a comparison which settings want the request.
func notWanted() cmp.Option { return cmpopts.IgnoreFields(recall.Request{}, "Wanted") }

// requestFields are those that a caller sets.
func requestFields() cmp.Option { return cmpopts.IgnoreUnexported(recall.Request{}) }

func TestReactionAsksForItsMessage(t *testing.T) {
	t.Parallel()
	d := newHarness(t)
	d.recaller.out = recall.Outcome{Result: bot.Done, Ranked: true, Target: bot.Message{Kind: bot.KindOwn}}
	want := recall.Request{CauseID: "e1", Via: bot.ViaReaction, Who: "ou_1", Asked: d.clock, Target: "om_post"}
	d.does(t, d.react("ou_1"))
	again := bot.Delivery{Event: bot.Event{ID: "e1", Body: d.react("ou_1")}, Attempt: 24, Redelivered: true, Last: true}
	if err := d.deliver(t, again); err != nil {
		t.Error(err)
	}
	last := want
	last.Redelivered, last.Last = true, true
	if diff := cmp.Diff([]recall.Request{want, last}, d.recaller.requests, requestFields(), notWanted()); diff != "" {
		t.Errorf("requests (-want +got):\n%s", diff)
	}
	d.heard(t) // success by reaction leaves no command to sign
}

func TestReactionsThatAreAnswered(t *testing.T) {
	t.Parallel()
	own := refusal()
	other := refusal()
	other.Target.Kind, other.Reason = bot.KindBot, bot.ReasonNoRank
	topics, alone := refusal(), refusal()
	topics.Chat = &bot.Chat{Topics: true}
	alone.Chat = &bot.Chat{P2P: true}
	person, unseen, gone := refusal(), refusal(), refusal()
	person.Target.Kind = bot.KindPerson
	unseen.Target = bot.Message{ID: "om_post"}
	gone.Result = bot.AlreadyGone
	unasked := refusal()
	unasked.Chat, unasked.Reason, unasked.Code, unasked.LogID = nil, bot.ReasonUnchecked, 232011, "l1"
	rows := []struct {
		name string
		out  recall.Outcome
		want []string
	}{
		{"our post", own, []string{"whisper oc_1 ou_1: " + zh("reasons.no_right.full")}},
		{"another bot's", other, []string{"whisper oc_1 ou_1: " + zh(text.PostedByBot) + zh("reasons.bot_has_no_rank.full")}},
		{"our post, roles not learned", unasked, []string{"whisper oc_1 ou_1: " + zh("reasons.could_not_check.full") + "（232011，日志 l1）"}},
		{"our post in a topic group", topics, elsewhere(zh("reasons.no_right.full"))[:1]},
		{"our post in p2p", alone, []string{"tell ou_1: " + zh("reasons.no_right.full")}},
		{"a person's", person, nil},
		{"one never seen", unseen, nil},
		{"one already gone", gone, nil},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			d := newHarness(t)
			d.recaller.out = row.out
			d.does(t, d.react("ou_1"))
			d.heard(t, row.want...)
		})
	}
}

func TestAPersonIsToldAboutReactionsOnceInTenMinutes(t *testing.T) {
	t.Parallel()
	d := newHarness(t)
	d.recaller.out = refusal()
	said := ": " + zh("reasons.no_right.full")
	steps := []struct {
		after time.Duration
		id    bot.EventID
		by    bot.UserID
		want  []string
	}{
		{0, "e1", "ou_1", []string{"whisper oc_1 ou_1" + said}},
		{0, "e1", "ou_1", nil},
		{time.Minute, "e2", "ou_1", nil},
		{0, "e3", "ou_2", []string{"whisper oc_1 ou_2" + said}},
		{9*time.Minute - time.Millisecond, "e4", "ou_1", nil},
		{time.Millisecond, "e5", "ou_1", []string{"whisper oc_1 ou_1" + said}},
	}
	for i, step := range steps {
		d.clock = d.clock.Add(step.after)
		d.speaker.arrived = nil
		delivery := bot.Delivery{Event: bot.Event{ID: step.id, Body: d.react(step.by)}, Attempt: 1}
		if err := d.deliver(t, delivery); err != nil {
			t.Errorf("step %d: %v", i, err)
		}
		if diff := cmp.Diff(step.want, d.speaker.arrived); diff != "" {
			t.Errorf("step %d (-want +got):\n%s", i, diff)
		}
	}
}

func TestReactionWhoseAnswerFailedIsAnsweredInTheNextRun(t *testing.T) {
	t.Parallel()
	d := newHarness(t)
	d.recaller.out = refusal()
	d.speaker.fail("whisper", errAway)
	if err := d.run(t, d.react("ou_1")); !errors.Is(err, errAway) {
		t.Errorf("first run = %v, want the speaker's error", err)
	}
	d.does(t, d.react("ou_1"))
	d.heard(t, "whisper oc_1 ou_1: "+zh("reasons.no_right.full"))
}

func TestReactionOfAPersonWhoCannotBeReached(t *testing.T) {
	t.Parallel()
	d := newHarness(t)
	d.recaller.out = refusal()
	d.speaker.fail("whisper", errRefused)
	d.speaker.fail("tell", errRefused)
	d.does(t, d.react("ou_1"))
	d.heard(t)
}

func TestLateReactionsAreRecordedOnly(t *testing.T) {
	t.Parallel()
	d := newHarness(t)
	d.recaller.out = refusal()
	late := d.react("ou_1")
	late.At = d.clock.Add(-8*time.Hour - time.Millisecond)
	d.does(t, late)
	if d.recaller.requests != nil {
		t.Errorf("requests %+v, want none", d.recaller.requests)
	}
	if want := []string{"too_late/said_too_long_ago"}; !slices.Equal(d.recaller.refused, want) {
		t.Errorf("refused %q, want %q", d.recaller.refused, want)
	}
	d.heard(t)
	late.At = d.clock.Add(-8 * time.Hour)
	d.does(t, late)
	if len(d.recaller.requests) != 1 {
		t.Errorf("%d requests for one just in time, want one", len(d.recaller.requests))
	}
}

func TestReactionIsTriedAgain(t *testing.T) {
	t.Parallel()
	d := newHarness(t)
	d.recaller.err = errAway
	if err := d.run(t, d.react("ou_1")); !errors.Is(err, errAway) {
		t.Errorf("handling = %v, want the recaller's error", err)
	}
	d.heard(t)

	d.recaller.out = refusal() // the last run: given up, and recorded
	d.recaller.out.Result, d.recaller.out.Reason = bot.Failed, bot.ReasonUnavailable
	if err := d.run(t, d.react("ou_1")); !errors.Is(err, errAway) {
		t.Errorf("handling = %v, want the recaller's error", err)
	}
	d.heard(t, "whisper oc_1 ou_1: "+zh("reasons.unavailable.full"))
}

func TestLeavingAChatForgetsIt(t *testing.T) {
	t.Parallel()
	d := newHarness(t)
	d.does(t, bot.ChatLeft{Chat: "oc_1"})
	if diff := cmp.Diff([]bot.ChatID{"oc_1"}, d.left.left); diff != "" {
		t.Errorf("left (-want +got):\n%s", diff)
	}
	d.left.err = errAway
	if err := d.run(t, bot.ChatLeft{Chat: "oc_1"}); !errors.Is(err, errAway) {
		t.Errorf("handling = %v, want the error of forgetting", err)
	}
}

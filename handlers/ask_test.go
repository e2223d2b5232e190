package handlers_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"recallbot/bot"
	"recallbot/handlers/text"
	"recallbot/recall"
	"recallbot/recall/policy"
)

// refused returns a harness in which the recall of a post by ou_1 in oc_1 was refused, and the event of the button that asks the
// owner ou_owner and the manager ou_2.
func refused(t *testing.T) (*harness, bot.Pressed) {
	t.Helper()
	d := newHarness(t, english)
	d.posts.chats = map[bot.ChatID]bot.Chat{"oc_1": {ID: "oc_1", Name: "Launch", Owner: "ou_owner", Managers: []bot.UserID{"ou_2"}}}
	return d, d.refuse(t, "c1", "ou_1", "om_post")
}

// refuse refuses a person's recall of a post, and returns the event of the button that asks the moderators.
func (d *harness) refuse(t *testing.T, event bot.EventID, who bot.UserID, id bot.MessageID) bot.Pressed {
	t.Helper()
	chat := d.posts.chats["oc_1"]
	d.recaller.out = recall.Outcome{
		Result: bot.Refused, Reason: bot.ReasonNoRight, Target: bot.Message{ID: id, Chat: "oc_1", Kind: bot.KindOwn}, Chat: &chat,
	}
	said := d.reply(bot.Command{})
	said.By = who
	if err := d.deliver(t, bot.Delivery{Event: bot.Event{ID: event, Body: said}, Attempt: 1}); err != nil {
		t.Fatal(err)
	}
	press := d.cards.last().Parts[1].Buttons[0].Press
	d.speaker.arrived, d.recaller.requests = nil, nil
	d.recaller.out = recall.Outcome{Result: bot.Done}
	return bot.Pressed{Press: press, Message: "om_whisper", Chat: "oc_1", By: who, At: d.clock}
}

func (d *harness) pressAs(t *testing.T, event bot.EventID, body bot.Pressed) {
	t.Helper()
	if err := d.deliver(t, bot.Delivery{Event: bot.Event{ID: event, Body: body}, Attempt: 1}); err != nil {
		t.Fatal(err)
	}
}

// asked presses the button, and returns the events of the two buttons on the moderators' card.
func (d *harness) asked(t *testing.T, body bot.Pressed) (recalls, leaves bot.Pressed) {
	t.Helper()
	d.pressAs(t, "ask", body)
	for _, shown := range d.cards.shown {
		if len(shown.Parts) > 0 && shown.Title == en(text.QuestionTitle) {
			buttons := shown.Parts[len(shown.Parts)-1].Buttons
			recalls, leaves = body, body
			recalls.Press, leaves.Press = buttons[0].Press, buttons[1].Press
			recalls.By, leaves.By, recalls.Chat, leaves.Chat = "ou_owner", "ou_2", "oc_p2p", "oc_p2p"
		}
	}
	d.speaker.arrived = nil
	return recalls, leaves
}

// TestFirstDecisionIsFinal: after the first decision another press changes nothing, and is answered with the decision.
func TestFirstDecisionIsFinal(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d, ask := refused(t)
		recalls, leaves := d.asked(t, ask)
		d.pressAs(t, "p1", leaves)
		left := en(text.AskedLeft, "who", bot.Mention("ou_2"))
		if !slices.ContainsFunc(d.speaker.arrived, func(said string) bool { return strings.HasSuffix(said, left) }) {
			t.Errorf("arrived %q", d.speaker.arrived)
		}
		d.speaker.arrived = nil
		d.pressAs(t, "p2", recalls)
		if len(d.recaller.requests) > 0 || len(d.speaker.arrived) != 1 || !strings.HasSuffix(d.speaker.arrived[0], left) {
			t.Errorf("recalled %+v, told %q", d.recaller.requests, d.speaker.arrived)
		}
	})
}

// TestDecisionThatFailsIsOpenAgain: after a recall that the platform refused, another moderator can decide.
func TestDecisionThatFailsIsOpenAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d, ask := refused(t)
		recalls, leaves := d.asked(t, ask)
		d.recaller.out = recall.Outcome{Result: bot.Failed, Reason: bot.ReasonTooOld}
		d.pressAs(t, "p1", recalls)
		d.speaker.arrived = nil
		d.pressAs(t, "p2", leaves)
		if said := d.speaker.arrived; len(said) == 0 || !strings.HasSuffix(said[len(said)-1], en(text.AskedLeft, "who", bot.Mention("ou_2"))) {
			t.Errorf("arrived %q", said)
		}
	})
}

// TestDecisionOfAPersonWithoutTheRight is refused and recorded, and decides nothing.
func TestDecisionOfAPersonWithoutTheRight(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d, ask := refused(t)
		recalls, leaves := d.asked(t, ask)
		d.recaller.may = policy.Decision{Reason: bot.ReasonNoSay}
		d.recaller.out = recall.Outcome{Result: bot.Refused, Reason: bot.ReasonNoRight}
		d.pressAs(t, "p1", recalls)
		d.pressAs(t, "p2", leaves)
		if len(d.recaller.requests) != 1 {
			t.Errorf("requests %+v", d.recaller.requests)
		}
		d.recaller.may, d.recaller.out = policy.Decision{Allow: true}, recall.Outcome{Result: bot.Done}
		d.pressAs(t, "p3", recalls)
		if len(d.recaller.requests) != 2 {
			t.Errorf("requests %+v", d.recaller.requests)
		}
	})
}

// TestAskingHasALimit: moderators of a group get at most ten questions an hour, however many people ask.
func TestAskingHasALimit(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d, _ := refused(t)
		var told []string
		for i := range 12 {
			n := strconv.Itoa(i)
			body := d.refuse(t, bot.EventID("c"+n), bot.UserID("ou_m"+n), bot.MessageID("om_"+n))
			d.pressAs(t, bot.EventID("ask"+n), body)
			told = append(told, d.speaker.arrived...)
		}
		asked := 0
		for _, said := range told {
			if strings.HasPrefix(said, "tell_card ou_owner") {
				asked++
			}
		}
		if asked != 10 || !strings.HasSuffix(told[len(told)-1], en(text.AskedTooOften)) {
			t.Errorf("the owner was asked %d times, the last was told %q", asked, told[len(told)-1])
		}
		d.clock = d.clock.Add(time.Hour)
		d.pressAs(t, "later", d.refuse(t, "c_later", "ou_later", "om_later"))
		if !slices.ContainsFunc(d.speaker.arrived, func(said string) bool { return strings.HasPrefix(said, "tell_card ou_owner") }) {
			t.Errorf("an hour later arrived %q", d.speaker.arrived)
		}
	})
}

// TestOnlyTheCardWithTheButtonIsChanged: a press can name any card of ours, so it changes only one that has its button.
func TestOnlyTheCardWithTheButtonIsChanged(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d, ask := refused(t)
		ask.Message = "om_card_of_a_team"
		d.pressAs(t, "ask", ask)
		if slices.ContainsFunc(d.speaker.arrived, func(said string) bool { return strings.HasPrefix(said, "edit_card") }) {
			t.Errorf("arrived %q", d.speaker.arrived)
		}
	})
}

// TestGroupAnswerMentionsOnlyTheAsker: where a refusal cannot be private, it mentions only the person who asked.
func TestGroupAnswerMentionsOnlyTheAsker(t *testing.T) {
	t.Parallel()
	for name, reason := range map[string]bot.Reason{"a recall": bot.ReasonNoRight, "a command": bot.ReasonNoSay} {
		d := newHarness(t, english)
		d.posts.chats = map[bot.ChatID]bot.Chat{"oc_1": {ID: "oc_1", Owner: "ou_owner", Managers: []bot.UserID{"ou_2"}}}
		for _, way := range []string{"whisper", "tell", "whisper_card", "tell_card"} {
			d.speaker.fail(way, errRefused)
		}
		chat := d.posts.chats["oc_1"]
		d.recaller.out = recall.Outcome{
			Result: bot.Refused, Reason: reason, Target: bot.Message{ID: "om_post", Chat: "oc_1", Kind: bot.KindOwn}, Chat: &chat,
		}
		d.recaller.may = policy.Decision{Reason: reason}
		cmd := bot.Command{}
		if reason == bot.ReasonNoSay {
			cmd = bot.Command{Verb: bot.VerbLog}
		}
		d.does(t, d.reply(cmd))
		if len(d.speaker.arrived) != 1 || !strings.HasPrefix(d.speaker.arrived[0], "reply") {
			t.Fatalf("%s: arrived %q", name, d.speaker.arrived)
		}
		said := d.speaker.arrived[0]
		if len(d.cards.shown) > 0 {
			said += texts(d.cards.last())
		}
		if strings.Contains(said, "ou_owner") || strings.Contains(said, "ou_2") {
			t.Errorf("%s: all read %q", name, said)
		}
	}
}

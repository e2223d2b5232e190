package handlers_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"recallbot/bot"
	"recallbot/handlers/text"
	"recallbot/recall"
	"recallbot/recall/policy"
)

func bareRecall(d *harness) bot.Said {
	said := d.reply(bot.Command{})
	said.Parent, said.Root = "", ""
	return said
}

// TestBareRecallOffersTheNewestPost, as the platform shows it, else from the index; and its button recalls that post, with the rights
// of the person who presses.
func TestBareRecallOffersTheNewestPost(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 9, 1, 9, 30, 0, 0, time.UTC)
	newest := bot.Message{ID: "om_new", Chat: "oc_1", Kind: bot.KindOwn, At: at}
	for name, where := range map[string]topic{
		"platform": {platform: newest},
		"index":    {platformErr: bot.Errorf(bot.Denied, "no scope"), index: newest},
	} {
		d := newHarness(t, english)
		*d.topic = where
		d.does(t, bareRecall(d))
		want := "Recall my newest post here?\n09-01 17:30  what om_new says\n[Recall this][Clean up…][What can I do?]\n" +
			en(text.OfferOther)
		if diff := cmp.Diff(want, d.shown(t)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		press := d.cards.shown[0].Parts[1].Buttons[0].Press
		d.recaller.out = recall.Outcome{Result: bot.Done}
		d.speaker.faults["edit_card"] = []fault{{err: bot.Errorf(bot.Denied, "private")}}
		pressed := bot.Pressed{Press: press, Message: "om_card", Chat: "oc_1", By: "ou_2", At: d.clock}
		if err := d.deliver(t, bot.Delivery{Event: bot.Event{ID: "e2", Body: pressed}, Attempt: 1}); err != nil {
			t.Fatal(err)
		}
		got := d.recaller.requests
		if len(got) != 1 || got[0].Target != "om_new" || got[0].Who != "ou_2" || got[0].Chat != "oc_1" || got[0].Via != bot.ViaButton || got[0].P2P {
			t.Errorf("%s: requests %+v", name, got)
		}
	}
}

// TestOfferShowsWhatItsButtonRecalls: a second run, which finds a newer post, shows the one that the first run stored for the button.
func TestOfferShowsWhatItsButtonRecalls(t *testing.T) {
	t.Parallel()
	d := newHarness(t, english)
	d.topic.platform = bot.Message{ID: "om_old", Chat: "oc_1", Kind: bot.KindOwn, At: d.clock.Add(-time.Hour)}
	d.speaker.fail("whisper_card", errLimited)
	if err := d.run(t, bareRecall(d)); !errors.Is(err, errLimited) {
		t.Fatalf("handling = %v, want the rate limit", err)
	}
	d.topic.platform = bot.Message{ID: "om_new", Chat: "oc_1", Kind: bot.KindOwn, At: d.clock}
	d.does(t, bareRecall(d))
	if said := d.shown(t); !strings.Contains(said, "what om_old says") || !strings.Contains(said, "09-01 17:00") {
		t.Errorf("offered %s", said)
	}
	d.recaller.out = recall.Outcome{Result: bot.Done}
	d.does(t, bot.Pressed{Press: d.cards.shown[0].Parts[1].Buttons[0].Press, Message: "om_card", Chat: "oc_1", By: "ou_1", At: d.clock})
	if got := d.recaller.requests; len(got) != 1 || got[0].Target != "om_old" {
		t.Errorf("requests %+v", got)
	}
}

func TestBareRecallRefuses(t *testing.T) {
	t.Parallel()
	none := bot.Errorf(bot.NotFound, "no post")
	rows := map[string]func(*harness){
		"who may not": func(d *harness) { d.recaller.may = policy.Decision{Reason: bot.ReasonNoSay} },
		"where no post is": func(d *harness) {
			d.topic.platformErr, d.topic.platform = none, bot.Message{}
		},
	}
	for name, change := range rows {
		d := newHarness(t, english)
		d.topic.platform = bot.Message{ID: "om_new", Chat: "oc_1", Kind: bot.KindOwn}
		change(d)
		d.does(t, bareRecall(d))
		d.heard(t, "whisper oc_1 ou_1: "+en(text.Reason(bot.ReasonNoTarget)))
		if len(d.recaller.refused) != 1 {
			t.Errorf("%s: refused %q", name, d.recaller.refused)
		}
	}
	d := newHarness(t, english)
	d.does(t, bot.Pressed{Press: bot.Press{Action: bot.ActThis, Key: "forged"}, Message: "om_card", Chat: "oc_1", By: "ou_1", At: d.clock})
	d.heard(t, "whisper oc_1 ou_1: "+en(text.Reason(bot.ReasonStale)))
	if d.recaller.requests != nil {
		t.Errorf("a forged press asks for %+v", d.recaller.requests)
	}
}

// TestButtonsOpenCommands: a button does what a command does for the person who presses it, with their rights now.
func TestButtonsOpenCommands(t *testing.T) {
	t.Parallel()
	press := func(d *harness, action bot.Action, word string, chat bot.ChatID) bot.Pressed {
		return bot.Pressed{
			Press: bot.Press{Action: action, Word: word, Chat: chat}, Message: "om_card", Chat: "oc_p2p", By: "ou_1", At: d.clock,
		}
	}
	d := newHarness(t, english)
	d.does(t, press(d, bot.ActOpen, "clean", "oc_1"))
	want := "In “Room oc_1”:\n" + en(text.MenuTitle)
	if got := read(d.cards.shown[0]); d.speaker.arrived[0] != "tell_card ou_1: "+en(text.MenuTitle) || len(got) < len(want) {
		t.Errorf("arrived %q, card:\n%s", d.speaker.arrived, got)
	}

	for name, pressed := range map[string]bot.Pressed{
		"of one's own chat":    press(newHarness(t), bot.ActOpen, "log", ""),
		"of another p2p chat":  press(newHarness(t), bot.ActOpen, "log", "oc_p2p_other"),
		"clean-up of that one": press(newHarness(t), bot.ActClean, "hour", "oc_p2p_other"),
	} {
		d := newHarness(t, english)
		d.does(t, pressed)
		own := len(d.jobs.started) == 0 || d.jobs.started[0].Chat == "oc_p2p" && d.jobs.started[0].P2P
		if !own || d.records.chat != "" && d.records.chat != "oc_p2p" {
			t.Errorf("%s: jobs %+v, log of %s", name, d.jobs.started, d.records.chat)
		}
	}

	// Without a right there, nothing is done there and nothing said of it: not even its name.
	d = newHarness(t, english)
	d.recaller.may = policy.Decision{Reason: bot.ReasonNoSay}
	d.does(t, press(d, bot.ActOpen, "clean", "oc_1"))
	d.does(t, press(d, bot.ActClean, "hour", "oc_1"))
	d.does(t, press(d, bot.ActHelp, "", "oc_1"))
	if len(d.jobs.started) > 0 || strings.Contains(strings.Join(d.speaker.arrived, "\n")+read(d.cards.shown[0]), "oc_1") {
		t.Errorf("without a right: arrived %q, jobs %+v", d.speaker.arrived, d.jobs.started)
	}
}

// TestMenuAsksBeforeItRecalls: a press can be made by anyone, so each choice shows a preview first.
func TestMenuAsksBeforeItRecalls(t *testing.T) {
	t.Parallel()
	for word, filter := range map[string]string{
		"mine": "--last=5", "minutes": "--bot=any --since=", "hour": "--bot=any --since=", "repeats": "--bot=any --since=",
	} {
		d := newHarness(t, english)
		d.does(t, bot.Pressed{Press: bot.Press{Action: bot.ActClean, Word: word}, Message: "om_card", Chat: "oc_1", By: "ou_1", At: d.clock})
		if len(d.jobs.started) != 1 {
			t.Fatalf("%s: jobs %+v", word, d.jobs.started)
		}
		req := d.jobs.started[0]
		if got := req.Filter.String(); !req.Unsure || req.Who != "ou_1" || req.Filter.Yes || got[:min(len(got), len(filter))] != filter {
			t.Errorf("%s: %+v with %s", word, req, got)
		}
	}
	d := newHarness(t)
	if d.all.Wants(bot.Event{ID: "e1", Body: bot.Pressed{Press: bot.Press{Action: bot.ActClean, Word: "everything"}, By: "ou_1"}}) {
		t.Error("a choice that is not in the menu is handled")
	}
}

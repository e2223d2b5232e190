package handlers_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"recallbot/bot"
	"recallbot/handlers/text"
	"recallbot/recall"
	"recallbot/recall/policy"
)

// set is /recall settings with words.
func (d *harness) set(words string) bot.Said {
	return d.reply(bot.Command{Verb: bot.VerbSettings, Args: strings.Fields(words)})
}

func TestASettingIsChangedInWords(t *testing.T) {
	t.Parallel()
	d := newHarness(t, english)
	d.does(t, d.set("quorum 3"))
	want := recall.SettingRequest{
		CauseID: "e1", Via: bot.ViaSettings, Who: "ou_1", Asked: d.clock.Add(-time.Minute), Chat: "oc_1", Command: "om_cmd",
	}
	ignore := cmpopts.IgnoreFields(recall.SettingRequest{}, "Change")
	if diff := cmp.Diff([]recall.SettingRequest{want}, d.recaller.changes, ignore); diff != "" {
		t.Errorf("requests (-want +got):\n%s", diff)
	}
	if d.settings.chats["oc_1"].Quorum != 3 {
		t.Errorf("settings %+v", d.settings.chats["oc_1"])
	}
	d.heard(t, "whisper oc_1 ou_1: "+en(text.SettingsSaved)+"\n"+en("settings.name.quorum")+": "+en(text.ValueOff)+" → 3")
}

func TestChangesAreToldToPeople(t *testing.T) {
	t.Parallel()
	d := newHarness(t)
	add := d.reply(bot.Command{
		Verb: bot.VerbSettings, Args: []string{"moderators", "add", "@_user_1"}, Mentions: []bot.Mentioned{{Key: "@_user_1", ID: "ou_2"}},
	})
	d.does(t, add)
	d.heard(t, "whisper oc_1 ou_1: "+zh(text.SettingsSaved)+"\n"+zh("settings.name.moderators")+": - → "+bot.Mention("ou_2"))

	same := newHarness(t, english)
	same.does(t, same.set("people off"))
	same.heard(t, "whisper oc_1 ou_1: "+en(text.SettingsSame))
}

func TestWhoMayNotChangeIsTold(t *testing.T) {
	t.Parallel()
	d := newHarness(t, english)
	d.recaller.manage = policy.Decision{Rule: policy.RuleNobody, Reason: bot.ReasonOnlyOwners}
	d.does(t, d.set("quorum 3"))
	d.heard(t, "whisper oc_1 ou_1: "+en("reasons.only_owners.full"))
	if len(d.settings.chats) > 0 {
		t.Errorf("settings %+v", d.settings.chats)
	}
}

func TestMistakesInSettingsAreAnswered(t *testing.T) {
	t.Parallel()
	rows := map[string]string{
		"quorm 3":             en("settings.fault.unknown", "word", "quorm") + " " + en(text.DidYouMean, "suggestion", "quorum"),
		"everything on":       en("settings.fault.unknown", "word", "everything"),
		"quorum":              en("settings.fault.no_value", "word", "quorum"),
		"quorum 99":           en("settings.fault.number", "word", "99", "limit", "50"),
		"people maybe":        en("settings.fault.switch", "word", "maybe"),
		"moderators add @{x}": en("settings.fault.person", "word", "@x"),
	}
	for words, want := range rows {
		d := newHarness(t, english)
		d.does(t, d.set(words))
		d.heard(t, "whisper oc_1 ou_1: "+want)
		if d.recaller.changes != nil {
			t.Errorf("%q asked for %+v", words, d.recaller.changes)
		}
	}
}

// TestApprovalWithoutASecondPerson: a person who requires approval, and is the only one who could give it, is warned.
func TestApprovalWithoutASecondPerson(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		set   string
		alone bool
		warns bool
	}{
		"alone":            {"approve 10", true, true},
		"with others":      {"approve 10", false, false},
		"another setting":  {"quorum 3", true, false},
		"switching it off": {"approve off", true, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newHarness(t, english)
			d.settings.chats["oc_1"] = bot.Settings{ApproveFrom: 20}
			d.recaller.alone = row.alone
			d.does(t, d.set(row.set))
			if got := d.body(t); strings.Contains(got, en(text.ApproveAlone)) != row.warns {
				t.Errorf("told %q", got)
			}
		})
	}
}

func TestAnOldChangeIsNotMade(t *testing.T) {
	t.Parallel()
	d := newHarness(t, english)
	said := d.set("quorum 3")
	said.Message.At = d.clock.Add(-8*time.Hour - time.Second)
	d.does(t, said)
	d.heard(t, "whisper oc_1 ou_1: "+en("reasons.said_too_long_ago.full"))
	if d.recaller.changes != nil {
		t.Errorf("asked for %+v", d.recaller.changes)
	}
}

// form is the form on the card that was shown last.
func (d *harness) form(t *testing.T) bot.Form {
	t.Helper()
	for _, part := range d.cards.shown[len(d.cards.shown)-1].Parts {
		if part.Form != nil {
			return *part.Form
		}
	}
	t.Fatalf("no form on %+v", d.cards.shown)
	return bot.Form{}
}

func TestTheCardShowsAllSettings(t *testing.T) {
	t.Parallel()
	d := newHarness(t, english)
	d.settings.chats["oc_1"] = bot.Settings{Moderators: []bot.UserID{"ou_2"}, Quorum: 3, People: true, Language: "en"}
	d.does(t, d.set(""))
	d.heard(t, "whisper_card oc_1 ou_1: "+en(text.SettingsTitle))
	form := d.form(t)
	got := map[string]string{}
	for _, field := range form.Fields {
		got[field.Name] = field.Value + strings.Join(field.Values, " ")
		if field.Label != en(text.Setting(bot.SettingKey(field.Name))) {
			t.Errorf("%s is called %q", field.Name, field.Label)
		}
		if len(field.Options) > 0 != strings.Contains(" people quiet language cascade cleanup ", " "+field.Name+" ") {
			t.Errorf("%s has the choices %v", field.Name, field.Options)
		}
	}
	want := map[string]string{
		"moderators": "ou_2", "emoji": "default", "quorum": "3", "confirm": "default", "approve": "off", "people": "on",
		"quiet": "off", "language": "en", "cascade": "off", "cleanup": "off",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("fields (-want +got):\n%s", diff)
	}
	if form.Submit.Press.Action != bot.ActSettings || len(form.Submit.Press.Key) < 20 {
		t.Errorf("the button says %+v", form.Submit.Press)
	}
	// Another run of the same work has the same key, and shows nothing more.
	d.does(t, d.set(""))
	if n := len(d.cards.shown); n != 1 {
		t.Errorf("%d cards, want one", n)
	}
}

func TestTheCardOfAModeratorOnlyShows(t *testing.T) {
	t.Parallel()
	d := newHarness(t, english)
	d.recaller.manage = policy.Decision{Reason: bot.ReasonOnlyOwners}
	d.settings.chats["oc_1"] = bot.Settings{Quorum: 3}
	d.does(t, d.set(""))
	parts := d.cards.shown[0].Parts
	if len(parts) != 2 || parts[0].Form != nil || parts[1].Note != en(text.SettingsReadOnly) {
		t.Fatalf("the card is %+v", parts)
	}
	for _, line := range []string{en("settings.name.quorum") + ": 3", en("settings.name.emoji") + ": ❌ / 🚫", en("settings.name.confirm") + ": 20", en("settings.name.people") + ": off"} {
		if !strings.Contains(parts[0].Text, line) {
			t.Errorf("no %q in:\n%s", line, parts[0].Text)
		}
	}
	outsider := newHarness(t, english)
	outsider.recaller.may = policy.Decision{Reason: bot.ReasonNoSay}
	outsider.does(t, outsider.set(""))
	outsider.heard(t, "whisper oc_1 ou_1: "+en("reasons.no_say.full"))
}

func TestWaysToShowTheSettings(t *testing.T) {
	t.Parallel()
	d := newHarness(t, english)
	d.speaker.fail("whisper_card", errRefused)
	d.does(t, d.set(""))
	d.heard(t, "tell_card ou_1: "+en(text.SettingsTitle), "react om_cmd GLANCE")

	d = newHarness(t, english)
	d.speaker.fail("whisper_card", errRefused)
	d.speaker.fail("tell_card", errRefused)
	d.does(t, d.set(""))
	d.heard(t, "reply_card om_cmd: "+en(text.SettingsTitle))

	d = newHarness(t, english)
	d.speaker.fail("whisper_card", errLimited)
	if err := d.run(t, d.set("")); !errors.Is(err, errLimited) {
		t.Errorf("handling = %v, want the rate limit", err)
	}
	d.does(t, d.set(""))
	d.heard(t, "whisper_card oc_1 ou_1: "+en(text.SettingsTitle))

	alone := newHarness(t, english)
	said := alone.set("")
	said.P2P = true
	alone.does(t, said)
	alone.heard(t, "tell_card ou_1: "+en(text.SettingsTitle))
}

// pressed opens the card and gives the press of its button by another person, with the fields.
func (d *harness) pressed(t *testing.T, fields map[string][]string) bot.Pressed {
	t.Helper()
	d.does(t, d.set(""))
	press := d.form(t).Submit.Press
	d.speaker.arrived = nil
	return bot.Pressed{Press: press, Message: "om_card", Chat: "oc_1", By: "ou_2", At: d.clock, Form: fields}
}

// press is the work of a press.
func (d *harness) press(t *testing.T, id bot.EventID, body bot.Pressed) {
	t.Helper()
	if err := d.deliver(t, bot.Delivery{Event: bot.Event{ID: id, Body: body}, Attempt: 1}); err != nil {
		t.Errorf("press %s = %v", id, err)
	}
}

func TestAPressSavesOnce(t *testing.T) {
	t.Parallel()
	d := newHarness(t, english)
	d.settings.chats["oc_1"] = bot.Settings{Quorum: 2}
	body := d.pressed(t, map[string][]string{"quorum": {"3"}, "people": {"on"}, "moderators": {"ou_5"}, "owner": {"ou_2"}})
	d.press(t, "p1", body)
	want := bot.Settings{Quorum: 3, People: true, Moderators: []bot.UserID{"ou_5"}}
	if diff := cmp.Diff(want, d.settings.chats["oc_1"]); diff != "" {
		t.Errorf("settings (-want +got):\n%s", diff)
	}
	if req := d.recaller.changes[0]; req.Who != "ou_2" || req.Via != bot.ViaButton || req.Chat != "oc_1" || req.P2P {
		t.Errorf("asked %+v", req)
	}
	if len(d.speaker.arrived) != 2 || !strings.HasPrefix(d.speaker.arrived[0], "whisper oc_1 ou_2: "+en(text.SettingsSaved)) ||
		d.speaker.arrived[1] != "drop_whisper om_card" {
		t.Errorf("arrived %q", d.speaker.arrived)
	}

	// A repeated press changes nothing more, and another press of the same card does nothing.
	d.speaker.arrived = nil
	body.Form = map[string][]string{"quorum": {"9"}}
	d.press(t, "p2", body)
	d.heard(t, "whisper oc_1 ou_2: "+en("reasons.stale_card.full"))
	if d.settings.chats["oc_1"].Quorum != 3 {
		t.Errorf("a replayed press changed %+v", d.settings.chats["oc_1"])
	}
}

func TestAPublicCardLosesItsFields(t *testing.T) {
	t.Parallel()
	d := newHarness(t, english)
	d.speaker.fail("whisper_card", errRefused)
	d.speaker.fail("tell_card", errRefused)
	d.press(t, "p1", d.pressed(t, map[string][]string{"quorum": {"3"}}))
	last := d.cards.shown[len(d.cards.shown)-1]
	if len(d.cards.shown) != 2 || last.Parts[0].Form != nil || !strings.Contains(last.Parts[0].Text, en("settings.name.quorum")+": 3") {
		t.Errorf("the card is now %+v", last)
	}
}

func TestPressesThatDoNothing(t *testing.T) {
	t.Parallel()
	fields := map[string][]string{"quorum": {"3"}}
	rows := []struct {
		name   string
		spoil  func(*harness, *bot.Pressed)
		answer string
	}{
		{"a forged key", func(_ *harness, p *bot.Pressed) { p.Press.Key = strings.Repeat("A", 26) }, "whisper oc_1 ou_2: " + en("reasons.stale_card.full")},
		{"no key", func(_ *harness, p *bot.Pressed) { p.Press.Key = "" }, "whisper oc_1 ou_2: " + en("reasons.stale_card.full")},
		{
			"without the right", func(d *harness, _ *bot.Pressed) { d.recaller.manage = policy.Decision{Reason: bot.ReasonOnlyOwners} },
			"whisper oc_1 ou_2: " + en("reasons.only_owners.full"),
		},
		{
			"a bad number", func(_ *harness, p *bot.Pressed) { p.Form = map[string][]string{"quorum": {"lots"}, "people": {"on"}} },
			"whisper oc_1 ou_2: " + en("settings.fault.number", "word", "lots", "limit", "50"),
		},
		{"nothing changed", func(_ *harness, p *bot.Pressed) { p.Form = nil }, "whisper oc_1 ou_2: " + en(text.SettingsSame)},
	}
	for _, row := range rows {
		d := newHarness(t, english)
		body := d.pressed(t, fields)
		good := body
		row.spoil(d, &body)
		d.press(t, "p1", body)
		if len(d.speaker.arrived) == 0 || d.speaker.arrived[0] != row.answer {
			t.Errorf("%s: arrived %q, want %q", row.name, d.speaker.arrived, row.answer)
		}
		if len(bot.DiffSettings(bot.Settings{}, d.settings.chats["oc_1"])) > 0 {
			t.Errorf("%s changed %+v", row.name, d.settings.chats["oc_1"])
		}
		// The card can still be used after an invalid press.
		if row.name == "nothing changed" {
			continue
		}
		d.recaller.manage = policy.Decision{Allow: true}
		d.press(t, "p2", good)
		if d.settings.chats["oc_1"].Quorum != 3 {
			t.Errorf("after %s the card does nothing any more", row.name)
		}
	}
}

// TestAP2PCardIsForOnePerson: in a two-person chat the key is valid for its person only.
func TestAP2PCardIsForOnePerson(t *testing.T) {
	t.Parallel()
	d := newHarness(t, english)
	said := d.set("")
	said.P2P, said.Message.Chat = true, "oc_p2p"
	d.does(t, said)
	body := bot.Pressed{Press: d.form(t).Submit.Press, Message: "om_card", Chat: "oc_p2p", At: d.clock, Form: map[string][]string{"quiet": {"on"}}}
	body.By = "ou_2"
	d.press(t, "p1", body)
	if len(d.settings.chats) > 0 {
		t.Errorf("somebody else changed %+v", d.settings.chats)
	}
	body.By = "ou_1"
	d.press(t, "p2", body)
	if !d.settings.chats["oc_p2p"].Quiet || !d.recaller.changes[0].P2P {
		t.Errorf("settings %+v, asked %+v", d.settings.chats, d.recaller.changes)
	}
}

func TestAPressThatFailsIsTriedAgain(t *testing.T) {
	t.Parallel()
	d := newHarness(t, english)
	body := d.pressed(t, map[string][]string{"quorum": {"3"}})
	d.recaller.mayErr = errLimited
	delivery := bot.Delivery{Event: bot.Event{ID: "p1", Body: body}, Attempt: 1}
	if err := d.deliver(t, delivery); !errors.Is(err, errLimited) {
		t.Errorf("press = %v, want the error", err)
	}
	d.recaller.mayErr = nil
	d.press(t, "p1", body)
	if d.settings.chats["oc_1"].Quorum != 3 {
		t.Errorf("settings %+v", d.settings.chats["oc_1"])
	}
}

func TestAnswersHaveTheLanguageOfTheChat(t *testing.T) {
	t.Parallel()
	rows := []struct {
		name string
		set  bot.Settings
		cmd  bot.Command
		want string
	}{
		{"set in the chat", bot.Settings{Language: "zh-CN"}, bot.Command{}, zh("reasons.no_say.full")},
		{"of the configuration", bot.Settings{}, bot.Command{}, en("reasons.no_say.full")},
		{"of a Chinese command", bot.Settings{Language: "en"}, bot.Command{Chinese: true}, zh("reasons.no_say.full")},
	}
	for _, row := range rows {
		d := newHarness(t, english)
		d.settings.chats["oc_1"] = row.set
		d.recaller.may = policy.Decision{Reason: bot.ReasonNoSay}
		row.cmd.Verb = bot.VerbLog
		d.does(t, d.reply(row.cmd))
		d.heard(t, "whisper oc_1 ou_1: "+row.want)
	}
	d := newHarness(t, english)
	d.settings.err = errLimited // an answer is not held up by settings that can't be read
	d.recaller.may = policy.Decision{Reason: bot.ReasonNoSay}
	d.does(t, d.reply(bot.Command{Verb: bot.VerbLog}))
	d.heard(t, "whisper oc_1 ou_1: "+en("reasons.no_say.full"))
}

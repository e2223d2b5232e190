package handlers_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"recallbot/bot"
	"recallbot/handlers"
	"recallbot/handlers/text"
	"recallbot/recall"
	"recallbot/recall/policy"
)

// set is /recall settings and its arguments.
func (d *harness) set(args string) bot.Said {
	return d.reply(bot.Command{Verb: bot.VerbSettings, Args: strings.Fields(args)})
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
	d.heard(t, "whisper oc_1 ou_1: "+zh(text.SettingsSaved)+"\n"+zh("settings.name.moderators")+"：无 → "+bot.Mention("ou_2"))

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
	type row struct {
		words, want string
		set         bot.Settings
	}
	zhao := bot.Mentioned{Key: "@_user_1", ID: "ou_2", Name: "赵一"}
	for lang, rows := range map[text.Language][]row{
		text.English: {
			{words: "quorm 3", want: "There is no setting “quorm”. Did you mean quorum?"},
			{words: "everything on", want: "There is no setting “everything”. There are: moderators, emoji, quorum, confirm, approve, people, quiet, language, cascade, cleanup."},
			{words: "emoji", want: "Say what emoji should be, e.g. /recall settings emoji ❌ (now: ❌ 🚫)"},
			{words: "quorum", want: "Say what quorum should be, e.g. /recall settings quorum 3 (now: off)"},
			{words: "quorum", want: "Say what quorum should be, e.g. /recall settings quorum 3 (now: 7)", set: bot.Settings{Quorum: 7}},
			{words: "confirm", want: "Say what confirm should be, e.g. /recall settings confirm 30 (now: 20)"},
			{words: "language", want: "Say what language should be, e.g. /recall settings language en (now: English)", set: bot.Settings{Language: "en"}},
			{words: "moderators add", want: "Say what moderators should be, e.g. /recall settings moderators add @NAME (now: nobody)"},
			{words: "quorum minus three", want: "quorum: “minus three” is not a number from 1 to 50."},
			{words: "people maybe", want: "people: “maybe” is neither on nor off."},
			{words: "language fr", want: "language: “fr” is none of zh, en and default."},
			{words: "emoji banana", want: "emoji: I don't know the emoji “banana”. Write some such as ❌ 🚫 👍, or their names in Feishu."},
			{words: "emoji CrosMark", want: "emoji: I don't know the emoji “CrosMark”. Did you mean CrossMark?"},
			{words: "moderators @_user_1", want: "moderators: “@赵一” is neither add nor remove, e.g. /recall settings moderators add @NAME"},
			{words: "moderators add @{x}", want: "moderators: I don't know a person “@x”. Type @ and choose the person from the list."},
		},
		text.Chinese: {
			{words: "人素 3", want: "没有“人素”这项设置。你是不是想说 人数？"},
			{words: "所有 开", want: "没有“所有”这项设置。可以设置的有：协管员、表情、人数、确认、批准、成员消息、安静、语言、级联、自动清理。"},
			{words: "表情", want: "请写明表情要设成什么，例如 /撤回 设置 表情 ❌（现在：❌ 🚫）"},
			{words: "批准", want: "请写明批准要设成什么，例如 /撤回 设置 批准 50（现在：关）"},
			{words: "人数 负三", want: "人数：“负三”不是 1 到 50 的数字。"},
			{words: "成员消息 也许", want: "成员消息：“也许”既不是开也不是关。"},
			{words: "语言 法语", want: "语言：“法语”不是中文、英文或默认。"},
			{words: "表情 香蕉", want: "表情：不认识表情“香蕉”。请写 ❌ 🚫 👍 这样的表情，或它在飞书里的英文名。"},
			{words: "表情 Thumsup", want: "表情：不认识表情“Thumsup”。你是不是想说 THUMBSUP？"},
			{words: "协管员 @_user_1", want: "协管员：“@赵一”既不是添加也不是移除，例如 /撤回 设置 协管员 添加 @成员"},
			{words: "协管员 添加 张三", want: "协管员：不知道“张三”是谁。请输入 @，再从列表里选择这个人。"},
		},
	} {
		for _, row := range rows {
			d := newHarness(t, english)
			d.settings.chats["oc_1"] = row.set
			said := d.set(row.words)
			said.Command.Chinese, said.Command.Mentions = lang == text.Chinese, []bot.Mentioned{zhao}
			d.does(t, said)
			d.heard(t, "whisper oc_1 ou_1: "+row.want)
			if d.recaller.changes != nil {
				t.Errorf("%q asked for %+v", row.words, d.recaller.changes)
			}
		}
	}
}

// TestTheChatIsToldAboutPeoplesMessages: by a line for all, in the chat's language, when their messages can be recalled and when they
// no longer can.
func TestTheChatIsToldAboutPeoplesMessages(t *testing.T) {
	t.Parallel()
	d := newHarness(t, english)
	name := en("settings.name.people")
	d.does(t, d.set("people on"))
	d.heard(t, "say oc_1: "+en(text.PeopleOn, "who", bot.Mention("ou_1")), "whisper oc_1 ou_1: "+en(text.SettingsSaved)+"\n"+name+": off → on")

	d = newHarness(t, english)
	d.settings.chats["oc_1"] = bot.Settings{People: true, Language: string(text.Chinese)}
	said := d.set("people off")
	d.does(t, said)
	d.heard(t, "say oc_1: "+zh(text.PeopleOff, "who", bot.Mention("ou_1")), "whisper oc_1 ou_1: "+zh(text.SettingsSaved)+"\n"+zh("settings.name.people")+"：开 → 关")

	for name, row := range map[string]struct {
		words string
		p2p   bool
		set   bot.Settings
	}{
		"as it was": {words: "people off"}, "another setting": {words: "quorum 3"}, "in a two-person chat": {words: "people off", p2p: true, set: bot.Settings{People: true}},
	} {
		d := newHarness(t, english)
		d.settings.chats["oc_1"] = row.set
		said := d.set(row.words)
		said.P2P = row.p2p
		d.does(t, said)
		if len(d.speaker.arrived) != 1 || strings.HasPrefix(d.speaker.arrived[0], "say") {
			t.Errorf("%s: arrived %q", name, d.speaker.arrived)
		}
	}
}

// TestTheChatIsToldOnce: a rate limit is retried; where the bot may not post, the person still gets the answer.
func TestTheChatIsToldOnce(t *testing.T) {
	t.Parallel()
	d := newHarness(t, english)
	d.speaker.fail("say", errLimited)
	if err := d.run(t, d.set("people on")); !errors.Is(err, errLimited) {
		t.Errorf("handling = %v, want the rate limit", err)
	}
	d.heard(t)
	d.does(t, d.set("people on"))
	if len(d.speaker.arrived) != 2 || !strings.HasPrefix(d.speaker.arrived[0], "say oc_1: ") {
		t.Errorf("after the second run arrived %q", d.speaker.arrived)
	}

	d = newHarness(t, english)
	d.speaker.fail("say", errRefused)
	d.does(t, d.set("people on"))
	if got := d.body(t); !strings.HasPrefix(got, en(text.SettingsSaved)) {
		t.Errorf("told %q", got)
	}
}

// TestSettingsThatDoNothingInATwoPersonChat: they can be switched off there, if they were on, but not on.
func TestSettingsThatDoNothingInATwoPersonChat(t *testing.T) {
	t.Parallel()
	for words, want := range map[string]string{
		"quorum 3": en("settings.fault.groups", "setting", "quorum"), "approve 10": en("settings.fault.groups", "setting", "approve"),
		"people on": en("settings.fault.groups", "setting", "people"), "moderators add ou_2": en("settings.fault.groups", "setting", "moderators"),
		"quorum off": en(text.SettingsSame), "confirm 5": en(text.SettingsSaved) + "\n" + en("settings.name.confirm") + ": default (20) → 5",
		"quiet on": en(text.SettingsSaved) + "\n" + en("settings.name.quiet") + ": off → on",
	} {
		d := newHarness(t, english)
		said := d.set(words)
		said.P2P = true
		d.does(t, said)
		d.heard(t, "tell ou_1: "+want)
	}
	d := newHarness(t, english)
	said := d.set("")
	said.P2P = true
	d.does(t, said)
	var names []string
	for _, field := range d.form(t).Fields {
		names = append(names, field.Name)
	}
	if diff := cmp.Diff([]string{"emoji", "confirm", "quiet", "language", "cascade", "cleanup"}, names); diff != "" {
		t.Errorf("fields of the two-person chat (-want +got):\n%s", diff)
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
		if len(field.Options) > 0 != strings.Contains(" people quiet language cascade cleanup ", " "+field.Name+" ") {
			t.Errorf("%s has the choices %v", field.Name, field.Options)
		}
	}
	want := map[string]string{
		"moderators": "ou_2", "emoji": "❌ 🚫", "quorum": "3", "confirm": "20", "approve": "off", "people": "on",
		"quiet": "off", "language": "en", "cascade": "off", "cleanup": "off",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("fields (-want +got):\n%s", diff)
	}
	for i, label := range []string{
		"Who else may recall, besides the owner and admins (moderators; default: nobody)",
		"Reactions that recall a post (emoji; default: ❌ 🚫)",
		"People who must react to recall a post (quorum; default: off)",
		"Ask before recalling this many or more (confirm; default: 20)",
	} {
		if form.Fields[i].Label != label {
			t.Errorf("the field %s is called %q, want %q", form.Fields[i].Name, form.Fields[i].Label, label)
		}
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
	for _, line := range []string{en("settings.name.quorum") + ": 3 (default: off)", en("settings.name.emoji") + ": ❌ 🚫 (default: ❌ 🚫)", en("settings.name.confirm") + ": 20 (default: 20)", en("settings.name.people") + ": off (default: off)"} {
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

// pressed opens the card and returns the event of its button by another person, with the fields.
func (d *harness) pressed(t *testing.T, fields map[string][]string) bot.Pressed {
	t.Helper()
	d.does(t, d.set(""))
	press := d.form(t).Submit.Press
	d.speaker.arrived = nil
	return bot.Pressed{Press: press, Message: "om_card", Chat: "oc_1", By: "ou_2", At: d.clock, Form: fields}
}

// press handles the event of a button.
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
	if len(d.speaker.arrived) != 3 || d.speaker.arrived[0] != "say oc_1: "+en(text.PeopleOn, "who", bot.Mention("ou_2")) ||
		!strings.HasPrefix(d.speaker.arrived[1], "whisper oc_1 ou_2: "+en(text.SettingsSaved)) || d.speaker.arrived[2] != "drop_whisper om_card" {
		t.Errorf("arrived %q", d.speaker.arrived)
	}

	// A repeated press changes nothing more, and another press of the same card does nothing.
	d.speaker.arrived = nil
	body.Form = map[string][]string{"quorum": {"9"}}
	d.press(t, "p2", body)
	d.heard(t, "whisper oc_1 ou_2: "+en(text.PressedTwice))
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
			"whisper oc_1 ou_2: quorum: “lots” is not a number from 1 to 50.\n" + en(text.SettingsUnsaved),
		},
		{
			"several mistakes",
			func(_ *harness, p *bot.Pressed) {
				p.Form = map[string][]string{"emoji": {"banana"}, "quorum": {"minus three"}, "confirm": {"30"}, "approve": {"soon"}}
			},
			"whisper oc_1 ou_2: emoji: I don't know the emoji “banana”. Write some such as ❌ 🚫 👍, or their names in Feishu.\n" +
				"quorum: “minus three” is not a number from 1 to 50.\napprove: “soon” is not a number from 1 to 10000.\n" + en(text.SettingsUnsaved),
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

// TestOnlyTheFieldsThatWereChangedAreSaved: the other fields neither overwrite a concurrent change nor save a default as a value.
func TestOnlyTheFieldsThatWereChangedAreSaved(t *testing.T) {
	t.Parallel()
	for _, lang := range []text.Language{text.English, text.Chinese} {
		d := newHarness(t, func(c *handlers.Config) { c.Language = string(lang) })
		was := bot.Settings{Moderators: []bot.UserID{"ou_5", "ou_6"}, Emoji: []string{"NEWER_THAN_US", "No"}, Quorum: 2}
		d.settings.chats["oc_1"] = was
		body := d.pressed(t, nil)
		body.Form = map[string][]string{"moderators": {"ou_6", "ou_5"}, "approve": {"９"}}
		for _, field := range d.form(t).Fields {
			if body.Form[field.Name] == nil {
				body.Form[field.Name] = []string{field.Value}
			}
		}
		was.Quorum = 7 // a concurrent change
		d.settings.chats["oc_1"] = was
		d.press(t, "p1", body)
		was.ApproveFrom = 9
		if diff := cmp.Diff(was, d.settings.chats["oc_1"]); diff != "" {
			t.Errorf("%s: settings (-want +got):\n%s", lang, diff)
		}
	}
}

// TestAChineseFormHasChineseValues: the form has no English, and accepts values in both languages.
func TestAChineseFormHasChineseValues(t *testing.T) {
	t.Parallel()
	d := newHarness(t)
	d.does(t, d.set(""))
	for _, field := range d.form(t).Fields {
		words := []string{field.Label}
		if len(field.Options) == 0 {
			words = append(words, field.Value)
		}
		for _, option := range field.Options {
			words = append(words, option.Text)
		}
		shown := strings.Join(words, " ")
		if strings.ContainsAny(strings.ReplaceAll(shown, "English", ""), "abcdefghijklmnopqrstuvwxyz") {
			t.Errorf("%s is shown as %q", field.Name, shown)
		}
	}
	want := bot.Settings{Emoji: []string{"THUMBSUP"}, Quorum: 3, ConfirmFrom: 30, ApproveFrom: 50, People: true, Language: "en"}
	for _, form := range []map[string][]string{
		{"emoji": {"👍"}, "quorum": {"３"}, "confirm": {"30 条"}, "approve": {"５０"}, "people": {"开"}, "language": {"英文"}},
		{"emoji": {"thumbsup"}, "quorum": {"3"}, "confirm": {"30"}, "approve": {"50"}, "people": {"on"}, "language": {"en"}},
	} {
		d := newHarness(t)
		d.press(t, "p1", d.pressed(t, form))
		if diff := cmp.Diff(want, d.settings.chats["oc_1"]); diff != "" {
			t.Errorf("%v (-want +got):\n%s", form, diff)
		}
	}
	for _, word := range []string{"关", "关闭", "off", "默认", "default", ""} {
		d := newHarness(t)
		d.settings.chats["oc_1"] = bot.Settings{Quorum: 3, ApproveFrom: 9}
		d.press(t, "p1", d.pressed(t, map[string][]string{"quorum": {word}, "approve": {word}}))
		if set := d.settings.chats["oc_1"]; set.Quorum != 0 || set.ApproveFrom != 0 {
			t.Errorf("%q: settings %+v", word, set)
		}
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
	d.settings.err = errLimited // settings that can't be read do not block the answer
	d.recaller.may = policy.Decision{Reason: bot.ReasonNoSay}
	d.does(t, d.reply(bot.Command{Verb: bot.VerbLog}))
	d.heard(t, "whisper oc_1 ou_1: "+en("reasons.no_say.full"))
}

package command_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"recallbot/bot"
	"recallbot/bot/command"
)

// mentioned are a person, another bot and our bot.
func mentioned() []bot.Mentioned {
	return []bot.Mentioned{
		{Key: "@_user_1", ID: "ou_a", Name: "赵一"},
		{Key: "@_user_2", ID: "ou_robot", Bot: true, Name: "News"},
		{Key: "@_user_3", ID: "ou_self", Bot: true, Self: true, Name: "Recall"},
	}
}

func TestSettingsAreReadAndApplied(t *testing.T) {
	t.Parallel()
	was := bot.Settings{
		Moderators: []bot.UserID{"ou_b"}, Emoji: []string{"BOMB"}, Quorum: 2, ConfirmFrom: 30, ApproveFrom: 90,
		People: true, Quiet: true, Language: "en", Cascade: true, Cleanup: true,
	}
	rows := map[string]func(*bot.Settings){
		"quorum 3":                     func(s *bot.Settings) { s.Quorum = 3 },
		"QUORUM off":                   func(s *bot.Settings) { s.Quorum = 0 },
		"人数 5":                         func(s *bot.Settings) { s.Quorum = 5 },
		"quorum 0":                     func(s *bot.Settings) { s.Quorum = 0 },
		"moderators add @_user_1":      func(s *bot.Settings) { s.Moderators = []bot.UserID{"ou_b", "ou_a"} },
		"moderators add ou_b ou_c":     func(s *bot.Settings) { s.Moderators = []bot.UserID{"ou_b", "ou_c"} },
		"协管员 移除 ou_b":                  func(s *bot.Settings) { s.Moderators = []bot.UserID{} },
		"moderators remove ou_z":       func(*bot.Settings) {},
		"people off":                   func(s *bot.Settings) { s.People = false },
		"people on":                    func(*bot.Settings) {},
		"成员消息 关":                       func(s *bot.Settings) { s.People = false },
		"emoji ❌ 🚫":                    func(s *bot.Settings) { s.Emoji = []string{"CrossMark", "No"} },
		"emoji CrossMark,No,❌":         func(s *bot.Settings) { s.Emoji = []string{"CrossMark", "No"} },
		"emoji [Fire]":                 func(s *bot.Settings) { s.Emoji = []string{"Fire"} },
		"表情 默认":                        func(s *bot.Settings) { s.Emoji = nil },
		"confirm 20":                   func(s *bot.Settings) { s.ConfirmFrom = 20 },
		"confirm default":              func(s *bot.Settings) { s.ConfirmFrom = 0 },
		"approve 100":                  func(s *bot.Settings) { s.ApproveFrom = 100 },
		"approve off":                  func(s *bot.Settings) { s.ApproveFrom = 0 },
		"quiet off":                    func(s *bot.Settings) { s.Quiet = false },
		"language zh":                  func(s *bot.Settings) { s.Language = "zh-CN" },
		"语言 中文":                        func(s *bot.Settings) { s.Language = "zh-CN" },
		"language default":             func(s *bot.Settings) { s.Language = "" },
		"cascade off":                  func(s *bot.Settings) { s.Cascade = false },
		"cleanup OFF":                  func(s *bot.Settings) { s.Cleanup = false },
		"moderators add @_user_1 ou_a": func(s *bot.Settings) { s.Moderators = []bot.UserID{"ou_b", "ou_a"} },
		"moderators remove ou_b ou_b":  func(s *bot.Settings) { s.Moderators = []bot.UserID{} },
		"confirm 10000":                func(s *bot.Settings) { s.ConfirmFrom = 10000 },
		"quorum ３":                     func(s *bot.Settings) { s.Quorum = 3 },
		"人数 ３ 人":                       func(s *bot.Settings) { s.Quorum = 3 },
		"人数 关":                         func(s *bot.Settings) { s.Quorum = 0 },
		"quorum default":               func(s *bot.Settings) { s.Quorum = 0 },
		"人数 默认":                        func(s *bot.Settings) { s.Quorum = 0 },
		"确认 50条":                       func(s *bot.Settings) { s.ConfirmFrom = 50 },
		"确认 默认":                        func(s *bot.Settings) { s.ConfirmFrom = 0 },
		"批准 关闭":                        func(s *bot.Settings) { s.ApproveFrom = 0 },
		"批准 10 条":                      func(s *bot.Settings) { s.ApproveFrom = 10 },
		"成员消息 默认":                      func(s *bot.Settings) { s.People = false },
		"people default":               func(s *bot.Settings) { s.People = false },
		"安静 停用":                        func(s *bot.Settings) { s.Quiet = false },
		"语言 英文":                        func(s *bot.Settings) { s.Language = "en" },
		"语言 简体中文":                      func(s *bot.Settings) { s.Language = "zh-CN" },
		"emoji 👍":                      func(s *bot.Settings) { s.Emoji = []string{"THUMBSUP"} },
		"表情 👍👎":                        func(s *bot.Settings) { s.Emoji = []string{"THUMBSUP", "ThumbsDown"} },
		"emoji 👍🏽 ❤\ufe0f":             func(s *bot.Settings) { s.Emoji = []string{"THUMBSUP", "HEART"} },
		"emoji 😄 ✅ ⏳":                  func(s *bot.Settings) { s.Emoji = []string{"SMILE", "DONE", "OneSecond"} },
		"emoji thumbsup crossmark":     func(s *bot.Settings) { s.Emoji = []string{"THUMBSUP", "CrossMark"} },
	}
	for words, want := range rows {
		change, err := command.ParseSetting(strings.Fields(words), mentioned())
		if err != nil {
			t.Errorf("%q: %v", words, err)
			continue
		}
		got, err := change.Apply(was)
		if err != nil {
			t.Errorf("%q: %v", words, err)
		}
		expected := was
		want(&expected)
		if diff := cmp.Diff(expected, got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", words, diff)
		}
	}
	if diff := cmp.Diff([]bot.UserID{"ou_b"}, was.Moderators); diff != "" {
		t.Errorf("a change spoiled what it was made of:\n%s", diff)
	}
}

func TestMistakesInSettingsAreNamed(t *testing.T) {
	t.Parallel()
	long := "ou_" + strings.Repeat("x", 500)
	const signs = "❌🚫👎👍💣🔥💩✅✔👌🙏💪🫰👏👊👋😄😊😆😏🤣"
	rows := map[string]bot.SettingError{
		"":                        {Fault: bot.SettingUnknown},
		"quorm 3":                 {Fault: bot.SettingUnknown, Word: "quorm", Other: "quorum"},
		"协管 添加":                   {Fault: bot.SettingUnknown, Word: "协管", Other: "协管员"},
		"everything on":           {Fault: bot.SettingUnknown, Word: "everything"},
		"quorum":                  {Setting: bot.SetQuorum, Fault: bot.SettingNoValue},
		"人数":                      {Setting: bot.SetQuorum, Fault: bot.SettingNoValue},
		"quorum -1":               {Setting: bot.SetQuorum, Fault: bot.SettingNumber, Word: "-1", Other: "50"},
		"quorum 51":               {Setting: bot.SetQuorum, Fault: bot.SettingNumber, Word: "51", Other: "50"},
		"quorum minus three":      {Setting: bot.SetQuorum, Fault: bot.SettingNumber, Word: "minus three", Other: "50"},
		"人数 三":                    {Setting: bot.SetQuorum, Fault: bot.SettingNumber, Word: "三", Other: "50"},
		"quorum 3 4":              {Setting: bot.SetQuorum, Fault: bot.SettingNumber, Word: "3 4", Other: "50"},
		"confirm 0":               {Setting: bot.SetConfirm, Fault: bot.SettingNumber, Word: "0", Other: "10000"},
		"confirm off":             {Setting: bot.SetConfirm, Fault: bot.SettingNumber, Word: "off", Other: "10000"},
		"approve 10001":           {Setting: bot.SetApprove, Fault: bot.SettingNumber, Word: "10001", Other: "10000"},
		"people maybe":            {Setting: bot.SetPeople, Fault: bot.SettingSwitch, Word: "maybe"},
		"people on off":           {Setting: bot.SetPeople, Fault: bot.SettingSwitch, Word: "on off"},
		"成员消息 也许":                 {Setting: bot.SetPeople, Fault: bot.SettingSwitch, Word: "也许"},
		"language fr":             {Setting: bot.SetLanguage, Fault: bot.SettingLanguage, Word: "fr"},
		"moderators @_user_1":     {Setting: bot.SetModerators, Fault: bot.SettingVerb, Word: "@赵一"},
		"moderators add":          {Setting: bot.SetModerators, Fault: bot.SettingNoValue},
		"moderators add tom":      {Setting: bot.SetModerators, Fault: bot.SettingPerson, Word: "tom"},
		"moderators add @_user_2": {Setting: bot.SetModerators, Fault: bot.SettingPerson, Word: "@News"},
		"moderators add @_user_3": {Setting: bot.SetModerators, Fault: bot.SettingPerson, Word: "@Recall"},
		"moderators add @_user_9": {Setting: bot.SetModerators, Fault: bot.SettingPerson, Word: "@_user_9"},
		"moderators add @_all":    {Setting: bot.SetModerators, Fault: bot.SettingPerson, Word: "@_all"},
		"moderators add ou_a\"><": {Setting: bot.SetModerators, Fault: bot.SettingPerson, Word: "ou_a\"><"},
		"moderators add " + long:  {Setting: bot.SetModerators, Fault: bot.SettingPerson, Word: long},
		"emoji 🦄":                 {Setting: bot.SetEmoji, Fault: bot.SettingEmoji, Word: "🦄"},
		"emoji 👍🦄":                {Setting: bot.SetEmoji, Fault: bot.SettingEmoji, Word: "👍🦄"},
		"emoji banana":            {Setting: bot.SetEmoji, Fault: bot.SettingEmoji, Word: "banana"},
		"emoji CrosMark":          {Setting: bot.SetEmoji, Fault: bot.SettingEmoji, Word: "CrosMark", Other: "CrossMark"},
		"emoji ,":                 {Setting: bot.SetEmoji, Fault: bot.SettingNoValue},
		"emoji 🏽":                 {Setting: bot.SetEmoji, Fault: bot.SettingEmoji, Word: "🏽"},
		"emoji " + signs:          {Setting: bot.SetEmoji, Fault: bot.SettingMany, Other: "20"},
	}
	for words, want := range rows {
		change, err := command.ParseSetting(strings.Fields(words), mentioned())
		got, ok := errors.AsType[*bot.SettingError](err)
		if !ok || bot.KindOf(err) != bot.Invalid {
			t.Errorf("%q = %+v, %v; want a mistake", words, change, err)
			continue
		}
		if diff := cmp.Diff(want, *got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", words, diff)
		}
	}
}

// letters are n different words.
func letters(n int) string {
	var words []string
	for i := range n {
		words = append(words, "E"+strings.Repeat("x", i))
	}
	return strings.Join(words, " ")
}

func TestAChatHasOnlySoManyModerators(t *testing.T) {
	t.Parallel()
	add := bot.Setting{Key: bot.SetModerators}
	for word := range strings.FieldsSeq(letters(bot.MaxModerators + 1)) {
		add.People = append(add.People, bot.UserID(word))
	}
	_, err := add.Apply(bot.Settings{})
	if fault, ok := errors.AsType[*bot.SettingError](err); !ok || fault.Fault != bot.SettingMany {
		t.Errorf("Apply = %v", err)
	}
}

func TestAFormIsReadFieldByField(t *testing.T) {
	t.Parallel()
	was := bot.Settings{Moderators: []bot.UserID{"ou_b"}, Quorum: 2, Emoji: []string{"BOMB"}, Language: "en", People: true}
	rows := []struct {
		name string
		form map[string][]string
		want bot.Settings
	}{
		{"nothing", nil, was},
		{"unknown fields", map[string][]string{"owner": {"ou_x"}}, was},
		{
			"all emptied",
			map[string][]string{"moderators": {}, "quorum": {""}, "emoji": {" "}, "language": {""}, "people": {""}},
			bot.Settings{},
		},
		{
			"all filled",
			map[string][]string{
				"moderators": {"ou_c", "ou_d", "ou_c"}, "quorum": {"3"}, "emoji": {"❌ No"}, "language": {"zh-CN"},
				"people": {"off"}, "confirm": {"default"}, "approve": {"off"}, "cascade": {"on"},
			},
			bot.Settings{
				Moderators: []bot.UserID{"ou_c", "ou_d"}, Quorum: 3, Emoji: []string{"CrossMark", "No"}, Language: "zh-CN", Cascade: true,
			},
		},
	}
	for _, row := range rows {
		changes, err := command.ParseSettings(row.form)
		if err != nil {
			t.Errorf("%s: %v", row.name, err)
			continue
		}
		got := was
		for _, change := range changes {
			if got, err = change.Apply(got); err != nil {
				t.Error(err)
			}
		}
		if diff := cmp.Diff(row.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", row.name, diff)
		}
	}
}

// TestAllMistakesOfAFormAreNamed: in the order of the fields, with the good fields between them.
func TestAllMistakesOfAFormAreNamed(t *testing.T) {
	t.Parallel()
	changes, err := command.ParseSettings(map[string][]string{
		"emoji": {"banana"}, "quorum": {"minus three"}, "confirm": {"30"}, "approve": {"many"}, "people": {"on", "off"}, "language": {"fr"}, "moderators": {"cli_x"},
	})
	if changes != nil || bot.KindOf(err) != bot.Invalid {
		t.Errorf("%+v, %v; want invalid", changes, err)
	}
	var got []bot.SettingError
	for _, one := range bot.Flat(err) {
		wrong, _ := errors.AsType[*bot.SettingError](one)
		got = append(got, *wrong)
	}
	want := []bot.SettingError{
		{Setting: bot.SetModerators, Fault: bot.SettingPerson, Word: "cli_x"},
		{Setting: bot.SetEmoji, Fault: bot.SettingEmoji, Word: "banana"},
		{Setting: bot.SetQuorum, Fault: bot.SettingNumber, Word: "minus three", Other: "50"},
		{Setting: bot.SetApprove, Fault: bot.SettingNumber, Word: "many", Other: "10000"},
		{Setting: bot.SetPeople, Fault: bot.SettingSwitch, Word: "on off"},
		{Setting: bot.SetLanguage, Fault: bot.SettingLanguage, Word: "fr"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("faults (-want +got):\n%s", diff)
	}
	crowd := map[string][]string{"moderators": {}}
	for i := range bot.MaxModerators + 1 {
		crowd["moderators"] = append(crowd["moderators"], fmt.Sprintf("ou_%d", i))
	}
	if _, err := command.ParseSettings(crowd); bot.KindOf(err) != bot.Invalid {
		t.Errorf("too many moderators: %v", err)
	}
}

// TestEmojiHaveOneSignEach: what is shown for an emoji parses to it, and no two keys differ in case alone.
func TestEmojiHaveOneSignEach(t *testing.T) {
	t.Parallel()
	for sign := range strings.FieldsSeq("❌ 🚫 👍 👎 😄 ✅ ⏳ ✔ 👌 😆 ❤") { // those of the sandbox's page
		change, err := command.ParseSetting([]string{"emoji", sign}, nil)
		if err != nil || len(change.Emoji) != 1 || bot.EmojiSign(change.Emoji[0]) != sign {
			t.Errorf("%s = %v, %v", sign, change.Emoji, err)
		}
	}
	for key := range strings.FieldsSeq("MinusOne Typing ERROR THUMBSUP thumbsup [No]") {
		if _, err := command.ParseSetting([]string{"emoji", key}, nil); err != nil {
			t.Errorf("%s: %v", key, err)
		}
	}
	if got := bot.EmojiSign("Typing"); got != "Typing" {
		t.Errorf("an emoji without a sign is shown as %q", got)
	}
}

// The values that fill a form parse to the same settings.
func TestSettingsParseTheirOwnText(t *testing.T) {
	t.Parallel()
	for _, want := range []bot.Settings{
		{},
		{
			Moderators: []bot.UserID{"ou_a", "ou_b"}, Emoji: []string{"BOMB", "No"}, Quorum: 3, ConfirmFrom: 7, ApproveFrom: 90,
			People: true, Quiet: true, Language: "zh-CN", Cascade: true, Cleanup: true,
		},
	} {
		form := map[string][]string{}
		for _, key := range bot.SettingKeys() {
			if key != bot.SetModerators {
				form[string(key)] = []string{want.Text(key)}
			}
		}
		form["moderators"] = nil
		for _, id := range want.Moderators {
			form["moderators"] = append(form["moderators"], string(id))
		}
		changes, err := command.ParseSettings(form)
		if err != nil {
			t.Fatal(err)
		}
		got := bot.Settings{}
		for _, change := range changes {
			if got, err = change.Apply(got); err != nil {
				t.Fatal(err)
			}
		}
		if diff := bot.DiffSettings(want, got); diff != nil {
			t.Errorf("%+v comes back with %v", want, diff)
		}
	}
}

func TestDiffSettings(t *testing.T) {
	t.Parallel()
	before := bot.Settings{Moderators: []bot.UserID{"ou_a"}, Quorum: 0, Language: "en"}
	after := bot.Settings{Moderators: []bot.UserID{"ou_a", "ou_b"}, Quorum: 3, People: true}
	var got []string
	for _, diff := range bot.DiffSettings(before, after) {
		got = append(got, diff.String())
	}
	want := []string{"moderators ou_a → ou_a ou_b", "quorum off → 3", "people off → on", "language en → default"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diffs := bot.DiffSettings(after, after); diffs != nil {
		t.Errorf("the same differs: %v", diffs)
	}
}

func FuzzParseSetting(f *testing.F) {
	for _, seed := range []string{"quorum 3", "moderators add @_user_1", "emoji ❌ 🚫", "people on", "language zh", "人数 5"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		change, err := command.ParseSetting(strings.Fields(text), mentioned())
		if err != nil {
			if _, ok := errors.AsType[*bot.SettingError](err); !ok {
				t.Fatalf("%q: %v names no mistake", text, err)
			}
			return
		}
		once, err := change.Apply(bot.Settings{})
		if err != nil {
			return
		}
		twice, err := change.Apply(once)
		if err != nil || bot.DiffSettings(once, twice) != nil {
			t.Fatalf("%q done twice differs: %+v, then %+v, %v", text, once, twice, err)
		}
		if once.Quorum < 0 || once.Quorum > bot.MaxQuorum || len(once.Emoji) > bot.MaxEmoji {
			t.Fatalf("%q makes %+v", text, once)
		}
	})
}

package command_test

import (
	"errors"
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
		"quorum 3":                        func(s *bot.Settings) { s.Quorum = 3 },
		"QUORUM off":                      func(s *bot.Settings) { s.Quorum = 0 },
		"人数 5":                            func(s *bot.Settings) { s.Quorum = 5 },
		"quorum 0":                        func(s *bot.Settings) { s.Quorum = 0 },
		"moderators add @_user_1":         func(s *bot.Settings) { s.Moderators = []bot.UserID{"ou_b", "ou_a"} },
		"moderators add ou_b ou_c":        func(s *bot.Settings) { s.Moderators = []bot.UserID{"ou_b", "ou_c"} },
		"协管员 移除 ou_b":                     func(s *bot.Settings) { s.Moderators = []bot.UserID{} },
		"moderators remove ou_z":          func(*bot.Settings) {},
		"people off":                      func(s *bot.Settings) { s.People = false },
		"people on":                       func(*bot.Settings) {},
		"成员消息 关":                          func(s *bot.Settings) { s.People = false },
		"emoji ❌ 🚫":                       func(s *bot.Settings) { s.Emoji = []string{"CrossMark", "No"} },
		"emoji CrossMark,No,❌":            func(s *bot.Settings) { s.Emoji = []string{"CrossMark", "No"} },
		"emoji [Fire]":                    func(s *bot.Settings) { s.Emoji = []string{"Fire"} },
		"表情 默认":                           func(s *bot.Settings) { s.Emoji = nil },
		"confirm 20":                      func(s *bot.Settings) { s.ConfirmFrom = 20 },
		"confirm default":                 func(s *bot.Settings) { s.ConfirmFrom = 0 },
		"approve 100":                     func(s *bot.Settings) { s.ApproveFrom = 100 },
		"approve off":                     func(s *bot.Settings) { s.ApproveFrom = 0 },
		"quiet off":                       func(s *bot.Settings) { s.Quiet = false },
		"language zh":                     func(s *bot.Settings) { s.Language = "zh-CN" },
		"语言 中文":                           func(s *bot.Settings) { s.Language = "zh-CN" },
		"language default":                func(s *bot.Settings) { s.Language = "" },
		"cascade off":                     func(s *bot.Settings) { s.Cascade = false },
		"cleanup OFF":                     func(s *bot.Settings) { s.Cleanup = false },
		"moderators add @_user_1 ou_a":    func(s *bot.Settings) { s.Moderators = []bot.UserID{"ou_b", "ou_a"} },
		"moderators remove ou_b ou_b":     func(s *bot.Settings) { s.Moderators = []bot.UserID{} },
		"confirm 10000":                   func(s *bot.Settings) { s.ConfirmFrom = 10000 },
		"emoji " + strings.Repeat("E", 9): func(s *bot.Settings) { s.Emoji = []string{"EEEEEEEEE"} },
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
	rows := map[string]bot.SettingError{
		"":                                 {Fault: bot.SettingNoValue},
		"quorm 3":                          {Fault: bot.SettingUnknown, Word: "quorm", Other: "quorum"},
		"everything on":                    {Fault: bot.SettingUnknown, Word: "everything"},
		"quorum":                           {Fault: bot.SettingNoValue, Word: "quorum"},
		"人数":                               {Fault: bot.SettingNoValue, Word: "quorum"},
		"quorum -1":                        {Fault: bot.SettingNumber, Word: "-1", Other: "50"},
		"quorum 51":                        {Fault: bot.SettingNumber, Word: "51", Other: "50"},
		"quorum many":                      {Fault: bot.SettingNumber, Word: "many", Other: "50"},
		"quorum default":                   {Fault: bot.SettingNumber, Word: "default", Other: "50"},
		"quorum 3 4":                       {Fault: bot.SettingExtra, Word: "4"},
		"confirm 0":                        {Fault: bot.SettingNumber, Word: "0", Other: "10000"},
		"confirm off":                      {Fault: bot.SettingNumber, Word: "off", Other: "10000"},
		"approve 10001":                    {Fault: bot.SettingNumber, Word: "10001", Other: "10000"},
		"people maybe":                     {Fault: bot.SettingSwitch, Word: "maybe"},
		"people on off":                    {Fault: bot.SettingExtra, Word: "off"},
		"language fr":                      {Fault: bot.SettingLanguage, Word: "fr"},
		"moderators @_user_1":              {Fault: bot.SettingVerb, Word: "@赵一"},
		"moderators add":                   {Fault: bot.SettingNoValue, Word: "moderators add"},
		"moderators add tom":               {Fault: bot.SettingPerson, Word: "tom"},
		"moderators add @_user_2":          {Fault: bot.SettingPerson, Word: "@News"},
		"moderators add @_user_3":          {Fault: bot.SettingPerson, Word: "@Recall"},
		"moderators add @_user_9":          {Fault: bot.SettingPerson, Word: "@_user_9"},
		"moderators add @_all":             {Fault: bot.SettingPerson, Word: "@_all"},
		"moderators add ou_a\"><":          {Fault: bot.SettingPerson, Word: "ou_a\"><"},
		"moderators add " + long:           {Fault: bot.SettingPerson, Word: long},
		"emoji 🦄":                          {Fault: bot.SettingEmoji, Word: "🦄"},
		"emoji ,":                          {Fault: bot.SettingNoValue, Word: "emoji"},
		"emoji " + strings.Repeat("E", 41): {Fault: bot.SettingEmoji, Word: strings.Repeat("E", 41)},
		"emoji " + letters(21):             {Fault: bot.SettingMany, Word: "emoji", Other: "20"},
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
	for name, form := range map[string]map[string][]string{
		"a bad person": {"moderators": {"cli_x"}}, "a bad number": {"quorum": {"many"}}, "two": {"people": {"on", "off"}},
	} {
		if _, err := command.ParseSettings(form); bot.KindOf(err) != bot.Invalid {
			t.Errorf("%s: %v, want invalid", name, err)
		}
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

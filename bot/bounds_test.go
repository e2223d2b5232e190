package bot_test

import (
	"strings"
	"testing"

	"recallbot/bot"
)

func TestIDs(t *testing.T) {
	t.Parallel()
	for id, want := range map[string][3]bool{ // message, chat, person
		"om_dc13264520392913993dd051dba21dcf": {true, false, false}, "om_x100b51-Z_q": {true, false, false}, "bm-1": {true, false, false},
		"BM-1": {true, false, false}, "oc_1": {false, true, false}, "ou_7d8a6e": {false, false, true},
		"om_": {}, "oc_": {}, "ou_": {}, "": {}, "om": {}, "x_1": {}, "OM_1": {}, "cli_1": {},
		"om_x/..": {}, "bm-x/../..": {}, "oc_../x": {}, "../../im/v1/chats/oc_x": {}, "..;/x": {}, "om_1 ": {}, "ou_1\n": {}, "oc_{1}": {}, "om_中": {},
		"om_" + strings.Repeat("1", bot.MaxID-3): {true, false, false}, "om_" + strings.Repeat("1", bot.MaxID-2): {},
	} {
		if got := [3]bool{bot.MessageID(id).Valid(), bot.ChatID(id).Valid(), bot.UserID(id).Valid()}; got != want {
			t.Errorf("%.40q is a message, a chat, a person: %v, want %v", id, got, want)
		}
	}
}

func TestNames(t *testing.T) {
	t.Parallel()
	for name, want := range map[string][2]bool{ // group, team
		"release-9": {true, true}, "发布": {true, true}, "a.b:c": {true, true}, "a?b": {false, true}, "a#b": {false, true},
		"": {}, "a b": {}, "a/b": {}, "a\x00b": {}, "a\x7fb": {}, "\xff": {},
		strings.Repeat("发", bot.MaxGroup): {true, false}, strings.Repeat("发", bot.MaxGroup+1): {}, strings.Repeat("t", bot.MaxTeam): {true, true},
	} {
		if got := [2]bool{bot.GroupID(name).Valid(), bot.TeamID(name).Valid()}; got != want {
			t.Errorf("%.40q is the name of a group, of a team: %v, want %v", name, got, want)
		}
	}
}

func TestClippedReason(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("错", bot.MaxReason+1)
	cut := bot.ClipReason(long)
	if bot.ClipReason("wrong") != "wrong" || cut != strings.Repeat("错", bot.MaxReason)+"…" || bot.ClipReason(cut) != cut {
		t.Errorf("cut to %q", cut)
	}
}

func TestJSONValues(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int{
		`1`: 1, `[1,2,3]`: 4, `{"a":1,"b":[{}]}`: 5, `"a,b{["`: 1, `["a\",{"]`: 2, `[[[[`: 5, `{},{},{}`: 6, ``: 1,
	} {
		if got := bot.JSONValues([]byte(text)); got != want {
			t.Errorf("%s has %d values, want %d", text, got, want)
		}
	}
}

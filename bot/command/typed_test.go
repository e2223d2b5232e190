package command_test

import (
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"recallbot/bot"
	"recallbot/bot/command"
)

// invisible are all invisible characters.
func invisible() []rune {
	var all []rune
	for _, table := range []*unicode.RangeTable{unicode.Cf, unicode.Variation_Selector, unicode.Other_Default_Ignorable_Code_Point} {
		for _, r := range table.R16 {
			for c := rune(r.Lo); c <= rune(r.Hi); c += rune(r.Stride) {
				all = append(all, c)
			}
		}
		for _, r := range table.R32 {
			for c := rune(r.Lo); c <= min(rune(r.Hi), rune(r.Lo)+300); c += rune(r.Stride) { // the last range is thousands of the same
				all = append(all, c)
			}
		}
	}
	return all
}

func blanks() []rune {
	all := []rune("\t\n\v\f\r \u0085\u2800")
	for _, r := range unicode.Z.R16 {
		for c := rune(r.Lo); c <= rune(r.Hi); c += rune(r.Stride) {
			all = append(all, c)
		}
	}
	return all
}

// commands are of each kind; | is where a space may be added too.
func commands() []string {
	return []string{
		"|/recall|", "|@_user_1| |/recall|", "|/撤回| |@_all|", "|@_user_1|，| |/recall|。|", "|撤回|！|", "|、recall|", "|／ＲＥＣＡＬＬ| |５|",
		"|/recall| |5条| |--bot| |any| |--yes|", "|/recall| |clean| |--last| |5| |--| |wrong group|", "|/撤回| |清理| |——最近| |3| |——| |刷屏|",
		`|/recall| |clean| |--match| |"résumé"| |--since| |30m|`, "|/recall| |clean| |--match| |order| |—| |since| |30m|",
		"|/recall| |settings| |moderators| |add| |@_user_3|", "|/recall| |log| |5.|", "|/recall| |ttl| |24h| |--type| |card|", "|/recall| |bm-1|",
		"|/recall| |everything|", "|/recall| |?|",
	}
}

func people() []bot.Mentioned {
	return []bot.Mentioned{
		{Key: "@_user_1", ID: "ou_bot", Bot: true, Self: true, Name: "Recall"}, {Key: "@_user_3", ID: "ou_tom", Name: "Tom"},
	}
}

// TestInvisibleCharactersChangeNothing inserts invisible characters at every place of every command, and all of them at some places.
func TestInvisibleCharactersChangeNothing(t *testing.T) {
	t.Parallel()
	all, few := invisible(), []rune{}
	for i := 0; i < len(all); i += 17 {
		few = append(few, all[i])
	}
	for i, marked := range commands() {
		added := few
		if i < 4 {
			added = all
		}
		text := strings.ReplaceAll(marked, "|", "")
		want, ok := command.Parse(text, true, people()...)
		if !ok {
			t.Fatalf("%q is no command", text)
		}
		for _, r := range added {
			for at := range places(text) {
				sameAs(t, want, text[:at]+string(r)+text[at:])
			}
		}
		for _, r := range blanks() {
			sameAs(t, want, strings.ReplaceAll(marked, "|", string(r)))
		}
	}
}

// places are where a character may be inserted: anywhere but inside the key of a mention.
func places(text string) map[int]bool {
	all := map[int]bool{len(text): true}
	for at := range text {
		all[at] = true
	}
	for _, key := range []string{"@_user_1", "@_user_3", "@_all"} {
		if begin := strings.Index(text, key); begin >= 0 {
			for at := begin + 1; at < begin+len(key); at++ {
				delete(all, at)
			}
		}
	}
	return all
}

func sameAs(t *testing.T, want bot.Command, text string) {
	t.Helper()
	got, ok := command.Parse(text, true, people()...)
	if !ok || !cmp.Equal(want, got) {
		t.Fatalf("%+q reads as %+v, %t; want %+v", text, got, ok, want)
	}
}

func TestInvisibleCharactersMakeNoCommand(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"please /recall", "/recallx", "/recall_log", "“/recall”", "/ recall", "//recall", "撤回吧", "怎么 撤回", "recall it", "/recall, please",
		"@_user_1 please /recall", "use /recall to take it back", "、、recall", "/撤回了", "@_user_1x /recall", "它、撤回",
	} {
		for _, r := range append(invisible(), '\u00a0', '\u3000', '\u2028') {
			for _, added := range []string{string(r) + text, text + string(r), strings.ReplaceAll(text, " ", " "+string(r))} {
				if cmd, ok := command.Parse(added, true, people()...); ok {
					t.Fatalf("%+q reads as %+v", added, cmd)
				}
			}
		}
	}
}

// TestTheReportedSpellings are reported by users: each replies to a post of ours and is the bare command.
func TestTheReportedSpellings(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"\u200e/recall", "\u200f/recall", "/recall\u200e", "\u202a/recall\u202c", "\u2066/recall\u2069", "\u00ad/recall", "/recall\ufe0f",
		"\u180e/recall", "\u2063/recall", "、撤回", "、recall", "､recall", "/撤回。", "/recall.", "/recall。", "/recall!", "/recall！", "撤回。", "撤回！",
		"/recall~", "/recall ～", "/ｒｅｃａｌｌ", "@_user_1，/recall", "@_user_1, /recall", "@_user_1：/recall", "@_user_1、recall", "@_user_1、/recall",
		"/recall， @_user_1", "/recall @_user_1 。", "/re\u200bcall", "／\u200d撤\ufe0e回",
	} {
		cmd, ok := command.Parse(text, true, people()...)
		if !ok || cmd.Verb != bot.VerbThis || cmd.Unknown != "" || cmd.Args != nil || cmd.Reason != "" {
			t.Errorf("%+q reads as %+v, %t; want the bare command", text, cmd, ok)
		}
	}
}

// TestFinalPunctuation: final punctuation is not part of a number, a word or a time, but of a text to match.
func TestFinalPunctuation(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bot.Filter{
		"5。":                               {Last: 5},
		"5️⃣":                              {Last: 5},
		"５！":                               {Last: 5},
		"5条.":                              {Last: 5},
		"5 。":                              {Last: 5},
		"clean --last 5, --dup。":           {Last: 5, Dup: true},
		"clean --dup 。":                    {Dup: true},
		"clean --bot any, --last 3":        {Bots: []bot.BotRef{{Any: true}}, Last: 3},
		"clean --bot ｍｅ。":                  {Bots: []bot.BotRef{{Me: true}}},
		"clean --type card、image。":         types("interactive", "image"),
		"clean --from om_1。":               from(bot.MessageRef{ID: "om_1"}),
		"clean --match order。":             {Match: []string{"order。"}},
		"clean --match 'a.' --last 1":      {Match: []string{"a."}, Last: 1},
		"clean --match “two words“":        {Match: []string{"two words"}},
		"clean --match ”two words”":        {Match: []string{"two words"}},
		"clean --match „two words“":        {Match: []string{"two words"}},
		"clean --match 『two words』":        {Match: []string{"two words"}},
		"clean --match \"hi @_user_3\"":    {Match: []string{"hi @Tom"}},
		"clean --match re\u0301sume\u0301": {Match: []string{"résumé"}},
		"clean --regex 테\u200bᄉ\u1173트":    {Regex: []string{"테스트"}},
	} {
		cmd, ok := command.Parse("/recall "+text, false, people()...)
		if !ok {
			t.Fatalf("%q is no command", text)
		}
		got, err := command.ParseFilter(command.FilterInput{Verb: cmd.Verb, Args: cmd.Args, Mentions: cmd.Mentions, Zone: shanghai(), Said: now()})
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%q: %v (-want +got):\n%s", text, err, diff)
		}
	}
}

// TestLoneLongDash: phones make a long dash of two short ones. Before the name of a switch it belongs to the switch. Before
// anything else it begins the reason, and a clean-up asks first.
func TestLoneLongDash(t *testing.T) {
	t.Parallel()
	type read struct {
		Args   []string
		Reason string
		Dashed bool
	}
	for text, want := range map[string]read{
		"clean --match order — since 30m":     {[]string{"--match", "order", "--since", "30m"}, "", false},
		"clean --match order —— since=30m":    {[]string{"--match", "order", "--since=30m"}, "", false},
		"clean --match order – Since 30m":     {[]string{"--match", "order", "--Since", "30m"}, "", false},
		"clean — dup — bot any — spam":        {[]string{"--dup", "--bot", "any"}, "spam", true},
		"清理 — 最近 5 — 刷屏":                      {[]string{"--最近", "5"}, "刷屏", true},
		"5 — match order":                     {[]string{"5", "--match", "order"}, "", false},
		"5 — wrong group":                     {[]string{"5"}, "wrong group", true},
		"clean --dup — sincerely sorry":       {[]string{"--dup"}, "sincerely sorry", true},
		"clean --dup — “since” last week":     {[]string{"--dup"}, "“since” last week", true},
		"clean --dup -- since last week":      {[]string{"--dup"}, "since last week", false},
		"clean --dup －－ since last week":      {[]string{"--dup"}, "since last week", false},
		"ttl 24h — type card":                 {[]string{"24h", "--type", "card"}, "", false},
		"ttl 24h — since it is too loud here": {[]string{"24h"}, "since it is too loud here", false},
		"— since it was wrong":                {nil, "since it was wrong", false},
		"log 5 — last":                        {[]string{"5"}, "last", false},
	} {
		cmd, ok := command.Parse("/recall "+text, true)
		if diff := cmp.Diff(want, read{cmd.Args, cmd.Reason, cmd.Dashed}); !ok || diff != "" {
			t.Errorf("%q (-want +got):\n%s", text, diff)
		}
	}
}

// TestCommandForAnotherBot: a command that mentions a bot as a value is not for that bot.
func TestCommandForAnotherBot(t *testing.T) {
	t.Parallel()
	self := bot.Mentioned{Key: "@_user_1", ID: "ou_bot", Bot: true, Self: true, Name: "Recall"}
	other := bot.Mentioned{Key: "@_user_2", ID: "ou_other", Bot: true, Name: "Other"}
	nameless := bot.Mentioned{Key: "@_user_3", Bot: true}
	tom := bot.Mentioned{Key: "@_user_12", ID: "ou_tom"}
	const ours, theirs, onlyOurs = "ours", "theirs", "ours, if the post is"
	for _, row := range []struct {
		text string
		said []bot.Mentioned
		want string
	}{
		{"@_user_2 /recall 3", []bot.Mentioned{other}, theirs},
		{"@_user_3 /recall 3", []bot.Mentioned{nameless}, theirs},
		{"/recall 3 @_user_2", []bot.Mentioned{other}, theirs},
		{"/recall @_user_2 3", []bot.Mentioned{other}, theirs},
		{"@_user_2 /recall clean --bot any --since 1h", []bot.Mentioned{other}, theirs},
		{"/recall clean --last 5 @_user_2", []bot.Mentioned{other}, theirs},
		{"@_user_2 /recall settings people on", []bot.Mentioned{other}, theirs},
		{"/recall stop @_user_2", []bot.Mentioned{other}, theirs},
		{"@_user_2 /recall help", []bot.Mentioned{other}, theirs},
		{"@_user_2 /recall please", []bot.Mentioned{other}, theirs},
		{"@_user_2 @_all /recall 3", []bot.Mentioned{other}, theirs},
		{"@_user_2 @_user_1 /recall 3", []bot.Mentioned{other, self}, ours},
		{"/recall 3 @_user_1 @_user_2", []bot.Mentioned{other, self}, ours},
		{"@_user_2 /recall", []bot.Mentioned{other}, onlyOurs},
		{"@_user_2 撤回", []bot.Mentioned{other}, onlyOurs},
		{"/recall @_user_2 -- typo", []bot.Mentioned{other}, onlyOurs},
		{"@_user_12 /recall 3", []bot.Mentioned{tom}, ours},
		{"@_all /recall 3", nil, ours},
		{"/recall 3 -- ask @_user_2", []bot.Mentioned{other}, ours},
		{"/recall clean --bot @_user_2 --last 3", []bot.Mentioned{other}, ours},
		{"/recall clean --bot=@_user_2", []bot.Mentioned{other}, ours},
		{"/recall settings moderators add @_user_2", []bot.Mentioned{other}, ours},
		{"/recall quarantine @_user_2", []bot.Mentioned{other}, ours},
		{"/recall release 2h @_user_2", []bot.Mentioned{other}, ours},
		{"@_user_2 /recall quarantine @_user_2", []bot.Mentioned{other}, theirs},
		{"@_user_2 /recall clean --bot @_user_2", []bot.Mentioned{other}, theirs},
	} {
		cmd, ok := command.Parse(row.text, true, row.said...)
		if got := map[bool]string{true: ours, false: theirs}[ok]; cmd.Elsewhere && row.want != onlyOurs || !cmd.Elsewhere && got != row.want {
			t.Errorf("%q is %s (%+v), want %s", row.text, got, cmd, row.want)
		}
		if _, ok := command.Parse(row.text, false, row.said...); ok != (row.want == ours && !strings.HasSuffix(row.text, "撤回")) {
			t.Errorf("%q, no reply, is a command: %t", row.text, ok)
		}
	}
}

func TestFaultsShowNamesInsteadOfKeys(t *testing.T) {
	t.Parallel()
	tom, ann := bot.Mentioned{Key: "@_user_1", ID: "ou_tom", Name: "Tom"}, bot.Mentioned{Key: "@_user_12", ID: "ou_ann", Name: "Ann"}
	for text, want := range map[string]string{
		"": "", "@": "@", "a@b": "a@b", "@_user_1": "@Tom", "x @_user_12 @_user_1, @_user_1": "x @Ann @Tom, @Tom", "@_user_2 @_all": "@_user_2 @_all",
		"@_user_1x": "@_user_1x",
	} {
		if got := command.Unplaced(text, []bot.Mentioned{tom, ann}); got != want {
			t.Errorf("%q reads %q, want %q", text, got, want)
		}
	}
	for _, text := range []string{`/recall "tell @_user_1"`, `/recall help "@_user_1 x"`, `/recall mine "5 @_user_1"`, `/recall bm-1 "@_user_1 x"`} {
		cmd, _ := command.Parse(text, false, tom)
		if words := strings.Join(append(slices.Clone(cmd.Args), cmd.Unknown), " "); strings.Contains(words, "_user_") || !strings.Contains(words, "@Tom") {
			t.Errorf("%q leaves %q", text, words)
		}
	}
}

func TestTypedIsComposed(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"": "", "plain": "plain", "re\u0301sume\u0301": "résumé", "\u30ab\u3099": "ガ", "\u1110\u1166": "테", "e\u200d\u0301": "é", "a\u00adb\ufeff": "ab",
	} {
		if got := bot.Typed(text); got != want || bot.Typed(got) != got {
			t.Errorf("Typed(%+q) = %+q, want %+q", text, got, want)
		}
	}
	if !bot.SameName("Cafe\u0301 Bot\u200b", "CAFÉ bot") || bot.SameName("Cafe", "Café") {
		t.Error("names that look the same are the same, others are not")
	}
}

// TestMayCommandAllocatesNothing: it is called for every message.
func TestMayCommandAllocatesNothing(t *testing.T) { //nolint:paralleltest // it counts what is allocated
	for _, text := range []string{
		"did you see /recall in the manual", "@_user_1 hello, how are you", "请问昨天的日报为什么被撤回了，有人知道吗？", "\u200e\u2066hello", "撤回吧", "/recalls",
	} {
		if n := testing.AllocsPerRun(100, func() { command.Parse(text, true) }); n != 0 || !utf8.ValidString(text) {
			t.Errorf("%q allocates %.0f times", text, n)
		}
	}
}

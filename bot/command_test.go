package bot_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"recallbot/bot"
)

func TestParseCommandReadsEverySpelling(t *testing.T) {
	t.Parallel()
	this, chinese := bot.Command{}, bot.Command{Chinese: true}
	rows := []struct {
		name  string
		text  string
		reply bool
		want  bot.Command
	}{
		{"plain", "/recall", false, this},
		{"as a reply", "/recall", true, this},
		{"mention before", "@_user_1 /recall", false, this},
		{"mention after", "/recall @_user_1", false, this},
		{"mentions around", "@_user_1 @_user_12 /recall @_user_3", false, this},
		{"everybody mentioned", "@_all /recall", false, this},
		{"everybody mentioned after", "/recall @_all", false, this},
		{"capitals", "/Recall", false, this},
		{"all capitals", "/RECALL", false, this},
		{"full-width slash", "／recall", false, this},
		{"full-width slash, capitals", "／ReCall", false, this},
		{"spaces around", "  \t/recall \r\n", false, this},
		{"no-break space", "@_user_1\u00a0/recall\u00a0", false, this},
		{"ideographic space", "@_user_1\u3000/recall", false, this},
		{"zero-width space", "\u200b@_user_1\u200b/recall\u200b", false, this},
		{"joiners, byte order mark", "\ufeff\u2060\u200c\u200d/recall", false, this},
		{"rich text", "\n@_user_1 \n/recall", false, this},
		{"chinese", "/撤回", false, chinese},
		{"chinese, full-width slash", "／撤回", false, chinese},
		{"chinese, mention before", "@_user_1 /撤回", false, chinese},
		{"bare word in a reply", "撤回", true, chinese},
		{"bare word in a reply, mentions", "@_user_1 撤回 @_user_2", true, chinese},
		{"bare word in a reply, spaces", " \u200b撤回\u00a0\n", true, chinese},

		{"reason", "/recall -- wrong group", false, bot.Command{Reason: "wrong group"}},
		{"reason with uneven spaces", "/recall  --  wrong\n group ", false, bot.Command{Reason: "wrong group"}},
		{"reason that looks like a command", "/recall -- log 5 -- help", false, bot.Command{Reason: "log 5 -- help"}},
		{"empty reason", "/recall --", false, this},
		{"reason after the mention", "/recall @_user_1 -- typo", false, bot.Command{Reason: "typo"}},
		{"chinese reason", "/撤回 -- 发错群了", false, bot.Command{Chinese: true, Reason: "发错群了"}},

		{"help", "/recall help", false, bot.Command{Verb: bot.VerbHelp}},
		{"help by question mark", "/recall ?", false, bot.Command{Verb: bot.VerbHelp}},
		{"help by full-width question mark", "/撤回 ？", false, bot.Command{Verb: bot.VerbHelp, Chinese: true}},
		{"help in chinese", "/撤回 帮助", false, bot.Command{Verb: bot.VerbHelp, Chinese: true}},
		{"help on a word", "/recall help log", false, bot.Command{Verb: bot.VerbHelp, Args: []string{"log"}}},
		{"log", "/recall log", false, bot.Command{Verb: bot.VerbLog}},
		{"log with a number", "/recall log 5", false, bot.Command{Verb: bot.VerbLog, Args: []string{"5"}}},
		{"log with capitals", "/recall LOG 5", false, bot.Command{Verb: bot.VerbLog, Args: []string{"5"}}},
		{"log, mentions between", "@_user_1 /recall @_user_2 log @_all 5", false, bot.Command{Verb: bot.VerbLog, Args: []string{"5"}}},
		{"log over two lines", "/recall\nlog\n5", false, bot.Command{Verb: bot.VerbLog, Args: []string{"5"}}},
		{"log in chinese", "/撤回 日志 5", false, bot.Command{Verb: bot.VerbLog, Args: []string{"5"}, Chinese: true}},
		{"log by its other name", "/撤回 记录", false, bot.Command{Verb: bot.VerbLog, Chinese: true}},
		{"log with a reason", "/recall log 5 -- audit", false, bot.Command{Verb: bot.VerbLog, Args: []string{"5"}, Reason: "audit"}},
		{"doctor", "/recall doctor", false, bot.Command{Verb: bot.VerbDoctor}},
		{"doctor in chinese", "/撤回 诊断", false, bot.Command{Verb: bot.VerbDoctor, Chinese: true}},
		{"doctor by its other name", "/撤回 自检", false, bot.Command{Verb: bot.VerbDoctor, Chinese: true}},

		{"unknown word", "/recall everything", false, bot.Command{Verb: bot.VerbHelp, Unknown: "everything"}},
		{"unknown word keeps its case", "/recall Stop now", false, bot.Command{Verb: bot.VerbHelp, Unknown: "Stop", Args: []string{"now"}}},
		{"a number is no command yet", "/recall 5", false, bot.Command{Verb: bot.VerbHelp, Unknown: "5"}},
		{"dashes that are no separator", "/recall --dry-run", false, bot.Command{Verb: bot.VerbHelp, Unknown: "--dry-run"}},
		{"no mention of the platform's", "/recall @tom", false, bot.Command{Verb: bot.VerbHelp, Unknown: "@tom"}},
		{"no number in the mention", "/recall @_user_", false, bot.Command{Verb: bot.VerbHelp, Unknown: "@_user_"}},
		{"unknown word with a reason", "/recall clean -- spam", false, bot.Command{Verb: bot.VerbHelp, Unknown: "clean", Reason: "spam"}},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			got, ok := bot.ParseCommand(row.text, row.reply)
			if !ok {
				t.Fatalf("ParseCommand(%q) reads no command", row.text)
			}
			if diff := cmp.Diff(row.want, got); diff != "" {
				t.Errorf("ParseCommand(%q) (-want +got):\n%s", row.text, diff)
			}
		})
	}
}

// A message holds up to 150 kB, and each record of a command holds its reason.
func TestReasonIsCutShort(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ said, want string }{
		{strings.Repeat("错", 200), strings.Repeat("错", 200)},
		{strings.Repeat("错", 201), strings.Repeat("错", 200) + "…"},
		{strings.Repeat("wrong ", 20_000), strings.Repeat("wrong ", 33) + "wr…"},
	} {
		cmd, ok := bot.ParseCommand("/recall -- "+row.said, true)
		if !ok || cmd.Reason != row.want {
			t.Errorf("a reason of %d bytes is kept as %q, want %q", len(row.said), cmd.Reason, row.want)
		}
	}
}

func TestParseCommandLeavesTalkAlone(t *testing.T) {
	t.Parallel()
	talk := []string{
		"", " ", "\u200b\ufeff", "hello",
		"@_user_1", "@_user_1 @_all", "@_user_1 \u00a0",
		"please /recall", "use /recall to take it back", "@_user_1 please /recall", "no /撤回",
		"> /recall", "“/recall”", `"/recall"`, "'/recall'", "`/recall`", "(/recall)", "*/recall*",
		"/recallx", "／recallx", "/recall,", "/recall.", "/recall!", "/recalls", "/recall_log", "/recall/log", "/recall@bot",
		"/撤回了", "/撤回。", "／撤回消息", "/撤", "/回",
		"/ recall", "／ recall", "//recall", "／/recall", "\\recall", "/re call",
		"recall", "Recall", "@_user_1 recall",
		"@tom /recall", "@_user_ /recall", "@_user_x /recall", "@_everyone /recall", "@_user_1x /recall",
		"/help", "/", "／", "撤", "http://example.com/recall",
	}
	for _, text := range talk {
		for _, reply := range []bool{false, true} {
			if cmd, ok := bot.ParseCommand(text, reply); ok {
				t.Errorf("ParseCommand(%q, reply %t) reads %+v", text, reply, cmd)
			}
		}
	}
}

func TestBareWordIsACommandOnlyWhenItAnswersAMessage(t *testing.T) {
	t.Parallel()
	rows := []struct {
		text  string
		reply bool
		want  bool
	}{
		{"撤回", true, true},
		{"@_all 撤回", true, true},
		{"撤回", false, false},
		{"@_user_1 撤回", false, false},
		{"撤回吧", true, false},
		{"撤回 吧", true, false},
		{"撤回 log", true, false},
		{"撤回 -- 发错了", true, false},
		{"请撤回", true, false},
		{"怎么 撤回", true, false},
	}
	for _, row := range rows {
		if _, got := bot.ParseCommand(row.text, row.reply); got != row.want {
			t.Errorf("ParseCommand(%q, reply %t) = %t, want %t", row.text, row.reply, got, row.want)
		}
	}
}

func FuzzParseCommand(f *testing.F) {
	for _, seed := range []string{
		"/recall", "@_user_1 /recall", "／recall log 5 -- why", "/撤回", "撤回", "/recall @_user_", "/recall --",
		"\u200b/RECALL\u00a0@_all\nhelp", "talk about /recall", "@_user_1/recall", "/recal\u212a", "\xff/recall",
	} {
		f.Add(seed, true)
		f.Add(seed, false)
	}
	space := `[\s\v\p{Z}\x{85}\x{200b}-\x{200d}\x{2060}\x{feff}]`
	mention := `@_all|@_user_[0-9]+`
	opening := regexp.MustCompile(`^(?:` + mention + `|` + space + `)*(?:[/／](?i:recall)|[/／]?撤回)(?:` + space + `|$)`)
	wordBreak := regexp.MustCompile(space)
	f.Fuzz(func(t *testing.T, text string, reply bool) {
		cmd, ok := bot.ParseCommand(text, reply)
		if !ok {
			if diff := cmp.Diff(bot.Command{}, cmd); diff != "" {
				t.Fatalf("talk %q leaves something behind: %s", text, diff)
			}
			return
		}
		if !strings.ContainsAny(text, "/／撤") || !opening.MatchString(text) {
			t.Fatalf("%q does not begin with a command, but reads as %+v", text, cmd)
		}
		for _, word := range append(cmd.Args, cmd.Unknown) {
			if wordBreak.MatchString(word) {
				t.Fatalf("%q: the word %q has a space in it", text, word)
			}
		}
		if cmd.Unknown != "" && cmd.Verb != bot.VerbHelp {
			t.Fatalf("%q: the unknown word %q does %q", text, cmd.Unknown, cmd.Verb)
		}
		sameCommand(t, cmd, "\u3000@_user_1 \u200b@_all "+text+"\u00a0\n", reply)
		sameCommand(t, cmd, text, true)
	})
}

func sameCommand(t *testing.T, want bot.Command, text string, reply bool) {
	t.Helper()
	got, ok := bot.ParseCommand(text, reply)
	if !ok {
		t.Fatalf("ParseCommand(%q, reply %t) reads no command, want %+v", text, reply, want)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("ParseCommand(%q, reply %t) (-want +got):\n%s", text, reply, diff)
	}
}

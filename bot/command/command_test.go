package command_test

import (
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"recallbot/bot"
	"recallbot/bot/command"
)

func clean(args ...string) bot.Command { return bot.Command{Verb: bot.VerbClean, Args: args} }

func last(args ...string) bot.Command { return bot.Command{Verb: bot.VerbLast, Args: args} }

func inChinese(cmd bot.Command) bot.Command {
	cmd.Chinese = true
	return cmd
}

func dashed(cmd bot.Command) bot.Command {
	cmd.Dashed = true
	return cmd
}

func reasoned(cmd bot.Command, reason string) bot.Command {
	cmd.Reason = reason
	return cmd
}

func TestParseEverySpelling(t *testing.T) {
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
		{"log, mentions between", "@_user_1 /recall @_user_2 log @_all 5", false, bot.Command{Verb: bot.VerbLog, Args: []string{"@_user_2", "@_all", "5"}}},
		{"log over two lines", "/recall\nlog\n5", false, bot.Command{Verb: bot.VerbLog, Args: []string{"5"}}},
		{"log in chinese", "/撤回 日志 5", false, bot.Command{Verb: bot.VerbLog, Args: []string{"5"}, Chinese: true}},
		{"log by its other name", "/撤回 记录", false, bot.Command{Verb: bot.VerbLog, Chinese: true}},
		{"log with a reason", "/recall log 5 -- audit", false, bot.Command{Verb: bot.VerbLog, Args: []string{"5"}, Reason: "audit"}},
		{"doctor", "/recall doctor", false, bot.Command{Verb: bot.VerbDoctor}},
		{"doctor in chinese", "/撤回 诊断", false, bot.Command{Verb: bot.VerbDoctor, Chinese: true}},
		{"doctor by its other name", "/撤回 自检", false, bot.Command{Verb: bot.VerbDoctor, Chinese: true}},

		{"unknown word", "/recall everything", false, bot.Command{Verb: bot.VerbHelp, Unknown: "everything"}},
		{"unknown word keeps its case", "/recall Stopp now", false, bot.Command{Verb: bot.VerbHelp, Unknown: "Stopp", Args: []string{"now"}}},
		{"dashes that are no separator", "/recall --dry-run", false, bot.Command{Verb: bot.VerbHelp, Unknown: "--dry-run"}},
		{"no mention of the platform's", "/recall @tom", false, bot.Command{Verb: bot.VerbHelp, Unknown: "@tom"}},
		{"no number in the mention", "/recall @_user_", false, bot.Command{Verb: bot.VerbHelp, Unknown: "@_user_"}},
		{"unknown word with a reason", "/recall cleen -- spam", false, bot.Command{Verb: bot.VerbHelp, Unknown: "cleen", Reason: "spam"}},
		{"an empty word", `/recall "" 5`, false, bot.Command{Verb: bot.VerbHelp, Args: []string{"5"}}},

		{"a number", "/recall 5", false, last("5")},
		{"a number in a reply", "/recall 5", true, last("5")},
		{"a number with a counter", "/撤回 5条", false, inChinese(last("5条"))},
		{"a full-width number", "/recall ５", false, last("５")},
		{"a number of another script", "/recall ٥", false, last("٥")},
		{"a negative number", "/recall -5", false, last("-5")},
		{"a negative number by a long dash", "/recall —5", false, last("—5")},
		{"a number with a plus", "/recall +5", false, last("+5")},
		{"a number with a full-width plus", "/recall ＋５", false, last("＋５")},
		{"no whole number", "/recall 5.5", false, last("5.5")},
		{"a number and words", "/recall 5x", false, last("5x")},
		{"a number and switches", "/recall 5 --bot any --yes -- spam", false, reasoned(last("5", "--bot", "any", "--yes"), "spam")},
		{"a plus alone", "/recall +", false, bot.Command{Verb: bot.VerbHelp, Unknown: "+"}},
		{"a dash alone", "/recall -", false, bot.Command{Verb: bot.VerbHelp, Unknown: "-"}},

		{"clean, bare", "/recall clean", false, clean()},
		{"clean, with its reason", "/recall clean --last 5 -- spam", false, reasoned(clean("--last", "5"), "spam")},
		{"clean, capitals", "/recall Clean --Last 5", false, clean("--Last", "5")},
		{"purge", "/recall purge --dup", false, clean("--dup")},
		{"clear", "/recall clear --dup", false, clean("--dup")},
		{"clean in chinese", "/撤回 清理 --重复", false, inChinese(clean("--重复"))},
		{"a chinese verb", "/recall 清除", false, inChinese(clean())},
		{"bulk in chinese", "/recall 批量", false, inChinese(clean())},
		{"stop", "/recall stop", false, bot.Command{Verb: bot.VerbStop}},
		{"cancel", "/recall CANCEL", false, bot.Command{Verb: bot.VerbStop}},
		{"abort", "/recall abort", false, bot.Command{Verb: bot.VerbStop}},
		{"stop in chinese", "/recall 停止", false, bot.Command{Verb: bot.VerbStop, Chinese: true}},
		{"cancel in chinese", "/撤回 取消", false, bot.Command{Verb: bot.VerbStop, Chinese: true}},
		{"stop, somebody mentioned", "/recall stop @_user_1", false, bot.Command{Verb: bot.VerbStop}},
		{"status", "/recall status", false, bot.Command{Verb: bot.VerbStatus}},
		{"status in chinese", "/recall 状态", false, bot.Command{Verb: bot.VerbStatus, Chinese: true}},
		{"progress in chinese", "/recall 进度", false, bot.Command{Verb: bot.VerbStatus, Chinese: true}},
		{"undo", "/recall undo j12", false, bot.Command{Verb: bot.VerbUndo, Args: []string{"j12"}}},
		{"restore", "/recall restore", false, bot.Command{Verb: bot.VerbUndo}},
		{"undo in chinese", "/recall 恢复", false, bot.Command{Verb: bot.VerbUndo, Chinese: true}},
		{"undo by its other name", "/recall 还原", false, bot.Command{Verb: bot.VerbUndo, Chinese: true}},
		{"settings", "/recall settings people on", false, bot.Command{Verb: bot.VerbSettings, Args: []string{"people", "on"}}},
		{"setting", "/recall setting", false, bot.Command{Verb: bot.VerbSettings}},
		{"config", "/recall config", false, bot.Command{Verb: bot.VerbSettings}},
		{"settings in chinese", "/recall 设置", false, bot.Command{Verb: bot.VerbSettings, Chinese: true}},
		{"a batch", "/recall bm-Dc13264520A9", false, bot.Command{Verb: bot.VerbBatch, Args: []string{"bm-Dc13264520A9"}}},
		{"a batch, somebody mentioned", "/recall @_user_1 bm-1 @_user_2 -- typo", false, bot.Command{Verb: bot.VerbBatch, Args: []string{"bm-1"}, Reason: "typo"}},
		{"a batch and another word", "/recall bm-1 --dry-run", false, bot.Command{Verb: bot.VerbHelp, Unknown: "--dry-run"}},
		{"two batches and more", "/recall bm-1 bm-2 now", false, bot.Command{Verb: bot.VerbHelp, Unknown: "bm-2", Args: []string{"now"}}},
		{"no batch", "/recall bm-", false, bot.Command{Verb: bot.VerbHelp, Unknown: "bm-"}},

		{"double quotes", `/recall clean --match "two words"`, false, clean("--match", "two words")},
		{"single quotes", `/recall clean --match 'two words'`, false, clean("--match", "two words")},
		{"curly quotes", "/recall clean --match “two words”", false, clean("--match", "two words")},
		{"single curly quotes", "/recall clean --match ‘two words’", false, clean("--match", "two words")},
		{"corner brackets", "/撤回 清理 --包含 「两 个词」", false, inChinese(clean("--包含", "两 个词"))},
		{"quotes behind a sign", `/recall clean --match="two words" --dup`, false, clean("--match=two words", "--dup")},
		{"quotes behind a colon", `/recall clean --match:'two words'`, false, clean("--match:two words")},
		{"quotes behind a full-width sign", "/recall clean --包含＝“two words”", false, clean("--包含＝two words")},
		{"quotes behind a second sign", `/recall clean --match=a="b c"`, false, clean(`--match=a="b`, `c"`)},
		{"a doubled quote", `/recall clean --match "say ""hi"" now"`, false, clean("--match", `say "hi" now`)},
		{"an empty value", `/recall clean --match ""`, false, clean("--match", "")},
		{"an apostrophe inside", "/recall clean --match don't", false, clean("--match", "don't")},
		{"more behind the quote", `/recall clean --match "a b"c`, false, clean("--match", "a bc")},
		{"an open quote", `/recall clean --match "two words --last 5 -- why `, false, clean("--match", "two words --last 5 -- why")},
		{"a quoted separator", `/recall clean --match "--" x`, false, clean("--match=--", "x")},
		{"a quoted switch", `/recall clean --match "--yes"`, false, clean("--match=--yes")},
		{"a quoted switch nowhere", `/recall clean 5 "--"`, false, clean("5", "--")},
		{"a quoted command", `/recall "clean" --dup`, false, clean("--dup")},
		{"spaces in quotes stay", "/recall clean --match \"a  \u00a0b \"", false, clean("--match", "a  \u00a0b ")},

		{"a full-width separator", "/撤回 －－ 发错群了", false, bot.Command{Chinese: true, Reason: "发错群了"}},
		{"a long dash as separator", "/recall — wrong group", false, bot.Command{Reason: "wrong group"}},
		{"two long dashes", "/撤回 —— 发错群了", false, bot.Command{Chinese: true, Reason: "发错群了"}},
		{"two middle dashes", "/recall clean --dup –– twice", false, dashed(reasoned(clean("--dup"), "twice"))},
		{"long dashes of switches", "/recall clean —last 5 ––dup －－yes -quiet", false, clean("—last", "5", "––dup", "－－yes", "-quiet")},
		{"mentions are no reason", "/recall clean --dup -- ask @_user_3 first", false, reasoned(clean("--dup"), "ask first")},
		{"quotes stay in a reason", `/recall -- it says "two words" and it's wrong`, false, bot.Command{Reason: `it says "two words" and it's wrong`}},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			got, ok := command.Parse(row.text, row.reply)
			if !ok {
				t.Fatalf("ParseCommand(%q) reads no command", row.text)
			}
			if diff := cmp.Diff(row.want, got); diff != "" {
				t.Errorf("ParseCommand(%q) (-want +got):\n%s", row.text, diff)
			}
		})
	}
}

// Only the mentions in the arguments are kept.
func TestParseKeepsMentions(t *testing.T) {
	t.Parallel()
	self := bot.Mentioned{Key: "@_user_1", ID: "ou_bot", Bot: true, Self: true, Name: "Recall"}
	news := bot.Mentioned{Key: "@_user_2", ID: "ou_news", Bot: true, Name: "News"}
	tom := bot.Mentioned{Key: "@_user_12", ID: "ou_tom"}
	odd := bot.Mentioned{Key: "--last", ID: "ou_odd"}
	rows := []struct {
		text      string
		args      []string
		mentioned []bot.Mentioned
	}{
		{"@_user_1 /recall", nil, nil},
		{"/recall @_user_2", nil, nil},
		{"/recall mine @_user_2 5", []string{"5"}, nil},
		{"/recall log @_user_12 5", []string{"@_user_12", "5"}, []bot.Mentioned{tom}},
		{"@_user_1 /recall clean --last 5", []string{"--last", "5"}, nil},
		{"@_user_1 /recall clean --bot @_user_2", []string{"--bot", "@_user_2"}, []bot.Mentioned{news}},
		{"/recall clean --by @_user_12 @_user_1", []string{"--by", "@_user_12", "@_user_1"}, []bot.Mentioned{self, tom}},
		{"/recall clean --by=@_user_12", []string{"--by=@_user_12"}, []bot.Mentioned{tom}},
		{`/recall clean --by " @_user_12 "`, []string{"--by", " @_user_12 "}, []bot.Mentioned{tom}},
		{"/recall @_user_2 clean --dup", []string{"@_user_2", "--dup"}, []bot.Mentioned{news}},
		{"/recall @_user_2 5 --bot @_user_1", []string{"5", "@_user_2", "--bot", "@_user_1"}, []bot.Mentioned{self, news}},
		{"/recall settings moderators @_user_12", []string{"moderators", "@_user_12"}, []bot.Mentioned{tom}},
		{"/recall clean --bot @_user_7 @_all", []string{"--bot", "@_user_7", "@_all"}, nil},
		{"/recall clean --dup -- ask @_user_12", []string{"--dup"}, nil},
	}
	for _, row := range rows {
		cmd, ok := command.Parse(row.text, true, self, news, tom, odd)
		if !ok {
			t.Errorf("ParseCommand(%q) reads no command", row.text)
		}
		if diff := cmp.Diff(row.args, cmd.Args); diff != "" {
			t.Errorf("arguments of %q (-want +got):\n%s", row.text, diff)
		}
		if diff := cmp.Diff(row.mentioned, cmd.Mentions); diff != "" {
			t.Errorf("mentions of %q (-want +got):\n%s", row.text, diff)
		}
	}
}

// Arguments are cut to one more than allowed, so that the filter can refuse them.
func TestParseBoundsArguments(t *testing.T) {
	t.Parallel()
	cmd, _ := command.Parse("/recall clean "+strings.Repeat("--dup ", 20_000)+"-- why", true)
	if len(cmd.Args) != 65 || cmd.Reason != "why" {
		t.Errorf("%d arguments and the reason %q are kept, want 65 and the reason", len(cmd.Args), cmd.Reason)
	}
	for _, text := range []string{
		"/recall clean " + strings.Repeat("错", 600),
		`/recall clean "` + strings.Repeat("错", 600),
		`/recall clean --match "-` + strings.Repeat("错", 600),
	} {
		cmd, _ := command.Parse(text, true)
		if len(cmd.Args) != 1 || len([]rune(cmd.Args[0])) != 513 {
			t.Errorf("%d arguments, the first of %d characters, are kept, want one of 513", len(cmd.Args), len([]rune(cmd.Args[0])))
		}
	}
}

// A message has up to 150 kB, and each record of a command has its reason.
func TestReasonIsCutShort(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ said, want string }{
		{strings.Repeat("错", 200), strings.Repeat("错", 200)},
		{strings.Repeat("错", 201), strings.Repeat("错", 200) + "…"},
		{strings.Repeat("wrong ", 20_000), strings.Repeat("wrong ", 33) + "wr…"},
	} {
		cmd, ok := command.Parse("/recall -- "+row.said, true)
		if !ok || cmd.Reason != row.want {
			t.Errorf("a reason of %d bytes is kept as %q, want %q", len(row.said), cmd.Reason, row.want)
		}
	}
}

func TestOrdinaryMessagesAreNoCommands(t *testing.T) {
	t.Parallel()
	talk := []string{
		"", " ", "\u200b\ufeff", "hello",
		"@_user_1", "@_user_1 @_all", "@_user_1 \u00a0",
		"please /recall", "use /recall to take it back", "@_user_1 please /recall", "no /撤回",
		"> /recall", "“/recall”", `"/recall"`, "'/recall'", "`/recall`", "(/recall)", "*/recall*",
		"/recallx", "／recallx", "/recalls", "/recall_log", "/recall/log", "/recall@bot", "/recall…", "/recall?", "/recall:",
		"/recall, please", "/recall. That is how", "/recall，它会撤回", "/撤回。谢谢", "@_user_1 /撤回，谢谢",
		"/撤回了", "／撤回消息", "/撤", "/回", "、 recall", "，/recall", ". /recall", "、、recall", "、回", "它、撤回",
		"@_user_1 hey, /recall", "@_user_1 (/recall)", "recall it", "please recall", "@_user_1 recall please", "recalls",
		"/ recall", "／ recall", "//recall", "／/recall", "\\recall", "/re call",
		"@tom /recall", "@_user_ /recall", "@_user_x /recall", "@_everyone /recall", "@_user_1x /recall",
		"/help", "/", "／", "撤", "http://example.com/recall",
	}
	for _, text := range talk {
		for _, reply := range []bool{false, true} {
			if cmd, ok := command.Parse(text, reply); ok {
				t.Errorf("ParseCommand(%q, reply %t) reads %+v", text, reply, cmd)
			}
		}
	}
}

func TestBareWordIsACommandOnlyInAReply(t *testing.T) {
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
		{"撤回。", true, true},
		{"撤回！", true, true},
		{"@_user_1 撤回!! @_all", true, true},
		{"@_user_1，撤回~", true, true},
		{"撤回 。", true, true},
		{"撤回。", false, false},
		{"撤回？", true, false},
		{"撤回。谢谢", true, false},
		{"撤回，谢谢", true, false},
	}
	for _, row := range rows {
		if _, got := command.Parse(row.text, row.reply); got != row.want {
			t.Errorf("ParseCommand(%q, reply %t) = %t, want %t", row.text, row.reply, got, row.want)
		}
	}
}

func FuzzParseCommand(f *testing.F) {
	for _, seed := range []string{
		"/recall", "@_user_1 /recall", "／recall log 5 -- why", "/撤回", "撤回", "/recall @_user_", "/recall --",
		"/recall clean --match \"two words\" --bot @_user_1", "/recall 5条", "/recall clean —last 5 —— why", "/recall bm-1",
		"/recall clean --match=“a”b 'c", "/recall clean --match \"a\"\"b\" \"--\"", "/撤回 清理 --包含「x」",
		"\u200b/RECALL\u00a0@_all\nhelp", "talk about /recall", "@_user_1/recall", "/recal\u212a", "\xff/recall",
	} {
		f.Add(seed, true)
		f.Add(seed, false)
	}
	space := `[\s\v\p{Z}\x{85}\x{2800}]`
	mention := `@_all|@_user_[0-9]+`
	opening := regexp.MustCompile(`^(?:` + mention + `|` + space + `|[.。．｡!,，､、;:~])*[/、､]?(?:(?i:recall)|撤回)(?:` + space + `|[@.。．｡!,，､、;~]|$)`)
	quotes := "\"'＂＇“”„‟‘’‚‛「『«"
	wordBreak := regexp.MustCompile(space)
	f.Fuzz(func(t *testing.T, text string, reply bool) {
		cmd, ok := command.Parse(text, reply)
		if !ok {
			if diff := cmp.Diff(bot.Command{}, cmd); diff != "" {
				t.Fatalf("talk %q leaves something behind: %s", text, diff)
			}
			return
		}
		if !opening.MatchString(narrowed(bot.Typed(text))) {
			t.Fatalf("%q does not begin with a command, but reads as %+v", text, cmd)
		}
		for _, word := range append(cmd.Args, cmd.Unknown) {
			if wordBreak.MatchString(word) && !strings.ContainsAny(text, quotes) {
				t.Fatalf("%q: the word %q has a space in it", text, word)
			}
			if utf8.RuneCountInString(word) > 513 {
				t.Fatalf("%q: the word %q is too long", text, word)
			}
		}
		if len(cmd.Args) > 66 {
			t.Fatalf("%q: %d arguments", text, len(cmd.Args))
		}
		if cmd.Unknown != "" && cmd.Verb != bot.VerbHelp {
			t.Fatalf("%q: the unknown word %q does %q", text, cmd.Unknown, cmd.Verb)
		}
		sameCommand(t, cmd, "\u3000@_user_1 \u200b@_all "+text+"\u00a0\n", reply)
		sameCommand(t, cmd, text, true)
		sameCommand(t, cmd, "\u200e"+text+"\ufe0f", reply)
	})
}

// narrowed replaces full-width characters by ASCII.
func narrowed(text string) string {
	return strings.Map(func(r rune) rune {
		if r >= '！' && r <= '～' {
			return r - '！' + '!'
		}
		return r
	}, text)
}

func sameCommand(t *testing.T, want bot.Command, text string, reply bool) {
	t.Helper()
	got, ok := command.Parse(text, reply)
	if !ok {
		t.Fatalf("ParseCommand(%q, reply %t) reads no command, want %+v", text, reply, want)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("ParseCommand(%q, reply %t) (-want +got):\n%s", text, reply, diff)
	}
}

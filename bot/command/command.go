// Package command parses /recall: commands, filters, times and settings. It suggests corrections of typing errors.
package command

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"recallbot/bot"
)

// Parse parses the text of a message. A command is /recall, ／recall, 、recall or /撤回 at the start, after mentions, or in a
// reply the bare word recall or 撤回. The text contains the keys of mentions (@_user_1, @_all), which mentions resolve. A command for
// another bot is not one, except for the bare command in a reply (see bot.Command.Elsewhere).
func Parse(text string, reply bool, mentions ...bot.Mentioned) (cmd bot.Command, ok bool) {
	said, before, rest := opening(text)
	if said == notCalled || said.bare() && !reply {
		return bot.Command{}, false
	}
	cmd.Chinese = said.chinese()
	var words []string
	if !said.bare() {
		var dashed bool
		words, cmd.Reason, dashed = readArgs(bot.Typed(rest))
		readVerb(&cmd, words)
		cmd.Dashed = dashed && (cmd.Verb == bot.VerbClean || cmd.Verb == bot.VerbLast)
	}
	if cmd.Elsewhere = elsewhere(before, words, mentions); cmd.Elsewhere && (cmd.Verb != bot.VerbThis || !reply) {
		return bot.Command{}, false
	}
	keepMentions(&cmd, mentions)
	return cmd, true
}

// readArgs reads the words up to the reason, and the reason; dashed is set where a long dash began it.
func readArgs(text string) (words []string, reason string, dashed bool) {
	for {
		arg, rest, ok := nextArgument(text)
		if !ok {
			return words, "", false
		}
		if arg.separates() {
			if word, after, meant := switchAfter(arg, rest, words); meant {
				words, text = append(words, word), after
				continue
			}
			return words, bot.ClipReason(readReason(rest)), arg.isLong()
		}
		text = rest
		word := bot.Clip(arg.text, maxArg+1)
		switch first, _ := utf8.DecodeRuneInString(word); {
		case len(words) > maxArgs+1: // with the verb
		case arg.quoted && isDash(first) && len(words) > 0 && lacksValue(words[len(words)-1]):
			// A quoted word is a value, never a switch.
			words[len(words)-1] = bot.Clip(words[len(words)-1]+"="+word, maxArg+1)
		default:
			words = append(words, word)
		}
	}
}

// readReason joins the words, up to somewhat more than MaxReason.
func readReason(text string) string {
	var b strings.Builder
	for b.Len() <= bot.MaxReason*utf8.UTFMax {
		var word string
		word, text = nextWord(text)
		if word == "" {
			break
		}
		if isMention(word) {
			continue
		}
		if b.Len() > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(bot.Clip(word, bot.MaxReason+1))
	}
	return b.String()
}

// readVerb splits the words into the verb and its arguments.
func readVerb(c *bot.Command, words []string) {
	at := verbAt(words)
	if at < 0 {
		return
	}
	word, args := withoutEnd(narrow(words[at])), slices.Concat(slices.DeleteFunc(words[:at:at], isEndOnly), words[at+1:])
	switch {
	case isNumber(word):
		c.Verb, c.Args = bot.VerbLast, slices.Insert(args, 0, words[at])
		return
	case bot.IsBatch(bot.MessageID(word)):
		readBatch(c, word, plainWords(withoutMentions(args)))
		return
	}
	verb, known := verbOf(word)
	c.Verb = verb
	if !known {
		c.Unknown = withoutEnd(words[at])
	}
	if strings.ContainsFunc(word, isHan) && known {
		c.Chinese = true
	}
	switch verb {
	case bot.VerbClean, bot.VerbWatch:
	case bot.VerbQuarantine, bot.VerbRelease:
		args = plainWords(args)
	case bot.VerbSettings, bot.VerbLog:
		args = plainWords(args)
	default:
		args = plainWords(withoutMentions(args))
	}
	if len(args) > 0 {
		c.Args = args
	}
}

// verbAt is the index of the verb: the first word that is neither a mention nor punctuation.
func verbAt(words []string) int {
	return slices.IndexFunc(words, func(word string) bool { return !isMention(word) && !isEndOnly(word) })
}

// plainWords removes full width and final punctuation, for commands whose arguments are no texts.
func plainWords(words []string) []string {
	words = slices.DeleteFunc(words, isEndOnly)
	for i, word := range words {
		words[i] = withoutEnd(narrow(word))
	}
	return words
}

// readBatch reads the id of a batch. Further words are an error: they may have meant something.
func readBatch(c *bot.Command, id string, more []string) {
	if len(more) > 0 {
		c.Verb, c.Unknown, c.Args = bot.VerbHelp, more[0], more[1:]
		if len(c.Args) == 0 {
			c.Args = nil
		}
		return
	}
	c.Verb, c.Args = bot.VerbBatch, []string{id}
}

// keepMentions keeps the mentions in the arguments of commands that take mentions. In other arguments it replaces them by names.
func keepMentions(c *bot.Command, mentions []bot.Mentioned) {
	c.Unknown = Unplaced(c.Unknown, mentions)
	switch c.Verb {
	case bot.VerbClean, bot.VerbLast, bot.VerbSettings, bot.VerbLog, bot.VerbWatch, bot.VerbQuarantine, bot.VerbRelease:
	default:
		for i, arg := range c.Args {
			c.Args[i] = Unplaced(arg, mentions)
		}
		return
	}
	for _, m := range mentions {
		named := func(arg string) bool { return m.ID != "" && Unplaced(arg, []bot.Mentioned{m}) != arg }
		if isMention(m.Key) && slices.ContainsFunc(c.Args, named) {
			c.Mentions = append(c.Mentions, m)
		}
	}
}

func verbOf(word string) (bot.Verb, bool) {
	switch strings.ToLower(word) {
	case "help", "帮助", "?", "？":
		return bot.VerbHelp, true
	case "log", "日志", "记录":
		return bot.VerbLog, true
	case "doctor", "诊断", "自检":
		return bot.VerbDoctor, true
	case "clean", "purge", "clear", "清理", "清除", "批量":
		return bot.VerbClean, true
	case "stop", "cancel", "abort", "停止", "取消":
		return bot.VerbStop, true
	case "status", "状态", "进度":
		return bot.VerbStatus, true
	case "undo", "restore", "恢复", "还原":
		return bot.VerbUndo, true
	case "ttl", "lifetime", "expire", "有效期", "定时", "期限":
		return bot.VerbTTL, true
	case "mine", "my", "我的":
		return bot.VerbMine, true
	case "settings", "setting", "config", "设置":
		return bot.VerbSettings, true
	default:
		return rarerVerb(word)
	}
}

// rarerVerb finds the verbs about bots, and those for owners only.
func rarerVerb(word string) (bot.Verb, bool) {
	switch strings.ToLower(word) {
	case "watch", "guard", "守护", "看守":
		return bot.VerbWatch, true
	case "quarantine", "隔离":
		return bot.VerbQuarantine, true
	case "report", "报告", "统计":
		return bot.VerbReport, true
	case "release", "unquarantine", "解除隔离", "解除":
		return bot.VerbRelease, true
	case "authorize", "authorise", "授权":
		return bot.VerbAuthorize, true
	case "deauthorize", "deauthorise", "取消授权":
		return bot.VerbDeauthorize, true
	default:
		return bot.VerbHelp, false
	}
}

// isNumber reports whether a word is a number or was meant to be one. ParseFilter checks it.
func isNumber(word string) bool {
	first, size := utf8.DecodeRuneInString(word)
	if isDash(first) || first == '+' || first == '＋' {
		first, _ = utf8.DecodeRuneInString(word[size:])
	}
	return unicode.IsDigit(first)
}

func isHan(r rune) bool { return unicode.Is(unicode.Han, r) }

func withoutMentions(words []string) []string {
	return slices.DeleteFunc(words, isMention)
}

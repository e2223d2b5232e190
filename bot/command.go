package bot

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Verb is the word after /recall.
type Verb string

// The verbs. VerbThis, the bare /recall, recalls the message that the command replies to.
const (
	VerbThis   Verb = ""
	VerbHelp   Verb = "help"
	VerbLog    Verb = "log"
	VerbDoctor Verb = "doctor"
	// VerbLast is /recall N, VerbClean /recall clean FILTERS; their Args are read by ParseFilter.
	VerbLast     Verb = "last"
	VerbClean    Verb = "clean"
	VerbStop     Verb = "stop"
	VerbStatus   Verb = "status"
	VerbUndo     Verb = "undo"
	VerbSettings Verb = "settings"
	// VerbMine lists what somebody had posted.
	VerbMine Verb = "mine"
	// VerbTTL sets how long our posts stand; its Args are read by ParseLifetime.
	VerbTTL Verb = "ttl"
	// VerbBatch is /recall bm-…; the id is its one argument.
	VerbBatch Verb = "batch"
	// VerbAuthorize lets us act as the owner, VerbDeauthorize ends that.
	VerbAuthorize   Verb = "authorize"
	VerbDeauthorize Verb = "deauthorize"
)

// Command is something said to the bot.
type Command struct {
	Verb Verb `json:"verb,omitempty"`
	// Args are the words after the verb; words in quotes are one. Mentions stand in them by their keys.
	Args []string `json:"args,omitempty"`
	// Mentions are who the keys in Args stand for.
	Mentions []Mentioned `json:"mentions,omitempty"`
	// Unknown is the word that is no verb; then nothing but help may follow.
	Unknown string `json:"unknown,omitempty"`
	// Reason is the rest of the line after "--", cut short where it is long.
	Reason string `json:"reason,omitempty"`
	// Dashed is set where a lone long dash, which a phone may have made of a switch's, began the reason: what takes many
	// then shows first what would go.
	Dashed bool `json:"dashed,omitempty"`
	// Elsewhere is set where the message names another bot and not ours. The platform may tell our name wrong, so the bare
	// command in a reply is read all the same: for a post of ours, and for nothing else.
	Elsewhere bool `json:"elsewhere,omitempty"`
	// Chinese is set when the command was spelled in Chinese; the answer then is Chinese too.
	Chinese bool `json:"chinese,omitempty"`
}

// ParseCommand reads a command from the text of a message: /recall, ／recall, 、recall, /撤回 at its start, after mentions are
// taken off, or, in a reply, the bare word 撤回. Mentions stand in the text by their keys, of the platform's form
// (@_user_1, @_all); the mentions tell who these are. Talk that merely contains the word is no command, and ok is false; nor
// is a command that names another bot and not ours, but for the bare one in a reply, which says so (see Command.Elsewhere).
func ParseCommand(text string, reply bool, mentions ...Mentioned) (cmd Command, ok bool) {
	said, before, rest := opening(text)
	if said == notCalled || said == calledBare && !reply {
		return Command{}, false
	}
	cmd.Chinese = said != calledEnglish
	var words []string
	if said != calledBare {
		var dashed bool
		words, cmd.Reason, dashed = readArgs(Typed(rest))
		cmd.readVerb(words)
		cmd.Dashed = dashed && (cmd.Verb == VerbClean || cmd.Verb == VerbLast)
	}
	if cmd.Elsewhere = elsewhere(before, words, mentions); cmd.Elsewhere && (cmd.Verb != VerbThis || !reply) {
		return Command{}, false
	}
	cmd.keep(mentions)
	return cmd, true
}

// readArgs reads all words up to the reason, and the reason; dashed is set where a long dash began it.
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
			return words, ClipReason(readReason(rest)), arg.isLong()
		}
		text = rest
		word := clip(arg.text, maxArg+1)
		switch first, _ := utf8.DecodeRuneInString(word); {
		case len(words) > maxArgs+1: // the verb is among them
		case arg.quoted && isDash(first) && len(words) > 0 && lacksValue(words[len(words)-1]):
			// A quoted word is a value, and must not be taken for a switch.
			words[len(words)-1] = clip(words[len(words)-1]+"="+word, maxArg+1)
		default:
			words = append(words, word)
		}
	}
}

// readReason joins the words up to a bit more than is kept of them.
func readReason(text string) string {
	var b strings.Builder
	for b.Len() <= MaxReason*utf8.UTFMax {
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
		b.WriteString(clip(word, MaxReason+1))
	}
	return b.String()
}

// readVerb splits the words into the verb and its arguments.
func (c *Command) readVerb(words []string) {
	at := verbAt(words)
	if at < 0 {
		return
	}
	word, args := withoutEnd(narrow(words[at])), slices.Concat(slices.DeleteFunc(words[:at:at], isEndOnly), words[at+1:])
	switch {
	case isNumber(word):
		c.Verb, c.Args = VerbLast, slices.Insert(args, 0, words[at])
		return
	case isBatch(word):
		c.readBatch(word, plainWords(withoutMentions(args)))
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
	case VerbClean:
	case VerbSettings:
		args = plainWords(args)
	default:
		args = plainWords(withoutMentions(args))
	}
	if len(args) > 0 {
		c.Args = args
	}
}

// verbAt is where the verb stands among the words after /recall: the first that is neither a mention nor a sign.
func verbAt(words []string) int {
	return slices.IndexFunc(words, func(word string) bool { return !isMention(word) && !isEndOnly(word) })
}

// plainWords are the words of a command in which nobody quotes a text: none needs full width, nor a sign of the end.
func plainWords(words []string) []string {
	words = slices.DeleteFunc(words, isEndOnly)
	for i, word := range words {
		words[i] = withoutEnd(narrow(word))
	}
	return words
}

// readBatch takes the one id. A word too many may have meant something that must not be passed over.
func (c *Command) readBatch(id string, more []string) {
	if len(more) > 0 {
		c.Verb, c.Unknown, c.Args = VerbHelp, more[0], more[1:]
		if len(c.Args) == 0 {
			c.Args = nil
		}
		return
	}
	c.Verb, c.Args = VerbBatch, []string{id}
}

// keep keeps those of the mentions that stand in the arguments, where they may be meant; elsewhere their names stand then.
func (c *Command) keep(mentions []Mentioned) {
	c.Unknown = Unplaced(c.Unknown, mentions)
	if c.Verb != VerbClean && c.Verb != VerbLast && c.Verb != VerbSettings {
		for i, arg := range c.Args {
			c.Args[i] = Unplaced(arg, mentions)
		}
		return
	}
	for _, m := range mentions {
		named := func(arg string) bool { return m.ID != "" && Unplaced(arg, []Mentioned{m}) != arg }
		if isMention(m.Key) && slices.ContainsFunc(c.Args, named) {
			c.Mentions = append(c.Mentions, m)
		}
	}
}

func verbOf(word string) (Verb, bool) {
	switch strings.ToLower(word) {
	case "help", "帮助", "?", "？":
		return VerbHelp, true
	case "log", "日志", "记录":
		return VerbLog, true
	case "doctor", "诊断", "自检":
		return VerbDoctor, true
	case "clean", "purge", "clear", "清理", "清除", "批量":
		return VerbClean, true
	case "stop", "cancel", "abort", "停止", "取消":
		return VerbStop, true
	case "status", "状态", "进度":
		return VerbStatus, true
	case "undo", "restore", "恢复", "还原":
		return VerbUndo, true
	case "ttl", "lifetime", "expire", "有效期", "定时", "期限":
		return VerbTTL, true
	case "mine", "my", "我的":
		return VerbMine, true
	case "settings", "setting", "config", "设置":
		return VerbSettings, true
	default:
		return ownersVerb(word)
	}
}

// ownersVerb are the verbs that only owners need.
func ownersVerb(word string) (Verb, bool) {
	switch strings.ToLower(word) {
	case "authorize", "authorise", "授权":
		return VerbAuthorize, true
	case "deauthorize", "deauthorise", "取消授权":
		return VerbDeauthorize, true
	default:
		return VerbHelp, false
	}
}

// isNumber tells a number, or what was meant to be one: ParseFilter says what is wrong with it.
func isNumber(word string) bool {
	first, size := utf8.DecodeRuneInString(word)
	if isDash(first) || first == '+' || first == '＋' {
		first, _ = utf8.DecodeRuneInString(word[size:])
	}
	return unicode.IsDigit(first)
}

// isBatch tells the id of a batch of messages.
func isBatch(word string) bool {
	const prefix = "bm-"
	return len(word) > len(prefix) && strings.EqualFold(word[:len(prefix)], prefix)
}

func isHan(r rune) bool { return unicode.Is(unicode.Han, r) }

func withoutMentions(words []string) []string {
	return slices.DeleteFunc(words, isMention)
}

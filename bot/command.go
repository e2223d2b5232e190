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

// mostReason is the longest reason that is kept, in characters: it goes into every record of the command.
const mostReason = 200

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
	// Chinese is set when the command was spelled in Chinese; the answer then is Chinese too.
	Chinese bool `json:"chinese,omitempty"`
}

// Mentioned is somebody who is mentioned in a command.
type Mentioned struct {
	// Key is the word that stands for them in the text.
	Key string `json:"key"`
	// ID is the open_id, of a bot too.
	ID UserID `json:"id"`
	// Bot is set for bots, Self for our own; Name is what a bot is called.
	Bot  bool   `json:"bot,omitempty"`
	Self bool   `json:"self,omitempty"`
	Name string `json:"name,omitempty"`
}

// ParseCommand reads a command from the text of a message: /recall, ／recall, /撤回 at its start, after mentions are
// taken off, or, in a reply, the bare word 撤回. Mentions stand in the text by their keys, of the platform's form
// (@_user_1, @_all), as words of their own; the mentions tell who these are. Talk that merely contains the word is no
// command, and ok is false.
func ParseCommand(text string, reply bool, mentions ...Mentioned) (cmd Command, ok bool) {
	if !strings.ContainsAny(text, "/／撤") {
		return Command{}, false
	}
	head, rest := nextWord(text)
	for isMention(head) {
		head, rest = nextWord(rest)
	}
	head = foldSlash(head)
	switch {
	case strings.EqualFold(head, "/recall"):
	case head == "/撤回":
		cmd.Chinese = true
	case head == "撤回" && reply && onlyMentions(rest):
		return Command{Chinese: true}, true
	default:
		return Command{}, false
	}
	args, reason := readArgs(rest)
	cmd.Reason = cut(reason)
	cmd.readVerb(args)
	cmd.keep(mentions)
	return cmd, true
}

// readArgs reads all words up to the reason, and the reason.
func readArgs(text string) (args []string, reason string) {
	for {
		arg, rest, ok := nextArgument(text)
		if !ok {
			return args, ""
		}
		if arg.separates() {
			return args, readReason(rest)
		}
		text = rest
		word := clip(arg.text, mostArg+1)
		switch first, _ := utf8.DecodeRuneInString(word); {
		case len(args) > mostArgs+1: // the verb is among them
		case arg.quoted && isDash(first) && len(args) > 0 && lacksValue(args[len(args)-1]):
			// A quoted word is a value, and must not be taken for a switch.
			args[len(args)-1] = clip(args[len(args)-1]+"="+word, mostArg+1)
		default:
			args = append(args, word)
		}
	}
}

// readReason joins the words up to a bit more than is kept of them.
func readReason(text string) string {
	var b strings.Builder
	for b.Len() <= mostReason*utf8.UTFMax {
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
		b.WriteString(clip(word, mostReason+1))
	}
	return b.String()
}

// readVerb splits the words into the verb and its arguments.
func (c *Command) readVerb(words []string) {
	at := slices.IndexFunc(words, func(word string) bool { return !isMention(word) })
	if at < 0 {
		return
	}
	word, args := words[at], slices.Delete(slices.Clone(words), at, at+1)
	switch {
	case isNumber(word):
		c.Verb, c.Args = VerbLast, slices.Insert(args, 0, word)
		return
	case isBatch(word):
		c.readBatch(word, withoutMentions(args))
		return
	}
	verb, known := verbOf(word)
	c.Verb = verb
	if !known {
		c.Unknown = word
	}
	if strings.ContainsFunc(word, isHan) && known {
		c.Chinese = true
	}
	if verb != VerbClean && verb != VerbSettings {
		args = withoutMentions(args)
	}
	if len(args) > 0 {
		c.Args = args
	}
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

// keep keeps those of the mentions that stand in the arguments.
func (c *Command) keep(mentions []Mentioned) {
	for _, m := range mentions {
		named := func(arg string) bool { return strings.HasSuffix(strings.TrimRightFunc(arg, isSpace), m.Key) }
		if isMention(m.Key) && slices.ContainsFunc(c.Args, named) {
			c.Mentions = append(c.Mentions, m)
		}
	}
}

func cut(reason string) string {
	if runes := []rune(reason); len(runes) > mostReason {
		return string(runes[:mostReason]) + "…"
	}
	return reason
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

func onlyMentions(text string) bool {
	for {
		var word string
		word, text = nextWord(text)
		if !isMention(word) {
			return word == ""
		}
	}
}

func withoutMentions(words []string) []string {
	return slices.DeleteFunc(words, isMention)
}

func foldSlash(word string) string {
	if rest, ok := strings.CutPrefix(word, "／"); ok {
		return "/" + rest
	}
	return word
}

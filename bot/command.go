package bot

import (
	"strings"
	"unicode"
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
	// VerbBatch is /recall bm-…; the id is its one argument.
	VerbBatch Verb = "batch"
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
// taken off, or, in a reply, the bare word 撤回. Mentions stand in the text as the platform writes them (@_user_1,
// @_all). Talk that merely contains the word is no command, and ok is false.
func ParseCommand(text string, reply bool) (cmd Command, ok bool) {
	if !strings.ContainsAny(text, "/／撤") {
		return Command{}, false
	}
	words := strings.FieldsFunc(text, isSpace)
	for len(words) > 0 && isMention(words[0]) {
		words = words[1:]
	}
	if len(words) == 0 {
		return Command{}, false
	}
	head := foldSlash(words[0])
	switch {
	case strings.EqualFold(head, "/recall"):
	case head == "/撤回":
		cmd.Chinese = true
	case head == "撤回" && reply && onlyMentions(words[1:]):
		return Command{Chinese: true}, true
	default:
		return Command{}, false
	}
	cmd.readArgs(words[1:])
	return cmd, true
}

func (c *Command) readArgs(words []string) {
	for i, word := range words {
		if word == "--" {
			c.Reason = cut(strings.Join(words[i+1:], " "))
			break
		}
		if !isMention(word) {
			c.Args = append(c.Args, word)
		}
	}
	if len(c.Args) == 0 {
		return
	}
	verb, known := verbOf(c.Args[0])
	if !known {
		c.Unknown = c.Args[0]
	}
	c.Verb, c.Args = verb, c.Args[1:]
	if len(c.Args) == 0 {
		c.Args = nil
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
	default:
		return VerbHelp, false
	}
}

// isMention tells the platform's placeholders (@_user_1, @_all) from words.
func isMention(word string) bool {
	rest, ok := strings.CutPrefix(word, "@_user_")
	if !ok {
		return word == "@_all"
	}
	return rest != "" && strings.TrimLeft(rest, "0123456789") == ""
}

func onlyMentions(words []string) bool {
	for _, word := range words {
		if !isMention(word) {
			return false
		}
	}
	return true
}

func foldSlash(word string) string {
	if rest, ok := strings.CutPrefix(word, "／"); ok {
		return "/" + rest
	}
	return word
}

// isSpace also takes off what chat clients and copied text put between words unseen.
func isSpace(r rune) bool {
	return unicode.IsSpace(r) || r == '\u200b' || r == '\u200c' || r == '\u200d' || r == '\u2060' || r == '\ufeff'
}

package command

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"recallbot/bot"
)

// calling is the form of the command at the start of a message, if there is one.
type calling uint8

const (
	notCalled calling = iota
	calledEnglish
	calledChinese
	// The bare words recall and 撤回, without a slash.
	calledBareEnglish
	calledBareChinese
)

func (c calling) bare() bool { return c == calledBareEnglish || c == calledBareChinese }

func (c calling) chinese() bool { return c == calledChinese || c == calledBareChinese }

const (
	// nameEnglish and nameChinese are the names after the slash.
	nameEnglish = "recall"
	nameChinese = "撤回"
)

// opening finds the command at the start of a text, after mentions, and gives the text before and after it. In other messages
// it reads only the first word. It allocates nothing.
func opening(text string) (said calling, before, rest string) {
	mentioned := false
	for at := 0; at < len(text); {
		r, size := utf8.DecodeRuneInString(text[at:])
		switch {
		case bot.IsSpace(r), bot.IsUnseen(r):
		case mentionAt(text[at:]) > 0:
			size, mentioned = mentionAt(text[at:]), true
		default:
			if said, length := callAt(text[at:]); length > 0 && endsAt(text[at+length:], said) {
				return said, text[:at], text[at+length:]
			}
			if !mentioned || !isEnd(r) && narrowRune(r) != ':' {
				return notCalled, "", ""
			}
		}
		at += size
	}
	return notCalled, "", ""
}

// slashes are the characters before a command's name: in Chinese input methods the key of the slash types 、.
const slashes = "/／、､"

// MayCommand reports whether a text may contain a command. It is called on encoded content, so that most messages need not be
// decoded.
func MayCommand(text string) bool {
	if strings.Contains(text, nameChinese[:len("撤")]) {
		return true
	}
	for _, slash := range slashes {
		for rest, more := text, true; more; {
			if _, rest, more = strings.Cut(rest, string(slash)); more && wordAt(rest, nameEnglish[:1]) > 0 {
				return true
			}
		}
	}
	return mayBare(text)
}

// mayBare reports whether a text contains the word recall, also in full width, whose r and R begin with the byte 0xEF.
func mayBare(text string) bool {
	for at := range len(text) {
		switch text[at] {
		case 'r', 'R', 0xEF:
			if wordAt(text[at:], nameEnglish) > 0 {
				return true
			}
		}
	}
	return false
}

// callAt is the command at the start of a text, and its length. It may go on: see endsAt.
func callAt(text string) (said calling, length int) {
	first, size := utf8.DecodeRuneInString(text)
	if !strings.ContainsRune(slashes, first) {
		if length := wordAt(text, nameEnglish); length > 0 {
			return calledBareEnglish, length
		}
		return calledBareChinese, wordAt(text, nameChinese)
	}
	if length := wordAt(text[size:], nameEnglish); length > 0 {
		return calledEnglish, size + length
	}
	if length := wordAt(text[size:], nameChinese); length > 0 {
		return calledChinese, size + length
	}
	return notCalled, 0
}

// wordAt is the length of the word at the start of a text, or 0. It ignores case, width and invisible characters.
func wordAt(text, word string) int {
	at := 0
	for _, want := range word {
		for {
			r, size := utf8.DecodeRuneInString(text[at:])
			if size == 0 {
				return 0
			}
			at += size
			if bot.IsUnseen(r) {
				continue
			}
			if unicode.ToLower(narrowRune(r)) != want {
				return 0
			}
			break
		}
	}
	return at
}

// endsAt reports whether the command's name ends before rest: at a space, a mention or the end. After punctuation, or after the
// bare word, only mentions may follow.
func endsAt(rest string, said calling) bool {
	rest = strings.TrimLeftFunc(rest, bot.IsUnseen)
	first, _ := utf8.DecodeRuneInString(rest)
	if said.bare() || isEnd(first) {
		return onlyMentions(rest)
	}
	return rest == "" || bot.IsSpace(first) || mentionAt(rest) > 0
}

func onlyMentions(text string) bool {
	for text != "" {
		if size := mentionAt(text); size > 0 {
			text = text[size:]
			continue
		}
		r, size := utf8.DecodeRuneInString(text)
		if !bot.IsSpace(r) && !bot.IsUnseen(r) && !isEnd(r) {
			return false
		}
		text = text[size:]
	}
	return true
}

// elsewhere reports whether a command is for another bot: it mentions one, not as a value, and does not mention ours.
func elsewhere(before string, words []string, mentions []bot.Mentioned) bool {
	if slices.ContainsFunc(mentions, func(m bot.Mentioned) bool { return m.Self }) {
		return false
	}
	return slices.ContainsFunc(mentions, func(m bot.Mentioned) bool {
		return m.Bot && (mentionsKey(before, m.Key) || isAddress(words, m.Key))
	})
}

// isAddress reports whether a mention in the words is not a value.
func isAddress(words []string, key string) bool {
	verb := verbAt(words)
	for i, word := range words {
		if word != key || verb >= 0 && i > verb && takesMention(words[verb], i-verb) || i > 0 && lacksValue(words[i-1]) {
			continue
		}
		return true
	}
	return false
}

// takesMention reports whether the n-th word after a verb may be a bot or a person as a value.
func takesMention(word string, n int) bool {
	switch verb, _ := verbOf(narrow(word)); verb {
	case bot.VerbQuarantine, bot.VerbRelease:
		return true
	case bot.VerbSettings:
		return n > 1
	default:
		return false
	}
}

package command

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"recallbot/bot"
)

// calling is how a message begins: with no command, with one in English or Chinese, or with the bare word.
type calling uint8

const (
	notCalled calling = iota
	calledEnglish
	calledChinese
	calledBare
)

const (
	// nameEnglish and nameChinese are what stands behind the slash.
	nameEnglish = "recall"
	nameChinese = "撤回"
)

// opening finds the command with which a text begins, after mentions and what people write behind one, and gives what
// stands before it and after it. It reads talk no further than its first word, and allocates nothing.
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

// slashes are what stands before a command's name: the key of the slash gives 、 in a Chinese input method.
const slashes = "/／、､"

// MayCommand reports whether a command may stand somewhere in a text. It is asked of what is still encoded, so that talk
// need not be decoded.
func MayCommand(text string) bool {
	if strings.Contains(text, nameChinese[:len("撤")]) {
		return true
	}
	for _, slash := range slashes {
		for rest, more := text, true; more; {
			if _, rest, more = strings.Cut(rest, string(slash)); more && wordAt(rest, nameEnglish) > 0 {
				return true
			}
		}
	}
	return false
}

// callAt is the command with which a text begins, and its length; whether it ends there, endsAt says.
func callAt(text string) (said calling, length int) {
	first, size := utf8.DecodeRuneInString(text)
	if !strings.ContainsRune(slashes, first) {
		return calledBare, wordAt(text, nameChinese)
	}
	if length := wordAt(text[size:], nameEnglish); length > 0 {
		return calledEnglish, size + length
	}
	if length := wordAt(text[size:], nameChinese); length > 0 {
		return calledChinese, size + length
	}
	return notCalled, 0
}

// wordAt is the length of the word where a text begins with it, whatever its case and width and what is unseen in it; else
// it is 0.
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

// endsAt reports whether the command's name ends where this follows it: a space, a mention, the end. Nothing but mentions
// may follow a sign of the end, or the bare word.
func endsAt(rest string, said calling) bool {
	rest = strings.TrimLeftFunc(rest, bot.IsUnseen)
	first, _ := utf8.DecodeRuneInString(rest)
	if said == calledBare || isEnd(first) {
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

// elsewhere reports whether a command is meant for another bot: it mentions one, other than as the value of a switch or of
// a setting, and ours nowhere.
func elsewhere(before string, words []string, mentions []bot.Mentioned) bool {
	if slices.ContainsFunc(mentions, func(m bot.Mentioned) bool { return m.Self }) {
		return false
	}
	return slices.ContainsFunc(mentions, func(m bot.Mentioned) bool {
		return m.Bot && (mentionsKey(before, m.Key) || isAddress(words, m.Key))
	})
}

// isAddress reports whether a mention among the words says whom the command is for.
func isAddress(words []string, key string) bool {
	verb := verbAt(words)
	for i, word := range words {
		behind := verb >= 0 && i > verb+1
		if word != key || behind && isSettings(words[verb]) || i > 0 && lacksValue(words[i-1]) {
			continue
		}
		return true
	}
	return false
}

func isSettings(word string) bool {
	verb, _ := verbOf(narrow(word))
	return verb == bot.VerbSettings
}

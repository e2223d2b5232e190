package command

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"recallbot/bot"
)

// called is a mentioned person or bot in a sentence.
func called(m bot.Mentioned) string {
	if m.Name != "" {
		return "@" + m.Name
	}
	return "@" + string(m.ID)
}

// The platform's keys for mentions: of all, and of one person or bot, with a number after it.
const (
	mentionAll = "@_all"
	mentionOne = "@_user_"
)

// isMention reports whether a word is the key of a mention (@_user_1, @_all).
func isMention(word string) bool { return word != "" && mentionAt(word) == len(word) }

// mentionAt is the length of the mention's key at the start of a text, or 0. A letter or digit after it makes it a word.
func mentionAt(text string) int {
	size := 0
	if rest, ok := strings.CutPrefix(text, mentionOne); ok {
		size = len(text) - len(strings.TrimLeft(rest, "0123456789"))
		if size == len(mentionOne) {
			return 0
		}
	} else if strings.HasPrefix(text, mentionAll) {
		size = len(mentionAll)
	}
	next, _ := utf8.DecodeRuneInString(text[size:])
	if size < len(text) && !bot.IsUnseen(next) && (unicode.IsLetter(next) || unicode.IsDigit(next) || next == '_') {
		return 0
	}
	return size
}

// Unplaced replaces the keys of mentions in a text by names.
func Unplaced(text string, mentions []bot.Mentioned) string {
	var b strings.Builder
	for {
		before, rest, more := strings.Cut(text, "@")
		b.WriteString(before)
		if !more {
			return b.String()
		}
		text = "@" + rest
		size := max(mentionAt(text), 1)
		if m, known := mentionOf(text[:size], mentions); known {
			b.WriteString(called(m))
		} else {
			b.WriteString(text[:size])
		}
		text = text[size:]
	}
}

// mentionsKey reports whether a text contains the key of a mention.
func mentionsKey(text, key string) bool {
	for at := range len(text) {
		if size := mentionAt(text[at:]); size > 0 && text[at:at+size] == key {
			return true
		}
	}
	return false
}

func mentionOf(key string, mentions []bot.Mentioned) (bot.Mentioned, bool) {
	at := slices.IndexFunc(mentions, func(m bot.Mentioned) bool { return m.Key == key })
	if at < 0 || mentions[at].ID == "" {
		return bot.Mentioned{}, false
	}
	return mentions[at], true
}

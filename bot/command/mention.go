package command

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"recallbot/bot"
)

// called is how a sentence names who was mentioned.
func called(m bot.Mentioned) string {
	if m.Name != "" {
		return "@" + m.Name
	}
	return "@" + string(m.ID)
}

// The platform's placeholders for a mention: of everybody, and of one, which a number follows.
const (
	everybody   = "@_all"
	placeholder = "@_user_"
)

// isMention tells the platform's placeholders (@_user_1, @_all) from words.
func isMention(word string) bool { return word != "" && mentionAt(word) == len(word) }

// mentionAt is the length of the placeholder with which a text begins, or 0. What letters or digits follow is none.
func mentionAt(text string) int {
	size := 0
	if rest, ok := strings.CutPrefix(text, placeholder); ok {
		size = len(text) - len(strings.TrimLeft(rest, "0123456789"))
		if size == len(placeholder) {
			return 0
		}
	} else if strings.HasPrefix(text, everybody) {
		size = len(everybody)
	}
	next, _ := utf8.DecodeRuneInString(text[size:])
	if size < len(text) && !bot.IsUnseen(next) && (unicode.IsLetter(next) || unicode.IsDigit(next) || next == '_') {
		return 0
	}
	return size
}

// Unplaced puts names in the place of the placeholders in a text, as far as the mentions tell them: a placeholder means
// nothing to people.
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

// mentionsKey reports whether a placeholder stands in a text.
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

package command

import (
	"strings"
)

// narrow turns full-width letters, digits and signs into their usual form.
func narrow(text string) string { return strings.Map(narrowRune, text) }

func narrowRune(r rune) rune {
	if r >= '！' && r <= '～' {
		return r - '！' + '!'
	}
	return r
}

// isEnd tells the signs with which people end what they say.
func isEnd(r rune) bool { return strings.ContainsRune(".。．｡!！,，､、;；~～", r) }

// withoutEnd takes such signs off the end of a word, unless the word is nothing else.
func withoutEnd(word string) string {
	if isEndOnly(word) {
		return word
	}
	return strings.TrimRightFunc(word, isEnd)
}

func isEndOnly(word string) bool { return word != "" && strings.TrimRightFunc(word, isEnd) == "" }

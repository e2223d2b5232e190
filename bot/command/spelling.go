package command

import (
	"strings"
)

// narrow replaces full-width letters, digits and signs by ASCII.
func narrow(text string) string { return strings.Map(narrowRune, text) }

func narrowRune(r rune) rune {
	if r >= '！' && r <= '～' {
		return r - '！' + '!'
	}
	return r
}

// isEnd reports punctuation at the end of a sentence.
func isEnd(r rune) bool { return strings.ContainsRune(".。．｡!！,，､、;；~～", r) }

// withoutEnd trims such punctuation, unless the word has nothing else.
func withoutEnd(word string) string {
	if isEndOnly(word) {
		return word
	}
	return strings.TrimRightFunc(word, isEnd)
}

func isEndOnly(word string) bool { return word != "" && strings.TrimRightFunc(word, isEnd) == "" }

package bot

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// keycap encloses a digit in the keyboard of emoji.
const keycap = '\u20e3'

// Typed is a text without what keyboards, input methods, dictation and clipboards add to it unseen, in Unicode's composed
// form (NFC): texts that look the same are the same.
func Typed(text string) string {
	if isASCII(text) {
		return text
	}
	return norm.NFC.String(strings.Map(func(r rune) rune {
		if isUnseen(r) {
			return -1
		}
		return r
	}, text))
}

// Composed is a text in Unicode's composed form (NFC): canonically equal texts are the same.
func Composed(text string) string { return norm.NFC.String(text) }

// SameName reports whether two names are the same but for case, and for what is added unseen.
func SameName(a, b string) bool { return strings.EqualFold(Typed(a), Typed(b)) }

func isASCII(text string) bool {
	for i := range len(text) {
		if text[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// isUnseen tells what nobody typed: characters of format (category Cf), variation selectors, fillers without width.
func isUnseen(r rune) bool {
	const first = '\u00ad' // the soft hyphen; none comes before it
	if r < first {
		return false
	}
	return r == keycap || unicode.In(r, unicode.Cf, unicode.Variation_Selector, unicode.Other_Default_Ignorable_Code_Point)
}

// isSpace also takes the blank of braille, which some keyboards have for a space.
func isSpace(r rune) bool { return unicode.IsSpace(r) || r == '\u2800' }

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

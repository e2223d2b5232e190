package bot

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// keycap encloses a digit in the keyboard of emoji.
const keycap = '\u20e3'

// Typed removes the invisible characters that keyboards, input methods, dictation and clipboards add, and composes the text
// (NFC): texts that look the same are equal.
func Typed(text string) string {
	if isASCII(text) {
		return text
	}
	return norm.NFC.String(strings.Map(func(r rune) rune {
		if IsUnseen(r) {
			return -1
		}
		return r
	}, text))
}

// Composed is the text in Unicode's composed form (NFC).
func Composed(text string) string { return norm.NFC.String(text) }

// SameName reports whether two names are equal but for case and invisible characters.
func SameName(a, b string) bool { return strings.EqualFold(Typed(a), Typed(b)) }

func isASCII(text string) bool {
	for i := range len(text) {
		if text[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// IsUnseen reports invisible characters: formatting (category Cf), variation selectors, fillers without width.
func IsUnseen(r rune) bool {
	const first = '\u00ad' // the soft hyphen is the first of them
	if r < first {
		return false
	}
	return r == keycap || unicode.In(r, unicode.Cf, unicode.Variation_Selector, unicode.Other_Default_Ignorable_Code_Point)
}

// IsSpace is unicode.IsSpace and the braille blank, which some keyboards have for a space.
func IsSpace(r rune) bool { return unicode.IsSpace(r) || r == '\u2800' }

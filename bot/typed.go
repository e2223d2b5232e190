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
		if IsUnseen(r) {
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

// IsUnseen tells what nobody typed: characters of format (category Cf), variation selectors, fillers without width.
func IsUnseen(r rune) bool {
	const first = '\u00ad' // the soft hyphen; none comes before it
	if r < first {
		return false
	}
	return r == keycap || unicode.In(r, unicode.Cf, unicode.Variation_Selector, unicode.Other_Default_Ignorable_Code_Point)
}

// IsSpace also takes the blank of braille, which some keyboards have for a space.
func IsSpace(r rune) bool { return unicode.IsSpace(r) || r == '\u2800' }

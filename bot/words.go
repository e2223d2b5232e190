package bot

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// A command has at most mostArgs arguments of at most mostArg characters. One more of each is kept, so that ParseFilter
// can refuse what was too much: an argument that is silently dropped might have narrowed a filter.
const (
	mostArgs = 64
	mostArg  = 512
)

// argument is one word after /recall. Quoted ones mean nothing but themselves.
type argument struct {
	text   string
	quoted bool
}

// separates reports whether the words after it are the reason: --, also in full width, or as the one long dash that
// phones make of it.
func (a argument) separates() bool {
	width := 0
	for _, r := range a.text {
		if !isDash(r) {
			return false
		}
		width++
		if r == '—' || r == '–' || r == '―' {
			width++
		}
	}
	return width >= 2 && !a.quoted
}

// nextWord takes the first word off a text; it is empty at the text's end.
func nextWord(text string) (word, rest string) {
	text = strings.TrimLeftFunc(text, isSpace)
	if end := strings.IndexFunc(text, isSpace); end >= 0 {
		return text[:end], text[end:]
	}
	return text, ""
}

// nextArgument takes the first argument off a text; ok is false at the text's end. A quote opens at the beginning of a
// word, or after the sign that joins a switch and its value.
func nextArgument(text string) (arg argument, rest string, ok bool) {
	text = strings.TrimLeftFunc(text, isSpace)
	if text == "" {
		return argument{}, "", false
	}
	first, _ := utf8.DecodeRuneInString(text)
	mayJoin, mayOpen := isDash(first), true
	var b strings.Builder
	for text != "" {
		r, size := utf8.DecodeRuneInString(text)
		if isSpace(r) {
			break
		}
		if end := closing(r); mayOpen && end != "" {
			arg.quoted = b.Len() == 0
			text = unquote(&b, text[size:], end)
			mayOpen, mayJoin = false, false
			continue
		}
		b.WriteString(text[:size])
		mayOpen = mayJoin && joins(r)
		mayJoin = mayJoin && !mayOpen
		text = text[size:]
	}
	arg.text = b.String()
	return arg, text, true
}

// unquote reads up to the closing quote, of which two mean one of the words', and gives what comes after it. A quote
// that nobody closes takes all.
func unquote(b *strings.Builder, text, end string) string {
	for {
		before, after, closed := strings.Cut(text, end)
		if !closed {
			b.WriteString(strings.TrimRightFunc(before, isSpace))
			return ""
		}
		b.WriteString(before)
		text, closed = strings.CutPrefix(after, end)
		if !closed {
			return text
		}
		b.WriteString(end)
	}
}

// quote writes a value so that nextArgument reads it back.
func quote(value string) string {
	special := func(r rune) bool { return isSpace(r) || closing(r) != "" }
	if value != "" && strings.IndexFunc(value, special) < 0 {
		return value
	}
	return `"` + strings.ReplaceAll(value, `"`, `""`) + `"`
}

// closing is the quote that closes what r opens, or empty where r opens nothing.
func closing(r rune) string {
	switch r {
	case '"', '\'':
		return string(r)
	case '“':
		return "”"
	case '‘':
		return "’"
	case '「':
		return "」"
	default:
		return ""
	}
}

// joins tells the signs that may stand between a switch and its value.
func joins(r rune) bool { return r == '=' || r == ':' || r == '＝' || r == '：' }

// isDash tells what keyboards make of a hyphen.
func isDash(r rune) bool {
	switch r {
	case '-', '－', '—', '–', '―', '‒', '−', '﹣', '\u2010', '\u2011':
		return true
	default:
		return false
	}
}

// narrow turns full-width letters, digits and signs into their usual form.
func narrow(text string) string {
	return strings.Map(func(r rune) rune {
		if r >= '！' && r <= '～' {
			return r - '！' + '!'
		}
		return r
	}, text)
}

// clip cuts a text to so many characters.
func clip(text string, most int) string {
	if len(text) <= most {
		return text
	}
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most])
	}
	return text
}

// isMention tells the platform's placeholders (@_user_1, @_all) from words.
func isMention(word string) bool {
	rest, ok := strings.CutPrefix(word, "@_user_")
	if !ok {
		return word == "@_all"
	}
	return rest != "" && strings.TrimLeft(rest, "0123456789") == ""
}

// isSpace also takes off what chat clients and copied text put between words unseen.
func isSpace(r rune) bool {
	return unicode.IsSpace(r) || r == '\u200b' || r == '\u200c' || r == '\u200d' || r == '\u2060' || r == '\ufeff'
}

package command

import (
	"slices"
	"strings"
	"unicode/utf8"

	"recallbot/bot"
)

// A command has at most maxArgs arguments of at most maxArg characters. One more of each is kept, so that ParseFilter
// can refuse what was too much: an argument that is silently dropped might have narrowed a filter.
const (
	maxArgs = 64
	maxArg  = 512
	// longDashes are as good as two short ones.
	longDashes = "—–―"
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
		if strings.ContainsRune(longDashes, r) {
			width++
		}
	}
	return width >= 2 && !a.quoted
}

// nextWord takes the first word off a text; it is empty at the text's end.
func nextWord(text string) (word, rest string) {
	text = strings.TrimLeftFunc(text, bot.IsSpace)
	if end := strings.IndexFunc(text, bot.IsSpace); end >= 0 {
		return text[:end], text[end:]
	}
	return text, ""
}

// nextArgument takes the first argument off a text; ok is false at the text's end. A quote opens at the beginning of a
// word, or after the sign that joins a switch and its value.
func nextArgument(text string) (arg argument, rest string, ok bool) {
	text = strings.TrimLeftFunc(text, bot.IsSpace)
	if text == "" {
		return argument{}, "", false
	}
	first, _ := utf8.DecodeRuneInString(text)
	mayJoin, mayOpen := isDash(first), true
	var b strings.Builder
	for text != "" {
		r, size := utf8.DecodeRuneInString(text)
		if bot.IsSpace(r) {
			break
		}
		if end := bot.ClosingQuote(r); mayOpen && end != "" {
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

// unquote reads up to one of the closing quotes, of which two mean one of the words', and gives what comes after it. A quote
// that nobody closes takes all.
func unquote(b *strings.Builder, text, ends string) string {
	for {
		at := strings.IndexAny(text, ends)
		if at < 0 {
			b.WriteString(strings.TrimRightFunc(text, bot.IsSpace))
			return ""
		}
		_, size := utf8.DecodeRuneInString(text[at:])
		end := text[at : at+size]
		b.WriteString(text[:at])
		after, doubled := strings.CutPrefix(text[at+size:], end)
		if !doubled {
			return text[at+size:]
		}
		b.WriteString(end)
		text = after
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

// isLong tells the dash that phones and input methods make of two.
func (a argument) isLong() bool { return strings.ContainsAny(a.text, longDashes) }

// switchAfter is the switch that a lone long dash and the next word make, where the word is the name of one that the command
// takes: a phone may have put a space between them.
func switchAfter(dash argument, rest string, words []string) (word, after string, meant bool) {
	name, after, ok := nextArgument(rest)
	if !ok || name.quoted || !dash.isLong() {
		return "", "", false
	}
	word = "--" + name.text
	s, ok := splitSwitch(word)
	return word, after, ok && takesSwitch(words, withoutEnd(s.name))
}

// takesSwitch reports whether the command that the words begin takes a switch of that name.
func takesSwitch(words []string, name string) bool {
	at := verbAt(words)
	if at < 0 {
		return false
	}
	p := &filterParser{}
	p.switches = p.table()
	known := slices.ContainsFunc(p.switches, func(s filterSwitch) bool { return s.is(name) })
	verb, _ := verbOf(withoutEnd(narrow(words[at])))
	return known && (verb == bot.VerbClean || isNumber(narrow(words[at])) || verb == bot.VerbTTL && isTypeSwitch(name))
}

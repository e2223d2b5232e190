package command

import (
	"slices"
	"strings"
	"unicode/utf8"

	"recallbot/bot"
)

// A command has at most maxArgs arguments of at most maxArg characters. One more of each is kept, so that ParseFilter can
// refuse it: a dropped argument might have narrowed a filter.
const (
	maxArgs = 64
	maxArg  = 512
	// longDashes count as two short ones.
	longDashes = "—–―"
)

// argument is one word after /recall. A quoted one is a value.
type argument struct {
	text   string
	quoted bool
}

// separates reports whether the reason follows: after --, also in full width or as one long dash.
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

// nextWord splits off the first word of a text; it is empty at the end.
func nextWord(text string) (word, rest string) {
	text = strings.TrimLeftFunc(text, bot.IsSpace)
	if end := strings.IndexFunc(text, bot.IsSpace); end >= 0 {
		return text[:end], text[end:]
	}
	return text, ""
}

// nextArgument splits off the first argument of a text; ok is false at the end. A quote opens at the beginning of a word, or
// after the sign between a switch and its value.
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

// unquote reads up to a closing quote and returns the text after it. A doubled quote is a literal one. Without a closing quote
// it reads to the end.
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

// joins reports a sign between a switch and its value.
func joins(r rune) bool { return r == '=' || r == ':' || r == '＝' || r == '：' }

// isDash reports a hyphen, or a dash that keyboards make of it.
func isDash(r rune) bool {
	switch r {
	case '-', '－', '—', '–', '―', '‒', '−', '﹣', '\u2010', '\u2011':
		return true
	default:
		return false
	}
}

// isLong reports a long dash, which phones and input methods make of two short ones.
func (a argument) isLong() bool { return strings.ContainsAny(a.text, longDashes) }

// switchAfter joins a long dash and the next word to a switch, where the word is the name of a switch of the command: a phone
// may have put a space between them.
func switchAfter(dash argument, rest string, words []string) (word, after string, meant bool) {
	name, after, ok := nextArgument(rest)
	if !ok || name.quoted || !dash.isLong() {
		return "", "", false
	}
	word = "--" + name.text
	s, ok := splitSwitch(word)
	return word, after, ok && takesSwitch(words, withoutEnd(s.name))
}

// takesSwitch reports whether the command has a switch of that name.
func takesSwitch(words []string, name string) bool {
	at := verbAt(words)
	if at < 0 {
		return false
	}
	p := &filterParser{}
	p.switches = p.table()
	i := slices.IndexFunc(p.switches, func(s filterSwitch) bool { return s.is(name) })
	verb, _ := verbOf(withoutEnd(narrow(words[at])))
	switch {
	case i < 0:
		return false
	case verb == bot.VerbTTL:
		return isTypeSwitch(name)
	case verb == bot.VerbLog:
		return isLogSwitch(p.switches[i].name)
	default:
		return verb == bot.VerbClean || isNumber(narrow(words[at]))
	}
}

package search

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"recallbot/bot"
	"recallbot/bot/command"
)

// maxText is the length up to which a text is searched, in bytes.
const maxText = 64 << 10

// matcher tests messages against a filter. It must get each message once, the newest first, since it remembers fingerprints.
type matcher struct {
	filter       bot.Filter
	self         bot.AppID
	names        *names
	match        []string
	regex        []*regexp.Regexp
	steps        int // of the programs of all expressions
	fingerprints map[uint64]struct{}
}

func newMatcher(f bot.Filter, self bot.AppID) (*matcher, error) {
	m := &matcher{filter: f, self: self, names: newNames(f.Bots, self), fingerprints: map[uint64]struct{}{}}
	for _, words := range f.Match {
		m.match = append(m.match, fold(words))
	}
	for _, text := range f.Regex {
		expr, err := regexp.Compile(text)
		if err != nil {
			return nil, bot.Errorf(bot.Invalid, "select: an expression can't be read")
		}
		m.regex = append(m.regex, expr)
		steps, _ := command.RegexSteps(text)
		m.steps += steps
	}
	return m, nil
}

// ours reports whether the filter selects only own posts, and depends only on what the index has.
func (m *matcher) ours() bool {
	notOurs := func(ref bot.BotRef) bool { return !ref.Me }
	return !m.filter.ReadsText() && len(m.filter.By) == 0 && !slices.ContainsFunc(m.filter.Bots, notOurs)
}

// wants reports whether the filter selects a message.
func (m *matcher) wants(x found) bool {
	f := &m.filter
	if m.names.learn(x); !m.wantsFrom(x) {
		return false
	}
	if f.Any && m.conditions() > 0 {
		return m.wantsAny(x)
	}
	return m.hasWords(x) && m.hasType(x) && m.hasLink(x) && (!f.Dup || m.repeats(x))
}

// wantsFrom reports whether the sender of a message allows that the filter selects it.
func (m *matcher) wantsFrom(x found) bool {
	if m.ownOnly() {
		return x.Kind == bot.KindOwn
	}
	return (m.filter.Any && m.conditions() > 0) || (m.ofBots(x) && m.ofPeople(x))
}

// wantsAny always tests Dup, which must see every message.
func (m *matcher) wantsAny(x found) bool {
	f := &m.filter
	repeats := f.Dup && m.repeats(x)
	return repeats || len(f.Bots) > 0 && m.ofBots(x) || len(f.By) > 0 && m.ofPeople(x) || m.wantsAnyContent(x)
}

func (m *matcher) wantsAnyContent(x found) bool {
	f := &m.filter
	return len(f.Match) > 0 && m.hasMatch(x) || len(f.Regex) > 0 && m.hasRegex(x) || len(f.Types) > 0 && m.hasType(x) ||
		len(f.Links) > 0 && m.hasLink(x)
}

// conditions counts the conditions on a message.
func (m *matcher) conditions() int {
	n := len(m.filter.Bots) + len(m.filter.By) + len(m.filter.Match) + len(m.filter.Regex) + len(m.filter.Types) + len(m.filter.Links)
	if m.filter.Dup {
		n++
	}
	return n
}

func (m *matcher) ownOnly() bool { return len(m.filter.Bots) == 0 && len(m.filter.By) == 0 }

func (m *matcher) ofBots(x found) bool { return len(m.filter.Bots) == 0 || m.names.any(x) }

// ofPeople reports messages of the people in By, and own posts whose author they are.
func (m *matcher) ofPeople(x found) bool {
	if len(m.filter.By) == 0 {
		return true
	}
	return slices.ContainsFunc(m.filter.By, func(id bot.UserID) bool {
		switch x.Kind {
		case bot.KindPerson:
			return x.From == string(id) || bot.Is(x.Sender, id)
		case bot.KindOwn:
			return bot.Is(x.Sender, id)
		default:
			return false
		}
	})
}

func (m *matcher) hasWords(x found) bool { return m.hasMatch(x) && m.hasRegex(x) }

func (m *matcher) hasMatch(x found) bool {
	if len(m.match) == 0 {
		return true
	}
	text := fold(clipped(x.Text))
	return !slices.ContainsFunc(m.match, func(words string) bool { return words == "" || !strings.Contains(text, words) })
}

func (m *matcher) hasRegex(x found) bool {
	if len(m.regex) == 0 {
		return true
	}
	text := bot.Composed(clipped(x.Text))
	return !slices.ContainsFunc(m.regex, func(expr *regexp.Regexp) bool {
		return x.unlisted || !expr.MatchString(text)
	})
}

// work is the most work to match a message's text, see maxWork.
func (m *matcher) work(x found) int {
	if x.unlisted || !m.wantsFrom(x) {
		return 0
	}
	return m.steps * min(len(x.Text), maxText)
}

func (m *matcher) hasType(x found) bool {
	return len(m.filter.Types) == 0 || slices.Contains(m.filter.Types, x.Type)
}

// repeats reports whether a newer post of the same bot has the same content.
func (m *matcher) repeats(x found) bool {
	if x.Kind != bot.KindOwn && x.Kind != bot.KindBot {
		return false
	}
	print, ok := fingerprint(x.Seen)
	if !ok {
		return false
	}
	if _, known := m.fingerprints[print]; known {
		return true
	}
	m.fingerprints[print] = struct{}{}
	return false
}

func clipped(text string) string {
	if len(text) <= maxText {
		return text
	}
	end := maxText
	for end > 0 && !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end]
}

// fold removes the differences of case, space, invisible characters and Unicode's forms.
func fold(text string) string {
	if isPlain(text) {
		return foldPlain(text)
	}
	return strings.Join(strings.Fields(strings.Map(foldRune, bot.Typed(text))), " ")
}

// isPlain reports a text of ASCII characters, Chinese characters and their punctuation, which have one form each, and no case but ASCII's.
func isPlain(text string) bool {
	for _, r := range text {
		switch {
		case r < utf8.RuneSelf, r >= 0x4e00 && r <= 0x9fff, r >= 0x3001 && r <= 0x3011, r >= 0xff01 && r <= 0xff1f:
		default:
			return false
		}
	}
	return true
}

// foldPlain is fold of a plain text, in one pass: intake folds the texts of all bots in a chat with rules.
func foldPlain(text string) string {
	folded := make([]byte, 0, len(text))
	for i := range len(text) {
		c := text[i]
		switch {
		case c == ' ' || c >= '\t' && c <= '\r':
			if len(folded) > 0 && folded[len(folded)-1] != ' ' {
				folded = append(folded, ' ')
			}
			continue
		case c >= 'A' && c <= 'Z':
			c += 'a' - 'A'
		}
		folded = append(folded, c)
	}
	return strings.TrimSuffix(string(folded), " ")
}

// foldRune gives the smallest of the letters that differ in case only.
func foldRune(r rune) rune {
	if r < utf8.RuneSelf {
		return unicode.ToLower(r)
	}
	least := r
	for next := unicode.SimpleFold(r); next != r; next = unicode.SimpleFold(next) {
		least = min(least, next)
	}
	if least < utf8.RuneSelf {
		return unicode.ToLower(least) // such as the Kelvin sign
	}
	return least
}

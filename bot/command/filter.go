package command

import (
	"errors"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"recallbot/bot"
)

// FilterInput is the text of a filter with its context.
type FilterInput struct {
	// Verb is VerbClean, or VerbLast, whose first argument is a number.
	Verb     bot.Verb
	Args     []string
	Mentions []bot.Mentioned
	// Reply is the message that was replied to. In a topic it is set only where a particular message was quoted.
	Reply bot.MessageID
	// P2P is set for a command in a two-person chat, InTopic for one in a topic.
	P2P     bool
	InTopic bool
	// Zone is the time zone of times without one; nil is UTC. Said is the time of the command.
	Zone *time.Location
	Said time.Time
}

// ParseFilter parses a filter. Its errors are *bot.FilterError, with a zero filter.
func ParseFilter(in FilterInput) (bot.Filter, error) {
	if in.Zone == nil {
		in.Zone = time.UTC
	}
	p := &filterParser{in: in, words: in.Args, said: map[string]string{}, count: map[string]int{}}
	p.switches = p.table()
	err := p.read()
	if err == nil {
		err = p.check()
	}
	if err != nil {
		return bot.Filter{}, p.readable(err)
	}
	return p.f, nil
}

// readable replaces the keys of mentions by names.
func (p *filterParser) readable(err error) error {
	if wrong, ok := errors.AsType[*bot.FilterError](err); ok {
		wrong.Word, wrong.Other = Unplaced(wrong.Word, p.in.Mentions), Unplaced(wrong.Other, p.in.Mentions)
	}
	return err
}

// filterParser parses the words of a filter from left to right.
type filterParser struct {
	in       FilterInput
	f        bot.Filter
	switches []filterSwitch
	words    []string // the rest
	// said are the words of a switch, count how often it was given, both by its name.
	said  map[string]string
	count map[string]int
}

func (p *filterParser) read() error {
	if len(p.words) > maxArgs {
		return fault(bot.FaultLong, strings.Join(p.words, " "), "")
	}
	for _, word := range p.words {
		if utf8.RuneCountInString(word) > maxArg {
			return fault(bot.FaultLong, word, "")
		}
	}
	if p.in.Verb == bot.VerbLast {
		if err := p.readCount(); err != nil {
			return err
		}
	}
	for len(p.words) > 0 {
		if err := p.readWord(p.next()); err != nil {
			return err
		}
	}
	return nil
}

// readCount reads the number of /recall N.
func (p *filterParser) readCount() error {
	if len(p.words) == 0 {
		return fault(bot.FaultNoValue, "/recall", "")
	}
	word := p.next()
	p.said["last"], p.count["last"] = word, 1
	return p.readLast(word)
}

func (p *filterParser) next() string {
	word := p.words[0]
	p.words = p.words[1:]
	return word
}

func (p *filterParser) readWord(word string) error {
	s, ok := splitSwitch(word)
	if !ok {
		return p.stray(word)
	}
	at := slices.IndexFunc(p.switches, func(known filterSwitch) bool { return known.is(s.name) })
	if at < 0 {
		return fault(bot.FaultUnknown, s.said, dashed(Nearest(letters(s.name), p.names())))
	}
	known := p.switches[at]
	if err := p.counts(known, s.said); err != nil {
		return err
	}
	if known.flag != nil {
		if s.joined {
			return fault(bot.FaultStray, word, s.said)
		}
		*known.flag = true
		return nil
	}
	value, err := p.value(known, s)
	if err != nil {
		return err
	}
	if !known.who {
		p.said[known.name] = s.said + " " + value
	}
	return known.read(value)
}

// counts counts a switch, and refuses one too many.
func (p *filterParser) counts(known filterSwitch, said string) error {
	p.count[known.name]++
	switch n := p.count[known.name]; {
	case n > 1 && known.limit == 0:
		return fault(bot.FaultTwice, said, "")
	case n > 1 && n > known.limit:
		return fault(bot.FaultMany, said, "")
	default:
		p.said[known.name] = said
		return nil
	}
}

// value is the joined value of a switch, or the next word.
func (p *filterParser) value(known filterSwitch, s saidSwitch) (string, error) {
	value := s.value
	follows := len(p.words) > 0
	switch {
	case !s.joined && follows && !isSwitch(p.words[0]), s.joined && value == "" && follows && isMention(p.words[0]):
		value = p.next()
	}
	bare := strings.TrimFunc(value, bot.IsSpace)
	switch {
	case bare == "", isMention(bare) && !known.who:
		return "", fault(bot.FaultNoValue, s.said, "")
	case utf8.RuneCountInString(value) > known.longest():
		return "", fault(bot.FaultLong, value, "")
	case known.verbatim:
		return Unplaced(value, p.in.Mentions), nil
	default:
		return bare, nil
	}
}

// stray refuses a word that belongs to no switch. Mentions of our bot are allowed anywhere: they address it.
func (p *filterParser) stray(word string) error {
	bare := strings.TrimFunc(word, bot.IsSpace)
	if isEndOnly(bare) {
		return nil
	}
	if isMention(bare) {
		m, known := p.mentioned(bare)
		switch {
		case m.Self:
			return nil
		case m.Bot:
			return fault(bot.FaultStray, called(m), "--bot")
		case known:
			return fault(bot.FaultStray, called(m), "--by")
		}
		return fault(bot.FaultStray, bare, "")
	}
	if slices.Contains(p.names(), strings.ToLower(bare)) {
		return fault(bot.FaultStray, word, dashed(strings.ToLower(bare)))
	}
	if _, ok := parseNumber(bare); ok {
		return fault(bot.FaultStray, word, "--last")
	}
	if _, ok := p.when(bare, false); ok {
		return fault(bot.FaultStray, word, "--since")
	}
	return fault(bot.FaultStray, word, "")
}

func (p *filterParser) mentioned(key string) (bot.Mentioned, bool) {
	return mentionOf(key, p.in.Mentions)
}

// names are all spellings of all switches.
func (p *filterParser) names() []string {
	var names []string
	for _, s := range p.switches {
		names = append(append(names, s.name), s.also...)
	}
	return names
}

// saidSwitch is a word that begins with a dash: --name, --name=value, -name:value.
type saidSwitch struct {
	said   string // as it was written, without the value
	name   string // as the table writes it
	value  string
	joined bool
}

// splitSwitch parses such a word. A dash before a digit is a number.
func splitSwitch(word string) (saidSwitch, bool) {
	rest := strings.TrimLeftFunc(word, isDash)
	first, _ := utf8.DecodeRuneInString(narrow(rest))
	if rest == word || !unicode.IsLetter(first) {
		return saidSwitch{}, false
	}
	name, s := rest, saidSwitch{said: word}
	if at := strings.IndexFunc(rest, joins); at >= 0 {
		_, size := utf8.DecodeRuneInString(rest[at:])
		name, s.value, s.joined = rest[:at], rest[at+size:], true
		s.said = strings.TrimSuffix(word, rest[at:])
	}
	s.name = strings.Map(func(r rune) rune {
		if isDash(r) || r == '_' {
			return '-'
		}
		return r
	}, strings.ToLower(withoutEnd(narrow(name))))
	return s, true
}

// letters is a name up to its first digit.
func letters(name string) string {
	if at := strings.IndexAny(name, "0123456789"); at >= 0 {
		return name[:at]
	}
	return name
}

func isSwitch(word string) bool {
	_, ok := splitSwitch(word)
	return ok
}

// lacksValue reports a switch whose value may be the next word.
func lacksValue(word string) bool {
	s, ok := splitSwitch(word)
	return ok && !s.joined
}

func dashed(name string) string {
	if name == "" {
		return ""
	}
	return "--" + name
}

// fault makes a FilterError with clipped words, since they are shown to the person.
func fault(kind bot.FilterFault, word, other string) error {
	const limit = 80
	return &bot.FilterError{Fault: kind, Word: bot.Abbreviate(word, limit), Other: bot.Abbreviate(other, limit)}
}

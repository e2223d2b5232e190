package command

import (
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"recallbot/bot"
)

// MaxLog is the largest number that "/recall log" takes.
const MaxLog = 50

// LogQuery is what "/recall log" asks for.
type LogQuery struct {
	// Count is how many lines a page has; zero leaves it open.
	Count int
	// Who, when set, is the person whose acts are meant; Since, when set, is when they begin.
	Who   bot.UserID
	Since time.Time
}

// ParseLog parses the arguments of "/recall log", in any order: a number, a person, and --since with a time, or the time alone.
// Its errors are FilterErrors.
func ParseLog(in FilterInput) (LogQuery, error) {
	if in.Zone == nil {
		in.Zone = time.UTC
	}
	p := &filterParser{in: in, words: in.Args, said: map[string]string{}, count: map[string]int{}}
	p.switches = slices.DeleteFunc(p.table(), func(s filterSwitch) bool { return !isLogSwitch(s.name) })
	for i := range p.switches {
		p.switches[i].limit = 0 // each once
	}
	for len(p.words) > 0 {
		if err := p.readLogWord(p.next()); err != nil {
			return LogQuery{}, p.readable(err)
		}
	}
	query := LogQuery{Count: p.f.Last, Since: p.f.Since}
	if len(p.f.By) > 0 {
		query.Who = p.f.By[0]
	}
	return query, nil
}

// readLogWord reads a switch, or a word that is the value of one.
func (p *filterParser) readLogWord(word string) error {
	bare := withoutEnd(strings.TrimFunc(word, bot.IsSpace))
	m, _ := p.mentioned(bare)
	first, _ := utf8.DecodeRuneInString(narrow(bare))
	_, isTime := p.when(bare, false)
	_, isCount := parseNumber(bare)
	switch {
	case bare == "", m.Self: // a mention of our bot addresses it
		return nil
	case isMention(bare), first == '@', strings.HasPrefix(bare, "ou_"):
		return p.readLogValue("by", bare)
	case isTime && !isCount:
		return p.readLogValue("since", bare)
	case isNumber(bare), unicode.IsDigit(first):
		return p.readLogValue("last", bare)
	default:
		return p.readWord(word)
	}
}

func (p *filterParser) readLogValue(name, value string) error {
	if p.count[name]++; p.count[name] > 1 {
		return fault(bot.FaultTwice, value, "")
	}
	return map[string]func(string) error{"by": p.readBy, "since": p.readSince, "last": p.readLogCount}[name](value)
}

func (p *filterParser) readLogCount(value string) error {
	n, ok := parseNumber(value)
	if !ok || n < 1 || n > MaxLog {
		return fault(bot.FaultNumber, value, "")
	}
	p.f.Last = n
	return nil
}

func isLogSwitch(name string) bool { return name == "by" || name == "since" }

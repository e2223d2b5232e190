package command

import (
	"slices"
	"strings"
	"time"

	"recallbot/bot"
)

// QuarantineOrder is what "/recall quarantine" or "/recall release" asks for.
type QuarantineOrder struct {
	Bot bot.BotRef
	// For is how long; the default where none was said.
	For time.Duration
	// Remove also removes the bot from the chat.
	Remove bool
}

// ParseQuarantine parses the arguments: a bot, a time, and --remove, in any order. For VerbRelease it is a bot alone. Its errors are FilterErrors.
func ParseQuarantine(in FilterInput) (QuarantineOrder, error) {
	order := QuarantineOrder{For: bot.DefaultQuarantine}
	p := &filterParser{in: in, words: in.Args, said: map[string]string{}, count: map[string]int{}}
	for len(p.words) > 0 {
		if err := p.readQuarantine(&order, p.next()); err != nil {
			return QuarantineOrder{}, p.readable(err)
		}
	}
	if len(p.f.Bots) == 0 {
		return QuarantineOrder{}, fault(bot.FaultNoBot, "", "")
	}
	order.Bot = p.f.Bots[0]
	return order, nil
}

func (p *filterParser) readQuarantine(order *QuarantineOrder, word string) error {
	bare := strings.TrimFunc(word, bot.IsSpace)
	if p.isFiller(bare) {
		return nil
	}
	if s, ok := splitSwitch(word); ok {
		return p.readQuarantineSwitch(order, s)
	}
	if life, timed := parseDuration(strings.ToUpper(withoutEnd(narrow(bare)))); timed && p.in.Verb == bot.VerbQuarantine {
		if life < time.Minute || life > bot.MaxQuarantine || p.count["for"] > 0 {
			return fault(bot.FaultLife, word, "")
		}
		p.count["for"]++
		order.For = life
		return nil
	}
	if len(p.f.Bots) > 0 {
		return fault(bot.FaultStray, word, "")
	}
	return p.readBot(bare)
}

// isFiller reports a word without a meaning: a mention of our bot addresses it.
func (p *filterParser) isFiller(word string) bool {
	m, _ := p.mentioned(word)
	return word == "" || isEndOnly(word) || m.Self
}

func (p *filterParser) readQuarantineSwitch(order *QuarantineOrder, s saidSwitch) error {
	switch {
	case p.in.Verb == bot.VerbQuarantine && slices.Contains(words("remove kick 移除 移出"), s.name) && !s.joined:
		order.Remove = true
		return nil
	case !slices.Contains(words("bot 机器人"), s.name):
		return fault(bot.FaultUnknown, s.said, "")
	case !s.joined && len(p.words) > 0:
		s.value = p.next()
	}
	return p.readBot(s.value)
}

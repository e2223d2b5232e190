package policy

import (
	"slices"
	"strings"

	"recallbot/bot"
)

// Grant is a rule in a chat, with its people. Rules about posts have none.
type Grant struct {
	Rule   Rule
	People []bot.UserID
	// Quorum is how many people it takes, for RuleQuorum.
	Quorum int
}

// Explain says who may recall bots' posts in a chat and by which rule, in the order of the rules.
func (p *Policy) Explain(chat bot.Chat, settings bot.Settings) []Grant {
	var all []Grant
	named := func(rule Rule, people []bot.UserID) {
		if len(people) > 0 {
			all = append(all, Grant{Rule: rule, People: people})
		}
	}
	if chat.Owner != "" {
		named(RuleOwner, []bot.UserID{chat.Owner})
	}
	named(RuleManager, chat.Managers)
	named(RuleModerator, p.moderatorsOf(chat.ID, settings))
	all = append(all, Grant{Rule: RuleAuthor})
	if chat.P2P {
		all = append(all, Grant{Rule: RuleCounterpart})
	}
	if settings.Quorum > 0 {
		all = append(all, Grant{Rule: RuleQuorum, Quorum: settings.Quorum})
	}
	return all
}

// moderatorsOf are the moderators of the configuration and of the chat's settings.
func (p *Policy) moderatorsOf(chat bot.ChatID, settings bot.Settings) []bot.UserID {
	var people []bot.UserID
	for _, entry := range p.moderators {
		in, user, one := strings.Cut(entry, "/")
		switch {
		case !one:
			people = append(people, bot.UserID(entry))
		case in == string(chat):
			people = append(people, bot.UserID(user))
		}
	}
	people = append(people, settings.Moderators...)
	slices.Sort(people)
	return slices.Compact(people)
}

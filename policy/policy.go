// Package policy decides who may recall what. It is made of pure functions from facts to a decision that carries the
// rule it rests on, so that the audit, the refusal and a person's question "why" all get the same answer.
package policy

import (
	"errors"
	"slices"
	"strings"

	"recallbot/bot"
)

// Rule is the name of what a decision rests on.
type Rule string

// The rules about people, in the order in which they are tried.
const (
	RuleOwner       Rule = "owner"
	RuleManager     Rule = "manager"
	RuleModerator   Rule = "moderator"
	RuleAuthor      Rule = "author"
	RuleCounterpart Rule = "counterpart"
	// RuleOwnCommand lets our bot take away a command that it has carried out.
	RuleOwnCommand Rule = "own_command"
)

// The rules that refuse.
const (
	RuleNobody        Rule = "nobody"
	RuleRoleUnknown   Rule = "role_unknown"
	RuleOtherChat     Rule = "other_chat"
	RulePersons       Rule = "persons_message"
	RuleOtherBot      Rule = "other_bot_without_rank"
	RuleUnknownTarget Rule = "unknown_target"
	RuleUnseenTarget  Rule = "unseen_target"
	// RuleNoTarget refuses what names no message, or none that can be found.
	RuleNoTarget Rule = "no_target"
	// RuleTooLate refuses what was asked for too long ago.
	RuleTooLate Rule = "too_late"
)

// Facts is all that a decision depends on. What could not be learned stays at its zero value, which grants nothing.
type Facts struct {
	Actor bot.UserID
	Via   bot.Via
	// Asked is the chat where it was asked for; empty for a reaction, since the platform does not say it.
	Asked bot.ChatID
	// P2P is set when the chat is the two-person chat of the actor and our bot.
	P2P bool
	// Chat holds the roles; nil means that they could not be learned.
	Chat *bot.Chat
	// Target is the message; Kind is KindUnknown and Chat empty when it could not be learned.
	Target bot.Message
	// Self is our app.
	Self bot.AppID
}

// Decision is the answer.
type Decision struct {
	Allow bool
	Rule  Rule
	// Reason explains a refusal.
	Reason bot.Reason
	// Blind is set when the target is not known and the platform itself will tell whether it is ours.
	Blind bool
}

// Config names the moderators.
type Config struct {
	// Moderators are people who may recall posts: "ou_…" everywhere, "oc_…/ou_…" in one chat.
	Moderators []string `yaml:"moderators"`
}

// Validate reports each entry that is neither a person nor a person in a chat.
func (c Config) Validate() error {
	var errs []error
	for _, entry := range c.Moderators {
		chat, user, inChat := strings.Cut(entry, "/")
		if !inChat {
			chat, user = "oc_", entry
		}
		if !strings.HasPrefix(chat, "oc_") || !strings.HasPrefix(user, "ou_") || strings.Contains(user, "/") {
			errs = append(errs, bot.Errorf(bot.Invalid, `policy.moderators: %q is neither "ou_…" nor "oc_…/ou_…"`, entry))
		}
	}
	return errors.Join(errs...)
}

// Policy is a set of rules. It is safe for concurrent use.
type Policy struct {
	people []personRule
}

type personRule struct {
	name  Rule
	holds func(Facts) bool
}

// New makes the policy; the table is the order of the rules.
func New(c Config) *Policy {
	return &Policy{people: []personRule{
		{RuleOwner, isOwner},
		{RuleManager, isManager},
		{RuleModerator, isModerator(c.Moderators)},
		{RuleAuthor, isAuthor},
		{RuleCounterpart, isCounterpart},
	}}
}

// Decide says whether the actor may have the target recalled. The person comes first, so that a refusal tells
// outsiders nothing about the target.
func (p *Policy) Decide(f Facts) Decision {
	if f.Target.Chat != "" && f.Asked != "" && f.Target.Chat != f.Asked {
		return refuse(RuleOtherChat, bot.ReasonOtherChat)
	}
	if f.Target.Chat == "" && f.Asked == "" {
		return refuse(RuleUnseenTarget, bot.ReasonUnseen)
	}
	if f.Via == bot.ViaTidy {
		return decideTidy(f)
	}
	rule, ok := p.person(f)
	if !ok {
		return noRight(f, bot.ReasonNoRight)
	}
	return decideTarget(f, rule)
}

// May says whether the actor has a say in the chat at all, whatever the message: for what is read or set there.
func (p *Policy) May(f Facts) Decision {
	if rule, ok := p.person(f); ok {
		return Decision{Allow: true, Rule: rule}
	}
	return noRight(f, bot.ReasonNoSay)
}

func (p *Policy) person(f Facts) (Rule, bool) {
	if f.Actor == "" {
		return "", false
	}
	for _, rule := range p.people {
		if rule.holds(f) {
			return rule.name, true
		}
	}
	return "", false
}

// noRight tells those who have no right from those whose role could not be learned: of a chat that our bot is not in,
// the platform names neither owner nor managers.
func noRight(f Facts, why bot.Reason) Decision {
	if !f.P2P && (f.Chat == nil || !f.Chat.Member) {
		return refuse(RuleRoleUnknown, bot.ReasonUnchecked)
	}
	return refuse(RuleNobody, why)
}

func decideTarget(f Facts, by Rule) Decision {
	switch f.Target.Kind {
	case bot.KindOwn:
		return Decision{Allow: true, Rule: by}
	case bot.KindBot:
		return decideOtherBot(f, by)
	case bot.KindPerson:
		return refuse(RulePersons, bot.ReasonPerson)
	default:
		return decideUnknown(f, by)
	}
}

func decideOtherBot(f Facts, by Rule) Decision {
	switch f.rank() {
	case bot.RankManager, bot.RankMaybe:
		return Decision{Allow: true, Rule: by}
	case bot.RankUnknown:
		return refuse(RuleRoleUnknown, bot.ReasonUnchecked)
	default:
		return refuse(RuleOtherBot, bot.ReasonNoRank)
	}
}

// decideUnknown lets the platform tell whether the target is ours, but only where it would refuse all else: with rank
// the same call takes anybody's message away.
func decideUnknown(f Facts, by Rule) Decision {
	if f.Via == bot.ViaReaction {
		return refuse(RuleUnseenTarget, bot.ReasonUnseen)
	}
	switch f.rank() {
	case bot.RankNone:
		return Decision{Allow: true, Rule: by, Blind: true}
	case bot.RankUnknown:
		return refuse(RuleRoleUnknown, bot.ReasonUnchecked)
	default:
		return refuse(RuleUnknownTarget, bot.ReasonUnknownTarget)
	}
}

// decideTidy allows taking away the actor's own command, where the bot's rank lets it.
func decideTidy(f Facts) Decision {
	theirs := f.Target.Kind == bot.KindPerson && bot.Is(f.Target.Sender, f.Actor)
	if theirs && f.Ranked() {
		return Decision{Allow: true, Rule: RuleOwnCommand}
	}
	return refuse(RuleOtherBot, bot.ReasonNoRank)
}

// Ranked reports whether our bot may recall what others wrote in the chat, as far as can be told.
func (f Facts) Ranked() bool { return f.rank() == bot.RankManager || f.rank() == bot.RankMaybe }

func (f Facts) rank() bot.Rank {
	switch {
	case f.P2P:
		return bot.RankNone
	case f.Chat == nil:
		return bot.RankUnknown
	default:
		return f.Chat.Rank(f.Self)
	}
}

func refuse(rule Rule, reason bot.Reason) Decision { return Decision{Rule: rule, Reason: reason} }

func isOwner(f Facts) bool {
	return f.Chat != nil && f.Chat.Owner != "" && f.Chat.Owner == f.Actor
}

func isManager(f Facts) bool {
	return f.Chat != nil && slices.Contains(f.Chat.Managers, f.Actor)
}

func isModerator(entries []string) func(Facts) bool {
	return func(f Facts) bool {
		if slices.Contains(entries, string(f.Actor)) {
			return true
		}
		chat := f.chat()
		return chat != "" && slices.Contains(entries, string(chat)+"/"+string(f.Actor))
	}
}

func isAuthor(f Facts) bool {
	return f.Target.Kind == bot.KindOwn && bot.Is(f.Target.Sender, f.Actor)
}

func isCounterpart(f Facts) bool { return f.P2P }

func (f Facts) chat() bot.ChatID {
	if f.Target.Chat != "" {
		return f.Target.Chat
	}
	return f.Asked
}

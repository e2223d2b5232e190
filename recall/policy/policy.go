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
	// RuleQuorum: enough people reacted, where the chat wants that.
	RuleQuorum Rule = "quorum"
	// RuleCascade: the message that a post of ours answered is gone, where the chat wants that.
	RuleCascade Rule = "cascade"
	// RuleOperator is the command line of whoever runs the bot.
	RuleOperator Rule = "operator"
	// RuleTeam: the team of the API token had it posted.
	RuleTeam Rule = "team"
	// RuleToken: the API token may recall what no team posted.
	RuleToken Rule = "token"
	// RuleLifetime: the time is over that whoever posted it, or the chat, gave it.
	RuleLifetime Rule = "lifetime"
	// RuleCancelled: the post was cancelled before it was sent, and was being sent just then.
	RuleCancelled Rule = "cancelled"
	// RuleTokenOver: the API token that asked for the post was revoked, or expired, before the post was sent.
	RuleTokenOver Rule = "token_over"
	// RuleOwnCommand lets our bot take away a command that it has carried out, and what it showed because of it.
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
	// RuleAnswer refuses what is our bot's own answer, to all who mean posts.
	RuleAnswer Rule = "own_answer"
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
	// P2P is set when the chat is the two-person chat of the actor and our bot: the actor asked there, or reacted there. That
	// the chat is a two-person chat says nothing yet of who the other person is.
	P2P bool
	// Chat holds the roles; nil means that they could not be learned.
	Chat *bot.Chat
	// Target is the message; Kind is KindUnknown and Chat empty when it could not be learned.
	Target bot.Message
	// NotOwn is set where all that is known of the target is that our app did not send it.
	NotOwn bool
	// Self is our app.
	Self bot.AppID
	// Settings are those of the chat that the roles are of.
	Settings bot.Settings
	// With are the people who reacted, for a quorum.
	With []bot.UserID
	// HasGrant is set where the actor has authorised us to act as them in the target's chat.
	HasGrant bool
	// By is who asks by an API token; then there is no actor.
	By *bot.Principal
	// Posted is what is known of the target as a post that was made or registered through the API; nil where it was not.
	Posted *bot.Post
}

// Decision is the answer.
type Decision struct {
	Allow bool
	Rule  Rule
	// Reason explains a refusal.
	Reason bot.Reason
	// Blind is set when the target is not known and the platform itself will tell whether it is ours.
	Blind bool
	// AsOwner is set where it takes the owner's authorisation: with our bot's rank alone the platform would refuse.
	AsOwner bool
	// Ranked is set by who knows the roles where our bot may take away other people's messages, as far as can be told.
	Ranked bool
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
			errs = append(errs, bot.WrongSetting("policy.moderators", `%q is neither "ou_…" nor "oc_…/ou_…"`, entry))
		}
	}
	return errors.Join(errs...)
}

// Policy is a set of rules. It is safe for concurrent use.
type Policy struct {
	people []personRule
	// moderators are those of the configuration.
	moderators []string
}

type personRule struct {
	name  Rule
	holds func(Facts) bool
}

// New makes the policy; the table is the order of the rules.
func New(c Config) *Policy {
	return &Policy{moderators: c.Moderators, people: []personRule{
		{RuleOwner, isOwner},
		{RuleManager, isManager},
		{RuleModerator, isModerator(c.Moderators)},
		{RuleAuthor, isAuthor},
		{RuleCounterpart, isCounterpart},
		{RuleQuorum, isQuorum},
		{RuleCascade, isCascade},
		{RuleOperator, isOperator},
		{RuleTeam, isTeams},
		{RuleToken, isTokens},
		{RuleLifetime, isOver},
		{RuleCancelled, isCancelled},
		{RuleTokenOver, isTokenOver},
	}}
}

// Decide says whether the actor may have the target recalled. The person comes first, so that a refusal tells
// outsiders nothing about the target.
func (p *Policy) Decide(f Facts) Decision {
	if f.Target.Chat != "" && f.Asked != "" && f.Target.Chat != f.Asked {
		return refuse(RuleOtherChat, bot.ReasonOtherChat)
	}
	if f.Target.Chat == "" && f.Asked == "" && f.Target.Kind == bot.KindUnknown {
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

// MayManage says whether the actor may change how the bot behaves in the chat: the owner, managers and, in p2p, the
// counterpart. Moderators may not: they could make others moderators.
func (p *Policy) MayManage(f Facts) Decision {
	switch {
	case f.Via == bot.ViaOperator:
		return Decision{Allow: true, Rule: RuleOperator}
	case f.Actor == "":
		return refuse(RuleNobody, bot.ReasonOnlyOwners)
	case isOwner(f):
		return Decision{Allow: true, Rule: RuleOwner}
	case isManager(f):
		return Decision{Allow: true, Rule: RuleManager}
	case isCounterpart(f):
		return Decision{Allow: true, Rule: RuleCounterpart}
	default:
		return noRight(f, bot.ReasonOnlyOwners)
	}
}

// MayBatch says whether the actor may recall batches, which stand in many chats: moderators of all chats, and whoever had
// them posted.
func (p *Policy) MayBatch(f Facts) Decision {
	switch {
	case isOperator(f):
		return Decision{Allow: true, Rule: RuleOperator}
	case isOver(f):
		return Decision{Allow: true, Rule: RuleLifetime}
	case isTeams(f):
		return Decision{Allow: true, Rule: RuleTeam}
	case isTokens(f):
		return Decision{Allow: true, Rule: RuleToken}
	case f.Posted != nil && f.Actor != "" && f.Posted.Author == f.Actor:
		return Decision{Allow: true, Rule: RuleAuthor}
	case f.Actor != "" && slices.Contains(p.moderators, string(f.Actor)):
		return Decision{Allow: true, Rule: RuleModerator}
	case f.By != nil:
		return noRight(f, bot.ReasonBatchRight)
	default:
		return refuse(RuleNobody, bot.ReasonBatchRight)
	}
}

// May says whether the actor has a say in the chat at all, whatever the message: for what is read or set there.
func (p *Policy) May(f Facts) Decision {
	if f.By != nil {
		return mayBy(f)
	}
	if rule, ok := p.person(f); ok {
		return Decision{Allow: true, Rule: rule}
	}
	return noRight(f, bot.ReasonNoSay)
}

func (p *Policy) person(f Facts) (Rule, bool) {
	if f.Actor == "" && !withoutPerson(f) {
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
	switch {
	case f.By != nil && f.By.Over:
		return refuse(RuleNobody, bot.ReasonTokenOver)
	case f.By == nil && !f.twoPerson() && (f.Chat == nil || !f.Chat.Member):
		return refuse(RuleRoleUnknown, bot.ReasonUnchecked)
	default:
		return refuse(RuleNobody, why)
	}
}

func isOwner(f Facts) bool {
	return f.Chat != nil && f.Chat.Owner != "" && f.Chat.Owner == f.Actor
}

func isManager(f Facts) bool {
	return f.Chat != nil && f.Actor != "" && slices.Contains(f.Chat.Managers, f.Actor)
}

func isModerator(entries []string) func(Facts) bool {
	return func(f Facts) bool {
		if f.Actor == "" {
			return false
		}
		if slices.Contains(f.Settings.Moderators, f.Actor) {
			return true
		}
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

func isCounterpart(f Facts) bool { return f.P2P && f.Actor != "" }

// isQuorum counts each person once, however often they reacted.
func isQuorum(f Facts) bool {
	if f.Via != bot.ViaQuorum || f.Settings.Quorum <= 0 {
		return false
	}
	people := map[bot.UserID]bool{}
	for _, who := range f.With {
		if who != "" {
			people[who] = true
		}
	}
	return len(people) >= f.Settings.Quorum
}

func isCascade(f Facts) bool { return f.Via == bot.ViaCascade && f.Settings.Cascade }

func isOperator(f Facts) bool { return f.Via == bot.ViaOperator }

func (f Facts) chat() bot.ChatID {
	if f.Target.Chat != "" {
		return f.Target.Chat
	}
	return f.Asked
}

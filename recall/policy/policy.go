// Package policy decides who may recall what, by pure functions from facts to a decision. A decision has the name of its rule, for
// the record and for people.
package policy

import (
	"errors"
	"slices"
	"strings"

	"recallbot/bot"
)

// Rule is the name of the rule of a decision.
type Rule string

// The rules about people, in the order in which they are tried.
const (
	RuleOwner       Rule = "owner"
	RuleManager     Rule = "manager"
	RuleModerator   Rule = "moderator"
	RuleAuthor      Rule = "author"
	RuleCounterpart Rule = "counterpart"
	// RuleQuorum: enough people reacted, by the chat's setting.
	RuleQuorum Rule = "quorum"
	// RuleCascade: the message that our post answered was recalled, by the chat's setting.
	RuleCascade Rule = "cascade"
	// RuleWatch: a rule on bots' posts of the chat recalls it, or the bot is in quarantine.
	RuleWatch Rule = "watch"
	// RuleOperator is the command line.
	RuleOperator Rule = "operator"
	// RuleTeam: it is a post of the API token's team.
	RuleTeam Rule = "team"
	// RuleToken: the API token may recall any message but other teams' posts.
	RuleToken Rule = "token"
	// RuleLifetime: its lifetime has ended.
	RuleLifetime Rule = "lifetime"
	// RuleCancelled: the post was cancelled while it was being sent.
	RuleCancelled Rule = "cancelled"
	// RuleTokenOver: the post's API token was revoked, or expired, before the post was sent.
	RuleTokenOver Rule = "token_over"
	// RuleOwnCommand lets our bot remove a command that it has carried out, and its card.
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
	// RuleAnswer refuses an answer of our bot where posts are selected.
	RuleAnswer Rule = "own_answer"
	// RuleNoTarget refuses a request without a message, or whose message was not found.
	RuleNoTarget Rule = "no_target"
	// RuleTooLate refuses an old request.
	RuleTooLate Rule = "too_late"
)

// Facts is all that a decision depends on. Unknown facts are zero, which grants nothing.
type Facts struct {
	Actor bot.UserID
	Via   bot.Via
	// Asked is the chat where it was asked for; empty for a reaction, whose event does not name it.
	Asked bot.ChatID
	// P2P is set when the chat is the two-person chat of the actor and our bot, since the actor asked or reacted there.
	P2P bool
	// Chat has the roles; nil means unknown.
	Chat *bot.Chat
	// Target is the message; unknown with KindUnknown and without Chat.
	Target bot.Message
	// NotOwn is set where it is known only that our app did not send the target.
	NotOwn bool
	// Self is our app.
	Self bot.AppID
	// Settings are the chat's.
	Settings bot.Settings
	// With are the people who reacted, for a quorum.
	With []bot.UserID
	// Watch is the rule, or the quarantine, for which the target is recalled.
	Watch bot.WatchCause
	// HasGrant is set where the actor has authorised us in the target's chat.
	HasGrant bool
	// By is the API token that asks, instead of Actor.
	By *bot.Principal
	// Posted is the target's post of the API; nil where it is none.
	Posted *bot.Post
}

// Decision is the result of a policy.
type Decision struct {
	Allow bool
	Rule  Rule
	// Reason explains a refusal.
	Reason bot.Reason
	// Blind is set for an unknown target, which the platform recalls only if it is ours.
	Blind bool
	// AsOwner is set where the owner's grant must be used, since our bot has no rank.
	AsOwner bool
	// Ranked is set by the caller where our bot may recall other people's messages, or might.
	Ranked bool
}

// Config names the moderators.
type Config struct {
	// Moderators may recall posts: "ou_…" in all chats, "oc_…/ou_…" in one.
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
			errs = append(errs, bot.WrongSetting("policy.moderators", "must list people as ou_… (in all chats) or oc_…/ou_… (in one chat), not %q", entry))
		}
	}
	return errors.Join(errs...)
}

// Policy is a set of rules. It is safe for concurrent use.
type Policy struct {
	people     []personRule
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
		{RuleWatch, isWatch},
		{RuleOperator, isOperator},
		{RuleTeam, isTeams},
		{RuleToken, isTokens},
		{RuleLifetime, isOver},
		{RuleCancelled, isCancelled},
		{RuleTokenOver, isTokenOver},
	}}
}

// Decide says whether the actor may recall the target. It checks the actor first, so that a refusal reveals nothing about the
// target.
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

// MayBatch says whether the actor may recall a batch, which has messages in many chats: moderators of all chats, and its author
// or team.
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

// May says whether the actor may recall any message in the chat.
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

// noRight refuses for an unknown role, or for reason. Where our bot is not a member, the platform names neither owner nor
// managers.
func noRight(f Facts, reason bot.Reason) Decision {
	switch {
	case f.By != nil && f.By.Over:
		return refuse(RuleNobody, bot.ReasonTokenOver)
	case f.By == nil && !f.twoPerson() && (f.Chat == nil || !f.Chat.Member):
		return refuse(RuleRoleUnknown, bot.ReasonUnchecked)
	default:
		return refuse(RuleNobody, reason)
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

// isQuorum counts each person once.
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

// isWatch asks the settings of now: a rule that was switched off meanwhile recalls nothing more. People's messages are never meant.
func isWatch(f Facts) bool {
	ofBot := f.Target.Kind == bot.KindBot || f.Target.Kind == bot.KindOwn
	return f.Via == bot.ViaWatch && ofBot && f.Settings.Recalls(f.Watch, f.Target.At)
}

func isOperator(f Facts) bool { return f.Via == bot.ViaOperator }

func (f Facts) chat() bot.ChatID {
	if f.Target.Chat != "" {
		return f.Target.Chat
	}
	return f.Asked
}

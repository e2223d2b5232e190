package policy

import "recallbot/bot"

func decideTarget(f Facts, by Rule) Decision {
	if f.Target.Answer && !mayTargetAnswers(f.Via) {
		return refuse(RuleAnswer, bot.ReasonAnswer)
	}
	switch f.Target.Kind {
	case bot.KindOwn:
		return Decision{Allow: true, Rule: by}
	case bot.KindBot:
		return decideOtherBot(f, by)
	case bot.KindPerson:
		return decidePerson(f, by)
	default:
		return decideUnknown(f, by)
	}
}

// mayTargetAnswers reports how answers of our bot may be recalled: named by a person, or with the message that they answer.
func mayTargetAnswers(via bot.Via) bool {
	switch via {
	case bot.ViaReply, bot.ViaP2P, bot.ViaReaction, bot.ViaCascade, bot.ViaOperator:
		return true
	default:
		return false
	}
}

// decidePerson allows recalling a person's message only by the chat's setting, and not by a reaction: people react to such
// messages for other reasons.
func decidePerson(f Facts, by Rule) Decision {
	if !f.Settings.People || f.twoPerson() || f.Via == bot.ViaReaction || ownOnly(by) || by == RuleQuorum {
		return refuse(RulePersons, bot.ReasonPerson)
	}
	return decideRanked(f, Decision{Allow: true, Rule: by}, refuse(RulePersons, bot.ReasonNoRank))
}

func decideOtherBot(f Facts, by Rule) Decision {
	without := refuse(RuleOtherBot, bot.ReasonNoRank)
	if ownOnly(by) {
		return without
	}
	return decideRanked(f, Decision{Allow: true, Rule: by}, without)
}

// ownOnly reports rules for our own posts only.
func ownOnly(by Rule) bool {
	switch by {
	case RuleCascade, RuleOperator, RuleTeam, RuleLifetime, RuleCancelled, RuleTokenOver:
		return true
	default:
		return false
	}
}

// decideRanked is for messages that the platform recalls only by our bot's rank, or by the owner's grant.
func decideRanked(f Facts, with, without Decision) Decision {
	switch f.rank() {
	case bot.RankManager, bot.RankMaybe:
		return with
	case bot.RankUnknown:
		return refuse(RuleRoleUnknown, bot.ReasonUnchecked)
	default:
		if with.AsOwner = AsOwner(f); with.AsOwner {
			return with
		}
		return without
	}
}

// decideUnknown allows a blind recall of an unknown message. It must be asked for by a reply, since the signed event names the
// chat, and our bot must have no rank: the platform then refuses messages that are not ours. With rank the call would recall
// any message.
func decideUnknown(f Facts, by Rule) Decision {
	if f.By != nil || (f.Via != bot.ViaReply && f.Via != bot.ViaP2P) {
		return refuse(RuleUnseenTarget, bot.ReasonUnseen)
	}
	switch f.rank() {
	case bot.RankNone:
		if f.NotOwn { // the platform refuses it too, except in a group that our app created
			return refuse(RuleUnknownTarget, bot.ReasonNotAllowed)
		}
		return Decision{Allow: true, Rule: by, Blind: true}
	case bot.RankUnknown:
		return refuse(RuleRoleUnknown, bot.ReasonUnchecked)
	default:
		return refuse(RuleUnknownTarget, bot.ReasonUnknownTarget)
	}
}

// decideTidy allows removing the actor's command, if our bot has rank, and our card whose author the actor is.
func decideTidy(f Facts) Decision {
	if isAuthor(f) {
		return Decision{Allow: true, Rule: RuleOwnCommand}
	}
	theirs := f.Target.Kind == bot.KindPerson && bot.Is(f.Target.Sender, f.Actor)
	if theirs && f.Ranked() {
		return Decision{Allow: true, Rule: RuleOwnCommand}
	}
	return refuse(RuleOtherBot, bot.ReasonNoRank)
}

// Ranked reports whether our bot may recall other people's messages in the chat, or might.
func (f Facts) Ranked() bool { return f.rank() == bot.RankManager || f.rank() == bot.RankMaybe }

func (f Facts) rank() bot.Rank {
	switch {
	case f.twoPerson():
		return bot.RankNone
	case f.Chat == nil:
		return bot.RankUnknown
	default:
		return f.Chat.Rank(f.Self)
	}
}

// twoPerson reports whether the chat is a two-person chat of our bot, with the actor or another person.
func (f Facts) twoPerson() bool { return f.P2P || (f.Chat != nil && f.Chat.P2P) }

func refuse(rule Rule, reason bot.Reason) Decision { return Decision{Rule: rule, Reason: reason} }

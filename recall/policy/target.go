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

// mayTargetAnswers are the ways in that may mean what our bot says of itself: it was pointed at, or goes with what it answers.
func mayTargetAnswers(via bot.Via) bool {
	switch via {
	case bot.ViaReply, bot.ViaP2P, bot.ViaReaction, bot.ViaCascade, bot.ViaOperator:
		return true
	default:
		return false
	}
}

// decidePerson allows recalling what a person wrote only where the chat has switched that on, to whoever asked for it in
// words: an emoji on a person's message says many things.
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

// ownOnly are the rights that end at our own posts.
func ownOnly(by Rule) bool {
	switch by {
	case RuleCascade, RuleOperator, RuleTeam, RuleLifetime, RuleCancelled, RuleTokenOver:
		return true
	default:
		return false
	}
}

// decideRanked is for what the platform lets our bot take away by its rank alone, or by the owner's authorisation.
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

// decideUnknown allows a blind recall: of a message that nobody could identify. Only a person's reply asks for one, since the
// signed event says in which chat the message is, and only where our bot has no rank: there the platform refuses all that is
// not ours, while with rank the same call would recall anybody's message.
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

// decideTidy allows taking away the actor's own command, where the bot's rank lets it, and a post of ours that was made
// for the actor: a job's card.
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

// Ranked reports whether our bot may recall what others wrote in the chat, as far as can be told.
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

// twoPerson reports whether the chat is a two-person chat of our bot, be it with the actor or with another person.
func (f Facts) twoPerson() bool { return f.P2P || (f.Chat != nil && f.Chat.P2P) }

func refuse(rule Rule, reason bot.Reason) Decision { return Decision{Rule: rule, Reason: reason} }

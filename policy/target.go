package policy

import "recallbot/bot"

func decideTarget(f Facts, by Rule) Decision {
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

// decidePerson allows recalling what a person wrote only where the chat has switched that on, to whoever asked for it in
// words: an emoji on a person's message says many things.
func decidePerson(f Facts, by Rule) Decision {
	if !f.Settings.People || f.P2P || f.Via == bot.ViaReaction || ownOnly(by) || by == RuleQuorum {
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
	case RuleCascade, RuleOperator, RuleTeam, RuleLifetime:
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

// decideUnknown lets the platform tell whether the target is ours, but only where it would refuse all else: with rank
// the same call takes anybody's message away.
func decideUnknown(f Facts, by Rule) Decision {
	if f.Via == bot.ViaReaction || f.Via == bot.ViaQuorum || f.Via == bot.ViaCascade || by == RuleToken {
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
	case f.P2P:
		return bot.RankNone
	case f.Chat == nil:
		return bot.RankUnknown
	default:
		return f.Chat.Rank(f.Self)
	}
}

func refuse(rule Rule, reason bot.Reason) Decision { return Decision{Rule: rule, Reason: reason} }

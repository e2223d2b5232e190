package policy

import "recallbot/bot"

// GrantMatters reports whether the target could be recalled as the actor, had they authorised us: the owner of the group, by
// the platform's word, who asks in person for a message that is known. With an owner's token the platform takes anybody's
// message away, so one that nobody can identify never goes that way.
func GrantMatters(f Facts) bool {
	return isOwner(f) && !f.twoPerson() && f.By == nil && isInPerson(f.Via) && f.Target.Kind != bot.KindUnknown && f.Target.Chat != ""
}

// AsOwner is GrantMatters where they have authorised us.
func AsOwner(f Facts) bool { return f.HasGrant && GrantMatters(f) }

// isInPerson are the ways in by which somebody asks for a message themselves.
func isInPerson(via bot.Via) bool {
	switch via {
	case bot.ViaReply, bot.ViaReaction, bot.ViaClean, bot.ViaButton:
		return true
	default:
		return false
	}
}

// MayGrant says whether the actor may authorise us in the chat: its owner.
func (p *Policy) MayGrant(f Facts) Decision {
	if isOwner(f) {
		return Decision{Allow: true, Rule: RuleOwner}
	}
	return noRight(f, bot.ReasonOnlyOwner)
}

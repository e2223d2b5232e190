package policy

import "recallbot/bot"

// GrantMatters reports whether the target could be recalled with a grant of the actor: the owner of the group, who asks in person
// for a known message. With an owner's token the platform recalls any message, so an unknown one is never recalled so.
func GrantMatters(f Facts) bool {
	return isOwner(f) && !f.twoPerson() && f.By == nil && isInPerson(f.Via) && f.Target.Kind != bot.KindUnknown && f.Target.Chat != ""
}

// AsOwner reports whether the target can be recalled with the actor's grant.
func AsOwner(f Facts) bool { return f.HasGrant && GrantMatters(f) }

// isInPerson reports requests that a person makes for the message.
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

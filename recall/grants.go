package recall

import (
	"context"

	"recallbot/audit"
	"recallbot/bot"
	"recallbot/recall/policy"
)

// Grants are what owners of groups have authorised us to do.
type Grants interface {
	// HasGrant reports whether a person has authorised us in a chat.
	HasGrant(ctx context.Context, who bot.UserID, chat bot.ChatID) (bool, error)
	// RecallAs recalls a message as the person. Denied with ReasonConsentGone means that the grant has ended.
	RecallAs(ctx context.Context, who bot.UserID, chat bot.ChatID, id bot.MessageID) error
}

// askWithGrant asks policy, and again with the actor's grant where only our bot's rank is missing.
func (d *decider) askWithGrant(ctx context.Context, facts *policy.Facts) (policy.Decision, error) {
	decision := d.ask(*facts)
	if decision.Allow || decision.Reason != bot.ReasonNoRank {
		return decision, nil
	}
	if err := d.addGrant(ctx, facts); err != nil {
		return policy.Decision{}, err
	}
	return d.ask(*facts), nil
}

// addGrant puts into the facts whether the actor has authorised us, where that matters.
func (d *decider) addGrant(ctx context.Context, facts *policy.Facts) (err error) {
	if d.grants == nil || !policy.GrantMatters(*facts) {
		return nil
	}
	facts.HasGrant, err = d.grants.HasGrant(ctx, facts.Actor, facts.Target.Chat)
	return err
}

// recallAsOwner recalls what our bot was not allowed to, as the owner who asks. Where that does not apply, it returns refusal.
func (r *Recaller) recallAsOwner(ctx context.Context, req Request, facts policy.Facts, refusal error) (as string, err error) {
	allowed, err := r.ownerAllows(ctx, req, facts)
	switch {
	case err != nil:
		return "", err
	case !allowed:
		return "", refusal
	}
	return audit.AsOwner, r.grants.RecallAs(ctx, req.Who, facts.Target.Chat, req.Target)
}

// ownerAllows reports whether the actor is the owner now, has authorised us, and may recall the target. An error is worth
// another try later.
func (d *decider) ownerAllows(ctx context.Context, req Request, facts policy.Facts) (bool, error) {
	if d.grants == nil || !policy.GrantMatters(facts) {
		return false, nil
	}
	if _, err := d.loadRoles(ctx, req, &facts, facts.Target.Chat, freshAge); err != nil {
		return false, err
	}
	if err := d.addGrant(ctx, &facts); err != nil {
		return false, err
	}
	return policy.AsOwner(facts) && d.rules().Policy.Decide(facts).Allow, nil
}

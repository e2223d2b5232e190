package recall

import (
	"context"

	"recallbot/audit"
	"recallbot/bot"
	"recallbot/recall/policy"
)

// Grants act for owners of groups who have authorised us to.
type Grants interface {
	// HasGrant reports whether a person has authorised us in a chat.
	HasGrant(ctx context.Context, who bot.UserID, chat bot.ChatID) (bool, error)
	// RecallAs takes a message back as the person. Denied with ReasonConsentGone means that the authorisation has ended.
	RecallAs(ctx context.Context, who bot.UserID, chat bot.ChatID, id bot.MessageID) error
}

// consult asks policy, and where only our bot's rank is lacking, once more with what the actor has authorised us to.
func (r *Recaller) consult(ctx context.Context, facts *policy.Facts) (policy.Decision, error) {
	decision := r.ask(*facts)
	if decision.Allow || decision.Reason != bot.ReasonNoRank {
		return decision, nil
	}
	if err := r.useGrant(ctx, facts); err != nil {
		return policy.Decision{}, err
	}
	return r.ask(*facts), nil
}

// looksAgain reports whether a decision rests on roles that were learned a while ago and must be true now.
func (r *Recaller) looksAgain(facts policy.Facts, decision policy.Decision) bool {
	certain := decision.Allow && !decision.Blind && !decision.AsOwner
	return facts.Chat != nil && !certain && r.now().Sub(facts.Chat.Learned) > freshAge
}

// useGrant learns whether the actor has authorised us, where that could matter.
func (r *Recaller) useGrant(ctx context.Context, facts *policy.Facts) (err error) {
	if r.owners == nil || !policy.CouldLend(*facts) {
		return nil
	}
	facts.HasGrant, err = r.owners.HasGrant(ctx, facts.Actor, facts.Target.Chat)
	return err
}

// send asks the platform: as our bot, or as the owner where policy said so, or where our bot was told that it may not.
func (r *Recaller) send(ctx context.Context, req Request, facts policy.Facts, out *Outcome) error {
	if out.As == audit.AsOwner {
		return r.owners.RecallAs(ctx, req.Who, out.Target.Chat, req.Target)
	}
	err := r.platform.Recall(ctx, req.Target)
	if err == nil || bot.Detail(err).Reason != bot.ReasonNotAllowed {
		return err
	}
	helps, again := r.ownerHelps(ctx, req, facts)
	switch {
	case again != nil:
		return again
	case !helps:
		return err
	}
	out.As = audit.AsOwner
	return r.owners.RecallAs(ctx, req.Who, out.Target.Chat, req.Target)
}

// ownerHelps reports whether what our bot may not recall can be recalled as the owner who asks, by what the platform says
// of the chat now. The second result is set when it should be tried again later.
func (r *Recaller) ownerHelps(ctx context.Context, req Request, facts policy.Facts) (helps bool, again error) {
	if r.owners == nil || !policy.CouldLend(facts) {
		return false, nil
	}
	if _, err := r.learn(ctx, req, &facts, facts.Target.Chat, freshAge); err != nil {
		return false, err
	}
	if err := r.useGrant(ctx, &facts); err != nil {
		return false, err
	}
	return policy.AsOwner(facts) && r.rules.Load().Policy.Decide(facts).Allow, nil
}

// MayGrant says whether somebody may authorise us in a group: its owner, by what the platform says now.
func (r *Recaller) MayGrant(ctx context.Context, who bot.UserID, chat bot.ChatID) (policy.Decision, error) {
	facts := policy.Facts{Actor: who, Asked: chat, Self: r.config.Self}
	if _, err := r.learn(ctx, Request{}, &facts, chat, freshAge); err != nil {
		return policy.Decision{}, unchecked(err)
	}
	return r.rules.Load().Policy.MayGrant(facts), nil
}

// lendable tells, of somebody with a say, whether what others wrote can be recalled as them where our bot has no rank.
func (r *Recaller) lendable(ctx context.Context, facts policy.Facts, decision policy.Decision) (bool, error) {
	if r.owners == nil || decision.Ranked || decision.Rule != policy.RuleOwner {
		return false, nil
	}
	return r.owners.HasGrant(ctx, facts.Actor, facts.Asked)
}

package recall

import (
	"context"

	"recallbot/bot"
	"recallbot/recall/policy"
)

// May says whether a person may recall anything in a chat, for what is read there. It never refuses because of old roles.
// Roles that can't be loaded for now are an error with ReasonUnchecked.
func (d *decider) May(ctx context.Context, who bot.UserID, chat bot.ChatID, p2p bool) (policy.Decision, error) {
	return d.mayIn(ctx, policy.Facts{Actor: who, Asked: chat, P2P: p2p}, d.rules().Policy.May)
}

// Manage is May for the settings: only the owner and managers may change them, and in p2p the counterpart.
func (d *decider) Manage(ctx context.Context, who bot.UserID, chat bot.ChatID, p2p bool) (policy.Decision, error) {
	return d.mayIn(ctx, policy.Facts{Actor: who, Asked: chat, P2P: p2p}, d.rules().Policy.MayManage)
}

func (d *decider) mayIn(
	ctx context.Context, facts policy.Facts, ask func(policy.Facts) policy.Decision,
) (policy.Decision, error) {
	facts.Self = d.self
	var err error
	if facts.Settings, err = d.settingsOf(ctx, facts.Asked); err != nil {
		return policy.Decision{}, err
	}
	if facts.P2P || facts.Via == bot.ViaOperator {
		return ask(facts), nil
	}
	if _, err := d.loadRoles(ctx, Request{}, &facts, facts.Asked, anyAge); err != nil {
		return policy.Decision{}, unchecked(err)
	}
	decision := ask(facts)
	if !decision.Allow && facts.Chat != nil {
		if _, err := d.loadRoles(ctx, Request{}, &facts, facts.Asked, freshAge); err != nil {
			return policy.Decision{}, unchecked(err)
		}
		decision = ask(facts)
	}
	decision.Ranked = facts.Ranked()
	decision.AsOwner, err = d.mayActAsOwner(ctx, facts, decision)
	return decision, err
}

// unchecked marks an error of loading the roles, so that the answer says that the role could not be checked.
func unchecked(err error) error {
	detail := *bot.Detail(err)
	detail.Reason = bot.ReasonUnchecked
	return &detail
}

// mayActAsOwner reports whether the actor is an owner who granted us what our bot's own rank does not allow.
func (d *decider) mayActAsOwner(ctx context.Context, facts policy.Facts, decision policy.Decision) (bool, error) {
	if d.grants == nil || decision.Ranked || decision.Rule != policy.RuleOwner {
		return false, nil
	}
	return d.grants.HasGrant(ctx, facts.Actor, facts.Asked)
}

// MayGrant says whether a person may authorise us in a group: only its owner may, by what the platform says now.
func (d *decider) MayGrant(ctx context.Context, who bot.UserID, chat bot.ChatID) (policy.Decision, error) {
	facts := policy.Facts{Actor: who, Asked: chat, Self: d.self}
	if _, err := d.loadRoles(ctx, Request{}, &facts, chat, freshAge); err != nil {
		return policy.Decision{}, unchecked(err)
	}
	return d.rules().Policy.MayGrant(facts), nil
}

// MayBy says whether a token may recall anything in a chat.
func (d *decider) MayBy(by *bot.Principal, chat bot.ChatID) policy.Decision {
	return d.rules().Policy.May(policy.Facts{By: by, Via: bot.ViaAPI, Asked: chat})
}

// MayBatch says whether a person may recall batches.
func (d *decider) MayBatch(who bot.UserID, via bot.Via) policy.Decision {
	return d.rules().Policy.MayBatch(policy.Facts{Actor: who, Via: via})
}

// Alone reports whether a person may manage a chat and is the only one who may recall there.
func (d *decider) Alone(ctx context.Context, who bot.UserID, chat bot.ChatID, p2p bool) (bool, error) {
	manage, err := d.Manage(ctx, who, chat, p2p)
	if err != nil || !manage.Allow || p2p {
		return manage.Allow, err
	}
	_, grants, err := d.Explain(ctx, chat)
	if err != nil && !bot.Retryable(err) {
		return false, nil // the roles stay unknown, so a second person is needed
	}
	for _, grant := range grants {
		for _, person := range grant.People {
			if person != who {
				return false, nil
			}
		}
	}
	return err == nil, err
}

// Explain gives a chat as it is now, and who may recall bots' posts there by which rule.
func (d *decider) Explain(ctx context.Context, id bot.ChatID) (bot.Chat, []policy.Grant, error) {
	chat, err := d.roles.Chat(ctx, id, freshAge)
	if err != nil {
		return bot.Chat{}, nil, err
	}
	settings, err := d.settingsOf(ctx, id)
	if err != nil {
		return bot.Chat{}, nil, err
	}
	return chat, d.rules().Policy.Explain(chat, settings), nil
}

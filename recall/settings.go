package recall

import (
	"context"
	"time"

	"recallbot/audit"
	"recallbot/bot"
	"recallbot/recall/policy"
)

// tidiedFor is how long a message that was tidied away is known as such: longer than its event may take.
const tidiedFor = 12 * time.Hour

// TidiedKey is the mark of a message that our bot tidied away: that it went means nothing.
func TidiedKey(id bot.MessageID) string { return "tidied/" + string(id) }

// May says whether somebody has a say in a chat, for what is read there. Like a recall, it is not refused on roles that
// were learned a while ago, nor because the platform fails for the moment: that is an error with ReasonUnchecked.
func (r *Recaller) May(ctx context.Context, who bot.UserID, chat bot.ChatID, p2p bool) (policy.Decision, error) {
	return r.judge(ctx, policy.Facts{Actor: who, Asked: chat, P2P: p2p}, r.rules.Load().Policy.May)
}

// Manage is May for what only the owner and managers may do, and in p2p the counterpart: the settings.
func (r *Recaller) Manage(ctx context.Context, who bot.UserID, chat bot.ChatID, p2p bool) (policy.Decision, error) {
	return r.judge(ctx, policy.Facts{Actor: who, Asked: chat, P2P: p2p}, r.rules.Load().Policy.MayManage)
}

func (r *Recaller) judge(
	ctx context.Context, facts policy.Facts, ask func(policy.Facts) policy.Decision,
) (policy.Decision, error) {
	facts.Self = r.config.Self
	var err error
	if facts.Settings, err = r.settingsOf(ctx, facts.Asked); err != nil {
		return policy.Decision{}, err
	}
	if facts.P2P || facts.Via == bot.ViaOperator {
		return ask(facts), nil
	}
	if _, err := r.learn(ctx, Request{}, &facts, facts.Asked, anyAge); err != nil {
		return policy.Decision{}, unchecked(err)
	}
	decision := ask(facts)
	if !decision.Allow && facts.Chat != nil {
		if _, err := r.learn(ctx, Request{}, &facts, facts.Asked, freshAge); err != nil {
			return policy.Decision{}, unchecked(err)
		}
		decision = ask(facts)
	}
	decision.Ranked = facts.Ranked()
	decision.AsOwner, err = r.lendable(ctx, facts, decision)
	return decision, err
}

// unchecked is the error of a question for the roles that failed for the moment. Who was asked may answer when it is put
// again; whoever can wait no longer is told that their role could not be checked.
func unchecked(err error) error {
	detail := *bot.Detail(err)
	detail.Reason = bot.ReasonUnchecked
	return &detail
}

// settingsOf are the chat's. That they can't be read is never taken for a chat where nothing is set.
func (r *Recaller) settingsOf(ctx context.Context, chat bot.ChatID) (bot.Settings, error) {
	if r.settings == nil || chat == "" {
		return bot.Settings{}, nil
	}
	return r.settings.Settings(ctx, chat)
}

// tidies marks a message before it is tidied away, where its recall would cascade.
func (r *Recaller) tidies(ctx context.Context, req Request, settings bot.Settings) error {
	if req.Via != bot.ViaTidy || !settings.Cascade || r.marks == nil {
		return nil
	}
	_, err := r.marks.First(ctx, TidiedKey(req.Target), tidiedFor)
	return err
}

// SettingRequest asks for a change of a chat's settings.
type SettingRequest struct {
	// CauseID names the cause, so that the same cause is recorded once.
	CauseID bot.EventID
	Via     bot.Via
	Who     bot.UserID
	// Asked is when, by the platform's clock.
	Asked time.Time
	Chat  bot.ChatID
	P2P   bool
	// Command is the message that asked, if one did.
	Command bot.MessageID
	// Change makes the new settings of the present ones; its error ends the change and is handed on.
	Change func(bot.Settings) (bot.Settings, error)
}

// Configure changes a chat's settings where whoever asks may manage it, and records each setting that changed, and
// refusals. Where the decision does not allow it, nothing was changed. A second run of the same work changes nothing more
// and tells the same.
func (r *Recaller) Configure(
	ctx context.Context, req SettingRequest,
) (decision policy.Decision, changed []bot.SettingDiff, err error) {
	facts := policy.Facts{Actor: req.Who, Via: req.Via, Asked: req.Chat, P2P: req.P2P}
	decision, err = r.judge(ctx, facts, r.rules.Load().Policy.MayManage)
	if err != nil {
		return policy.Decision{}, nil, err
	}
	if !decision.Allow {
		return decision, nil, r.recordSetting(ctx, req, decision, bot.SettingDiff{})
	}
	if r.settings == nil {
		return decision, nil, bot.Errorf(bot.Internal, "change the settings of %s: no settings", req.Chat)
	}
	before, after, err := r.settings.Change(ctx, req.CauseID, req.Chat, req.Change)
	if err != nil {
		return decision, nil, err
	}
	changed = bot.DiffSettings(before, after)
	for _, diff := range changed {
		if err := r.recordSetting(ctx, req, decision, diff); err != nil {
			return decision, nil, err
		}
	}
	return decision, changed, nil
}

func (r *Recaller) recordSetting(
	ctx context.Context, req SettingRequest, decision policy.Decision, diff bot.SettingDiff,
) error {
	now := r.now()
	entry := audit.Entry{
		At: now, Who: req.Who, Via: req.Via, Chat: req.Chat, Command: req.Command, Rule: string(decision.Rule),
		Result: bot.Changed, Comment: diff.String(), Latency: max(now.Sub(req.Asked).Milliseconds(), 0),
	}
	if !decision.Allow {
		entry.Result, entry.Reason, entry.Comment = bot.Refused, decision.Reason, ""
	}
	fresh, err := r.audit.Record(ctx, string(req.CauseID)+"/"+string(req.Via)+"/set/"+string(diff.Key), entry)
	if fresh && r.config.Observe != nil {
		r.config.Observe(entry)
	}
	return err
}

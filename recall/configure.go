package recall

import (
	"context"
	"time"

	"recallbot/audit"
	"recallbot/bot"
	"recallbot/recall/policy"
)

// tidiedFor is how long the bot remembers that it removed a message: longer than the event of it may take.
const tidiedFor = 12 * time.Hour

// TidiedKey marks a message that our bot removed to tidy up, so that nothing cascades from it.
func TidiedKey(id bot.MessageID) string { return "tidied/" + string(id) }

// markTidied marks a message before it is removed, where its recall would cascade.
func (r *Recaller) markTidied(ctx context.Context, req Request, settings bot.Settings) error {
	if req.Via != bot.ViaTidy || !settings.Cascade || r.once == nil {
		return nil
	}
	_, err := r.once(ctx, TidiedKey(req.Target), tidiedFor)
	return err
}

// SettingRequest asks for a change of a chat's settings.
type SettingRequest struct {
	// CauseID is the event's id. The same cause is recorded once.
	CauseID bot.EventID
	Via     bot.Via
	Who     bot.UserID
	// Asked is when, by the platform's clock.
	Asked time.Time
	Chat  bot.ChatID
	P2P   bool
	// Command is the message that asked, if there is one.
	Command bot.MessageID
	// Moderators may make the change too, not only the owner and managers.
	Moderators bool
	// Watch is the rule that makes the change, instead of a person. Change must check that it may.
	Watch bot.WatchCause
	// Change makes the new settings from the present ones. Its error ends the change and is returned.
	Change func(bot.Settings) (bot.Settings, error)
}

// Configure changes a chat's settings where the actor may manage it. It records each setting that changed, and refusals. A
// second run of the same work changes nothing more and returns the same.
func (r *Recaller) Configure(
	ctx context.Context, req SettingRequest,
) (decision policy.Decision, changed []bot.SettingDiff, err error) {
	decision, err = r.mayConfigure(ctx, req)
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

func (r *Recaller) mayConfigure(ctx context.Context, req SettingRequest) (policy.Decision, error) {
	may := r.rules().Policy.MayManage
	switch {
	case req.Watch != bot.WatchCause{}:
		return policy.Decision{Allow: true, Rule: policy.RuleWatch}, nil
	case req.Moderators:
		may = r.rules().Policy.May
	}
	return r.mayIn(ctx, policy.Facts{Actor: req.Who, Via: req.Via, Asked: req.Chat, P2P: req.P2P}, may)
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
	return r.recordEntry(ctx, string(req.CauseID)+"/"+string(req.Via)+"/set/"+string(diff.Key), entry)
}

package handlers

import (
	"context"
	"errors"
	"slices"

	"recallbot/bot"
	"recallbot/handlers/text"
	"recallbot/recall"
	"recallbot/recall/policy"
)

// giveUpReason is the reason for the answer when a failed run is the last one: no other follows, or the person's role was unknown
// for more than bestEffortAfter runs. It is empty if another run may succeed.
func giveUpReason(d bot.Delivery, err error) bot.Reason {
	detail := bot.Detail(err)
	switch {
	case !bot.Retryable(err) || detail.Kind == bot.RateLimited:
		return ""
	case detail.Reason == bot.ReasonUnchecked && d.Attempt > bestEffortAfter && !recall.Unreachable(err):
		return bot.ReasonUnchecked
	case d.Last:
		return bot.ReasonUnavailable
	default:
		return ""
	}
}

// giveUp answers that the command failed, and records it if the request has a Via. An unknown role counts as a refusal,
// so no error is returned; any other error is returned.
func (a *Answers) giveUp(ctx context.Context, to recipient, req recall.Request, err error, reason bot.Reason) error {
	rule := policy.RuleNoTarget
	if reason == bot.ReasonUnchecked {
		rule = policy.RuleRoleUnknown
	}
	if req.Via != "" {
		if recordErr := a.Recaller.Refuse(ctx, req, rule, reason); recordErr != nil {
			return recordErr
		}
	}
	detail := bot.Detail(err)
	told := a.tell(ctx, to, a.say(to, text.Reason(reason))+to.lang.Reference(detail.Code, detail.LogID))
	if reason == bot.ReasonUnchecked {
		return told
	}
	return errors.Join(err, told)
}

// pressed is the handler of a button. If the last run fails, the person gets the reason.
func (a *Answers) pressed(
	name string, want func(bot.Pressed) bool, handle func(context.Context, bot.Delivery, bot.Pressed) error,
) bot.Handler {
	return bot.On(name, want, func(ctx context.Context, d bot.Delivery, body bot.Pressed) error {
		err := handle(ctx, d, body)
		reason := giveUpReason(d, err)
		if reason == "" {
			return err
		}
		return a.giveUp(ctx, a.presser(ctx, d, body), recall.Request{
			CauseID: d.Event.ID, Via: bot.ViaButton, Who: body.By, Asked: body.At, Chat: body.Chat, Job: body.Press.Job,
		}, err, reason)
	})
}

// wantAction is the condition for a press of one of the actions with a key.
func wantAction(actions ...bot.Action) func(bot.Pressed) bool {
	return func(body bot.Pressed) bool {
		return body.By != "" && body.Press.Key != "" && slices.Contains(actions, body.Press.Action)
	}
}

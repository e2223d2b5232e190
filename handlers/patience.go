package handlers

import (
	"context"
	"errors"

	"recallbot/bot"
	"recallbot/handlers/text"
	"recallbot/recall"
	"recallbot/recall/policy"
)

// unanswered is why a run that failed for the moment is the last of its kind: no other follows, or the person's role could
// not be learned for so long that nobody waits for it any more. It is empty where another run may go better.
func unanswered(d bot.Delivery, err error) bot.Reason {
	detail := bot.Detail(err)
	switch {
	case !bot.Retryable(err) || detail.Kind == bot.RateLimited:
		return ""
	case detail.Reason == bot.ReasonUnchecked && d.Attempt > patience && !recall.Unreachable(err):
		return bot.ReasonUnchecked
	case d.Last:
		return bot.ReasonUnavailable
	default:
		return ""
	}
}

// giveUp records, where there is a way in to record, and tells the person that what was asked for could not be done. What
// was not tried because of the role is settled by that; anything else stays a failure.
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

// pressed is a behaviour of a button, whose last failure the person is told.
func (a *Answers) pressed(
	name string, want func(bot.Pressed) bool, handle func(context.Context, bot.Delivery, bot.Pressed) error,
) bot.Handler {
	return bot.On(name, want, func(ctx context.Context, d bot.Delivery, body bot.Pressed) error {
		err := handle(ctx, d, body)
		reason := unanswered(d, err)
		if reason == "" {
			return err
		}
		to := recipient{work: d.Event.ID, person: body.By, chat: body.Chat, lang: a.language(ctx, body.Chat, "")}
		return a.giveUp(ctx, to, recall.Request{
			CauseID: d.Event.ID, Via: bot.ViaButton, Who: body.By, Asked: body.At, Chat: body.Chat, Job: body.Press.Job,
		}, err, reason)
	})
}

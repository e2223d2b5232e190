package handlers

import (
	"context"

	"recallbot/bot"
	"recallbot/policy"
	"recallbot/recall"
)

// reactions recalls a bot's post when somebody who may puts one of the wanted emoji on it. Any other emoji, and any
// reaction of an app, ends before it becomes work.
type reactions struct {
	Parts
	answers *answers
	wanted  map[string]bool
}

func (r *reactions) want(body bot.Reacted) bool { return body.By != "" && r.wanted[body.Emoji] }

// handle is never in a hurry: whoever reacts waits for no words, so what can't be learned now is tried again.
func (r *reactions) handle(ctx context.Context, d bot.Delivery, body bot.Reacted) error {
	req := recall.Request{
		Work: d.Event.ID, Via: bot.ViaReaction, Who: body.By, Asked: body.At, Target: body.Message,
		Again: d.Again, Last: d.Last,
	}
	if r.Now().Sub(body.At) > lateness {
		return r.Recaller.Refuse(ctx, req, policy.RuleTooLate, bot.ReasonTooLate)
	}
	out, err := r.Recaller.Recall(ctx, req)
	if (err != nil && out.Result == "") || out.OK() || !worthTelling(out) {
		return err
	}
	to := recipient{work: d.Event.ID, person: body.By, chat: out.Target.Chat}
	if out.Chat != nil {
		to.noWhisper = out.Chat.P2P || out.Chat.Topics
	}
	if answerErr := r.answers.reaction(ctx, to, out); answerErr != nil {
		return answerErr
	}
	return err
}

// worthTelling tells a request from an everyday reaction: an emoji on a person's message, or on one that nobody can
// identify, was hardly meant for us.
func worthTelling(out recall.Outcome) bool {
	return out.Target.Kind == bot.KindOwn || out.Target.Kind == bot.KindBot
}

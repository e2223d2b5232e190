package handlers

import (
	"context"
	"time"

	"recallbot/bot"
	"recallbot/handlers/card"
	"recallbot/handlers/text"
	"recallbot/recall"
	"recallbot/recall/policy"
)

// offerLife is how long an offered post can be recalled by its button.
const offerLife = 10 * time.Minute

// offerState is the post that a button recalls.
type offerState struct {
	Chat    bot.ChatID    `json:"chat"`
	Message bot.MessageID `json:"message"`
	At      time.Time     `json:"at"`
}

// offer answers a /recall that names no message with our newest post of the chat and a button, for people who may recall here. It
// refuses the command for all others, and where no post is known.
func (r *Recall) offer(ctx context.Context, to recipient, said bot.Said, req recall.Request) error {
	decision, err := r.Rights.May(ctx, said.By, said.Message.Chat, said.P2P)
	if err != nil {
		return r.notFound(ctx, to, req, err)
	}
	if !decision.Allow {
		return r.Answers.reject(ctx, to, req, policy.RuleNoTarget, bot.ReasonNoTarget)
	}
	post, reason, err := r.newestOwn(ctx, said)
	if err != nil {
		return r.notFound(ctx, to, req, err)
	}
	if reason != "" {
		return r.Answers.reject(ctx, to, req, policy.RuleNoTarget, bot.ReasonNoTarget)
	}
	key, state, err := newState(ctx, r.Once, "offer", to.work, offerState{post.Chat, post.ID, post.At}, offerLife)
	if err != nil {
		return err
	}
	offered := card.Offered{At: state.At, Key: key, Help: card.HelpView{Chat: said.Message.Chat, Chinese: said.Command.Chinese}}
	if seen, err := r.Read(ctx, state.Message); err == nil {
		offered.Excerpt = bot.Abbreviate(seen.Text, maxExcerpt)
	}
	_, err = r.Answers.show(ctx, to, r.Answers.locale(to.lang).OfferNewest(offered))
	return err
}

// pressOffer recalls the post that was offered. The Recaller decides whether the person may.
func (r *Recall) pressOffer(ctx context.Context, d bot.Delivery, body bot.Pressed) error {
	to := r.Answers.presser(ctx, d, body)
	offered, ok, err := keptState[offerState](ctx, r.Once, stateKey("offer", body.Press.Key))
	if err != nil {
		return err
	}
	if !ok {
		return r.Answers.refuse(ctx, to, bot.ReasonStale)
	}
	req := recall.Request{
		CauseID: d.Event.ID, Via: bot.ViaButton, Who: body.By, Asked: body.At, Chat: offered.Chat, Target: offered.Message,
		Redelivered: d.Redelivered, BestEffort: d.Attempt > bestEffortAfter, Last: d.Last,
	}
	if req.Chat == body.Chat {
		shown, err := r.Answers.Chat(ctx, req.Chat, chatNameAge)
		if err != nil {
			return err
		}
		req.P2P = shown.P2P
	}
	out, err := r.Recaller.Recall(ctx, req)
	if err != nil && out.Result == "" {
		return err
	}
	if !out.OK() {
		if answerErr := r.Answers.outcome(ctx, to, out); answerErr != nil {
			return answerErr
		}
		return err
	}
	_, err = r.Answers.replace(ctx, body, card.Note(r.Answers.say(to, text.OfferDone)))
	return err
}

package handlers

import (
	"context"
	"time"

	"recallbot/bot"
	"recallbot/recall/jobs"
	"recallbot/recall/policy"
)

// Batch is /recall bm-…: a batch send is recalled by the platform, while a job watches.
type Batch struct {
	Answers *Answers
	Jobs    Jobs
	// May says who may recall batches, which are in many chats.
	May func(who bot.UserID, via bot.Via) policy.Decision
	Now func() time.Time
}

// Handlers implements Behaviour.
func (b *Batch) Handlers() []bot.Handler {
	return []bot.Handler{b.Answers.command(bot.VerbBatch, b.recall)}
}

func (b *Batch) recall(ctx context.Context, d bot.Delivery, said bot.Said) error {
	to, req := b.Answers.recipient(ctx, d, said), request(d, said)
	req.Target = bot.MessageID(said.Command.Args[0])
	switch decision := b.May(said.By, req.Via); {
	case !said.P2P:
		return b.Answers.reject(ctx, to, req, policy.RuleOtherChat, bot.ReasonBatchP2P)
	case !decision.Allow:
		return b.Answers.reject(ctx, to, req, decision.Rule, decision.Reason)
	case b.Now().Sub(said.Message.At) > maxCommandAge:
		return b.Answers.reject(ctx, to, req, policy.RuleTooLate, bot.ReasonTooLate)
	}
	_, err := b.Jobs.Start(ctx, jobs.Request{
		Kind: bot.JobBatch, CauseID: d.Event.ID, Who: said.By, Via: req.Via, Chat: said.Message.Chat, P2P: true,
		Command: said.Message.ID, Asked: said.Message.At, Comment: said.Command.Reason, Language: string(commandLanguage(said)),
		Batch: req.Target,
	})
	return b.Answers.denied(ctx, to, err)
}

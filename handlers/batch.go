package handlers

import (
	"context"

	"recallbot/bot"
	"recallbot/recall"
	"recallbot/recall/jobs"
	"recallbot/recall/policy"
)

// BatchRights says who may recall batches, which stand in many chats.
type BatchRights interface {
	MayBatch(who bot.UserID, via bot.Via) policy.Decision
}

// batches is /recall bm-…: a batch send is recalled by the platform, while a job watches.
type batches struct {
	Parts
	answers *answers
}

func (b *batches) recall(ctx context.Context, d bot.Delivery, said bot.Said) error {
	to, req := b.answers.recipient(ctx, d, said), request(d, said)
	req.Target = bot.MessageID(said.Command.Args[0])
	switch decision := b.BatchRights.MayBatch(said.By, req.Via); {
	case !said.P2P:
		return b.refuse(ctx, to, req, policy.Decision{Rule: policy.RuleOtherChat, Reason: bot.ReasonBatchP2P})
	case !decision.Allow:
		return b.refuse(ctx, to, req, decision)
	case b.Now().Sub(said.Message.At) > lateness:
		return b.refuse(ctx, to, req, policy.Decision{Rule: policy.RuleTooLate, Reason: bot.ReasonTooLate})
	}
	_, err := b.Jobs.Start(ctx, jobs.Request{
		Kind: bot.JobBatch, CauseID: d.Event.ID, Who: said.By, Via: req.Via, Chat: said.Message.Chat, P2P: true,
		Command: said.Message.ID, Asked: said.Message.At, Comment: said.Command.Reason, Language: string(chosen(said)),
		Batch: req.Target,
	})
	return b.answers.denied(ctx, to, err)
}

func (b *batches) refuse(ctx context.Context, to recipient, req recall.Request, decision policy.Decision) error {
	if err := b.Recaller.Refuse(ctx, req, decision.Rule, decision.Reason); err != nil {
		return err
	}
	return b.answers.refuse(ctx, to, decision.Reason)
}

package recall

import (
	"context"
	"time"

	"recallbot/bot"
	"recallbot/recall/policy"
)

// Batches recalls batch sends. The platform does so by itself, in its own time.
type Batches interface {
	// RecallBatch asks for it; asking again does no harm.
	RecallBatch(ctx context.Context, id bot.MessageID) error
	// BatchProgress tells how far the platform is.
	BatchProgress(ctx context.Context, id bot.MessageID) (bot.BatchProgress, error)
}

// RecallBatch decides, asks the platform to recall a batch, and records; Request.Target is the batch. The result is
// bot.Asked where the platform was asked. Errors are those of Recall.
func (r *Recaller) RecallBatch(ctx context.Context, req Request) (Outcome, error) {
	out, err := r.askBatch(ctx, req)
	return r.settle(ctx, req, out, err)
}

// MayBatch says whether somebody may recall batches.
func (r *Recaller) MayBatch(who bot.UserID, via bot.Via) policy.Decision {
	return r.rules.Load().Policy.MayBatch(policy.Facts{Actor: who, Via: via})
}

func (r *Recaller) askBatch(ctx context.Context, req Request) (Outcome, error) {
	target := bot.Message{ID: req.Target, Kind: bot.KindOwn}
	facts, err := r.factsOf(ctx, req, target)
	if err != nil {
		return Outcome{}, err
	}
	decision := r.rules.Load().Policy.MayBatch(facts)
	out := Outcome{Rule: decision.Rule, Reason: decision.Reason, Target: target}
	if !decision.Allow {
		out.Result = bot.Refused
		return out, nil
	}
	if r.dry(&out) {
		return out, nil
	}
	err = r.batches.RecallBatch(ctx, req.Target)
	if err == nil && r.archive != nil && req.Chat != "" {
		r.store(ctx, TakeOf(req.CauseID), req.Chat, nil, map[bot.MessageID]bot.Cause{req.Target: bot.CauseAsked})
	}
	switch {
	case err == nil && r.index != nil:
		return r.done(ctx, req, out, bot.Asked)
	case err == nil:
		out.Result = bot.Asked
		return out, nil
	case bot.Retryable(err):
		return out, err
	default:
		return out.failed(err), nil
	}
}

const (
	// BatchEvery is how often it is looked how far the platform is with a batch.
	BatchEvery = 2 * time.Second
	// BatchPatience is how long the platform may be stuck with one.
	BatchPatience = 2 * time.Minute
)

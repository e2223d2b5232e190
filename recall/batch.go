package recall

import (
	"context"
	"time"

	"recallbot/bot"
)

const (
	// BatchEvery is how often the progress of a batch is read.
	BatchEvery = 2 * time.Second
	// BatchPatience is how long a batch may make no progress.
	BatchPatience = 2 * time.Minute
)

// RecallBatch decides, starts the recall of a batch send, and records. Request.Target is the batch. The result is bot.Asked
// where the platform accepted it: the platform then recalls the messages one by one. Errors are those of Recall.
func (r *Recaller) RecallBatch(ctx context.Context, req Request) (Outcome, error) {
	out, err := r.startBatch(ctx, req)
	return r.finish(ctx, req, out, err)
}

func (r *Recaller) startBatch(ctx context.Context, req Request) (Outcome, error) {
	target := bot.Message{ID: req.Target, Kind: bot.KindOwn}
	facts, err := r.factsOf(ctx, req, target)
	if err != nil {
		return Outcome{}, err
	}
	decision := r.rules().Policy.MayBatch(facts)
	out := Outcome{Rule: decision.Rule, Reason: decision.Reason, Target: target}
	if !decision.Allow {
		out.Result = bot.Refused
		return out, nil
	}
	if r.dry(&out) {
		return out, nil
	}
	err = r.platform.RecallBatch(ctx, req.Target)
	if err == nil && r.archive.Writer != nil && req.Chat != "" {
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

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
		r.store(ctx, TakeOf(req.Work), req.Chat, nil, map[bot.MessageID]bot.Cause{req.Target: bot.CauseAsked})
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

// BatchDoor is the one door for batches: Recaller.
type BatchDoor interface {
	RecallBatch(ctx context.Context, req Request) (Outcome, error)
}

// BatchParts are what recalls of batches need.
type BatchParts struct {
	Door    BatchDoor
	Batches Batches
	Now     func() time.Time
	// DryRun tells that nothing is recalled now; without it everything is.
	DryRun func() bool
}

// Batch is the Worker of recalls of batches: it asks once and then counts what is gone.
type Batch struct{ BatchParts }

// NewBatch makes the worker.
func NewBatch(parts BatchParts) *Batch { return &Batch{parts} }

// Gather learns how many messages the batch became; just before the first page it asks the platform to recall them.
func (b *Batch) Gather(ctx context.Context, job *bot.Job) error {
	if job.State == bot.JobRunning {
		out, err := b.Door.RecallBatch(ctx, b.request(*job))
		if err != nil {
			return err
		}
		if out.Result != bot.Asked && out.Result != bot.DryRun {
			return &bot.Error{
				Kind: bot.Denied, Op: "recall the batch " + string(job.Batch), Reason: out.Reason, Code: out.Code, LogID: out.LogID,
			}
		}
	}
	progress, err := b.Batches.BatchProgress(ctx, job.Batch)
	if err != nil {
		return err
	}
	job.Total, job.Preview.Total = progress.Sent, progress.Sent
	return nil
}

func (b *Batch) request(job bot.Job) Request {
	return Request{
		Work: bot.EventID("job/" + string(job.ID)), Via: job.Via, Who: job.Who, By: job.By, Asked: job.Asked, Chat: job.Chat, P2P: job.P2P,
		Target: job.Batch, Command: job.Command, Words: job.Words, Job: job.ID,
	}
}

// Page waits until the platform has recalled more, and counts that. What is still there when nothing changed for long is
// counted as failed.
func (b *Batch) Page(
	ctx context.Context, job bot.Job, _ bool, stop <-chan struct{},
) (settled int, counts bot.Counts, err error) {
	if b.DryRun != nil && b.DryRun() {
		return job.Total - job.Next, bot.Counts{bot.CauseDryRun: job.Total - job.Next}, nil
	}
	for till := b.Now().Add(BatchPatience); ; {
		progress, err := b.Batches.BatchProgress(ctx, job.Batch)
		if err != nil {
			return 0, nil, err
		}
		if more := min(progress.Recalled, job.Total) - job.Next; more > 0 {
			return more, bot.Counts{bot.CauseRecalled: more}, nil
		}
		if left := job.Total - job.Next; !b.Now().Before(till) {
			return left, bot.Counts{bot.CauseFailed: left}, nil
		}
		if !pause(ctx, stop, BatchEvery) {
			return 0, nil, stopped(ctx, "watch the batch "+string(job.Batch))
		}
	}
}

// pause waits, and reports false when that was cut short.
func pause(ctx context.Context, stop <-chan struct{}, wait time.Duration) bool {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-stop:
		return false
	case <-ctx.Done():
		return false
	}
}

// stopped is no error where a page was told to end early.
func stopped(ctx context.Context, op string) error {
	if ctx.Err() != nil {
		return bot.Errorf(bot.Unavailable, "%s: %w", op, ctx.Err())
	}
	return nil
}

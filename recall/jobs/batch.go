package jobs

import (
	"context"
	"time"

	"recallbot/bot"
	"recallbot/recall"
)

// BatchDeps are the dependencies of Batch.
type BatchDeps struct {
	Recaller *recall.Recaller
	// Progress reads how far the platform is with the recall of a batch.
	Progress func(ctx context.Context, id bot.MessageID) (bot.BatchProgress, error)
	Now      func() time.Time
	// DryRun reports whether nothing is to be recalled now. It may be nil.
	DryRun func() bool
}

// Batch is the Worker for batches: it asks the platform once and then reads the progress.
type Batch struct{ BatchDeps }

// NewBatch makes the worker.
func NewBatch(deps BatchDeps) *Batch { return &Batch{deps} }

// Gather reads how many messages the batch became, and asks the platform to recall them. Reading comes first: an error of it
// repeats the whole step, and the platform is to be asked once.
func (b *Batch) Gather(ctx context.Context, job *bot.Job) error {
	progress, err := b.Progress(ctx, job.Batch)
	if bot.Retryable(err) {
		return err
	}
	if job.State == bot.JobRunning {
		out, askErr := b.Recaller.RecallBatch(ctx, b.request(*job))
		if askErr != nil {
			return askErr
		}
		if out.Result != bot.Asked && out.Result != bot.DryRun {
			return &bot.Error{
				Kind: bot.Denied, Op: "recall the batch " + string(job.Batch), Reason: out.Reason, Code: out.Code, LogID: out.LogID,
			}
		}
	}
	if err != nil {
		return err
	}
	job.Total, job.Preview.Total = progress.Sent, progress.Sent
	return nil
}

func (b *Batch) request(job bot.Job) recall.Request {
	return recall.Request{
		CauseID: bot.EventID("job/" + string(job.ID)), Via: job.Via, Who: job.Who, By: job.By, Asked: job.Asked, Chat: job.Chat, P2P: job.P2P,
		Target: job.Batch, Command: job.Command, Comment: job.Comment, Job: job.ID,
	}
}

// Page waits until the platform has recalled more. After BatchPatience without progress the rest has failed.
func (b *Batch) Page(
	ctx context.Context, job bot.Job, _ bool, stop <-chan struct{},
) (settled int, counts bot.Counts, err error) {
	if b.DryRun != nil && b.DryRun() {
		return job.Total - job.Next, bot.Counts{bot.CauseDryRun: job.Total - job.Next}, nil
	}
	for till := b.Now().Add(recall.BatchPatience); ; {
		progress, err := b.Progress(ctx, job.Batch)
		if err != nil {
			return 0, nil, err
		}
		if more := min(progress.Recalled, job.Total) - job.Next; more > 0 {
			return more, bot.Counts{bot.CauseRecalled: more}, nil
		}
		if left := job.Total - job.Next; !b.Now().Before(till) {
			return left, bot.Counts{bot.CauseFailed: left}, nil
		}
		if !pause(ctx, stop, recall.BatchEvery) {
			return 0, nil, interrupted(ctx, "watch the batch "+string(job.Batch))
		}
	}
}

// pause waits, and reports false where stop or ctx ended first.
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

// interrupted is the error of a page that ended early; nil where the job is to stop.
func interrupted(ctx context.Context, op string) error {
	if ctx.Err() != nil {
		return bot.Errorf(bot.Unavailable, "%s: %w", op, ctx.Err())
	}
	return nil
}

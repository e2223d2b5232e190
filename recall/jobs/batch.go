package jobs

import (
	"context"
	"time"

	"recallbot/bot"
	"recallbot/recall"
)

// BatchRecaller is the one door for batches: Recaller.
type BatchRecaller interface {
	RecallBatch(ctx context.Context, req recall.Request) (recall.Outcome, error)
}

// Batches reads how far the platform is with the recall of a batch.
type Batches interface {
	BatchProgress(ctx context.Context, id bot.MessageID) (bot.BatchProgress, error)
}

// BatchDeps are what recalls of batches need.
type BatchDeps struct {
	Door    BatchRecaller
	Batches Batches
	Now     func() time.Time
	// DryRun tells that nothing is recalled now; without it everything is.
	DryRun func() bool
}

// Batch is the Worker of recalls of batches: it asks once and then counts what is gone.
type Batch struct{ BatchDeps }

// NewBatch makes the worker.
func NewBatch(parts BatchDeps) *Batch { return &Batch{parts} }

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

func (b *Batch) request(job bot.Job) recall.Request {
	return recall.Request{
		CauseID: bot.EventID("job/" + string(job.ID)), Via: job.Via, Who: job.Who, By: job.By, Asked: job.Asked, Chat: job.Chat, P2P: job.P2P,
		Target: job.Batch, Command: job.Command, Comment: job.Comment, Job: job.ID,
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
	for till := b.Now().Add(recall.BatchPatience); ; {
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
		if !pause(ctx, stop, recall.BatchEvery) {
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

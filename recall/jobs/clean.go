package jobs

import (
	"context"
	"time"

	"recallbot/bot"
	"recallbot/recall"
)

// freshFor is how long what was found holds where nobody was asked.
const freshFor = 3 * time.Second

// Targets keep what jobs are to do with each message, in their order.
type Targets interface {
	// Reset forgets the job's targets.
	Reset(ctx context.Context, job bot.Job) error
	// Append adds some at the end, at most 50.
	Append(ctx context.Context, job bot.Job, targets []bot.Target) error
	// Page gives up to n from an index on; none beyond the end.
	Page(ctx context.Context, job bot.Job, from, n int) ([]bot.Target, error)
	// Arrange puts some that are there into another order, from an index on. It does nothing for a job that was saved
	// since it was loaded.
	Arrange(ctx context.Context, job bot.Job, from int, targets []bot.Target) error
	// Fail notes which of the targets from one index to another (not included) can be tried again, and no others of them.
	Fail(ctx context.Context, job bot.Job, from, to int, failed []int) error
}

// Failures give the targets of a job that can be tried again, in their order, up to n after the first skip of them.
type Failures interface {
	Failed(ctx context.Context, job bot.Job, skip, n int) ([]bot.Target, error)
}

// Previews remember what a job has shown.
type Previews interface {
	// Show remembers messages as shown; Shown tells of each whether it was.
	Show(ctx context.Context, job bot.Job, ids []bot.MessageID) error
	Shown(ctx context.Context, job bot.Job, ids []bot.MessageID) ([]bool, error)
}

// Recaller is the one door: Recaller.
type Recaller interface {
	Recall(ctx context.Context, req recall.Request) (recall.Outcome, error)
}

// Known finds messages in the index.
type Known interface {
	Find(ctx context.Context, id bot.MessageID) (bot.Message, bool, error)
}

// Selects finds what a job's filter means, newest first, at most 50 at a time, and tells what it found.
type Selects interface {
	Select(
		ctx context.Context, job bot.Job, take func(ctx context.Context, page []bot.Seen) error,
	) (bot.Preview, error)
}

// CleanDeps are what clean-ups need.
type CleanDeps struct {
	Selects  Selects
	Targets  Targets
	Failures Failures
	Previews Previews
	Door     Recaller
	Index    Known
	// Archive is nil where nothing is kept.
	Archive recall.ArchiveWriter
	// Now is the clock.
	Now func() time.Time
}

// Clean is the Worker of clean-ups.
type Clean struct{ CleanDeps }

// NewClean makes the worker.
func NewClean(parts CleanDeps) *Clean { return &Clean{parts} }

// Gather selects what the filter means, or takes what another job could not recall. Before the first page, nothing is
// taken that was not shown, and what is to be taken is noted in the archive.
func (c *Clean) Gather(ctx context.Context, job *bot.Job) error {
	if c.isFresh(*job) {
		return nil
	}
	if err := c.Targets.Reset(ctx, *job); err != nil {
		return err
	}
	job.Total = 0
	if job.Of != "" {
		return c.takeOver(ctx, job)
	}
	preview, err := c.Selects.Select(ctx, *job, func(ctx context.Context, page []bot.Seen) error {
		n, err := c.take(ctx, *job, page)
		job.Total += n
		return err
	})
	if err == nil && job.State == bot.JobNew {
		job.Preview = preview
	}
	return err
}

// isFresh reports whether what was found a moment ago, for nobody to look at, is what the job is about: then gathering
// again would find the same.
func (c *Clean) isFresh(job bot.Job) bool {
	return job.State == bot.JobRunning && c.Archive == nil && job.Confirmed == "" && job.Approver == "" &&
		!job.Found.IsZero() && c.Now().Sub(job.Found) < freshFor
}

// take keeps a page of what was found, and tells how many of it the job is about.
func (c *Clean) take(ctx context.Context, job bot.Job, page []bot.Seen) (int, error) {
	ids := make([]bot.MessageID, len(page))
	for i, m := range page {
		ids[i] = m.ID
	}
	if job.State == bot.JobNew {
		if err := c.Previews.Show(ctx, job, ids); err != nil {
			return 0, err
		}
		return len(page), c.Targets.Append(ctx, job, targetsOf(page))
	}
	shown, err := c.Previews.Shown(ctx, job, ids)
	if err != nil {
		return 0, err
	}
	meant := make([]bot.Seen, 0, len(page))
	for i, m := range page {
		if shown[i] {
			meant = append(meant, m)
		}
	}
	if err := c.archive(ctx, job, meant); err != nil {
		return 0, err
	}
	return len(meant), c.Targets.Append(ctx, job, targetsOf(meant))
}

// archive notes what is about to be recalled.
func (c *Clean) archive(ctx context.Context, job bot.Job, page []bot.Seen) error {
	if c.Archive == nil {
		return nil
	}
	posts, lost := recall.Archivable(page)
	return c.Archive.Keep(ctx, job.ID, job.Chat, posts, lost)
}

// Leave forgets what was noted of the targets that the job ends without.
func (c *Clean) Leave(ctx context.Context, job bot.Job) error {
	for from := job.Next; c.Archive != nil && from < job.Total; from += stepSize {
		targets, err := c.Targets.Page(ctx, job, from, stepSize)
		if err != nil {
			return err
		}
		left := make([]bot.MessageID, len(targets))
		for i, target := range targets {
			left[i] = target.Message.ID
		}
		if err := c.Archive.Drop(ctx, job.ID, job.Chat, left); err != nil {
			return err
		}
	}
	return nil
}

// takeOver takes what the job could not recall that this one tries again.
func (c *Clean) takeOver(ctx context.Context, job *bot.Job) error {
	of := bot.Job{ID: job.Of, Chat: job.Chat}
	for {
		targets, err := c.Failures.Failed(ctx, of, job.Total, stepSize)
		if err != nil || len(targets) == 0 {
			job.Preview.Total = job.Total
			return err
		}
		if err := c.Targets.Append(ctx, *job, targets); err != nil {
			return err
		}
		job.Total += len(targets)
		job.CountChats(targets)
	}
}

func targetsOf(page []bot.Seen) []bot.Target {
	targets := make([]bot.Target, len(page))
	for i, m := range page {
		targets[i] = bot.Target{Message: m.Message, Parent: m.Parent, Topic: m.Topic}
	}
	return targets
}

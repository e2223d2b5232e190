package jobs

import (
	"context"
	"time"

	"recallbot/bot"
	"recallbot/recall"
)

// freshFor is how long found targets are used without another search, where no person was asked.
const freshFor = 3 * time.Second

// Targets store the targets of jobs, in order.
type Targets interface {
	// Reset deletes the job's targets.
	Reset(ctx context.Context, job bot.Job) error
	// Append adds targets at the end, at most 50.
	Append(ctx context.Context, job bot.Job, targets []bot.Target) error
	// Page gives up to n targets from an index on; none beyond the end.
	Page(ctx context.Context, job bot.Job, from, n int) ([]bot.Target, error)
	// Arrange replaces targets by the same ones in another order, from an index on. It does nothing for a job that was saved since
	// it was loaded.
	Arrange(ctx context.Context, job bot.Job, from int, targets []bot.Target) error
	// Fail sets which of the targets from one index to another (exclusive) can be tried again.
	Fail(ctx context.Context, job bot.Job, from, to int, failed []int) error
}

// Previews remember the messages that a job has shown.
type Previews interface {
	// Show marks messages as shown; Shown reports which are.
	Show(ctx context.Context, job bot.Job, ids []bot.MessageID) error
	Shown(ctx context.Context, job bot.Job, ids []bot.MessageID) ([]bool, error)
}

// SelectFunc finds the messages of a job's filter, the newest first, at most 50 at a time.
type SelectFunc func(
	ctx context.Context, job bot.Job, take func(ctx context.Context, page []bot.Seen) error,
) (bot.Preview, error)

// CleanDeps are the dependencies of Clean.
type CleanDeps struct {
	Select SelectFunc
	// Parts and Settings are for clean-ups over all groups.
	Parts    PartsFunc
	Settings func(ctx context.Context, chat bot.ChatID) (bot.Settings, error)
	Targets  Targets
	// Failed gives the targets of a job that can be tried again, in order: up to n after the first skip of them.
	Failed   func(ctx context.Context, job bot.Job, skip, n int) ([]bot.Target, error)
	Previews Previews
	// Recall is recall.Recaller.Recall.
	Recall func(ctx context.Context, req recall.Request) (recall.Outcome, error)
	// Find finds a message in the index.
	Find func(ctx context.Context, id bot.MessageID) (bot.Message, bool, error)
	// Archive may be nil.
	Archive recall.ArchiveWriter
	Now     func() time.Time
}

// Clean is the Worker for clean-ups.
type Clean struct{ CleanDeps }

// NewClean makes the worker.
func NewClean(deps CleanDeps) *Clean { return &Clean{deps} }

// Gather selects the messages of the filter, or the failed targets of another job. Before the first page it drops messages
// that were not in the preview, and archives the rest.
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
	if job.Filter.Everywhere {
		return c.gatherEverywhere(ctx, job)
	}
	preview, err := c.Select(ctx, *job, func(ctx context.Context, page []bot.Seen) error {
		n, err := c.take(ctx, *job, page)
		job.Total += n
		return err
	})
	if err == nil && job.State == bot.JobNew {
		job.Preview = preview
	}
	return err
}

// isFresh reports whether the targets were found a moment ago and shown to no person, so that they need not be searched again.
func (c *Clean) isFresh(job bot.Job) bool {
	return job.State == bot.JobRunning && c.Archive == nil && !job.Filter.Everywhere && job.Confirmed == "" && job.Approver == "" &&
		!job.Found.IsZero() && c.Now().Sub(job.Found) < freshFor
}

// take stores a page of found messages as targets, and returns their number.
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
	selected := make([]bot.Seen, 0, len(page))
	for i, m := range page {
		if shown[i] {
			selected = append(selected, m)
		}
	}
	if err := c.archive(ctx, job, selected); err != nil {
		return 0, err
	}
	return len(selected), c.Targets.Append(ctx, job, targetsOf(selected))
}

// archive archives messages before they are recalled.
func (c *Clean) archive(ctx context.Context, job bot.Job, page []bot.Seen) error {
	if c.Archive == nil {
		return nil
	}
	posts, lost := recall.Archivable(page)
	return c.Archive.Keep(ctx, job.ID, job.Chat, posts, lost)
}

// Leave removes the targets that the job did not reach from the archive.
func (c *Clean) Leave(ctx context.Context, job bot.Job) error {
	for from := job.Next; c.Archive != nil && !job.Filter.Everywhere && from < job.Total; from += stepSize {
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

// takeOver makes the failed targets of another job those of this one.
func (c *Clean) takeOver(ctx context.Context, job *bot.Job) error {
	of := bot.Job{ID: job.Of, Chat: job.Chat}
	for {
		targets, err := c.Failed(ctx, of, job.Total, stepSize)
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

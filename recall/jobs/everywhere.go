package jobs

import (
	"context"
	"errors"

	"recallbot/bot"
)

// PartsFunc returns the groups in which a person may recall, one after the other; reason is set for those in which our bot can't act on what the
// filter means.
// Unseen is what may be missing.
type PartsFunc func(ctx context.Context, job bot.Job, take func(part bot.PreviewPart) error) (unseen []bot.Unseen, err error)

// gatherEverywhere selects the messages of the filter in each group where the person may recall. Groups in which a second person has to approve as
// many as were found together are left out.
func (c *Clean) gatherEverywhere(ctx context.Context, job *bot.Job) error {
	var all []part
	total := bot.Preview{Skipped: bot.Counts{}}
	unseen, err := c.Parts(ctx, *job, func(group bot.PreviewPart) error {
		found := part{PreviewPart: group}
		if group.Reason == "" {
			if err := c.gatherPart(ctx, *job, &found); err != nil {
				return err
			}
		}
		if found.Total > 0 || found.Reason != "" {
			all = append(all, found)
		}
		return nil
	})
	if err != nil {
		return err
	}
	if err := c.leaveForApproval(ctx, all); err != nil {
		return err
	}
	for _, p := range all {
		if err := c.keepPart(ctx, job, p); err != nil {
			return err
		}
		if p.Reason == "" {
			total.Add(p.preview)
		}
		total.Parts = append(total.Parts, p.PreviewPart)
	}
	if job.State == bot.JobNew {
		total.Unseen = append(unseen, total.Unseen...)
		total.Total = job.Total
		job.Preview = total
	}
	return nil
}

// leaveForApproval leaves out the groups in which a second person has to approve as many as were found together.
func (c *Clean) leaveForApproval(ctx context.Context, all []part) error {
	sum := 0
	for _, p := range all {
		sum += p.Total
	}
	for i, p := range all {
		settings, err := c.Settings(ctx, p.Chat)
		if err != nil {
			return err
		}
		if p.Total > 0 && settings.ApproveFrom > 0 && sum >= settings.ApproveFrom {
			all[i].Reason, all[i].Total, all[i].pages = bot.ReasonNeedsApproval, 0, nil
		}
	}
	return nil
}

// part is one group of a clean-up over all groups.
type part struct {
	bot.PreviewPart

	preview bot.Preview
	pages   [][]bot.Target
}

// gatherPart selects the messages of one group. What can't be searched is left out with the reason.
func (c *Clean) gatherPart(ctx context.Context, job bot.Job, p *part) error {
	there := job
	there.Chat, there.Topic, there.P2P, there.Command = p.Chat, "", false, ""
	preview, err := c.Select(ctx, there, func(_ context.Context, page []bot.Seen) error {
		p.pages = append(p.pages, targetsOf(page))
		return nil
	})
	if refusal, ok := errors.AsType[*bot.Error](err); ok && refusal.Kind == bot.Denied {
		p.Reason, p.pages = refusal.Reason, nil
		return nil
	}
	p.preview, p.Total = preview, preview.Total
	return err
}

// keepPart stores the targets of one group: in the run those that the preview showed.
func (c *Clean) keepPart(ctx context.Context, job *bot.Job, p part) error {
	for _, page := range p.pages {
		selected, err := c.shown(ctx, *job, page)
		if err == nil {
			err = c.Targets.Append(ctx, *job, selected)
		}
		if err != nil {
			return err
		}
		job.Total += len(selected)
	}
	return nil
}

// shown marks targets as shown by a new job's preview; in the run it returns those that were.
func (c *Clean) shown(ctx context.Context, job bot.Job, page []bot.Target) ([]bot.Target, error) {
	ids := make([]bot.MessageID, len(page))
	for i, target := range page {
		ids[i] = target.Message.ID
	}
	if job.State == bot.JobNew {
		return page, c.Previews.Show(ctx, job, ids)
	}
	shown, err := c.Previews.Shown(ctx, job, ids)
	if err != nil {
		return nil, err
	}
	var selected []bot.Target
	for i, target := range page {
		if shown[i] {
			selected = append(selected, target)
		}
	}
	return selected, nil
}

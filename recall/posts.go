package recall

import (
	"context"

	"recallbot/bot"
)

// Groups knows what was posted through the API.
type Groups interface {
	Posted
	// Group gives a group's posts, the oldest first, some at a time, and the cursor of what follows; empty at the end.
	Group(ctx context.Context, team bot.TeamID, group bot.GroupID, cursor string) (page []bot.Post, next string, err error)
	// Cancel sees to it that what is not sent yet is not sent any more, or is taken back as soon as it stands.
	Cancel(ctx context.Context, team bot.TeamID, group bot.GroupID) error
}

// PostsParts are what recalls of posts need besides what clean-ups do.
type PostsParts struct {
	Groups  Groups
	Batches BatchDoor
}

// Posts is the Worker that recalls posts that were named, or all of a group, wherever they stand.
type Posts struct {
	*Clean
	PostsParts
}

// NewPosts makes the worker.
func NewPosts(clean CleanParts, parts PostsParts) *Posts {
	clean.Door = bothDoors{clean.Door, parts.Batches}
	return &Posts{NewClean(clean), parts}
}

// bothDoors recalls messages and batch sends.
type bothDoors struct {
	Door

	batches BatchDoor
}

func (d bothDoors) Recall(ctx context.Context, req Request) (Outcome, error) {
	if bot.IsBatch(req.Target) {
		return d.batches.RecallBatch(ctx, req)
	}
	return d.Door.Recall(ctx, req)
}

// Gather finds the posts. Just before the first page, what is still to be sent to the group is held back.
func (p *Posts) Gather(ctx context.Context, job *bot.Job) error {
	if err := p.Targets.Reset(ctx, *job); err != nil {
		return err
	}
	job.Total = 0
	if job.Of != "" {
		return p.takeOver(ctx, job)
	}
	if job.Group == "" {
		return p.named(ctx, job)
	}
	if job.State == bot.JobRunning {
		if err := p.Groups.Cancel(ctx, job.Team, job.Group); err != nil {
			return err
		}
	}
	for cursor := ""; ; {
		page, next, err := p.Groups.Group(ctx, job.Team, job.Group, cursor)
		if err != nil {
			return err
		}
		if err := p.add(ctx, job, standing(page)); err != nil {
			return err
		}
		if cursor = next; cursor == "" {
			return nil
		}
	}
}

// named are the messages that the request named; of those that are posts of ours, more is known.
func (p *Posts) named(ctx context.Context, job *bot.Job) error {
	posts, err := p.Groups.OfAll(ctx, job.Named)
	if err != nil {
		return err
	}
	targets := make([]bot.Target, 0, len(job.Named))
	for i, id := range job.Named {
		target := bot.Target{Message: bot.Message{ID: id}}
		if posts[i] != nil {
			target = targetOf(*posts[i])
		}
		targets = append(targets, target)
	}
	return p.add(ctx, job, targets)
}

// add keeps targets, as many at a time as the store takes.
func (p *Posts) add(ctx context.Context, job *bot.Job, targets []bot.Target) error {
	for len(targets) > 0 {
		some := targets[:min(pageSize, len(targets))]
		if err := p.Targets.Append(ctx, *job, some); err != nil {
			return err
		}
		job.Total += len(some)
		job.Preview.Total = job.Total
		targets = targets[len(some):]
	}
	return nil
}

// standing are the targets among posts: those that became messages and were not taken back.
func standing(posts []bot.Post) []bot.Target {
	var targets []bot.Target
	for _, post := range posts {
		if post.Message != "" && post.State == bot.PostSent {
			targets = append(targets, targetOf(post))
		}
	}
	return targets
}

func targetOf(post bot.Post) bot.Target {
	return bot.Target{Message: bot.Message{
		ID: post.Message, Chat: post.Chat, Kind: post.Kind, Sender: bot.MarkOf(post.Author), At: post.Sent,
	}}
}

// across makes the request one for a target in its own chat, wherever the job was asked for.
func (req *Request) across(known bot.Message) {
	req.Chat, req.P2P, req.Keep = known.Chat, false, true
	if known.Kind == bot.KindUnknown && known.Chat == "" {
		req.Known = nil
	}
}

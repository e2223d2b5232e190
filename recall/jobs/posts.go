package jobs

import (
	"context"

	"recallbot/bot"
	"recallbot/recall"
)

// Groups knows what was posted through the API.
type Groups interface {
	recall.Posts
	// Group gives a group's posts, the oldest first, some at a time, and the cursor of what follows; empty at the end.
	Group(ctx context.Context, team bot.TeamID, group bot.GroupID, cursor string) (page []bot.Post, next string, err error)
	// Complete makes sure that Group gives every post that was accepted for the group.
	Complete(ctx context.Context, team bot.TeamID, group bot.GroupID) error
}

// PostsDeps are what recalls of posts need besides what clean-ups do.
type PostsDeps struct {
	Groups   Groups
	Messages Identifies
}

// Identifies tells whose message it is and where.
type Identifies interface {
	// Identify gives KindUnknown and no chat where nobody can tell. An error is worth another try.
	Identify(ctx context.Context, id bot.MessageID) (bot.Message, error)
}

// Posts is the Worker that recalls posts that were named, or those of a group, wherever they are; what is not sent yet is
// cancelled.
type Posts struct {
	*Clean
	PostsDeps
}

// NewPosts makes the worker.
func NewPosts(clean CleanDeps, parts PostsDeps) *Posts {
	return &Posts{NewClean(clean), parts}
}

// Gather finds the posts, those that are not sent yet too.
func (p *Posts) Gather(ctx context.Context, job *bot.Job) error {
	if err := p.Targets.Reset(ctx, *job); err != nil {
		return err
	}
	job.Total, job.Chats = 0, nil
	if job.Of != "" {
		return p.takeOver(ctx, job)
	}
	if job.Group == "" {
		return p.named(ctx, job)
	}
	if err := p.Groups.Complete(ctx, job.Team, job.Group); err != nil {
		return err
	}
	for cursor := ""; ; {
		page, next, err := p.Groups.Group(ctx, job.Team, job.Group, cursor)
		if err != nil {
			return err
		}
		if err := p.add(ctx, job, meant(*job, page)); err != nil {
			return err
		}
		if cursor = next; cursor == "" {
			return nil
		}
	}
}

// named are the messages that the request named, with what is known of them.
func (p *Posts) named(ctx context.Context, job *bot.Job) error {
	posts, err := p.Groups.OfAll(ctx, job.Named)
	if err != nil {
		return err
	}
	targets := make([]bot.Target, 0, len(job.Named))
	for i, id := range job.Named {
		target := bot.Target{Message: bot.Message{ID: id}}
		switch {
		case posts[i] != nil:
			target = targetOf(*posts[i])
		case !bot.IsBatch(id):
			if target.Message, err = p.Messages.Identify(ctx, id); err != nil {
				return err
			}
		}
		targets = append(targets, target)
	}
	return p.add(ctx, job, targets)
}

// add keeps targets, as many at a time as the store takes.
func (p *Posts) add(ctx context.Context, job *bot.Job, targets []bot.Target) error {
	for len(targets) > 0 {
		some := targets[:min(stepSize, len(targets))]
		if err := p.Targets.Append(ctx, *job, some); err != nil {
			return err
		}
		job.Total += len(some)
		job.CountChats(some)
		job.Preview.Total = job.Total
		targets = targets[len(some):]
	}
	return nil
}

// meant are the targets among a group's posts: those that are sent or will be, that were accepted before the job was asked for,
// and where a person asked, that person's.
func meant(job bot.Job, posts []bot.Post) []bot.Target {
	var targets []bot.Target
	for _, post := range posts {
		switch {
		case job.By == nil && post.Author != job.Who, job.Epoch > 0 && post.Epoch >= job.Epoch:
		case post.State == bot.PostQueued, post.State == bot.PostSent && post.Message != "":
			targets = append(targets, targetOf(post))
		}
	}
	return targets
}

func targetOf(post bot.Post) bot.Target {
	if known := post.Known(); known != nil {
		return bot.Target{Message: *known}
	}
	if post.Message != "" {
		return bot.Target{Message: bot.Message{ID: post.Message}}
	}
	return bot.Target{Post: post.ID, Message: bot.Message{Chat: post.Chat, Sender: bot.Hash64Of(post.Author)}}
}

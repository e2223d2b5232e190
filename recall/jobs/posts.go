package jobs

import (
	"context"

	"recallbot/bot"
)

// Groups are the posts of the API.
type Groups interface {
	// OfAll finds the posts of messages, in their order; nil where there is none.
	OfAll(ctx context.Context, ids []bot.MessageID) ([]*bot.Post, error)
	// Group gives a page of a group's posts, the oldest first, and the cursor of the next one; empty at the end.
	Group(ctx context.Context, team bot.TeamID, group bot.GroupID, cursor string) (page []bot.Post, next string, err error)
	// Complete makes Group include every post that was accepted for the group.
	Complete(ctx context.Context, team bot.TeamID, group bot.GroupID) error
}

// PostsDeps are the dependencies of Posts besides CleanDeps.
type PostsDeps struct {
	Groups Groups
	// Identify looks up the sender and the chat of a message: KindUnknown and no chat where they are not known. An error is
	// worth another try.
	Identify func(ctx context.Context, id bot.MessageID) (bot.Message, error)
}

// Posts is the Worker that recalls named posts, or those of a group, in all chats. It cancels posts that are not sent yet.
type Posts struct {
	*Clean
	PostsDeps
}

// NewPosts makes the worker.
func NewPosts(clean CleanDeps, deps PostsDeps) *Posts {
	return &Posts{NewClean(clean), deps}
}

// Gather finds the posts, also those that are not sent yet.
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
		if err := p.add(ctx, job, selectPosts(*job, page)); err != nil {
			return err
		}
		if cursor = next; cursor == "" {
			return nil
		}
	}
}

// named looks up the messages that the request named.
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
			if target.Message, err = p.Identify(ctx, id); err != nil {
				return err
			}
		}
		targets = append(targets, target)
	}
	return p.add(ctx, job, targets)
}

// add stores targets, stepSize at a time.
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

// selectPosts selects a group's posts that are queued or sent and were accepted before the job, and where a person asked, that
// person's.
func selectPosts(job bot.Job, posts []bot.Post) []bot.Target {
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
	return bot.Target{Post: post.ID, Message: bot.Message{Chat: post.Chat, Sender: bot.HashOf(post.Author)}}
}

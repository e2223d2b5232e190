package recall

import (
	"context"

	"recallbot/bot"
)

// recallPost recalls a post of the API. A post that is not sent yet is decided on as its message would be, cancelled, and
// recorded with the result bot.Cancelled. A sent one is recalled by its message.
func (r *Recaller) recallPost(ctx context.Context, req Request) (Outcome, error) {
	post, err := r.posts.Find(ctx, req.Post)
	if err != nil {
		return Outcome{}, err
	}
	if post.Message == "" {
		queued := req
		queued.Target, queued.Chat = bot.MessageID(post.ID), post.Chat
		out, sent, err := r.cancel(ctx, queued, post)
		if sent.Message == "" {
			return r.finish(ctx, queued, out, err)
		}
		post = sent
	}
	req.Post, req.Target, req.Known, req.Chat = "", post.Message, post.Known(), post.Chat
	return r.Recall(ctx, req)
}

// cancel decides on a post that is not sent yet, and cancels it. Where it was sent in between, it gives the post as sent.
func (r *Recaller) cancel(ctx context.Context, req Request, post bot.Post) (out Outcome, sent bot.Post, err error) {
	target := bot.Message{ID: req.Target, Chat: post.Chat, Kind: bot.KindOwn, Sender: bot.HashOf(post.Author)}
	out, err = r.decideKnown(ctx, req, target, &post)
	if err != nil || out.Result != "" {
		return out, bot.Post{}, err
	}
	by := bot.Cancellation{Who: req.Who, Job: req.Job}
	if req.By != nil {
		by.Token, by.Team = req.By.Token, req.By.Team
	}
	now, fresh, err := r.posts.Cancel(ctx, post.ID, by)
	switch {
	case err != nil:
		return Outcome{}, bot.Post{}, err
	case now.State != bot.PostCancelled && now.Message != "":
		return out, now, nil
	case now.State == bot.PostCancelled && (fresh || req.Redelivered):
		out.Result = bot.Cancelled
	default: // cancelled by another request, or not sendable
		out.Result = bot.AlreadyGone
	}
	return out, bot.Post{}, nil
}

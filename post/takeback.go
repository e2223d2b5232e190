package post

import (
	"context"
	"time"

	"recallbot/bot"
	"recallbot/recall"
)

// lateRecall is for how long a recall is tried that the platform does not answer.
const lateRecall = 8 * time.Hour

// takeBack recalls a post that was cancelled while it was being sent: in the name of whoever had it posted, or because its
// time was over.
func (p *Poster) takeBack(ctx context.Context, post bot.Post) error {
	req := p.request(post, "cancelled/")
	if post.Token != "" && (post.Expires.IsZero() || p.Now().Before(post.Expires)) {
		req.Via, req.By = bot.ViaAPI, &bot.Principal{Token: post.Token, Team: post.Team, Own: true, Any: true}
	}
	_, err := p.recall(ctx, req)
	return err
}

// request asks for the recall of a post because its time is over.
func (p *Poster) request(post bot.Post, cause string) recall.Request {
	req := recall.Request{
		Work: bot.EventID(cause + string(post.ID)), Via: bot.ViaLifetime, Asked: p.Now(), Chat: post.Chat, Target: post.Message,
		Known: &bot.Message{
			ID: post.Message, Chat: post.Chat, Kind: post.Kind, Sender: bot.MarkOf(post.Author), At: post.Sent,
		},
		Again: true,
	}
	if cause == expired && !post.Expires.IsZero() {
		req.Asked = post.Expires
	}
	req.Last = p.Now().Sub(req.Asked) > lateRecall
	return req
}

func (p *Poster) recall(ctx context.Context, req recall.Request) (recall.Outcome, error) {
	if bot.IsBatch(req.Target) {
		return p.Door.RecallBatch(ctx, req)
	}
	return p.Door.Recall(ctx, req)
}

// Cancel takes back a post that is not sent yet, and gives what it is then: cancelled, also where it is being sent just
// then and is taken back as soon as it stands; else it was too late, and the post is as it was.
func (p *Poster) Cancel(ctx context.Context, id bot.PostID) (bot.Post, error) {
	return p.Store.Change(ctx, id, func(post *bot.Post) bool {
		if post.State != bot.PostQueued {
			return false
		}
		post.State = bot.PostCancelled
		return true
	})
}

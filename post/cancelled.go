package post

import (
	"context"
	"time"

	"recallbot/bot"
	"recallbot/recall"
)

// maxRecallTime is how long a recall is tried.
const maxRecallTime = 8 * time.Hour

// recallCancelled recalls a post that was cancelled while it was being sent. The right was checked when it was cancelled.
func (p *Poster) recallCancelled(ctx context.Context, post bot.Post) error {
	req := p.request("cancelled/", post)
	req.Via, req.Asked = bot.ViaCancelled, p.Now()
	if by := post.CancelledBy; by != nil {
		req.Who, req.Job = by.Who, by.Job
		if by.Token != "" {
			req.By = &bot.Principal{Token: by.Token, Team: by.Team}
		}
	}
	_, err := p.Recaller.Recall(ctx, req)
	return err
}

// request asks for the recall of a post. The cause is one for each message of the post.
func (p *Poster) request(cause string, post bot.Post) recall.Request {
	work := bot.EventID(cause + string(post.ID) + "/" + string(post.Message))
	return recall.Request{CauseID: work, Post: post.ID, Redelivered: true}
}

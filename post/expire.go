package post

import (
	"context"

	"recallbot/bot"
)

// expired is the cause of a recall because a post's time is over.
const expired = "expired/"

// Expire takes a post back whose time is over, or sees to it that it is not sent. An error asks for another run.
func (p *Poster) Expire(ctx context.Context, id bot.PostID) error {
	post, err := p.Store.Find(ctx, id)
	switch {
	case bot.KindOf(err) == bot.NotFound:
		return nil
	case err != nil:
		return err
	case post.State != bot.PostSent && post.State != bot.PostQueued:
		return nil
	case p.Now().Before(post.Expires): // it was restored meanwhile
		return p.Work.Expire(ctx, id, post.Expires)
	}
	req := p.request(expired, post)
	req.Via, req.Asked = bot.ViaLifetime, post.Expires
	req.Last = p.Now().Sub(req.Asked) > maxRecallTries
	_, err = p.Recaller.Recall(ctx, req)
	if err != nil && !bot.Retryable(err) {
		p.Log.WarnContext(ctx, "post whose time is over stays", "post", string(id), "error", err)
		return nil
	}
	return err
}

package post

import (
	"context"

	"recallbot/bot"
)

// expired begins the cause of a recall at the end of a lifetime.
const expired = "expired/"

// Expire recalls or cancels a post at the end of its lifetime. An error asks for another run.
func (p *Poster) Expire(ctx context.Context, id bot.PostID) error {
	post, err := p.Store.Find(ctx, id)
	switch {
	case bot.KindOf(err) == bot.NotFound:
		return nil
	case err != nil:
		return err
	case post.State != bot.PostSent && post.State != bot.PostQueued:
		return nil
	case p.Now().Before(post.Expires): // it was restored in between
		return p.Work.Expire(ctx, id, post.Expires)
	}
	req := p.request(expired, post)
	req.Via, req.Asked = bot.ViaLifetime, post.Expires
	req.Last = p.Now().Sub(req.Asked) > maxRecallTime
	_, err = p.Recaller.Recall(ctx, req)
	if err != nil && !bot.Retryable(err) {
		p.Log.WarnContext(ctx, "expired post not recalled", "post", string(id), "error", err)
		return nil
	}
	return err
}

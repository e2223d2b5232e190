package post

import (
	"context"
	"time"

	"recallbot/bot"
)

// Of finds the post of a message; nil where there is none.
func (p *Poster) Of(ctx context.Context, id bot.MessageID) (*bot.Post, error) {
	return p.Store.Of(ctx, id)
}

// Restored stores that a recalled post was restored as another message. It stays the same post, and its lifetime begins again.
// It is idempotent.
func (p *Poster) Restored(ctx context.Context, id bot.PostID, was bot.MessageID, is bot.Message) error {
	post, err := p.Store.Change(ctx, id, func(post *bot.Post) bool {
		if post.Message != was {
			return false
		}
		p.replaceMessage(post, is)
		return true
	})
	switch {
	case bot.KindOf(err) == bot.NotFound:
		return nil
	case err != nil || post.Message != is.ID || post.State != bot.PostSent:
		return err
	}
	gone, err := p.checkGone(ctx, post)
	if err != nil || gone {
		return err
	}
	if !post.Expires.IsZero() {
		if err := p.Work.Expire(ctx, id, post.Expires); err != nil {
			return err
		}
	}
	if post.Bare {
		return p.Work.Offer(ctx, post)
	}
	return nil
}

// replaceMessage gives a post another message. Its lifetime begins now.
func (p *Poster) replaceMessage(post *bot.Post, is bot.Message) {
	now := p.Now()
	if post.Life == 0 && !post.Expires.IsZero() { // an earlier version did not store it
		post.Life = post.Expires.Sub(post.Created)
	}
	post.Message, post.State, post.Sent, post.Recalled = is.ID, bot.PostSent, is.At, time.Time{}
	if is.At.IsZero() {
		post.Sent = now
	}
	post.Expires, post.Shortened = p.expiry(now, now, post.Life)
}

// checkGone updates a post whose message was recalled before it was stored.
func (p *Poster) checkGone(ctx context.Context, post bot.Post) (bool, error) {
	m, found, err := p.Index.Find(ctx, post.Message)
	if err != nil || !found || !m.Gone {
		return false, err
	}
	_, err = p.Store.Change(ctx, post.ID, func(now *bot.Post) bool {
		if now.Message != post.Message || now.State != bot.PostSent {
			return false
		}
		now.State, now.Recalled = bot.PostRecalled, p.Now()
		return true
	})
	return true, err
}

// Withdrawn reports whether the post's group was recalled since then.
func (p *Poster) Withdrawn(ctx context.Context, post bot.Post, since time.Time) (bool, error) {
	at, err := p.Groups.Withdrawn(ctx, post)
	return !at.IsZero() && !at.Before(since.Truncate(time.Millisecond)), err
}

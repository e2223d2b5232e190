package app

import (
	"context"
	"errors"
	"strings"
	"time"

	"recallbot/bot"
	"recallbot/post"
	"recallbot/store"
	"recallbot/store/queue"
)

// The kinds of work of the two queues.
const (
	kindSend   = "post_send"
	kindOffer  = "post_offer"
	kindHeal   = "post_heal"
	kindExpire = "post_expire"
)

// postIndex is the index together with the posts of the API: when a message is gone, so are its post and the card with its button.
type postIndex struct {
	*store.Index

	posts *store.Posts
	work  postWork
}

func (x postIndex) Forget(ctx context.Context, id bot.MessageID) error {
	gone, err := x.posts.Gone(ctx, id)
	if err == nil && gone != nil && gone.HasOffer() {
		err = x.work.Withdraw(ctx, *gone)
	}
	return errors.Join(x.Index.Forget(ctx, id), err)
}

// groups are the posts of groups. Complete also stores those that a process that died did not finish storing.
type groups struct {
	*store.Posts

	poster *post.Poster
}

func (g groups) Complete(ctx context.Context, team bot.TeamID, group bot.GroupID) error {
	return g.poster.Complete(ctx, team, group)
}

// postWork is the two queues as the poster sees them.
type postWork struct{ posts, timers *queue.Queue }

func (w postWork) Send(ctx context.Context, p bot.Post) error {
	return w.put(ctx, queue.Item{ID: kindSend + "/" + string(p.ID), Key: p.LineID(), Owner: string(p.Team), Kind: kindSend})
}

func (w postWork) Offer(ctx context.Context, p bot.Post) error {
	id := kindOffer + "/" + string(p.ID) + "/" + string(p.Message) // a restored post is offered again
	return w.put(ctx, queue.Item{ID: id, Key: string(p.Author), Owner: string(p.Team), Kind: kindOffer})
}

// Withdraw is the work of an offer whose post is gone.
func (w postWork) Withdraw(ctx context.Context, p bot.Post) error {
	id := kindOffer + "/" + string(p.ID) + "/" + string(p.Message) + "/gone"
	return w.put(ctx, queue.Item{ID: id, Key: string(p.Author), Owner: string(p.Team), Kind: kindOffer})
}

func (w postWork) put(ctx context.Context, item queue.Item) error {
	if _, err := w.posts.Put(ctx, item, item.ID); err != nil {
		return bot.Errorf(bot.Unavailable, "queue %s: %w", item.ID, err)
	}
	return nil
}

func (w postWork) Heal(ctx context.Context, id bot.OrderID, at time.Time) error {
	return putAt(ctx, w.posts, queue.Item{ID: kindHeal + "/" + string(id), Kind: kindHeal}, at)
}

func (w postWork) Healed(ctx context.Context, id bot.OrderID) error {
	if _, err := w.posts.Cancel(ctx, kindHeal+"/"+string(id)); err != nil {
		return bot.Errorf(bot.Unavailable, "cancel the healing of %s: %w", id, err)
	}
	return nil
}

func (w postWork) Expire(ctx context.Context, id bot.PostID, at time.Time) error {
	return putAt(ctx, w.timers, queue.Item{ID: kindExpire + "/" + string(id), Key: string(id), Kind: kindExpire}, at)
}

func putAt(ctx context.Context, q *queue.Queue, item queue.Item, at time.Time) error {
	if err := q.PutAt(ctx, item, at); err != nil {
		return bot.Errorf(bot.Unavailable, "queue %s for later: %w", item.ID, err)
	}
	return nil
}

// postWorker sends posts and runs timers. A post that fails or panics too often is given up, and the next post of its chat is sent.
func postWorker(poster *post.Poster) worker {
	return worker{
		handle: func(ctx context.Context, d queue.Delivery) error {
			_, id, _ := strings.Cut(d.ID, "/")
			switch d.Kind {
			case kindSend:
				return poster.Send(ctx, d.Key)
			case kindOffer:
				id, _, _ = strings.Cut(id, "/")
				return poster.Offer(ctx, bot.PostID(id))
			case kindHeal:
				return poster.Heal(ctx, bot.OrderID(id))
			case kindExpire:
				return poster.Expire(ctx, bot.PostID(id))
			default:
				return bot.Errorf(bot.Invalid, "work of the unknown kind %q", d.Kind)
			}
		},
		giveUp: func(ctx context.Context, d queue.Delivery, why error) error {
			if d.Kind != kindSend {
				return queue.Permanent(why)
			}
			if err := poster.GiveUp(ctx, d.Key, why); err != nil {
				why = err
			}
			return queue.RetryAt(time.Now(), why)
		},
	}
}

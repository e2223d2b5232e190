package app

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"strings"
	"time"

	"recallbot/bot"
	"recallbot/feishu"
	"recallbot/post"
	"recallbot/recall"
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

// bookedIndex is the index, with what was posted through the API: a message that is gone is a post that is.
type bookedIndex struct {
	*store.Index

	posts *store.Posts
}

func (x bookedIndex) Forget(ctx context.Context, id bot.MessageID) error {
	return errors.Join(x.Index.Forget(ctx, id), x.posts.Gone(ctx, id))
}

// groups are the posts of groups, with those that a process left half kept when it died.
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
	id := kindOffer + "/" + string(p.ID) + "/" + string(p.Message) // restored, it is offered once more
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

// postingParts are what posting is made of.
type postingParts struct {
	config  Config
	store   *store.Store
	book    *store.Posts
	index   bookedIndex
	client  *feishu.Client // in the bulk lane
	door    *recall.Recaller
	tokens  *store.Tokens
	buttons post.Buttons
	dryRun  func() bool
	metrics *metrics
	log     *slog.Logger
	work    postWork
}

func newPosting(p postingParts) (*post.Poster, error) {
	orders, err := store.NewOrders(p.store, p.config.Archive)
	if err != nil {
		return nil, err
	}
	return post.New(post.Config{
		DryRun: p.dryRun, Window: p.config.Policy.RecallWindow, Observe: p.metrics.post, Log: p.log, Now: time.Now, Key: rand.Text,
	}, post.Deps{
		Stores: post.Stores{Store: p.book, Groups: p.book, Orders: orders, Lines: orders}, Work: p.work, Platform: p.client,
		Index: p.index, Recaller: p.door, Principal: p.tokens.Principal, Buttons: p.buttons,
	}), nil
}

// postWorker sends posts, and does what is due at a time. A post that fails again and again, by panics too, is given up, and
// its chat's line goes on.
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

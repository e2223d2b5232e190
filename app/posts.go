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

const (
	// timerWorkers is how many timers of this replica run at once.
	timerWorkers = 16
	// postAttempts is how often something of ours may fail with a post until it is given up. Waiting for the platform or
	// for Redis is no failure.
	postAttempts = 8
	// postsRemembered is how long an order that comes again puts nothing twice: longer than orders are known.
	postsRemembered = 26 * time.Hour
	// platformWait is how long a post or a timer waits for a platform that does not answer.
	platformWait = time.Second
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

// posting is what posts for others: the poster, and the two queues by which it goes on.
type posting struct {
	*post.Poster

	posts, timers *queue.Queue
	log           *slog.Logger
	now           func() time.Time
	// waits lasts while the platform, or Redis, is waited for.
	waits *bot.Incident
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
}

func newPosting(p postingParts) (*posting, error) {
	orders, err := store.NewOrders(p.store, p.config.Archive)
	if err != nil {
		return nil, err
	}
	settings := queue.Config{
		Name: postsQueue, Workers: p.config.Queue.PostWorkers, PerKey: 1, Lease: p.config.Queue.Lease, MaxAttempts: postAttempts,
		Remember: postsRemembered, Grace: grace, Puts: p.store.Durable(), BeforeAck: p.store.WaitReplicas, Logger: p.log,
		Observer: namedObserver{p.metrics, postsQueue},
	}
	sends := queue.New(p.store.Client(), settings)
	settings.Name, settings.Workers, settings.Observer = timersQueue, timerWorkers, namedObserver{p.metrics, timersQueue}
	timers := queue.New(p.store.Client(), settings)
	poster := post.New(post.Config{
		DryRun: p.dryRun, Window: p.config.Policy.RecallWindow, Observe: p.metrics.post,
	}, post.Deps{
		Store: p.book, Groups: p.book, Orders: orders, Lines: orders, Work: postWork{sends, timers}, Platform: p.client, Looks: p.client,
		Index: p.index, Door: p.door, Tokens: p.tokens, Buttons: p.buttons, Log: p.log, Now: time.Now, Key: rand.Text,
	})
	return &posting{
		Poster: poster, posts: sends, timers: timers, log: p.log, now: time.Now,
		waits: bot.NewIncident(p.log, slog.LevelWarn, "posting waits", "posting goes on"),
	}, nil
}

// handle does one piece of work of either queue.
func (p *posting) handle(ctx context.Context, d queue.Delivery) error {
	ctx = withAttrs(ctx, slog.String("item", d.ID), slog.String("event_type", d.Kind), slog.Int("attempt", d.Attempt))
	_, id, _ := strings.Cut(d.ID, "/")
	switch d.Kind {
	case kindSend:
		return p.send(ctx, d)
	case kindOffer:
		id, _, _ = strings.Cut(id, "/")
		return p.outcome(ctx, d, p.Offer(ctx, bot.PostID(id)))
	case kindHeal:
		return p.outcome(ctx, d, p.Heal(ctx, bot.OrderID(id)))
	case kindExpire:
		return p.outcome(ctx, d, p.Expire(ctx, bot.PostID(id)))
	default:
		return queue.Permanent(bot.Errorf(bot.Invalid, "work of the unknown kind %q", d.Kind))
	}
}

// send goes on with a line. A post that fails again and again, by panics too, is given up, and the line goes on.
func (p *posting) send(ctx context.Context, d queue.Delivery) error {
	err := bot.Errorf(bot.Internal, "send to %s: it fails", d.Key)
	if d.Attempt < postAttempts {
		err = p.Send(ctx, d.Key)
	}
	kind := bot.KindOf(err)
	if d.Attempt < postAttempts-1 || err == nil || ctx.Err() != nil || kind == bot.RateLimited || kind == bot.Unavailable {
		return p.outcome(ctx, d, err)
	}
	if giveErr := p.GiveUp(ctx, d.Key, err); giveErr != nil {
		err = giveErr
	}
	return queue.RetryAt(p.now(), err)
}

// outcome tells the queue by the error's kind whether to go on, and when.
func (p *posting) outcome(ctx context.Context, d queue.Delivery, err error) error {
	if ctx.Err() != nil {
		return err // cut off by the end of this process, it is another one's at once
	}
	if bot.KindOf(err) == bot.Unavailable && err != nil {
		p.waits.Report(ctx, d.Kind+d.Key, err)
		return queue.RetryAt(p.now().Add(platformWait), err)
	}
	p.waits.Report(ctx, d.Kind+d.Key, nil)
	if err == nil {
		return nil
	}
	switch detail := bot.Detail(err); detail.Kind {
	case bot.RateLimited:
		return queue.RetryAt(p.now().Add(detail.RetryAfter), err)
	case bot.Internal:
		p.log.WarnContext(ctx, "posting failed", "error", err)
		return err
	default:
		p.log.WarnContext(ctx, "posting failed for good", "kind", detail.Kind.String(), "error", err)
		return queue.Permanent(err)
	}
}

// run works on both queues until ctx is done.
func (p *posting) run(ctx context.Context) error {
	ended := make(chan error, 1)
	go func() { ended <- p.timers.Run(ctx, p.handle) }()
	err := p.posts.Run(ctx, p.handle)
	return errors.Join(err, <-ended)
}

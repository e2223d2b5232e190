package app

import (
	"context"
	"crypto/rand"
	"log/slog"
	"strings"
	"time"

	"recallbot/bot"
	"recallbot/feishu"
	"recallbot/post/alert"
	"recallbot/store"
	"recallbot/store/queue"
)

const (
	// alertWorkers is how many groups of this replica change their cards at once.
	alertWorkers = 8
	kindAlerts   = "alerts"
)

// alertCards are posts as alerts see them.
type alertCards struct {
	posting *posting
	book    *store.Posts
	client  *feishu.Client
}

func (c alertCards) Post(ctx context.Context, o alert.Order) error {
	_, err := c.posting.Accept(ctx, bot.PostOrder{
		Post: o.ID, By: &bot.Principal{Token: o.Token, Team: o.Team}, Chats: []bot.ChatID{o.Chat}, Group: o.Group,
		Type: "interactive", Body: feishu.CardContent(o.Card),
	})
	return err
}

func (c alertCards) Find(ctx context.Context, id bot.PostID) (bot.Post, error) {
	return c.book.Find(ctx, id)
}

func (c alertCards) Edit(ctx context.Context, post bot.Post, card bot.Card) error {
	return c.client.EditCard(ctx, bot.CardRef{ID: post.Message, Chat: post.Chat}, card)
}

func (c alertCards) TakeBack(ctx context.Context, post bot.Post) error {
	return c.posting.Expire(ctx, post.ID)
}

// alertSteps is the queue as alerts see it. What is due later stands beside what is due now.
type alertSteps struct{ queue *queue.Queue }

func (s alertSteps) Put(ctx context.Context, id alert.GroupID) error {
	if _, err := s.queue.Put(ctx, queue.Item{ID: string(id), Key: string(id), Kind: kindAlerts}); err != nil {
		return bot.Errorf(bot.Unavailable, "queue alerts %s: %w", id, err)
	}
	return nil
}

func (s alertSteps) PutAt(ctx context.Context, id alert.GroupID, at time.Time) error {
	return putAt(ctx, s.queue, queue.Item{ID: "later/" + string(id), Key: string(id), Kind: kindAlerts}, at)
}

// alerting is what keeps the cards of alerts.
type alerting struct {
	*alert.Service

	queue   *queue.Queue
	outcome func(context.Context, queue.Delivery, error) error
}

// newAlerting makes it. Cards are posted and taken back as all posts are.
func newAlerting(a *App, book *store.Posts) *alerting {
	work := queue.New(a.store.Client(), queue.Config{
		Name: alertsQueue, Workers: alertWorkers, PerKey: 1, Lease: a.config.Queue.Lease, MaxAttempts: postAttempts,
		Grace: grace, BeforeAck: a.store.WaitReplicas, Logger: a.log, Observer: namedObserver{a.metrics, alertsQueue},
	})
	desk := alert.New(alert.Deps{
		Store: store.NewAlerts(a.store), Steps: alertSteps{work}, Cards: alertCards{a.posting, book, a.client}, Draw: a.live.chat.draw,
		Fresh: func() bot.PostID { return bot.PostID("p_" + strings.ToLower(rand.Text())) }, Log: a.log, Now: time.Now,
	})
	return &alerting{desk, work, a.posting.outcome}
}

// handle brings one group's card to where the group is.
func (a *alerting) handle(ctx context.Context, d queue.Delivery) error {
	ctx = withAttrs(ctx, slog.String("item", d.ID), slog.String("event_type", d.Kind), slog.Int("attempt", d.Attempt))
	return a.outcome(ctx, d, a.Step(ctx, alert.GroupID(d.Key)))
}

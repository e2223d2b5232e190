package app

import (
	"context"
	"crypto/rand"
	"strings"
	"time"

	"recallbot/bot"
	"recallbot/feishu"
	"recallbot/post"
	"recallbot/post/alert"
	"recallbot/store"
	"recallbot/store/queue"
)

// kindAlerts is the kind of the items of the queue of alerts.
const kindAlerts = "alerts"

// alertCards are posts as alerts see them.
type alertCards struct {
	posting *post.Poster
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

func (c alertCards) Edit(ctx context.Context, p bot.Post, card bot.Card) error {
	return c.client.EditCard(ctx, bot.CardRef{ID: p.Message, Chat: p.Chat}, card)
}

func (c alertCards) TakeBack(ctx context.Context, p bot.Post) error {
	return c.posting.Expire(ctx, p.ID)
}

// alertSteps is the queue as alerts see it. An item for later does not replace an item for now.
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

// newAlerts makes the service of alerts. Cards are posted and recalled as all posts are.
func newAlerts(a *App, book *store.Posts) *alert.Service {
	return alert.New(alert.Deps{
		Change: store.NewAlerts(a.store).Change, Steps: alertSteps{a.queues[alertsQueue]}, Cards: alertCards{a.posting, book, a.client},
		Draw: a.live.chat.draw, Fresh: func() bot.PostID { return bot.PostID("p_" + strings.ToLower(rand.Text())) }, Log: a.log, Now: time.Now,
	})
}

// alertWorker brings the card of one group of alerts up to date.
func alertWorker(alerts *alert.Service) worker {
	return worker{handle: func(ctx context.Context, d queue.Delivery) error { return alerts.Step(ctx, alert.GroupID(d.Key)) }}
}

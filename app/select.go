package app

import (
	"context"
	"time"

	"recallbot/bot"
	"recallbot/recall"
	"recallbot/recall/search"
	"recallbot/store"
	"recallbot/store/queue"
)

// selects finds the messages that a job's filter means, with the chat's settings and our bot's rank of now.
type selects struct {
	selector *search.Selector
	recaller *recall.Recaller
	settings *store.Settings
}

func (s selects) Select(
	ctx context.Context, job bot.Job, take func(ctx context.Context, page []bot.Seen) error,
) (bot.Preview, error) {
	set, err := s.settings.Settings(ctx, job.Chat)
	if err != nil {
		return bot.Preview{}, err
	}
	may, err := s.recaller.May(ctx, job.Who, job.Chat, job.P2P)
	if err != nil {
		return bot.Preview{}, err
	}
	return s.selector.Select(ctx, search.Scope{
		Chat: job.Chat, Topic: job.Topic, Command: job.Command, Asked: job.Asked, Ranked: may.Ranked || may.AsOwner,
		Settings: set, Filter: job.Filter, Hidden: s.recaller.Hidden(job.By),
	}, take)
}

// Oldest finds when the oldest of our posts that the filter means was posted; zero if there is none.
func (s selects) Oldest(ctx context.Context, chat bot.ChatID, filter bot.Filter, asked time.Time) (time.Time, error) {
	found, err := s.Select(ctx, bot.Job{Via: bot.ViaLifetime, Chat: chat, Filter: filter, Asked: asked}, look)
	return found.Oldest, err
}

// Count is how many of our posts the filter means.
func (s selects) Count(ctx context.Context, chat bot.ChatID, filter bot.Filter, asked time.Time) (int, error) {
	found, err := s.Select(ctx, bot.Job{Via: bot.ViaLifetime, Chat: chat, Filter: filter, Asked: asked}, look)
	return found.Total, err
}

func look(context.Context, []bot.Seen) error { return nil }

// timers queue the work for a chat's lifetime at its time.
type timers struct{ queue *queue.Queue }

func (t timers) Set(ctx context.Context, name string, due bot.Due) error {
	payload, err := bot.Event{Type: bot.TypeDue, Body: due}.Encode()
	if err != nil {
		return err
	}
	item := queue.Item{ID: name, Key: string(due.Chat), Kind: bot.TypeDue, Payload: payload}
	if err := t.queue.PutAt(ctx, item, due.At); err != nil {
		return bot.Errorf(bot.Unavailable, "set the timer %s: %w", name, err)
	}
	return nil
}

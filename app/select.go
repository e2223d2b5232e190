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

// AppOf finds the app id of a bot by its newest message in the chat; empty where that can't be found out.
func (s selects) AppOf(ctx context.Context, chat bot.ChatID, ref bot.BotRef, who bot.UserID) (bot.AppID, error) {
	job := bot.Job{Who: who, Chat: chat, Filter: bot.Filter{Bots: []bot.BotRef{ref}, Last: 1}, Asked: time.Now()}
	var app bot.AppID
	_, err := s.Select(ctx, job, func(_ context.Context, page []bot.Seen) error {
		for _, m := range page {
			if m.Kind == bot.KindBot {
				app = bot.AppID(m.From)
			}
		}
		return nil
	})
	return app, err
}

func look(context.Context, []bot.Seen) error { return nil }

// timers queue the work for a chat's lifetime at its time.
type timers struct{ queue *queue.Queue }

func (t timers) Set(ctx context.Context, name string, due bot.Due) error {
	return t.put(ctx, name, due.At, bot.Event{Type: bot.TypeDue, Body: due}, string(due.Chat))
}

// SetWatch is Set for rules. Their work does not wait for the commands of the chat.
func (t timers) SetWatch(ctx context.Context, name string, at time.Time, due bot.WatchDue) error {
	return t.put(ctx, name, at, bot.Event{Type: bot.TypeWatchDue, Body: due}, watchKey(due.Chat))
}

func (t timers) put(ctx context.Context, name string, at time.Time, e bot.Event, key string) error {
	payload, err := e.Encode()
	if err != nil {
		return err
	}
	item := queue.Item{ID: name, Key: key, Kind: e.Type, Payload: payload}
	if err := t.queue.PutAt(ctx, item, at); err != nil {
		return bot.Errorf(bot.Unavailable, "set the timer %s: %w", name, err)
	}
	return nil
}

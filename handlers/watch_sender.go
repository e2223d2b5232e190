package handlers

import (
	"context"
	"log/slog"
	"strings"
	"time"

	"recallbot/bot"
	"recallbot/recall/watch"
)

// senderLife is how long the app id and the name of a bot are remembered.
const senderLife = 30 * 24 * time.Hour

// WatchSenders finds out which bot posted a message. An event has the bot's open_id, the history its app id: both are one bot.
type WatchSenders struct {
	Once Once
	// Bots are the bots of a chat, none where they can't be had. Read returns a message with its sender's app id.
	Bots func(ctx context.Context, chat bot.ChatID) ([]bot.ChatBot, error)
	Read func(ctx context.Context, id bot.MessageID) (bot.Seen, error)
	Log  *slog.Logger
}

// of returns the sender of a bot's post. The platform is asked once for each bot.
func (s *WatchSenders) of(ctx context.Context, said bot.Said) (watch.Sender, error) {
	facts := said.Watch
	if said.Message.Kind == bot.KindOwn {
		return watch.Self(), nil
	}
	from := watch.Sender{ID: facts.Sender, Name: facts.Name}
	if !strings.HasPrefix(facts.Sender, "ou_") {
		return from, nil
	}
	from.Open = bot.UserID(facts.Sender)
	key := "bot_of/" + facts.Sender
	kept, ok, err := keptState[watch.Sender](ctx, s.Once, key)
	if err != nil || ok {
		return kept, err
	}
	seen, err := s.Read(ctx, said.Message.ID)
	switch {
	case bot.Retryable(err):
		return from, err
	case err != nil, seen.From == "":
		s.Log.InfoContext(ctx, "app id of a bot unknown", "message_id", string(said.Message.ID), "error", err)
		return from, nil
	}
	from.ID, from.Name = seen.From, seen.Name
	if from.Name == "" {
		bots, err := s.Bots(ctx, said.Message.Chat)
		if err != nil {
			return from, err
		}
		for _, b := range bots {
			if b.Open == from.Open {
				from.Name = b.Name
			}
		}
	}
	return keepState(ctx, s.Once, key, from, senderLife)
}

package handlers

import (
	"context"

	"recallbot/bot"
)

// ChatLeft deletes the data of a chat that was dissolved, or from which the bot was removed.
type ChatLeft struct {
	// Forget deletes the data of a chat.
	Forget func(ctx context.Context, chat bot.ChatID) error
}

// Handlers implements Behaviour.
func (c *ChatLeft) Handlers() []bot.Handler {
	return []bot.Handler{bot.On("chat_left", always[bot.ChatLeft], func(ctx context.Context, _ bot.Delivery, body bot.ChatLeft) error {
		return c.Forget(ctx, body.Chat)
	})}
}

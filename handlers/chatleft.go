package handlers

import (
	"context"

	"recallbot/bot"
)

// ChatLeft forgets a chat that was dissolved or that the bot was removed from.
type ChatLeft struct {
	// Forget removes what is kept about a chat.
	Forget func(ctx context.Context, chat bot.ChatID) error
}

// Handlers implements Behaviour.
func (c *ChatLeft) Handlers() []bot.Handler {
	return []bot.Handler{bot.On("chat_left", always[bot.ChatLeft], func(ctx context.Context, _ bot.Delivery, body bot.ChatLeft) error {
		return c.Forget(ctx, body.Chat)
	})}
}

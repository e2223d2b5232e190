package handlers

import (
	"context"

	"recallbot/bot"
)

// farewell forgets a chat that was dissolved or that the bot was taken out of.
type farewell struct{ Parts }

func (f *farewell) handle(ctx context.Context, _ bot.Delivery, body bot.ChatLeft) error {
	return f.Chats.Leave(ctx, body.Chat)
}

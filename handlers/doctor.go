package handlers

import (
	"context"
	"strings"

	"recallbot/bot"
)

// doctor is /recall doctor: what the bot may do in this chat, and what its set-up lacks.
type doctor struct {
	Parts
	answers *answers
}

func (c *doctor) examine(ctx context.Context, d bot.Delivery, said bot.Said) error {
	to := c.answers.recipient(ctx, d, said)
	allowed, err := c.Recaller.May(ctx, said.By, said.Message.Chat, said.P2P)
	if err != nil {
		return err
	}
	if !allowed.Allow {
		return c.answers.refuse(ctx, to, allowed.Reason)
	}
	return c.answers.tell(ctx, to, strings.Join(c.Doctor.Examine(ctx, said.Message.Chat, to.lang), "\n"))
}

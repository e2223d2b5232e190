package handlers

import (
	"context"
	"strings"

	"recallbot/bot"
	"recallbot/handlers/text"
)

// Doctor is /recall doctor: what the bot may do in this chat, and what its set-up lacks.
type Doctor struct {
	Answers *Answers
	Rights  Rights
	// Check checks the bot's set-up and gives what it found, a line each, in the language.
	Check func(ctx context.Context, chat bot.ChatID, lang text.Language) []string
}

// Handlers implements Behaviour.
func (h *Doctor) Handlers() []bot.Handler {
	return []bot.Handler{h.Answers.command(bot.VerbDoctor, h.examine), h.Answers.opened(bot.VerbDoctor, h.examine)}
}

func (h *Doctor) examine(ctx context.Context, d bot.Delivery, said bot.Said) error {
	to := h.Answers.recipient(ctx, d, said)
	if ok, err := h.Answers.allows(ctx, h.Rights, to, said); !ok {
		return err
	}
	return h.Answers.tell(ctx, to, strings.Join(h.Check(ctx, said.Message.Chat, to.lang), "\n"))
}

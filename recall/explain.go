package recall

import (
	"context"

	"recallbot/bot"
	"recallbot/policy"
)

// Explain gives a chat as it is now, and who may recall bots' posts there by which rule.
func (r *Recaller) Explain(ctx context.Context, id bot.ChatID) (bot.Chat, []policy.Grant, error) {
	chat, err := r.roles.Chat(ctx, id, freshAge)
	if err != nil {
		return bot.Chat{}, nil, err
	}
	settings, err := r.settingsOf(ctx, id)
	if err != nil {
		return bot.Chat{}, nil, err
	}
	return chat, r.rules.Load().Policy.Explain(chat, settings), nil
}

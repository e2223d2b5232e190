package recall

import (
	"context"

	"recallbot/bot"
	"recallbot/recall/policy"
)

// Alone reports whether somebody who may manage a chat is the only one there who has a say.
func (r *Recaller) Alone(ctx context.Context, who bot.UserID, chat bot.ChatID, p2p bool) (bool, error) {
	manage, err := r.Manage(ctx, who, chat, p2p)
	if err != nil || !manage.Allow || p2p {
		return manage.Allow, err
	}
	_, grants, err := r.Explain(ctx, chat)
	if err != nil && !bot.Retryable(err) {
		return false, nil // nobody can tell, so a second person is needed
	}
	for _, grant := range grants {
		for _, person := range grant.People {
			if person != who {
				return false, nil
			}
		}
	}
	return err == nil, err
}

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

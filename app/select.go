package app

import (
	"context"

	"recallbot/bot"
	"recallbot/recall"
	"recallbot/store"
)

// selects finds what a job's filter means, as of what is set in the chat and our bot's rank there at that moment.
type selects struct {
	selector *recall.Selector
	ranks    *recall.Recaller
	settings *store.Settings
}

func (s selects) Select(
	ctx context.Context, job bot.Job, take func(ctx context.Context, page []bot.Seen) error,
) (bot.Preview, error) {
	set, err := s.settings.Settings(ctx, job.Chat)
	if err != nil {
		return bot.Preview{}, err
	}
	may, err := s.ranks.May(ctx, job.Who, job.Chat, job.P2P)
	if err != nil {
		return bot.Preview{}, err
	}
	return s.selector.Select(ctx, recall.Scope{
		Chat: job.Chat, Topic: job.Topic, Command: job.Command, Asked: job.Asked, Ranked: may.Ranked,
		Settings: set, Filter: job.Filter,
	}, take)
}

package recall

import (
	"context"

	"recallbot/bot"
	"recallbot/policy"
)

// Ranks tell whether our bot may take away what others wrote in a chat: Decision.Ranked. Recaller is one.
type Ranks interface {
	May(ctx context.Context, who bot.UserID, chat bot.ChatID, p2p bool) (policy.Decision, error)
}

// JobSelector selects for jobs, as of what is set in the chat and our bot's rank there at that moment.
type JobSelector struct {
	Selector *Selector
	Settings ChatSettings
	Ranks    Ranks
}

// Select is Selector.Select for a job.
func (s JobSelector) Select(
	ctx context.Context, job bot.Job, take func(ctx context.Context, page []bot.Seen) error,
) (bot.Preview, error) {
	settings, err := s.Settings.Settings(ctx, job.Chat)
	if err != nil {
		return bot.Preview{}, err
	}
	decision, err := s.Ranks.May(ctx, job.Who, job.Chat, job.P2P)
	if err != nil {
		return bot.Preview{}, err
	}
	return s.Selector.Select(ctx, Scope{
		Chat: job.Chat, P2P: job.P2P, Topic: job.Topic, Command: job.Command, Asked: job.Asked,
		Ranked: decision.Ranked, Settings: settings, Filter: job.Filter,
	}, take)
}

package app

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"recallbot/bot"
	"recallbot/feishu"
)

// visibilityAge is how long the app's scopes are known.
const visibilityAge = 5 * time.Minute

// visibility is how posts of bots are seen, by the app's scopes.
type visibility struct {
	scopes func(context.Context) (feishu.Scopes, error)
	poll   time.Duration
	log    *slog.Logger

	mu          sync.Mutex
	own, others bot.Visibility
	until       time.Time
}

// Of returns how our own posts, or those of other bots, are seen, at most some minutes old. Where the scopes can't be listed, listing the
// chats is tried.
func (s *visibility) Of(ctx context.Context, own bool) bot.Visibility {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !time.Now().Before(s.until) {
		s.learn(ctx)
	}
	seen := s.others
	if own {
		seen = s.own
	}
	if seen == bot.VisibilityPolled && s.poll <= 0 {
		return bot.VisibilityOff
	}
	return seen
}

func (s *visibility) learn(ctx context.Context) {
	s.own, s.others, s.until = bot.VisibilityPolled, bot.VisibilityPolled, time.Now().Add(visibilityAge)
	granted, err := s.scopes(ctx)
	if err != nil {
		s.log.InfoContext(ctx, "scopes unknown", "error", err)
		return
	}
	s.own, s.others = granted.Visibility(true), granted.Visibility(false)
}

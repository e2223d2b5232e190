package store

import (
	"context"
	"time"

	"recallbot/bot"
)

// principalAge is how long a principal is cached: work in a token's name ends that soon after it was revoked.
const principalAge = 500 * time.Millisecond

type learnedPrincipal struct {
	*bot.Principal

	at time.Time
}

// Principal returns a token's principal, at most principalAge old. Over is set if the token is revoked, expired or unknown.
func (t *Tokens) Principal(ctx context.Context, id bot.TokenID) (*bot.Principal, error) {
	now := t.now()
	if known := t.learned(id); known.Principal != nil && now.Sub(known.at) < principalAge {
		return known.Principal, nil
	}
	kept, err := t.load(ctx, id)
	if err != nil {
		return nil, err
	}
	by := kept.Principal()
	by.Token, by.Over = id, !kept.Good(now)
	t.learn(id, learnedPrincipal{by, now})
	return by, nil
}

func (t *Tokens) learned(id bot.TokenID) learnedPrincipal {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.principals[id]
}

func (t *Tokens) learn(id bot.TokenID, by learnedPrincipal) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.principals) >= maxTokens {
		clear(t.principals)
	}
	t.principals[id] = by
}

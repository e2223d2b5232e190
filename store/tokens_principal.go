package store

import (
	"context"
	"time"

	"recallbot/bot"
)

// principalTTL is how long a principal is cached: work in a token's name ends that soon after it was revoked.
const principalTTL = 500 * time.Millisecond

type cachedPrincipal struct {
	*bot.Principal

	at time.Time
}

// Principal returns a token's principal, at most principalTTL old. Over is set if the token is revoked, expired or unknown.
func (t *Tokens) Principal(ctx context.Context, id bot.TokenID) (*bot.Principal, error) {
	now := t.now()
	if known := t.cached(id); known.Principal != nil && now.Sub(known.at) < principalTTL {
		return known.Principal, nil
	}
	kept, err := t.load(ctx, id)
	if err != nil {
		return nil, err
	}
	by := kept.Principal()
	by.Token, by.Over = id, !kept.Good(now)
	t.cache(id, cachedPrincipal{by, now})
	return by, nil
}

func (t *Tokens) cached(id bot.TokenID) cachedPrincipal {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.principals[id]
}

func (t *Tokens) cache(id bot.TokenID, by cachedPrincipal) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.principals) >= maxTokens {
		clear(t.principals)
	}
	t.principals[id] = by
}

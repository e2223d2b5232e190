package feishu

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	larkcore "github.com/larksuite/oapi-sdk-go/v3/core"
	"golang.org/x/sync/singleflight"

	"recallbot/bot"
)

// tokenMargin is how long before its expiry a token is replaced.
const tokenMargin = 3 * time.Minute

// TokenState is whether our credentials work, as far as is known.
type TokenState uint8

// The states of the token.
const (
	// TokenUnused: no token was needed yet.
	TokenUnused TokenState = iota
	// TokenOK: the last fetch succeeded.
	TokenOK
	// TokenFailing: the last fetch failed.
	TokenFailing
)

// tokens caches the tenant token and fetches it once for all callers of all replicas.
type tokens struct {
	fetch func(context.Context) (value string, ttl time.Duration, err error)
	now   func() time.Time
	// cache and sealer share the token with the other replicas; both are nil if there is no cache.
	cache  TokenCache
	sealer *sealer

	flight  singleflight.Group
	mu      sync.Mutex
	value   string
	expires time.Time
	sealed  []byte
	// rejected is the last token that the platform did not accept; it is not taken from the cache again.
	rejected string
	state    TokenState
	err      error
}

func newTokens(cfg Config, fetch func(context.Context) (string, time.Duration, error)) *tokens {
	t := &tokens{fetch: fetch, now: cfg.now}
	if sealer, err := newSealer(cfg); cfg.TokenCache != nil && err == nil {
		t.cache, t.sealer = cfg.TokenCache, sealer
	}
	return t
}

// token returns a token that is valid for at least tokenMargin. The first caller fetches it within its own ctx; if
// that is cancelled, another caller fetches. If no new token can be fetched, the old one is used until it expires.
func (t *tokens) token(ctx context.Context) (string, error) {
	for {
		if value, ok := t.fresh(tokenMargin); ok {
			return value, nil
		}
		got, err, _ := t.flight.Do("", func() (any, error) { return t.renew(ctx) })
		if value, ok := got.(string); ok && err == nil {
			return value, nil
		}
		if value, ok := t.fresh(0); ok {
			return value, nil
		}
		if ctx.Err() != nil {
			return "", ctx.Err()
		}
		if !errors.Is(err, context.Canceled) && !errors.Is(err, context.DeadlineExceeded) {
			return "", err
		}
	}
}

// drop deletes a token that the platform rejected, here and in the cache, unless it was replaced already.
func (t *tokens) drop(ctx context.Context, bad string) {
	if sealed := t.forget(bad); t.cache != nil && sealed != nil {
		_ = t.cache.Delete(ctx, sealed) // otherwise each replica sees the rejection itself
	}
}

func (t *tokens) forget(bad string) (sealed []byte) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.rejected = bad
	if t.value != bad {
		return nil
	}
	t.value = ""
	return t.sealed
}

func (t *tokens) fresh(margin time.Duration) (string, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.value, t.value != "" && t.now().Before(t.expires.Add(-margin))
}

func (t *tokens) renew(ctx context.Context) (string, error) {
	if value, ok := t.fresh(tokenMargin); ok {
		return value, nil // fetched by a call that ended just before
	}
	got, err := t.loadOrFetch(ctx)
	t.mu.Lock()
	defer t.mu.Unlock()
	if err == nil {
		t.value, t.expires, t.sealed, t.state, t.err = got.token, got.expires, got.sealed, TokenOK, nil
		return got.token, nil
	}
	if ctx.Err() == nil {
		t.state, t.err = TokenFailing, err
	}
	return "", err
}

// TokenState returns the result of the last fetch of the token, with its error.
func (c *Client) TokenState() (TokenState, error) {
	c.tokens.mu.Lock()
	defer c.tokens.mu.Unlock()
	return c.tokens.state, c.tokens.err
}

// MaintainToken retries the fetch of the token in this interval while the last fetch failed, until ctx is done.
// Without it a bot that is not ready would get no events, and so make no call that fetches a token.
func (c *Client) MaintainToken(ctx context.Context, every time.Duration) {
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		if state, _ := c.TokenState(); state == TokenFailing {
			_, _ = c.tokens.token(ctx) // the state holds the error
		}
	}
}

// quoteMessage quotes the platform's message about our credentials, since several faults share a code. A message that
// contains the secret is not quoted.
func (c *Client) quoteMessage(msg string) error {
	const maxLength = 200
	if secret := c.cfg.AppSecret.Reveal(); msg == "" || (secret != "" && strings.Contains(msg, secret)) {
		return nil
	}
	return fmt.Errorf("%.*q", maxLength, msg)
}

// fetchToken fetches a tenant token. Errors that waiting or a corrected configuration can solve are Unavailable.
func (c *Client) fetchToken(ctx context.Context) (string, time.Duration, error) {
	const op = "fetch tenant token"
	req := &larkcore.ApiReq{
		HttpMethod: http.MethodPost,
		ApiPath:    larkcore.TenantAccessTokenInternalUrlPath,
		Body:       map[string]string{"app_id": c.cfg.AppID, "app_secret": c.cfg.AppSecret.Reveal()},
	}
	var body struct {
		larkcore.CodeError
		Token  string `json:"tenant_access_token"`
		Expire int    `json:"expire"`
	}
	t := &callInfo{bypassHold: true}
	begin := c.cfg.now()
	raw, err := larkcore.Request(withCallInfo(ctx, t), req, c.sdk)
	if err == nil {
		err = raw.JSONUnmarshalBody(&body, c.sdk)
	}
	fault := c.callError(op, t, response{raw, body.CodeError}, err)
	c.observe("token.fetch", t, fault, c.cfg.now().Sub(begin))
	switch {
	case fault != nil && ctx.Err() != nil:
		return "", 0, ctx.Err()
	case fault != nil:
		if fault.Reason == bot.ReasonOther || fault.Reason == bot.ReasonBadRequest {
			fault.Kind, fault.Reason = bot.Unavailable, bot.ReasonCredentials
		}
		if fault.Code != 0 {
			fault.Err = c.quoteMessage(body.Msg)
		}
		return "", 0, fault
	case body.Token == "":
		return "", 0, emptyResponse(op)
	}
	return body.Token, time.Duration(body.Expire) * time.Second, nil
}

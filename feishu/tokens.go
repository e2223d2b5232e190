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

// tokenMargin is how long before its end a token is replaced.
const tokenMargin = 3 * time.Minute

// TokenState says whether our credentials work, as far as is known.
type TokenState uint8

// The states of the token.
const (
	// TokenUnused: no call needed one yet.
	TokenUnused TokenState = iota
	// TokenOK: the last fetch gave one.
	TokenOK
	// TokenFailing: the last fetch failed.
	TokenFailing
)

// tokens keeps the tenant token and fetches it once for all who wait for it, in all replicas.
type tokens struct {
	fetch func(context.Context) (value string, life time.Duration, err error)
	now   func() time.Time
	// cache and seals share the token with the other replicas; both are nil where nobody else is.
	cache  TokenCache
	sealer *sealer

	flight  singleflight.Group
	mu      sync.Mutex
	value   string
	expires time.Time
	sealed  []byte
	// rejected is the last token that the platform did not take, wherever it may come from again.
	rejected string
	state    TokenState
	err      error
}

func newTokens(cfg Config, fetch func(context.Context) (string, time.Duration, error)) *tokens {
	t := &tokens{fetch: fetch, now: cfg.now}
	if seals, err := newSealer(cfg); cfg.TokenCache != nil && err == nil {
		t.cache, t.sealer = cfg.TokenCache, seals
	}
	return t
}

// token gives a token that is good for some minutes more. Whoever comes first fetches it, in its own time; when that
// caller is called off the next one in the line takes over. A token near its end serves on while no new one can be
// had.
func (t *tokens) token(ctx context.Context) (string, error) {
	for {
		if held, ok := t.fresh(tokenMargin); ok {
			return held, nil
		}
		got, err, _ := t.flight.Do("", func() (any, error) { return t.renew(ctx) })
		if held, ok := got.(string); ok && err == nil {
			return held, nil
		}
		if held, ok := t.fresh(0); ok {
			return held, nil
		}
		if ctx.Err() != nil {
			return "", ctx.Err()
		}
		if !errors.Is(err, context.Canceled) && !errors.Is(err, context.DeadlineExceeded) {
			return "", err
		}
	}
}

// drop forgets the token that the platform refused, here and for the other replicas, unless it has been replaced meanwhile.
func (t *tokens) drop(ctx context.Context, bad string) {
	if sealed := t.forget(bad); t.cache != nil && sealed != nil {
		_ = t.cache.Delete(ctx, sealed) // the others will be refused too then, and nobody takes it from there again
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
	if held, ok := t.fresh(tokenMargin); ok {
		return held, nil // a flight that landed just before this one
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

// TokenState tells what the last fetch of the token came to, with its error when it failed.
func (c *Client) TokenState() (TokenState, error) {
	c.tokens.mu.Lock()
	defer c.tokens.mu.Unlock()
	return c.tokens.state, c.tokens.err
}

// MaintainToken tries to get the token again, once in every such time, while the last fetch failed, until ctx is done: a
// bot that says it is not ready may get no events, and without events no call would ever need a token.
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
			_, _ = c.tokens.token(ctx) // the state tells how it went
		}
	}
}

// quoteMessage quotes what the platform says of our credentials, which its codes alone do not tell apart; nothing of them is in it.
func (c *Client) quoteMessage(msg string) error {
	const longest = 200
	if secret := c.cfg.AppSecret.Reveal(); msg == "" || (secret != "" && strings.Contains(msg, secret)) {
		return nil
	}
	return fmt.Errorf("%.*q", longest, msg)
}

// fetchToken asks for a tenant token. While nothing can be done, nor answered, without one, every refusal that
// waiting or a corrected configuration can end is Unavailable.
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

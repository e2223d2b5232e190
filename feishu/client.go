package feishu

import (
	"context"
	"errors"
	"log/slog"
	"time"

	larkcore "github.com/larksuite/oapi-sdk-go/v3/core"
	larkim "github.com/larksuite/oapi-sdk-go/v3/service/im/v1"

	"recallbot/bot"
)

// maxSlotWait is how long a call waits for a slot of the rate limit. After that it fails with RateLimited and the
// remaining time, so that the worker is free for other work.
const maxSlotWait = 4 * time.Second

// maxBulkWait is maxSlotWait for the calls of jobs. It is short so that a job stops within a second.
const maxBulkWait = 400 * time.Millisecond

// Limiter shares the platform's rate limits among all replicas. They are counted by API: api is a name such as
// "message.delete", or bot.LimitSends or bot.LimitEdits with an id. A Limiter may let names without a limit pass.
type Limiter interface {
	// Wait returns when the API may be called once. If that is after ctx's deadline it returns RateLimited with the
	// time to wait.
	Wait(ctx context.Context, api string) error
	// Pause blocks all calls of the API for d, because the platform asked for it.
	Pause(ctx context.Context, api string, d time.Duration) error
}

// Client calls the platform's API as our app. Its errors are *bot.Error with the platform's code and log id; the
// kinds RateLimited and Unavailable are retryable, all others are final. It is safe for concurrent use.
type Client struct {
	cfg     Config
	limiter Limiter
	log     *slog.Logger
	sdk     *larkcore.Config
	im      *larkim.V1
	tokens  *tokens
	codes   map[int]codeInfo
	// maxWait is how long a call waits for a slot.
	maxWait time.Duration
	// pauseIncident lasts while pauses can't be shared with the other replicas.
	pauseIncident *bot.Incident
}

// NewClient makes a Client from a valid configuration. It makes no calls.
func NewClient(cfg Config, limiter Limiter, log *slog.Logger) *Client {
	httpClient := newTransport(cfg.CallTimeout)
	httpClient.hold, httpClient.onHeld = cfg.Hold, cfg.OnHeld
	sdk := &larkcore.Config{
		BaseUrl:      trimSlash(cfg.BaseURL),
		AppId:        cfg.AppID,
		AppSecret:    cfg.AppSecret.Reveal(),
		HttpClient:   httpClient,
		Logger:       discardLogger{},
		AppType:      larkcore.AppTypeSelfBuilt,
		Serializable: &larkcore.DefaultSerialization{},
	}
	c := &Client{cfg: cfg, limiter: limiter, log: log, sdk: sdk, im: larkim.New(sdk), codes: codeTable(), maxWait: maxSlotWait}
	c.pauseIncident = bot.NewIncident(log, slog.LevelWarn, "rate limit not shared", "rate limit shared again")
	c.tokens = newTokens(cfg, c.fetchToken)
	return c
}

// InBulk returns the same client for the calls of jobs, with a limiter that lets other calls go first.
func (c *Client) InBulk(limiter Limiter) *Client {
	bulk := *c
	bulk.limiter, bulk.maxWait = limiter, maxBulkWait
	return &bulk
}

// response is what all typed responses of the SDK have in common.
type response struct {
	raw       *larkcore.ApiResp
	codeError larkcore.CodeError
}

// request is one call.
type request struct {
	// api is its name for limits and metrics, op what it does for errors.
	api, op string
	// limitKey is a second limit, such as that of a chat; may be empty.
	limitKey string
	// bypassHold is set for a call that is sent in spite of Config.Hold.
	bypassHold bool
	// do is the call of the SDK.
	do func(ctx context.Context, token larkcore.RequestOptionFunc) (response, error)
}

// call makes a request within the rate limits. If the platform rejects the token, call drops it and tries once more
// with a new one; the SDK would keep the rejected one.
func (c *Client) call(ctx context.Context, r request) error {
	for first := true; ; first = false {
		token, err := c.tokens.token(ctx)
		if err != nil {
			return notSent(r.op, "get a token", err)
		}
		err = c.do(ctx, r, larkcore.WithTenantAccessToken(token))
		if !isTokenCode(bot.Detail(err).Code) {
			return err
		}
		c.tokens.drop(ctx, token)
		if !first {
			return err
		}
	}
}

func sendsKey[T bot.ChatID | bot.UserID](id T) string {
	if id == "" {
		return ""
	}
	return bot.LimitSends + string(id)
}

// callAs is call with the user token of a person. If the platform rejects the token the error is Denied with
// ReasonConsentGone.
func (c *Client) callAs(ctx context.Context, token bot.Secret, r request) error {
	err := c.do(ctx, r, larkcore.WithUserAccessToken(token.Reveal()))
	if isTokenCode(bot.Detail(err).Code) {
		detail := bot.Detail(err)
		return &bot.Error{Kind: bot.Denied, Op: r.op, Reason: bot.ReasonConsentGone, Code: detail.Code, LogID: detail.LogID}
	}
	return err
}

// do makes a request once, with the token.
func (c *Client) do(ctx context.Context, r request, token larkcore.RequestOptionFunc) error {
	if err := c.waitLimit(ctx, r.api); err != nil {
		return notSent(r.op, "wait for the rate limit", err)
	}
	// The key's limit is the narrower one, so its slot is taken last and used immediately.
	if err := c.waitLimit(ctx, r.limitKey); err != nil {
		return notSent(r.op, "wait for the chat's or message's limit", err)
	}
	begin, t := c.cfg.now(), &callInfo{bypassHold: r.bypassHold}
	ctx, traced := c.trace(ctx, r.api)
	got, err := r.do(withCallInfo(ctx, t), token)
	fault := c.callError(r.op, t, got, err)
	traced(t, fault)
	if t.held {
		c.log.InfoContext(ctx, "dry run: not sent", "api", r.api, "call", r.op)
		return nil
	}
	c.observe(r.api, t, fault, c.cfg.now().Sub(begin))
	if fault == nil {
		return nil
	}
	if !isTokenCode(fault.Code) && c.isAPILimit(t, fault) {
		c.pause(ctx, r.api, fault.RetryAfter)
	}
	return fault
}

func (c *Client) waitLimit(ctx context.Context, api string) error {
	if api == "" {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, c.maxWait)
	defer cancel()
	return c.limiter.Wait(ctx, api)
}

// pause shares the platform's wait with all replicas. A failure is logged; the caller's error has the wait too.
func (c *Client) pause(ctx context.Context, api string, d time.Duration) {
	began := time.Now()
	c.pauseIncident.ReportOf(ctx, "", began, c.limiter.Pause(ctx, api, d), slog.String("api", api))
}

func (c *Client) observe(api string, t *callInfo, fault *bot.Error, d time.Duration) {
	if c.cfg.Observe != nil {
		c.cfg.Observe(api, codeOf(t, fault), d)
	}
}

// codeOf is the platform's code: 0 for success, -1 without an answer, the HTTP status if the answer has no code.
func codeOf(t *callInfo, fault *bot.Error) int {
	switch {
	case fault == nil:
		return 0
	case t.status == 0:
		return -1
	case fault.Code != 0:
		return fault.Code
	default:
		return t.status
	}
}

func (c *Client) trace(ctx context.Context, api string) (context.Context, func(*callInfo, *bot.Error)) {
	if c.cfg.Trace == nil {
		return ctx, func(*callInfo, *bot.Error) {}
	}
	ctx, end := c.cfg.Trace(ctx, api)
	return ctx, func(t *callInfo, fault *bot.Error) {
		if fault == nil {
			end(0, t.header.Get(headerLogID), nil)
			return
		}
		end(codeOf(t, fault), fault.LogID, fault)
	}
}

// notSent is the error of a step before the call: the platform was not called.
func notSent(op, what string, err error) error {
	e := &bot.Error{Kind: bot.Unavailable, Op: op + ": " + what, Reason: bot.ReasonUnavailable, Err: err}
	if cause, ok := errors.AsType[*bot.Error](err); ok {
		e.Kind, e.Reason, e.RetryAfter = cause.Kind, cause.Reason, cause.RetryAfter
		e.Code, e.LogID, e.Op, e.Err = cause.Code, cause.LogID, op+": "+cause.Op, cause.Err
	}
	return e
}

// value is *p, or the zero value for nil.
func value[T any](p *T) T {
	if p == nil {
		var zero T
		return zero
	}
	return *p
}

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

// slotWait is how long a call waits for its turn here. Whoever has to wait longer gets RateLimited with the time, and
// what it holds, a worker, is free for others meanwhile.
const slotWait = 4 * time.Second

// bulkWait is the same for the calls of jobs: short, so that a job that is to stop does so within a second.
const bulkWait = 400 * time.Millisecond

// Beside the limit of an API stand those of one chat's sends and of one message's edits. A Limiter knows them by these
// names and the id.
const (
	laneSends = "chat.send:"
	laneEdits = "message.edit:"
)

// Limiter shares the platform's rate limits among all replicas. The platform counts per API: api is a name such as
// "message.delete", and a Limiter may let names pass that it has no limit for.
type Limiter interface {
	// Wait returns when the API may be called once; it gives RateLimited, with the time to wait, when that would be
	// after ctx's deadline.
	Wait(ctx context.Context, api string) error
	// Pause holds all calls of the API back for d, because the platform asked for it.
	Pause(ctx context.Context, api string, d time.Duration) error
}

// Client calls the platform's API as our app. Its errors are *bot.Error with the platform's code and log id; the
// kinds RateLimited and Unavailable are worth another try, all others are final. It is safe for concurrent use.
type Client struct {
	cfg     Config
	limiter Limiter
	log     *slog.Logger
	sdk     *larkcore.Config
	im      *larkim.V1
	tokens  *tokens
	codes   map[int]verdict
	// patience is how long a call waits for its turn.
	patience time.Duration
	// shared lasts while the limits of the platform can't be told to the other replicas.
	shared *bot.Incident
}

// NewClient makes a Client from a valid configuration. It calls nobody yet.
func NewClient(cfg Config, limiter Limiter, log *slog.Logger) *Client {
	wire := newTransport(cfg.CallTimeout)
	wire.hold, wire.onHeld = cfg.Hold, cfg.OnHeld
	sdk := &larkcore.Config{
		BaseUrl:      trimSlash(cfg.BaseURL),
		AppId:        cfg.AppID,
		AppSecret:    cfg.AppSecret.Reveal(),
		HttpClient:   wire,
		Logger:       silence{},
		AppType:      larkcore.AppTypeSelfBuilt,
		Serializable: &larkcore.DefaultSerialization{},
	}
	c := &Client{cfg: cfg, limiter: limiter, log: log, sdk: sdk, im: larkim.New(sdk), codes: codeTable(), patience: slotWait}
	c.shared = bot.NewIncident(log, slog.LevelWarn, "rate limit could not be shared", "rate limit is shared again")
	c.tokens = newTokens(cfg, c.fetchToken)
	return c
}

// InBulk is the same client in the lane of jobs. Its limiter is to let the calls of others pass.
func (c *Client) InBulk(lane Limiter) *Client {
	bulk := *c
	bulk.limiter, bulk.patience = lane, bulkWait
	return &bulk
}

// answer is what the platform said: every typed answer of the SDK holds these two.
type answer struct {
	raw    *larkcore.ApiResp
	report larkcore.CodeError
}

// request is one call: its name for limits and metrics, what it tries for logs, and the SDK call itself.
type request struct {
	api string
	op  string
	do  func(ctx context.Context, token larkcore.RequestOptionFunc) (answer, error)
}

// call runs a request within the rate limit. A token that the platform takes no longer is dropped and the request
// made once more with a fresh one: the SDK would go on with the bad one.
func (c *Client) call(ctx context.Context, r request) error { return c.callLimited(ctx, "", r) }

// callLimited is call for what has a lower limit of its own beside that of its API.
func (c *Client) callLimited(ctx context.Context, lane string, r request) error {
	stale, err := c.attempt(ctx, lane, r)
	if stale {
		_, err = c.attempt(ctx, lane, r)
	}
	return err
}

// sends is the lane of what is sent into the chat where a message stands; empty where nobody knows that.
func (c *Client) sends(ctx context.Context, id bot.MessageID) string {
	if c.cfg.Where == nil {
		return ""
	}
	return laneOf(c.cfg.Where(ctx, id))
}

func laneOf[T bot.ChatID | bot.UserID](id T) string {
	if id == "" {
		return ""
	}
	return laneSends + string(id)
}

func (c *Client) attempt(ctx context.Context, lane string, r request) (staleToken bool, err error) {
	token, err := c.tokens.token(ctx)
	if err != nil {
		return false, notSent(r.op, "get a token", err)
	}
	err = c.do(ctx, &callInfo{limitKey: lane}, r, larkcore.WithTenantAccessToken(token))
	if isTokenCode(bot.Detail(err).Code) {
		c.tokens.drop(ctx, token)
		return true, err
	}
	return false, err
}

// callAs is call with the token of a person. One that the platform takes no longer is Denied with ReasonConsentGone: only
// whoever keeps it can get another.
func (c *Client) callAs(ctx context.Context, token bot.Secret, r request) error {
	err := c.doLast(ctx, r, larkcore.WithUserAccessToken(token.Reveal()))
	if isTokenCode(bot.Detail(err).Code) {
		detail := bot.Detail(err)
		return &bot.Error{Kind: bot.Denied, Op: r.op, Reason: bot.ReasonConsentGone, Code: detail.Code, LogID: detail.LogID}
	}
	return err
}

// doLast makes a call in its turn, which comes last of all, since leave to call is for now: the time that a token takes
// would outlast it.
func (c *Client) doLast(ctx context.Context, r request, token larkcore.RequestOptionFunc) error {
	return c.do(ctx, new(callInfo), r, token)
}

func (c *Client) do(ctx context.Context, t *callInfo, r request, token larkcore.RequestOptionFunc) error {
	if err := c.waitLimit(ctx, r.api); err != nil {
		return notSent(r.op, "wait for the rate limit", err)
	}
	// The lane has the narrower limit, so its leave is the one to be used at once.
	if err := c.waitLimit(ctx, t.limitKey); err != nil {
		return notSent(r.op, "wait for its lane", err)
	}
	begin := c.cfg.now()
	ctx, traced := c.trace(ctx, r.api)
	got, err := r.do(withCallInfo(ctx, t), token)
	fault := c.judge(r.op, t, got, err)
	traced(t, fault)
	if t.held {
		c.log.InfoContext(ctx, "dry run: not sent", "api", r.api, "call", r.op)
		return nil
	}
	c.observe(r.api, t, fault, c.cfg.now().Sub(begin))
	if fault == nil {
		return nil
	}
	if !isTokenCode(fault.Code) && c.isWholeLimit(t, fault) {
		c.pause(ctx, r.api, fault.RetryAfter)
	}
	return fault
}

func (c *Client) waitLimit(ctx context.Context, api string) error {
	if api == "" {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, c.patience)
	defer cancel()
	return c.limiter.Wait(ctx, api)
}

// pause tells all replicas. If that fails the caller still learns the wait from its error.
func (c *Client) pause(ctx context.Context, api string, d time.Duration) {
	began := time.Now()
	c.shared.ReportOf(ctx, "", began, c.limiter.Pause(ctx, api, d), slog.String("api", api))
}

func (c *Client) observe(api string, t *callInfo, fault *bot.Error, d time.Duration) {
	if c.cfg.Observe != nil {
		c.cfg.Observe(api, codeOf(t, fault), d)
	}
}

// codeOf is the platform's code: 0 for success, -1 for no answer, the status where an answer has none.
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

// notSent is the failure of something that has to be done before the call: the platform was not asked.
func notSent(op, what string, err error) error {
	e := &bot.Error{Kind: bot.Unavailable, Op: op + ": " + what, Reason: bot.ReasonUnavailable, Err: err}
	if cause, ok := errors.AsType[*bot.Error](err); ok {
		e.Kind, e.Reason, e.RetryAfter = cause.Kind, cause.Reason, cause.RetryAfter
		e.Code, e.LogID, e.Op, e.Err = cause.Code, cause.LogID, op+": "+cause.Op, cause.Err
	}
	return e
}

// value is what an optional field of the SDK holds, or the zero value.
func value[T any](p *T) T {
	if p == nil {
		var zero T
		return zero
	}
	return *p
}

package feishu

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/goccy/go-json"

	"recallbot/bot"
)

const (
	defaultRetryAfter = time.Second
	maxRetryAfter     = 5 * time.Minute
)

// callError turns the end of a call into nil or an error with its kind. It never quotes an answer. An answer without a code is
// not the platform's: {}, null, and what a gateway says in its place are neither a success nor a refusal.
func (c *Client) callError(op string, t *callInfo, got response, err error) *bot.Error {
	if err != nil || got.raw == nil || !hasCode(got.raw.RawBody) {
		return noResponse(op, t)
	}
	e := &bot.Error{Op: op, Code: got.codeError.Code, LogID: t.header.Get(headerLogID)}
	if got.codeError.Err != nil && got.codeError.Err.LogID != "" {
		e.LogID = got.codeError.Err.LogID
	}
	if e.Code == 0 && t.status == http.StatusOK {
		return nil
	}
	v := c.codeInfo(e.Code, t.status)
	e.Kind, e.Reason = v.kind, v.reason
	e.MayHaveActed = t.status >= http.StatusInternalServerError && v.kind != bot.RateLimited
	if e.Code == 0 {
		e.Err = errors.New("HTTP status " + strconv.Itoa(t.status))
	}
	if e.Kind == bot.RateLimited {
		e.RetryAfter = retryAfter(t.header)
	}
	return e
}

// hasCode reports whether an answer carries a code, be it 0.
func hasCode(body []byte) bool {
	var said struct {
		Code *int `json:"code"`
	}
	return json.Unmarshal(body, &said) == nil && said.Code != nil
}

// emptyResponse is an answer of success that tells nothing of what was asked for.
func emptyResponse(op string) error {
	return &bot.Error{Kind: bot.Unavailable, Op: op + ": the answer is empty", Reason: bot.ReasonUnavailable}
}

// errNoCall is the answer of a gateway, or of a platform, that does not have the call at all.
var errNoCall = errors.New("unreadable answer with HTTP status 404")

// noResponse is a call without a readable answer. The SDK's own error is not kept: it may quote the answer.
func noResponse(op string, t *callInfo) *bot.Error {
	e := &bot.Error{
		Kind:         bot.Unavailable,
		Op:           op,
		Reason:       bot.ReasonUnavailable,
		LogID:        t.header.Get(headerLogID),
		MayHaveActed: t.sent.Load(),
	}
	switch {
	case t.badPath:
		e.Kind, e.Reason, e.Err = bot.Invalid, bot.ReasonBadRequest, errBadPath
	case !e.MayHaveActed && t.err != nil:
		e.Err = fmt.Errorf("no connection: %w", t.err)
	case !e.MayHaveActed:
		e.Err = errors.New("no connection")
	case t.status == 0:
		e.Err = errors.New("connection lost before the answer, or no answer in time")
	case t.status == http.StatusNotFound:
		e.Err = errNoCall
	default:
		e.Err = errors.New("unreadable answer with HTTP status " + strconv.Itoa(t.status))
	}
	if t.status == http.StatusTooManyRequests {
		e.Kind, e.Reason, e.RetryAfter, e.MayHaveActed = bot.RateLimited, bot.ReasonRateLimited, retryAfter(t.header), false
	}
	return e
}

// retryAfter reads how long the platform asks us to wait: seconds, sometimes with a fraction.
func retryAfter(header http.Header) time.Duration {
	seconds, err := strconv.ParseFloat(header.Get(headerReset), 64)
	if err != nil || !(seconds > 0) {
		return defaultRetryAfter
	}
	if seconds > maxRetryAfter.Seconds() {
		return maxRetryAfter
	}
	return time.Duration(seconds * float64(time.Second))
}

// isAPILimit tells the limit of an API, which holds for all its calls, from that of one chat or person.
func (c *Client) isAPILimit(t *callInfo, e *bot.Error) bool {
	return e.Kind == bot.RateLimited && (t.status == http.StatusTooManyRequests || c.codes[e.Code].wholeAPI)
}

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

// callError returns the error of a call, or nil. It never quotes a response. A response without a code, such as {} or
// a gateway's page, is not the platform's answer and counts as no answer.
func (c *Client) callError(op string, t *callInfo, resp response, err error) *bot.Error {
	if err != nil || resp.raw == nil || !hasCode(resp.raw.RawBody) {
		return noResponse(op, t)
	}
	e := &bot.Error{Op: op, Code: resp.codeError.Code, LogID: t.header.Get(headerLogID)}
	if resp.codeError.Err != nil && resp.codeError.Err.LogID != "" {
		e.LogID = resp.codeError.Err.LogID
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

// hasCode reports whether a response has a code, 0 included.
func hasCode(data []byte) bool {
	var body struct {
		Code *int `json:"code"`
	}
	return json.Unmarshal(data, &body) == nil && body.Code != nil
}

// emptyResponse is a success without the requested data.
func emptyResponse(op string) error {
	return &bot.Error{Kind: bot.Unavailable, Op: op + ": the answer is empty", Reason: bot.ReasonUnavailable}
}

// errNoCall is a 404 without a code: the gateway or the platform does not have this API.
var errNoCall = errors.New("unreadable answer with HTTP status 404")

// noResponse is the error of a call without a readable response. The SDK's own error is dropped because it may quote
// the response.
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

// retryAfter is the wait that the platform asks for, in seconds, possibly with a fraction.
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

// isAPILimit reports whether a limit holds for all calls of the API, not for one chat or person.
func (c *Client) isAPILimit(t *callInfo, e *bot.Error) bool {
	return e.Kind == bot.RateLimited && (t.status == http.StatusTooManyRequests || c.codes[e.Code].wholeAPI)
}

package client

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// ErrServer is returned by [New] for an address that can't be used.
var ErrServer = errors.New("the server's address is wrong")

// Kinds of *[Error], for errors.Is.
var (
	// ErrUnauthorized: the token is missing or invalid.
	ErrUnauthorized = errors.New("not authorised")
	// ErrForbidden: the token, or the policy, does not allow it.
	ErrForbidden = errors.New("not allowed")
	// ErrNotFound: it does not exist, or belongs to another team.
	ErrNotFound = errors.New("not found")
	// ErrConflict: it conflicts with an earlier call or the current state.
	ErrConflict = errors.New("conflict")
	// ErrInvalid: the request is invalid or too large.
	ErrInvalid = errors.New("invalid request")
	// ErrBusy: the token has made too many calls.
	ErrBusy = errors.New("too many calls")
	// ErrUnavailable: the bot or the platform is unavailable.
	ErrUnavailable = errors.New("not available now")
)

// Error is an error response: problem details (RFC 9457).
type Error struct {
	Type     string `json:"type,omitempty"`
	Title    string `json:"title,omitempty"`
	Status   int    `json:"status,omitempty"`
	Detail   string `json:"detail,omitempty"`
	Instance string `json:"instance,omitempty"`
	// Errors are the invalid places in the request.
	Errors []Fault `json:"errors,omitempty"`
	// Reason is the bot's name of the reason; Code and LogID are the platform's.
	Reason string `json:"reason,omitempty"`
	Code   int    `json:"code,omitempty"`
	LogID  string `json:"log_id,omitempty"`
	// RetryAfter is the wait that the bot asks for, or zero.
	RetryAfter time.Duration `json:"-"`
}

// Fault is one invalid place in a request.
type Fault struct {
	Location string `json:"location,omitempty"`
	Message  string `json:"message"`
}

// Error returns status, title, detail, errors and the ids for support.
func (e *Error) Error() string {
	parts := []string{fmt.Sprintf("HTTP %d", e.Status), e.Title, e.Detail}
	for _, fault := range e.Errors {
		text := strings.TrimPrefix(fault.Location+": ", ": ") + fault.Message
		if i := slices.Index(parts, fault.Message); i >= 0 {
			parts[i] = text // the detail without its place
			continue
		}
		parts = append(parts, text)
	}
	parts = slices.DeleteFunc(slices.Compact(parts), func(part string) bool { return part == "" })
	text := strings.Join(parts, ": ")
	if details := e.details(); len(details) > 0 {
		text += " (" + strings.Join(details, ", ") + ")"
	}
	return text
}

// details are reason, code and log id.
func (e *Error) details() []string {
	var marks []string
	if e.Reason != "" {
		marks = append(marks, e.Reason)
	}
	if e.Code != 0 {
		marks = append(marks, fmt.Sprintf("code %d", e.Code))
	}
	if e.LogID != "" {
		marks = append(marks, "log id "+e.LogID)
	}
	return marks
}

// Is matches the kinds of errors by the status.
func (e *Error) Is(target error) bool {
	switch target {
	case ErrUnauthorized:
		return e.Status == http.StatusUnauthorized
	case ErrForbidden:
		return e.Status == http.StatusForbidden
	case ErrNotFound:
		return e.Status == http.StatusNotFound
	case ErrConflict:
		return e.Status == http.StatusConflict
	case ErrInvalid:
		return e.Status == http.StatusUnprocessableEntity || e.Status == http.StatusBadRequest ||
			e.Status == http.StatusRequestEntityTooLarge
	case ErrBusy:
		return e.Status == http.StatusTooManyRequests
	case ErrUnavailable:
		return e.Status >= http.StatusInternalServerError
	default:
		return false
	}
}

// problemOf decodes an error response, also of a proxy.
func problemOf(resp *http.Response, text []byte) *Error {
	problem := &Error{}
	if json.Unmarshal(text, problem) != nil || problem.Title+problem.Detail == "" {
		problem = &Error{Title: http.StatusText(resp.StatusCode)}
	}
	problem.Status = resp.StatusCode
	problem.RetryAfter = retryAfter(resp.Header.Get("Retry-After"), time.Now())
	return problem
}

// retryAfter parses both forms of the header.
func retryAfter(header string, now time.Time) time.Duration {
	if seconds, err := strconv.Atoi(header); err == nil {
		return max(0, time.Duration(seconds)*time.Second)
	}
	if at, err := http.ParseTime(header); err == nil {
		return max(0, at.Sub(now))
	}
	return 0
}

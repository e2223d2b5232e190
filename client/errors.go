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

// What an *[Error] is, for errors.Is.
var (
	// ErrUnauthorized: there is no token, or the bot does not know it (any more).
	ErrUnauthorized = errors.New("not authorised")
	// ErrForbidden: the token, or the policy, does not allow it.
	ErrForbidden = errors.New("not allowed")
	// ErrNotFound: it is not there, or it is another team's.
	ErrNotFound = errors.New("not found")
	// ErrConflict: it does not go together with what happened before.
	ErrConflict = errors.New("conflict")
	// ErrInvalid: the request makes no sense to the bot, or is too large.
	ErrInvalid = errors.New("invalid request")
	// ErrBusy: the token has made too many calls.
	ErrBusy = errors.New("too many calls")
	// ErrUnavailable: the bot, or the platform behind it, can't do it now.
	ErrUnavailable = errors.New("not available now")
)

// Error is what the bot answered instead of doing it: problem details as RFC 9457 has them.
type Error struct {
	Type     string `json:"type,omitempty"`
	Title    string `json:"title,omitempty"`
	Status   int    `json:"status,omitempty"`
	Detail   string `json:"detail,omitempty"`
	Instance string `json:"instance,omitempty"`
	// Errors are what is wrong with the request, each with its place.
	Errors []Fault `json:"errors,omitempty"`
	// Reason is the bot's word for why; Code and LogID are the platform's.
	Reason string `json:"reason,omitempty"`
	Code   int    `json:"code,omitempty"`
	LogID  string `json:"log_id,omitempty"`
	// RetryAfter is how long the bot asks to wait; zero where it does not.
	RetryAfter time.Duration `json:"-"`
}

// Fault is one thing that is wrong with a request.
type Fault struct {
	Location string `json:"location,omitempty"`
	Message  string `json:"message"`
}

// Error says what the bot said.
func (e *Error) Error() string {
	said := []string{fmt.Sprintf("HTTP %d", e.Status), e.Title, e.Detail}
	for _, fault := range e.Errors {
		text := strings.TrimPrefix(fault.Location+": ", ": ") + fault.Message
		if i := slices.Index(said, fault.Message); i >= 0 {
			said[i] = text // the detail said it already, without the place
			continue
		}
		said = append(said, text)
	}
	said = slices.DeleteFunc(slices.Compact(said), func(part string) bool { return part == "" })
	text := strings.Join(said, ": ")
	if marks := e.marks(); len(marks) > 0 {
		text += " (" + strings.Join(marks, ", ") + ")"
	}
	return text
}

// marks are what whoever looks into it needs.
func (e *Error) marks() []string {
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

// Is makes errors.Is tell the kinds apart.
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

// problemOf reads what the bot, or something in front of it, answered.
func problemOf(resp *http.Response, text []byte) *Error {
	problem := &Error{}
	if json.Unmarshal(text, problem) != nil || problem.Title+problem.Detail == "" {
		problem = &Error{Title: http.StatusText(resp.StatusCode)}
	}
	problem.Status = resp.StatusCode
	problem.RetryAfter = retryAfter(resp.Header.Get("Retry-After"), time.Now())
	return problem
}

// retryAfter reads the header in both of its forms.
func retryAfter(header string, now time.Time) time.Duration {
	if seconds, err := strconv.Atoi(header); err == nil {
		return max(0, time.Duration(seconds)*time.Second)
	}
	if at, err := http.ParseTime(header); err == nil {
		return max(0, at.Sub(now))
	}
	return 0
}

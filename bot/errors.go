package bot

import (
	"errors"
	"fmt"
	"time"
)

// ErrorKind is what code may branch on, instead of an error's text or code.
type ErrorKind uint8

// The kinds of errors.
const (
	// None is the kind of nil.
	None ErrorKind = iota
	// Internal is a fault of ours, and the kind of every error without a kind.
	Internal
	// Invalid is input that is malformed or contradictory.
	Invalid
	// NotFound is something that does not exist, or no longer, such as a recalled message.
	NotFound
	// Denied is a call that this person, or this app, is not allowed to make.
	Denied
	// Expired is a call that is too late now.
	Expired
	// RateLimited asks to try again after the error's RetryAfter.
	RateLimited
	// Unavailable is another system that does not answer now; a retry may help.
	Unavailable
)

// String is the word used in logs and metrics.
func (k ErrorKind) String() string {
	switch k {
	case None:
		return "none"
	case Invalid:
		return "invalid"
	case NotFound:
		return "not_found"
	case Denied:
		return "denied"
	case Expired:
		return "expired"
	case RateLimited:
		return "rate_limited"
	case Unavailable:
		return "unavailable"
	default:
		return "internal"
	}
}

// Error is an error with its kind. Its text is for logs.
type Error struct {
	Kind ErrorKind
	// Op is what was tried, such as "recall om_1".
	Op string
	// Reason names the sentence for people; empty means the sentence of the kind.
	Reason Reason
	// Code and LogID are the platform's; zero where there are none.
	Code  int
	LogID string
	// RetryAfter is the wait that a rate limit asks for.
	RetryAfter time.Duration
	// MayHaveActed is set where the answer was lost: the call may have succeeded.
	MayHaveActed bool
	Err          error
}

// Error is what was tried and why it failed.
func (e *Error) Error() string {
	text := e.Op
	if text == "" {
		text = KindOf(e).String()
	}
	if e.Code != 0 {
		text += fmt.Sprintf(": code %d", e.Code)
	}
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	if e.LogID != "" {
		text += " (log id " + e.LogID + ")"
	}
	return text
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Errorf is fmt.Errorf with a kind.
func Errorf(kind ErrorKind, format string, args ...any) error {
	return &Error{Kind: kind, Op: kind.String(), Err: fmt.Errorf(format, args...)}
}

// KindOf is None for nil, else the kind of the outermost Error in err's chain. Without one, a BadSetting is Invalid and any
// other error Internal.
func KindOf(err error) ErrorKind { return Detail(err).Kind }

// Retryable reports whether the same call may succeed later: another system is unavailable or busy, or the fault is ours.
func Retryable(err error) bool {
	switch KindOf(err) {
	case Unavailable, RateLimited, Internal:
		return true
	default:
		return false
	}
}

// Detail is the outermost Error in err's chain, or one of KindOf's kind around err. It is never nil.
func Detail(err error) *Error {
	if err == nil {
		return &Error{}
	}
	if e, ok := errors.AsType[*Error](err); ok {
		if e.Kind == None {
			internal := *e
			internal.Kind = Internal
			return &internal
		}
		return e
	}
	if _, ok := errors.AsType[*BadSetting](err); ok {
		return &Error{Kind: Invalid, Err: err}
	}
	return &Error{Kind: Internal, Err: err}
}

// Flat returns the joined errors one by one.
func Flat(err error) []error {
	if err == nil {
		return nil
	}
	several, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return []error{err}
	}
	var all []error
	for _, one := range several.Unwrap() {
		all = append(all, Flat(one)...)
	}
	return all
}

package bot_test

import (
	"errors"
	"fmt"
	"io"
	"testing"
	"time"

	"recallbot/bot"
)

func TestErrorSaysWhatWasTried(t *testing.T) {
	t.Parallel()
	rows := []struct {
		name string
		err  error
		want string
	}{
		{"all of it", &bot.Error{Kind: bot.Denied, Op: "recall om_1", Code: 230026, LogID: "2026", Err: io.EOF}, "recall om_1: code 230026: EOF (log id 2026)"},
		{"the cause alone", &bot.Error{Op: "read om_1", Err: io.EOF}, "read om_1: EOF"},
		{"the code alone", &bot.Error{Kind: bot.Denied, Op: "recall om_1", Code: 230026}, "recall om_1: code 230026"},
		{"the kind, for want of better", &bot.Error{Kind: bot.RateLimited}, "rate_limited"},
		{"made from a format", bot.Errorf(bot.Invalid, "chat %q: %w", "oc_1", io.EOF), `invalid: chat "oc_1": EOF`},
	}
	for _, row := range rows {
		if got := row.err.Error(); got != row.want {
			t.Errorf("%s: %q, want %q", row.name, got, row.want)
		}
	}
}

func TestKindIsFoundThroughWrapsAndJoins(t *testing.T) {
	t.Parallel()
	limited := &bot.Error{Kind: bot.RateLimited, Op: "recall om_1", RetryAfter: time.Second}
	rows := []struct {
		name string
		err  error
		want bot.ErrorKind
	}{
		{"nil", nil, bot.None},
		{"without a kind", &bot.Error{Op: "recall om_1"}, bot.Internal},
		{"of another make", io.EOF, bot.Internal},
		{"bare", limited, bot.RateLimited},
		{"wrapped", fmt.Errorf("command_recall: %w", limited), bot.RateLimited},
		{"wrapped twice", fmt.Errorf("a: %w", fmt.Errorf("b: %w", limited)), bot.RateLimited},
		{"joined", errors.Join(io.EOF, limited), bot.RateLimited},
		{"joined and wrapped", fmt.Errorf("a: %w", errors.Join(nil, fmt.Errorf("b: %w", limited))), bot.RateLimited},
		{"the outermost counts", bot.Errorf(bot.Unavailable, "store: %w", limited), bot.Unavailable},
		{"the first of a join counts", errors.Join(bot.Errorf(bot.Denied, "no"), limited), bot.Denied},
	}
	for _, row := range rows {
		if got := bot.KindOf(row.err); got != row.want {
			t.Errorf("%s: KindOf = %s, want %s", row.name, got, row.want)
		}
	}
	if detail := bot.Detail(fmt.Errorf("a: %w", limited)); detail != limited {
		t.Errorf("Detail of a wrapped error = %+v, want the error itself", detail)
	}
	if detail := bot.Detail(nil); detail == nil || *detail != (bot.Error{}) {
		t.Errorf("Detail of nil = %+v, want an empty one", detail)
	}
	if detail := bot.Detail(io.EOF); detail.Kind != bot.Internal || !errors.Is(detail, io.EOF) {
		t.Errorf("Detail of a foreign error = %+v, want an internal one around it", detail)
	}
}

func TestRetryable(t *testing.T) {
	t.Parallel()
	for kind, want := range map[bot.ErrorKind]bool{
		bot.Unavailable: true, bot.RateLimited: true, bot.Internal: true,
		bot.Invalid: false, bot.NotFound: false, bot.Denied: false, bot.Expired: false,
	} {
		if got := bot.Retryable(fmt.Errorf("a: %w", bot.Errorf(kind, "b"))); got != want {
			t.Errorf("%s may be tried again: %t", kind, got)
		}
	}
	if bot.Retryable(nil) || !bot.Retryable(io.EOF) {
		t.Error("success may be tried again, or a fault of ours not")
	}
}

func TestKindsHaveDifferentWords(t *testing.T) {
	t.Parallel()
	words := map[string]bot.ErrorKind{}
	for kind := bot.None; kind <= bot.Unavailable; kind++ {
		if other, taken := words[kind.String()]; taken {
			t.Errorf("kinds %d and %d are both called %q", other, kind, kind)
		}
		words[kind.String()] = kind
	}
}

package bot_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"syscall"
	"testing"
	"time"

	"recallbot/bot"
)

// TestNetworkFault checks that errors of connections have a sentence without the library's words, and others none.
func TestNetworkFault(t *testing.T) {
	t.Parallel()
	dial := func(err error) error {
		return fmt.Errorf("ping Redis: %w", &net.OpError{Op: "dial", Net: "tcp", Err: err})
	}
	for want, err := range map[string]error{
		"no host has this name":                     dial(&net.DNSError{Err: "no such host", Name: "h", IsNotFound: true}),
		"the name of the host can't be looked up":   dial(&net.DNSError{Err: "server misbehaving", Name: "h"}),
		"connection refused; nothing listens there": dial(syscall.ECONNREFUSED),
		"there is no way to this host":              dial(syscall.EHOSTUNREACH),
		"no answer in time":                         dial(context.DeadlineExceeded),
		"the connection was closed":                 bot.Errorf(bot.Unavailable, "read: %w", io.EOF),
	} {
		if got := bot.NetworkFault(err); got == nil || got.Error() != want || bot.NetworkText(err) != want {
			t.Errorf("%v: %v, want %q", err, got, want)
		}
	}
	for _, err := range []error{nil, errors.New("x"), bot.Errorf(bot.Invalid, "y")} {
		if got := bot.NetworkFault(err); got != nil {
			t.Errorf("%v: %v", err, got)
		}
	}
	if got := bot.NetworkText(errors.New("x")); got != "x" {
		t.Errorf("another error is %q", got)
	}
}

func TestShortDuration(t *testing.T) {
	t.Parallel()
	for d, want := range map[time.Duration]string{
		0: "0s", 90 * time.Second: "1m30s", 10 * time.Minute: "10m", 2 * time.Hour: "2h", 25*time.Hour + time.Minute: "25h1m", time.Hour + time.Second: "1h0m1s",
	} {
		if got := bot.ShortDuration(d); got != want {
			t.Errorf("%v: %s", d, got)
		}
	}
}

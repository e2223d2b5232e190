package app

import (
	"context"
	"errors"
	"net"
	"syscall"

	"recallbot/bot"
)

// listenAt listens on an address; the setting that names it is the one to change when that can't be.
func listenAt(ctx context.Context, setting, address string) (net.Listener, error) {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, bot.Errorf(bot.Invalid, "%s: another program listens on %s already (address already in use); name another one with %s", setting, address, setting)
	case errors.Is(err, syscall.EACCES):
		return nil, bot.Errorf(bot.Invalid, "%s: %s may not be listened on (permission denied): ports below 1024 need a right; name another one with %s", setting, address, setting)
	case err != nil:
		return nil, bot.Errorf(bot.Invalid, "%s: %w", setting, err)
	}
	return listener, nil
}

// closeListener closes a listener that a server may have closed before.
func closeListener(listener net.Listener) error {
	if err := listener.Close(); !errors.Is(err, net.ErrClosed) {
		return err
	}
	return nil
}

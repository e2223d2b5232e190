package app

import (
	"context"
	"errors"
	"net"
	"strings"
	"syscall"

	"recallbot/bot"
)

// listenAt listens on an address; an error names the setting to change.
func listenAt(ctx context.Context, setting, address string) (net.Listener, error) {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	if err == nil {
		return listener, nil
	}
	var ways any = setting
	if !strings.HasPrefix(setting, "--") {
		ways = bot.WrongSetting("", "%s or %s", setting, "RECALLBOT_"+strings.ToUpper(strings.ReplaceAll(setting, ".", "_")))
	}
	name, known := errors.AsType[*net.DNSError](err)
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, bot.WrongSetting(setting, "another program listens on %s already; name another address with %s", address, ways)
	case errors.Is(err, syscall.EACCES):
		return nil, bot.WrongSetting(setting, "no right to listen on %s, as ports below 1024 need one; name another address with %s", address, ways)
	case errors.Is(err, syscall.EADDRNOTAVAIL), known && name.IsNotFound:
		return nil, bot.WrongSetting(setting, "%s is not an address of this machine; name another address with %s", address, ways)
	default:
		return nil, bot.WrongSetting(setting, "must be host:port, such as :8080, not %q", address)
	}
}

// closeListener closes a listener that a server may have closed before.
func closeListener(listener net.Listener) error {
	if err := listener.Close(); !errors.Is(err, net.ErrClosed) {
		return err
	}
	return nil
}

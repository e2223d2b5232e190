package bot

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"syscall"
)

// NetworkFault says why a connection failed, in a sentence without addresses, which the library's words hold. It is nil for other
// errors.
func NetworkFault(err error) error {
	is := func(targets ...error) bool {
		for _, target := range targets {
			if errors.Is(err, target) {
				return true
			}
		}
		return false
	}
	timeout, _ := errors.AsType[net.Error](err)
	switch name, ok := errors.AsType[*net.DNSError](err); {
	case err == nil:
		return nil
	case ok && name.IsNotFound:
		return WrongSetting("", "no host has this name")
	case ok:
		return WrongSetting("", "the name of the host can't be looked up")
	case CertificateFault(err) != "":
		return WrongSetting("", "TLS fails; recallbot doctor tells why")
	case is(syscall.ECONNREFUSED):
		return WrongSetting("", "connection refused; nothing listens there")
	case is(syscall.EHOSTUNREACH, syscall.ENETUNREACH):
		return WrongSetting("", "there is no way to this host")
	case is(context.DeadlineExceeded, os.ErrDeadlineExceeded), timeout != nil && timeout.Timeout():
		return WrongSetting("", "no answer in time")
	case is(io.EOF, io.ErrUnexpectedEOF, syscall.ECONNRESET, syscall.EPIPE):
		return WrongSetting("", "the connection was closed")
	default:
		return nil
	}
}

// NetworkText is the sentence of NetworkFault, or the error's own text.
func NetworkText(err error) string {
	if fault := NetworkFault(err); fault != nil {
		return fault.Error()
	}
	return err.Error()
}

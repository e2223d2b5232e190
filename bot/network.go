package bot

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"slices"
	"syscall"
)

// NetworkFault says why a connection failed, in a sentence without addresses, which the library's words hold. It is nil for other
// errors.
func NetworkFault(err error) error {
	if err == nil {
		return nil
	}
	if name, ok := errors.AsType[*net.DNSError](err); ok {
		if name.IsNotFound {
			return WrongSetting("", "no host has this name")
		}
		return WrongSetting("", "the name of the host can't be looked up")
	}
	if CertificateFault(err) != "" {
		return WrongSetting("", "TLS fails; recallbot doctor tells why")
	}
	for _, row := range []struct {
		causes []error
		says   error
	}{
		{[]error{syscall.ECONNREFUSED}, WrongSetting("", "connection refused; nothing listens there")},
		{[]error{syscall.EHOSTUNREACH, syscall.ENETUNREACH}, WrongSetting("", "there is no way to this host")},
		{[]error{context.DeadlineExceeded, os.ErrDeadlineExceeded}, WrongSetting("", "no answer in time")},
		{[]error{io.EOF, io.ErrUnexpectedEOF, syscall.ECONNRESET, syscall.EPIPE}, WrongSetting("", "the connection was closed")},
	} {
		if slices.ContainsFunc(row.causes, func(cause error) bool { return errors.Is(err, cause) }) {
			return row.says
		}
	}
	if late, ok := errors.AsType[net.Error](err); ok && late.Timeout() {
		return WrongSetting("", "no answer in time")
	}
	return nil
}

// NetworkText is the sentence of NetworkFault, or the error's own text.
func NetworkText(err error) string {
	if fault := NetworkFault(err); fault != nil {
		return fault.Error()
	}
	return err.Error()
}

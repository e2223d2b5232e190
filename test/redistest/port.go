package redistest

import (
	"errors"
	"math/rand/v2"
	"net"
	"strconv"
	"testing"
)

// errPortInUse: another process has the port.
var errPortInUse = errors.New("redis-server: port in use")

// randomPort is a port below the kernel's range for outgoing connections, so that none of these takes it while its server is down. The
// port of the cluster's bus is 10,000 higher, outside this range.
func randomPort() int {
	const first, count = 10_000, 10_000
	return first + rand.IntN(count) //nolint:gosec // not for security
}

// startOnFreePort starts the server on a free port, and reserves the port until the end of the test, also while the server is down.
func (s *Server) startOnFreePort(port func() int, start func() error) {
	s.tb.Helper()
	const attempts = 100
	for range attempts {
		s.addr = "127.0.0.1:" + strconv.Itoa(port())
		release, err := reserve(s.tb, s.addr)
		if err != nil {
			continue
		}
		if err = start(); err == nil {
			s.tb.Cleanup(release)
			s.tb.Cleanup(s.Kill)
			return
		}
		release()
		if !errors.Is(err, errPortInUse) {
			s.tb.Fatal(err)
		}
	}
	s.tb.Fatalf("no free port for redis-server in %d attempts", attempts)
}

// reserve listens on the UDP port of the same number, which Redis does not use. It is the lock on the port for all tests, also those
// of other packages.
func reserve(tb testing.TB, addr string) (release func(), err error) {
	tb.Helper()
	conn, err := (&net.ListenConfig{}).ListenPacket(tb.Context(), "udp", addr)
	if err != nil {
		return nil, err
	}
	return func() { _ = conn.Close() }, nil
}

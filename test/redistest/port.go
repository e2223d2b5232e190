package redistest

import (
	"errors"
	"math/rand/v2"
	"net"
	"strconv"
	"testing"
)

// errTaken: somebody else has the port.
var errTaken = errors.New("redis-server: the port is taken")

// anyPort is a port below those that the kernel gives to outgoing connections, so that none of them takes it while its
// server is down. The port of the cluster's bus lies 10,000 above, out of the way of all others.
func anyPort() int {
	const first, count = 10_000, 10_000
	return first + rand.IntN(count) //nolint:gosec // nobody gains from guessing it
}

// place starts the server on a port that nobody else has, and keeps it for the test, also while the server is down.
func (s *Server) place(port func() int, start func() error) {
	s.tb.Helper()
	const attempts = 100
	for range attempts {
		s.addr = "127.0.0.1:" + strconv.Itoa(port())
		release, err := claim(s.tb, s.addr)
		if err != nil {
			continue
		}
		if err = start(); err == nil {
			s.tb.Cleanup(release)
			s.tb.Cleanup(s.Kill)
			return
		}
		release()
		if !errors.Is(err, errTaken) {
			s.tb.Fatal(err)
		}
	}
	s.tb.Fatalf("no free port for redis-server in %d attempts", attempts)
}

// claim takes the UDP port of the same number, which Redis has no use for: other tests, of other packages too, see by it
// that the port is somebody's.
func claim(tb testing.TB, addr string) (release func(), err error) {
	tb.Helper()
	held, err := (&net.ListenConfig{}).ListenPacket(tb.Context(), "udp", addr)
	if err != nil {
		return nil, err
	}
	return func() { _ = held.Close() }, nil
}

package redistest_test

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"testing"

	"recallbot/test/redistest"
)

// TestPortInUse: if another process has a server's port, or that of its cluster's bus, the server starts on another port.
func TestPortInUse(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		bus  int
		args []string
	}{
		{"plain", 0, nil},
		{"password", 0, []string{"--requirepass", "secret"}},
		{"bus", 10_000, []string{"--cluster-enabled", "yes"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			used := startFakeServer(t, test.bus)
			tried := 0
			s := redistest.StartAt(t, func() int {
				tried++
				if tried == 1 {
					return used
				}
				return redistest.RandomPort()
			}, test.args...)
			if tried < 2 || s.Addr() == "127.0.0.1:"+strconv.Itoa(used) {
				t.Errorf("the server is at %s, which another one has", s.Addr())
			}
		})
	}
}

// TestKeepsItsPort: no other server gets the port of a server that is down.
func TestKeepsItsPort(t *testing.T) {
	t.Parallel()
	first := redistest.Start(t)
	_, text, _ := net.SplitHostPort(first.Addr())
	port, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	first.Kill()
	tried := 0
	second := redistest.StartAt(t, func() int {
		tried++
		if tried == 1 {
			return port
		}
		return redistest.RandomPort()
	})
	if second.Addr() == first.Addr() {
		t.Errorf("both are at %s", first.Addr())
	}
	if err := first.TryRestart(); err != nil {
		t.Errorf("restart: %v", err)
	}
}

// TestRestartOnUsedPort: a restart returns an error if another process has the port.
func TestRestartOnUsedPort(t *testing.T) {
	t.Parallel()
	s := redistest.Start(t)
	s.Kill()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", s.Addr())
	if err != nil {
		t.Fatal(err)
	}
	serveAll(t, listener)
	if err := s.TryRestart(); !errors.Is(err, redistest.ErrPortInUse) {
		t.Errorf("restart on a used port: %v", err)
	}
}

// startFakeServer answers like a ready Redis on a port that is above the returned one.
func startFakeServer(t *testing.T, above int) (port int) {
	t.Helper()
	for range 100 {
		port = redistest.RandomPort()
		listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:"+strconv.Itoa(port+above))
		if err == nil {
			serveAll(t, listener)
			return port
		}
	}
	t.Fatal("no free port")
	return 0
}

func serveAll(t *testing.T, listener net.Listener) {
	t.Helper()
	done := make(chan struct{})
	t.Cleanup(func() {
		_ = listener.Close()
		<-done
	})
	go func() {
		defer close(done)
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			serve(conn)
		}
	}()
}

// serve answers one connection; clients wait for each other.
func serve(conn net.Conn) {
	defer func() { _ = conn.Close() }()
	lines := bufio.NewScanner(conn)
	for lines.Scan() {
		switch word, _, _ := strings.Cut(lines.Text(), " "); word {
		case "PING":
			_, _ = fmt.Fprint(conn, "+PONG\r\n")
		case "AUTH":
			_, _ = fmt.Fprint(conn, "+OK\r\n")
		default:
			const info = "process_id:1\r\n"
			_, _ = fmt.Fprintf(conn, "$%d\r\n%s\r\n", len(info), info)
		}
	}
}

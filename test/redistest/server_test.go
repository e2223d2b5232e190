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

// TestStartsElsewhere gives a server ports that others have: its own, or that of its cluster's bus. It must not believe
// the other one's answers, but go elsewhere.
func TestStartsElsewhere(t *testing.T) {
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
			taken := impostor(t, test.bus)
			tried := 0
			s := redistest.StartAt(t, func() int {
				tried++
				if tried == 1 {
					return taken
				}
				return redistest.AnyPort()
			}, test.args...)
			if tried < 2 || s.Addr() == "127.0.0.1:"+strconv.Itoa(taken) {
				t.Errorf("the server is at %s, where another one was", s.Addr())
			}
		})
	}
}

// TestKeepsItsPort: the port of a server that is down goes to no other server, and comes back with the restart.
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
		return redistest.AnyPort()
	})
	if second.Addr() == first.Addr() {
		t.Errorf("both are at %s", first.Addr())
	}
	if err := first.TryRestart(); err != nil {
		t.Errorf("restart: %v", err)
	}
}

// TestRestartSeesAnotherServer: a restart does not take somebody else's answers for the server's.
func TestRestartSeesAnotherServer(t *testing.T) {
	t.Parallel()
	s := redistest.Start(t)
	s.Kill()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", s.Addr())
	if err != nil {
		t.Fatal(err)
	}
	answer(t, listener)
	if err := s.TryRestart(); !errors.Is(err, redistest.ErrTaken) {
		t.Errorf("restart where another server is: %v", err)
	}
}

// impostor answers as a Redis that is ready would, on a port that lies that far above the one it returns.
func impostor(t *testing.T, above int) (port int) {
	t.Helper()
	for range 100 {
		port = redistest.AnyPort()
		listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:"+strconv.Itoa(port+above))
		if err == nil {
			answer(t, listener)
			return port
		}
	}
	t.Fatal("no free port")
	return 0
}

func answer(t *testing.T, listener net.Listener) {
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

// serve answers one connection; those who ask are patient enough to come one after the other.
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

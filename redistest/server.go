// Package redistest starts real Redis servers for tests: one, a cluster, a sentinel. They live on free loopback ports and
// in the test's temporary directory, and end with the test. A missing redis-server fails the test.
package redistest

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// patience is how long a server may take to start, to load its file, or to join a cluster.
const patience = 20 * time.Second

// Server is a running redis-server, with its append-only file on.
type Server struct {
	tb   testing.TB
	addr string
	args []string
	dir  string
	cmd  *exec.Cmd
}

// Start starts a server; args are further options of redis-server, such as "--requirepass", "x".
func Start(tb testing.TB, args ...string) *Server {
	tb.Helper()
	s := &Server{tb: tb, addr: "127.0.0.1:" + freePort(tb), args: args, dir: tb.TempDir()}
	s.Restart()
	tb.Cleanup(s.Kill)
	return s
}

// Addr is the server's host:port.
func (s *Server) Addr() string { return s.addr }

// URL is the server's address as the configuration wants it.
func (s *Server) URL() string { return "redis://" + s.addr }

// Restart starts the server on the same port and directory, after Kill or the first time, and waits until it answers.
func (s *Server) Restart() {
	s.tb.Helper()
	_, port, _ := net.SplitHostPort(s.addr)
	args := append([]string{
		"--port", port, "--bind", "127.0.0.1", "--dir", s.dir, "--save", "",
		"--appendonly", "yes", "--maxmemory-policy", "noeviction", "--loglevel", "warning",
	}, s.args...)
	s.run(args...)
	s.await("PING", "+PONG", "-NOAUTH")
}

func (s *Server) run(args ...string) {
	s.tb.Helper()
	// Not the test's context: it ends before the cleanups run, and they may still speak to the server.
	//nolint:gosec // a test chooses the arguments
	s.cmd = exec.CommandContext(context.WithoutCancel(s.tb.Context()), "redis-server", args...)
	if err := s.cmd.Start(); err != nil {
		s.tb.Fatalf("these tests need redis-server: %v", err)
	}
}

// Kill ends the server as kill -9 does, and waits until it is gone.
func (s *Server) Kill() {
	s.tb.Helper()
	if s.cmd == nil {
		return
	}
	if err := s.cmd.Process.Kill(); err != nil {
		s.tb.Errorf("kill redis-server: %v", err)
	}
	_ = s.cmd.Wait() // says that it was killed
	s.cmd = nil
}

// Freeze makes the server stop answering, with its connections open, until Thaw.
func (s *Server) Freeze() { s.signal(syscall.SIGSTOP) }

// Thaw lets a frozen server go on.
func (s *Server) Thaw() { s.signal(syscall.SIGCONT) }

func (s *Server) signal(sig syscall.Signal) {
	s.tb.Helper()
	if err := s.cmd.Process.Signal(sig); err != nil {
		s.tb.Fatalf("signal redis-server: %v", err)
	}
}

// await asks the server until one of the answers begins as wanted.
func (s *Server) await(question string, wanted ...string) {
	s.tb.Helper()
	deadline := time.After(patience)
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		answer, err := s.ask(question)
		for _, w := range wanted {
			if err == nil && strings.Contains(answer, w) {
				return
			}
		}
		select {
		case <-deadline:
			s.tb.Fatalf("redis-server at %s: %s answers %q, %v", s.addr, question, answer, err)
		case <-tick.C:
		}
	}
}

// ask sends one command and gives what comes first, the whole of a bulk answer included.
func (s *Server) ask(question string) (string, error) {
	conn, err := (&net.Dialer{Timeout: time.Second}).DialContext(s.tb.Context(), "tcp", s.addr)
	if err != nil {
		return "", err
	}
	defer func() { _ = conn.Close() }()
	if err := conn.SetDeadline(time.Now().Add(time.Second)); err != nil {
		return "", err
	}
	if _, err := fmt.Fprintf(conn, "%s\r\n", question); err != nil {
		return "", err
	}
	reader := bufio.NewReader(conn)
	line, err := reader.ReadString('\n')
	if err != nil || !strings.HasPrefix(line, "$") {
		return line, err
	}
	size, err := strconv.Atoi(strings.TrimSpace(line[1:]))
	if err != nil {
		return line, err
	}
	bulk, err := reader.Peek(size)
	return string(bulk), err
}

func freePort(tb testing.TB) string {
	tb.Helper()
	listener, err := (&net.ListenConfig{}).Listen(tb.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatalf("find a free port: %v", err)
	}
	_, port, _ := net.SplitHostPort(listener.Addr().String())
	if err := listener.Close(); err != nil {
		tb.Fatalf("find a free port: %v", err)
	}
	return port
}

// writeFile puts a file into the server's directory and gives its path.
func (s *Server) writeFile(name, content string) string {
	s.tb.Helper()
	path := s.dir + "/" + name
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		s.tb.Fatalf("configure redis-server: %v", err)
	}
	return path
}

// Package redistest starts redis-server processes for tests: single servers, clusters and sentinels, on free loopback ports and in
// the test's temporary directory. They end with the test. A missing redis-server fails the test.
package redistest

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// startTimeout is for starting, loading a file, and joining a cluster.
const startTimeout = 20 * time.Second

// errUnexpected: the server's answer is not the expected one.
var errUnexpected = errors.New("unexpected answer")

// Server is a running redis-server, with its append-only file on.
type Server struct {
	tb   testing.TB
	addr string
	args []string
	env  []string
	dir  string
	step string // the file with the lead of the clock

	cmd    *exec.Cmd
	output *strings.Builder // may be read when ended is closed
	ended  chan struct{}    // closed when the process has ended
}

// Start starts a server; args are additional options of redis-server, such as "--requirepass", "x".
func Start(tb testing.TB, args ...string) *Server {
	tb.Helper()
	return startAt(tb, randomPort, args...)
}

// startAt is Start with the ports to try.
func startAt(tb testing.TB, port func() int, args ...string) *Server {
	tb.Helper()
	s := &Server{tb: tb, args: args, dir: tb.TempDir()}
	s.startOnFreePort(port, s.start)
	return s
}

// Addr is the server's host:port.
func (s *Server) Addr() string { return s.addr }

// URL is the server's address for the configuration.
func (s *Server) URL() string { return "redis://" + s.addr }

// Restart starts the server again after Kill, with the same port and directory, and waits until it has loaded its file.
func (s *Server) Restart() {
	s.tb.Helper()
	if err := s.start(); err != nil {
		s.tb.Fatal(err)
	}
}

func (s *Server) start() error {
	_, port, _ := net.SplitHostPort(s.addr)
	return s.run(append([]string{
		"--port", port, "--bind", "127.0.0.1", "--dir", s.dir, "--save", "",
		"--appendonly", "yes", "--maxmemory-policy", "noeviction", "--loglevel", "warning",
		"--repl-diskless-sync-delay", "0", // synchronise replicas at once
	}, s.args...)...)
}

// run starts the process and waits until it answers at the address. It checks the process id, and returns errPortInUse if another
// process has the port.
func (s *Server) run(args ...string) error {
	s.output, s.ended = &strings.Builder{}, make(chan struct{})
	// Not the test's context, which ends before the cleanups run: they may still need the server.
	//nolint:gosec // a test chooses the arguments
	s.cmd = exec.CommandContext(context.WithoutCancel(s.tb.Context()), "redis-server", args...)
	s.cmd.Env = append(s.cmd.Environ(), s.env...)
	s.cmd.Stdout, s.cmd.Stderr = s.output, s.output
	if err := s.cmd.Start(); err != nil {
		s.cmd = nil
		return fmt.Errorf("these tests need redis-server: %w", err)
	}
	go func(cmd *exec.Cmd, ended chan struct{}) {
		_ = cmd.Wait() // the reason is in its output
		close(ended)
	}(s.cmd, s.ended)
	err := s.await("INFO server", fmt.Sprintf("process_id:%d\r", s.cmd.Process.Pid))
	if err == nil {
		err = s.await("PING", "+PONG") // after it has loaded its file
	}
	return err
}

// Set changes an option of the running server.
func (s *Server) Set(option, value string) {
	s.tb.Helper()
	if answer, err := s.do("CONFIG SET " + option + " " + value); err != nil || !strings.HasPrefix(answer, "+OK") {
		s.tb.Fatalf("redis-server at %s: set %s: %q, %v", s.addr, option, answer, err)
	}
}

// Ask sends a command as the default user; an error reply fails the test.
func (s *Server) Ask(command string) {
	s.tb.Helper()
	if answer, err := s.do(command); err != nil || strings.HasPrefix(answer, "-") {
		s.tb.Fatalf("redis-server at %s: %s: %q, %v", s.addr, command, answer, err)
	}
}

// Await sends a command until its answer contains a text.
func (s *Server) Await(command, text string) {
	s.tb.Helper()
	if err := s.await(command, text); err != nil {
		s.tb.Fatal(err)
	}
}

// Dir is the directory of the server's files.
func (s *Server) Dir() string { return s.dir }

// Kill ends the server with SIGKILL and waits for its end. Acknowledged writes are in its file, as with appendfsync always, which
// would slow down all tests. It reports an error if the server has ended by itself.
func (s *Server) Kill() {
	s.tb.Helper()
	if s.cmd == nil {
		return
	}
	select {
	case <-s.ended:
		s.tb.Errorf("redis-server at %s ended by itself:\n%s", s.addr, s.output)
	default:
		_, _ = s.do("CONFIG SET appendfsync always") // Redis writes its file before it answers; fails if it is frozen
		_ = s.cmd.Process.Kill()                     // fails if it has just ended
		<-s.ended
	}
	s.cmd = nil
}

// Freeze makes the server stop answering, with its connections open, until Thaw.
func (s *Server) Freeze() { s.signal(stopSignal) }

// Thaw continues a frozen server.
func (s *Server) Thaw() { s.signal(contSignal) }

func (s *Server) signal(sig syscall.Signal) {
	s.tb.Helper()
	if err := s.cmd.Process.Signal(sig); err != nil {
		s.tb.Fatalf("signal redis-server: %v", err)
	}
}

// await sends a command until the answer contains one of the wanted texts, or the process has ended.
func (s *Server) await(command string, wanted ...string) error {
	deadline := time.After(startTimeout)
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		answer, err := s.do(command)
		if err == nil && slices.ContainsFunc(wanted, func(part string) bool { return strings.Contains(answer, part) }) {
			return nil
		}
		select {
		case <-s.ended:
			return s.endError()
		case <-deadline:
			return fmt.Errorf("redis-server at %s: %s answers %q: %w", s.addr, command, answer, cmp.Or(err, errUnexpected))
		case <-tick.C:
		}
	}
}

// endError returns why the process has ended.
func (s *Server) endError() error {
	s.cmd = nil
	for _, text := range []string{"Address already in use", "Failed listening on port"} {
		if strings.Contains(s.output.String(), text) {
			return errPortInUse
		}
	}
	return fmt.Errorf("redis-server at %s ended:\n%s", s.addr, s.output)
}

// do sends one command as the default user, and returns the first line of its reply, or the whole of a bulk reply.
func (s *Server) do(command string) (string, error) {
	conn, err := (&net.Dialer{Timeout: time.Second}).DialContext(context.WithoutCancel(s.tb.Context()), "tcp", s.addr)
	if err != nil {
		return "", err
	}
	defer func() { _ = conn.Close() }()
	if err := conn.SetDeadline(time.Now().Add(time.Second)); err != nil {
		return "", err
	}
	reader := bufio.NewReader(conn)
	if at := slices.Index(s.args, "--requirepass"); at >= 0 {
		if answer, err := roundTrip(conn, reader, "AUTH "+s.args[at+1]); err != nil {
			return answer, err
		}
	}
	return roundTrip(conn, reader, command)
}

func roundTrip(conn net.Conn, reader *bufio.Reader, command string) (string, error) {
	if _, err := fmt.Fprintf(conn, "%s\r\n", command); err != nil {
		return "", err
	}
	line, err := reader.ReadString('\n')
	if err != nil || !strings.HasPrefix(line, "$") {
		return line, err
	}
	size, err := strconv.Atoi(strings.TrimSpace(line[1:]))
	if err != nil {
		return line, err
	}
	bulk := make([]byte, size)
	_, err = io.ReadFull(reader, bulk)
	return string(bulk), err
}

// writeFile writes a file to the server's directory and returns its path.
func (s *Server) writeFile(name, content string) string {
	s.tb.Helper()
	path := s.dir + "/" + name
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		s.tb.Fatalf("configure redis-server: %v", err)
	}
	return path
}

// Package redistest starts real Redis servers for tests: one, a cluster, a sentinel. They live on free loopback ports and
// in the test's temporary directory, and end with the test. A missing redis-server fails the test.
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

// patience is how long a server may take to start, to load its file, or to join a cluster.
const patience = 20 * time.Second

// errPatience: what was waited for did not come.
var errPatience = errors.New("not what was awaited")

// Server is a running redis-server, with its append-only file on.
type Server struct {
	tb   testing.TB
	addr string
	args []string
	env  []string
	dir  string
	step string // the file that says how far the clock is ahead

	cmd    *exec.Cmd
	output *strings.Builder // to be read when gone is closed
	gone   chan struct{}    // closed when the process has ended
}

// Start starts a server; args are further options of redis-server, such as "--requirepass", "x".
func Start(tb testing.TB, args ...string) *Server {
	tb.Helper()
	return startAt(tb, anyPort, args...)
}

// startAt is Start with the ports to try.
func startAt(tb testing.TB, port func() int, args ...string) *Server {
	tb.Helper()
	s := &Server{tb: tb, args: args, dir: tb.TempDir()}
	s.place(port, s.start)
	return s
}

// Addr is the server's host:port.
func (s *Server) Addr() string { return s.addr }

// URL is the server's address as the configuration wants it.
func (s *Server) URL() string { return "redis://" + s.addr }

// Restart starts the server again on the same port and directory, after Kill, and waits until it has read its file.
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
		"--repl-diskless-sync-delay", "0", // replicas are served at once
	}, s.args...)...)
}

// run starts the process and waits until it, and nobody else, answers at the address. It gives errTaken when the port
// belongs to somebody else.
func (s *Server) run(args ...string) error {
	s.output, s.gone = &strings.Builder{}, make(chan struct{})
	// Not the test's context: it ends before the cleanups run, and they may still speak to the server.
	//nolint:gosec // a test chooses the arguments
	s.cmd = exec.CommandContext(context.WithoutCancel(s.tb.Context()), "redis-server", args...)
	s.cmd.Env = append(s.cmd.Environ(), s.env...)
	s.cmd.Stdout, s.cmd.Stderr = s.output, s.output
	if err := s.cmd.Start(); err != nil {
		s.cmd = nil
		return fmt.Errorf("these tests need redis-server: %w", err)
	}
	go func(cmd *exec.Cmd, gone chan struct{}) {
		_ = cmd.Wait() // how it ended is seen by who killed it, or in its output
		close(gone)
	}(s.cmd, s.gone)
	err := s.await("INFO server", fmt.Sprintf("process_id:%d\r", s.cmd.Process.Pid))
	if err == nil {
		err = s.await("PING", "+PONG") // not while it reads its file
	}
	return err
}

// Set changes an option of the running server.
func (s *Server) Set(option, value string) {
	s.tb.Helper()
	if answer, err := s.ask("CONFIG SET " + option + " " + value); err != nil || !strings.HasPrefix(answer, "+OK") {
		s.tb.Fatalf("redis-server at %s: set %s: %q, %v", s.addr, option, answer, err)
	}
}

// Ask sends a command, as the default user; the server must take it.
func (s *Server) Ask(command string) {
	s.tb.Helper()
	if answer, err := s.ask(command); err != nil || strings.HasPrefix(answer, "-") {
		s.tb.Fatalf("redis-server at %s: %s: %q, %v", s.addr, command, answer, err)
	}
}

// Await sends a command until its answer holds a text.
func (s *Server) Await(command, text string) {
	s.tb.Helper()
	if err := s.await(command, text); err != nil {
		s.tb.Fatal(err)
	}
}

// Dir is where the server keeps its files.
func (s *Server) Dir() string { return s.dir }

// Kill ends the server as kill -9 does, and waits until it is gone. A server that has ended by itself is an error.
func (s *Server) Kill() {
	s.tb.Helper()
	if s.cmd == nil {
		return
	}
	select {
	case <-s.gone:
		s.tb.Errorf("redis-server at %s ended by itself:\n%s", s.addr, s.output)
	default:
		_ = s.cmd.Process.Kill() // says that it has just ended
		<-s.gone
	}
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

// await asks the server until the answer holds something of what is wanted, or the process has ended.
func (s *Server) await(question string, wanted ...string) error {
	deadline := time.After(patience)
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		answer, err := s.ask(question)
		if err == nil && slices.ContainsFunc(wanted, func(part string) bool { return strings.Contains(answer, part) }) {
			return nil
		}
		select {
		case <-s.gone:
			return s.ended()
		case <-deadline:
			return fmt.Errorf("redis-server at %s: %s answers %q: %w", s.addr, question, answer, cmp.Or(err, errPatience))
		case <-tick.C:
		}
	}
}

// ended says why the process did.
func (s *Server) ended() error {
	s.cmd = nil
	for _, sign := range []string{"Address already in use", "Failed listening on port"} {
		if strings.Contains(s.output.String(), sign) {
			return errTaken
		}
	}
	return fmt.Errorf("redis-server at %s ended:\n%s", s.addr, s.output)
}

// ask sends one command, as the default user, and gives its answer, the whole of a bulk answer included.
func (s *Server) ask(question string) (string, error) {
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
		if answer, err := exchange(conn, reader, "AUTH "+s.args[at+1]); err != nil {
			return answer, err
		}
	}
	return exchange(conn, reader, question)
}

func exchange(conn net.Conn, reader *bufio.Reader, question string) (string, error) {
	if _, err := fmt.Fprintf(conn, "%s\r\n", question); err != nil {
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

// writeFile puts a file into the server's directory and gives its path.
func (s *Server) writeFile(name, content string) string {
	s.tb.Helper()
	path := s.dir + "/" + name
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		s.tb.Fatalf("configure redis-server: %v", err)
	}
	return path
}

package web

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"testing"
	"time"
)

// startLimited starts a server with a limit of connections: /known serves an authenticated request for as long as its
// body lasts.
func startLimited(t *testing.T, limit int) (address string) {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/unknown", func(_ http.ResponseWriter, r *http.Request) { _, _ = io.Copy(io.Discard, r.Body) })
	mux.HandleFunc("/known", func(w http.ResponseWriter, r *http.Request) {
		markAuthenticated(r.Context())
		_ = http.NewResponseController(w).EnableFullDuplex()
		_, _ = io.WriteString(w, "hello\n")
		_ = http.NewResponseController(w).Flush()
		_, _ = io.Copy(io.Discard, r.Body)
	})
	server := &http.Server{Handler: mux, ConnState: trackState, ConnContext: withConn, ReadHeaderTimeout: time.Minute}
	served := make(chan error, 1)
	go func() { served <- server.Serve(newLimitListener(listener, limit)) }()
	t.Cleanup(func() {
		_ = server.Close()
		if err := <-served; !errors.Is(err, http.ErrServerClosed) {
			t.Error(err)
		}
	})
	return listener.Addr().String()
}

// connect opens a connection, writes text, and waits for the first line of the answer if there is to be one.
func connect(t *testing.T, address, words string, answered bool) (conn net.Conn, closed <-chan struct{}) {
	t.Helper()
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	if _, err := io.WriteString(conn, words); err != nil {
		t.Fatal(err)
	}
	reader := bufio.NewReader(conn)
	if answered {
		if _, err := reader.ReadString('\n'); err != nil {
			t.Fatalf("no answer: %v", err)
		}
	}
	gone := make(chan struct{})
	go func() {
		_, _ = io.Copy(io.Discard, reader)
		close(gone)
	}()
	return conn, gone
}

const (
	sendKnown   = "POST /known HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n"
	sendUnknown = "POST /unknown HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n"
	sendAndWait = "GET /unknown HTTP/1.1\r\nHost: x\r\n\r\n"
)

// TestTooManyConnections: a connection above the limit replaces an unauthenticated one: silent, within a request, or
// idle. One that serves an authenticated request stays.
func TestTooManyConnections(t *testing.T) {
	t.Parallel()
	for name, words := range map[string]string{"silent": "", "begins": sendUnknown[:20], "waits with its body": sendUnknown, "is kept": sendAndWait} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			address := startLimited(t, 3)
			served, servedGone := connect(t, address, sendKnown, true)
			_, first := connect(t, address, words, words == sendAndWait)
			_, second := connect(t, address, words, words == sendAndWait)
			_, _ = connect(t, address, sendKnown, true) // answered, since the first unauthenticated one is closed
			other := second
			select {
			case <-first:
			case <-second:
				other = first
			}
			select {
			case <-other:
				t.Error("two went for one that came")
			case <-servedGone:
				t.Error("an authenticated request was cut off")
			default:
			}
			if _, err := io.WriteString(served, "12345"); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestAuthenticatedConnsAreClosedLast: an idle authenticated connection is closed only if there is no unauthenticated
// one.
func TestAuthenticatedConnsAreClosedLast(t *testing.T) {
	t.Parallel()
	address := startLimited(t, 2)
	_, known := connect(t, address, "GET /known HTTP/1.1\r\nHost: x\r\n\r\n", true)
	_, unknown := connect(t, address, sendAndWait, true)
	_, _ = connect(t, address, sendKnown, true)
	<-unknown
	select {
	case <-known:
		t.Fatal("the known one went first")
	default:
	}
	_, _ = connect(t, address, sendKnown, true)
	<-known
}

// TestListenerClose: a waiting connection does not block Close.
func TestListenerClose(t *testing.T) {
	t.Parallel()
	inner, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := newLimitListener(inner, 0)
	ended := make(chan error, 1)
	go func() { _, err := l.Accept(); ended <- err }()
	conn, err := (&net.Dialer{}).DialContext(context.WithoutCancel(t.Context()), "tcp", inner.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; !errors.Is(err, net.ErrClosed) {
		t.Errorf("Accept = %v", err)
	}
}

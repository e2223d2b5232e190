package web_test

import (
	"bufio"
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"testing"
	"time"

	"recallbot/web"
)

// TestDrainKeepsConnections: while a server drains, an idle connection takes one more request, whose answer closes
// it.
func TestDrainKeepsConnections(t *testing.T) {
	t.Parallel()
	s := web.New(web.Deps{Logger: slog.New(slog.DiscardHandler), Config: web.Config{DrainDelay: 2 * time.Second}})
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, leave := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- s.Serve(ctx, listener) }()
	t.Cleanup(func() {
		leave()
		if err := <-served; err != nil {
			t.Error(err)
		}
	})

	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close() //nolint:errcheck // the server has closed it
	answers := bufio.NewReader(conn)
	ask := func() (last bool) {
		t.Helper()
		if _, err := io.WriteString(conn, "GET /healthz HTTP/1.1\r\nHost: bot\r\n\r\n"); err != nil {
			t.Fatal(err)
		}
		resp, err := http.ReadResponse(answers, nil)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close() //nolint:errcheck // read to the end
		if _, err := io.Copy(io.Discard, resp.Body); err != nil || resp.StatusCode != http.StatusOK {
			t.Fatalf("HTTP %d, %v", resp.StatusCode, err)
		}
		return resp.Close
	}
	if ask() {
		t.Error("a connection is closed that may be kept")
	}
	leave()
	for gone := false; !gone; { // the server may notice later
		resp, err := http.Get("http://" + listener.Addr().String() + "/readyz")
		if err != nil {
			t.Fatal(err)
		}
		gone = resp.StatusCode == http.StatusServiceUnavailable
		_ = resp.Body.Close()
	}
	if !ask() {
		t.Error("the last answer does not say that it is the last")
	}
}

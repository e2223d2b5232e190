package scenarios_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

const (
	// bodyLimit is the maximum size of a request body.
	bodyLimit = 1 << 20
	// slowSenderLimit is the time after which all slow senders must be disconnected.
	slowSenderLimit = time.Minute
)

func TestLargeBodiesAreRefused(t *testing.T) {
	t.Parallel()
	s := startChatEnv(t)
	header, _ := s.encrypted(s.commandEvent())
	if status, _ := s.sendRequest(http.MethodPost, header, make([]byte, bodyLimit+1)); status != http.StatusRequestEntityTooLarge {
		t.Errorf("a body of 1 MiB and a byte is answered %d, want 413", status)
	}
	if status, _ := s.sendRequest(http.MethodPost, header, make([]byte, bodyLimit)); status != http.StatusUnauthorized {
		t.Errorf("a body of 1 MiB is answered %d, want 401", status)
	}
	if status := s.sendChunked(bodyLimit + 1); status != http.StatusRequestEntityTooLarge {
		t.Errorf("a chunked body of 1 MiB and a byte is answered %d, want 413", status)
	}
	if status := s.sendChunked(64 * bodyLimit); status != http.StatusRequestEntityTooLarge {
		t.Errorf("a chunked body of 64 MiB is answered %d, want 413", status)
	}
	s.wantNoEffect()
}

// sendChunked sends a chunked body until the bot stops reading.
func (s *chatEnv) sendChunked(size int64) int {
	s.t.Helper()
	body := io.LimitReader(zeros{}, size)
	req, err := http.NewRequestWithContext(s.t.Context(), http.MethodPost, "http://"+s.bots[0].address()+"/webhook/event", io.NopCloser(body))
	if err != nil {
		s.t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	return resp.StatusCode
}

type zeros struct{}

// Read returns zero bytes without end.
func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// TestSlowSendersAreCutOff opens connections that send a byte now and then, and checks that all are closed in time, and that
// other clients are served meanwhile.
func TestSlowSendersAreCutOff(t *testing.T) {
	t.Parallel()
	s := startChatEnv(t)
	const each = 40
	begun := time.Now()
	var lines []*slowSender
	for range each {
		lines = append(lines,
			s.openSlow("POST /webhook/event HTTP/1.1\r\nHost: bot\r\nX-Slow: "),
			s.openSlow("POST /webhook/event HTTP/1.1\r\nHost: bot\r\nContent-Length: 1000\r\n\r\n{"),
			s.openSlow("POST /webhook/event HTTP/1.1\r\nHost: bot\r\nTransfer-Encoding: chunked\r\n\r\n"),
		)
	}
	for range 20 {
		if err := s.VerifyURL(t.Context()); err != nil {
			t.Errorf("meanwhile: %v", err)
		}
	}
	for _, line := range lines {
		select {
		case <-line.closed:
		case <-time.After(slowSenderLimit - time.Since(begun)):
			t.Fatalf("a slow sender is still there after %s", slowSenderLimit)
		}
	}
	s.wantNoEffect()
}

// TestHugeHeadersAreRefused sends 64 KiB of headers.
func TestHugeHeadersAreRefused(t *testing.T) {
	t.Parallel()
	s := startChatEnv(t)
	line := s.openSlow("POST /webhook/event HTTP/1.1\r\nHost: bot\r\nX-Large: " + strings.Repeat("x", 64<<10) + "\r\n\r\n")
	<-line.closed
	if !strings.Contains(line.answer, "431") {
		t.Errorf("64 KiB of headers are answered %q, want 431", line.answer)
	}
	s.wantNoEffect()
}

// slowSender is a connection that sends some bytes first, and then one byte now and then.
type slowSender struct {
	closed chan struct{}
	answer string // the first line of the answer, set when closed is closed
}

func (s *chatEnv) openSlow(words string) *slowSender {
	s.t.Helper()
	conn, err := (&net.Dialer{}).DialContext(s.t.Context(), "tcp", s.bots[0].address())
	if err != nil {
		s.t.Fatal(err)
	}
	line := &slowSender{closed: make(chan struct{})}
	stop := make(chan struct{})
	go func() {
		tick := time.NewTicker(200 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-stop:
				return
			case <-tick.C:
				_, _ = fmt.Fprint(conn, "1") // after a disconnect the reader ends
			}
		}
	}()
	go func() {
		defer close(line.closed)
		defer close(stop)
		answers := bufio.NewReader(conn)
		line.answer, _ = answers.ReadString('\n')
		_, _ = io.Copy(io.Discard, answers)
		_ = conn.Close()
	}()
	if _, err := fmt.Fprint(conn, words); err != nil {
		s.t.Logf("cut off while it spoke: %v", err)
	}
	return line
}

package scenarios_test

import (
	"bytes"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"
)

const (
	// maxMemory is the contract's limit of the bot's memory under any load of unauthenticated clients.
	maxMemory = 256 << 20
	// hostileConnections is far more than the platform opens.
	hostileConnections = 1500
	// floodPause is the pause between two valid requests during the flood.
	floodPause = 500 * time.Millisecond
)

// peak returns the peak resident memory of the process, in bytes.
func (p *process) peak() int {
	p.t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		p.t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(status), "VmHWM:")
	kib, _, _ := strings.Cut(strings.TrimSpace(rest), " ")
	n, err := strconv.Atoi(kib)
	if err != nil {
		p.t.Fatalf("memory of the bot: %v\n%s", err, status)
	}
	return n << 10
}

// clientScripts are requests without their end, or with large answers: all ways in which a client can occupy memory.
func clientScripts() map[string]clientScript {
	const (
		event  = "POST /webhook/event HTTP/1.1\r\nHost: bot\r\n"
		signed = event + "X-Lark-Request-Timestamp: 1\r\nX-Lark-Request-Nonce: 1\r\nX-Lark-Signature: 1\r\n"
		call   = "POST /api/v1/posts HTTP/1.1\r\nHost: bot\r\nAuthorization: Bearer rb_abc_def\r\nContent-Type: application/json\r\n"
		usual  = 16 << 10
		most   = bodyLimit - 100
	)
	some := func(n int) string { return strings.Repeat("x", n) }
	long := fmt.Sprintf("Content-Length: %d\r\n\r\n", bodyLimit)
	return map[string]clientScript{
		"an event, unsigned":               {event + long, some(most)},
		"an event, signed":                 {signed + long, some(most)},
		"an event in chunks":               {signed + "Transfer-Encoding: chunked\r\n\r\nfff00\r\n", some(most)},
		"a usual event":                    {signed + fmt.Sprintf("Content-Length: %d\r\n\r\n", usual), some(usual - 1)},
		"a call of the API":                {call + long, some(most)},
		"a header":                         {event + "X-Long: ", some(14 << 10)},
		"a request, and waits for more":    {"GET /healthz HTTP/1.1\r\nHost: bot\r\n\r\n", ""},
		"nothing":                          {"", ""},
		"requests whose answers are large": {strings.Repeat("GET /api/v1/openapi.json HTTP/1.1\r\nHost: bot\r\n\r\n", 200), ""},
		"a scrape of the metrics":          {strings.Repeat("GET /metrics HTTP/1.1\r\nHost: bot\r\n\r\n", 5), ""},
		"an unknown consent":               {"GET /oauth/callback?state=abc&code=def HTTP/1.1\r\nHost: bot\r\n\r\n", ""},
	}
}

// TestUnauthenticatedClientsCannotFillMemorySlow checks that 1,500 hostile connections leave the bot small, and that it still
// serves the platform and valid tokens.
func TestUnauthenticatedClientsCannotFillMemorySlow(t *testing.T) { //nolint:paralleltest // it takes the whole machine
	for name, h := range clientScripts() { //nolint:paralleltest // each takes the whole machine
		t.Run(name, func(t *testing.T) {
			s := newChatEnv(t)
			s.processes = true
			s.start(1)
			token := s.apiToken("post")
			end := s.openConnections(hostileConnections, h)
			for i := range 8 {
				s.wantServed(i, token)
				time.Sleep(floodPause)
			}
			s.wantSmall()
			end()
			s.close()
		})
	}
}

// wantSmall checks the bot's peak memory.
func (s *chatEnv) wantSmall() {
	s.t.Helper()
	p, _ := s.bots[0].(*process)
	s.t.Logf("the bot held %d MiB", p.peak()>>20)
	if p.peak() > maxMemory {
		s.t.Errorf("the bot held %d MiB, want %d at most", p.peak()>>20, maxMemory>>20)
	}
}

// wantServed sends an event and a call with a valid token, each over a new connection. Both must be answered within the
// platform's timeout of 3 s, at the first or second attempt.
func (s *chatEnv) wantServed(i int, token string) {
	s.t.Helper()
	talk := strings.Replace(strings.Replace(string(s.commandEvent()), "om_order", fmt.Sprintf("om_talk%d", i), 1), "/recall", "hello", 1)
	header, body := s.encrypted([]byte(talk))
	s.wantOK("an event", http.MethodPost, "/webhook/event", header, body)
	s.wantOK("a good token", http.MethodGet, "/api/v1/posts", http.Header{"Authorization": {"Bearer " + token}}, nil)
}

func (s *chatEnv) wantOK(what, method, path string, header http.Header, body []byte) {
	s.t.Helper()
	const platformPatience, tries = 3 * time.Second, 2
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: platformPatience}
	var last string
	for range tries {
		req, err := http.NewRequestWithContext(s.t.Context(), method, "http://"+s.bots[0].address()+path, bytes.NewReader(body))
		if err != nil {
			s.t.Fatal(err)
		}
		req.Header = header
		resp, err := client.Do(req)
		if err != nil {
			last = err.Error()
			continue
		}
		_ = resp.Body.Close()
		if last = resp.Status; resp.StatusCode == http.StatusOK {
			return
		}
	}
	s.t.Errorf("%s is answered %s", what, last)
}

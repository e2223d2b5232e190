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
	// maxMemory is the contract's: what a stranger can make the bot hold.
	maxMemory = 256 << 20
	// hostileConnections are far more than the platform opens.
	hostileConnections = 1500
	// floodPause is between two honest calls while the flood goes on.
	floodPause = 500 * time.Millisecond
)

// peak is the most memory that the process has held so far.
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

// clientScripts are all of it but the end, in each way to hold memory that there is.
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
		"a consent that nobody asked for":  {"GET /oauth/callback?state=abc&code=def HTTP/1.1\r\nHost: bot\r\n\r\n", ""},
	}
}

// TestUnauthenticatedClientsCannotFillMemorySlow: whatever 1,500 connections send, the bot stays small, hears the platform, and hears
// who has a good token.
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

// wantSmall checks that the bot never was large.
func (s *chatEnv) wantSmall() {
	s.t.Helper()
	p, _ := s.bots[0].(*process)
	s.t.Logf("the bot held %d MiB", p.peak()>>20)
	if p.peak() > maxMemory {
		s.t.Errorf("the bot held %d MiB, want %d at most", p.peak()>>20, maxMemory>>20)
	}
}

// wantServed sends what is the platform's, and a call with a good token, each over a connection of its own, and checks that both are
// answered within the platform's patience, or when sent once more, as the platform sends events again.
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

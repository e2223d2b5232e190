package web_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"recallbot/bot"
	"recallbot/recall/jobs"
	"recallbot/web"
)

// watch starts to watch a recall; it returns the status.
func watch(t *testing.T, client *http.Client, address, bearer string) int {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address+"/api/v1/recalls/runningA/events", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+bearer)
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = resp.Body.Close() })
	return resp.StatusCode
}

// TestStreamQuota: a team with all its streams in use leaves other teams theirs.
func TestStreamQuota(t *testing.T) {
	t.Parallel()
	o := newBackend()
	o.seed()
	address, _ := startServer(t, o)
	client := &http.Client{Transport: &http.Transport{}}
	t.Cleanup(client.CloseIdleConnections)
	team, operator := o.issue(fullToken()), o.issue(bot.Token{ID: "operator", Scopes: bot.TokenScopes()})
	n, status := 0, http.StatusOK
	for status == http.StatusOK && n < 1000 {
		if status = watch(t, client, address, team); status == http.StatusOK {
			n++
		}
	}
	if status != http.StatusServiceUnavailable || n == 0 || n > 512/4 {
		t.Errorf("a team has %d streams, then HTTP %d", n, status)
	}
	if status := watch(t, client, address, operator); status != http.StatusOK {
		t.Errorf("the operator's stream: HTTP %d", status)
	}
}

// blockingSelects are previews that block until released.
type blockingSelects struct {
	then  jobs.SelectFunc
	begun chan struct{}
	end   chan struct{}
}

func (s blockingSelects) Select(
	ctx context.Context, job bot.Job, take func(context.Context, []bot.Seen) error,
) (bot.Preview, error) {
	s.begun <- struct{}{}
	<-s.end
	return s.then(ctx, job, take)
}

// TestPreviewQuota: a team with endless previews leaves other teams theirs.
func TestPreviewQuota(t *testing.T) {
	t.Parallel()
	o := newBackend()
	o.seed()
	parts := o.api()
	slow := blockingSelects{parts.Select, make(chan struct{}, 100), make(chan struct{})}
	parts.Select = slow.Select
	served := &caller{o, web.New(web.Deps{API: parts, Logger: slog.New(slog.DiscardHandler), Metrics: http.NotFoundHandler()}).Handler(), o.issue(fullToken())}
	other := *served
	other.bearer = o.issue(bot.Token{ID: "b", Team: "B", Scopes: bot.TokenScopes()})
	preview := func(c *caller) *httptest.ResponseRecorder {
		return c.call(t, "POST", "/recalls", `{"chat":"oc_here","filter":"--last 3"}`)
	}
	var all sync.WaitGroup
	for range 2 {
		all.Go(func() { preview(served) })
		<-slow.begun
	}
	wantProblem(t, preview(served), http.StatusServiceUnavailable)
	all.Go(func() {
		if answer := preview(&other); answer.Code != http.StatusOK {
			t.Errorf("another team's preview: HTTP %d %s", answer.Code, answer.Body)
		}
	})
	<-slow.begun
	close(slow.end)
	all.Wait()
}

// blockingTokens blocks checks until released.
type blockingTokens struct {
	web.Tokens

	begun, end chan struct{}
}

func (s blockingTokens) Check(ctx context.Context, bearer, address string) (bot.Token, error) {
	if strings.HasSuffix(bearer, "_guess") {
		s.begun <- struct{}{}
		<-s.end
	}
	return s.Tokens.Check(ctx, bearer, address)
}

// TestValidTokenWaitsForSlot: while as many tokens as allowed are being checked, a call waits for a slot and then
// succeeds.
func TestValidTokenWaitsForSlot(t *testing.T) {
	t.Parallel()
	o := newBackend()
	o.seed()
	parts := o.api()
	slow := blockingTokens{parts.Tokens, make(chan struct{}, 1000), make(chan struct{})}
	parts.Tokens = slow
	c := &caller{o, web.New(web.Deps{API: parts, Logger: slog.New(slog.DiscardHandler), Metrics: http.NotFoundHandler()}).Handler(), o.issue(fullToken())}
	var all sync.WaitGroup
	for range 512 {
		all.Go(func() { c.call(t, "GET", "/posts", "", "Authorization: Bearer rb_all_guess") })
	}
	for range 512 {
		<-slow.begun
	}
	all.Go(func() {
		if answer := c.call(t, "GET", "/posts", ""); answer.Code != http.StatusOK {
			t.Errorf("HTTP %d %s", answer.Code, answer.Body)
		}
	})
	close(slow.end)
	all.Wait()
}

// TestConsentLimit: above the limit of concurrent callbacks, the browser is asked to load the page again.
func TestConsentLimit(t *testing.T) {
	t.Parallel()
	begun, end := make(chan struct{}, 100), make(chan struct{})
	s := web.New(web.Deps{
		Logger: slog.New(slog.DiscardHandler),
		Consent: func(_ context.Context, call web.ConsentCall) (web.ConsentPage, error) {
			if call.Busy {
				return web.ConsentPage{Text: "load it again"}, bot.Errorf(bot.Unavailable, "busy")
			}
			begun <- struct{}{}
			<-end
			return web.ConsentPage{Text: "fine"}, nil
		},
	})
	back := func() int {
		answer := httptest.NewRecorder()
		s.Handler().ServeHTTP(answer, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/oauth/callback?state=s&code=c", http.NoBody))
		return answer.Code
	}
	var all sync.WaitGroup
	for range 32 {
		all.Go(func() { back() })
	}
	for range 32 {
		<-begun
	}
	if status := back(); status != http.StatusServiceUnavailable || len(begun) != 0 {
		t.Errorf("one too many is answered %d", status)
	}
	close(end)
	all.Wait()
	if status := back(); status != http.StatusOK {
		t.Errorf("afterwards: HTTP %d", status)
	}
}

// strictOpener allows only small unsigned bodies.
type strictOpener struct{ *fakes }

func (strictOpener) MaxBody(header http.Header) int {
	if header.Get("Signed") == "" {
		return 100
	}
	return 1 << 20
}

// TestRefusedBodiesAreNotRead: a body that is too large, or too large for an unsigned one, is refused before it is
// read.
func TestRefusedBodiesAreNotRead(t *testing.T) {
	t.Parallel()
	f := &fakes{}
	s := web.New(web.Deps{WebhookDeps: web.WebhookDeps{Opener: strictOpener{f}, Intake: f.Keep}, Logger: slog.New(slog.DiscardHandler), Metrics: http.NotFoundHandler()})
	for name, row := range map[string]struct {
		signed  string
		length  int64
		body    io.Reader
		status  int
		unasked bool // the body is not read
	}{
		"announced, too large":       {"yes", 1<<20 + 1, nil, http.StatusRequestEntityTooLarge, true},
		"announced, unsigned":        {"", 101, nil, http.StatusUnauthorized, true},
		"in chunks, unsigned":        {"", -1, strings.NewReader(strings.Repeat("x", 101)), http.StatusUnauthorized, false},
		"small, unsigned":            {"", 100, strings.NewReader(strings.Repeat("x", 100)), http.StatusOK, false},
		"small, in chunks":           {"", -1, strings.NewReader(strings.Repeat("x", 100)), http.StatusOK, false},
		"large":                      {"yes", 1 << 20, strings.NewReader(strings.Repeat("x", 1<<20)), http.StatusOK, false},
		"large, in chunks":           {"yes", -1, strings.NewReader(strings.Repeat("x", 1<<20)), http.StatusOK, false},
		"usual, in chunks":           {"yes", -1, strings.NewReader(strings.Repeat("x", 16<<10)), http.StatusOK, false},
		"too large, in chunks":       {"yes", -1, strings.NewReader(strings.Repeat("x", 1<<20+1)), http.StatusRequestEntityTooLarge, false},
		"shorter than was announced": {"yes", 1 << 19, strings.NewReader("x"), http.StatusBadRequest, false},
	} {
		body := &countingReader{Reader: row.body}
		req := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/webhook/event", body)
		req.ContentLength = row.length
		req.Header.Set("Signed", row.signed)
		answer := httptest.NewRecorder()
		s.Handler().ServeHTTP(answer, req)
		if answer.Code != row.status || body.read != !row.unasked {
			t.Errorf("%s: HTTP %d, read %t", name, answer.Code, body.read)
		}
	}
}

// countingReader records whether it was read.
type countingReader struct {
	io.Reader

	read bool
}

// Read reads from the body.
func (c *countingReader) Read(p []byte) (int, error) { c.read = true; return c.Reader.Read(p) }

// TestStalledBodiesAreAborted: when stalled bodies use up the byte budget, a valid event is still accepted.
func TestStalledBodiesAreAborted(t *testing.T) {
	t.Parallel()
	f := &fakes{}
	s := web.New(web.Deps{WebhookDeps: web.WebhookDeps{Opener: f, Intake: f.Keep}, Logger: slog.New(slog.DiscardHandler), Metrics: http.NotFoundHandler()})
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(ctx, listener) }()
	t.Cleanup(func() { stop(); <-ended }) //nolint:errcheck // the result does not matter
	for range 64 {
		conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = conn.Close() })
		fmt.Fprintf(conn, "POST /webhook/event HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\nhalf", 1<<20)
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 30 * time.Second}
	status := 0
	for range 5 { // the platform sends again after a 503
		if status = event(t, client, listener.Addr().String(), 500_000); status == http.StatusOK {
			return
		}
	}
	t.Errorf("HTTP %d", status)
}

// event sends an event of this size.
func event(t *testing.T, client *http.Client, address string, size int) int {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+address+"/webhook/event", strings.NewReader(strings.Repeat("x", size)))
	if err != nil {
		t.Fatal(err)
	}
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	return resp.StatusCode
}

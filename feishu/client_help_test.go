package feishu_test

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	"recallbot/feishu"
)

// fakeReply is a response of the platform; the defaults are JSON and status 200.
type fakeReply struct {
	status    int
	kind      string
	header    map[string]string
	body      string
	closeConn bool // close the connection without a response
}

func refusal(code int) fakeReply {
	return fakeReply{status: http.StatusBadRequest, body: fmt.Sprintf(`{"code":%d,"msg":"no","error":{"log_id":"log-%d"}}`, code, code)}
}

type seen struct {
	Method, Path, Query, Token, Body string
}

// platform answers calls with a function and records them.
type platform struct {
	*httptest.Server
	mu     sync.Mutex
	answer func(n int, call seen) fakeReply // n counts the calls without token fetches
	token  func(n int) fakeReply
	calls  []seen
	tokens int
}

func newPlatform(tb testing.TB, answer func(n int, call seen) fakeReply) *platform {
	tb.Helper()
	p := &platform{answer: answer}
	p.token = func(n int) fakeReply {
		return fakeReply{body: fmt.Sprintf(`{"code":0,"msg":"ok","tenant_access_token":"t-%d","expire":7200}`, n)}
	}
	p.Server = httptest.NewServer(http.HandlerFunc(p.serve))
	tb.Cleanup(p.Close)
	return p
}

func always(r fakeReply) func(int, seen) fakeReply { return func(int, seen) fakeReply { return r } }

func (p *platform) serve(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	p.mu.Lock()
	var out fakeReply
	if r.URL.Path == "/open-apis/auth/v3/tenant_access_token/internal" {
		p.tokens++
		out = p.token(p.tokens)
	} else {
		call := seen{r.Method, r.URL.EscapedPath(), r.URL.RawQuery, r.Header.Get("Authorization"), string(body)}
		p.calls = append(p.calls, call)
		out = p.answer(len(p.calls), call)
	}
	p.mu.Unlock()
	if out.closeConn {
		panic(http.ErrAbortHandler)
	}
	w.Header().Set("Content-Type", cmp.Or(out.kind, "application/json; charset=utf-8"))
	w.Header().Set("X-Tt-Logid", "header-log-id")
	for key, value := range out.header {
		w.Header().Set(key, value)
	}
	w.WriteHeader(cmp.Or(out.status, http.StatusOK))
	_, _ = io.WriteString(w, out.body)
}

func (p *platform) seen() []seen {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.calls)
}

func (p *platform) fetched() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.tokens
}

// limiter never blocks and records the calls.
type limiter struct {
	mu     sync.Mutex
	waits  []string
	pauses map[string]time.Duration
	refuse error
	until  time.Time // the deadline of the last wait
}

func (l *limiter) Wait(ctx context.Context, api string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.until, _ = ctx.Deadline()
	l.waits = append(l.waits, api)
	return l.refuse
}

func (l *limiter) Pause(_ context.Context, api string, d time.Duration) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.pauses == nil {
		l.pauses = map[string]time.Duration{}
	}
	l.pauses[api] = d
	return nil
}

func clientConfig(url string) feishu.Config {
	cfg := feishu.Defaults()
	cfg.BaseURL, cfg.AppID, cfg.AppSecret = url, testApp, "s3cret"
	return cfg
}

func discardLog() *slog.Logger { return slog.New(slog.DiscardHandler) }

func newClient(p *platform) *feishu.Client {
	return feishu.NewClient(clientConfig(p.URL), &limiter{}, discardLog())
}

func decodeJSON[T any](tb testing.TB, text string) T {
	tb.Helper()
	var v T
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		tb.Fatalf("%q: %v", text, err)
	}
	return v
}

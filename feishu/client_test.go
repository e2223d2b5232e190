package feishu_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"recallbot/bot"
	"recallbot/feishu"
)

func TestRecall(t *testing.T) {
	t.Parallel()
	p := newPlatform(t, always(fakeReply{body: `{"code":0,"msg":"success","data":{}}`}))
	limits := &limiter{}
	var observed []string
	cfg := clientConfig(p.URL)
	cfg.Observe = func(api string, code int, _ time.Duration) {
		if code != 0 {
			t.Errorf("%s: code %d", api, code)
		}
		observed = append(observed, api)
	}
	client := feishu.NewClient(cfg, limits, discardLog())
	for _, id := range []bot.MessageID{"om_1", "om_x-y_Z"} {
		if err := client.Recall(t.Context(), id); err != nil {
			t.Fatal(err)
		}
	}
	want := []seen{
		{Method: "DELETE", Path: "/open-apis/im/v1/messages/om_1", Token: "Bearer t-1"},
		{Method: "DELETE", Path: "/open-apis/im/v1/messages/om_x-y_Z", Token: "Bearer t-1"},
	}
	if diff := cmp.Diff(want, p.seen()); diff != "" {
		t.Error(diff)
	}
	if want := []string{"message.delete", "message.delete"}; !slices.Equal(limits.waits, want) {
		t.Errorf("waited for %q", limits.waits)
	}
	if want := []string{"token.fetch", "message.delete", "message.delete"}; !slices.Equal(observed, want) {
		t.Errorf("observed %q", observed)
	}
}

// A lost response must be told apart from a call that was not sent: a retry after MayHaveActed checks first.
func TestRecallWithoutAnswer(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		reply fakeReply
		kind  bot.ErrorKind
		acted bool
		logID string
	}{
		{"line cut", fakeReply{closeConn: true}, bot.Unavailable, true, ""},
		{"HTML", fakeReply{kind: "text/html", body: "<html>hi</html>"}, bot.Unavailable, true, "header-log-id"},
		{"broken JSON", fakeReply{body: `{"code":`}, bot.Unavailable, true, "header-log-id"},
		{"another JSON", fakeReply{body: `[]`}, bot.Unavailable, true, "header-log-id"},
		{"500 with a code", fakeReply{status: 500, body: `{"code":1000999,"msg":"x"}`}, bot.Unavailable, true, "header-log-id"},
		{"500 with success", fakeReply{status: 500, body: `{"code":0}`}, bot.Unavailable, true, "header-log-id"},
		{"502 of a proxy", fakeReply{status: 502, kind: "text/html", body: "bad gateway"}, bot.Unavailable, true, "header-log-id"},
		{"504", fakeReply{status: 504, body: `{}`}, bot.Unavailable, true, "header-log-id"},
		{"404 without a code", fakeReply{status: 404, body: `{}`}, bot.Unavailable, true, "header-log-id"},
		{"redirect", fakeReply{status: 302, header: map[string]string{"Location": "/elsewhere"}, body: `{"code":0}`}, bot.Unavailable, false, "header-log-id"},
		{"429 of a proxy", fakeReply{status: 429, kind: "text/html", body: "slow"}, bot.RateLimited, false, "header-log-id"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := newPlatform(t, always(tt.reply))
			got := bot.Detail(newClient(p).Recall(t.Context(), "om_1"))
			if got.Kind != tt.kind || got.MayHaveActed != tt.acted || got.LogID != tt.logID {
				t.Errorf("got %s, acted %t, log id %q (%v)", got.Kind, got.MayHaveActed, got.LogID, got)
			}
			if n := len(p.seen()); n != 1 {
				t.Errorf("asked %d times", n)
			}
			if strings.Contains(got.Error(), "<html>") || strings.Contains(got.Error(), "t-1") {
				t.Errorf("%q quotes the answer or the token", got)
			}
		})
	}
}

func TestNoConnection(t *testing.T) {
	t.Parallel()
	var config net.ListenConfig
	listener, err := config.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	got := bot.Detail(feishu.NewClient(clientConfig("http://"+address), &limiter{}, discardLog()).Recall(t.Context(), "om_1"))
	if got.Kind != bot.Unavailable || got.MayHaveActed {
		t.Fatalf("got %s, acted %t", got.Kind, got.MayHaveActed)
	}
}

// The platform goes away after the token was fetched: the call was not sent.
func TestConnectionLostAfterToken(t *testing.T) {
	t.Parallel()
	p := newPlatform(t, always(fakeReply{body: `{"code":0}`}))
	p.Config.SetKeepAlivesEnabled(false)
	client := newClient(p)
	if err := client.Recall(t.Context(), "om_1"); err != nil {
		t.Fatal(err)
	}
	p.Close()
	got := bot.Detail(client.Recall(t.Context(), "om_1"))
	if got.Kind != bot.Unavailable || got.MayHaveActed {
		t.Fatalf("got %s, acted %t (%v)", got.Kind, got.MayHaveActed, got)
	}
}

func TestSlowAnswer(t *testing.T) {
	t.Parallel()
	held := make(chan struct{})
	p := newPlatform(t, always(fakeReply{body: `{"code":0}`}))
	p.Config.Handler = delayedHandler(p.Config.Handler, held)
	t.Cleanup(func() { close(held) }) // before the server closes, which waits for its handlers
	cfg := clientConfig(p.URL)
	cfg.CallTimeout = 500 * time.Millisecond
	got := bot.Detail(feishu.NewClient(cfg, &limiter{}, discardLog()).Recall(t.Context(), "om_1"))
	if got.Kind != bot.Unavailable || !got.MayHaveActed {
		t.Fatalf("got %s, acted %t (%v)", got.Kind, got.MayHaveActed, got)
	}
}

func delayedHandler(next http.Handler, held <-chan struct{}) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodDelete {
			<-held
		}
		next.ServeHTTP(w, r)
	})
}

func TestRateLimit(t *testing.T) {
	t.Parallel()
	limit := func(status, code int, reset string) fakeReply {
		r := refusal(code)
		r.status = status
		if reset != "" {
			r.header = map[string]string{"x-ogw-ratelimit-reset": reset}
		}
		return r
	}
	for _, tt := range []struct {
		name  string
		reply fakeReply
		wait  time.Duration
		pause bool
	}{
		{"seconds", limit(429, 99991400, "7"), 7 * time.Second, true},
		{"a fraction", limit(429, 99991400, "0.25"), 250 * time.Millisecond, true},
		{"no header", limit(429, 99991400, ""), time.Second, true},
		{"an old API", limit(400, 99991400, "3"), 3 * time.Second, true},
		{"another code", limit(429, 123, "3"), 3 * time.Second, true},
		{"nonsense", limit(429, 99991400, "soon"), time.Second, true},
		{"not a number", limit(429, 99991400, "NaN"), time.Second, true},
		{"negative", limit(429, 99991400, "-3"), time.Second, true},
		{"for ever", limit(429, 99991400, "1e300"), 5 * time.Minute, true},
		{"one chat", limit(400, 230020, ""), time.Second, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			limits := &limiter{}
			client := feishu.NewClient(clientConfig(newPlatform(t, always(tt.reply)).URL), limits, discardLog())
			got := bot.Detail(client.Recall(t.Context(), "om_1"))
			if got.Kind != bot.RateLimited || got.RetryAfter != tt.wait {
				t.Errorf("got %s after %s", got.Kind, got.RetryAfter)
			}
			if paused, ok := limits.pauses["message.delete"]; ok != tt.pause || (ok && paused != tt.wait) {
				t.Errorf("paused %v", limits.pauses)
			}
		})
	}
}

func TestLimiterRefuses(t *testing.T) {
	t.Parallel()
	p := newPlatform(t, always(fakeReply{body: `{"code":0}`}))
	down := &bot.Error{Kind: bot.RateLimited, Op: "reserve", RetryAfter: time.Second}
	for _, refuse := range []error{down, context.DeadlineExceeded, errors.New("redis is away")} {
		wait := time.Duration(0)
		if errors.Is(refuse, down) {
			wait = time.Second
		}
		got := bot.Detail(feishu.NewClient(clientConfig(p.URL), &limiter{refuse: refuse}, discardLog()).Recall(t.Context(), "om_1"))
		if got.MayHaveActed || (got.Kind != bot.RateLimited && got.Kind != bot.Unavailable) || got.RetryAfter != wait {
			t.Errorf("%v: got %+v", refuse, got)
		}
	}
	if len(p.seen()) != 0 {
		t.Error("called all the same")
	}
}

// A long wait for a slot is an error, so that the worker is free.
func TestMaxSlotWait(t *testing.T) {
	t.Parallel()
	p := newPlatform(t, always(fakeReply{body: `{"code":0}`}))
	limits := &limiter{}
	before := time.Now()
	if err := feishu.NewClient(clientConfig(p.URL), limits, discardLog()).Recall(t.Context(), "om_1"); err != nil {
		t.Fatal(err)
	}
	if limits.until.IsZero() || limits.until.Sub(before) > 10*time.Second {
		t.Errorf("the turn may come until %s, want a few seconds from %s", limits.until, before)
	}
}

// A revoked token is replaced and the call made once more; hundreds of failures fetch one token.
func TestRevokedToken(t *testing.T) {
	t.Parallel()
	for _, code := range []int{99991661, 99991663, 99991664, 99991668, 99991671, 99991677} {
		p := newPlatform(t, func(_ int, call seen) fakeReply {
			if call.Token == "Bearer t-1" {
				return refusal(code)
			}
			return fakeReply{body: `{"code":0}`}
		})
		client := newClient(p)
		var wait sync.WaitGroup
		for range 100 {
			wait.Go(func() {
				if err := client.Recall(t.Context(), "om_1"); err != nil {
					t.Error(err)
				}
			})
		}
		wait.Wait()
		if n := p.fetched(); n != 2 {
			t.Errorf("%d: fetched %d tokens, want 2", code, n)
		}
	}
}

// If the platform rejects every token, a call is made twice and no more.
func TestTokenAlwaysRefused(t *testing.T) {
	t.Parallel()
	p := newPlatform(t, always(refusal(99991663)))
	got := bot.Detail(newClient(p).Recall(t.Context(), "om_1"))
	if got.Kind != bot.Unavailable || got.Reason != bot.ReasonCredentials || got.MayHaveActed {
		t.Errorf("got %+v", got)
	}
	if calls, tokens := len(p.seen()), p.fetched(); calls != 2 || tokens != 2 {
		t.Errorf("%d calls, %d tokens", calls, tokens)
	}
}

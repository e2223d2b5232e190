package feishu_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"recallbot/bot"
	"recallbot/feishu"
)

// clock is set by tests.
type clock struct{ at atomic.Int64 }

func newClock() *clock {
	c := &clock{}
	c.at.Store(testTime().UnixNano())
	return c
}

func (c *clock) now() time.Time          { return time.Unix(0, c.at.Load()) }
func (c *clock) advance(d time.Duration) { c.at.Add(int64(d)) }

func TestTokenIsKeptAndRenewedInAdvance(t *testing.T) {
	t.Parallel()
	p := newPlatform(t, always(fakeReply{body: `{"code":0}`}))
	clock := newClock()
	cfg := clientConfig(p.URL)
	cfg.Now = clock.now
	client := feishu.NewClient(cfg, &limiter{}, discardLog())
	if state, err := client.TokenState(); state != feishu.TokenUnused || err != nil {
		t.Fatalf("before the first call: %v, %v", state, err)
	}
	for _, step := range []struct {
		pass  time.Duration
		token string
	}{
		{0, "Bearer t-1"},
		{2*time.Hour - 3*time.Minute - time.Second, "Bearer t-1"},
		{time.Second, "Bearer t-2"},
		{3 * time.Hour, "Bearer t-3"},
	} {
		clock.advance(step.pass)
		if err := client.Recall(t.Context(), "om_1"); err != nil {
			t.Fatal(err)
		}
		calls := p.seen()
		if got := calls[len(calls)-1].Token; got != step.token {
			t.Errorf("after %s: got %s, want %s", step.pass, got, step.token)
		}
	}
	if state, err := client.TokenState(); state != feishu.TokenOK || err != nil {
		t.Errorf("at the end: %v, %v", state, err)
	}
}

// While the token is valid, a failed renewal is no error.
func TestTokenUsedWhileRenewalFails(t *testing.T) {
	t.Parallel()
	p := newPlatform(t, always(fakeReply{body: `{"code":0}`}))
	good := p.token
	p.token = func(n int) fakeReply {
		if n > 1 {
			return fakeReply{status: 503, body: `{"code":0}`}
		}
		return good(n)
	}
	clock := newClock()
	cfg := clientConfig(p.URL)
	cfg.Now = clock.now
	client := feishu.NewClient(cfg, &limiter{}, discardLog())
	for _, pass := range []time.Duration{0, 2*time.Hour - 2*time.Minute} {
		clock.advance(pass)
		if err := client.Recall(t.Context(), "om_1"); err != nil {
			t.Fatal(err)
		}
	}
	if state, err := client.TokenState(); state != feishu.TokenFailing || err == nil {
		t.Errorf("got %v, %v", state, err)
	}
	clock.advance(3 * time.Minute)
	wantKind(t, client.Recall(t.Context(), "om_1"), bot.Unavailable)
}

func TestTokenRefused(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		reply  fakeReply
		kind   bot.ErrorKind
		reason bot.Reason
	}{
		"wrong secret":    {fakeReply{body: `{"code":10014,"msg":"app secret invalid"}`}, bot.Unavailable, bot.ReasonCredentials},
		"unknown app":     {fakeReply{body: `{"code":10003,"msg":"invalid param"}`}, bot.Unavailable, bot.ReasonCredentials},
		"unknown refusal": {fakeReply{status: 400, body: `{"code":20099,"msg":"no"}`}, bot.Unavailable, bot.ReasonCredentials},
		"our address":     {fakeReply{status: 400, body: `{"code":99991401,"msg":"no"}`}, bot.Denied, bot.ReasonAddress},
		"no token in it":  {fakeReply{body: `{"code":0,"expire":7200}`}, bot.Unavailable, bot.ReasonUnavailable},
		"cut":             {fakeReply{closeConn: true}, bot.Unavailable, bot.ReasonUnavailable},
		"limited":         {fakeReply{status: 429, body: `{"code":99991400}`}, bot.RateLimited, bot.ReasonRateLimited},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPlatform(t, always(fakeReply{body: `{"code":0}`}))
			p.token = func(int) fakeReply { return tt.reply }
			client := newClient(p)
			got := bot.Detail(client.Recall(t.Context(), "om_1"))
			if got.Kind != tt.kind || got.Reason != tt.reason || got.MayHaveActed {
				t.Errorf("got %s, %q, acted %t (%v)", got.Kind, got.Reason, got.MayHaveActed, got)
			}
			if len(p.seen()) != 0 {
				t.Error("recalled without a token")
			}
			if state, err := client.TokenState(); state != feishu.TokenFailing || err == nil {
				t.Errorf("state %v, %v", state, err)
			}
		})
	}
}

// A bot that is not ready gets no events, so no call fetches a token.
func TestMaintainToken(t *testing.T) {
	t.Parallel()
	p := newPlatform(t, always(fakeReply{body: `{"code":0}`}))
	good := p.token
	p.token = func(n int) fakeReply {
		if n < 3 {
			return fakeReply{status: 503, body: `{"code":0}`}
		}
		return good(n)
	}
	client := newClient(p)
	wantKind(t, client.Recall(t.Context(), "om_1"), bot.Unavailable)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { client.MaintainToken(ctx, time.Millisecond); close(ended) }()
	patience := time.After(time.Minute)
	for state := feishu.TokenFailing; state != feishu.TokenOK; state, _ = client.TokenState() {
		select {
		case <-time.After(time.Millisecond):
		case <-patience:
			t.Fatal("no token was fetched again")
		}
	}
	stop()
	<-ended
	if len(p.seen()) != 0 {
		t.Errorf("asked for more than a token: %v", p.seen())
	}
}

// One cancelled caller must not fail the others that wait for the same token.
func TestTokenFetchCanceled(t *testing.T) {
	t.Parallel()
	p := newPlatform(t, always(fakeReply{body: `{"code":0}`}))
	arrived, called := make(chan struct{}), make(chan struct{})
	good := p.token
	p.token = func(n int) fakeReply {
		if n == 1 {
			close(arrived)
			<-called
		}
		return good(n)
	}
	client := newClient(p)
	ctx, cancel := context.WithCancel(t.Context())
	first, second := make(chan error, 1), make(chan error, 1)
	go func() { first <- client.Recall(ctx, "om_1") }()
	<-arrived
	go func() { second <- client.Recall(t.Context(), "om_2") }()
	cancel()
	if err := <-first; err == nil {
		t.Error("the caller that was called off succeeded")
	}
	close(called)
	if err := <-second; err != nil {
		t.Error(err)
	}
	if state, err := client.TokenState(); state != feishu.TokenOK {
		t.Errorf("state %v, %v", state, err)
	}
}

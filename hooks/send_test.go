package hooks_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"recallbot/bot"
	"recallbot/hooks"
)

// The example of https://www.standardwebhooks.com and its libraries.
const (
	exampleSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	exampleID     = "msg_p5jXN8AQM9LWM0D4loKWxJek"
	exampleBody   = `{"test": 2432232314}`
	exampleTime   = 1614265330
	exampleSign   = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
)

// receiver is a server that records its requests.
type receiver struct {
	*httptest.Server

	mu      sync.Mutex
	headers []http.Header
	bodies  []string
}

func startReceiver(t *testing.T, answer http.HandlerFunc) *receiver {
	t.Helper()
	r := &receiver{}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		body, _ := io.ReadAll(req.Body)
		r.mu.Lock()
		r.headers, r.bodies = append(r.headers, req.Header), append(r.bodies, string(body))
		r.mu.Unlock()
		answer(w, req)
	}))
	t.Cleanup(r.Close)
	return r
}

func status(code int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) }
}

// localConfig allows the receivers of tests.
func localConfig() hooks.Config {
	c := hooks.Defaults()
	c.Allow, c.AllowHTTP = []string{"127.0.0.0/8"}, true
	return c
}

func send(t *testing.T, c hooks.Config, m hooks.Message) error {
	t.Helper()
	s, err := hooks.NewSender(c, func() time.Time { return time.Unix(exampleTime, 0) })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s.Send(t.Context(), m)
}

func example(url string) hooks.Message {
	return hooks.Message{ID: exampleID, URL: url, Secret: exampleSecret, Body: []byte(exampleBody)}
}

func TestSigned(t *testing.T) {
	t.Parallel()
	r := startReceiver(t, status(http.StatusNoContent))
	m := example(r.URL)
	if err := send(t, localConfig(), m); err != nil {
		t.Fatal(err)
	}
	m.Secret += " " + hooks.TeamSecret("team", m.Secret)
	if err := send(t, localConfig(), m); err != nil {
		t.Fatal(err)
	}
	h := r.headers[0]
	got := []string{h.Get("Webhook-Id"), h.Get("Webhook-Timestamp"), h.Get("Webhook-Signature"), h.Get("Content-Type"), r.bodies[0]}
	want := []string{exampleID, "1614265330", exampleSign, "application/json", exampleBody}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	signs := strings.Fields(r.headers[1].Get("Webhook-Signature"))
	if len(signs) != 2 || signs[0] != exampleSign || signs[1] == exampleSign {
		t.Errorf("two secrets sign %q", signs)
	}
}

func TestAnswers(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		kind   bot.ErrorKind
		wait   time.Duration
	}{
		"not found":    {status(http.StatusNotFound), bot.Unavailable, 0},
		"broken":       {status(http.StatusInternalServerError), bot.Unavailable, 0},
		"unauthorized": {status(http.StatusUnauthorized), bot.Unavailable, 0},
		"gone":         {status(http.StatusGone), bot.Denied, 0},
		"busy":         {status(http.StatusTooManyRequests), bot.Unavailable, 0},
		"a time":       {retryAfter("120"), bot.RateLimited, 2 * time.Minute},
		"a date":       {retryAfter(time.Unix(exampleTime+90, 0).UTC().Format(http.TimeFormat)), bot.RateLimited, 90 * time.Second},
		"too long":     {retryAfter("4000000000"), bot.RateLimited, time.Hour},
		"yesterday":    {retryAfter(time.Unix(exampleTime-90, 0).UTC().Format(http.TimeFormat)), bot.Unavailable, 0},
		"nonsense":     {retryAfter("soon"), bot.Unavailable, 0},
	} {
		r := startReceiver(t, c.answer)
		err := send(t, localConfig(), example(r.URL+"/a-token-in-the-path"))
		if bot.KindOf(err) != c.kind || bot.Detail(err).RetryAfter != c.wait {
			t.Errorf("%s: %v (%v, %s)", name, err, bot.KindOf(err), bot.Detail(err).RetryAfter)
		}
		if strings.Contains(err.Error(), "a-token-in-the-path") {
			t.Errorf("%s: the address is quoted: %v", name, err)
		}
	}
}

func retryAfter(wait string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", wait)
		w.WriteHeader(http.StatusServiceUnavailable)
	}
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	t.Parallel()
	target := startReceiver(t, status(http.StatusOK))
	for _, code := range []int{301, 302, 303, 307, 308} {
		r := startReceiver(t, func(w http.ResponseWriter, req *http.Request) { http.Redirect(w, req, target.URL, code) })
		if err := send(t, localConfig(), example(r.URL)); bot.KindOf(err) != bot.Unavailable {
			t.Errorf("%d: %v", code, err)
		}
	}
	if len(target.bodies) != 0 {
		t.Errorf("%d requests came through redirects", len(target.bodies))
	}
}

// TestPrivateTargets: private addresses are refused when they are dialled, in all forms and by name.
func TestPrivateTargets(t *testing.T) {
	t.Parallel()
	r := startReceiver(t, status(http.StatusOK))
	_, port, _ := strings.Cut(strings.TrimPrefix(r.URL, "http://"), ":")
	config := hooks.Defaults()
	config.AllowHTTP = true
	for _, host := range []string{"127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "[::1]", "0.0.0.0", "127.1", "2130706433"} {
		err := send(t, config, example("http://"+host+":"+port+"/"))
		if err == nil {
			t.Errorf("%s was reached", host)
		}
	}
	if err := send(t, config, example("http://localhost:"+port+"/")); bot.KindOf(err) != bot.Denied {
		t.Errorf("a name of a private address: %v", err)
	}
	if len(r.bodies) != 0 {
		t.Errorf("%d requests came through", len(r.bodies))
	}
	config.Allow = []string{"localhost"}
	if err := send(t, config, example("http://LOCALHOST:"+port+"/")); err != nil {
		t.Errorf("an allowed host: %v", err)
	}
}

// TestEndlessAnswers: a response without end is read only in part, and a missing one ends with Timeout.
func TestEndlessAnswers(t *testing.T) {
	t.Parallel()
	endless := startReceiver(t, func(w http.ResponseWriter, req *http.Request) {
		for req.Context().Err() == nil {
			if _, err := io.WriteString(w, strings.Repeat("x", 1000)); err != nil {
				return
			}
		}
	})
	if err := send(t, localConfig(), example(endless.URL)); err != nil {
		t.Errorf("an endless response: %v", err)
	}
	released := make(chan struct{})
	silent := startReceiver(t, func(_ http.ResponseWriter, req *http.Request) {
		select {
		case <-req.Context().Done():
		case <-released:
		}
	})
	defer close(released)
	config := localConfig()
	config.Timeout = 200 * time.Millisecond
	if err := send(t, config, example(silent.URL)); bot.KindOf(err) != bot.Unavailable {
		t.Errorf("no response: %v", err)
	}
}

func TestSecretsAreMasked(t *testing.T) {
	t.Parallel()
	target := hooks.Target{URL: "https://example.com", Secret: exampleSecret}
	data, err := json.Marshal(target)
	if err != nil {
		t.Fatal(err)
	}
	var log strings.Builder
	slog.New(slog.NewTextHandler(&log, nil)).InfoContext(context.Background(), "target", "secret", target.Secret)
	for _, text := range []string{string(data), log.String(), fmt.Sprintf("%v %+v %#v %s %q %x", target, target, target, target.Secret, target.Secret, target.Secret)} {
		if strings.Contains(text, exampleSecret) || !strings.Contains(text, "***") {
			t.Errorf("printed as %s", text)
		}
	}
	if hooks.TeamSecret("a", exampleSecret) == hooks.TeamSecret("b", exampleSecret) || hooks.TeamSecret("a", "") != "" {
		t.Error("teams share a secret")
	}
}

func TestJobFinished(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 9, 1, 10, 0, 0, 0, time.UTC)
	job := bot.Job{
		ID: "abc", Kind: bot.JobPosts, State: bot.JobDone, Chat: bot.LineOf("abc"), Via: bot.ViaAPI, Asked: at, Ended: at.Add(time.Second),
		By: &bot.Principal{Token: "t1", Team: "ops"}, Total: 2, Counts: bot.Counts{bot.CauseRecalled: 2}, Group: "g1", Comment: "typo",
		Filter: bot.Filter{Match: []string{"words of a message"}},
	}
	d, err := hooks.JobFinished(job)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"type":"job.finished","timestamp":"2026-09-01T10:00:01Z","data":{"id":"abc","kind":"posts","state":"done","token":"t1",` +
		`"team":"ops","via":"api","group":"g1","asked":"2026-09-01T10:00:00Z","ended":"2026-09-01T10:00:01Z","total":2,` +
		`"counts":{"recalled":2},"words":"typo"}}`
	if diff := cmp.Diff(want, string(d.Body)); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	if d.ID != "job-abc" || d.Event != hooks.EventJobFinished || d.Host() != "" {
		t.Errorf("%+v", d)
	}
}

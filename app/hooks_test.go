package app_test

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"recallbot/app"
	"recallbot/bot"
	"recallbot/hooks"
	"recallbot/store"
	"recallbot/store/queue"
)

const hookSecret = bot.Secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")

// inbox receives webhooks, and refuses the first few.
type inbox struct {
	*httptest.Server

	mu      sync.Mutex
	refuses int
	got     []string // path, id and body
	came    chan struct{}
}

func newInbox(t *testing.T, refuses int) *inbox {
	t.Helper()
	in := &inbox{refuses: refuses, came: make(chan struct{}, 100)}
	in.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		body, _ := io.ReadAll(req.Body)
		in.mu.Lock()
		defer in.mu.Unlock()
		if in.refuses--; in.refuses >= 0 {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		in.got = append(in.got, strings.Join([]string{req.URL.Path, req.Header.Get("Webhook-Id"), string(body)}, " "))
		in.came <- struct{}{}
	}))
	t.Cleanup(in.Close)
	return in
}

func (in *inbox) await(t *testing.T, n int) []string {
	t.Helper()
	deadline := time.After(time.Minute)
	for {
		in.mu.Lock()
		got := slices.Clone(in.got)
		in.mu.Unlock()
		if len(got) >= n {
			return got
		}
		select {
		case <-in.came:
		case <-deadline:
			t.Fatalf("%d webhooks came, want %d: %v", len(got), n, got)
		}
	}
}

func hooksConfig(in *inbox) app.Config {
	config := app.Defaults()
	config.Hooks.Allow, config.Hooks.AllowHTTP = []string{"127.0.0.0/8"}, true
	config.Hooks.Jobs = hooks.Target{URL: in.URL + "/jobs", Secret: hookSecret}
	return config
}

// TestJobsEndIsToldOnce: each receiver gets one webhook for a job, although its end is announced again and the receiver was
// away for a moment.
func TestJobsEndIsToldOnce(t *testing.T) {
	t.Parallel()
	in := newInbox(t, 1)
	config := hooksConfig(in)
	opened, err := store.Open(t.Context(), config.Redis, config.Store, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = opened.Close() })
	out := app.NewOutbox(t, config, opened)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- out.Run(ctx) }()
	job := bot.Job{ID: "abc", Kind: bot.JobClean, State: bot.JobDone, Notify: in.URL + "/team", By: &bot.Principal{Team: "ops"}}
	for range 3 {
		if err := out.Ended(t.Context(), job); err != nil {
			t.Fatal(err)
		}
	}
	in.await(t, 2)
	last := job
	last.ID, last.Notify = "last", ""
	if err := out.Ended(t.Context(), last); err != nil {
		t.Fatal(err)
	}
	got := in.await(t, 3)
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	slices.Sort(got)
	for i, want := range []string{"/jobs job-abc ", "/jobs job-last ", "/team job-abc-notify "} {
		if len(got) != 3 || !strings.HasPrefix(got[i], want) {
			t.Errorf("came: %q", got)
			break
		}
	}
}

// sending ends each try with its error.
type sending struct{ err error }

func (s sending) Send(context.Context, hooks.Message) error { return s.err }

func TestWebhooksBecomeOutcomes(t *testing.T) {
	t.Parallel()
	in := newInbox(t, 0)
	config := hooksConfig(in)
	now := time.Now()
	for name, c := range map[string]struct {
		url   string
		err   error
		since time.Duration
		want  string
	}{
		"delivered":    {"", nil, 0, "done"},
		"away":         {"", bot.Errorf(bot.Unavailable, "away"), 0, "failed"},
		"a named time": {"", &bot.Error{Kind: bot.RateLimited, Op: "send", RetryAfter: time.Minute}, time.Hour, "later"},
		"a named time, again and again": {
			"", &bot.Error{Kind: bot.RateLimited, Op: "send", RetryAfter: time.Minute}, 100 * time.Hour, "given up",
		},
		"gone": {"", bot.Errorf(bot.Denied, "gone"), 0, "given up"},
	} {
		payload, err := json.Marshal(hooks.Delivery{ID: "1", URL: c.url, Event: hooks.EventJobFinished, Body: []byte(`{}`)})
		if err != nil {
			t.Fatal(err)
		}
		item := queue.Item{ID: "1", Payload: payload}
		err = app.HandleHook(t.Context(), config, sending{c.err}.Send, queue.Delivery{Item: item, Enqueued: now.Add(-c.since)})
		if got := outcomeOf(err); got != c.want {
			t.Errorf("%s: %s (%v), want %s", name, got, err, c.want)
		}
	}
	item := queue.Item{ID: "1", Payload: []byte("rubbish")}
	err := app.HandleHook(t.Context(), config, sending{}.Send, queue.Delivery{Item: item, Enqueued: now})
	if got := outcomeOf(err); got != "given up" {
		t.Errorf("rubbish: %s (%v)", got, err)
	}
}

func TestAddressesThatOthersName(t *testing.T) {
	t.Parallel()
	config := hooksConfig(newInbox(t, 0))
	for url, ok := range map[string]bool{"https://example.com/": true, "https://10.0.0.1/": false, "gopher://example.com": false} {
		if err := app.CheckHookURL(config, url); (err == nil) != ok || (err != nil && bot.KindOf(err) != bot.Invalid) {
			t.Errorf("%s: %v", url, err)
		}
	}
	config.Hooks.Jobs = hooks.Target{}
	if err := app.CheckHookURL(config, "https://example.com/"); err == nil || !strings.Contains(err.Error(), "hooks.jobs.secret") {
		t.Errorf("without a secret: %v", err)
	}
}

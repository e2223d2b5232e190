package web_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"recallbot/bot"
	"recallbot/web"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// fakes are an opener and an intake; the body is the opener's result.
type fakes struct {
	keep func(context.Context) error
	kept atomic.Int64
}

// MaxBody allows every size.
func (*fakes) MaxBody(http.Header) int { return 1 << 20 }

func (*fakes) Open(_ http.Header, body []byte) (bot.Envelope, error) {
	switch text := string(body); {
	case text == "denied":
		return bot.Envelope{}, bot.Errorf(bot.Denied, "bad signature of secret stuff")
	case text == "invalid":
		return bot.Envelope{}, bot.Errorf(bot.Invalid, "no JSON")
	case text == "not yet":
		return bot.Envelope{}, bot.Errorf(bot.Unavailable, "who we are is not known yet")
	case strings.HasPrefix(text, "challenge "):
		return bot.Envelope{Challenge: strings.TrimPrefix(text, "challenge ")}, nil
	case text == "panic":
		panic("boom")
	default:
		return bot.Envelope{Event: bot.Event{ID: "e1", Type: bot.TypeSaid}}, nil
	}
}

func (f *fakes) Keep(ctx context.Context, _ bot.Event) (bot.Kept, error) {
	f.kept.Add(1)
	if f.keep != nil {
		return "", f.keep(ctx)
	}
	return bot.KeptQueued, nil
}

type observations struct {
	mu   sync.Mutex
	list []string
}

func (s *observations) observe(kind, result string, _ time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.list = append(s.list, kind+"/"+result)
}

func newServer(f *fakes, observed *observations, log io.Writer) *web.Server {
	return web.New(web.Deps{
		API:         newBackend().api(),
		WebhookDeps: web.WebhookDeps{Opener: f, Intake: f.Keep, ObserveEvent: observed.observe}, Logger: slog.New(slog.NewTextHandler(log, nil)),
		Metrics: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "metrics") }),
		Ready: map[string]func(context.Context) error{
			"redis": func(context.Context) error { return nil },
			"token": func(ctx context.Context) error { return f.probe(ctx) },
		},
	})
}

func (f *fakes) probe(ctx context.Context) error {
	if f.keep == nil {
		return nil
	}
	return f.keep(ctx)
}

func call(t *testing.T, s *web.Server, method, path, body string) (int, string) {
	t.Helper()
	w := httptest.NewRecorder()
	s.Handler().ServeHTTP(w, httptest.NewRequest(method, path, strings.NewReader(body)))
	return w.Code, w.Body.String()
}

func TestEventStatus(t *testing.T) {
	t.Parallel()
	rows := []struct {
		name, body, observed string
		keep                 error
		status               int
	}{
		{"kept", "event", bot.TypeSaid + "/queued", nil, http.StatusOK},
		{"not the platform's", "denied", "/Unauthorized", nil, http.StatusUnauthorized},
		{"unreadable", "invalid", "/Bad Request", nil, http.StatusBadRequest},
		{"not to be understood yet", "not yet", "/Service Unavailable", nil, http.StatusServiceUnavailable},
		{"too large", strings.Repeat("x", 1<<20+1), "/Request Entity Too Large", nil, http.StatusRequestEntityTooLarge},
		{"largest", strings.Repeat("x", 1<<20), bot.TypeSaid + "/queued", nil, http.StatusOK},
		{"can't be kept", "event", bot.TypeSaid + "/Service Unavailable", bot.Errorf(bot.Unavailable, "redis is away"), http.StatusServiceUnavailable},
		{"challenge", "challenge x", "url_verification/answered", nil, http.StatusOK},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			f, observed := &fakes{}, &observations{}
			if row.keep != nil {
				f.keep = func(context.Context) error { return row.keep }
			}
			status, body := call(t, newServer(f, observed, io.Discard), http.MethodPost, "/webhook/event", row.body)
			if status != row.status {
				t.Errorf("status = %d, want %d", status, row.status)
			}
			if strings.Contains(body, "secret") || strings.Contains(body, "redis") {
				t.Errorf("the answer reveals the cause: %s", body)
			}
			if len(observed.list) != 1 || observed.list[0] != row.observed {
				t.Errorf("observed %v, want [%s]", observed.list, row.observed)
			}
		})
	}
}

func TestChallengeIsEscaped(t *testing.T) {
	t.Parallel()
	const hard = `c1"x\ </script> ` + "\u2028"
	_, body := call(t, newServer(&fakes{}, &observations{}, io.Discard), http.MethodPost, "/webhook/event", "challenge "+hard)
	var answer struct{ Challenge string }
	if err := json.Unmarshal([]byte(body), &answer); err != nil || answer.Challenge != hard {
		t.Errorf("answer %s: challenge %q, %v", body, answer.Challenge, err)
	}
}

func TestOnlyPost(t *testing.T) {
	t.Parallel()
	s := newServer(&fakes{}, &observations{}, io.Discard)
	for _, method := range []string{http.MethodGet, http.MethodPut, http.MethodDelete, http.MethodPatch, http.MethodHead} {
		if status, _ := call(t, s, method, "/webhook/event", ""); status != http.StatusMethodNotAllowed {
			t.Errorf("%s = %d, want 405", method, status)
		}
	}
}

func TestHealth(t *testing.T) {
	t.Parallel()
	good, bad := newServer(&fakes{}, &observations{}, io.Discard), newServer(&fakes{
		keep: func(context.Context) error { return errors.New("away, password hunter2") },
	}, &observations{}, io.Discard)
	for _, row := range []struct {
		server *web.Server
		path   string
		status int
		body   string
	}{
		{good, "/healthz", 200, `{"status":"ok"}`},
		{bad, "/healthz", 200, `{"status":"ok"}`},
		{good, "/readyz", 200, `{"redis":"ok","token":"ok"}`},
		{bad, "/readyz", 503, `{"redis":"ok","token":"not ready: internal"}`},
		{good, "/metrics", 200, "metrics"},
		{good, "/nothing", 404, "404 page not found"},
	} {
		if status, body := call(t, row.server, http.MethodGet, row.path, ""); status != row.status || body != row.body {
			t.Errorf("%s = %d %s, want %d %s", row.path, status, body, row.status, row.body)
		}
	}
}

func TestPanicIsAnswered(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	if status, _ := call(t, newServer(&fakes{}, &observations{}, &log), http.MethodPost, "/webhook/event", "panic"); status != http.StatusInternalServerError {
		t.Errorf("status = %d, want 500", status)
	}
	if !strings.Contains(log.String(), "boom") {
		t.Errorf("the log does not tell of it: %s", log.String())
	}
}

func TestBadRequestLogLimit(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	s := newServer(&fakes{}, &observations{}, &log)
	for range 1000 {
		call(t, s, http.MethodPost, "/webhook/event", "denied")
	}
	if lines := strings.Count(log.String(), "\n"); lines == 0 || lines > 20 {
		t.Errorf("%d lines for 1000 bad requests", lines)
	}
}

// TestEventSlots: if Redis hangs, as many events as there are slots wait, and further ones are refused at once.
func TestEventSlots(t *testing.T) {
	t.Parallel()
	hang, waiting := make(chan struct{}), make(chan struct{}, 2000)
	f := &fakes{keep: func(ctx context.Context) error {
		waiting <- struct{}{}
		select {
		case <-hang:
		case <-ctx.Done():
		}
		return bot.Errorf(bot.Unavailable, "away")
	}}
	s := newServer(f, &observations{}, io.Discard)
	var group sync.WaitGroup
	for range 512 {
		group.Go(func() { call(t, s, http.MethodPost, "/webhook/event", "event") })
	}
	for range 512 {
		<-waiting
	}
	for range 100 {
		if status, _ := call(t, s, http.MethodPost, "/webhook/event", "event"); status != http.StatusServiceUnavailable {
			t.Errorf("status = %d, want 503", status)
		}
	}
	close(hang)
	group.Wait()
	if kept := f.kept.Load(); kept != 512 {
		t.Errorf("%d events were let through, want 512", kept)
	}
}

func TestReadTimeout(t *testing.T) {
	t.Parallel()
	s := newServer(&fakes{}, &observations{}, io.Discard)
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(ctx, listener) }()
	for _, begin := range []string{
		"POST /webhook/event HTTP/1.1\r\nHost: x\r\nX-Slow",
		"POST /webhook/event HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf",
	} {
		conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprint(conn, begin)
		if err := conn.SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(io.Discard, bufio.NewReader(conn)); err != nil {
			t.Errorf("a slow sender holds its connection: %v", err)
		}
		_ = conn.Close()
	}
	stop()
	if err := <-ended; err != nil {
		t.Errorf("Serve = %v", err)
	}
}

// Only a stored event gets Answer's body.
func TestAnswerOfStoredEvents(t *testing.T) {
	t.Parallel()
	f := &fakes{}
	s := web.New(web.Deps{
		WebhookDeps: web.WebhookDeps{
			Opener: f, Intake: f.Keep, Answer: func(e bot.Event) []byte { return []byte(`{"kept":"` + string(e.ID) + `"}`) },
		},
		Logger: slog.New(slog.DiscardHandler), Metrics: http.NotFoundHandler(),
	})
	if status, body := call(t, s, http.MethodPost, "/webhook/event", "press"); status != http.StatusOK || body != `{"kept":"e1"}` {
		t.Errorf("answered %d %s", status, body)
	}
	f.keep = func(context.Context) error { return bot.Errorf(bot.Unavailable, "redis is away") }
	if status, body := call(t, s, http.MethodPost, "/webhook/event", "press"); status != http.StatusServiceUnavailable || strings.Contains(body, "kept\":") {
		t.Errorf("what is not kept is answered %d %s", status, body)
	}
}

// causeError is an error with a cause, as the store's.
type causeError struct{ error }

func (causeError) Cause() string { return "full" }

// TestOutageIsLoggedOnce, however often it is asked whether we are ready, and however many events and calls come.
func TestOutageIsLoggedOnce(t *testing.T) {
	t.Parallel()
	var away atomic.Bool
	var log bytes.Buffer
	s := newServer(&fakes{keep: func(context.Context) error {
		if away.Load() {
			return &bot.Error{Kind: bot.Unavailable, Err: causeError{errors.New("OOM, password hunter2")}}
		}
		return nil
	}}, &observations{}, &log)
	for range 2 {
		for _, down := range []bool{true, false} {
			away.Store(down)
			for range 50 {
				status, body := call(t, s, http.MethodGet, "/readyz", "")
				if want := map[bool]string{true: `503 {"redis":"ok","token":"not ready: full"}`, false: `200 {"redis":"ok","token":"ok"}`}[down]; fmt.Sprint(status, " ", body) != want {
					t.Fatalf("/readyz = %d %s, want %s", status, body, want)
				}
				call(t, s, http.MethodPost, "/webhook/event", "event")
			}
		}
	}
	for _, message := range []string{`"not ready"`, `"ready again"`, `"events not stored"`, `"events stored again"`} {
		if n := strings.Count(log.String(), "msg="+message); n != 2 {
			t.Errorf("%s is logged %d times in 2 outages", message, n)
		}
	}
	if n := strings.Count(log.String(), "\n"); n != 8 {
		t.Errorf("%d lines:\n%s", n, log.String())
	}
}

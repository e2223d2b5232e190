package web_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"recallbot/bot"
	"recallbot/web"
)

// startServer starts an HTTP server for a backend.
func startServer(t *testing.T, o *backend) (address string, leave func()) {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := web.New(web.Deps{API: o.api(), Logger: slog.New(slog.DiscardHandler), Metrics: http.NotFoundHandler()})
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(ctx, listener) }()
	leave = func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		ended <- nil
	}
	t.Cleanup(leave)
	return "http://" + listener.Addr().String(), leave
}

// readStream reads a stream to its end, as "id event state settled/total"; each is called with each event.
func readStream(t *testing.T, o *backend, url string, each func(string)) []string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+o.issue(fullToken()))
	req.Header.Set("Last-Event-ID", "17")
	resp, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close() //nolint:errcheck // read to its end
	if kind := resp.Header.Get("Content-Type"); kind != "text/event-stream" {
		t.Fatalf("HTTP %d %s", resp.StatusCode, kind)
	}
	var events []string
	line, lines := "", bufio.NewScanner(resp.Body)
	for lines.Scan() {
		name, value, _ := strings.Cut(lines.Text(), ": ")
		switch name {
		case "id", "event":
			line += value + " "
		case "data":
			var r web.Recall
			if err := json.Unmarshal([]byte(value), &r); err != nil {
				t.Fatal(err)
			}
			events = append(events, fmt.Sprintf("%s%s %d/%d", line, r.State, r.Settled, r.Total))
			line = ""
			each(events[len(events)-1])
		}
	}
	return events
}

// TestStream: a stream has the current state, each change and the end, and may last longer than other calls.
func TestStream(t *testing.T) {
	t.Parallel()
	o := newBackend()
	o.seed()
	address, _ := startServer(t, o)
	change := func(state bot.JobState, next int) {
		o.mu.Lock()
		defer o.mu.Unlock()
		job := o.jobs["runningA"]
		job.Version, job.State, job.Next, job.Total = job.Version+1, state, next, 50
		o.jobs[job.ID] = job
	}
	events := readStream(t, o, address+"/api/v1/recalls/runningA/events", func(last string) {
		switch {
		case strings.Contains(last, "running 0/0"):
			change(bot.JobRunning, 20)
		case strings.Contains(last, "20/50"):
			change(bot.JobDone, 50)
		}
	})
	want := "1 progress running 0/0, 2 progress running 20/50, 3 end done 50/50"
	if got := strings.Join(events, ", "); got != want {
		t.Errorf("the stream had %q, want %q", got, want)
	}
}

// TestStreamEndsWithToken: the stream ends when the token is revoked.
func TestStreamEndsWithToken(t *testing.T) {
	t.Parallel()
	o := newBackend()
	o.seed()
	address, _ := startServer(t, o)
	events := readStream(t, o, address+"/api/v1/recalls/runningA/events", func(string) {
		o.mu.Lock()
		defer o.mu.Unlock()
		for bearer, token := range o.tokens {
			token.Revoked = time.Now()
			o.tokens[bearer] = token
		}
	})
	if len(events) != 1 {
		t.Errorf("the stream had %q", events)
	}
}

// TestStreamEndsWithServer: streams do not delay the shutdown.
func TestStreamEndsWithServer(t *testing.T) {
	t.Parallel()
	o := newBackend()
	o.seed()
	address, leave := startServer(t, o)
	events := readStream(t, o, address+"/api/v1/recalls/runningA/events", func(string) { go leave() })
	if len(events) != 1 {
		t.Errorf("the stream has the events %v", events)
	}
}

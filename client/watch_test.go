package client_test

import (
	"errors"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"recallbot/client"
)

func stream(text string) response { return respond(200, text) }

// event is a server-sent event.
func event(name, id, data string) string {
	return "event: " + name + "\nid: " + id + "\ndata: " + data + "\n\n"
}

// collect returns the states that Watch yields.
func collect(t *testing.T, b *bot) (states []string, last error) {
	t.Helper()
	for recall, err := range b.client(t).Watch(t.Context(), "j1") {
		if err != nil {
			return states, err
		}
		states = append(states, string(recall.State))
	}
	return states, nil
}

func TestWatchReconnects(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBot(
			stream(": alive\n\n"+event("progress", "1", `{"state":"waiting"}`)),
			respondError(io.ErrUnexpectedEOF),
			busy(503, "2"),
			stream("retry: 9\n"+event("progress", "1", `{"state":"waiting"}`)+event("progress", "2", `{"state":"running"}`)),
			stream(event("progress", "3", `{"state":`+"\ndata: "+`"running"}`)+event("end", "4", `{"state":"done"}`)+event("progress", "5", `{}`)),
		)
		states, err := collect(t, b)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{"waiting", "running", "running", "done"}, states); diff != "" {
			t.Error(diff)
		}
		var marks []string
		for _, r := range b.requests {
			marks = append(marks, r.LastEvent)
		}
		if diff := cmp.Diff([]string{"", "1", "1", "1", "2"}, marks); diff != "" {
			t.Errorf("Last-Event-ID: %s", diff)
		}
	})
}

// TestWatchSilentStream: a silent connection is replaced.
func TestWatchSilentStream(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		states, err := collect(t, newBot(response{status: 200, silent: true}, stream(event("end", "1", `{"state":"stopped"}`))))
		if err != nil || len(states) != 1 {
			t.Fatalf("%v, %v", states, err)
		}
		if waited := time.Since(began); waited < 45*time.Second || waited > time.Minute {
			t.Errorf("noticed after %s", waited)
		}
	})
}

func TestWatchError(t *testing.T) {
	t.Parallel()
	rows := []struct {
		name string
		bot  *bot
		want error
	}{
		{"nothing to watch", newBot(respond(404, `{}`)), client.ErrNotFound},
		{"an empty stream", newBot(stream("")), io.ErrUnexpectedEOF},
		{"a bot that stays away", newBot(respond(503, `{}`)), client.ErrUnavailable},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				if states, err := collect(t, row.bot); len(states) != 0 || !errors.Is(err, row.want) {
					t.Errorf("%v and %v, want nothing and %v", states, err, row.want)
				}
			})
		})
	}
}

func TestWatchBreak(t *testing.T) {
	t.Parallel()
	b := newBot(stream(strings.Repeat(event("progress", "", `{"state":"running"}`), 3)))
	for _, err := range b.client(t).Watch(t.Context(), "j1") {
		if err != nil {
			t.Error(err)
		}
		break
	}
	if len(b.requests) != 1 {
		t.Errorf("%d requests, want 1", len(b.requests))
	}
}

func TestAwait(t *testing.T) {
	t.Parallel()
	b := newBot(stream(event("progress", "1", `{"state":"running"}`) + event("end", "2", `{"state":"done","counts":{"recalled":3}}`)))
	recall, err := b.client(t).Await(t.Context(), "j1")
	if err != nil || recall.State != client.RecallDone || recall.Counts["recalled"] != 3 {
		t.Errorf("got %+v, %v", recall, err)
	}
}

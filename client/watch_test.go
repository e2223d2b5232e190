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

func stream(text string) answer { return says(200, text) }

// event is an event of a stream as the bot writes it.
func event(name, id, data string) string {
	return "event: " + name + "\nid: " + id + "\ndata: " + data + "\n\n"
}

// watched collects what Watch gives.
func watched(t *testing.T, b *bot) (states []string, last error) {
	t.Helper()
	for recall, err := range b.client(t).Watch(t.Context(), "j1") {
		if err != nil {
			return states, err
		}
		states = append(states, string(recall.State))
	}
	return states, nil
}

func TestWatchTakesAStreamUpAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := answering(
			stream(": alive\n\n"+event("progress", "1", `{"state":"waiting"}`)),
			fails(io.ErrUnexpectedEOF),
			busy(503, "2"),
			stream("retry: 9\n"+event("progress", "1", `{"state":"waiting"}`)+event("progress", "2", `{"state":"running"}`)),
			stream(event("progress", "3", `{"state":`+"\ndata: "+`"running"}`)+event("end", "4", `{"state":"done"}`)+event("progress", "5", `{}`)),
		)
		states, err := watched(t, b)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{"waiting", "running", "running", "done"}, states); diff != "" {
			t.Error(diff)
		}
		var marks []string
		for _, r := range b.seen {
			marks = append(marks, r.LastEvent)
		}
		if diff := cmp.Diff([]string{"", "1", "1", "1", "2"}, marks); diff != "" {
			t.Errorf("Last-Event-ID: %s", diff)
		}
	})
}

// TestWatchNoticesSilence: a connection that died without a word is given up, and another one made.
func TestWatchNoticesSilence(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		states, err := watched(t, answering(answer{status: 200, dead: true}, stream(event("end", "1", `{"state":"stopped"}`))))
		if err != nil || len(states) != 1 {
			t.Fatalf("%v, %v", states, err)
		}
		if waited := time.Since(began); waited < 45*time.Second || waited > time.Minute {
			t.Errorf("noticed after %s", waited)
		}
	})
}

func TestWatchGivesUp(t *testing.T) {
	t.Parallel()
	rows := []struct {
		name string
		bot  *bot
		want error
	}{
		{"nothing to watch", answering(says(404, `{}`)), client.ErrNotFound},
		{"a stream that never says anything", answering(stream("")), io.ErrUnexpectedEOF},
		{"a bot that stays away", answering(says(503, `{}`)), client.ErrUnavailable},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				if states, err := watched(t, row.bot); len(states) != 0 || !errors.Is(err, row.want) {
					t.Errorf("%v and %v, want nothing and %v", states, err, row.want)
				}
			})
		})
	}
}

func TestWatchStopsWithWhoeverListens(t *testing.T) {
	t.Parallel()
	b := answering(stream(strings.Repeat(event("progress", "", `{"state":"running"}`), 3)))
	for _, err := range b.client(t).Watch(t.Context(), "j1") {
		if err != nil {
			t.Error(err)
		}
		break
	}
	if len(b.seen) != 1 {
		t.Errorf("%d requests, want 1", len(b.seen))
	}
}

func TestAwaitGivesTheEnd(t *testing.T) {
	t.Parallel()
	b := answering(stream(event("progress", "1", `{"state":"running"}`) + event("end", "2", `{"state":"done","counts":{"recalled":3}}`)))
	recall, err := b.client(t).Await(t.Context(), "j1")
	if err != nil || recall.State != client.RecallDone || recall.Counts["recalled"] != 3 {
		t.Errorf("got %+v, %v", recall, err)
	}
}

package alert_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"testing"
	"time"

	"recallbot/bot"
	"recallbot/post/alert"
)

// harness is a service with its dependencies and a clock that the test sets.
type harness struct {
	*alert.Service

	t      *testing.T
	now    time.Time
	groups map[alert.GroupID]string
	// steps are the calls of Step that are due, by group.
	steps map[alert.GroupID]time.Time
	made  int
	posts map[bot.PostID]*card
	order []bot.PostID
	// faults are the errors of the next calls, by call.
	faults  map[string][]error
	calls   []string
	by      bot.Principal
	options alert.Options
}

// card is a post with its text.
type card struct {
	bot.Post

	says string
}

func newHarness(t *testing.T) *harness {
	t.Helper()
	d := &harness{
		t: t, now: time.Date(2026, 9, 1, 8, 30, 0, 0, time.UTC), groups: map[alert.GroupID]string{},
		steps: map[alert.GroupID]time.Time{}, posts: map[bot.PostID]*card{}, faults: map[string][]error{},
		by: bot.Principal{Token: "t1", Team: "sre"}, options: alert.Options{Chat: "oc_1"},
	}
	d.Service = alert.New(alert.Deps{
		Change: d.Change, Steps: steps{d}, Cards: cards{d}, Log: slog.New(slog.DiscardHandler), Now: func() time.Time { return d.now },
		Fresh: func() bot.PostID { d.made++; return bot.PostID(fmt.Sprintf("p_%d", d.made)) },
		Draw: func(_ context.Context, _ bot.ChatID, s alert.CardView) bot.Card {
			return bot.Card{Title: fmt.Sprintf("%s: %d firing, %d resolved, %d truncated", s.Title, s.FiringCount, s.ResolvedCount, s.Truncated)}
		},
	})
	return d
}

// Change stores groups as JSON, as the store does.
func (d *harness) Change(_ context.Context, id alert.GroupID, change func(*alert.Group) bool) (alert.Group, error) {
	var g alert.Group
	if text, ok := d.groups[id]; ok {
		if err := json.Unmarshal([]byte(text), &g); err != nil {
			return g, err
		}
	}
	was := g
	if !change(&g) {
		return was, nil
	}
	text, err := json.Marshal(g)
	d.groups[id] = string(text)
	return g, err
}

type steps struct{ *harness }

func (s steps) Put(_ context.Context, id alert.GroupID) error {
	if err := s.fault("put"); err != nil {
		return err
	}
	s.steps[id] = s.now
	return nil
}

func (s steps) PutAt(_ context.Context, id alert.GroupID, at time.Time) error {
	s.steps[id] = at
	return nil
}

type cards struct{ *harness }

func (c cards) Post(_ context.Context, o alert.Order) error {
	if err := c.fault("post"); err != nil {
		return err
	}
	if _, known := c.posts[o.ID]; known {
		return nil
	}
	c.order = append(c.order, o.ID)
	c.posts[o.ID] = &card{bot.Post{
		ID: o.ID, State: bot.PostSent, Chat: o.Chat, Group: o.Group, Team: o.Team, Token: o.Token, Message: bot.MessageID("om_" + o.ID),
	}, o.Card.Title}
	return nil
}

func (c cards) Find(_ context.Context, id bot.PostID) (bot.Post, error) {
	if p, ok := c.posts[id]; ok {
		return p.Post, nil
	}
	return bot.Post{}, bot.Errorf(bot.NotFound, "no post %s", id)
}

func (c cards) Edit(_ context.Context, post bot.Post, shown bot.Card) error {
	if err := c.fault("edit"); err != nil {
		return err
	}
	c.posts[post.ID].says = shown.Title
	return nil
}

func (c cards) TakeBack(_ context.Context, post bot.Post) error {
	if err := c.fault("take back"); err != nil {
		return err
	}
	c.posts[post.ID].State = bot.PostRecalled
	return nil
}

func (d *harness) fault(call string) error {
	d.calls = append(d.calls, call)
	if faults := d.faults[call]; len(faults) > 0 {
		d.faults[call] = faults[1:]
		return faults[0]
	}
	return nil
}

// receive receives a recorded webhook.
func (d *harness) receive(file string) {
	d.t.Helper()
	if _, err := d.Receive(d.t.Context(), notification(d.t, file), d.options, d.by); err != nil {
		d.t.Fatal(err)
	}
}

// works runs the due steps, each twice, since a step may be repeated.
func (d *harness) works() {
	d.t.Helper()
	for range 20 {
		due := false
		for id, at := range d.steps {
			if at.After(d.now) {
				continue
			}
			due = true
			delete(d.steps, id)
			if err := d.Step(d.t.Context(), id); err != nil {
				d.steps[id] = d.now.Add(bot.Detail(err).RetryAfter)
				d.now = d.steps[id]
				continue
			}
			if err := d.Step(d.t.Context(), id); err != nil {
				d.t.Error(err)
			}
		}
		if !due {
			return
		}
	}
	d.t.Fatal("the steps do not end")
}

// shows checks the cards in the chat, the oldest first.
func (d *harness) shows(want ...string) {
	d.t.Helper()
	var got []string
	for _, id := range d.order {
		if p := d.posts[id]; p.State == bot.PostSent {
			got = append(got, p.says)
		}
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		d.t.Errorf("the chat shows %q, want %q", got, want)
	}
}

// later moves the clock.
func (d *harness) later(by time.Duration) { d.now = d.now.Add(by) }

// count is how often the posts were called.
func (d *harness) count(call string) int {
	n := 0
	for _, c := range d.calls {
		if c == call {
			n++
		}
	}
	return n
}

func notification(t *testing.T, file string) alert.Notification {
	t.Helper()
	body, err := os.Open("testdata/" + file + ".json")
	if err != nil {
		t.Fatal(err)
	}
	source, _, _ := strings.Cut(file, "-")
	n, err := alert.Decode(alert.Source(source), body)
	err = errors.Join(err, body.Close())
	if err != nil {
		t.Fatal(err)
	}
	return n
}

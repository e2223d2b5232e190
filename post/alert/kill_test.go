package alert_test

import (
	"context"
	"testing"
	"time"

	"recallbot/bot"
	"recallbot/post/alert"
)

// crashing is a service that crashes at one of its calls: before the call, or after it and before the response.
type crashing struct {
	*harness

	left  int
	after bool
}

// call makes a call, or crashes. Alertmanager or the queue then repeats what failed.
func (m *crashing) call(do func() error) error {
	m.left--
	if m.left != 0 {
		return do()
	}
	if m.after {
		if err := do(); err != nil {
			return err
		}
	}
	return bot.Errorf(bot.Unavailable, "killed")
}

func (m *crashing) Change(ctx context.Context, id alert.GroupID, change func(*alert.Group) bool) (alert.Group, error) {
	var g alert.Group
	err := m.call(func() (err error) {
		g, err = m.harness.Change(ctx, id, change)
		return err
	})
	return g, err
}

type crashingSteps struct {
	steps

	m *crashing
}

func (s crashingSteps) Put(ctx context.Context, id alert.GroupID) error {
	return s.m.call(func() error { return s.steps.Put(ctx, id) })
}

type crashingCards struct {
	cards

	m *crashing
}

func (c crashingCards) Post(ctx context.Context, o alert.Order) error {
	return c.m.call(func() error { return c.cards.Post(ctx, o) })
}

func (c crashingCards) Edit(ctx context.Context, post bot.Post, shown bot.Card) error {
	return c.m.call(func() error { return c.cards.Edit(ctx, post, shown) })
}

// handle receives a notification and runs the steps, each until it succeeds.
func (m *crashing) handle(file string) {
	m.t.Helper()
	for range 3 {
		if _, err := m.Receive(m.t.Context(), notification(m.t, file), m.options, m.by); err == nil {
			break
		}
	}
	for range 20 {
		for id := range m.steps {
			delete(m.steps, id)
			if m.Step(m.t.Context(), id) != nil {
				m.steps[id] = m.now
			}
		}
	}
}

// TestKilledAtAnyCall: after a crash at any call there is one card with the last state.
func TestKilledAtAnyCall(t *testing.T) {
	t.Parallel()
	for _, after := range []bool{false, true} {
		n := 1
		for killed(t, n, after) {
			n++
		}
		if n < 10 {
			t.Errorf("only %d calls were made", n-1)
		}
	}
}

// killed handles an alert and its end with a crash at the nth call, and reports whether there were so many calls.
func killed(t *testing.T, n int, after bool) bool {
	t.Helper()
	m := &crashing{harness: newHarness(t), left: n, after: after}
	m.Deps.Change, m.Steps, m.Cards = m.Change, crashingSteps{steps{m.harness}, m}, crashingCards{cards{m.harness}, m}
	m.handle(firing)
	m.shows(saysFiring)
	m.later(time.Minute)
	m.handle(resolved)
	m.shows(saysResolved)
	if len(m.order) != 1 || len(m.steps) != 0 {
		t.Errorf("%d cards were posted, and %d groups have steps left", len(m.order), len(m.steps))
	}
	if t.Failed() {
		t.Fatalf("killed at call %d, after the call: %t", n, after)
	}
	return m.left <= 0
}

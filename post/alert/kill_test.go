package alert_test

import (
	"context"
	"testing"
	"time"

	"recallbot/bot"
	"recallbot/post/alert"
)

// mortal is a process that dies at one of its calls, before it is made or before its answer arrives.
type mortal struct {
	*harness

	left  int
	after bool
}

// call makes a call, unless the process dies of it. What died is asked again: by Alertmanager, or by the queue.
func (m *mortal) call(do func() error) error {
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

func (m *mortal) Change(ctx context.Context, id alert.GroupID, change func(*alert.Group) bool) (alert.Group, error) {
	var g alert.Group
	err := m.call(func() (err error) {
		g, err = m.harness.Change(ctx, id, change)
		return err
	})
	return g, err
}

type mortalSteps struct {
	steps

	m *mortal
}

func (s mortalSteps) Put(ctx context.Context, id alert.GroupID) error {
	return s.m.call(func() error { return s.steps.Put(ctx, id) })
}

type mortalCards struct {
	cards

	m *mortal
}

func (c mortalCards) Post(ctx context.Context, o alert.Order) error {
	return c.m.call(func() error { return c.cards.Post(ctx, o) })
}

func (c mortalCards) Edit(ctx context.Context, post bot.Post, shown bot.Card) error {
	return c.m.call(func() error { return c.cards.Edit(ctx, post, shown) })
}

// lives takes a notice in and does what is to do, each again until it was done.
func (m *mortal) lives(file string) {
	m.t.Helper()
	for range 3 {
		if _, err := m.Receive(m.t.Context(), notice(m.t, file), m.wish, m.by); err == nil {
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

// killed lives through an alert and its end with a process that dies at its nth call, and reports whether it came to it.
func killed(t *testing.T, n int, after bool) bool {
	t.Helper()
	m := &mortal{harness: newHarness(t), left: n, after: after}
	m.Deps.Change, m.Steps, m.Cards = m.Change, mortalSteps{steps{m.harness}, m}, mortalCards{cards{m.harness}, m}
	m.lives(firing)
	m.shows(saysFiring)
	m.later(time.Minute)
	m.lives(resolved)
	m.shows(saysResolved)
	if len(m.order) != 1 || len(m.steps) != 0 {
		t.Errorf("%d cards were posted, and %d groups are left to do", len(m.order), len(m.steps))
	}
	if t.Failed() {
		t.Fatalf("killed at call %d, which was done: %t", n, after)
	}
	return m.left <= 0
}

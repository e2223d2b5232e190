package feishu_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"

	"recallbot/bot"
	"recallbot/feishu"
	"recallbot/sandbox"
)

// runSocket connects, waits until events can come, and gives what ends it and reports how it ended.
func (s *scene) runSocket(t *testing.T, deliver func(context.Context, bot.Envelope) error) (stop func() error) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- s.client.RunWebsocket(ctx, feishu.NewOpener(s.cfg), deliver) }()
	if err := s.feishu.Wait(t.Context(), func(state sandbox.State) bool { return state.Sockets() > 0 }); err != nil {
		t.Fatal(err)
	}
	return func() error { cancel(); return <-done }
}

func TestWebsocket(t *testing.T) {
	t.Parallel()
	s := newScene(t, func(world *sandbox.Config, _ *feishu.Config) {
		world.Scopes = append(sandbox.DefaultScopes(), "im:message.group_msg")
	})
	got := make(chan bot.Envelope, 10)
	fails := 1
	stop := s.runSocket(t, func(_ context.Context, e bot.Envelope) error {
		if fails > 0 && e.Event.Type == bot.TypeSaid {
			fails--
			return errors.New("can't be kept now")
		}
		got <- e
		return nil
	})
	id, err := s.feishu.Say(sandbox.SaySpec{Chat: string(s.chat), From: s.owner, Text: "/recall help", MentionBot: true})
	if err != nil {
		t.Fatal(err)
	}
	refused := func(state sandbox.State) bool {
		for _, d := range state.Deliveries() {
			if d.Type == bot.TypeSaid && d.Status == 500 {
				return true
			}
		}
		return false
	}
	if err := s.feishu.Wait(t.Context(), refused); err != nil {
		t.Fatal(err)
	}
	delivery := s.feishu.Deliveries()[0]
	if err := s.feishu.Redeliver(delivery.EventID); err != nil {
		t.Fatal(err)
	}
	event := (<-got).Event
	said, ok := event.Body.(bot.Said)
	if !ok || said.Message.ID != bot.MessageID(id) || said.Command == nil || said.Command.Verb != bot.VerbHelp || string(event.ID) != delivery.EventID {
		t.Errorf("got %+v", event)
	}
	// An event that we do nothing about is acknowledged, and not delivered.
	if err := s.feishu.AddMember(string(s.chat), s.feishu.AddUser("陈晨").OpenID); err != nil {
		t.Fatal(err)
	}
	acknowledged := func(state sandbox.State) bool {
		for _, d := range state.Deliveries() {
			if d.Type == "im.chat.member.user.added_v1" && d.OK() {
				return true
			}
		}
		return false
	}
	if err := s.feishu.Wait(t.Context(), acknowledged); err != nil {
		t.Fatal(err)
	}
	if err := stop(); err != nil {
		t.Errorf("stopped with %v", err)
	}
	if len(got) != 0 {
		t.Errorf("delivered %+v", <-got)
	}
}

// A press is answered in its acknowledgement, once it is kept.
func TestWebsocketPress(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	got := make(chan bot.Envelope, 10)
	keeps := atomic.Bool{}
	stop := s.runSocket(t, func(_ context.Context, e bot.Envelope) error {
		if !keeps.Load() {
			return errors.New("can't be kept now")
		}
		got <- e
		return nil
	})
	press := bot.Press{Action: bot.ActStop, Job: "j1", Key: "k1"}
	ref, err := s.client.TellCard(t.Context(), bot.UserID(s.owner), bot.Card{Parts: []bot.CardPart{
		{Buttons: []bot.Button{{Text: "Stop", Press: press}}},
	}}, "key")
	if err != nil {
		t.Fatal(err)
	}
	value := map[string]any{"recallbot": 1, "a": "stop", "j": "j1", "k": "k1"}
	if answer, err := s.feishu.Press(t.Context(), s.owner, string(ref.ID), value); err != nil || answer.Code == 0 {
		t.Errorf("a press that can't be kept is answered %+v, %v", answer, err)
	}
	keeps.Store(true)
	answer, err := s.feishu.Press(t.Context(), s.owner, string(ref.ID), value)
	if err != nil || answer.Code != 0 || answer.Toast.Type != "info" || answer.Toast.Content == "" {
		t.Errorf("answered %+v, %v", answer, err)
	}
	pressed, _ := (<-got).Event.Body.(bot.Pressed)
	if pressed.Press != press || pressed.By != bot.UserID(s.owner) || pressed.Message != ref.ID || pressed.Chat != ref.Chat {
		t.Errorf("got %+v", pressed)
	}
	answer, err = s.feishu.Press(t.Context(), s.owner, string(ref.ID), map[string]any{"other": "card"})
	if err != nil || answer.Code != 0 || answer.Toast.Content != "" || (<-got).Event.Body != nil {
		t.Errorf("a press of a card that is not ours is answered %+v, %v", answer, err)
	}
	if err := stop(); err != nil {
		t.Errorf("stopped with %v", err)
	}
}

// Stopping waits for what is being delivered.
func TestWebsocketStopsWhenDelivered(t *testing.T) {
	t.Parallel()
	s := newScene(t, func(world *sandbox.Config, _ *feishu.Config) {
		world.Scopes = append(sandbox.DefaultScopes(), "im:message.group_msg")
	})
	entered, ended := make(chan struct{}), false
	stop := s.runSocket(t, func(ctx context.Context, _ bot.Envelope) error {
		close(entered)
		<-ctx.Done()
		ended = true
		return ctx.Err()
	})
	if _, err := s.feishu.Say(sandbox.SaySpec{Chat: string(s.chat), From: s.owner, Text: "hello"}); err != nil {
		t.Fatal(err)
	}
	<-entered
	if err := stop(); err != nil || !ended {
		t.Errorf("stopped with %v, delivery ended %t", err, ended)
	}
}

func TestWebsocketRefused(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	cfg := s.cfg
	cfg.AppSecret = "wrong"
	err := feishu.NewClient(cfg, &limiter{}, quiet()).RunWebsocket(t.Context(), feishu.NewOpener(cfg), func(context.Context, bot.Envelope) error { return nil })
	if got := bot.Detail(err); got.Kind != bot.Denied || got.Code != 514 {
		t.Errorf("got %v", err)
	}
}

package feishu_test

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"

	"recallbot/bot"
	"recallbot/feishu"
	"recallbot/sandbox"
)

// socketProbe is a running socket and what it reported.
type socketProbe struct {
	socket  *feishu.Socket
	opener  *feishu.Opener
	dropped chan error
	changed chan bool
	ended   chan error
	cancel  context.CancelFunc
}

// startSocket runs a socket.
func (s *env) startSocket(t *testing.T, deliver func(context.Context, bot.Envelope) error) *socketProbe {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	e := &socketProbe{opener: feishu.NewOpener(s.cfg), dropped: make(chan error, 10), changed: make(chan bool, 100), ended: make(chan error, 1), cancel: cancel}
	e.socket = feishu.NewSocket(s.client, e.opener, feishu.SocketCallbacks{
		Deliver: deliver,
		Dropped: func(err error) { e.dropped <- err },
		Changed: func(connected bool) { e.changed <- connected },
	})
	go func() { e.ended <- e.socket.Run(ctx) }()
	return e
}

// waitConnected waits until events can arrive.
func (s *env) waitConnected(t *testing.T) {
	t.Helper()
	s.waitState(t, func(state sandbox.State) bool { return state.Sockets() == 1 })
}

// waitState waits until a condition holds in the sandbox.
func (s *env) waitState(t *testing.T, what func(sandbox.State) bool) {
	t.Helper()
	if err := s.feishu.Wait(t.Context(), what); err != nil {
		t.Fatal(err)
	}
}

// runSocket runs a socket until events can arrive; stop ends it and returns its error.
func (s *env) runSocket(t *testing.T, deliver func(context.Context, bot.Envelope) error) (stop func() error) {
	t.Helper()
	e := s.startSocket(t, deliver)
	s.waitConnected(t)
	return func() error { e.cancel(); return <-e.ended }
}

func TestWebsocket(t *testing.T) {
	t.Parallel()
	s := newEnv(t, func(world *sandbox.Config, _ *feishu.Config) {
		world.Scopes = append(sandbox.DefaultScopes(), "im:message.group_msg")
	})
	got := make(chan bot.Envelope, 10)
	var fails atomic.Int64
	fails.Store(1)
	e := s.startSocket(t, func(_ context.Context, e bot.Envelope) error {
		if fails.Add(-1) >= 0 && e.Event.Type == bot.TypeSaid {
			return errors.New("can't be stored now")
		}
		got <- e
		return nil
	})
	s.waitConnected(t)
	// While our id is unknown, a mention may be ours.
	id, err := s.feishu.Say(sandbox.SaySpec{Chat: string(s.chat), From: s.owner, Text: "/recall help", MentionBot: true})
	if err != nil {
		t.Fatal(err)
	}
	refused := func(times int) func(sandbox.State) bool {
		return func(state sandbox.State) bool {
			n := 0
			for _, d := range state.Deliveries() {
				if d.Type == bot.TypeSaid && d.Status == 500 {
					n++
				}
			}
			return n == times
		}
	}
	s.waitState(t, refused(1))
	self, err := s.client.Self(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	e.opener.SetSelf(self)
	delivery := s.feishu.Deliveries()[0]
	again := func() {
		if err := s.feishu.Redeliver(delivery.EventID); err != nil {
			t.Fatal(err)
		}
	}
	again()
	s.waitState(t, refused(2)) // the first delivery fails
	again()
	event := (<-got).Event
	said, ok := event.Body.(bot.Said)
	if !ok || said.Message.ID != bot.MessageID(id) || said.Command == nil || said.Command.Verb != bot.VerbHelp || string(event.ID) != delivery.EventID {
		t.Errorf("got %+v", event)
	}
	// An event that we do not use is acknowledged, and not delivered.
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
	e.cancel()
	if err := <-e.ended; err != nil {
		t.Errorf("stopped with %v", err)
	}
	if len(got) != 0 {
		t.Errorf("delivered %+v", <-got)
	}
}

// A press is answered in its acknowledgement, once it is stored.
func TestWebsocketPress(t *testing.T) {
	t.Parallel()
	s := newEnv(t)
	got := make(chan bot.Envelope, 10)
	keeps := atomic.Bool{}
	stop := s.runSocket(t, func(_ context.Context, e bot.Envelope) error {
		if !keeps.Load() {
			return errors.New("can't be stored now")
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

// Stopping waits for deliveries in progress and does not cancel them.
func TestWebsocketStopWaitsForDelivery(t *testing.T) {
	t.Parallel()
	s := newEnv(t, func(world *sandbox.Config, _ *feishu.Config) {
		world.Scopes = append(sandbox.DefaultScopes(), "im:message.group_msg")
	})
	entered, release, ended := make(chan struct{}), make(chan struct{}), false
	stop := s.runSocket(t, func(ctx context.Context, _ bot.Envelope) error {
		close(entered)
		<-release
		ended = ctx.Err() == nil
		return nil
	})
	if _, err := s.feishu.Say(sandbox.SaySpec{Chat: string(s.chat), From: s.owner, Text: "hello"}); err != nil {
		t.Fatal(err)
	}
	<-entered
	stopped := make(chan error)
	go func() { stopped <- stop() }()
	s.waitState(t, func(state sandbox.State) bool { return state.Sockets() == 0 })
	close(release)
	if err := <-stopped; err != nil || !ended {
		t.Errorf("stopped with %v, delivery ended well: %t", err, ended)
	}
}

// A final refusal ends Run, with an error that says what to change; for a Feishu or Lark address it names the other
// one.
func TestWebsocketRefused(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		spoil func(*env, *feishu.Config)
		code  int
		want  string
	}{
		"secret": {func(_ *env, cfg *feishu.Config) { cfg.AppSecret = "wrong" }, 514, "feishu.app_secret"},
		"app":    {func(_ *env, cfg *feishu.Config) { cfg.AppID = "wrong" }, 1000040346, "feishu.app_id"},
		"domain": {func(s *env, _ *feishu.Config) { s.feishu.SetElsewhere(true) }, 1000040351, "https://open.larksuite.com"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newEnv(t)
			cfg := s.cfg
			c.spoil(s, &cfg)
			s.cfg, s.client = cfg, feishu.NewClient(cfg, &limiter{}, discardLog())
			e := s.startSocket(t, func(context.Context, bot.Envelope) error { return nil })
			got := bot.Detail(<-e.ended)
			if got.Kind != bot.Denied || got.Code != c.code || !strings.Contains(got.Error(), c.want) || got.LogID == "" {
				t.Errorf("got %v", got)
			}
			if ready := e.socket.Ready(t.Context()); bot.Detail(ready).Code != c.code {
				t.Errorf("ready says %v", ready)
			}
		})
	}
}

package feishu_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"recallbot/bot"
	"recallbot/feishu"
	"recallbot/sandbox"
)

func ignoreEvent(context.Context, bot.Envelope) error { return nil }

// A lost or dead connection is replaced; a failed attempt is repeated.
func TestWebsocketReconnects(t *testing.T) {
	t.Parallel()
	s := newEnv(t, func(world *sandbox.Config, _ *feishu.Config) { world.SocketPing = time.Second })
	s.feishu.Down(true)
	e := s.startSocket(t, ignoreEvent)
	s.waitState(t, func(state sandbox.State) bool { return state.CallCount(endpoint) > 1 })
	if err := e.socket.Ready(t.Context()); bot.KindOf(err) != bot.Unavailable {
		t.Errorf("without a connection ready says %v", err)
	}
	s.feishu.Down(false)
	e.waitFor(t, true)
	for _, disconnect := range []func(){s.feishu.DropSockets, s.feishu.StallSockets} {
		s.waitConnected(t)
		if err := e.socket.Ready(t.Context()); err != nil {
			t.Errorf("connected, and ready says %v", err)
		}
		disconnect()
		e.waitFor(t, false)
		e.waitFor(t, true)
	}
	e.cancel()
	if err := <-e.ended; err != nil {
		t.Errorf("ended with %v", err)
	}
}

// waitFor waits for the next change of the state.
func (e *socketProbe) waitFor(t *testing.T, connected bool) {
	t.Helper()
	if got := <-e.changed; got != connected {
		t.Errorf("connected is now %t, want %t", got, connected)
	}
}

// endpoint is the API that returns the websocket's URL.
const endpoint = "POST /callback/ws/endpoint"

// Too many connections is temporary: those of a killed replica end by themselves.
func TestWebsocketTooManyConnections(t *testing.T) {
	t.Parallel()
	s := newEnv(t)
	full := s.feishu.Fault(sandbox.FaultSpec{API: endpoint, Status: 200, Code: 1000040350})
	e := s.startSocket(t, ignoreEvent)
	s.waitState(t, func(state sandbox.State) bool { return state.CallCount(endpoint) > 1 })
	if got := bot.Detail(e.socket.Ready(t.Context())); got.Kind != bot.RateLimited || got.Code != 1000040350 {
		t.Errorf("ready says %v", got)
	}
	full()
	s.waitConnected(t)
}

// Events for another app, or with another token, are dropped and acknowledged, since they would fail again.
func TestWebsocketDropsForeignEvents(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(*env){
		"token": func(s *env) { s.cfg.VerificationToken = "another-token" },
		"app":   func(s *env) { s.cfg.AppID = "cli_0000000000000000" },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newEnv(t)
			spoil(s) // the opener's configuration; the client's credentials are valid
			e := s.startSocket(t, func(context.Context, bot.Envelope) error { t.Error("delivered"); return nil })
			s.waitConnected(t)
			if err := s.feishu.AddManager(string(s.chat), s.feishu.AddUser("陈晨").OpenID); err != nil {
				t.Fatal(err)
			}
			if _, err := s.feishu.Say(sandbox.SaySpec{Chat: string(s.chat), From: s.owner, Text: "/recall", MentionBot: true}); err != nil {
				t.Fatal(err)
			}
			wantKind(t, <-e.dropped, bot.Denied)
			s.waitState(t, func(state sandbox.State) bool {
				return slices.ContainsFunc(state.Deliveries(), func(d sandbox.Delivery) bool { return d.Type == bot.TypeSaid && d.OK() })
			})
		})
	}
}

// An event of an unknown type is acknowledged when it comes again.
func TestWebsocketUnknownType(t *testing.T) {
	t.Parallel()
	s := newEnv(t, func(world *sandbox.Config, _ *feishu.Config) {
		world.RetryAfter = slices.Repeat([]time.Duration{200 * time.Millisecond}, 100)
	})
	s.startSocket(t, ignoreEvent)
	s.waitConnected(t)
	s.feishu.Emit("im.weather.changed_v9", map[string]any{"sky": "blue"})
	s.waitState(t, func(state sandbox.State) bool {
		return slices.ContainsFunc(state.Deliveries(), func(d sandbox.Delivery) bool { return d.OK() })
	})
	for range 5 { // on a busy machine an answer may be late, and the event is sent again
		before := len(s.feishu.Deliveries())
		s.feishu.Emit("im.weather.changed_v9", map[string]any{"sky": "grey"})
		acknowledged := 0
		s.waitState(t, func(state sandbox.State) bool {
			later := state.Deliveries()[before:]
			if len(later) == 0 || !later[len(later)-1].OK() {
				return false
			}
			acknowledged = later[len(later)-1].Attempt
			return true
		})
		if acknowledged == 1 {
			return
		}
	}
	t.Error("no event of the type was acknowledged at once")
}

// events.txt has every type that the SDK has a handler for.
func TestWebsocketHandlesAllSDKTypes(t *testing.T) {
	t.Parallel()
	dir, err := exec.CommandContext(t.Context(), "go", "list", "-f", "{{.Dir}}", "github.com/larksuite/oapi-sdk-go/v3/event/dispatcher").Output()
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(strings.TrimSpace(string(dir)), "*_dispatch.go"))
	if err != nil || len(files) < 10 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	name := regexp.MustCompile(`Handler\["([^"]+)"\]`)
	known := append(feishu.NamedEvents(), "card.action.trigger", "app_ticket") // one is ours, the other the SDK's own
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, found := range name.FindAllStringSubmatch(string(text), -1) {
			if !slices.Contains(known, found[1]) {
				t.Errorf("events.txt lacks %s", found[1])
			}
		}
	}
}

// Waits double, are random within their whole range, and end at a minute.
func TestReconnectWait(t *testing.T) {
	t.Parallel()
	for attempts, maxWait := range []time.Duration{time.Second, 2 * time.Second, 4 * time.Second, 8 * time.Second, 16 * time.Second, 32 * time.Second, time.Minute, time.Minute} {
		if got := feishu.ReconnectWait(attempts, 1); got != maxWait {
			t.Errorf("try %d: %s, want %s", attempts, got, maxWait)
		}
		if got := feishu.ReconnectWait(attempts, 0.25); got != maxWait/4 {
			t.Errorf("try %d: %s, want a quarter of %s", attempts, got, maxWait)
		}
	}
	if got := feishu.ReconnectWait(1<<40, 1); got != time.Minute {
		t.Errorf("after very many attempts %s", got)
	}
}

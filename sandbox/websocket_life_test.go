package sandbox_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"recallbot/sandbox"
)

// Events on a stalled connection are lost and sent again; a new connection works.
func TestStallSockets(t *testing.T) {
	t.Parallel()
	s := open(t, sandbox.Config{AckWithin: 300 * time.Millisecond, RetryAfter: []time.Duration{time.Millisecond, time.Second, time.Second}})
	dead := s.dial()
	dead.ping()
	s.StallSockets()
	dead.send(0, map[string]string{"type": "ping"}, "")
	s.say(sandbox.SaySpec{Text: "hi"})
	s.waitState("given up once", func(st sandbox.State) bool { return len(st.Deliveries()) > 0 && st.Deliveries()[0].Status == 0 })
	s.must(dead.conn.SetReadDeadline(time.Now()))
	if n, err := dead.conn.Read(make([]byte, 1)); err == nil {
		t.Errorf("%d bytes from a stalled connection", n)
	}
	if err := dead.conn.Close(); err != nil {
		t.Fatal(err)
	}
	l := s.dial()
	l.ping()
	headers, _ := l.receive()
	l.send(1, headers, `{"code":200}`)
	s.waitState("delivered", func(st sandbox.State) bool {
		all := st.Deliveries()
		return all[len(all)-1].OK()
	})
}

// A large event is sent in parts with one message_id.
func TestWebsocketParts(t *testing.T) {
	t.Parallel()
	s := open(t, sandbox.Config{SocketPart: 100})
	l := s.dial()
	l.ping()
	id := s.say(sandbox.SaySpec{Text: strings.Repeat("hello ", 100)})
	first, whole := l.receive()
	for sum := 1; first["sum"] != "1" && !strings.HasSuffix(string(whole), "}}"); sum++ {
		next, part := l.receive()
		if next["message_id"] != first["message_id"] || next["sum"] != first["sum"] {
			t.Fatalf("part %v after %v", next, first)
		}
		whole = append(whole, part...)
	}
	l.send(1, first, `{"code":200}`)
	if d := s.waitDeliveries(1); !d[0].OK() || !strings.Contains(string(whole), id) || first["seq"] != "0" || first["sum"] == "1" {
		t.Errorf("first part %v, whole %s, delivery %+v", first, whole, d[0])
	}
}

// An app of the other platform is unknown here.
func TestSetElsewhere(t *testing.T) {
	t.Parallel()
	s := open(t, sandbox.Config{Lark: true})
	s.SetElsewhere(true)
	if code, _ := s.endpoint(s.Config().AppSecret); code != 1000040351 {
		t.Errorf("websocket: %d", code)
	}
	r := s.send("", "POST", "/open-apis/auth/v3/tenant_access_token/internal", map[string]string{
		"app_id": s.Config().AppID, "app_secret": s.Config().AppSecret,
	})
	if r.status != http.StatusOK || r.Code != 10003 {
		t.Errorf("token: %d %v", r.status, r.raw)
	}
	s.SetElsewhere(false)
	if code, _ := s.endpoint(s.Config().AppSecret); code != 0 {
		t.Errorf("back again: %d", code)
	}
}

// A person agrees on the page: its form posts to its own URL.
func TestRegistrationPage(t *testing.T) {
	t.Parallel()
	s := open(t, sandbox.Config{})
	begun := s.registration("action=begin&archetype=PersonalAgent&auth_method=client_secret")
	device, _ := begun["device_code"].(string)
	page, _ := begun["verification_uri_complete"].(string)
	poll := "action=poll&device_code=" + device
	if got := s.registration(poll); got["error"] != "authorization_pending" {
		t.Errorf("before: %v", got)
	}
	if resp, err := http.Get(page + "&name=recallbot"); err != nil || resp.StatusCode != http.StatusOK || resp.Body.Close() != nil {
		t.Fatalf("page: %v, %v", resp, err)
	}
	resp, err := http.Post(page, "application/x-www-form-urlencoded", strings.NewReader("answer=allow"))
	if err != nil || resp.StatusCode != http.StatusOK || resp.Body.Close() != nil {
		t.Fatalf("answer: %v, %v", resp, err)
	}
	got := s.registration(poll)
	id, _ := got["client_id"].(string)
	made, there := s.CredentialsOf(id)
	if !there || id == s.Config().AppID || got["client_secret"] != made.AppSecret {
		t.Errorf("after: %v", got)
	}
	if got, want := s.Scopes(), sandbox.DefaultScopes(); len(got) != len(want) {
		t.Errorf("the app that was there before has %v", got)
	}
	if err := s.AnswerRegistration(page, true); err == nil {
		t.Error("it can be answered twice")
	}
	if got := s.registration("action=poll&device_code=x"); got["error"] != "expired_token" {
		t.Errorf("an unknown device: %v", got)
	}
}

// registration posts a form to the accounts service and returns the JSON.
func (s *site) registration(body string) map[string]any {
	s.t.Helper()
	resp, err := http.Post(s.url+"/oauth/v1/app/registration", "application/x-www-form-urlencoded", strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	var out map[string]any
	if err := errors.Join(json.NewDecoder(resp.Body).Decode(&out), resp.Body.Close()); err != nil {
		s.t.Fatal(err)
	}
	return out
}

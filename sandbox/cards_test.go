package sandbox_test

import (
	"net/http"
	"testing"
	"time"

	"recallbot/sandbox"
)

const card = `{"schema":"2.0","config":{"update_multi":true},"body":{"elements":[]}}`

func TestPress(t *testing.T) {
	t.Parallel()
	const fresh = `{"schema":"2.0","body":{"elements":[{"tag":"hr"}]}}`
	tests := []struct {
		name   string
		status int
		answer string
		want   int
	}{
		{"nothing changes", 200, `{}`, 0},
		{"toast", 200, `{"toast":{"type":"success","content":"gone"}}`, 0},
		{"card", 200, `{"card":{"type":"raw","data":` + fresh + `}}`, 0},
		{"not 200", 500, `{}`, sandbox.PressBadStatus},
		{"not JSON", 200, `ok`, sandbox.PressBadBody},
		{"card as a string", 200, `{"card":{"type":"raw","data":"{}"}}`, sandbox.PressBadCard},
		{"older schema", 200, `{"card":{"type":"raw","data":{"elements":[]}}}`, sandbox.PressDowngrade},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			s := open(t, sandbox.Config{EncryptKey: "k", RetryAfter: []time.Duration{time.Millisecond}})
			h := listen(t, s)
			h.answer(func(int, received) (int, string) { return tc.status, tc.answer })
			id := s.post(sandbox.PostSpec{Type: "interactive", Content: card})
			res, err := s.Press(t.Context(), s.member.OpenID, id, map[string]string{"action": "stop"})
			if err != nil || res.Code != tc.want {
				t.Fatalf("code %d, %v, want %d", res.Code, err, tc.want)
			}
			got := h.events("card.action.trigger")
			if len(got) != 1 {
				t.Fatalf("%d callbacks, want 1: there is no retry", len(got))
			}
			if len(got[0].Header.CreateTime) != 16 {
				t.Errorf("create_time = %s, want microseconds", got[0].Header.CreateTime)
			}
			event := got[0].Event
			operator, _ := event["operator"].(map[string]any)
			place, _ := event["context"].(map[string]any)
			action, _ := event["action"].(map[string]any)
			value, _ := action["value"].(map[string]any)
			if operator["open_id"] != s.member.OpenID || place["open_message_id"] != id || place["open_chat_id"] != s.chat || value["action"] != "stop" {
				t.Errorf("event = %v", event)
			}
			if changed := mustMessage(t, s, id).Content == fresh; changed != (tc.name == "card") {
				t.Errorf("card changed = %v", changed)
			}
		})
	}
}

func TestPressWithoutAnswer(t *testing.T) {
	t.Parallel()
	s := open(t, sandbox.Config{AckWithin: 300 * time.Millisecond})
	id := s.post(sandbox.PostSpec{Type: "interactive", Content: card})
	press := func() int {
		res, err := s.Press(t.Context(), s.member.OpenID, id, "x")
		s.must(err)
		return res.Code
	}
	if got := press(); got != sandbox.PressNoURL {
		t.Errorf("no URL: %d", got)
	}
	h := listen(t, s)
	release := make(chan struct{})
	h.answer(func(int, received) (int, string) {
		<-release
		return http.StatusOK, "{}"
	})
	if got := press(); got != sandbox.PressTimeout {
		t.Errorf("no answer in time: %d", got)
	}
	close(release)
	s.SetEventURL("http://127.0.0.1:1/")
	if got := press(); got != sandbox.PressNoConnect {
		t.Errorf("nobody there: %d", got)
	}
	if _, err := s.Press(t.Context(), "ou_nobody", id, "x"); err == nil {
		t.Error("a stranger pressed")
	}
}

func TestCardTokenTwice(t *testing.T) {
	t.Parallel()
	s := open(t, sandbox.Config{})
	h := listen(t, s)
	id := s.post(sandbox.PostSpec{Type: "interactive", Content: card})
	_, err := s.Press(t.Context(), s.owner.OpenID, id, "x")
	s.must(err)
	token, _ := h.events("card.action.trigger")[0].Event["token"].(string)
	for i, want := range []int{0, 0, 230001} {
		body := map[string]any{"token": token, "card": map[string]any{"schema": "2.0", "body": map[string]any{}, "n": i}}
		if got := s.call("POST", "/open-apis/interactive/v1/card/update", body); got.Code != want {
			t.Errorf("use %d: %d, want %d", i+1, got.Code, want)
		}
	}
}

func TestPatchAndUpdate(t *testing.T) {
	t.Parallel()
	s := open(t, sandbox.Config{})
	patch := func(id, content string) int {
		return s.call("PATCH", messagesPath+"/"+id, map[string]string{"content": content}).Code
	}
	fresh := s.post(sandbox.PostSpec{Type: "interactive", Content: card})
	old := s.post(sandbox.PostSpec{Type: "interactive", Content: card, At: time.Now().AddDate(0, 0, -15)})
	words := s.post(sandbox.PostSpec{Text: "x"})
	theirs := s.post(sandbox.PostSpec{App: s.other.ID, Type: "interactive", Content: card})
	stiff := s.post(sandbox.PostSpec{Type: "interactive", Content: `{"elements":[]}`})
	gone := s.post(sandbox.PostSpec{Type: "interactive", Content: card})
	s.must(s.RecallAs(s.owner.OpenID, gone))
	for id, want := range map[string]int{fresh: 0, old: 230031, words: 230001, theirs: 230027, stiff: 230099, gone: 230011} {
		if got := patch(id, card); got != want {
			t.Errorf("patch: %d, want %d", got, want)
		}
	}
	put := func(id string) int {
		return s.call("PUT", messagesPath+"/"+id, map[string]string{"msg_type": "text", "content": `{"text":"y"}`}).Code
	}
	if a, b := put(words), put(fresh); a != 0 || b != 230001 {
		t.Errorf("put: %d on a text, %d on a card", a, b)
	}
}

func TestEphemeral(t *testing.T) {
	t.Parallel()
	s := open(t, sandbox.Config{})
	send := func(chat, user string) reply {
		return s.call("POST", "/open-apis/ephemeral/v1/send", map[string]any{
			"chat_id": chat, "open_id": user, "msg_type": "interactive", "card": map[string]any{"schema": "2.0", "body": map[string]any{}},
		})
	}
	topics := s.group(sandbox.ChatSpec{Mode: sandbox.Topic, Owner: s.owner.OpenID})
	made := send(s.chat, s.member.OpenID)
	id, _ := made.field("message_id").(string)
	if m := mustMessage(t, s, id); m.Ephemeral != s.member.OpenID {
		t.Fatalf("ephemeral = %+v", m)
	}
	s.SetEphemeralAvailable(s.owner.OpenID, false)
	for name, got := range map[string][2]int{
		"topic group": {send(topics, s.owner.OpenID).Code, 18053},
		"offline":     {send(s.chat, s.owner.OpenID).Code, 230013},
		"stranger":    {send(s.chat, "ou_nobody").Code, 99992351},
		"as a recall": {s.call("DELETE", messagesPath+"/"+id, nil).Code, 230054},
		"delete":      {s.call("POST", "/open-apis/ephemeral/v1/delete", map[string]string{"message_id": id}).Code, 0},
	} {
		if got[0] != got[1] {
			t.Errorf("%s: %d, want %d", name, got[0], got[1])
		}
	}
	if again := s.call("POST", "/open-apis/ephemeral/v1/delete", map[string]string{"message_id": id}); again.Code != 18051 {
		t.Errorf("second delete: %d", again.Code)
	}
	if _, err := s.Press(t.Context(), s.owner.OpenID, id, "x"); err == nil {
		t.Error("somebody else pressed a private card")
	}
}

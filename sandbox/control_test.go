package sandbox_test

import (
	"bufio"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"recallbot/sandbox"
)

func (s *site) order(name string, body map[string]any) reply {
	s.t.Helper()
	return s.send("", "POST", "/sandbox/v1/"+name, body)
}

func TestPageIsServed(t *testing.T) {
	t.Parallel()
	s := open(t, sandbox.Config{})
	for path, want := range map[string]string{"/": "text/html", "/page/api.js": "text/javascript"} {
		r := s.send("", "GET", path, nil)
		if r.status != http.StatusOK || !strings.HasPrefix(r.header.Get("Content-Type"), want) {
			t.Errorf("%s: %d %s", path, r.status, r.header.Get("Content-Type"))
		}
		if !strings.HasPrefix(r.header.Get("Content-Security-Policy"), "default-src 'self'") {
			t.Errorf("%s: no policy", path)
		}
	}
}

func TestControlState(t *testing.T) {
	t.Parallel()
	s := open(t, sandbox.Config{})
	s.say(sandbox.SaySpec{Text: "@RecallBot hello", MentionBot: true})
	r := s.send("", "GET", "/sandbox/v1/state?as="+s.member.OpenID, nil)
	if r.raw["me"] != s.member.OpenID {
		t.Errorf("me = %v", r.raw["me"])
	}
	chats, _ := r.raw["chats"].([]any)
	chat, _ := chats[0].(map[string]any)
	last, _ := chat["last"].(map[string]any)
	if chat["owner_name"] != "Olga" || last["text"] != "@RecallBot hello" {
		t.Errorf("chat = %v", chat)
	}
	users, _ := r.raw["users"].([]any)
	first, _ := users[0].(map[string]any)
	if len(users) != 3 || first["role_hint"] != "owner" {
		t.Errorf("users = %v", users)
	}
	for brand, lark := range map[string]bool{"feishu": false, "lark": true} {
		state := open(t, sandbox.Config{Lark: lark}).send("", "GET", "/sandbox/v1/state", nil)
		if api, _ := state.raw["api"].(map[string]any); api["brand"] != brand {
			t.Errorf("api = %v, want the brand %s", api, brand)
		}
	}
}

func TestControlOrders(t *testing.T) {
	t.Parallel()
	s := open(t, sandbox.Config{})
	said := s.order("say", map[string]any{"as": s.owner.OpenID, "chat": s.chat, "text": "@RecallBot /recall"})
	id, _ := said.raw["id"].(string)
	m := mustMessage(t, s, id)
	if m.Content != `{"text":"@_user_1 /recall"}` || len(m.Mentions) != 1 || m.Mentions[0].ID != s.Bot().OpenID {
		t.Errorf("said = %+v", m)
	}
	s.order("post", map[string]any{"app": s.other.ID, "chat": s.chat, "text": "noise", "count": 3})
	if n := len(s.Messages(s.chat)); n != 4 {
		t.Errorf("%d messages, want 4", n)
	}
	s.order("react", map[string]any{"as": s.member.OpenID, "message": id, "emoji": "CrossMark"})
	s.order("manager", map[string]any{"chat": s.chat, "user": s.Bot().ID, "on": true})
	s.order("scope", map[string]any{"scope": "im:message.group_msg", "on": false})
	s.order("owner", map[string]any{"chat": s.chat, "user": s.member.OpenID})
	s.order("manager", map[string]any{"chat": s.chat, "user": s.manager.OpenID, "on": false})
	c, _ := s.Chat(s.chat)
	if len(c.BotManagers) != 1 || len(c.Managers) != 0 || c.Owner != s.member.OpenID {
		t.Errorf("chat = %+v", c)
	}
	s.order("recall", map[string]any{"as": s.member.OpenID, "message": id})
	r := s.send("", "GET", "/sandbox/v1/chats/"+s.chat+"/messages?as="+s.owner.OpenID, nil)
	items, _ := r.raw["items"].([]any)
	gone, _ := items[0].(map[string]any)
	by, _ := gone["recalled_by"].(map[string]any)
	if gone["deleted"] != true || gone["text"] != "" || by["name"] != "Mia" || by["role"] != "owner" {
		t.Errorf("recalled = %v", gone)
	}
	if bad := s.order("recall", map[string]any{"as": s.member.OpenID, "message": id}); bad.status != 400 || bad.raw["error"] == "" {
		t.Errorf("second recall: %d %v", bad.status, bad.raw)
	}
}

func TestControlEphemeralCards(t *testing.T) {
	t.Parallel()
	s := open(t, sandbox.Config{})
	s.call("POST", "/open-apis/ephemeral/v1/send", map[string]any{
		"chat_id": s.chat, "open_id": s.member.OpenID, "msg_type": "interactive", "card": map[string]any{"schema": "2.0", "body": map[string]any{}},
	})
	for user, want := range map[string]int{s.member.OpenID: 1, s.owner.OpenID: 0} {
		r := s.send("", "GET", "/sandbox/v1/chats/"+s.chat+"/messages?as="+user, nil)
		if items, _ := r.raw["items"].([]any); len(items) != want {
			t.Errorf("%d messages, want %d", len(items), want)
		}
	}
}

func TestControlRefusesOtherSites(t *testing.T) {
	t.Parallel()
	s := open(t, sandbox.Config{})
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.url+"/sandbox/v1/scope", strings.NewReader(`{"scope":"x","on":true}`))
	s.must(err)
	req.Header.Set("Sec-Fetch-Site", "cross-site")
	resp, err := http.DefaultClient.Do(req)
	s.must(err)
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusForbidden {
		t.Errorf("status = %d, want 403", resp.StatusCode)
	}
}

func TestControlStream(t *testing.T) {
	t.Parallel()
	s := open(t, sandbox.Config{})
	token := s.login()
	s.send(token, "GET", "/open-apis/bot/v3/info", nil)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.url+"/sandbox/v1/events", nil)
	s.must(err)
	resp, err := http.DefaultClient.Do(req)
	s.must(err)
	defer func() { _ = resp.Body.Close() }()
	lines := bufio.NewScanner(resp.Body)
	next := func() (name, data string) {
		for lines.Scan() {
			if v, ok := strings.CutPrefix(lines.Text(), "event: "); ok {
				name = v
			}
			if v, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
				return name, v
			}
		}
		t.Fatal("the stream ended")
		return "", ""
	}
	for _, want := range []string{"POST /auth/v3/tenant_access_token/internal", "GET /bot/v3/info"} {
		name, data := next()
		var e struct{ Name, Response string }
		s.must(json.Unmarshal([]byte(data), &e))
		if name != "wire" || e.Name != want {
			t.Errorf("%s %s, want wire %s", name, e.Name, want)
		}
		if strings.Contains(data, token) || strings.Contains(data, s.Config().AppSecret) {
			t.Error("a secret is on the screen")
		}
	}
	s.say(sandbox.SaySpec{Text: "hi"})
	if name, data := next(); name != "change" || data != `{"chats":["`+s.chat+`"]}` {
		t.Errorf("%s %s", name, data)
	}
	s.Close() // ends the stream
	for lines.Scan() {
		if lines.Text() != "" {
			t.Errorf("after the end: %q", lines.Text())
		}
	}
}

func TestDemoIsTheSameForASeed(t *testing.T) {
	t.Parallel()
	world := func() (chats []any) {
		s := bare(t, sandbox.Config{Seed: "demo"})
		s.must(s.Demo())
		r := serve(s.Handler(), newRequest(t, http.MethodGet, "http://localhost/sandbox/v1/state", nil))
		var out map[string]any
		s.must(json.Unmarshal(r.body, &out))
		for _, c := range out["chats"].([]any) {
			chat := c.(map[string]any)
			chats = append(chats, chat["id"], chat["name"], chat["mode"])
		}
		return chats
	}
	a, b := world(), world()
	if len(a) != 12 {
		t.Fatalf("%d chats, want 4", len(a)/3)
	}
	for i := range a {
		if a[i] != b[i] {
			t.Errorf("%v and %v", a[i], b[i])
		}
	}
}

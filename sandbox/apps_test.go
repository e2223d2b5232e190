package sandbox_test

import (
	"crypto/tls"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"recallbot/sandbox"
)

// Two apps in one chat: each gets events about the other with its own open_ids, and can't use the other's.
func TestOpenIDsPerApp(t *testing.T) {
	t.Parallel()
	s := open(t, sandbox.Config{})
	ours, theirs := listen(t, s), listen(t, s)
	s.SetEventURL(ours.url)
	if r := s.order("event_url", map[string]any{"app": s.other.ID, "url": theirs.url, "unverified": true}); r.status != 200 {
		t.Fatalf("event_url: %s", r.text)
	}
	for _, app := range []string{s.Bot().ID, s.other.ID} {
		s.order("scope", map[string]any{"app": app, "scope": "im:message.group_msg.include_bot:read", "on": true})
	}
	sent := s.create(s.chat, "text", `{"text":"from us"}`)
	s.as(s.other)
	s.create(s.chat, "text", `{"text":"from them"}`)
	s.say(sandbox.SaySpec{Text: "@Daily Report hello", ByName: true})
	s.waitState("all are told", func(st sandbox.State) bool { return st.Idle() && len(st.Deliveries()) == 4 })

	senders := func(h *webhook) (ids []any) {
		for _, e := range h.events("im.message.receive_v1") {
			sender, _ := e.Event["sender"].(map[string]any)
			id, _ := sender["sender_id"].(map[string]any)
			ids = append(ids, id["open_id"])
		}
		return ids
	}
	if got := senders(ours); !slices.Equal(got, []any{s.other.OpenID, s.owner.OpenID}) {
		t.Errorf("we heard from %v", got)
	}
	foreign := senders(theirs)
	if len(foreign) != 2 || foreign[0] == s.Bot().OpenID || foreign[1] == s.owner.OpenID {
		t.Errorf("they heard from %v under our ids", foreign)
	}
	me := s.call("GET", "/open-apis/bot/v3/info", nil).raw["bot"].(map[string]any)["open_id"]
	mention := theirs.events("im.message.receive_v1")[1].Event["message"].(map[string]any)["mentions"].([]any)[0].(map[string]any)["id"].(map[string]any)["open_id"]
	if me != mention || me == s.other.OpenID {
		t.Errorf("they are %v, and %v is mentioned", me, mention)
	}
	to := messagesPath + "?receive_id_type=open_id"
	if r := s.call("POST", to, text(foreign[1].(string), "x")); r.Code != 0 {
		t.Errorf("their own id: %s", r.text)
	}
	if r := s.call("POST", to, text(s.owner.OpenID, "x")); r.Code != 99992361 {
		t.Errorf("our id, from them: %s", r.text)
	}
	id, _ := sent.field("message_id").(string)
	if r := s.call("DELETE", messagesPath+"/"+id, nil); r.Code != 230026 {
		t.Errorf("they recall ours: %s", r.text)
	}
	bots := s.call("GET", chatsPath+s.chat+"/members/bots", nil).field("items").([]any)
	if len(bots) != 2 || bots[0].(map[string]any)["bot_id"] != me {
		t.Errorf("bots of the chat: %v", bots)
	}
}

// Without the scope, an app gets no events of other bots' messages.
func TestOtherBotsPostsNeedScope(t *testing.T) {
	t.Parallel()
	s := open(t, sandbox.Config{})
	h := listen(t, s)
	s.post(sandbox.PostSpec{App: s.other.ID, Text: "unheard"})
	s.Grant("im:message.group_msg.include_bot:read")
	heard := s.post(sandbox.PostSpec{App: s.other.ID, Text: "heard"})
	s.waitDeliveries(1)
	events := h.events("im.message.receive_v1")
	message, _ := events[0].Event["message"].(map[string]any)
	sender, _ := events[0].Event["sender"].(map[string]any)
	if len(events) != 1 || message["message_id"] != heard || sender["sender_type"] != "bot" {
		t.Errorf("heard %v", events)
	}
}

func TestRegistrationAdds(t *testing.T) {
	t.Parallel()
	s := open(t, sandbox.Config{})
	before := s.Scopes()
	begun := s.registration("action=begin")
	page, _ := begun["verification_uri_complete"].(string)
	addons := "H4sIAAAAAAAC_6tWKk7OLyhWsqpWKknMS8wrUbKKVsrMtUrOSCxR0lEqKVayUoqtBQCv7S5KJgAAAA" // not JSON of addons
	if err := s.AnswerRegistration(page+"&addons="+addons, true); err == nil {
		t.Error("addons that can't be read were taken")
	}
	s.must(s.AnswerRegistration(page+"&clientID="+s.other.ID, true))
	got := s.registration("action=poll&device_code=" + begun["device_code"].(string))
	if got["client_id"] != s.other.ID || !slices.Equal(s.Scopes(), before) || !slices.Equal(s.ScopesOf(s.other.ID), before) {
		t.Errorf("answer %v, scopes %v", got, s.ScopesOf(s.other.ID))
	}
}

// A TLS client gets a wss URL.
func TestWebsocketBehindTLS(t *testing.T) {
	t.Parallel()
	s := open(t, sandbox.Config{})
	ask := func(header http.Header, base string, client *http.Client) string {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, base+"/callback/ws/endpoint", strings.NewReader(
			`{"AppID":"`+s.Config().AppID+`","AppSecret":"`+s.Config().AppSecret+`"}`))
		s.must(err)
		req.Header = header
		resp, err := client.Do(req)
		s.must(err)
		defer func() { _ = resp.Body.Close() }() // already read
		body := make([]byte, 4096)
		n, _ := resp.Body.Read(body)
		r := readReply(resp, body[:n])
		address, _ := r.field("URL").(string)
		return address
	}
	secure := httptest.NewTLSServer(s.Handler())
	t.Cleanup(secure.Close)
	client := secure.Client()
	client.Transport.(*http.Transport).TLSClientConfig = &tls.Config{InsecureSkipVerify: true}
	for name, address := range map[string]string{
		"ws://":  ask(http.Header{}, s.url, http.DefaultClient),
		"wss://": ask(http.Header{"X-Forwarded-Proto": {"https"}}, s.url, http.DefaultClient),
		"wss:/":  ask(http.Header{}, secure.URL, client),
	} {
		if !strings.HasPrefix(address, name) {
			t.Errorf("%s: %s", name, address)
		}
	}
}

// A trailing slash is accepted in the platform's paths only.
func TestTrailingSlashes(t *testing.T) {
	t.Parallel()
	s := open(t, sandbox.Config{})
	for _, tc := range []struct {
		method, path string
		body         any
		status, code int
	}{
		{"GET", "/open-apis/bot/v3/info/", nil, 200, 0},
		{"POST", toChatSlash, text(s.chat, "x"), 200, 0},
		{"POST", "/open-apis/message/v4/batch_send", map[string]any{"msg_type": "text"}, 200, 10003},
		{"POST", "/open-apis/message/v4/batch_send/", map[string]any{"msg_type": "text"}, 200, 10003},
		{"GET", "/open-apis/im/v1/chats/search/", nil, 200, 0},
		{"GET", "/open-apis/im/v1/chats//", nil, 404, 0},
		{"GET", "/open-apis/nothing/", nil, 404, 0},
	} {
		if r := s.call(tc.method, tc.path, tc.body); r.status != tc.status || r.Code != tc.code {
			t.Errorf("%s %s: %d %s", tc.method, tc.path, r.status, r.text)
		}
	}
}

const toChatSlash = "/open-apis/im/v1/messages/?receive_id_type=chat_id"

func TestDocumentedAnswers(t *testing.T) {
	t.Parallel()
	s := open(t, sandbox.Config{Documented: true})
	if r := s.call("POST", toChat, text("oc_nowhere", "x")); r.Code != 230034 {
		t.Errorf("receive_id: %s", r.text)
	}
	if r := s.send("", "POST", tokenPath, map[string]string{"app_id": s.Config().AppID, "app_secret": "x"}); r.Code != 10015 || r.status != 200 {
		t.Errorf("secret: %s", r.text)
	}
}

package sandbox_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"recallbot/sandbox"
)

const messagesPath = "/open-apis/im/v1/messages"

func TestTokens(t *testing.T) {
	t.Parallel()
	s := open(t, sandbox.Config{})
	first := s.login()
	if s.login() != first {
		t.Error("a new token while the old one is fresh")
	}
	cfg := s.Config()
	wrong := s.send("", "POST", "/open-apis/auth/v3/tenant_access_token/internal", map[string]string{"app_id": cfg.AppID, "app_secret": "no"})
	if wrong.status != 200 || wrong.Code != 10014 {
		t.Errorf("wrong secret: %d %d", wrong.status, wrong.Code)
	}
	for token, want := range map[string]int{"": 99991661, "t-nonsense": 99991663} {
		if got := s.send(token, "GET", "/open-apis/bot/v3/info", nil); got.Code != want || got.status != 400 {
			t.Errorf("token %q: %d %d, want %d", token, got.status, got.Code, want)
		}
	}
	s.RevokeTokens()
	if second := s.login(); second == first {
		t.Error("a revoked token was given again")
	}
	short := open(t, sandbox.Config{TokenLife: 29 * time.Minute})
	if a, b := short.login(), short.login(); a == b || short.send(a, "GET", "/open-apis/bot/v3/info", nil).status != 200 {
		t.Error("below 30 minutes a new token is given and both are good")
	}
}

func TestMissingScope(t *testing.T) {
	t.Parallel()
	s := open(t, sandbox.Config{Scopes: []string{"im:chat"}})
	r := s.call("DELETE", messagesPath+"/om_x", nil)
	want := "Access denied. One of the following scopes is required: [im:message:recall, im:message, im:message:send_as_bot]."
	if r.Code != 99991672 || len(r.Msg) < len(want) || r.Msg[:len(want)] != want {
		t.Errorf("%d %q", r.Code, r.Msg)
	}
}

func TestSendReplyGet(t *testing.T) {
	t.Parallel()
	s := open(t, sandbox.Config{})
	sent := s.call("POST", messagesPath+"?receive_id_type=chat_id", text(s.chat, "hello"))
	id, _ := sent.field("message_id").(string)
	if sent.Code != 0 || sent.field("sender", "sender_type") != "app" || sent.field("chat_id") != s.chat {
		t.Fatalf("sent = %s", sent.Data)
	}
	replied := s.call("POST", messagesPath+"/"+id+"/reply", map[string]any{"msg_type": "text", "content": `{"text":"again"}`, "reply_in_thread": true})
	if replied.field("root_id") != id || replied.field("thread_id") == nil {
		t.Errorf("replied = %s", replied.Data)
	}
	get := s.call("GET", messagesPath+"/"+id, nil)
	items, _ := get.field("items").([]any)
	if len(items) != 1 {
		t.Fatalf("get = %s", get.Data)
	}
	p2p := s.call("POST", messagesPath+"?receive_id_type=open_id", text(s.member.OpenID, "you alone"))
	chat, _ := p2p.field("chat_id").(string)
	if c, ok := s.Chat(chat); !ok || c.Mode != sandbox.P2P {
		t.Errorf("sent to a person: %s", p2p.Data)
	}
	s.Revoke("im:message.group_msg")
	direct, _ := p2p.field("message_id").(string)
	if got := s.call("GET", messagesPath+"/"+direct, nil); got.Code != 0 {
		t.Errorf("p2p message without group scope: %d", got.Code)
	}
	if got := s.call("GET", messagesPath+"/"+id, nil); got.Code != 230027 {
		t.Errorf("own group message without group scope: %d, want 230027", got.Code)
	}
	lenient := open(t, sandbox.Config{OwnGet: true})
	lenient.Revoke("im:message.group_msg")
	own, others := lenient.post(sandbox.PostSpec{Text: "x"}), lenient.say(sandbox.SaySpec{Text: "y"})
	if a, b := lenient.call("GET", messagesPath+"/"+own, nil), lenient.call("GET", messagesPath+"/"+others, nil); a.Code != 0 || b.Code != 230027 {
		t.Errorf("with OwnGet: %d, %d", a.Code, b.Code)
	}
}

func TestSendRefusals(t *testing.T) {
	t.Parallel()
	s := open(t, sandbox.Config{})
	gone := s.post(sandbox.PostSpec{Text: "x"})
	s.must(s.RecallAs(s.owner.OpenID, gone))
	outside := s.group(sandbox.ChatSpec{Owner: s.owner.OpenID, WithoutBot: true})
	closed := s.group(sandbox.ChatSpec{Owner: s.owner.OpenID})
	s.must(s.Disband(closed, false))
	s.SetReachable(s.member.OpenID, false)
	to := func(kind string) string { return messagesPath + "?receive_id_type=" + kind }
	for _, tc := range []struct {
		name, path string
		body       any
		want       int
	}{
		{"unknown chat", to("chat_id"), text("oc_nowhere", "x"), 230001},
		{"unknown person", to("open_id"), text("ou_nobody", "x"), 99992351},
		{"a thread", to("thread_id"), text("omt_1", "x"), 99992402},
		{"bot outside", to("chat_id"), text(outside, "x"), 230002},
		{"dissolved", to("chat_id"), text(closed, "x"), 232009},
		{"out of reach", to("open_id"), text(s.member.OpenID, "x"), 230013},
		{"no JSON", to("chat_id"), map[string]string{"receive_id": s.chat, "msg_type": "text", "content": "x"}, 230001},
		{"bad type", to("chat_id"), map[string]string{"receive_id": s.chat, "msg_type": "hongbao", "content": "{}"}, 230001},
		{"bad card", to("chat_id"), map[string]string{"receive_id": s.chat, "msg_type": "interactive", "content": "x"}, 230099},
		{"too long", to("chat_id"), text(s.chat, strings.Repeat("x", 160<<10)), 230025},
		{"reply to a recalled one", messagesPath + "/" + gone + "/reply", text("", "x"), 230011},
		{"reply to a thread", messagesPath + "/omt_1/reply", text("", "x"), 99992354},
	} {
		if got := s.call("POST", tc.path, tc.body); got.Code != tc.want || got.status != 400 {
			t.Errorf("%s: %d %d (%s), want %d", tc.name, got.status, got.Code, got.Msg, tc.want)
		}
	}
}

func TestUUID(t *testing.T) {
	t.Parallel()
	s := open(t, sandbox.Config{})
	body := text(s.chat, "x")
	body["uuid"] = "one"
	a := s.call("POST", messagesPath+"?receive_id_type=chat_id", body)
	b := s.call("POST", messagesPath+"?receive_id_type=chat_id", body)
	body["uuid"] = "two"
	c := s.call("POST", messagesPath+"?receive_id_type=chat_id", body)
	if a.field("message_id") != b.field("message_id") || a.field("message_id") == c.field("message_id") || len(s.Messages(s.chat)) != 2 {
		t.Errorf("%v %v %v", a.field("message_id"), b.field("message_id"), c.field("message_id"))
	}
}

func TestListPagesAndFilters(t *testing.T) {
	t.Parallel()
	s := open(t, sandbox.Config{})
	start := time.Now().Add(-time.Hour).Truncate(time.Second)
	var ids []string
	for i := range 7 {
		ids = append(ids, s.post(sandbox.PostSpec{Text: strconv.Itoa(i), At: start.Add(time.Duration(i) * time.Minute)}))
	}
	answer := s.say(sandbox.SaySpec{Text: "in a topic", ReplyTo: ids[0], Thread: true})
	s.must(s.RecallAs(s.owner.OpenID, ids[3]))
	list := func(query string) (found []string, contents map[string]any) {
		contents = map[string]any{}
		token := ""
		for {
			r := s.call("GET", messagesPath+"?container_id_type=chat&container_id="+s.chat+"&page_size=2"+query+"&page_token="+token, nil)
			items, _ := r.field("items").([]any)
			for _, item := range items {
				m, _ := item.(map[string]any)
				id, _ := m["message_id"].(string)
				found = append(found, id)
				body, _ := m["body"].(map[string]any)
				contents[id] = body["content"]
			}
			if r.field("has_more") != true {
				return found, contents
			}
			token, _ = r.field("page_token").(string)
		}
	}
	all, contents := list("")
	if !slices.Equal(all, ids) {
		t.Errorf("all = %v, want %v", all, ids)
	}
	if contents[ids[3]] != "This message was recalled" {
		t.Errorf("content of a recalled one = %v", contents[ids[3]])
	}
	back, _ := list("&sort_type=ByCreateTimeDesc")
	slices.Reverse(back)
	if !slices.Equal(back, ids) {
		t.Errorf("backwards = %v", back)
	}
	some, _ := list(fmt.Sprintf("&start_time=%d&end_time=%d", start.Add(time.Minute).Unix(), start.Add(3*time.Minute).Unix()))
	if !slices.Equal(some, ids[1:4]) {
		t.Errorf("between = %v, want %v", some, ids[1:4])
	}
	thread := mustMessage(t, s, ids[0]).Thread
	r := s.call("GET", messagesPath+"?container_id_type=thread&container_id="+thread, nil)
	items, _ := r.field("items").([]any)
	if len(items) != 2 || items[1].(map[string]any)["message_id"] != answer {
		t.Errorf("topic = %s", r.Data)
	}
	if got := s.call("GET", messagesPath+"?container_id_type=chat&page_size=51&container_id="+s.chat, nil); got.Code != 99992402 {
		t.Errorf("page of 51: %d", got.Code)
	}
}

func TestReactionsAPI(t *testing.T) {
	t.Parallel()
	s := open(t, sandbox.Config{})
	id := s.say(sandbox.SaySpec{Text: "x"})
	path := messagesPath + "/" + id + "/reactions"
	emoji := func(key string) any { return map[string]any{"reaction_type": map[string]string{"emoji_type": key}} }
	made := s.call("POST", path, emoji("DONE"))
	mine, _ := made.field("reaction_id").(string)
	s.must(s.React(s.owner.OpenID, id, "OK"))
	theirs := mustMessage(t, s, id).Reactions[1].ID
	if got := s.call("POST", path, emoji("WELLDONE")); got.Code != 231001 {
		t.Errorf("unknown emoji: %d", got.Code)
	}
	listed := s.call("GET", path+"?reaction_type=OK", nil)
	if items, _ := listed.field("items").([]any); len(items) != 1 {
		t.Errorf("listed = %s", listed.Data)
	}
	for reaction, want := range map[string]int{theirs: 231007, "nonsense": 231011, mine: 0} {
		if got := s.call("DELETE", path+"/"+reaction, nil); got.Code != want {
			t.Errorf("delete %s: %d, want %d", reaction, got.Code, want)
		}
	}
	s.must(s.RecallAs(s.owner.OpenID, id))
	if got := s.call("POST", path, emoji("DONE")); got.Code != 231003 {
		t.Errorf("on a recalled one: %d", got.Code)
	}
}

package sandbox_test

import (
	"bytes"
	"flag"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"recallbot/sandbox"
)

var update = flag.Bool("update", false, "write testdata/refusals.txt")

// refusal plays one fault against the sandbox.
type refusal struct {
	api, fault string
	play       func(s *site) reply
}

const (
	tokenPath = "/open-apis/auth/v3/tenant_access_token/internal"
	toChat    = messagesPath + "?receive_id_type=chat_id"
	batchPath = "/open-apis/message/v4/batch_send/"
)

// raw makes a call as our app, with a body as it stands.
func (s *site) raw(method, path, kind, body string) reply {
	s.t.Helper()
	if s.token == "" {
		s.token = s.login()
	}
	return s.rawAs(http.Header{"Authorization": {"Bearer " + s.token}, "Content-Type": {kind}}, method, path, body)
}

func (s *site) rawAs(header http.Header, method, path, body string) reply {
	s.t.Helper()
	req, err := http.NewRequestWithContext(s.t.Context(), method, s.url+path, strings.NewReader(body))
	s.must(err)
	req.Header = header
	resp, err := http.DefaultClient.Do(req)
	s.must(err)
	defer func() { _ = resp.Body.Close() }() // it was read
	text, err := io.ReadAll(resp.Body)
	s.must(err)
	return readReply(resp, text)
}

const asJSON = "application/json; charset=utf-8"

// sends is a create of this type and content in the chat of the site.
func sends(kind, content string) func(s *site) reply {
	return func(s *site) reply { return s.create(s.chat, kind, content) }
}

func (s *site) create(chat, kind, content string) reply {
	s.t.Helper()
	return s.call("POST", toChat, map[string]string{"receive_id": chat, "msg_type": kind, "content": content})
}

// upload sends a form with a file.
func (s *site) upload(path string, fields map[string]string, name string, data []byte) reply {
	s.t.Helper()
	if s.token == "" {
		s.token = s.login()
	}
	return s.rawUpload(s.token, path, fields, name, data)
}

func (s *site) rawUpload(token, path string, fields map[string]string, name string, data []byte) reply {
	s.t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for key, value := range fields {
		s.must(form.WriteField(key, value))
	}
	file, err := form.CreateFormFile(name, "a.bin")
	s.must(err)
	_, err = file.Write(data)
	s.must(err)
	s.must(form.Close())
	return s.rawAs(http.Header{"Authorization": {"Bearer " + token}, "Content-Type": {form.FormDataContentType()}}, "POST", path, body.String())
}

func png() []byte {
	return []byte("\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89")
}

// uploaded is the key of a file of ours.
func (s *site) uploaded(path string, fields map[string]string, name string, data []byte) string {
	s.t.Helper()
	r := s.upload(path, fields, name, data)
	if r.Code != 0 {
		s.t.Fatalf("upload: %d %s", r.Code, r.Msg)
	}
	for _, key := range []string{"image_key", "file_key"} {
		if got, ok := r.field(key).(string); ok {
			return got
		}
	}
	s.t.Fatalf("upload: %s", r.Data)
	return ""
}

func (s *site) image() string {
	return s.uploaded("/open-apis/im/v1/images", map[string]string{"image_type": "message"}, "image", png())
}

func (s *site) file(kind string) string {
	return s.uploaded("/open-apis/im/v1/files", map[string]string{"file_type": kind, "file_name": "a." + kind}, "file", []byte("x"))
}

// as logs another app in, so that calls are its own from now on.
func (s *site) as(app sandbox.App) {
	s.t.Helper()
	cred, ok := s.CredentialsOf(app.ID)
	if !ok {
		s.t.Fatalf("no app %s", app.ID)
	}
	r := s.send("", "POST", tokenPath, map[string]string{"app_id": cred.AppID, "app_secret": cred.AppSecret})
	s.token, _ = r.raw["tenant_access_token"].(string)
}

// TestRefusals plays every row of testdata/refusals.txt, the answers that the platform's documents and those who met it tell of.
func TestRefusals(t *testing.T) {
	t.Parallel()
	path := filepath.Join("testdata", "refusals.txt")
	golden, err := os.ReadFile(path)
	if err != nil && !*update {
		t.Fatal(err)
	}
	want := map[string]string{}
	for line := range strings.Lines(string(golden)) {
		if cells := strings.SplitN(strings.TrimSpace(line), " | ", 3); len(cells) == 3 && line[0] != '#' {
			want[cells[0]+" | "+cells[1]] = cells[2]
		}
	}
	var written []string
	for _, one := range slices.Concat(sendRefusals(), contentRefusals(), messageRefusals(), chatRefusals(), tokenRefusals(), fileRefusals(), batchRefusals()) {
		name := one.api + " | " + one.fault
		s := open(t, sandbox.Config{Seed: name})
		got := told(s, one.play(s))
		written = append(written, name+" | "+got)
		if want[name] != got && !*update {
			t.Errorf("%s:\n got %s\nwant %s", name, got, want[name])
		}
		delete(want, name)
	}
	if *update {
		writeGolden(t, path, golden, written)
		return
	}
	for name := range want {
		t.Errorf("nothing plays %s", name)
	}
}

// writeGolden keeps the comments on top.
func writeGolden(t *testing.T, path string, before []byte, rows []string) {
	t.Helper()
	var out strings.Builder
	for line := range strings.Lines(string(before)) {
		if strings.HasPrefix(line, "#") {
			out.WriteString(line)
		}
	}
	out.WriteString("\n" + strings.Join(rows, "\n") + "\n")
	if err := os.WriteFile(path, []byte(out.String()), 0o600); err != nil {
		t.Fatal(err)
	}
}

// told is an answer in a line: status, code, shape of the body, words, with what differs in each run taken out.
func told(s *site, r reply) string {
	shape := "text"
	detail, _ := r.raw["error"].(map[string]any)
	_, data := r.raw["data"]
	_, oauth := r.raw["error"].(string)
	switch {
	case detail["log_id"] != nil:
		shape = "error"
		if detail["log_id"] != r.header.Get("X-Tt-Logid") {
			shape = "error without the id of the header"
		}
	case oauth:
		shape = "oauth"
	case data:
		shape = "data"
	case r.raw != nil:
		shape = "plain"
	}
	if r.header.Get("X-Tt-Logid") == "" {
		shape += " without a log id"
	}
	msg := r.Msg
	if oauth {
		msg = fmt.Sprint(r.raw["error"], ": ", r.raw["error_description"])
	}
	if fields, ok := detail["field_violations"].([]any); ok {
		said := []string{msg}
		for _, f := range fields {
			v, _ := f.(map[string]any)
			said = append(said, fmt.Sprintf("%v: %v", v["field"], v["description"]))
		}
		msg = strings.Join(said, "; ")
	}
	if scopes, ok := detail["permission_violations"].([]any); ok {
		first, _ := scopes[0].(map[string]any)
		msg, _, _ = strings.Cut(msg, ".")
		msg += fmt.Sprintf("; %v", first["type"])
	}
	cred := s.Config()
	for _, id := range []string{s.chat, s.owner.OpenID, s.member.OpenID, cred.AppID} {
		msg = strings.ReplaceAll(msg, id, "ID")
	}
	return fmt.Sprintf("%d | %d | %s | %s", r.status, r.Code, shape, msg)
}

func sendRefusals() []refusal {
	const api = "POST /im/v1/messages"
	outside := func(s *site) string { return s.group(sandbox.ChatSpec{Owner: s.owner.OpenID, WithoutBot: true}) }
	return []refusal{
		{api, "the body is no JSON", func(s *site) reply { return s.raw("POST", toChat, asJSON, `{"receive_id":`) }},
		{api, "content is an object", func(s *site) reply {
			return s.raw("POST", toChat, asJSON, `{"receive_id":"`+s.chat+`","msg_type":"text","content":{"text":"x"}}`)
		}},
		{api, "receive_id_type is missing", func(s *site) reply { return s.call("POST", messagesPath, text(s.chat, "x")) }},
		{api, "receive_id_type is none of them", func(s *site) reply {
			return s.call("POST", messagesPath+"?receive_id_type=thread_id", text("omt_1", "x"))
		}},
		{api, "receive_id and msg_type are missing", func(s *site) reply { return s.call("POST", toChat, map[string]string{"content": "{}"}) }},
		{api, "receive_id is of no chat", func(s *site) reply { return s.call("POST", toChat, text("oc_nowhere", "x")) }},
		{api, "receive_id is nobody's open_id", func(s *site) reply {
			return s.call("POST", messagesPath+"?receive_id_type=open_id", text("ou_nobody", "x"))
		}},
		{api, "receive_id is an open_id of another app", func(s *site) reply {
			s.as(s.other)
			return s.call("POST", messagesPath+"?receive_id_type=open_id", text(s.owner.OpenID, "x"))
		}},
		{api, "receive_id is nobody's user_id", func(s *site) reply {
			return s.call("POST", messagesPath+"?receive_id_type=user_id", text("nobody", "x"))
		}},
		{api, "receive_id is nobody's union_id", func(s *site) reply {
			return s.call("POST", messagesPath+"?receive_id_type=union_id", text("on_nobody", "x"))
		}},
		{api, "receive_id is nobody's email", func(s *site) reply {
			return s.call("POST", messagesPath+"?receive_id_type=email", text("nobody@example.com", "x"))
		}},
		{api, "receive_id is a bot's", func(s *site) reply {
			return s.call("POST", messagesPath+"?receive_id_type=open_id", text(s.other.OpenID, "x"))
		}},
		{api, "the bot is not in the chat", func(s *site) reply { return s.call("POST", toChat, text(outside(s), "x")) }},
		{api, "the chat is dissolved", func(s *site) reply {
			s.must(s.Disband(s.chat, false))
			return s.call("POST", toChat, text(s.chat, "x"))
		}},
		{api, "the person is out of reach", func(s *site) reply {
			s.SetReachable(s.member.OpenID, false)
			return s.call("POST", messagesPath+"?receive_id_type=open_id", text(s.member.OpenID, "x"))
		}},
		{api, "the app is no bot", func(s *site) reply {
			s.SetBotAbility(false)
			return s.call("POST", toChat, text(s.chat, "x"))
		}},
		{api, "a uuid of 51 characters", func(s *site) reply {
			return s.call("POST", toChat, map[string]string{"receive_id": s.chat, "msg_type": "text", "content": `{"text":"x"}`, "uuid": strings.Repeat("u", 51)})
		}},
		{api, "the sixth in a second", func(s *site) reply {
			for range 5 {
				s.call("POST", toChat, text(s.chat, "x"))
			}
			return s.call("POST", toChat, text(s.chat, "x"))
		}},
		{api, "no scope", func(s *site) reply {
			for _, scope := range s.Scopes() {
				s.Revoke(scope)
			}
			return s.call("POST", toChat, text(s.chat, "x"))
		}},
		{"POST /im/v1/messages/:message_id/reply", "content is missing", func(s *site) reply {
			return s.call("POST", messagesPath+"/"+s.post(sandbox.PostSpec{Text: "x"})+"/reply", map[string]string{"msg_type": "text"})
		}},
		{"POST /im/v1/messages/:message_id/reply", "the message is recalled", func(s *site) reply {
			id := s.post(sandbox.PostSpec{Text: "x"})
			s.must(s.RecallAs(s.owner.OpenID, id))
			return s.call("POST", messagesPath+"/"+id+"/reply", text("", "x"))
		}},
		{"POST /im/v1/messages/:message_id/reply", "the id is a topic's", func(s *site) reply { return s.call("POST", messagesPath+"/omt_1/reply", text("", "x")) }},
	}
}

func contentRefusals() []refusal {
	const api = "POST /im/v1/messages"
	card := func(content string) string { return content }
	return []refusal{
		{api, "msg_type is none of them", sends("hongbao", "{}")},
		{api, "content is no JSON", sends("text", "x")},
		{api, "a text without text", sends("text", `{"foo":1}`)},
		{api, "a text of 160 KB", sends("text", `{"text":"`+strings.Repeat("x", 160<<10)+`"}`)},
		{api, "a post that is {}", sends("post", "{}")},
		{api, `a post that is {"foo":1}`, sends("post", `{"foo":1}`)},
		{api, "a post that is not by language", sends("post", `{"title":"t","content":[[{"tag":"text","text":"x"}]]}`)},
		{api, "a post within post", sends("post", `{"post":{"zh_cn":{"content":[[{"tag":"text","text":"x"}]]}}}`)},
		{api, "a post with an unknown tag", sends("post", `{"zh_cn":{"content":[[{"tag":"blink","text":"x"}]]}}`)},
		{api, "a post with an at of nobody named", sends("post", `{"zh_cn":{"content":[[{"tag":"at"}]]}}`)},
		{api, "a post with a link without href", sends("post", `{"zh_cn":{"content":[[{"tag":"a","text":"x"}]]}}`)},
		{api, "a post with an unknown emoji", sends("post", `{"zh_cn":{"content":[[{"tag":"emotion","emoji_type":"Banana"}]]}}`)},
		{api, "a post with a picture that nobody uploaded", sends("post", `{"zh_cn":{"content":[[{"tag":"img","image_key":"img_v3_x"}]]}}`)},
		{api, "a post with Markdown that mentions nobody", sends("post", `{"zh_cn":{"content":[[{"tag":"md","text":"<at user_id=\"ou_x\">x</at>"}]]}}`)},
		{api, "an image without a key", sends("image", "{}")},
		{api, "an image that nobody uploaded", sends("image", `{"image_key":"img_v3_x"}`)},
		{api, "a file that nobody uploaded", sends("file", `{"file_key":"file_v3_x"}`)},
		{api, "a sticker that nobody sent", sends("sticker", `{"file_key":"x"}`)},
		{api, "an image of another app", func(s *site) reply {
			key := s.image()
			s.as(s.other)
			return s.create(s.chat, "image", `{"image_key":"`+key+`"}`)
		}},
		{api, "a video as a file", func(s *site) reply { return s.create(s.chat, "file", `{"file_key":"`+s.file("mp4")+`"}`) }},
		{api, "a file as a voice message", func(s *site) reply { return s.create(s.chat, "audio", `{"file_key":"`+s.file("pdf")+`"}`) }},
		{api, "the card of an unknown chat", sends("share_chat", `{"chat_id":"oc_nowhere"}`)},
		{api, "the card of a chat of two", func(s *site) reply {
			return s.create(s.chat, "share_chat", `{"chat_id":"`+s.group(sandbox.ChatSpec{Mode: sandbox.P2P, Owner: s.owner.OpenID})+`"}`)
		}},
		{api, "the card of a chat without us", func(s *site) reply {
			return s.create(s.chat, "share_chat", `{"chat_id":"`+s.group(sandbox.ChatSpec{Owner: s.owner.OpenID, WithoutBot: true})+`"}`)
		}},
		{api, "the card of nobody", sends("share_user", `{"user_id":"ou_nobody"}`)},
		{api, "a card that is no JSON", sends("interactive", card("x"))},
		{api, "a card that is {}", sends("interactive", card("{}"))},
		{api, "a card with an unknown component", sends("interactive", card(`{"schema":"2.0","body":{"elements":[{"tag":"blink"}]}}`))},
		{api, "a card with a picture that nobody uploaded", sends("interactive", card(`{"schema":"2.0","body":{"elements":[{"tag":"img","img_key":"img_v3_x"}]}}`))},
		{api, "a card_id of no card", sends("interactive", card(`{"type":"card","data":{"card_id":"7355000000000000"}}`))},
		{api, "a template_id of no template", sends("interactive", card(`{"type":"template","data":{"template_id":"AAq"}}`))},
		{api, "a divider in a group", sends("system", `{"type":"divider","params":{"divider_text":{"text":"x"}}}`)},
		{api, "a divider without the scope", func(s *site) reply {
			return s.create(s.group(sandbox.ChatSpec{Mode: sandbox.P2P, Owner: s.owner.OpenID}), "system", `{"type":"divider","params":{"divider_text":{"text":"x"}}}`)
		}},
		{api, "a divider without words", func(s *site) reply {
			s.Grant("im:message:send_sys_msg")
			return s.create(s.group(sandbox.ChatSpec{Mode: sandbox.P2P, Owner: s.owner.OpenID}), "system", `{"type":"divider","params":{}}`)
		}},
		{"PUT /im/v1/messages/:message_id", "a card", func(s *site) reply {
			return s.call("PUT", messagesPath+"/"+s.post(sandbox.PostSpec{Text: "x"}), map[string]string{"msg_type": "interactive", "content": "{}"})
		}},
		{"PATCH /im/v1/messages/:message_id", "a message that is no card", func(s *site) reply {
			return s.call("PATCH", messagesPath+"/"+s.post(sandbox.PostSpec{Text: "x"}), map[string]string{"content": "{}"})
		}},
		{"PATCH /im/v1/messages/:message_id", "a card of 15 days ago", func(s *site) reply {
			id := s.post(sandbox.PostSpec{Type: "interactive", Content: card(`{"schema":"2.0","body":{"elements":[]}}`), At: time.Now().Add(-15 * 24 * time.Hour)})
			return s.call("PATCH", messagesPath+"/"+id, map[string]string{"content": `{"schema":"2.0","body":{"elements":[]}}`})
		}},
	}
}

func messageRefusals() []refusal {
	list := func(query string) func(s *site) reply {
		return func(s *site) reply {
			return s.call("GET", messagesPath+"?container_id_type=chat&container_id="+s.chat+query, nil)
		}
	}
	const del, get, all = "DELETE /im/v1/messages/:message_id", "GET /im/v1/messages/:message_id", "GET /im/v1/messages"
	one := func(method, suffix string, spec sandbox.PostSpec) func(s *site) reply {
		return func(s *site) reply { return s.call(method, messagesPath+"/"+s.post(spec)+suffix, nil) }
	}
	return []refusal{
		{del, "an id of another shape", func(s *site) reply { return s.call("DELETE", messagesPath+"/bm-1", nil) }},
		{del, "an id of no message", func(s *site) reply { return s.call("DELETE", messagesPath+"/om_0", nil) }},
		{del, "a person's message, as a plain member", func(s *site) reply { return s.call("DELETE", messagesPath+"/"+s.say(sandbox.SaySpec{Text: "x"}), nil) }},
		{del, "an own one of two days ago", one("DELETE", "", sandbox.PostSpec{Text: "x", At: time.Now().Add(-48 * time.Hour)})},
		{del, "a recalled one", func(s *site) reply {
			id := s.post(sandbox.PostSpec{Text: "x"})
			s.call("DELETE", messagesPath+"/"+id, nil)
			return s.call("DELETE", messagesPath+"/"+id, nil)
		}},
		{del, "an invisible one", func(s *site) reply {
			id := s.post(sandbox.PostSpec{Text: "x"})
			s.must(s.SetVisible(id, false))
			return s.call("DELETE", messagesPath+"/"+id, nil)
		}},
		{del, "what the system said", func(s *site) reply {
			return s.call("DELETE", messagesPath+"/"+s.say(sandbox.SaySpec{Type: "system", Content: "{}"}), nil)
		}},
		{get, "of a group, without im:message.group_msg", func(s *site) reply {
			s.Revoke("im:message.group_msg")
			return s.call("GET", messagesPath+"/"+s.post(sandbox.PostSpec{Text: "x"}), nil)
		}},
		{get, "user_id_type is none of them", one("GET", "?user_id_type=lark_id", sandbox.PostSpec{Text: "x"})},
		{all, "container_id is missing", func(s *site) reply { return s.call("GET", messagesPath+"?container_id_type=chat", nil) }},
		{all, "container_id is of no chat", func(s *site) reply {
			return s.call("GET", messagesPath+"?container_id_type=chat&container_id=oc_0", nil)
		}},
		{all, "container_id_type is none of them", func(s *site) reply {
			return s.call("GET", messagesPath+"?container_id_type=group&container_id="+s.chat, nil)
		}},
		{all, "sort_type is none of them", list("&sort_type=ByName")},
		{all, "start_time is no number", list("&start_time=yesterday")},
		{all, "end_time before start_time", list("&start_time=9&end_time=1")},
		{all, "page_size of 51", list("&page_size=51")},
		{all, "page_token of another list", list("&page_token=x")},
		{"GET /im/v1/messages/:message_id/read_users", "user_id_type is missing", one("GET", "/read_users", sandbox.PostSpec{Text: "x"})},
		{"GET /im/v1/messages/:message_id/read_users", "a person's message", func(s *site) reply {
			return s.call("GET", messagesPath+"/"+s.say(sandbox.SaySpec{Text: "x"})+"/read_users?user_id_type=open_id", nil)
		}},
		{"GET /im/v1/messages/:message_id/read_users", "of eight days ago", one("GET", "/read_users?user_id_type=open_id", sandbox.PostSpec{Text: "x", At: time.Now().Add(-8 * 24 * time.Hour)})},
		{"POST /im/v1/messages/:message_id/reactions", "reaction_type is missing", func(s *site) reply {
			return s.call("POST", messagesPath+"/"+s.post(sandbox.PostSpec{Text: "x"})+"/reactions", map[string]string{})
		}},
		{"POST /im/v1/messages/:message_id/reactions", "an emoji that there is not", func(s *site) reply {
			return s.call("POST", messagesPath+"/"+s.post(sandbox.PostSpec{Text: "x"})+"/reactions", map[string]any{"reaction_type": map[string]string{"emoji_type": "Trash"}})
		}},
		{"POST /im/v1/messages/reactions/batch_query", "no queries", func(s *site) reply {
			return s.call("POST", messagesPath+"/reactions/batch_query", map[string]any{"queries": []any{}})
		}},
		{"POST /im/v1/messages/search", "without the scope", func(s *site) reply { return s.call("POST", messagesPath+"/search", map[string]string{"query": "x"}) }},
		{"POST /im/v1/messages/search", "a query of 51 characters", func(s *site) reply {
			s.Grant("search:message")
			return s.call("POST", messagesPath+"/search", map[string]string{"query": strings.Repeat("x", 51)})
		}},
		{"POST /im/v1/messages/:message_id/forward", "what the system said", func(s *site) reply {
			id := s.say(sandbox.SaySpec{Type: "system", Content: "{}"})
			return s.call("POST", messagesPath+"/"+id+"/forward?receive_id_type=chat_id", map[string]string{"receive_id": s.chat})
		}},
		{"POST /ephemeral/v1/send", "in a topic group", func(s *site) reply {
			return s.call("POST", "/open-apis/ephemeral/v1/send", map[string]any{
				"chat_id": s.group(sandbox.ChatSpec{Mode: sandbox.Topic, Owner: s.owner.OpenID}), "open_id": s.owner.OpenID,
				"msg_type": "interactive", "card": map[string]any{"elements": []any{}},
			})
		}},
		{"GET /im/v1/nothing", "no such path", func(s *site) reply { return s.call("GET", "/open-apis/im/v1/nothing", nil) }},
		{"DELETE /im/v1/chats", "no such method", func(s *site) reply { return s.call("DELETE", "/open-apis/im/v1/chats", nil) }},
	}
}

func chatRefusals() []refusal {
	members := func(query string, body any) func(s *site) reply {
		return func(s *site) reply { return s.call("DELETE", chatsPath+s.chat+"/members"+query, body) }
	}
	ids := func(list ...string) map[string][]string { return map[string][]string{"id_list": list} }
	const del = "DELETE /im/v1/chats/:chat_id/members"
	return []refusal{
		{"GET /im/v1/chats/:chat_id", "no such chat", func(s *site) reply { return s.call("GET", chatsPath+"oc_0", nil) }},
		{"GET /im/v1/chats", "sort_type is none of them", func(s *site) reply { return s.call("GET", "/open-apis/im/v1/chats?sort_type=x", nil) }},
		{"GET /im/v1/chats/:chat_id/members", "member_id_type is none of them", func(s *site) reply { return s.call("GET", chatsPath+s.chat+"/members?member_id_type=x", nil) }},
		{"GET /im/v1/chats/:chat_id/members/bots", "a chat without us", func(s *site) reply {
			return s.call("GET", chatsPath+s.group(sandbox.ChatSpec{Owner: s.owner.OpenID, WithoutBot: true})+"/members/bots", nil)
		}},
		{del, "nobody", members("", ids())},
		{del, "six bots", members("?member_id_type=app_id", ids("1", "2", "3", "4", "5", "6"))},
		{del, "without the scope", func(s *site) reply {
			s.Revoke("im:chat")
			return members("?member_id_type=app_id", ids(s.other.ID))(s)
		}},
		{del, "as a plain member", func(s *site) reply { return members("?member_id_type=app_id", ids(s.other.ID))(s) }},
		{del, "the owner", func(s *site) reply {
			s.must(s.AddManager(s.chat, s.Bot().ID))
			return members("", ids(s.owner.OpenID))(s)
		}},
		{"POST /im/v1/chats/:chat_id/members", "somebody who is nobody", func(s *site) reply { return s.call("POST", chatsPath+s.chat+"/members", ids("ou_nobody")) }},
		{"POST /im/v1/chats/:chat_id/managers/add_managers", "as a plain member", func(s *site) reply {
			return s.call("POST", chatsPath+s.chat+"/managers/add_managers", map[string][]string{"manager_ids": {s.Bot().ID}})
		}},
		{"GET /application/v6/applications/:app_id", "lang is missing", func(s *site) reply { return s.call("GET", "/open-apis/application/v6/applications/me", nil) }},
		{"POST /application/v7/app_slash_commands", "without the scope", func(s *site) reply {
			return s.call("POST", "/open-apis/application/v7/app_slash_commands", map[string]any{"command": "x", "description": map[string]string{"default_value": "x"}})
		}},
		{"POST /application/v7/app_slash_commands", "an icon that there is not", func(s *site) reply {
			s.Grant("application:app_slash_command:write")
			return s.call("POST", "/open-apis/application/v7/app_slash_commands", map[string]any{
				"command": "x", "description": map[string]string{"default_value": "x"}, "icon": map[string]string{"icon_key": "smiley"},
			})
		}},
	}
}

func tokenRefusals() []refusal {
	token := func(id, secret string) func(s *site) reply {
		return func(s *site) reply {
			if id == "" {
				id = s.Config().AppID
			}
			return s.send("", "POST", tokenPath, map[string]string{"app_id": id, "app_secret": secret})
		}
	}
	const api, oauth = "POST /auth/v3/tenant_access_token/internal", "POST /authen/v2/oauth/token"
	with := func(auth string) func(s *site) reply {
		return func(s *site) reply {
			return s.rawAs(http.Header{"Authorization": {auth}}, "GET", "/open-apis/bot/v3/info", "")
		}
	}
	return []refusal{
		{api, "an app id of another shape", token("test", "x")},
		{api, "an app that is not there", token("cli_0123456789abcdef", "x")},
		{api, "a wrong secret", token("", "x")},
		{api, "no JSON", func(s *site) reply { return s.rawAs(http.Header{}, "POST", tokenPath, "x") }},
		{"GET /bot/v3/info", "no token", with("")},
		{"GET /bot/v3/info", "a token without Bearer", with("t-x")},
		{"GET /bot/v3/info", "a token of nobody", with("Bearer t-x")},
		{"GET /bot/v3/info", "a person's token of nobody", with("Bearer eyJhbGciOi")},
		{"GET /bot/v3/info", "a person's token", func(s *site) reply { return s.send(s.uat("im:message"), "GET", "/open-apis/bot/v3/info", nil) }},
		{"GET /authen/v1/user_info", "the app's token", func(s *site) reply { return s.call("GET", "/open-apis/authen/v1/user_info", nil) }},
		{"DELETE /im/v1/messages/:message_id", "a person's token without the scope", func(s *site) reply {
			return s.send(s.uat("im:chat"), "DELETE", messagesPath+"/"+s.post(sandbox.PostSpec{Text: "x"}), nil)
		}},
		{"DELETE /im/v1/messages/:message_id", "the token of a plain member", func(s *site) reply {
			return s.send(s.uatOf(s.member.OpenID, "im:message:recall"), "DELETE", messagesPath+"/"+s.post(sandbox.PostSpec{Text: "x"}), nil)
		}},
		{"DELETE /im/v1/messages/:message_id", "a person's token that is over", func(s *site) reply {
			token := s.uat("im:message:recall")
			s.EndUserTokens()
			return s.send(token, "DELETE", messagesPath+"/"+s.post(sandbox.PostSpec{Text: "x"}), nil)
		}},
		{"POST /im/v1/messages", "a person's token without im:message.send_as_user", func(s *site) reply {
			return s.send(s.uat("im:message"), "POST", toChat, text(s.chat, "x"))
		}},
		{"GET /im/v1/messages/:message_id", "a person's token without im:message.group_msg:get_as_user", func(s *site) reply {
			return s.send(s.uat("im:message"), "GET", messagesPath+"/"+s.post(sandbox.PostSpec{Text: "x"}), nil)
		}},
		{oauth, "an unknown code", func(s *site) reply {
			return s.send("", "POST", oauthPath, map[string]string{"grant_type": "authorization_code", "client_id": "cli_test", "client_secret": "test", "code": "test"})
		}},
		{oauth, "an unknown grant", func(s *site) reply {
			return s.send("", "POST", oauthPath, map[string]string{"grant_type": "password"})
		}},
		{oauth, "Basic and a secret in the body", func(s *site) reply {
			form := url.Values{"grant_type": {"authorization_code"}, "client_secret": {"x"}, "code": {"x"}}
			return s.rawAs(http.Header{"Content-Type": {"application/x-www-form-urlencoded"}, "Authorization": {"Basic YTpi"}}, "POST", oauthPath, form.Encode())
		}},
		{oauth, "a device that nobody has answered", func(s *site) reply {
			return s.pollDevice(s.device("im:message"))
		}},
	}
}

func fileRefusals() []refusal {
	const images, files = "POST /im/v1/images", "POST /im/v1/files"
	const imagesPath, filesPath = "/open-apis/im/v1/images", "/open-apis/im/v1/files"
	image := func(kind string, data []byte) func(s *site) reply {
		return func(s *site) reply { return s.upload(imagesPath, map[string]string{"image_type": kind}, "image", data) }
	}
	file := func(kind string, data []byte) func(s *site) reply {
		return func(s *site) reply {
			return s.upload(filesPath, map[string]string{"file_type": kind, "file_name": "x"}, "file", data)
		}
	}
	return []refusal{
		{images, "no form", func(s *site) reply { return s.call("POST", imagesPath, map[string]string{}) }},
		{images, "image_type is none of them", image("photo", png())},
		{images, "no picture", image("message", []byte("just words"))},
		{images, "nothing in it", image("message", nil)},
		{images, "11 MB", image("message", append(png(), make([]byte, 11<<20)...))},
		{files, "file_type is none of them", file("exe", []byte("x"))},
		{files, "nothing in it", file("stream", nil)},
		{"GET /im/v1/images/:image_key", "a picture of another app", func(s *site) reply {
			key := s.image()
			s.as(s.other)
			return s.call("GET", imagesPath+"/"+key, nil)
		}},
		{"GET /im/v1/files/:file_key", "no such file", func(s *site) reply { return s.call("GET", filesPath+"/file_v3_x", nil) }},
		{"GET /im/v1/messages/:message_id/resources/:file_key", "a file that is not in it", func(s *site) reply {
			return s.call("GET", messagesPath+"/"+s.post(sandbox.PostSpec{Text: "x"})+"/resources/"+s.image()+"?type=image", nil)
		}},
		{"GET /im/v1/messages/:message_id/resources/:file_key", "type is missing", func(s *site) reply {
			return s.call("GET", messagesPath+"/"+s.post(sandbox.PostSpec{Text: "x"})+"/resources/x", nil)
		}},
		{"GET /im/v1/messages/:message_id/resources/:file_key", "of a card", func(s *site) reply {
			return s.call("GET", messagesPath+"/"+s.post(sandbox.PostSpec{Type: "interactive", Content: `{"elements":[]}`})+"/resources/x?type=image", nil)
		}},
		{"POST /cardkit/v1/cards", "JSON 1.0", func(s *site) reply {
			return s.call("POST", "/open-apis/cardkit/v1/cards", map[string]string{"type": "card_json", "data": `{"elements":[]}`})
		}},
		{"POST /cardkit/v1/cards", "an empty card", func(s *site) reply {
			return s.call("POST", "/open-apis/cardkit/v1/cards", map[string]string{"type": "card_json", "data": `{}`})
		}},
		{"POST /cardkit/v1/cards", "data is missing", func(s *site) reply {
			return s.call("POST", "/open-apis/cardkit/v1/cards", map[string]string{"type": "card_json"})
		}},
	}
}

func batchRefusals() []refusal {
	const api = "POST /message/v4/batch_send/"
	send := func(body map[string]any) func(s *site) reply {
		return func(s *site) reply { return s.call("POST", batchPath, body) }
	}
	words := map[string]string{"text": "x"}
	return []refusal{
		{api, "to nobody", send(map[string]any{"msg_type": "text", "content": words})},
		{api, "without content", send(map[string]any{"msg_type": "text", "open_ids": []string{"ou_x"}})},
		{api, "an image that nobody uploaded", send(map[string]any{"msg_type": "image", "open_ids": []string{"ou_x"}, "content": map[string]string{"image_key": "x"}})},
		{api, "the card of an unknown chat", send(map[string]any{"msg_type": "share_chat", "open_ids": []string{"ou_x"}, "content": map[string]string{"share_chat_id": "oc_0"}})},
		{api, "to departments without the scope", send(map[string]any{"msg_type": "text", "department_ids": []string{"od-x"}, "content": words})},
		{api, "to user_ids without the scope", func(s *site) reply {
			s.Revoke("im:message:send_multi_users")
			return send(map[string]any{"msg_type": "text", "user_ids": []string{"x"}, "content": words})(s)
		}},
		{"DELETE /im/v1/batch_messages/:batch_message_id", "no such batch", func(s *site) reply { return s.call("DELETE", "/open-apis/im/v1/batch_messages/bm-0", nil) }},
		{"DELETE /im/v1/batch_messages/:batch_message_id", "of two days ago", func(s *site) reply {
			r := s.call("POST", batchPath, map[string]any{"msg_type": "text", "open_ids": []string{s.owner.OpenID}, "content": words})
			id, _ := r.field("message_id").(string)
			s.Advance(48 * time.Hour)
			s.token = ""
			return s.call("DELETE", "/open-apis/im/v1/batch_messages/"+id, nil)
		}},
	}
}

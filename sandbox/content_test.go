package sandbox_test

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"recallbot/sandbox"
)

// Mentions in a bot's message become keys with a list, whatever id type the bot used.
func TestBotMentions(t *testing.T) {
	t.Parallel()
	s := open(t, sandbox.Config{})
	at := func(id string) string { return `<at user_id=\"` + id + `\">Tom</at>` }
	for _, tc := range []struct {
		name, kind, content, want string
		who                       []string
	}{
		{"open_id", "text", `{"text":"` + at(s.owner.OpenID) + ` hi"}`, `{"text":"@_user_1 hi"}`, []string{s.owner.OpenID}},
		{"the others", "text", `{"text":"a ` + at(s.owner.UnionID) + at(s.member.UserID) + `"}`, `{"text":"a @_user_1@_user_2"}`, []string{s.owner.OpenID, s.member.OpenID}},
		{"a bot", "text", `{"text":"` + at(s.other.OpenID) + `"}`, `{"text":"@_user_1"}`, []string{s.other.OpenID}},
		{"everybody", "text", `{"text":"` + at("all") + `!"}`, `{"text":"@_all!"}`, nil},
		{"nobody", "text", `{"text":"` + at("ou_nobody") + `"}`, `{"text":"` + at("ou_nobody") + `"}`, nil},
		{"no mention", "text", `{"text":"a < b & <at"}`, `{"text":"a < b & <at"}`, nil},
		{
			"rich text", "post", `{"en_us":{"title":"T","content":[[{"tag":"at","user_id":"` + s.owner.OpenID + `"},{"tag":"text","text":"!"}]]}}`,
			`{"title":"T","content":[[{"style":[],"tag":"at","user_id":"@_user_1","user_name":"Olga"},{"tag":"text","text":"!"}]]}`,
			[]string{s.owner.OpenID},
		},
		{
			"Markdown", "post", `{"zh_cn":{"content":[[{"tag":"md","text":"hi ` + at(s.member.OpenID) + `\nthere"}]]}}`,
			`{"title":"","content":[[{"style":[],"tag":"text","text":"hi "},{"style":[],"tag":"at","user_id":"@_user_1","user_name":"Mia"}],[{"style":[],"tag":"text","text":"there"}]]}`,
			[]string{s.member.OpenID},
		},
	} {
		s.Advance(time.Second) // the limit is five posts per second
		sent := s.create(s.chat, tc.kind, tc.content)
		if got := sent.field("body", "content"); got != tc.want {
			t.Errorf("%s:\n got %v\nwant %s", tc.name, got, tc.want)
		}
		id, _ := sent.field("message_id").(string)
		read := s.call("GET", messagesPath+"/"+id, nil)
		var got struct {
			Items []struct {
				Body     struct{ Content string }
				Mentions []struct {
					Key, ID, Name string
					IDType        string `json:"id_type"`
				}
			}
		}
		s.must(json.Unmarshal(read.Data, &got))
		var who []string
		for _, m := range got.Items[0].Mentions {
			who = append(who, m.ID)
		}
		if !slices.Equal(who, tc.who) || got.Items[0].Body.Content != tc.want {
			t.Errorf("%s: read %s", tc.name, read.Data)
		}
	}
}

func TestUploadAndDownload(t *testing.T) {
	t.Parallel()
	s := open(t, sandbox.Config{})
	key, file := s.image(), s.file("pdf")
	for path, want := range map[string]string{"/open-apis/im/v1/images/" + key: "image/png", "/open-apis/im/v1/files/" + file: "application/pdf"} {
		if r := s.call("GET", path, nil); r.status != 200 || r.header.Get("Content-Type") != want || r.header.Get("X-Tt-Logid") == "" {
			t.Errorf("%s: %d %s", path, r.status, r.header.Get("Content-Type"))
		}
	}
	if r := s.call("GET", "/open-apis/im/v1/files/"+file, nil); string(r.text) != "x" || r.header.Get("Content-Disposition") != "attachment; filename=a.pdf" {
		t.Errorf("file: %q as %s", r.text, r.header.Get("Content-Disposition"))
	}
	for kind, content := range map[string]string{
		"image": `{"image_key":"` + key + `"}`, "file": `{"file_key":"` + file + `"}`, "audio": `{"file_key":"` + s.file("opus") + `"}`,
		"media":       `{"file_key":"` + s.file("mp4") + `","image_key":"` + key + `"}`,
		"interactive": `{"schema":"2.0","body":{"elements":[{"tag":"img","img_key":"` + key + `"}]}}`,
		"post":        `{"zh_cn":{"content":[[{"tag":"img","image_key":"` + key + `"}]]}}`,
	} {
		s.Advance(time.Second)
		sent := s.create(s.chat, kind, content)
		id, _ := sent.field("message_id").(string)
		if sent.Code != 0 {
			t.Errorf("%s: %s", kind, sent.text)
		}
		if kind == "image" || kind == "post" {
			if r := s.call("GET", messagesPath+"/"+id+"/resources/"+key+"?type=image", nil); string(r.text) != string(png()) {
				t.Errorf("%s: the picture of the message: %d %s", kind, r.status, r.text)
			}
		}
	}
	said := s.say(sandbox.SaySpec{Type: "image", Content: `{"image_key":"img_v3_of_hers"}`})
	if r := s.call("GET", messagesPath+"/"+said+"/resources/img_v3_of_hers?type=image", nil); r.status != 200 || r.header.Get("Content-Type") != "image/png" {
		t.Errorf("a person's picture: %d %s", r.status, r.text)
	}
	s.say(sandbox.SaySpec{Type: "sticker", Content: `{"file_key":"sticker_of_hers"}`})
	if r := s.create(s.chat, "sticker", `{"file_key":"sticker_of_hers"}`); r.Code != 0 {
		t.Errorf("a sticker that was heard: %s", r.text)
	}
}

func TestCardEntities(t *testing.T) {
	t.Parallel()
	s := open(t, sandbox.Config{})
	const cards = "/open-apis/cardkit/v1/cards"
	made := s.call("POST", cards, map[string]string{
		"type": "card_json", "data": `{"schema":"2.0","body":{"elements":[{"tag":"markdown","content":"one","element_id":"words"}]}}`,
	})
	id, _ := made.field("card_id").(string)
	content := `{"type":"card","data":{"card_id":"` + id + `"}}`
	sent := s.create(s.chat, "interactive", content)
	message, _ := sent.field("message_id").(string)
	if sent.Code != 0 || sent.field("body", "content") != content {
		t.Fatalf("sent: %s", sent.text)
	}
	if again := s.create(s.chat, "interactive", content); again.Code != 230099 {
		t.Errorf("a card is sent once: %s", again.text)
	}
	shown := func() any {
		return s.send("", "GET", "/sandbox/v1/chats/"+s.chat+"/messages", nil).raw["items"].([]any)[0].(map[string]any)["text"]
	}
	if got := shown(); got != "one" {
		t.Errorf("shown: %v", got)
	}
	if r := s.call("PUT", cards+"/"+id+"/elements/words/content", map[string]any{"content": "two", "sequence": 1}); r.Code != 0 || shown() != "two" {
		t.Errorf("streamed: %s, shown %v", r.text, shown())
	}
	if r := s.call("PUT", cards+"/"+id+"/elements/words/content", map[string]any{"content": "late", "sequence": 1}); r.Code != 10002 || r.status != 400 {
		t.Errorf("out of turn: %d %s", r.status, r.text)
	}
	if r := s.call("PUT", cards+"/"+id, map[string]any{"sequence": 2, "card": map[string]string{
		"type": "card_json", "data": `{"schema":"2.0","body":{"elements":[{"tag":"markdown","content":"three"}]}}`,
	}}); r.Code != 0 || shown() != "three" {
		t.Errorf("updated: %s, shown %v", r.text, shown())
	}
	if r := s.call("PATCH", cards+"/"+id+"/settings", map[string]any{"sequence": 3, "settings": `{"config":{"streaming_mode":false}}`}); r.Code != 0 {
		t.Errorf("settings: %s", r.text)
	}
	if r := s.call("GET", messagesPath+"/"+message, nil); r.field("items").([]any)[0].(map[string]any)["body"].(map[string]any)["content"] != content {
		t.Errorf("read: %s", r.text)
	}
}

func TestDividersOnlyInP2P(t *testing.T) {
	t.Parallel()
	s := open(t, sandbox.Config{})
	s.Grant("im:message:send_sys_msg")
	chat := s.group(sandbox.ChatSpec{Mode: sandbox.P2P, Owner: s.owner.OpenID})
	if r := s.create(chat, "system", `{"type":"divider","params":{"divider_text":{"text":"新会话","i18n_text":{"en_US":"New Session"}}}}`); r.Code != 0 {
		t.Errorf("a divider: %s", r.text)
	}
	if r := s.create(chat, "system", `{"type":"divider","params":{"divider_text":{"text":"一二三四五六七八九十一"}}}`); r.Code != 230001 {
		t.Errorf("22 wide: %s", r.text)
	}
}

func TestForward(t *testing.T) {
	t.Parallel()
	s := open(t, sandbox.Config{})
	there := s.group(sandbox.ChatSpec{Owner: s.owner.OpenID})
	id := s.say(sandbox.SaySpec{Text: "a word"})
	path := messagesPath + "/" + id + "/forward?receive_id_type=chat_id&uuid=once"
	first := s.call("POST", path, map[string]string{"receive_id": there})
	second := s.call("POST", path, map[string]string{"receive_id": there})
	copied := first.field("message_id")
	if first.Code != 0 || copied == id || second.field("message_id") != copied || len(s.Messages(there)) != 1 {
		t.Errorf("forwarded: %s, again %s", first.text, second.text)
	}
	s.must(s.RecallAs(s.owner.OpenID, id))
	if r := s.call("POST", path, map[string]string{"receive_id": there}); r.Code != 230065 {
		t.Errorf("a recalled one: %s", r.text)
	}
	if m := mustMessage(t, s, copied.(string)); m.Deleted || m.Sender != s.Bot().ID {
		t.Errorf("the copy went with it: %+v", m)
	}
}

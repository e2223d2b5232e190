package sandbox_test

import (
	"encoding/json"
	"testing"

	"recallbot/sandbox"
)

// items are the messages of the group for a person.
func (s *site) items(as string) []map[string]any {
	s.t.Helper()
	r := s.send("", "GET", "/sandbox/v1/chats/"+s.chat+"/messages?as="+as, nil)
	list, _ := r.raw["items"].([]any)
	out := make([]map[string]any, len(list))
	for i, item := range list {
		out[i], _ = item.(map[string]any)
	}
	return out
}

func TestPlainText(t *testing.T) {
	t.Parallel()
	s := open(t, sandbox.Config{})
	for _, row := range []struct{ name, kind, content, want string }{
		{"mentions in a text", "text", `{"text":"ask <at user_id=\"` + s.owner.OpenID + `\"></at> or <at user_id=\"x\">Tom</at>"}`, "ask @Olga or @Tom"},
		{"entities in a text stay", "text", `{"text":"om&#95;1"}`, "om&#95;1"},
		{"a rich text", "post", `{"zh_cn":{"title":"News","content":[[{"tag":"text","text":"one"}],[{"tag":"text","text":"two"}]]}}`, "News one two"},
		{
			"a card", "interactive",
			`{"schema":"2.0","header":{"title":{"tag":"plain_text","content":"a_b &#95;"}},"body":{"elements":[
				{"tag":"markdown","content":"**om&#95;1** &#40;` + "`x`" + `&#41; &#60;at id=ou&#95;x&#62; <at id=` + s.owner.OpenID + `></at>"},
				{"tag":"div","text":{"tag":"lark_md","content":"a&amp;b"}},
				{"tag":"div","text":{"tag":"plain_text","content":"c&amp;d"}}]}}`,
			"a_b &#95; om_1 (x) <at id=ou_x> @Olga a&b c&amp;d",
		},
		{"a picture", "image", `{"image_key":"k"}`, "[image]"},
	} {
		if _, err := s.Post(sandbox.PostSpec{Chat: s.chat, Type: row.kind, Content: row.content}); err != nil {
			t.Fatalf("%s: %v", row.name, err)
		}
		shown := s.items(s.owner.OpenID)
		if got := shown[len(shown)-1]["text"]; got != row.want {
			t.Errorf("%s: shown as %q, want %q", row.name, got, row.want)
		}
	}
}

func TestPlainCard(t *testing.T) {
	t.Parallel()
	s := open(t, sandbox.Config{})
	for _, row := range []struct{ text, title, body string }{
		{"Report\nall **well**\n- done", "Report", "all **well**\n- done"},
		{"one line", "", "one line"},
	} {
		s.order("post", map[string]any{"app": s.Bot().ID, "chat": s.chat, "text": row.text, "type": "interactive"})
		all := s.Messages(s.chat)
		var card struct {
			Header struct {
				Title struct{ Content string } `json:"title"`
			} `json:"header"`
			Body struct {
				Elements []struct{ Content string } `json:"elements"`
			} `json:"body"`
		}
		s.must(json.Unmarshal([]byte(all[len(all)-1].Content), &card))
		if card.Header.Title.Content != row.title || len(card.Body.Elements) != 1 || card.Body.Elements[0].Content != row.body {
			t.Errorf("a card of %q: %+v", row.text, card)
		}
	}
}

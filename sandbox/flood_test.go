package sandbox_test

import (
	"strings"
	"testing"
	"time"

	"recallbot/sandbox"
)

func TestFlood(t *testing.T) {
	t.Parallel()
	s := open(t, sandbox.Config{})
	before := s.say(sandbox.SaySpec{Text: "quiet here"})
	ids, err := s.FloodOver(s.chat, "", 200, 0)
	s.must(err)
	kinds, texts := map[string]int{}, map[string]int{}
	all := s.Messages(s.chat)
	if len(all) != 201 || len(ids) != 200 || all[0].ID != before {
		t.Fatalf("%d messages, %d of the flood", len(all), len(ids))
	}
	for i, m := range all[1:] {
		if m.ID != ids[i] || m.Sender != s.other.ID {
			t.Fatalf("post %d is %s of %s", i, m.ID, m.Sender)
		}
		kinds[m.Type]++
		texts[m.Content]++
	}
	if kinds["interactive"] < 20 || kinds["text"] < 100 || len(texts) == 200 {
		t.Errorf("kinds %v, %d different ones of 200", kinds, len(texts))
	}
	own, err := s.FloodOver(s.chat, s.Bot().ID, 5, 5*time.Minute)
	s.must(err)
	m := mustMessage(t, s, own[0])
	if age := time.Since(m.Created); m.Sender != s.Bot().ID || age < 3*time.Minute || age > 6*time.Minute {
		t.Errorf("the first of a spread flood is %s old, of %s", age, m.Sender)
	}
	alone := s.group(sandbox.ChatSpec{Owner: s.owner.OpenID})
	for name, try := range map[string]func() error{
		"no other bot": func() error { _, err := s.Flood(alone, "", 1); return err },
		"no chat":      func() error { _, err := s.Flood("oc_nowhere", "", 1); return err },
		"none":         func() error { _, err := s.Flood(s.chat, "", 0); return err },
		"too many":     func() error { _, err := s.Flood(s.chat, "", 10_001); return err },
	} {
		if try() == nil {
			t.Errorf("%s: flooded", name)
		}
	}
	r := s.order("flood", map[string]any{"chat": s.chat, "count": 3})
	if made, _ := r.raw["ids"].([]any); len(made) != 3 {
		t.Errorf("by the page: %v", r.raw)
	}
}

func TestSayMentionsByName(t *testing.T) {
	t.Parallel()
	s := open(t, sandbox.Config{})
	h := listen(t, s)
	longer := s.AddUser("Mia Lee")
	s.must(s.AddMember(s.chat, longer.OpenID))
	id := s.say(sandbox.SaySpec{Text: "/recall clean --by @Mia Lee --by @Mia --bot @Daily Report @nobody", ByName: true})
	m := mustMessage(t, s, id)
	if m.Content != `{"text":"/recall clean --by @_user_1 --by @_user_2 --bot @_user_3 @nobody"}` {
		t.Errorf("content = %s", m.Content)
	}
	s.waitState("the event", func(st sandbox.State) bool { return st.Idle() })
	got := h.events("im.message.receive_v1")
	message, _ := got[len(got)-1].Event["message"].(map[string]any)
	mentions, _ := message["mentions"].([]any)
	want := []struct{ name, kind, id string }{
		{"Mia Lee", "user", longer.OpenID}, {"Mia", "user", s.member.OpenID}, {"Daily Report", "bot", s.other.OpenID},
	}
	if len(mentions) != len(want) {
		t.Fatalf("mentions = %v", mentions)
	}
	for i, w := range want {
		at, _ := mentions[i].(map[string]any)
		who, _ := at["id"].(map[string]any)
		if at["name"] != w.name || at["mentioned_type"] != w.kind || who["open_id"] != w.id {
			t.Errorf("mention %d = %v, want %v", i, at, w)
		}
	}
}

func TestCardContentTypes(t *testing.T) {
	t.Parallel()
	const content = `{"schema":"2.0","header":{"title":{"tag":"plain_text","content":"Sure?"}},"body":{"elements":[` +
		`{"tag":"markdown","content":"**12** posts"},{"tag":"button","text":{"tag":"plain_text","content":"Go"}}]}}`
	for _, extras := range []bool{false, true} {
		s := open(t, sandbox.Config{Extras: extras})
		id := s.post(sandbox.PostSpec{Type: "interactive", Content: content})
		for query, want := range map[string]string{
			"": `{"elements":[[{"tag":"text","text":"12 posts"}],[{"tag":"button","text":"Go"}]],"title":"Sure?"}`,
			"&card_msg_content_type=user_card_content": content,
		} {
			for _, path := range []string{
				messagesPath + "/" + id + "?user_id_type=open_id", messagesPath + "?container_id_type=chat&container_id=" + s.chat,
			} {
				r := s.call("GET", path+query, nil)
				items, _ := r.field("items").([]any)
				item, _ := items[0].(map[string]any)
				body, _ := item["body"].(map[string]any)
				sender, _ := item["sender"].(map[string]any)
				if body["content"] != want {
					t.Errorf("%s: %v, want %s", query, body["content"], want)
				}
				link, linked := item["message_app_link"].(string)
				if linked != extras || (sender["sender_name"] == "RecallBot") != extras || (extras && !strings.Contains(link, id)) {
					t.Errorf("extras %v: link %q, sender %v", extras, link, sender)
				}
			}
		}
	}
}

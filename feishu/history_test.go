package feishu_test

import (
	"net/url"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"recallbot/bot"
	"recallbot/feishu"
	"recallbot/sandbox"
)

func TestHistoryRequest(t *testing.T) {
	t.Parallel()
	const zero = 1717049990
	for _, tt := range []struct {
		name  string
		query bot.HistoryQuery
		want  map[string]string
	}{
		{"a chat", bot.HistoryQuery{Chat: "oc_1"}, map[string]string{"container_id_type": "chat", "container_id": "oc_1"}},
		{
			"a time, to the second",
			bot.HistoryQuery{Chat: "oc_1", Since: time.UnixMilli(zero*1000 + 999), Until: time.UnixMilli(zero*1000 + 1001), Page: "p2"},
			map[string]string{"container_id_type": "chat", "container_id": "oc_1", "start_time": strconv.Itoa(zero), "end_time": strconv.Itoa(zero + 2), "page_token": "p2"},
		},
		{
			"whole seconds",
			bot.HistoryQuery{Chat: "oc_1", Since: time.Unix(zero, 0), Until: time.Unix(zero, 0)},
			map[string]string{"container_id_type": "chat", "container_id": "oc_1", "start_time": strconv.Itoa(zero), "end_time": strconv.Itoa(zero)},
		},
		{
			"a topic knows no times",
			bot.HistoryQuery{Chat: "oc_1", Topic: "omt_1", Since: time.Unix(zero, 0), Until: time.Unix(zero, 0)},
			map[string]string{"container_id_type": "thread", "container_id": "omt_1"},
		},
	} {
		p := newPlatform(t, always(fakeReply{body: `{"code":0,"data":{"has_more":false,"page_token":"old","items":[]}}`}))
		page, err := newClient(p).History(t.Context(), tt.query)
		if err != nil || page.Next != "" || len(page.Messages) != 0 {
			t.Fatalf("%s: %+v, %v", tt.name, page, err)
		}
		want := url.Values{}
		for key, value := range tt.want {
			want.Set(key, value)
		}
		for key, value := range map[string]string{
			"page_size": "50", "sort_type": "ByCreateTimeDesc", "card_msg_content_type": "user_card_content", "with_sender_name": "true",
		} {
			want.Set(key, value)
		}
		asked, err := url.ParseQuery(p.seen()[0].Query)
		if diff := cmp.Diff(want, asked); diff != "" || err != nil {
			t.Errorf("%s: %v %s", tt.name, err, diff)
		}
	}
}

func TestHistoryResponse(t *testing.T) {
	t.Parallel()
	const items = `{"message_id":"om_1","chat_id":"oc_1","thread_id":"omt_1","root_id":"om_r","parent_id":"om_p","msg_type":"text","create_time":"1717049990123",` +
		`"sender":{"id":"cli_x","id_type":"app_id","sender_type":"app","sender_name":"Report","open_bot_id":"ou_bot"},"message_app_link":"https://l/?token=t",` +
		`"mentions":[{"key":"@_user_1","id":"ou_1","id_type":"open_id","name":"Tom"},null],"body":{"content":"{\"text\":\"hi @_user_1\"}"}},` +
		`null,{"message_id":""},{"message_id":"om_child","upper_message_id":"om_1"},` +
		`{"message_id":"om_2","chat_id":"oc_1","msg_type":"text","create_time":"1717049990000","deleted":true,"sender":{"id":"ou_1","sender_type":"user"},"body":{"content":"This message was recalled"}},` +
		`{"message_id":"om_3"},` +
		`{"message_id":"om_4","chat_id":"oc_1","msg_type":"interactive","sender":{"id":"cli_a1b2c3d4e5f60708","sender_type":"app"},"body":{"content":"{\"value\":{\"recallbot\": 1}}"}}`
	p := newPlatform(t, always(fakeReply{body: `{"code":0,"data":{"has_more":true,"page_token":"p2","items":[` + items + `]}}`}))
	got, err := newClient(p).History(t.Context(), bot.HistoryQuery{Chat: "oc_1"})
	want := bot.HistoryPage{Next: "p2", Messages: []bot.Seen{
		{
			Message: bot.Message{ID: "om_1", Chat: "oc_1", Kind: bot.KindBot, Sender: bot.HashOf("cli_x"), Thread: bot.HashOf("omt_1"), At: time.UnixMilli(1717049990123)},
			Topic:   "omt_1", Root: "om_r", Parent: "om_p", Type: "text", Body: `{"text":"hi @_user_1"}`, Text: "hi @Tom",
			Mentions: []bot.Mentioned{{Key: "@_user_1", ID: "ou_1"}}, From: "cli_x", Name: "Report", Open: "ou_bot", Link: "https://l/?token=t",
		},
		{
			Message: bot.Message{ID: "om_2", Chat: "oc_1", Kind: bot.KindPerson, Sender: bot.HashOf("ou_1"), At: time.UnixMilli(1717049990000), Gone: true},
			Type:    "text", From: "ou_1",
		},
		{Message: bot.Message{ID: "om_3"}, Opaque: true},
		{
			Message: bot.Message{ID: "om_4", Chat: "oc_1", Kind: bot.KindOwn, Answer: true}, Type: "interactive", From: "cli_a1b2c3d4e5f60708", Opaque: true,
			Body: `{"value":{"recallbot": 1}}`,
		},
	}}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v %s", err, diff)
	}
}

func TestHistoryErrors(t *testing.T) {
	t.Parallel()
	for _, code := range []int{230002, 230006, 230013, 230027, 230050, 230073, 231203, 231204, 232009, 99991672} {
		client := newClient(newPlatform(t, always(refusal(code))))
		_, err := client.History(t.Context(), bot.HistoryQuery{Chat: "oc_1"})
		if got := bot.Detail(err); got.Kind != bot.Denied || got.Code != code || got.LogID == "" {
			t.Errorf("history: %v", err)
		}
		if _, err := client.Pinned(t.Context(), "oc_1"); bot.KindOf(err) != bot.Denied {
			t.Errorf("pins: %v", err)
		}
	}
	endless := newClient(newPlatform(t, always(fakeReply{body: `{"code":0,"data":{"has_more":true,"page_token":"p","items":[{"message_id":"om_1"}]}}`})))
	if pins, err := endless.Pinned(t.Context(), "oc_1"); bot.KindOf(err) != bot.Denied || pins != nil {
		t.Errorf("endless pins: %v", err)
	}
}

func TestSandboxHistory(t *testing.T) {
	t.Parallel()
	s := newEnv(t, func(c *sandbox.Config, _ *feishu.Config) { c.Extras = true })
	s.feishu.Grant("im:message.group_msg")
	begin := time.Now().Add(-time.Hour).Truncate(time.Second)
	var posts []bot.MessageID
	for i := range 120 {
		posts = append(posts, s.post(t, sandbox.PostSpec{At: begin.Add(time.Duration(i) * time.Second)}))
	}
	reply := s.post(t, sandbox.PostSpec{ReplyTo: string(posts[119]), Thread: true})
	if err := s.client.Recall(t.Context(), posts[100]); err != nil {
		t.Fatal(err)
	}
	var found []bot.Seen
	query := bot.HistoryQuery{Chat: s.chat, Since: begin.Add(10 * time.Second), Until: begin.Add(119 * time.Second)}
	for pages := 1; ; pages++ {
		page, err := s.client.History(t.Context(), query)
		if err != nil {
			t.Fatal(err)
		}
		found = append(found, page.Messages...)
		if query.Page = page.Next; query.Page == "" {
			if pages != 3 {
				t.Errorf("%d pages", pages)
			}
			break
		}
	}
	slices.Reverse(found)
	for i, m := range found {
		switch {
		case m.ID != posts[i+10], m.Kind != bot.KindOwn, m.From != s.cfg.AppID, m.Name == "", m.Link == "", m.Gone != (i == 90), (m.Text == "a post") != (i != 90):
			t.Errorf("message %d: %+v", i, m)
		}
	}
	if len(found) != 110 {
		t.Errorf("%d messages", len(found))
	}
	root := found[len(found)-1]
	page, err := s.client.History(t.Context(), bot.HistoryQuery{Chat: s.chat, Topic: root.Topic})
	if err != nil || root.Topic == "" || len(page.Messages) != 2 || page.Messages[0].ID != reply || page.Messages[0].Root != root.ID {
		t.Errorf("the topic: %+v, %v", page, err)
	}
	s.feishu.Revoke("im:message.group_msg")
	if _, err := s.client.History(t.Context(), bot.HistoryQuery{Chat: s.chat}); bot.KindOf(err) != bot.Denied {
		t.Errorf("without the scope: %v", err)
	}
}

func TestSandboxPins(t *testing.T) {
	t.Parallel()
	s := newEnv(t)
	want := map[bot.MessageID]bool{}
	for i := range 110 {
		id := s.post(t, sandbox.PostSpec{})
		if i%2 == 0 {
			continue
		}
		want[id] = true
		if err := s.feishu.Pin(s.owner, string(id)); err != nil {
			t.Fatal(err)
		}
	}
	got, err := s.client.Pinned(t.Context(), s.chat)
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v %s", err, diff)
	}
}

func TestSandboxPost(t *testing.T) {
	t.Parallel()
	s := newEnv(t)
	s.feishu.Grant("im:message.group_msg")
	const card = `{"header":{"title":{"tag":"plain_text","content":"Build"}},"elements":[{"tag":"button","text":{"tag":"plain_text","content":"Stop"},"value":{"k":"secret"}}]}`
	id := s.post(t, sandbox.PostSpec{Type: "interactive", Content: card})
	got, err := s.client.Post(t.Context(), id)
	if err != nil || got.ID != id || got.Body != card || got.Text != "Build Stop" || got.Type != "interactive" {
		t.Errorf("%+v, %v", got, err)
	}
}

package feishu_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"recallbot/bot"
	"recallbot/sandbox"
)

// storedPost posts with our app and reads the post back.
func storedPost(t *testing.T, s *env, kind, body string, to bot.MessageID, thread bool) bot.Seen {
	t.Helper()
	id, err := s.feishu.Post(sandbox.PostSpec{
		Chat: string(s.chat), Type: kind, Content: body, ReplyTo: string(to), Thread: thread,
	})
	if err != nil {
		t.Fatal(err)
	}
	seen, err := s.client.Post(t.Context(), bot.MessageID(id))
	if err != nil {
		t.Fatal(err)
	}
	return seen
}

func archived(seen bot.Seen) bot.Archived {
	return bot.Archived{
		Message: seen.Message, Topic: seen.Topic, Root: seen.Root, Parent: seen.Parent, Type: seen.Type, Body: seen.Body,
		Mentions: seen.Mentions,
	}
}

func TestRepostContent(t *testing.T) {
	t.Parallel()
	s := newEnv(t)
	for _, row := range []struct {
		name, kind, body, want string
	}{
		{
			"text", "text", `{"text":"a @_user_1 b @_user_10 @_all"}`,
			`{"text":"a <at user_id=\"ou_1\"></at> b <at user_id=\"ou_10\"></at> <at user_id=\"all\"></at>\nMARK"}`,
		},
		{
			"flat rich text", "post", `{"title":"T","content":[[{"tag":"at","user_id":"@_user_1","user_name":"n"},{"tag":"img","image_key":"k"}]]}`,
			`{"zh_cn":{"title":"T","content":[[{"tag":"at","user_id":"ou_1"},{"tag":"img","image_key":"k"}],[{"tag":"text","text":"MARK"}]]}}`,
		},
		{
			"nested rich text", "post", `{"en_us":{"title":"T","content":[[{"tag":"text","text":"x"}]]}}`,
			`{"en_us":{"title":"T","content":[[{"tag":"text","text":"x"}],[{"tag":"text","text":"MARK"}]]}}`,
		},
		{"image", "image", `{"image_key":"img_1"}`, `{"image_key":"img_1"}`},
		{"file", "file", `{"file_key":"f","file_name":"a.txt"}`, `{"file_key":"f"}`},
		{"media", "media", `{"file_key":"f","image_key":"i","duration":3}`, `{"file_key":"f","image_key":"i"}`},
		{
			"card", "interactive", `{"elements":[{"tag":"hr"}]}`,
			`{"elements":[{"tag":"hr"},{"tag":"note","elements":[{"tag":"plain_text","content":"MARK"}]}]}`,
		},
		{
			"card 2.0", "interactive", `{"schema":"2.0","body":{"elements":[{"tag":"hr"}]}}`,
			`{"schema":"2.0","body":{"elements":[{"tag":"hr"},{"tag":"markdown","content":"MARK","text_size":"notation"}]}}`,
		},
		{
			"wrapped card", "interactive", `{"user_dsl":"{\"schema\":\"2.0\",\"body\":{\"elements\":[]}}"}`,
			`{"schema":"2.0","body":{"elements":[{"tag":"markdown","content":"MARK","text_size":"notation"}]}}`,
		},
		{"card of a template", "interactive", `{"type":"template","data":{"template_id":"AA"}}`, `{"type":"template","data":{"template_id":"AA"}}`},
		{"a card as it is drawn", "interactive", `{"title":"x","elements":[[{"tag":"text","text":"y"}]]}`, ""},
		{"a notice", "system", `{"template":"x"}`, ""},
		{"an image without its key", "image", `{}`, ""},
		{"no JSON", "text", `This message was recalled`, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			p := newPlatform(t, always(fakeReply{body: `{"code":0,"data":{"message_id":"om_new","chat_id":"oc_1","create_time":"1717049990000"}}`}))
			got, err := newClient(p).Repost(t.Context(), bot.Repost{
				Archived: bot.Archived{
					Message: bot.Message{ID: "om_1", Chat: s.chat, Kind: bot.KindOwn, Sender: 7}, Type: row.kind, Body: row.body,
					Mentions: []bot.Mentioned{{Key: "@_user_1", ID: "ou_1"}, {Key: "@_user_10", ID: "ou_10"}},
				},
				Note: "MARK", Key: "k",
			})
			if row.want == "" {
				if bot.KindOf(err) != bot.Invalid || len(p.seen()) != 0 {
					t.Fatalf("error %v after %d calls, want Invalid and none", err, len(p.seen()))
				}
				return
			}
			if err != nil || got.ID != "om_new" || got.Sender != 7 || got.Kind != bot.KindOwn {
				t.Fatalf("got %+v, %v", got, err)
			}
			var body struct {
				Content string `json:"content"`
				Type    string `json:"msg_type"`
			}
			if err := json.Unmarshal([]byte(p.seen()[0].Body), &body); err != nil || body.Type != row.kind {
				t.Fatalf("type %q, %v", body.Type, err)
			}
			var is, want any
			if err := json.Unmarshal([]byte(body.Content), &is); err != nil {
				t.Fatal(err)
			}
			if err := json.Unmarshal([]byte(row.want), &want); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, is); diff != "" {
				t.Errorf("content (-want +got):\n%s", diff)
			}
		})
	}
}

func TestSandboxRepost(t *testing.T) {
	t.Parallel()
	s := newEnv(t)
	s.feishu.Grant("im:message.group_msg")
	root := storedPost(t, s, "text", `{"text":"root"}`, "", false)
	inTopic := storedPost(t, s, "text", `{"text":"in the topic"}`, root.ID, true)
	other := storedPost(t, s, "text", `{"text":"another"}`, root.ID, true)
	if inTopic.Topic == "" || inTopic.Body != `{"text":"in the topic"}` || inTopic.Type != "text" {
		t.Fatalf("seen %+v", inTopic)
	}
	again := func(key string, to ...bot.MessageID) sandbox.Message {
		t.Helper()
		m, err := s.client.Repost(t.Context(), bot.Repost{Archived: archived(inTopic), To: to, Note: "(again)", Key: key})
		if err != nil {
			t.Fatal(err)
		}
		got, _ := s.feishu.Message(string(m.ID))
		return got
	}
	if err := s.client.Recall(t.Context(), inTopic.ID); err != nil {
		t.Fatal(err)
	}
	first := again("1", root.ID)
	if first.Thread != string(inTopic.Topic) || !strings.Contains(first.Content, "(again)") {
		t.Errorf("under the root: %+v", first)
	}
	if second := again("1", root.ID); second.ID != first.ID {
		t.Errorf("the same key posted %s and %s", first.ID, second.ID)
	}
	if err := s.client.Recall(t.Context(), root.ID); err != nil {
		t.Fatal(err)
	}
	if got := again("2", root.ID); got.Thread != string(inTopic.Topic) {
		t.Errorf("with the root gone it is in %q, want %q", got.Thread, inTopic.Topic)
	}
	plain := archived(other)
	plain.Topic, plain.Root, plain.Parent = "", "", ""
	m, err := s.client.Repost(t.Context(), bot.Repost{Archived: plain, To: []bot.MessageID{root.ID}, Key: "3"})
	if err != nil {
		t.Fatal(err)
	}
	if got, _ := s.feishu.Message(string(m.ID)); got.Thread != "" || got.Chat != string(s.chat) {
		t.Errorf("without a topic: %+v", got)
	}
}

func TestSandboxBatch(t *testing.T) {
	t.Parallel()
	s := newEnv(t)
	ctx := t.Context()
	if err := s.client.RecallBatch(ctx, "bm-unknown"); bot.Detail(err).Reason != bot.ReasonUnknownBatch {
		t.Errorf("unknown batch: %v", err)
	}
	_, err := s.client.BatchProgress(ctx, "bm-unknown")
	if bot.Detail(err).Reason != bot.ReasonUnknownBatch {
		t.Errorf("progress of an unknown batch: %v", err)
	}
	p := newPlatform(t, func(n int, _ seen) fakeReply {
		if n == 1 {
			return fakeReply{body: `{"code":0,"data":{},"msg":"ok"}`}
		}
		return fakeReply{body: `{"code":0,"data":{"batch_message_send_progress":{"valid_user_ids_count":204,"success_user_ids_count":200.0},"batch_message_recall_progress":{"recall":true,"recall_count":"100"}}}`}
	})
	client := newClient(p)
	if err := client.RecallBatch(ctx, "bm-1"); err != nil {
		t.Fatal(err)
	}
	progress, err := client.BatchProgress(ctx, "bm-1")
	if err != nil || progress != (bot.BatchProgress{Sent: 200, Recalled: 100, Begun: true}) {
		t.Errorf("progress %+v, %v", progress, err)
	}
	calls := p.seen()
	if calls[0].Method+calls[0].Path != "DELETE/open-apis/im/v1/batch_messages/bm-1" || calls[1].Path != "/open-apis/im/v1/batch_messages/bm-1/get_progress" {
		t.Errorf("asked %+v", calls)
	}
}

package feishu_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"recallbot/bot"
	"recallbot/feishu"
)

func TestPublish(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		post     bot.Outgoing
		query    string
		sent     sent
		limitKey string
	}{
		"to a chat": {
			bot.Outgoing{Chat: "oc_1", Type: "post", Body: `{"zh_cn":{}}`, Author: "ou_1", Key: "p_1"},
			"receive_id_type=chat_id",
			sent{"oc_1", "post", `{"zh_cn":{}}`, "p_1"},
			"chat.send:oc_1",
		},
		"to a person": {
			bot.Outgoing{To: "ou_2", Type: "text", Body: `{"text":"<at user_id=\"ou_3\"></at>"}`, Author: "ou_1", Key: "p_2"},
			"receive_id_type=open_id",
			sent{"ou_2", "text", `{"text":"<at user_id=\"ou_3\"></at>"}`, "p_2"},
			"chat.send:ou_2",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPlatform(t, always(fakeReply{body: postedBody}))
			var noted []bot.Message
			cfg := clientConfig(p.URL)
			cfg.OnPost = func(_ context.Context, m bot.Message, _ []bot.MessageID) { noted = append(noted, m) }
			limits := &limiter{}
			got, err := feishu.NewClient(cfg, limits, discardLog()).Publish(t.Context(), row.post)
			if err != nil {
				t.Fatal(err)
			}
			want := bot.Message{
				ID: "om_new", Chat: "oc_p2p", Kind: bot.KindOwn, Sender: bot.HashOf("ou_1"), Thread: bot.HashOf("omt_1"),
				At: time.UnixMilli(1717049990000),
			}
			if diff := cmp.Diff([]bot.Message{want, want}, append(noted, got)); diff != "" {
				t.Error(diff)
			}
			call := p.seen()[0]
			if diff := cmp.Diff(row.sent, decodeJSON[sent](t, call.Body)); diff != "" || call.Query != row.query {
				t.Errorf("asked with %q %s", call.Query, diff)
			}
			if slices.Index(limits.waits, row.limitKey) != 1 {
				t.Errorf("waited for %q", limits.waits)
			}
		})
	}
}

// TestPublishWithoutAnID: a response without a message id leaves open whether there is a message.
func TestPublishWithoutAnID(t *testing.T) {
	t.Parallel()
	p := newPlatform(t, always(fakeReply{body: `{"code":0,"msg":"ok","data":{}}`}))
	_, err := newClient(p).Publish(t.Context(), bot.Outgoing{Chat: "oc_1", Type: "text", Body: "{}", Key: "p_1"})
	if detail := bot.Detail(err); detail.Kind != bot.Unavailable || !detail.MayHaveActed {
		t.Errorf("Publish = %v", err)
	}
}

package feishu_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"recallbot/bot"
	"recallbot/feishu"
)

// badIDs would change the path, here or behind a gateway that decodes escapes.
func badIDs() []string {
	return []string{
		"", ".", "..", "...", "om_x/..", "../../im/v1/chats/oc_x", "bm-x/../..", "..;/x", "..;", "om_1/", "/om_1", "om_1?x=1", "om_1#x", "om_1%2f..",
		"%2e%2e", "om_1\\..", "om_1;x", "om_1 ", " om_1", "om_1\n", "om_1\x00", "om_１", "om_é", ".om_1", "-om_1", "_om_1", "om_1:recall", "~om_1",
		"om_" + strings.Repeat("a", 500),
	}
}

// TestBadIDsAreNotSent: no call with an invalid id reaches the platform.
func TestBadIDsAreNotSent(t *testing.T) {
	t.Parallel()
	p := newPlatform(t, always(fakeReply{body: `{"code":0,"msg":"success","data":{}}`}))
	client := feishu.NewClient(clientConfig(p.URL), &limiter{}, discardLog())
	for name, call := range map[string]func(ctx context.Context, id string) error{
		"recall":       func(ctx context.Context, id string) error { return client.Recall(ctx, bot.MessageID(id)) },
		"recall as":    func(ctx context.Context, id string) error { return client.RecallAs(ctx, "u-1", bot.MessageID(id)) },
		"recall batch": func(ctx context.Context, id string) error { return client.RecallBatch(ctx, bot.MessageID(id)) },
		"batch progress": func(ctx context.Context, id string) error {
			_, err := client.BatchProgress(ctx, bot.MessageID(id))
			return err
		},
		"message": func(ctx context.Context, id string) error {
			_, err := client.Message(ctx, bot.MessageID(id))
			return err
		},
		"post":  func(ctx context.Context, id string) error { _, err := client.Post(ctx, bot.MessageID(id)); return err },
		"react": func(ctx context.Context, id string) error { return client.React(ctx, bot.MessageID(id), "DONE") },
		"reply": func(ctx context.Context, id string) error {
			return client.Reply(ctx, bot.MessageID(id), "ou_1", "hi", "k")
		},
		"reply card": func(ctx context.Context, id string) error {
			_, err := client.PostCard(ctx, bot.Place{Message: bot.MessageID(id)}, "ou_1", bot.Card{}, "k")
			return err
		},
		"edit card": func(ctx context.Context, id string) error {
			return client.EditCard(ctx, bot.CardRef{ID: bot.MessageID(id)}, bot.Card{})
		},
		"repost": func(ctx context.Context, id string) error {
			_, err := client.Repost(ctx, bot.Repost{
				Archived: bot.Archived{Message: bot.Message{ID: "om_1", Chat: "oc_1"}, Type: "text", Body: `{"text":"hi"}`}, Key: "k", To: []bot.MessageID{bot.MessageID(id)},
			})
			return err
		},
		"chat": func(ctx context.Context, id string) error { _, err := client.Chat(ctx, bot.ChatID(id)); return err },
	} {
		for _, id := range badIDs() {
			if kind := bot.KindOf(call(t.Context(), id)); kind != bot.Invalid {
				t.Errorf("%s %q is %s", name, id, kind)
			}
		}
	}
	for _, call := range p.seen() {
		t.Errorf("the platform was called: %s %s", call.Method, call.Path)
	}
}

// TestIsSafePath: the transport checks the path too.
func TestIsSafePath(t *testing.T) {
	t.Parallel()
	for path, plain := range map[string]bool{
		"/open-apis/im/v1/messages/om_1": true, "/feishu%20proxy/open-apis/im/v1/messages/om_1/reactions": true, "/callback/ws/endpoint": true,
		"/open-apis/im/v1/messages/..%2Fx": false, "/open-apis/im/v1/messages/../x": false, "/open-apis/im/v1/messages//x": false,
		"/open-apis/im/v1/messages/": false, "/open-apis/im/v1/messages/a;b": false, "/open-apis/im/v1/messages/a%20b": false,
	} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodDelete, "https://open.feishu.cn"+path, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		if feishu.IsSafePath(req.URL) != plain {
			t.Errorf("%s is taken for plain: %t", path, !plain)
		}
	}
}

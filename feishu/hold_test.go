package feishu_test

import (
	"context"
	"net/http"
	"sync/atomic"
	"testing"

	"recallbot/bot"
	"recallbot/feishu"
)

// TestHeldCallsAreNotSent: with Hold, calls that change something succeed and are not sent; reads and token fetches
// are sent.
func TestHeldCallsAreNotSent(t *testing.T) {
	t.Parallel()
	p := newPlatform(t, always(fakeReply{body: `{"code":0,"msg":"ok","data":{"message_id":"om_new","chat_id":"oc_1"}}`}))
	var hold atomic.Bool
	var held []feishu.HeldCall
	posts := 0
	cfg := clientConfig(p.URL)
	cfg.Hold, cfg.OnHeld = hold.Load, func(c feishu.HeldCall) { held = append(held, c) }
	cfg.OnPost = func(context.Context, bot.Message, []bot.MessageID) { posts++ }
	client := feishu.NewClient(cfg, &limiter{}, discardLog())
	ref := bot.CardRef{ID: "om_card", Chat: "oc_1"}
	writes := map[string]func(ctx context.Context) error{
		"recall":  func(ctx context.Context) error { return client.Recall(ctx, "om_1") },
		"batch":   func(ctx context.Context) error { return client.RecallBatch(ctx, "bm-1") },
		"react":   func(ctx context.Context) error { return client.React(ctx, "om_1", "DONE") },
		"tell":    func(ctx context.Context) error { return client.Tell(ctx, "ou_1", "no", "k") },
		"reply":   func(ctx context.Context) error { return client.Reply(ctx, "om_1", "ou_1", "no", "k") },
		"whisper": func(ctx context.Context) error { return client.Whisper(ctx, "oc_1", "ou_1", "no") },
		"unsay":   func(ctx context.Context) error { return client.DropWhisper(ctx, ref) },
		"card": func(ctx context.Context) error {
			_, err := client.PostCard(ctx, bot.Place{Message: "om_1"}, "ou_1", bot.Card{}, "k")
			return err
		},
		"edit": func(ctx context.Context) error { return client.EditCard(ctx, ref, bot.Card{}) },
		"repost": func(ctx context.Context) error {
			m, err := client.Repost(ctx, bot.Repost{Key: "k", Archived: bot.Archived{
				Message: bot.Message{ID: "om_1", Chat: "oc_1"}, Type: "text", Body: `{"text":"hi"}`,
			}})
			if m.ID != "" {
				t.Errorf("a post that was not made has the id %s", m.ID)
			}
			return err
		},
	}
	hold.Store(true)
	for name, write := range writes {
		if err := write(t.Context()); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if len(held) != len(writes) || posts > 0 {
		t.Errorf("%d calls held back and %d posts told of, want %d and none", len(held), posts, len(writes))
	}
	_, _ = client.Chat(t.Context(), "oc_1") // the result does not matter here
	for _, call := range p.seen() {
		if call.Method != http.MethodGet {
			t.Errorf("%s %s was sent", call.Method, call.Path)
		}
	}
	if len(p.seen()) == 0 || p.fetched() == 0 {
		t.Error("nothing is read, or no token fetched")
	}
	hold.Store(false)
	if err := client.Recall(t.Context(), "om_1"); err != nil || p.seen()[len(p.seen())-1].Method != http.MethodDelete {
		t.Errorf("recalls are not sent again: %v", err)
	}
}

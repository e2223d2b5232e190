package feishu_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"recallbot/bot"
	"recallbot/feishu"
)

func TestInBulk(t *testing.T) {
	t.Parallel()
	p := newPlatform(t, always(fakeReply{body: `{"code":0,"msg":"success","data":{}}`}))
	single, bulkLimiter := &limiter{}, &limiter{}
	client := feishu.NewClient(clientConfig(p.URL), single, discardLog())
	bulk := client.InBulk(bulkLimiter)
	if err := bulk.Recall(t.Context(), "om_1"); err != nil {
		t.Fatal(err)
	}
	if left := time.Until(bulkLimiter.until); left > time.Second {
		t.Errorf("a bulk call waits up to %v for a slot", left)
	}
	if err := client.Recall(t.Context(), "om_2"); err != nil {
		t.Fatal(err)
	}
	if len(single.waits) != 1 || len(bulkLimiter.waits) != 1 {
		t.Errorf("waited %q, in bulk %q", single.waits, bulkLimiter.waits)
	}
	if p.fetched() != 1 {
		t.Errorf("%d tokens for one client", p.fetched())
	}
}

func TestSendLimits(t *testing.T) {
	t.Parallel()
	p := newPlatform(t, always(fakeReply{body: postedBody}))
	limits := &limiter{}
	cfg := clientConfig(p.URL)
	cfg.ChatOf = func(_ context.Context, id bot.MessageID) bot.ChatID {
		if id == "om_known" {
			return "oc_1"
		}
		return ""
	}
	client := feishu.NewClient(cfg, limits, discardLog())
	for _, send := range []struct {
		want []string
		do   func() error
	}{
		{[]string{"message.create", "chat.send:ou_1"}, func() error { return client.Tell(t.Context(), "ou_1", "x", "k") }},
		{[]string{"message.reply", "chat.send:oc_1"}, func() error { return client.Reply(t.Context(), "om_known", "ou_1", "x", "k") }},
		{[]string{"message.reply"}, func() error { return client.Reply(t.Context(), "om_other", "ou_1", "x", "k") }},
		{[]string{"chat.send:oc_1", "ephemeral.send"}, func() error { return client.Whisper(t.Context(), "oc_1", "ou_1", "x") }},
		{[]string{"message.patch", "message.edit:om_card"}, func() error {
			return client.EditCard(t.Context(), bot.CardRef{ID: "om_card"}, bot.Card{Title: "x"})
		}},
	} {
		limits.waits = nil
		if err := send.do(); err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(limits.waits, send.want) {
			t.Errorf("waited for %q, want %q", limits.waits, send.want)
		}
	}
	limits.refuse = &bot.Error{Kind: bot.RateLimited, RetryAfter: time.Second}
	calls := len(p.seen())
	if err := client.Tell(t.Context(), "ou_1", "x", "k"); bot.KindOf(err) != bot.RateLimited {
		t.Errorf("Tell = %v", err)
	}
	if len(p.seen()) != calls {
		t.Error("a send that has to wait was made")
	}
}

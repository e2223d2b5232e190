package app_test

import (
	"context"
	"testing"
	"time"

	"recallbot/app"
	"recallbot/bot"
	"recallbot/store/queue"
)

// TestARunEnds: a handler that waits too long is cancelled, so that its worker is free again.
func TestARunEnds(t *testing.T) {
	t.Parallel()
	var left time.Duration
	dispatcher, err := bot.NewDispatcher(bot.On("slow", func(bot.ChatLeft) bool { return true },
		func(ctx context.Context, _ bot.Delivery, _ bot.ChatLeft) error {
			deadline, _ := ctx.Deadline()
			left = time.Until(deadline)
			return nil
		}))
	if err != nil {
		t.Fatal(err)
	}
	item := queue.Item{ID: "e1", Kind: bot.TypeBotRemoved, Payload: []byte(`{"chat":"oc_1"}`)}
	if err := app.Handle(t.Context(), dispatcher, queue.Delivery{Item: item, Attempt: 1}); err != nil {
		t.Fatal(err)
	}
	if left <= 0 || left > time.Minute {
		t.Errorf("the handler may take %s, want some time and less than a minute", left)
	}
}

package cli

import (
	"context"
	"fmt"
	"text/tabwriter"
	"time"

	"recallbot/bot"
	"recallbot/store"
)

type indexCmd struct {
	Chat string `arg:"" help:"Chat id (oc_…)."`
}

func (i indexCmd) Run(r *run) error {
	if err := checkChat(i.Chat); err != nil {
		return err
	}
	return r.withTools(func(t *Tools) error { return t.Index(r.ctx, bot.ChatID(i.Chat)) })
}

// Index prints the messages that the index knows of a chat, newest first.
func (t *Tools) Index(ctx context.Context, chat bot.ChatID) error {
	messages, err := store.NewIndex(t.store).List(ctx, chat)
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(t.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "TIME\tMESSAGE\tKIND\tSENDER\tTHREAD")
	for _, m := range messages {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", m.At.Format(time.RFC3339Nano), m.ID, m.Kind, hashText(m.Sender), hashText(m.Thread))
	}
	if err := w.Flush(); err != nil {
		return err
	}
	fmt.Fprintf(t.out, "%d messages\n", len(messages))
	return nil
}

func hashText(m bot.Hash) string {
	if m == 0 {
		return "-"
	}
	return fmt.Sprintf("%010x", uint64(m))
}

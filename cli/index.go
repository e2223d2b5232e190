package cli

import (
	"context"
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"recallbot/bot"
	"recallbot/store"
)

func indexCommand(r *run) *cobra.Command {
	return &cobra.Command{
		Use: "index <chat>", Short: "Print what the index knows of a chat.", Args: r.checkArgs,
		Annotations: map[string]string{"chat": "Chat id (oc_…)."},
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := checkChat(args[0]); err != nil {
				return err
			}
			return r.withTools(cmd.Context(), func(t *Tools) error { return t.Index(cmd.Context(), bot.ChatID(args[0])) })
		},
	}
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

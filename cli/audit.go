package cli

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"recallbot/audit"
	"recallbot/bot"
	"recallbot/store"
)

func auditCommand(r *run) *cobra.Command {
	cmd := auditListCommand(r) // audit alone is audit list
	cmd.Use, cmd.Short = "audit [<command>]", "Print who recalled what; verify that nothing is missing."
	cmd.AddCommand(auditListCommand(r), auditVerifyCommand(r))
	return cmd
}

// auditListCommand reads from the API if a server is named, else from Redis.
func auditListCommand(r *run) *cobra.Command {
	var api apiFlags
	var chat string
	var n int
	var asJSON bool
	cmd := &cobra.Command{
		Use: "list", Short: "Print the newest records.", Args: r.checkArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if api.server() == "" {
				return r.withTools(cmd.Context(), func(t *Tools) error { return t.Audit(cmd.Context(), bot.ChatID(chat), n, asJSON) })
			}
			t, err := api.open(r, asJSON)
			if err != nil {
				return err
			}
			return t.Audit(cmd.Context(), chat, n)
		},
	}
	api.add(cmd)
	cmd.Flags().StringVar(&chat, "chat", "", "Only this `CHAT`.")
	cmd.Flags().IntVarP(&n, "n", "n", defaultRows, "`NUMBER` of records.")
	cmd.Flags().BoolVar(&asJSON, "json", false, "Print JSON lines.")
	return cmd
}

const auditHeader = "TIME\tWHO\tVIA\tCHAT\tMESSAGE\tRULE\tRESULT\tREASON\tCODE\tLOG ID\tMS\tWORDS"

// Audit prints the newest n records of a chat, or of all chats, newest first, as JSON lines or as a table.
func (t *Tools) Audit(ctx context.Context, chat bot.ChatID, n int, asJSON bool) error {
	entries, err := t.recent(ctx, chat, n)
	if err != nil {
		return err
	}
	if asJSON {
		return encodeLines(t.out, entries)
	}
	w := tabwriter.NewWriter(t.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, auditHeader)
	for _, e := range entries {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%d\t%s\t%d\t%s\n", e.At.Format(time.RFC3339), cmp.Or(string(e.Who), string(e.Token)), e.Via,
			e.Chat, e.Message, e.Rule, e.Result, e.Reason, e.Code, e.LogID, e.Latency, strings.Join(strings.Fields(e.Comment), " "))
	}
	return w.Flush()
}

// recent reads the newest n records page by page.
func (t *Tools) recent(ctx context.Context, chat bot.ChatID, n int) ([]audit.Entry, error) {
	var entries []audit.Entry
	log := store.NewAudit(t.store)
	for before := ""; len(entries) < n; before = entries[len(entries)-1].ID {
		page, err := log.Recent(ctx, chat, n-len(entries), before)
		if err != nil || len(page) == 0 {
			return entries, err
		}
		entries = append(entries, page...)
	}
	return entries, nil
}

// Audit prints the newest n records of a chat, or of all chats.
func (t *Terminal) Audit(ctx context.Context, chat string, n int) error {
	w := tabwriter.NewWriter(t.Out, 0, 0, 2, ' ', 0)
	if !t.JSON {
		fmt.Fprintln(w, auditHeader)
	}
	count := 0
	for e, err := range t.Bot.Audit(ctx, chat) {
		if err != nil {
			return withCode(err)
		}
		if count++; count > n {
			break
		}
		if t.JSON {
			if err := t.printJSON(e); err != nil {
				return withCode(err)
			}
			continue
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%d\t%s\t%d\t%s\n", e.At.Format(time.RFC3339), cmp.Or(e.Who, e.Token), e.Via, e.Chat,
			e.Message, e.Rule, e.Result, e.Reason, e.Code, e.LogID, e.LatencyMS, strings.Join(strings.Fields(e.Words), " "))
	}
	return withCode(w.Flush())
}

package cli

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"recallbot/audit"
	"recallbot/bot"
	"recallbot/store"
)

type auditCmd struct {
	List   auditListCmd   `cmd:"" default:"withargs" help:"Print the newest records."`
	Verify auditVerifyCmd `cmd:"" help:"Look whether records are missing or were changed: in Redis, or in files of JSON lines."`
}

type auditListCmd struct {
	apiFlags `embed:""`

	Chat string `help:"Only this chat." placeholder:"CHAT"`
	N    int    `short:"n" help:"How many records." default:"50"`
	JSON bool   `name:"json" help:"Print JSON lines."`
}

// Run reads from the API if a server is named, else from Redis.
func (c auditListCmd) Run(r *run) error {
	if c.server() == "" {
		return r.withTools(func(t *Tools) error { return t.Audit(r.ctx, bot.ChatID(c.Chat), c.N, c.JSON) })
	}
	t, err := c.open(r, c.JSON)
	if err != nil {
		return err
	}
	return t.Audit(r.ctx, c.Chat, c.N)
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

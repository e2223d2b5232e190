package cli

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"recallbot/client"
)

func recallsCommand(r *run) *cobra.Command {
	var api apiFlags
	var query client.RecallsQuery
	var state string
	var n int
	var asJSON bool
	cmd := &cobra.Command{
		Use: "recalls", Short: "List recalls, over the HTTP API.", Args: r.checkArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			t, err := api.open(r, asJSON)
			if err != nil {
				return err
			}
			query.State, query.PerPage = client.RecallState(state), min(n, maxPerPage)
			return t.Recalls(cmd.Context(), query, n)
		},
	}
	api.add(cmd)
	flags := cmd.Flags()
	flags.StringVar(&query.Group, "group", "", "Only those of the broadcast of this `NAME`.")
	flags.StringVar(&query.Chat, "chat", "", "Only those in this `CHAT`.")
	flags.StringVar(&state, "state", "", "Only those in this `STATE`, such as running or done.")
	flags.IntVarP(&n, "n", "n", defaultRows, "`NUMBER` of them.")
	flags.BoolVar(&asJSON, "json", false, "Print JSON lines.")
	return cmd
}

// Recalls prints the newest n recalls of a query.
func (t *Terminal) Recalls(ctx context.Context, q client.RecallsQuery, n int) error {
	list, err := collect(t.Bot.Recalls(ctx, q), n)
	if err != nil {
		return withCode(err)
	}
	if t.JSON {
		return withCode(printJSONLines(t, list))
	}
	w := tabwriter.NewWriter(t.Out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "RECALL\tKIND\tSTATE\tWHERE\tSETTLED\tTIME\tHOW")
	for _, r := range list {
		where := cmp.Or(r.Group, r.ChatID, "-")
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%d/%d\t%s\t%s\n", r.ID, r.Kind, r.State, where, r.Settled, r.Total,
			r.AskedAt.Format(time.RFC3339), cmp.Or(strings.Join(outcomes(r), ", "), "-"))
	}
	return withCode(w.Flush())
}

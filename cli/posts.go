package cli

import (
	"cmp"
	"context"
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"recallbot/client"
)

// defaultRows is how many rows the commands that list something print.
const defaultRows = 50

func postsCommand(r *run) *cobra.Command {
	var api apiFlags
	var query client.PostsQuery
	var state string
	var n int
	var asJSON bool
	cmd := &cobra.Command{
		Use: "posts", Short: "List posts, over the HTTP API.", Args: r.checkArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			t, err := api.open(r, asJSON)
			if err != nil {
				return err
			}
			query.State, query.PerPage = client.PostState(state), min(n, maxPerPage)
			return t.Posts(cmd.Context(), query, n)
		},
	}
	api.add(cmd)
	flags := cmd.Flags()
	flags.StringVar(&query.Group, "group", "", "Only the broadcast of this `NAME`.")
	flags.StringVar(&query.Author, "author", "", "Only those of this `USER`.")
	flags.StringVar(&query.Chat, "chat", "", "Only those in this `CHAT`.")
	flags.StringVar(&state, "state", "", "Only those in this `STATE`: queued, sent, failed, unsure, cancelled or recalled.")
	flags.IntVarP(&n, "n", "n", defaultRows, "`NUMBER` of them.")
	flags.BoolVar(&asJSON, "json", false, "Print JSON lines.")
	return cmd
}

// Posts prints the newest n posts of a query.
func (t *Terminal) Posts(ctx context.Context, q client.PostsQuery, n int) error {
	list, err := collect(t.Bot.Posts(ctx, q), n)
	if err != nil {
		return withCode(err)
	}
	if t.JSON {
		return withCode(printJSONLines(t, list))
	}
	return withCode(t.printPosts(list))
}

func (t *Terminal) printPosts(posts []client.Post) error {
	w := tabwriter.NewWriter(t.Out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "POST\tSTATE\tTO\tMESSAGE\tGROUP\tTIME\tWHY")
	for _, p := range posts {
		why := ""
		if p.Error != nil {
			why = failureText(p.Error.Reason, p.Error.Detail, p.Error.Code, p.Error.LogID)
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", p.ID, p.State, cmp.Or(p.ChatID, p.UserID, "-"), cmp.Or(p.MessageID, "-"),
			cmp.Or(p.Group, "-"), p.CreatedAt.Format(time.RFC3339), why)
	}
	return w.Flush()
}

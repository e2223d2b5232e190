package cli

import (
	"cmp"
	"context"
	"fmt"
	"text/tabwriter"
	"time"

	"recallbot/client"
)

type postsCmd struct {
	apiFlags `embed:""`

	Group  string `help:"Only this broadcast." placeholder:"NAME"`
	Author string `help:"Only this person's." placeholder:"USER"`
	Chat   string `help:"Only this chat." placeholder:"CHAT"`
	State  string `help:"Only those that are queued, sent, failed, unsure, cancelled or recalled." placeholder:"STATE"`
	N      int    `short:"n" help:"How many." default:"50"`
	JSON   bool   `name:"json" help:"Print JSON lines."`
}

func (c postsCmd) Run(r *run) error {
	t, err := c.open(r, c.JSON)
	if err != nil {
		return err
	}
	return t.Posts(r.ctx, client.PostsQuery{
		Group: c.Group, Author: c.Author, Chat: c.Chat, State: client.PostState(c.State), PerPage: min(c.N, maxPerPage),
	}, c.N)
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

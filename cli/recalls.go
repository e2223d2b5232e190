package cli

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"recallbot/client"
)

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

type recallsCmd struct {
	apiFlags `embed:""`

	Group string `help:"Only those of this broadcast." placeholder:"NAME"`
	Chat  string `help:"Only those in this chat." placeholder:"CHAT"`
	State string `help:"Only those in this state, such as running or done." placeholder:"STATE"`
	N     int    `short:"n" help:"How many." default:"50"`
	JSON  bool   `name:"json" help:"Print JSON lines."`
}

func (c recallsCmd) Run(r *run) error {
	t, err := c.open(r, c.JSON)
	if err != nil {
		return err
	}
	return t.Recalls(r.ctx, client.RecallsQuery{
		Group: c.Group, Chat: c.Chat, State: client.RecallState(c.State), PerPage: min(c.N, maxPerPage),
	}, c.N)
}

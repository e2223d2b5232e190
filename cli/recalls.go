package cli

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"strings"
	"text/tabwriter"
	"time"

	"recallbot/client"
)

// Recalls lists the newest n recalls that a query selects.
func (t *Terminal) Recalls(ctx context.Context, q client.RecallsQuery, n int) error {
	list, err := firstOf(t.Bot.Recalls(ctx, q), n)
	if err != nil {
		return exit(err)
	}
	if t.JSON {
		return exit(printLines(t, list))
	}
	w := tabwriter.NewWriter(t.Out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "RECALL\tKIND\tSTATE\tWHERE\tSETTLED\tTIME\tHOW")
	for _, r := range list {
		where := cmp.Or(r.Group, r.ChatID, "-")
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%d/%d\t%s\t%s\n", r.ID, r.Kind, r.State, where, r.Settled, r.Total,
			r.AskedAt.Format(time.RFC3339), cmp.Or(strings.Join(how(r), ", "), "-"))
	}
	return exit(w.Flush())
}

// firstOf reads up to n of a list.
func firstOf[T any](all iter.Seq2[T, error], n int) ([]T, error) {
	var list []T
	for item, err := range all {
		if err != nil {
			return nil, err
		}
		if len(list) == n {
			break
		}
		list = append(list, item)
	}
	return list, nil
}

// printLines prints a list as JSON lines.
func printLines[T any](t *Terminal, list []T) error {
	for _, item := range list {
		if err := t.json(item); err != nil {
			return err
		}
	}
	return nil
}

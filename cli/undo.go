package cli

import (
	"context"

	"github.com/spf13/cobra"
)

func undoCommand(r *run) *cobra.Command {
	var api apiFlags
	var detach, asJSON bool
	cmd := &cobra.Command{
		Use: "undo <job>", Short: "Post again what a recall took, over the HTTP API.", Args: r.checkArgs,
		Annotations: map[string]string{"job": "The recall's id."},
		RunE: func(cmd *cobra.Command, args []string) error {
			t, err := api.open(r, asJSON)
			if err != nil {
				return err
			}
			return t.Undo(cmd.Context(), args[0], detach)
		},
	}
	api.add(cmd)
	cmd.Flags().BoolVar(&detach, "detach", false, "Don't wait for the end.")
	cmd.Flags().BoolVar(&asJSON, "json", false, "Print JSON.")
	return cmd
}

// Undo posts the messages of a recall again.
func (t *Terminal) Undo(ctx context.Context, id string, detach bool) error {
	begun, err := t.Bot.Undo(ctx, id)
	if err != nil {
		return withCode(err)
	}
	return withCode(t.follow(ctx, begun, detach))
}

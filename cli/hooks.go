package cli

import (
	"github.com/spf13/cobra"

	"recallbot/app"
)

func hooksCommand(r *run) *cobra.Command {
	cmd := &cobra.Command{Use: "hooks <command>", Short: "Look after webhooks.", Args: r.checkArgs, RunE: commandMissing}
	cmd.AddCommand(&cobra.Command{
		Use: "secret <team>", Short: "Print the secret that signs the webhooks of a team's own addresses.", Args: r.checkArgs,
		Annotations: map[string]string{"team": "The team, as its tokens name it."},
		RunE: func(_ *cobra.Command, args []string) error {
			config, err := r.load()
			if err != nil {
				return err
			}
			return app.HookSecret(config, args[0], r.out)
		},
	})
	return cmd
}

package cli

import (
	"github.com/spf13/cobra"
)

func completionCommand(r *run) *cobra.Command {
	shells := []string{"bash", "zsh", "fish"}
	return &cobra.Command{
		Use: "completion <shell>", Short: "Print what completes commands in a shell.", Args: r.checkArgs,
		Annotations: map[string]string{"shell": "bash, zsh or fish."}, ValidArgs: shells,
		RunE: func(cmd *cobra.Command, args []string) error {
			const describe = true
			switch shell := args[0]; shell {
			case "bash":
				return cmd.Root().GenBashCompletionV2(r.out, describe)
			case "zsh":
				return cmd.Root().GenZshCompletion(r.out)
			case "fish":
				return cmd.Root().GenFishCompletion(r.out, describe)
			default:
				return usageFault(cmd, noneOf("<shell>", shells, shell))
			}
		},
	}
}

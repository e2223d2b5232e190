package cli

import (
	"context"
	"io"
	"os"

	"github.com/spf13/cobra"

	"recallbot/app"
	"recallbot/bot"
)

// maxEvent is larger than any event, in bytes.
const maxEvent = 1 << 20

func simulateCommand(r *run) *cobra.Command {
	return &cobra.Command{
		Use: "simulate <event>", Short: "Print what the bot would do about an event, and why, without doing it.", Args: r.checkArgs,
		Annotations: map[string]string{"event": "File with the event as the platform sent it, encrypted or not; - for standard input."},
		RunE:        func(cmd *cobra.Command, args []string) error { return r.simulate(cmd.Context(), fullPath(args[0])) },
	}
}

func (r *run) simulate(ctx context.Context, event string) error {
	config, err := r.load()
	if err != nil {
		return err
	}
	var file io.Reader = os.Stdin
	if event != "-" {
		opened, err := os.Open(event) //nolint:gosec // the path is the caller's own
		if err != nil {
			return &Exit{CodeUsage, fileFault(event, err)}
		}
		defer func() { _ = opened.Close() }()
		file = opened
	}
	text, err := io.ReadAll(io.LimitReader(file, maxEvent+1))
	if err != nil {
		return &Exit{CodeUsage, fileFault(event, err)}
	}
	if len(text) > maxEvent {
		return bot.WrongSetting("", "%s is larger than %d bytes", event, maxEvent)
	}
	return app.Simulate(ctx, config, text, r.out)
}

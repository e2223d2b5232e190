package cli

import (
	"context"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"github.com/spf13/cobra"

	"recallbot/app"
)

const (
	// gcPercent lets the heap grow to five times its live size: intake makes much short-lived garbage. GOGC overrides it.
	gcPercent = 400
	// memoryLimit is the soft limit above which garbage is collected more often. Unauthenticated clients can raise the use
	// to 256 MiB at most. GOMEMLIMIT overrides it.
	memoryLimit = 160 << 20
)

func serveCommand(r *run) *cobra.Command {
	return &cobra.Command{
		Use: "serve", Short: "Run the bot.", Args: r.checkArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return r.serve(cmd.Context()) },
	}
}

func (r *run) serve(ctx context.Context) error {
	hangup := make(chan os.Signal, 1)
	signal.Notify(hangup, syscall.SIGHUP)
	defer signal.Stop(hangup)
	source := app.NewSource(r.config, os.Environ(), hangup)
	config, err := source.Load()
	if err != nil {
		return err
	}
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(memoryLimit)
	}
	config.Telemetry.Version = r.program.build().Version
	log := app.NewLogger(os.Stderr, config.Log)
	running, err := app.New(ctx, config, source, log)
	if err != nil {
		return err
	}
	return running.Run(ctx)
}

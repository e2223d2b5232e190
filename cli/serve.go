package cli

import (
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"recallbot/app"
)

const (
	// gcPercent lets the heap grow to five times its live size: intake makes much short-lived garbage. GOGC overrides it.
	gcPercent = 400
	// memoryLimit is the soft limit above which garbage is collected more often. Unauthenticated clients can raise the use
	// to 256 MiB at most. GOMEMLIMIT overrides it.
	memoryLimit = 160 << 20
)

type serveCmd struct{}

func (serveCmd) Run(r *run) error {
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
	running, err := app.New(r.ctx, config, source, log)
	if err != nil {
		return err
	}
	return running.Run(r.ctx)
}

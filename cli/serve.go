package cli

import (
	"os"
	"os/signal"
	"recallbot/app"
	"runtime/debug"
	"syscall"
)

const (
	// lazyGC lets the heap grow to five times what lives in it before it is collected: intake makes much garbage and keeps
	// nothing. GOGC in the environment wins.
	lazyGC = 400
	// softMemory is what the process takes before garbage is collected sooner: strangers can make it hold 256 MiB at most.
	// GOMEMLIMIT in the environment wins.
	softMemory = 160 << 20
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
		debug.SetGCPercent(lazyGC)
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(softMemory)
	}
	config.Telemetry.Version = r.program.build().Version
	log := app.NewLogger(os.Stderr, config.Log)
	running, err := app.New(r.ctx, config, log)
	if err != nil {
		return err
	}
	running.Follow(source)
	return running.Run(r.ctx)
}

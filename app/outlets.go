package app

import (
	"context"
	"crypto/rand"
	"time"

	"recallbot/store"
)

// The outlets of the audit.
const (
	outletFile = "file"

	// fileLife is how long the file stays with a replica that is heard of no more.
	fileLife = 4 * time.Second
)

// openOutlets makes the ways by which records leave the audit, as configured.
func (a *App) openOutlets() error {
	if path := a.config.Audit.File; path != "" {
		file, err := openAuditFile(path)
		if err != nil {
			return err
		}
		a.push("audit", file.lines.Close)
		a.outlet(outletFile, fileLife, file.send)
	}
	return nil
}

func (a *App) outlet(name string, life time.Duration, send func(context.Context, batch) error) {
	a.outlets = append(a.outlets, &outlet{
		name: name, kept: store.NewOutlet(a.store, name), send: send, holder: rand.Text(), life: life,
		metrics: a.metrics.out, log: a.log, now: time.Now, wake: make(chan struct{}, 1),
	})
}

// Package app wires the parts together and runs them. It is the only package that imports all others.
package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"recallbot/app/doctor"
	"recallbot/bot"
	"recallbot/consent"
	"recallbot/feishu"
	"recallbot/recall/jobs"
	"recallbot/recall/watch"
	"recallbot/store"
	"recallbot/web"
)

const (
	// grace is how long running work may take at shutdown, while the server answers its open requests (3 s). With the time in
	// which the queue stops the rest and saves results (3 s), and the exporters (1.5 s), a shutdown takes less than 10 s, whether
	// Redis answers or not.
	grace = 5 * time.Second
	// keepTimeout bounds the storing of an event of the websocket; the platform expects an answer within 3 s.
	keepTimeout = 1200 * time.Millisecond
	// tokenEvery is the time between tries to get a token.
	tokenEvery = 10 * time.Second
	// startPatience is how long New waits for Redis.
	startPatience = 15 * time.Second
)

// App is a bot that can be run once.
type App struct {
	config     Config
	source     *Source // nil where the configuration is not read again
	live       *live
	log        *slog.Logger
	metrics    *metrics
	store      *store.Store
	client     *feishu.Client
	opener     *feishu.Opener
	doctor     *doctor.Doctor
	index      *store.Index
	settings   *store.Settings
	owners     *consent.Service // nil where owners can't authorise us
	intake     tracedIntake
	dispatcher *bot.Dispatcher
	poller     *watch.Poller
	jobs       *jobs.Engine
	leaving    chan struct{} // closed at shutdown: then jobs stop after the page under way
	consumers  []*consumer
	exporters  []*exporter
	server     *web.Server
	socket     *feishu.Socket // nil where events come over the webhook
	listener   net.Listener
	cleanups   cleanups
}

// openStore opens the store. It waits up to startPatience for Redis, which may be starting too.
func openStore(ctx context.Context, config Config, open storeOpener, log *slog.Logger) (*store.Store, error) {
	patience, cancel := context.WithTimeout(ctx, startPatience)
	defer cancel()
	away := bot.NewIncident(log, slog.LevelWarn, "waiting for redis", "redis answers")
	for {
		opened, err := open(ctx, config.Redis, config.Store, log)
		if away.Report(ctx, "", err); bot.KindOf(err) != bot.Unavailable {
			return opened, err
		}
		if bot.Sleep(patience, time.Second) != nil {
			return nil, err
		}
	}
}

// Addr is where the server listens.
func (a *App) Addr() string { return a.listener.Addr().String() }

// Run serves until ctx is done. Then it stops in order: it takes no more events, answers the open requests, lets the workers finish
// or give back their items, exports the last records, and closes.
func (a *App) Run(ctx context.Context) error {
	a.greet(ctx)
	front, stopFront := context.WithCancel(ctx)
	back, stopBack := context.WithCancel(context.WithoutCancel(ctx))
	defer stopFront()
	defer stopBack()
	out, stopOut := context.WithCancel(context.WithoutCancel(ctx))
	defer stopOut()
	var intake, workers, exports errgroup.Group
	for _, o := range a.exporters {
		exports.Go(func() error { o.run(out); return nil })
	}
	for _, c := range a.consumers {
		workers.Go(func() error {
			defer stopFront()
			return c.run(back)
		})
	}
	workers.Go(func() error { a.index.RunSweeper(back); return nil })
	workers.Go(func() error { a.follow(front); return nil })
	workers.Go(func() error { a.settings.Run(back); return nil })
	workers.Go(func() error { a.poller.Run(front); return nil })
	workers.Go(func() error { a.learnSelf(back); return nil })
	workers.Go(func() error { a.client.MaintainToken(back, tokenEvery); return nil })
	if a.owners != nil {
		workers.Go(func() error { a.owners.Run(back); return nil })
	}
	a.meet(front)
	intake.Go(func() error {
		defer stopFront()
		return a.server.Serve(front, a.listener)
	})
	if a.socket != nil {
		intake.Go(func() error {
			defer stopFront()
			return a.socket.Run(front)
		})
	}
	leave := sync.OnceFunc(func() { close(a.leaving); stopBack() })
	workers.Go(func() error {
		select {
		case <-a.server.Closing():
			leave()
		case <-back.Done():
		}
		return nil
	})
	err := intake.Wait()
	leave()
	err = errors.Join(err, workers.Wait())
	stopOut()
	err = errors.Join(err, exports.Wait(), a.Close())
	a.log.InfoContext(ctx, "stopped")
	return err
}

// Close undoes New.
func (a *App) Close() error {
	err := a.cleanups.run()
	a.cleanups = nil
	return err
}

// cleanups are what must be undone, each with a name for its error.
type cleanups []cleanup

type cleanup struct {
	name string
	do   func() error
}

func (c *cleanups) push(name string, do func() error) { *c = append(*c, cleanup{name, do}) }

// run undoes all, the newest first.
func (c cleanups) run() error {
	var errs []error
	for _, one := range slices.Backward(c) {
		if err := one.do(); err != nil {
			errs = append(errs, fmt.Errorf("close %s: %w", one.name, err))
		}
	}
	return errors.Join(errs...)
}

// Package app wires the parts together and runs them: the only package that knows all the others. It can be embedded:
// the scenarios start it on port 0.
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
	"recallbot/app/telemetry"
	"recallbot/bot"
	"recallbot/consent"
	"recallbot/feishu"
	"recallbot/handlers"
	"recallbot/post"
	"recallbot/post/alert"
	"recallbot/recall"
	"recallbot/recall/jobs"
	"recallbot/recall/policy"
	"recallbot/recall/search"
	"recallbot/store"
	"recallbot/store/queue"
	"recallbot/web"
)

const (
	// grace is how long running work may finish at shutdown, while the server answers the requests that it has (3 s). With what
	// the queue then takes to end the rest and to write down what became of it (3 s), and the outlets (1.5 s), it stays below
	// 10 s, whether Redis answers or not.
	grace = 5 * time.Second
	// keepTimeout is how long an event of the websocket may take to be kept; the platform wants its answer within 3 s.
	keepTimeout = 1200 * time.Millisecond
	// tokenEvery is how often a token that can't be had is asked for again.
	tokenEvery = 10 * time.Second
	// startPatience is how long a start waits for Redis.
	startPatience = 15 * time.Second
)

// App is a bot that can be run once.
type App struct {
	config     Config
	log        *slog.Logger
	metrics    *metrics
	store      *store.Store
	index      *store.Index
	settings   *store.Settings
	replies    *store.Answers
	client     *feishu.Client
	doctor     *doctor.Doctor
	opener     *feishu.Opener
	live       live
	watch      *simulation // nil but in a simulation
	tracer     *telemetry.Tracer
	source     *Source
	intake     tracedKeeper
	queues     map[string]*queue.Queue
	consumers  []*consumer
	dispatcher *bot.Dispatcher
	jobs       *jobs.Engine
	leaving    chan struct{} // closed when steps are to give their jobs back
	hooks      *outbox
	exporters  []*exporter
	posting    *post.Poster
	alerts     *alert.Service
	owners     *consent.Service
	server     *web.Server
	socket     *feishu.Socket // nil where events come over the webhook
	listener   net.Listener
	cleanups   []cleanup
}

// cleanup is what must be undone, with a name for its error.
type cleanup struct {
	name string
	do   func() error
}

// New makes a bot from a valid configuration and begins to listen; it answers once Run runs. What exists already is
// closed when something fails. After New, either Run or Close must be called.
func New(ctx context.Context, config Config, log *slog.Logger) (*App, error) {
	a := &App{config: config, log: log, metrics: newMetrics()}
	if err := a.build(ctx); err != nil {
		return nil, errors.Join(err, a.Close())
	}
	return a, nil
}

// build is one straight line: each part is made after those it needs.
func (a *App) build(ctx context.Context) error {
	if err := a.openTracer(ctx); err != nil {
		return err
	}
	if err := a.openDebug(ctx); err != nil {
		return err
	}
	opened, err := a.openStore(ctx)
	if err != nil {
		return err
	}
	a.store = opened
	a.store.Observe(a.metrics.redis)
	a.push("store", a.store.Close)
	if a.queues, err = openQueues(a.config, a.store, a.metrics, a.log); err != nil {
		return err
	}
	a.leaving = make(chan struct{})
	a.index = store.NewIndex(a.store)
	a.settings = store.NewSettings(a.store)
	a.replies = store.NewAnswers(a.store)
	booked := bookedIndex{a.index, store.NewPosts(a.store)}

	settings := a.config.Feishu
	settings.Observe, settings.OnPost, settings.ChatOf = a.metrics.api, a.remember, chatOf(a.index)
	a.live.dryRun.Store(a.config.DryRun)
	settings.Hold = a.live.dryRun.Load
	a.watch.calls(&settings)
	a.traceCalls(&settings)
	settings.TokenCache = store.NewTenant(a.store, bot.AppID(settings.AppID))
	settings.Owners = a.config.Owner.On()
	limiter := store.NewLimiter(a.store)
	a.client = feishu.NewClient(settings, measuredLimiter{limiter, a.metrics}, a.log)
	bulk := a.client.InBulk(measuredLimiter{limiter.Bulk(), a.metrics})
	a.opener = feishu.NewOpener(settings)
	a.live.opener = a.opener

	if err := a.openHooks(); err != nil {
		return err
	}
	if err := a.openExporters(); err != nil {
		return err
	}
	tokens := store.NewTokens(a.store)
	records := &auditLog{store.NewAudit(a.store), a.exporters, a.metrics.out}

	roleCache := store.NewRoles(a.store)
	roles := recall.NewRoles(a.client, roleCache, a.config.Policy.RolesTTL, time.Now)
	a.live.roles = roles
	self := bot.AppID(settings.AppID)
	rules, door := recall.Config{Self: self, DryRun: a.config.DryRun, Observe: a.watch.decisions(a.metrics.recall)}, recall.Deps{
		Decision: recall.DecisionDeps{
			Policy: policy.New(a.config.Policy.Config), Roles: roles, Settings: a.settings, Posts: booked.posts, Tokens: tokens,
		},
		Platform: a.client, Index: booked, Audit: records, Once: store.NewOnce(a.store), Log: a.log, Now: time.Now,
	}
	archive, err := newArchive(a.store, a.config.Archive)
	if err != nil {
		return err
	}
	if a.owners, err = a.newOwners(records); err != nil {
		return err
	}
	addClient(&door, a.client, archive)
	addGrants(&door, a.owners, a.client)
	recaller := a.live.recaller(rules, door)
	addClient(&door, bulk, archive)
	addGrants(&door, a.owners, bulk)
	bulkDoor := a.live.recaller(rules, door)

	a.doctor = &doctor.Doctor{
		Config: settings, Client: a.client, Store: a.store, Recaller: recaller, Address: a.Addr, PublicURLs: a.config.PublicURLs(a.redirect),
	}
	chosen := selects{search.NewSelector(bulk, a.index, self, a.log), bulkDoor, a.settings}
	behaviours := chatDeps{
		recaller: recaller, roles: roles, roleCache: roleCache, posts: booked.posts, selects: chosen, archive: chatArchive(archive),
	}
	if a.posting, err = newPosting(postingParts{
		config: a.config, store: a.store, book: booked.posts, index: booked, client: bulk, door: bulkDoor, tokens: tokens,
		buttons: &a.live.chat, dryRun: a.live.dryRun.Load, metrics: a.metrics, log: a.log, work: postWork{a.queues[postsQueue], a.queues[timersQueue]},
	}); err != nil {
		return err
	}
	a.jobs = newJobs(jobParts{
		config: a.config.Queue, store: a.store, queue: a.queues[jobsQueue], index: a.index, recaller: bulkDoor, leaving: a.leaving, archive: door.Archive.Writer, board: &a.live.chat,
		selects: chosen, settings: a.settings, groups: groups{booked.posts, a.posting}, workers: a.workers(bulkDoor, bulk, archive), ended: a.hooks.ended,
		metrics: a.metrics, log: a.log, tracer: a.tracer, watch: a.watch,
	})
	makeChat := func(config handlers.Config) (*chatParts, error) { return a.newChat(config, behaviours) }
	if a.dispatcher, err = a.live.begin(a.config, makeChat, a.log); err != nil {
		return err
	}
	a.alerts = newAlerts(a, booked.posts)
	if a.consumers, err = newConsumers(a.config, a.queues, map[string]worker{
		WorkQueue: eventWorker(a.dispatcher, a.config.Queue.MaxAttempts), jobsQueue: jobWorker(a.jobs), hooksQueue: {handle: a.hooks.handle},
		postsQueue: postWorker(a.posting), timersQueue: postWorker(a.posting), alertsQueue: alertWorker(a.alerts),
	}, a.tracer, a.log); err != nil {
		return err
	}
	a.intake = tracedKeeper{bot.NewIntake(booked, roleCache, eventQueue{a.queues[WorkQueue], a.tracer}, a.dispatcher), a.tracer}
	ready := map[string]func(context.Context) error{"redis": a.store.Writable, "token": a.tokenReady}
	a.listenOverSocket(ready)
	api := a.newAPI(booked.posts, tokens, recaller, chosen, archive)
	a.server = web.New(web.Deps{ //nolint:contextcheck // the API's own page is read when it is asked for
		API: api, TrustedProxies: a.config.Server.TrustedProxies,
		Opener: a.opener, Intake: a.intake, Answer: feishu.Answer, Metrics: a.metrics.handler(), Observe: a.metrics.event,
		Logger: a.log, Ready: ready, DrainDelay: a.config.Server.DrainDelay, Consent: a.oauthCallback(),
	})
	a.metrics.beginRequests(a.server.Operations())
	return a.listen(ctx)
}

// openStore waits a little for a Redis that is just starting too.
func (a *App) openStore(ctx context.Context) (*store.Store, error) {
	patience, cancel := context.WithTimeout(ctx, startPatience)
	defer cancel()
	away := bot.NewIncident(a.log, slog.LevelWarn, "redis is not there yet", "redis is there")
	for {
		opened, err := a.watch.opener()(ctx, a.config.Redis, a.config.Store, a.log)
		if away.Report(ctx, "", err); bot.KindOf(err) != bot.Unavailable {
			return opened, err
		}
		if bot.Sleep(patience, time.Second) != nil {
			return nil, err
		}
	}
}

func (a *App) listen(ctx context.Context) error {
	listener, err := listenAt(ctx, "server.listen", a.config.Server.Listen)
	if err != nil {
		return err
	}
	a.listener = listener
	a.push("listener", func() error {
		if err := listener.Close(); !errors.Is(err, net.ErrClosed) {
			return err
		}
		return nil
	})
	return nil
}

// Addr is where the server listens.
func (a *App) Addr() string { return a.listener.Addr().String() }

// Run serves until ctx is done, then ends in order: take no more events, answer the running requests and let the workers
// finish or give back, send the last records out, close.
func (a *App) Run(ctx context.Context) error {
	a.greet(ctx)
	front, stopFront := context.WithCancel(ctx)
	back, stopBack := context.WithCancel(context.WithoutCancel(ctx))
	defer stopFront()
	defer stopBack()
	out, stopOut := context.WithCancel(context.WithoutCancel(ctx))
	defer stopOut()
	var intake, workers, outlets errgroup.Group
	for _, o := range a.exporters {
		outlets.Go(func() error { o.run(out); return nil })
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
	err = errors.Join(err, outlets.Wait(), a.Close())
	a.log.InfoContext(ctx, "stopped")
	return err
}

// Close undoes New, the newest first.
func (a *App) Close() error {
	var errs []error
	for _, c := range slices.Backward(a.cleanups) {
		if err := c.do(); err != nil {
			errs = append(errs, fmt.Errorf("close %s: %w", c.name, err))
		}
	}
	a.cleanups = nil
	return errors.Join(errs...)
}

func (a *App) push(name string, do func() error) {
	a.cleanups = append(a.cleanups, cleanup{name, do})
}

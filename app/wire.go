package app

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"strings"
	"time"

	"recallbot/app/doctor"
	"recallbot/app/telemetry"
	"recallbot/bot"
	"recallbot/consent"
	"recallbot/feishu"
	"recallbot/handlers"
	"recallbot/handlers/text"
	"recallbot/hooks"
	"recallbot/post"
	"recallbot/post/alert"
	"recallbot/recall"
	"recallbot/recall/jobs"
	"recallbot/recall/search"
	"recallbot/recall/watch"
	"recallbot/store"
	"recallbot/store/queue"
	"recallbot/web"
)

// New makes a bot from a valid configuration and begins to listen; it answers once Run runs. If it fails, it closes what it
// has opened. After New, either Run or Close must be called. With a source, Run reads the configuration again when that changes.
func New(ctx context.Context, config Config, source *Source, log *slog.Logger) (*App, error) {
	return build(ctx, config, source, log, nil)
}

// build makes each part after those that it needs. Sim is nil, except in a simulation.
//
//nolint:cyclop // straight down; its branches are the errors of constructors
func build(ctx context.Context, config Config, source *Source, log *slog.Logger, sim *simulation) (_ *App, err error) {
	var undo cleanups
	defer func() {
		if err != nil {
			err = errors.Join(err, undo.run())
		}
	}()

	// What others report to, Redis, and the queues.
	m := newMetrics()
	live, err := newLive(config)
	if err != nil {
		return nil, err
	}
	tracer, err := telemetry.New(ctx, config.Telemetry, log)
	if err != nil {
		return nil, err
	}
	undo.push("telemetry", func() error { flush(ctx, tracer, log); return nil })
	if err := openDebug(ctx, config.Server.DebugListen, log, &undo); err != nil {
		return nil, err
	}
	opened, err := openStore(ctx, config, sim.opener(), log)
	if err != nil {
		return nil, err
	}
	undo.push("store", opened.Close)
	opened.Observe(m.redis)
	queues, err := openQueues(config, opened, m, log)
	if err != nil {
		return nil, err
	}
	listener, err := listenAt(ctx, "server.listen", config.Server.Listen)
	if err != nil {
		return nil, err
	}
	undo.push("listener", func() error { return closeListener(listener) })
	address := func() string { return listener.Addr().String() }
	redirect := func() string { return config.Owner.Redirect(address) }

	messages, settings, answered, roleCache := store.NewIndex(opened), store.NewSettings(opened), store.NewAnswers(opened), store.NewRoles(opened)
	posts, tokens, once, stored := store.NewPosts(opened), store.NewTokens(opened), store.NewOnce(opened), store.NewJobs(opened)
	work := postWork{queues[postsQueue], queues[timersQueue]}
	index := postIndex{messages, posts, work}
	orders, err := store.NewOrders(opened, config.Archive)
	if err != nil {
		return nil, err
	}
	archive, err := newArchive(opened, config.Archive)
	if err != nil {
		return nil, err
	}

	// The audit and the webhooks.
	sender, err := hooks.NewSender(config.Hooks, time.Now)
	if err != nil {
		return nil, err
	}
	undo.push("hooks", sender.Close)
	webhooks := &outbox{config: config.Hooks, post: sender.Send, queue: queues[hooksQueue], log: log}
	exporters, err := openExporters(config, opened, sender.Send, m.out, log, &undo)
	if err != nil {
		return nil, err
	}
	records := &auditLog{store.NewAudit(opened), exporters, m.out}

	// The platform.
	self := bot.AppID(config.Feishu.AppID)
	platform := config.Feishu
	platform.MaxAge, platform.Hold, platform.Observe = live.maxEventAge, live.dryRun, m.api
	platform.OnPost, platform.ChatOf = rememberPost(messages, answered, log), chatOf(messages)
	platform.TokenCache, platform.Owners = store.NewTenant(opened, self), config.Owner.On()
	platform.Trace = traceCalls(tracer)
	sim.calls(&platform)
	limiter := store.NewLimiter(opened)
	client := feishu.NewClient(platform, measuredLimiter{limiter, m}, log)
	bulk := client.InBulk(measuredLimiter{limiter.Bulk(), m})
	opener := feishu.NewOpener(platform)
	owners, err := newOwners(config.Owner, opened, consent.Config{Redirect: redirect, Log: log, Now: time.Now}, consent.Deps{
		Platform: client, Record: records.Record, Gone: handlers.ConsentExpired(client, live.chat),
	})
	if err != nil {
		return nil, err
	}

	// Recalling: single messages, and jobs and posts with the limits that let single messages go first.
	roles := recall.NewRoles(client.Chat, roleCache, live.rolesTTL, time.Now)
	newRecaller := func(client *feishu.Client) *recall.Recaller {
		return recall.New(recall.Config{Self: self, Observe: sim.decisions(m.recall)}, recall.Deps{
			Decision: recall.DecisionDeps{
				Rules: live.rules, Roles: roles, Settings: settings, Posts: posts, Principal: tokens.Principal, Grants: grants(owners, client),
			},
			Platform: client, Index: index, Record: records.Record, Once: once.First, Archive: recallArchive(archive, client), Log: log, Now: time.Now,
		})
	}
	recaller, bulkRecaller := newRecaller(client), newRecaller(bulk)
	bots := chatBots(bulk, once, log)
	chosen := selects{search.NewSelector(bulk, messages, bots, self, log), bulkRecaller, settings}
	check := &doctor.Doctor{
		Config: platform, Client: client, Store: opened, Recaller: recaller, Address: address, PublicURLs: config.PublicURLs(redirect),
	}

	// Answers, posts, jobs and alerts.
	answers := &handlers.Answers{
		Speaker: client, Cards: client, Once: once, Settings: settings, Recaller: recaller, Rights: recaller, Chat: roles.Chat, Self: opener.Name, MayGrant: owners != nil, Log: log, Defaults: live.chat,
	}
	board := &handlers.Board{
		Answers: answers, Cards: client, Recaller: recaller, Rights: recaller, Once: once, Settings: settings, Archive: chatArchive(archive),
		Now: time.Now,
	}
	buttons := &handlers.UndoButtons{Answers: answers, Add: feishu.WithButton}
	poster := post.New(post.Config{
		DryRun: live.dryRun, Window: config.Policy.RecallWindow, Observe: m.post, Log: log, Now: time.Now, Key: rand.Text,
	}, post.Deps{
		Stores: post.Stores{Store: posts, Groups: posts, Orders: orders, Lines: orders}, Work: work,
		Platform: bulk, Index: index, Recaller: bulkRecaller, Principal: tokens.Principal, Buttons: buttons,
	})
	groupPosts := groups{posts, poster}
	clean := jobs.CleanDeps{
		Select: chosen.Select, Parts: everywhere{client: bulk, recaller: bulkRecaller}.Parts, Settings: settings.Settings, Targets: stored, Failed: stored.Failed, Previews: stored, Recall: bulkRecaller.Recall, Find: messages.Find,
		Archive: recallArchive(archive, bulk).Writer, Now: time.Now,
	}
	leaving := make(chan struct{})
	engine := jobs.New(jobs.Config{
		Log: log, Now: time.Now, Key: rand.Text, Ended: webhooks.ended, Patience: queue.Config{MaxAttempts: config.Queue.MaxAttempts}.RetryWindow(),
		Leaving: leaving, Observe: m.job,
	}, jobs.Deps{
		Store: stored, Turns: stored, Steps: queuedSteps{queues[jobsQueue], stored, tracer, sim}, Board: board, Rights: bulkRecaller,
		Settings: settings.Settings, NextEpoch: groupPosts.NextEpoch,
		Workers: map[bot.JobKind]jobs.Worker{
			bot.JobClean: jobs.NewClean(clean),
			bot.JobPosts: jobs.NewPosts(clean, jobs.PostsDeps{Groups: groupPosts, Identify: bulkRecaller.Identify}),
			bot.JobBatch: jobs.NewBatch(jobs.BatchDeps{Recaller: bulkRecaller, Progress: bulk.BatchProgress, Now: time.Now, DryRun: live.dryRun}),
			bot.JobUndo: undoWorker(archive, jobs.UndoDeps{
				Repost: bulk.Repost, Recaller: bulkRecaller, Find: messages.Find, Posts: poster, Note: answers.Restored, Button: buttons.Button,
			}),
		},
	})
	alerts := alert.New(alert.Deps{
		Change: store.NewAlerts(opened).Change, Steps: alertSteps{queues[alertsQueue]}, Cards: alertCards{poster, posts, client}, Draw: answers.Alert,
		Fresh: func() bot.PostID { return bot.PostID("p_" + strings.ToLower(rand.Text())) }, Log: log, Now: time.Now,
	})

	// What the bot does about events.
	reading := chatLog{store.NewAudit(opened), archive}
	jobCards := handlers.JobCards{Once: once, Jobs: engine, Now: time.Now}
	windows := store.NewWindows(opened)
	rules := watch.NewNoter(settings, windows)
	seen := &visibility{scopes: client.Scopes, poll: config.Watch.Poll, log: log}
	notices := &handlers.WatchNotices{
		Answers: answers, Rights: recaller, Settings: settings, Jobs: engine, Notices: store.NewNotices(opened), Read: bulk.Post,
		SetTimer: timers{queues[WorkQueue]}.SetWatch, Now: time.Now,
	}
	watchRules := &handlers.WatchRules{
		Rules: rules, Reader: &watch.Reader{History: bulk.History, Walk: messages.Walk, Bots: bots, Known: messages.Known},
		Answers: answers, Settings: settings, Rights: recaller, Windows: windows, Notices: notices, Visibility: seen.Of, Poll: config.Watch.Poll, AppOf: chosen.AppOf, RemoveBot: client.RemoveBot, Now: time.Now,
	}
	consents := &handlers.Consent{Answers: answers, Consents: chatConsents(owners), MayGrant: recaller.MayGrant}
	dispatcher, err := bot.NewDispatcher(handlers.List(
		&handlers.Recall{JobCards: jobCards, Answers: answers, Recaller: recaller, Rights: recaller, Read: client.Post, Find: messages.Find, NewestKnown: newestOwn(messages), NewestOwn: client.NewestOwn},
		&handlers.Reactions{JobCards: jobCards, Answers: answers, Recaller: recaller, Settings: settings, Vote: store.NewVotes(opened).Vote},
		&handlers.Cascade{
			JobCards: jobCards, Recaller: recaller, Settings: settings, Find: messages.Find, Replies: answered.To, History: client.History, Log: log,
		},
		&handlers.Clean{Answers: answers, Rights: recaller, Jobs: engine, Now: time.Now},
		&handlers.Ask{Answers: answers, Recaller: recaller, Rights: recaller, Read: client.Post},
		&handlers.Batch{Answers: answers, Jobs: engine, May: recaller.MayBatch, Now: time.Now},
		&handlers.Undo{Answers: answers, Rights: recaller, Jobs: engine, Once: once, Archive: chatArchive(archive)},
		&handlers.JobCommands{Answers: answers, Jobs: engine, Now: time.Now},
		&handlers.JobButtons{Answers: answers, Jobs: engine, Presses: engine.Presses()},
		&handlers.Mine{Answers: answers, Recaller: recaller, Posts: posts, Jobs: engine, Read: client.Post, Now: time.Now},
		&handlers.Log{
			Answers: answers, Rights: recaller, Recent: reading.Recent, Job: engine.Find, Read: client.Post, Excerpt: reading.excerpt(), Bots: bots, Now: time.Now,
		},
		&handlers.Doctor{Answers: answers, MayBatch: recaller.MayBatch, Check: check.Check, Site: check.Site()},
		&handlers.Lifetimes{
			Answers: answers, Settings: settings, Rights: recaller, Jobs: engine, SetTimer: timers{queues[WorkQueue]}.Set, Oldest: chosen.Oldest, Count: chosen.Count,
			Once: once, Window: handlers.RecallWindow{Length: config.Policy.RecallWindow, MaxLife: post.InTime(config.Policy.RecallWindow)}, Now: time.Now,
		},
		&handlers.ChatSettings{Answers: answers, Settings: settings, Rights: recaller, Once: once, Cards: client, Now: time.Now},
		&handlers.Watch{
			Recaller: bulkRecaller, Rights: recaller, Settings: settings, Windows: windows, Notices: notices,
			Senders: &handlers.WatchSenders{Once: once, Bots: bots, Read: bulk.Post, Log: log}, MaxRecalls: config.Watch.MaxActionsPerHour,
		},
		watchRules, &handlers.Reports{WatchRules: watchRules, Recent: reading.Recent, SetTimer: timers{queues[WorkQueue]}.SetWatch},
		notices,
		consents,
		&handlers.ChatLeft{Forget: chats{messages, roleCache, settings, once}.Leave},
		&handlers.Help{Answers: answers, Rights: recaller, Settings: settings},
	)...)
	if err != nil {
		return nil, err
	}
	consumers, err := newConsumers(config, queues, map[string]worker{
		WorkQueue: eventWorker(dispatcher, config.Queue.MaxAttempts), jobsQueue: jobWorker(engine), hooksQueue: {handle: webhooks.handle},
		postsQueue: postWorker(poster), timersQueue: postWorker(poster), alertsQueue: alertWorker(alerts),
	}, tracer, log)
	if err != nil {
		return nil, err
	}

	// The ways in.
	intake := tracedIntake{&bot.Intake{
		Index: index, DropRoles: roleCache.Drop, Put: eventQueue{queues[WorkQueue], tracer}.Put,
		Note: rules.Note, Dispatcher: dispatcher,
	}, tracer}
	ready := map[string]func(context.Context) error{"redis": opened.Writable, "token": tokenReady(client)}
	var socket *feishu.Socket
	if config.Feishu.Transport == feishu.Websocket {
		socket = feishu.NewSocket(client, opener, socketCallbacks(intake, m))
		ready["websocket"] = socket.Ready
	}
	server := web.New(web.Deps{ //nolint:contextcheck // the API's own page is read when it is asked for
		WebhookDeps: web.WebhookDeps{Opener: opener, Intake: intake.Keep, Answer: feishu.Answer, ObserveEvent: m.event},
		API: web.API{
			CallDeps: web.CallDeps{Tokens: tokens, Observe: m.request, Trace: traceRequests(tracer)},
			PostDeps: web.PostDeps{Posts: poster, Book: posts, Once: once.Keep},
			RecallDeps: web.RecallDeps{
				Recaller: recaller, Jobs: engine, ListJobs: stored.List, CheckNotify: webhooks.CheckURL, Select: chosen.Select,
				CountArchived: countArchived(archive),
			},
			ReadDeps:      web.ReadDeps{Index: messages, Recent: store.NewAudit(opened).Recent, Chats: client.Chats},
			APIConfig:     web.APIConfig{Say: text.English, Zone: live.zone, Now: time.Now, Key: rand.Text},
			ReceiveAlerts: alerts.Receive,
		},
		Config: config.Server, Ready: ready, Consent: oauthCallback(owners, consents, config.Feishu), Metrics: m.handler(), Logger: log,
	})
	m.beginRequests(server.Operations())

	poller := &watch.Poller{Every: config.Watch.Poll, Log: log, Now: time.Now, PollDeps: watch.PollDeps{
		Chats: settings.WatchedChats, Settings: settings.Settings, Visibility: seen.Of, Claim: once.First, Cursor: windows.Cursor, SetCursor: windows.SetCursor,
		History: bulk.History, Known: messages.Known,
		Keep: func(ctx context.Context, e bot.Event) error { return deliver(ctx, e, intake, m) },
	}}

	return &App{
		poller: poller,
		config: config, source: source, live: live, log: log, metrics: m,
		store: opened, client: client, opener: opener, doctor: check, index: messages, settings: settings, owners: owners,
		intake: intake, dispatcher: dispatcher, jobs: engine, leaving: leaving, consumers: consumers, exporters: exporters,
		server: server, socket: socket, listener: listener, cleanups: undo,
	}, nil
}

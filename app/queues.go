package app

import (
	"context"
	"errors"
	"log/slog"
	"strconv"
	"time"

	"recallbot/app/telemetry"
	"recallbot/bot"
	"recallbot/recall"
	"recallbot/store"
	"recallbot/store/queue"
)

// The names of the queues.
const (
	// WorkQueue holds commands, reactions and what happens to chats.
	WorkQueue = "work"
	// jobsQueue holds the steps of jobs. It has workers of its own, so that jobs never hold those of single commands.
	jobsQueue = "jobs"
	// hooksQueue holds the webhooks to send. It has workers of its own: a slow receiver delays only webhooks.
	hooksQueue = "hooks"
	// postsQueue holds the posts to send, timersQueue what is to happen at a time. Timers have workers of their own: they
	// fire on time, however many posts wait.
	postsQueue  = "posts"
	timersQueue = "timers"
	// alertsQueue holds the groups of alerts whose cards are to change.
	alertsQueue = "alerts"
)

const (
	// runTimeout bounds one run of a command, so that a row of slow calls keeps a worker from other chats no longer than
	// that; stepTimeout is far more than a step of a job takes by itself. What is not done by then runs again.
	runTimeout  = 30 * time.Second
	stepTimeout = 5 * time.Minute
	// jobAttempts and postAttempts are how often a step of a job, or a post, may fail until it is given up. Waiting for the
	// platform or for Redis is no failure.
	jobAttempts  = 8
	postAttempts = 8
	// waitForgotten is when an item that waited here, and was not seen again, no longer counts: another replica has it.
	waitForgotten = 2 * time.Minute
	// jobWait and postWait are how long a job, or a post, waits for a platform or a Redis that does not answer.
	jobWait  = 3 * time.Second
	postWait = time.Second
	// postsRemembered is how long the ids of items are remembered, so that a repeated order queues nothing twice. It is longer
	// than orders are stored.
	postsRemembered = 26 * time.Hour
	// timerWorkers is how many timers run at once in this replica, alertWorkers how many groups of alerts.
	timerWorkers = 16
	alertWorkers = 8
	// Of hookWorkers, at most hookTeamWorkers send to the addresses of one team, and hookSpare are reserved for the operator's
	// addresses.
	hookWorkers     = 8
	hookTeamWorkers = 2
	hookSpare       = 2
	// The waits between tries of a webhook grow from hookFirstWait to hookMaxWait.
	hookFirstWait = 2 * time.Second
	hookMaxWait   = time.Hour
	// hookLife is for how long a receiver may postpone a webhook.
	hookLife = 3 * 24 * time.Hour
)

// queueSpec is one row of the table of queues: how it works, and what becomes of an item by its error.
type queueSpec struct {
	name string
	queue.Config

	// timeout bounds one run; 0 does not.
	timeout time.Duration
	// away reports whether the platform or Redis does not answer. Then an item runs again after wait, which counts as no
	// attempt. Where it is nil, each such run counts.
	away func(error) bool
	wait time.Duration
	// postponable is for how long rate limits may postpone an item; 0 is without end.
	postponable time.Duration
	// label names an item in the log. Where handlers log failures themselves, silent is set.
	label  func(queue.Delivery) slog.Attr
	silent bool
}

// queueTable lists every queue. The command line, metrics, copies of the store and tests range over it.
func queueTable(config Config) []queueSpec {
	q := config.Queue
	return []queueSpec{
		{
			name: WorkQueue, timeout: runTimeout, label: eventLabel,
			Config: queue.Config{Workers: q.Workers, PerKey: q.PerChat, MaxAttempts: q.MaxAttempts},
		},
		{
			name: jobsQueue, timeout: stepTimeout, label: jobLabel, away: recall.Unreachable, wait: jobWait,
			Config: queue.Config{
				Workers: q.JobWorkers, PerKey: 1, InFlight: 4 * q.JobWorkers, PerOwner: max(1, q.JobWorkers/2), MaxAttempts: jobAttempts,
			},
		},
		{
			name: hooksQueue, label: itemLabel, silent: true, postponable: hookLife,
			Config: queue.Config{
				Workers: hookWorkers, PerKey: 2, InFlight: 4 * hookWorkers, PerOwner: hookTeamWorkers, Reserved: hookSpare,
				MaxAttempts: config.Hooks.MaxAttempts, BackoffBase: hookFirstWait, BackoffCap: hookMaxWait,
			},
		},
		{
			name: postsQueue, label: itemLabel, away: isUnavailable, wait: postWait,
			Config: queue.Config{Workers: q.PostWorkers, PerKey: 1, MaxAttempts: postAttempts, Remember: postsRemembered},
		},
		{
			name: timersQueue, label: itemLabel, away: isUnavailable, wait: postWait,
			Config: queue.Config{Workers: timerWorkers, PerKey: 1, MaxAttempts: postAttempts, Remember: postsRemembered},
		},
		{
			name: alertsQueue, label: itemLabel, away: isUnavailable, wait: postWait,
			Config: queue.Config{Workers: alertWorkers, PerKey: 1, MaxAttempts: postAttempts},
		},
	}
}

// QueueNames are the names of all queues.
func QueueNames() []string {
	var names []string
	for _, spec := range queueTable(Config{}) {
		names = append(names, spec.name)
	}
	return names
}

func isUnavailable(err error) bool { return bot.KindOf(err) == bot.Unavailable }

func eventLabel(d queue.Delivery) slog.Attr { return slog.String("event_id", d.ID) }
func jobLabel(d queue.Delivery) slog.Attr   { return slog.String("job", d.Key) }
func itemLabel(d queue.Delivery) slog.Attr  { return slog.String("item", d.ID) }

// openQueues opens all queues for putting; a consumer runs what is in them.
func openQueues(config Config, s *store.Store, m *metrics, log *slog.Logger) (map[string]*queue.Queue, error) {
	queues := map[string]*queue.Queue{}
	var errs []error
	for _, spec := range queueTable(config) {
		settings := spec.Config
		settings.Name, settings.Lease, settings.Grace = spec.name, config.Queue.Lease, grace
		settings.Puts, settings.BeforeAck, settings.Logger, settings.Observer = s.Durable(), s.WaitReplicas, log, queueObserver{m, spec.name}
		errs = append(errs, settings.Validate())
		queues[spec.name] = queue.New(s.Client(), settings)
	}
	return queues, errors.Join(errs...)
}

// worker does what the items of a queue mean.
type worker struct {
	// handle does one run. Its error's kind says what becomes of the item; see consumer.outcome.
	handle func(ctx context.Context, d queue.Delivery) error
	// giveUp, if set, ends the job or post of an item and returns what becomes of the item, in the queue's terms. It is called one
	// attempt early, for all items of the queue: the last attempt is left for runs that panic.
	giveUp func(ctx context.Context, d queue.Delivery, why error) error
}

// consumer runs the items of one queue.
type consumer struct {
	queueSpec
	worker

	queue  *queue.Queue
	log    *slog.Logger
	tracer *telemetry.Tracer
	// waits lasts while items wait for the platform or for Redis.
	waits *bot.Incident
}

func newConsumer(spec queueSpec, q *queue.Queue, w worker, tracer *telemetry.Tracer, log *slog.Logger) *consumer {
	log = log.With("queue", spec.name)
	return &consumer{spec, w, q, log, tracer, bot.NewIncident(log, slog.LevelWarn, "work waits", "work continues").ForgetAfter(waitForgotten)}
}

// newConsumers gives each queue its worker.
func newConsumers(
	config Config, queues map[string]*queue.Queue, workers map[string]worker, tracer *telemetry.Tracer, log *slog.Logger,
) ([]*consumer, error) {
	var all []*consumer
	for _, spec := range queueTable(config) {
		w, ok := workers[spec.name]
		if !ok {
			return nil, bot.Errorf(bot.Internal, "the queue %s has no worker", spec.name)
		}
		all = append(all, newConsumer(spec, queues[spec.name], w, tracer, log))
	}
	return all, nil
}

// run works until ctx is done.
func (c *consumer) run(ctx context.Context) error { return c.queue.Run(ctx, c.consume) }

// consume does one delivery. The last attempt of what has a giveUp is left for an item whose runs panic.
func (c *consumer) consume(ctx context.Context, d queue.Delivery) error {
	label := c.label(d)
	ctx, end := c.tracer.Start(c.tracer.Resume(ctx, d.Trace), telemetry.Consumer, c.name+" "+d.Kind,
		telemetry.Fact{Key: label.Key, Value: label.Value.String()}, telemetry.Fact{Key: "attempt", Value: strconv.Itoa(d.Attempt)})
	ctx = withAttrs(ctx, label, slog.String("event_type", d.Kind), slog.Int("attempt", d.Attempt))
	var err error
	if c.giveUp != nil && d.Attempt >= c.MaxAttempts {
		err = bot.Errorf(bot.Internal, "%s: its runs panic", d.ID)
	} else {
		run, cancel := ctx, func() {}
		if c.timeout > 0 {
			run, cancel = context.WithTimeout(ctx, c.timeout)
		}
		defer cancel()
		err = c.handle(run, d)
	}
	err = c.outcome(ctx, d, err)
	end(err)
	return err
}

// outcome tells the queue what becomes of an item, by its error's kind alone:
//
//   - none: it is done.
//   - any, where the process ends: another process runs it.
//   - RateLimited: it runs again when the platform allows, and no attempt is counted.
//   - away (the platform or Redis does not answer): it runs again after wait, and no attempt is counted.
//   - Unavailable, Internal: it runs again after the queue's backoff, up to MaxAttempts times.
//   - others: it is given up.
func (c *consumer) outcome(ctx context.Context, d queue.Delivery, err error) error {
	if err == nil || ctx.Err() != nil {
		c.report(ctx, d, nil)
		return err
	}
	if wait, ok := c.postpone(d, err); ok {
		c.report(ctx, d, err)
		return queue.RetryAt(time.Now().Add(wait), err)
	}
	kind, last := bot.KindOf(err), c.isLast(d)
	if kind == bot.Unavailable && !last {
		c.report(ctx, d, err)
		return err
	}
	c.report(ctx, d, nil)
	if !c.silent {
		c.log.WarnContext(ctx, "work failed", "kind", kind.String(), "error", err)
	}
	switch {
	case kind == bot.Internal && !last:
		return err
	case c.giveUp != nil:
		return c.giveUp(ctx, d, err)
	default:
		return queue.Permanent(err)
	}
}

// isLast reports whether an item is given up if this attempt fails.
func (c *consumer) isLast(d queue.Delivery) bool {
	return d.Attempt >= c.MaxAttempts || c.giveUp != nil && d.Attempt == c.MaxAttempts-1
}

// postpone reports for how long an item waits, where that counts as no attempt.
func (c *consumer) postpone(d queue.Delivery, err error) (time.Duration, bool) {
	if c.away != nil && c.away(err) {
		return c.wait, true
	}
	detail := bot.Detail(err)
	return detail.RetryAfter, detail.Kind == bot.RateLimited && (c.postponable == 0 || time.Since(d.Enqueued) < c.postponable)
}

// report notes that an item waits, or, where err is nil, that it does not. A job or a post that a rate limit postpones is no
// incident. Items of one kind and key share a part of the incident: another replica may run the item that waited here.
func (c *consumer) report(ctx context.Context, d queue.Delivery, err error) {
	kind, part := bot.KindOf(err), d.Kind+" "+d.Key
	switch {
	case c.silent:
	case err == nil, kind == bot.RateLimited && c.away != nil:
		c.waits.Report(ctx, part, nil)
	default:
		c.waits.Report(ctx, part, err, slog.String("kind", kind.String()))
	}
}

package app

import (
	"context"
	"crypto/rand"
	"log/slog"
	"time"

	"recallbot/app/telemetry"
	"recallbot/bot"
	"recallbot/recall"
	"recallbot/recall/jobs"
	"recallbot/store"
	"recallbot/store/queue"
)

const (
	// jobAttempts is how often a job's steps may fail until the job is given up. Waiting for the platform or for Redis is
	// no failure.
	jobAttempts = 8
	// awayWait is how long a job waits for a platform or a Redis that does not answer.
	awayWait = 3 * time.Second
	// stepTimeout is far more than a step takes by itself.
	stepTimeout = 5 * time.Minute
	kindStep    = "job"
	kindLater   = "job_later"
)

// stepper does the steps of jobs; jobs.Engine does.
type stepper interface {
	Step(ctx context.Context, id bot.JobID) error
	GiveUp(ctx context.Context, id bot.JobID, why error) error
}

// jobSteps stands between the queue and the jobs.
type jobSteps struct {
	*jobs.Engine

	steps stepper
	queue *queue.Queue
	log   *slog.Logger
	now   func() time.Time
	// leaving is closed when this process is about to end: then steps give their jobs back after the page under way.
	leaving chan struct{}
	tracer  *telemetry.Tracer
	// waits lasts while jobs wait for the platform, or for Redis.
	waits *bot.Incident
}

// queuedSteps is the queue as jobs see it.
type queuedSteps struct {
	queue  *queue.Queue
	kept   *store.Jobs
	tracer *telemetry.Tracer
	watch  *simulation
}

func (s queuedSteps) Put(ctx context.Context, id bot.JobID) error {
	s.watch.step(id)
	ctx, end := s.tracer.Start(ctx, telemetry.Producer, "queue job")
	_, err := s.queue.Put(ctx, queue.Item{ID: string(id), Key: string(id), Owner: s.owner(ctx, id), Kind: kindStep, Trace: s.tracer.Carry(ctx)})
	if err != nil {
		err = bot.Errorf(bot.Unavailable, "queue job %s: %w", id, err)
	}
	end(err)
	return err
}

func (s queuedSteps) PutAt(ctx context.Context, id bot.JobID, at time.Time) error {
	item := queue.Item{ID: "later/" + string(id), Key: string(id), Owner: s.owner(ctx, id), Kind: kindLater, Trace: s.tracer.Carry(ctx)}
	if err := s.queue.PutAt(ctx, item, at); err != nil {
		return bot.Errorf(bot.Unavailable, "queue job %s for later: %w", id, err)
	}
	return nil
}

// owner is the team whose token asked for a job, or the chat where a person did: neither takes all workers. It is empty for the
// operator's jobs, and where it can't be learned.
func (s queuedSteps) owner(ctx context.Context, id bot.JobID) string {
	job, err := s.kept.Load(ctx, id)
	switch {
	case err != nil, job.By != nil && job.By.Team == "":
		return ""
	case job.By != nil:
		return "team/" + string(job.By.Team)
	default:
		return string(job.Chat)
	}
}

// handle does one step, and tells the queue by the error's kind whether to go on, and when. Work that fails again and
// again, by panics too, ends its job.
func (j *jobSteps) handle(ctx context.Context, d queue.Delivery) error {
	ctx, end := j.tracer.Start(j.tracer.Resume(ctx, d.Trace), telemetry.Consumer, "job", telemetry.Fact{Key: "job", Value: d.Key})
	err := j.run(ctx, d)
	end(err)
	return err
}

func (j *jobSteps) run(ctx context.Context, d queue.Delivery) error {
	id := bot.JobID(d.Key)
	ctx = withAttrs(ctx, slog.String("job", d.Key), slog.String("event_type", d.Kind), slog.Int("attempt", d.Attempt))
	err := bot.Errorf(bot.Internal, "job %s: its steps fail", id)
	if d.Attempt < jobAttempts {
		err = j.step(ctx, id)
	}
	if ctx.Err() != nil {
		return err // cut off by the end of this process, it is another one's at once
	}
	if err != nil && recall.Unreachable(err) {
		j.waits.Report(ctx, d.Key, err)
		return queue.RetryAt(j.now().Add(awayWait), err)
	}
	j.waits.Report(ctx, d.Key, nil)
	detail := bot.Detail(err)
	switch {
	case err == nil:
		return nil
	case detail.Kind == bot.RateLimited:
		return queue.RetryAt(j.now().Add(detail.RetryAfter), err)
	case d.Attempt < jobAttempts-1 && bot.Retryable(err):
		j.log.WarnContext(ctx, "job failed", "kind", detail.Kind.String(), "error", err)
		return err
	}
	if giveErr := j.steps.GiveUp(ctx, id, err); giveErr != nil {
		return queue.RetryAt(j.now().Add(awayWait), giveErr)
	}
	return queue.Permanent(err)
}

func (j *jobSteps) step(ctx context.Context, id bot.JobID) error {
	ctx, cancel := context.WithTimeout(ctx, stepTimeout)
	defer cancel()
	return j.steps.Step(ctx, id)
}

func newJobsQueue(config QueueConfig, s *store.Store, m *metrics, log *slog.Logger) *queue.Queue {
	return queue.New(s.Client(), queue.Config{
		Name: jobsQueue, Workers: config.JobWorkers, PerKey: 1, InFlight: 4 * config.JobWorkers, PerOwner: max(1, config.JobWorkers/2),
		Lease:       config.Lease,
		MaxAttempts: jobAttempts, Grace: grace, Puts: s.Durable(), BeforeAck: s.WaitReplicas, Logger: log, Observer: jobsObserver{m},
	})
}

// jobParts are what the jobs of this replica are made of.
type jobParts struct {
	config   QueueConfig
	store    *store.Store
	index    *store.Index
	recaller *recall.Recaller // in the bulk lane
	board    jobs.Board
	selects  jobs.Selects
	settings *store.Settings
	archive  recall.ArchiveWriter
	groups   groups
	workers  map[bot.JobKind]jobs.Worker
	ended    func(ctx context.Context, job bot.Job) error
	metrics  *metrics
	log      *slog.Logger
	tracer   *telemetry.Tracer
	watch    *simulation
}

func newJobs(p jobParts) *jobSteps {
	kept, leaving := store.NewJobs(p.store), make(chan struct{})
	work := newJobsQueue(p.config, p.store, p.metrics, p.log)
	clean := jobs.CleanDeps{
		Selects: p.selects, Targets: kept, Failures: kept, Previews: kept, Door: p.recaller, Index: p.index, Archive: p.archive, Now: time.Now,
	}
	p.workers[bot.JobClean] = jobs.NewClean(clean)
	p.workers[bot.JobPosts] = jobs.NewPosts(clean, jobs.PostsDeps{Groups: p.groups, Messages: p.recaller})
	made := jobs.New(jobs.Deps{
		Store: kept, Turns: kept, Steps: queuedSteps{work, kept, p.tracer, p.watch}, Workers: p.workers, Board: p.board, Rights: p.recaller,
		Settings: p.settings, Epochs: p.groups, Log: p.log, Now: time.Now, Key: rand.Text, Observe: p.metrics.job, Leaving: leaving,
		Ended: p.ended, Patience: queue.Config{MaxAttempts: p.config.MaxAttempts}.RetryWindow(),
	})
	return &jobSteps{
		Engine: made, steps: made, queue: work, log: p.log, now: time.Now, leaving: leaving, tracer: p.tracer, waits: newJobWaits(p.log),
	}
}

func newJobWaits(log *slog.Logger) *bot.Incident {
	return bot.NewIncident(log, slog.LevelWarn, "job waits", "jobs go on")
}

// where tells in which chat a message stands, as far as the index knows.
func where(index *store.Index) func(context.Context, bot.MessageID) bot.ChatID {
	return func(ctx context.Context, id bot.MessageID) bot.ChatID {
		msg, found, err := index.Find(ctx, id)
		if err != nil || !found {
			return ""
		}
		return msg.Chat
	}
}

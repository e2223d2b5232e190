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

// The kinds of items of the queue of jobs.
const (
	kindStep  = "job"
	kindLater = "job_later"
)

// stepper does the steps of jobs; jobs.Engine does.
type stepper interface {
	Step(ctx context.Context, id bot.JobID) error
	GiveUp(ctx context.Context, id bot.JobID, why error) error
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

// jobWorker does the steps of jobs. A job whose steps fail again and again, by panics too, is ended.
func jobWorker(steps stepper) worker {
	return worker{
		handle: func(ctx context.Context, d queue.Delivery) error { return steps.Step(ctx, bot.JobID(d.Key)) },
		giveUp: func(ctx context.Context, d queue.Delivery, why error) error {
			if err := steps.GiveUp(ctx, bot.JobID(d.Key), why); err != nil {
				return queue.RetryAt(time.Now().Add(jobWait), err)
			}
			return queue.Permanent(why)
		},
	}
}

// jobParts are what the jobs of this replica are made of.
type jobParts struct {
	config   QueueConfig
	store    *store.Store
	queue    *queue.Queue
	index    *store.Index
	recaller *recall.Recaller // in the bulk lane
	board    jobs.Board
	selects  jobs.SelectFunc
	settings *store.Settings
	archive  recall.ArchiveWriter
	groups   groups
	workers  map[bot.JobKind]jobs.Worker
	ended    func(ctx context.Context, job bot.Job) error
	metrics  *metrics
	log      *slog.Logger
	tracer   *telemetry.Tracer
	watch    *simulation
	// leaving is closed when this process is about to end: then steps give their jobs back after the page under way.
	leaving chan struct{}
}

func newJobs(p jobParts) *jobs.Engine {
	kept := store.NewJobs(p.store)
	clean := jobs.CleanDeps{
		Select: p.selects, Targets: kept, Failed: kept.Failed, Previews: kept, Recall: p.recaller.Recall, Find: p.index.Find, Archive: p.archive, Now: time.Now,
	}
	p.workers[bot.JobClean] = jobs.NewClean(clean)
	p.workers[bot.JobPosts] = jobs.NewPosts(clean, jobs.PostsDeps{Groups: p.groups, Identify: p.recaller.Identify})
	return jobs.New(jobs.Config{
		Log: p.log, Now: time.Now, Key: rand.Text, Ended: p.ended, Patience: queue.Config{MaxAttempts: p.config.MaxAttempts}.RetryWindow(),
		Leaving: p.leaving, Observe: p.metrics.job,
	}, jobs.Deps{
		Store: kept, Turns: kept, Steps: queuedSteps{p.queue, kept, p.tracer, p.watch}, Workers: p.workers, Board: p.board, Rights: p.recaller,
		Settings: p.settings.Settings, NextEpoch: p.groups.NextEpoch,
	})
}

// chatOf finds the chat of a message in the index.
func chatOf(index *store.Index) func(context.Context, bot.MessageID) bot.ChatID {
	return func(ctx context.Context, id bot.MessageID) bot.ChatID {
		msg, found, err := index.Find(ctx, id)
		if err != nil || !found {
			return ""
		}
		return msg.Chat
	}
}

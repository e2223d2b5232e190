package app

import (
	"context"
	"time"

	"recallbot/app/telemetry"
	"recallbot/bot"
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

// owner is the team whose token asked for a job, or the chat where a person did; the queue limits how many workers each owner
// uses. It is empty for the operator's jobs, and where the job can't be read.
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

// jobWorker does the steps of jobs. A job whose steps fail or panic too often is ended.
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

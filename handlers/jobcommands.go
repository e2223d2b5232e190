package handlers

import (
	"context"
	"strings"
	"time"

	"recallbot/bot"
	"recallbot/handlers/text"
	"recallbot/recall/jobs"
)

// JobCommands is /recall stop and /recall status.
type JobCommands struct {
	Answers *Answers
	Jobs    Jobs
	Now     func() time.Time
}

// Handlers implements Behaviour.
func (j *JobCommands) Handlers() []bot.Handler {
	return []bot.Handler{j.Answers.command(bot.VerbStop, j.stop), j.Answers.command(bot.VerbStatus, j.status)}
}

// stop ends the chat's running job, or the one that is named. The engine decides who may.
func (j *JobCommands) stop(ctx context.Context, d bot.Delivery, said bot.Said) error {
	to := j.Answers.recipient(ctx, d, said)
	job, found, err := j.target(ctx, said)
	if err != nil {
		return j.Answers.denied(ctx, to, err)
	}
	if !found {
		return j.Answers.tell(ctx, to, j.Answers.say(to, text.StatusNone))
	}
	err = j.Jobs.Stop(ctx, job.ID, "", said.By)
	switch {
	case err == nil, d.Redelivered && bot.Detail(err).Reason == bot.ReasonStale:
		return j.Answers.done(ctx, said.Message.ID)
	case bot.Detail(err).Reason == bot.ReasonStale:
		return j.Answers.tell(ctx, to, j.Answers.say(to, text.StatusNone))
	default:
		return j.Answers.denied(ctx, to, err)
	}
}

// target is the job that is named, or the first in line. A job of another chat is not found.
func (j *JobCommands) target(ctx context.Context, said bot.Said) (job bot.Job, found bool, err error) {
	if len(said.Command.Args) == 0 {
		line, err := j.Jobs.Line(ctx, said.Message.Chat)
		if err != nil || len(line) == 0 {
			return bot.Job{}, false, err
		}
		return line[0], true, nil
	}
	job, err = j.Jobs.Find(ctx, bot.JobID(strings.ToLower(said.Command.Args[0])))
	if err == nil && job.Chat != said.Message.Chat {
		err = &bot.Error{Kind: bot.NotFound, Op: "find job", Reason: bot.ReasonNoJob}
	}
	return job, err == nil, err
}

// status answers with the progress of the chat's jobs.
func (j *JobCommands) status(ctx context.Context, d bot.Delivery, said bot.Said) error {
	to := j.Answers.recipient(ctx, d, said)
	if ok, err := j.Answers.allows(ctx, to, said); !ok {
		return err
	}
	line, err := j.Jobs.Line(ctx, said.Message.Chat)
	if err != nil {
		return err
	}
	asking, err := j.Jobs.Asking(ctx, said.Message.Chat)
	if err != nil {
		return err
	}
	if line = append(line, asking...); len(line) == 0 {
		return j.Answers.tell(ctx, to, j.Answers.say(to, text.StatusNone))
	}
	lines := make([]string, len(line))
	for i, job := range line {
		lines[i] = j.line(to, job)
	}
	return j.Answers.tell(ctx, to, strings.Join(lines, "\n"))
}

func (j *JobCommands) line(to recipient, job bot.Job) string {
	who := bot.Mention(job.Who)
	if job.State != bot.JobRunning {
		name := text.StatusWaiting
		switch job.State {
		case bot.JobAsked:
			name = text.StatusAsked
		case bot.JobApproval:
			name = text.StatusApproval
		default:
		}
		return j.Answers.say(to, name, "job", string(job.ID), "count", job.Total, "who", who)
	}
	left := to.lang.Duration(jobs.TimeLeft(job, j.Now()))
	return j.Answers.say(to, text.StatusRunning, "job", string(job.ID), "done", job.Next, "total", job.Total, "who", who, "time", left)
}

package handlers

import (
	"context"
	"strings"

	"recallbot/bot"
	"recallbot/handlers/card"
	"recallbot/handlers/text"
)

// jobCommands is /recall stop and /recall status.
type jobCommands struct {
	Parts
	answers *answers
}

// stop ends the chat's running job, or the one that is named. Who may, the job decides.
func (j *jobCommands) stop(ctx context.Context, d bot.Delivery, said bot.Said) error {
	to := j.answers.recipient(ctx, d, said)
	job, found, err := j.meant(ctx, said)
	if err != nil {
		return j.answers.denied(ctx, to, err)
	}
	if !found {
		return j.answers.tell(ctx, to, j.answers.say(to, text.StatusNone))
	}
	err = j.Presses.Stop(ctx, job.ID, "", said.By)
	switch {
	case err == nil, d.Redelivered && bot.Detail(err).Reason == bot.ReasonStale:
		return j.answers.done(ctx, said.Message.ID)
	case bot.Detail(err).Reason == bot.ReasonStale:
		return j.answers.tell(ctx, to, j.answers.say(to, text.StatusNone))
	default:
		return j.answers.denied(ctx, to, err)
	}
}

// meant is the job that is named, or the one whose turn it is. A job of another chat is none.
func (j *jobCommands) meant(ctx context.Context, said bot.Said) (job bot.Job, found bool, err error) {
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

// status tells whoever has a say how far the chat's jobs are.
func (j *jobCommands) status(ctx context.Context, d bot.Delivery, said bot.Said) error {
	to := j.answers.recipient(ctx, d, said)
	allowed, err := j.Recaller.May(ctx, said.By, said.Message.Chat, said.P2P)
	if err != nil {
		return err
	}
	if !allowed.Allow {
		return j.answers.refuse(ctx, to, allowed.Reason)
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
		return j.answers.tell(ctx, to, j.answers.say(to, text.StatusNone))
	}
	lines := make([]string, len(line))
	for i, job := range line {
		lines[i] = j.line(to, job)
	}
	return j.answers.tell(ctx, to, strings.Join(lines, "\n"))
}

func (j *jobCommands) line(to recipient, job bot.Job) string {
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
		return j.answers.say(to, name, "job", string(job.ID), "count", job.Total, "who", who)
	}
	left := to.lang.Duration(card.TimeLeft(job, j.Now()))
	return j.answers.say(to, text.StatusRunning, "job", string(job.ID), "done", job.Next, "total", job.Total, "who", who, "time", left)
}

package jobs

import (
	"context"

	"recallbot/bot"
	"recallbot/recall/policy"
)

// mutedBoard shows no cards for jobs that are silent.
type mutedBoard struct{ Board }

func (b mutedBoard) Ask(ctx context.Context, job bot.Job) (bot.CardRef, error) {
	if job.Silent() {
		return bot.CardRef{}, nil
	}
	return b.Board.Ask(ctx, job)
}

func (b mutedBoard) Show(ctx context.Context, job bot.Job, ahead *bot.Job) (bot.CardRef, error) {
	if job.Silent() {
		return bot.CardRef{}, nil
	}
	return b.Board.Show(ctx, job, ahead)
}

func (b mutedBoard) Settle(ctx context.Context, job bot.Job) error {
	if job.Silent() {
		return nil
	}
	return b.Board.Settle(ctx, job)
}

func (b mutedBoard) End(ctx context.Context, job bot.Job) error {
	if job.Silent() {
		return nil
	}
	return b.Board.End(ctx, job)
}

func (b mutedBoard) Update(ctx context.Context, job bot.Job) error {
	if job.Silent() {
		return nil
	}
	return b.Board.Update(ctx, job)
}

// StopBy is Stop for an API token of the job's team, or one without a team. Others get NotFound.
func (j *Engine) StopBy(ctx context.Context, id bot.JobID, by *bot.Principal) error {
	return j.press(ctx, id, func(job *bot.Job) error {
		if !policy.SeesJob(by, *job) {
			return &bot.Error{Kind: bot.NotFound, Op: "stop job " + string(id), Reason: bot.ReasonNoJob}
		}
		if job.State.Ended() {
			return denied(bot.ReasonStale)
		}
		if job.State != bot.JobRunning {
			j.close(job, bot.JobStopped)
		}
		return j.Turns.Stop(ctx, job.Chat, job.ID)
	})
}

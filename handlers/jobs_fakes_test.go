package handlers_test

import (
	"context"
	"testing"

	"recallbot/bot"
	"recallbot/handlers"
	"recallbot/recall/jobs"
)

// fakeJobs is the jobs: what was started, what was pressed, and what the chat's line holds.
type fakeJobs struct {
	started []jobs.Request
	pressed []string
	jobs    []bot.Job
	asking  []bot.Job
	err     error
}

func (l *fakeJobs) Start(_ context.Context, req jobs.Request) (bot.Job, error) {
	l.started = append(l.started, req)
	return bot.Job{ID: "j1"}, l.err
}

func (l *fakeJobs) Line(_ context.Context, chat bot.ChatID) ([]bot.Job, error) {
	var here []bot.Job
	for _, job := range l.jobs {
		if job.Chat == chat {
			here = append(here, job)
		}
	}
	return here, l.err
}

// Asking gives the jobs that ask for confirmation or approval.
func (l *fakeJobs) Asking(_ context.Context, chat bot.ChatID) ([]bot.Job, error) {
	var here []bot.Job
	for _, job := range l.asking {
		if job.Chat == chat {
			here = append(here, job)
		}
	}
	return here, l.err
}

func (l *fakeJobs) Find(_ context.Context, id bot.JobID) (bot.Job, error) {
	for _, job := range l.jobs {
		if job.ID == id {
			return job, nil
		}
	}
	return bot.Job{}, &bot.Error{Kind: bot.NotFound, Reason: bot.ReasonNoJob}
}

func (l *fakeJobs) press(action bot.Action) jobs.PressFunc {
	return func(_ context.Context, id bot.JobID, key string, who bot.UserID) error {
		l.pressed = append(l.pressed, string(action)+" "+string(id)+" "+key+" by "+string(who))
		return l.err
	}
}

func (l *fakeJobs) presses() map[bot.Action]jobs.PressFunc {
	presses := (&jobs.Engine{}).Presses()
	for action := range presses {
		presses[action] = l.press(action)
	}
	return presses
}

func (l *fakeJobs) Stop(ctx context.Context, id bot.JobID, key string, who bot.UserID) error {
	return l.press(bot.ActStop)(ctx, id, key, who)
}

// board is a board with the fakes of the harness.
func (d *harness) board(t *testing.T, archived bool, settings ...func(*handlers.Config)) *handlers.Board {
	t.Helper()
	d.config = handlers.Defaults()
	for _, set := range settings {
		set(&d.config)
	}
	board := &handlers.Board{
		Answers: d.answers(t), Cards: d.cards, Recaller: d.recaller, Rights: d.recaller, Once: d.once, Settings: d.settings, Now: d.once.now,
	}
	if archived {
		board.Archive = d.archive
	}
	return board
}

package handlers

import (
	"context"

	"recallbot/bot"
	"recallbot/recall/jobs"
)

// JobButtons is the buttons of a job's cards. A press is not trusted: the engine decides who may, and whether the button is valid.
type JobButtons struct {
	Answers *Answers
	Jobs    Jobs
	// Presses is what the buttons do, by their actions: jobs.Engine.Presses. They return Denied with the reason if nothing happens.
	Presses map[bot.Action]jobs.PressFunc
}

// Handlers implements Behaviour.
func (p *JobButtons) Handlers() []bot.Handler {
	return []bot.Handler{p.Answers.pressed("job_press", p.want, p.handle)}
}

// want requires a key: without one, Stop would accept a job by its id alone.
func (p *JobButtons) want(body bot.Pressed) bool {
	press := body.Press
	return body.By != "" && press.Job != "" && press.Key != "" && p.Presses[press.Action] != nil
}

// handle carries out a press. A refusal is answered privately.
func (p *JobButtons) handle(ctx context.Context, d bot.Delivery, body bot.Pressed) error {
	job, err := p.Jobs.Find(ctx, body.Press.Job)
	switch {
	case err != nil:
	case notRemembered(job, body):
		err = bot.Errorf(bot.Unavailable, "press %s: its card is not remembered yet", job.ID)
	case !shownAt(job, body):
		err = &bot.Error{Kind: bot.Denied, Op: "press " + string(job.ID), Reason: bot.ReasonStale}
	default:
		err = p.Presses[body.Press.Action](ctx, job.ID, body.Press.Key, body.By)
	}
	if err == nil || (d.Redelivered && bot.Detail(err).Reason == bot.ReasonStale && (shownAt(job, body) || body.Press.Key != job.Key)) {
		return nil // an earlier run may have used the key, unless the card is of another chat and the key is still valid
	}
	to := p.Answers.presser(ctx, d, body)
	return p.Answers.denied(ctx, to, err)
}

// notRemembered reports whether the card may have been pressed before the process that shows it has stored where it is.
func notRemembered(job bot.Job, body bot.Pressed) bool {
	asks := job.State == bot.JobAsked && job.Offered != job.Key
	return asks && body.By == job.Who && body.Chat != job.Chat
}

// shownAt reports whether the pressed card can be one of the job: in its chat, or in the chat where the person who asked got it.
func shownAt(job bot.Job, body bot.Pressed) bool {
	here := func(ref bot.CardRef) bool { return ref.ID == body.Message && ref.Chat == body.Chat }
	return body.Chat == job.Chat || here(job.Ask) || here(job.Card) || (job.State.Ended() && body.By == job.Who)
}

package handlers

import (
	"context"

	"recallbot/bot"
)

// JobButtons is the buttons of a job's cards. Nothing in a press is believed: who may, and whether the button still means
// anything, the jobs decide.
type JobButtons struct {
	Answers *Answers
	Jobs    Jobs
	Presses Presses
}

// Handlers implements Behaviour.
func (p *JobButtons) Handlers() []bot.Handler {
	return []bot.Handler{p.Answers.pressed("job_press", p.want, p.handle)}
}

// does is what an action of a job does, or nil for all others.
func (p *JobButtons) does(action bot.Action) func(context.Context, bot.JobID, string, bot.UserID) error {
	switch action {
	case bot.ActConfirm:
		return p.Presses.Confirm
	case bot.ActCancel:
		return p.Presses.Cancel
	case bot.ActApprove:
		return p.Presses.Approve
	case bot.ActRetry:
		return p.Presses.Retry
	case bot.ActStop:
		return p.Presses.Stop
	default:
		return nil
	}
}

// want wants what has a key: without one, Stop would take a job by its id alone.
func (p *JobButtons) want(body bot.Pressed) bool {
	press := body.Press
	return body.By != "" && press.Job != "" && press.Key != "" && p.does(press.Action) != nil
}

// handle does what the button means. A refusal is told to whoever pressed, and to nobody else.
func (p *JobButtons) handle(ctx context.Context, d bot.Delivery, body bot.Pressed) error {
	job, err := p.Jobs.Find(ctx, body.Press.Job)
	switch {
	case err != nil:
	case unnoted(job, body):
		err = bot.Errorf(bot.Unavailable, "press %s: where its card stands is not kept yet", job.ID)
	case !shownAt(job, body):
		err = &bot.Error{Kind: bot.Denied, Op: "press " + string(job.ID), Reason: bot.ReasonStale}
	default:
		err = p.does(body.Press.Action)(ctx, job.ID, body.Press.Key, body.By)
	}
	if err == nil || (d.Redelivered && bot.Detail(err).Reason == bot.ReasonStale && (shownAt(job, body) || body.Press.Key != job.Key)) {
		return nil // an earlier run may have taken the key; not of a card that does not stand here while the key is good
	}
	to := recipient{
		work: d.Event.ID, person: body.By, chat: body.Chat, lang: p.Answers.language(ctx, body.Chat, ""),
	}
	return p.Answers.denied(ctx, to, err)
}

// unnoted reports whether the person may have been faster than whoever shows the card: where it stands is kept after that.
func unnoted(job bot.Job, body bot.Pressed) bool {
	asks := job.State == bot.JobAsked && job.Offered != job.Key
	return asks && body.By == job.Who && body.Chat != job.Chat
}

// shownAt reports whether a card of the job may stand where somebody pressed: in its chat, or where the person who asked
// was shown it instead.
func shownAt(job bot.Job, body bot.Pressed) bool {
	here := func(ref bot.CardRef) bool { return ref.ID == body.Message && ref.Chat == body.Chat }
	return body.Chat == job.Chat || here(job.Ask) || here(job.Card) || (job.State.Ended() && body.By == job.Who)
}

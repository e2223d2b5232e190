package handlers

import (
	"context"
	"slices"
	"strings"
	"time"

	"recallbot/bot"
)

// jobCardLife is how long the job of a card is remembered: longer than any job lives.
const jobCardLife = 25 * time.Hour

// keepTime is longer than storing a card that was shown takes.
const keepTime = 10 * time.Second

func jobCardKey(id bot.MessageID) string { return "job_card/" + string(id) }

// remembered stores the job of a card that was shown.
func (b *Board) remembered(ctx context.Context, job bot.Job) func(bot.CardRef, error) (bot.CardRef, error) {
	return func(ref bot.CardRef, err error) (bot.CardRef, error) {
		if err == nil && ref.ID != "" {
			_, err = b.Once.Keep(ctx, jobCardKey(ref.ID), string(job.ID)+" "+string(ref.Chat), jobCardLife)
		}
		return ref, err
	}
}

// JobCards finds the jobs of cards.
type JobCards struct {
	Once Once
	Jobs Jobs
	Now  func() time.Time
}

// jobOf finds the job of a card, and the card's chat, until the job has ended: to recall such a card means to stop the job.
func (c JobCards) jobOf(ctx context.Context, id bot.MessageID) (job bot.Job, chat bot.ChatID, found bool, err error) {
	kept, err := c.Once.Kept(ctx, jobCardKey(id))
	if err != nil || kept == "" {
		return bot.Job{}, "", false, err
	}
	name, where, _ := strings.Cut(kept, " ")
	job, err = c.Jobs.Find(ctx, bot.JobID(name))
	if err != nil && bot.KindOf(err) == bot.NotFound {
		return bot.Job{}, "", false, nil
	}
	return job, bot.ChatID(where), err == nil && !job.State.Ended(), err
}

// foundJob is the answer to the question whether a message is the card of a job that has not ended.
type foundJob struct {
	job   bot.Job
	chat  bot.ChatID
	found bool
	err   error
}

// settles reports whether there is nothing to recall: the message is such a card, or that could not be read.
func (f *foundJob) settles() bool { return f.found || f.err != nil }

// unlessCard gives a check for Request.Unless, and its answer.
func (c JobCards) unlessCard(id bot.MessageID) (check func(context.Context) bool, answer *foundJob) {
	answer = &foundJob{}
	return func(ctx context.Context) bool {
		answer.job, answer.chat, answer.found, answer.err = c.jobOf(ctx, id)
		return answer.settles()
	}, answer
}

// checkRemembered gives the check of a first run before it recalls an answer of ours. It returns Unavailable if the answer may be
// a card that was shown a moment ago and is not remembered yet: a person can be faster than the process that shows the card.
func (c JobCards) checkRemembered(d bot.Delivery) func(context.Context, bot.Message) error {
	return func(ctx context.Context, m bot.Message) error {
		if d.Attempt > 1 || c.Now().Sub(m.At) > keepTime {
			return nil
		}
		line, err := c.Jobs.Line(ctx, m.Chat)
		if err == nil && slices.ContainsFunc(line, func(job bot.Job) bool { return job.Card.ID == "" }) {
			err = bot.Errorf(bot.Unavailable, "look for the job of the card %s: it is not remembered yet", m.ID)
		}
		return err
	}
}

// stop stops a job whose card a person recalls. It is no error if the job has ended meanwhile.
func (c JobCards) stop(ctx context.Context, job bot.Job, who bot.UserID) error {
	err := c.Jobs.Stop(ctx, job.ID, "", who)
	if bot.Detail(err).Reason == bot.ReasonStale {
		return nil
	}
	return err
}

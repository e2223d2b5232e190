package handlers

import (
	"context"
	"slices"
	"strings"
	"time"

	"recallbot/bot"
)

// jobCardLife is how long a card is known as a job's: longer than any job lives.
const jobCardLife = 25 * time.Hour

// noteTime is far more than it takes to note a card that was shown.
const noteTime = 10 * time.Second

func jobCardKey(id bot.MessageID) string { return "job_card/" + string(id) }

// noted remembers of which job a card is that was shown.
func (b *Board) noted(ctx context.Context, job bot.Job) func(bot.CardRef, error) (bot.CardRef, error) {
	return func(ref bot.CardRef, err error) (bot.CardRef, error) {
		if err == nil && ref.ID != "" {
			_, err = b.Once.Keep(ctx, jobCardKey(ref.ID), string(job.ID)+" "+string(ref.Chat), jobCardLife)
		}
		return ref, err
	}
}

// jobOf finds the job whose card a message is, and where the card stands, until the job has ended: to take such a card away
// means to stop the job.
func (p Parts) jobOf(ctx context.Context, id bot.MessageID) (job bot.Job, chat bot.ChatID, found bool, err error) {
	kept, err := p.Once.Kept(ctx, jobCardKey(id))
	if err != nil || kept == "" {
		return bot.Job{}, "", false, err
	}
	name, where, _ := strings.Cut(kept, " ")
	job, err = p.Jobs.Find(ctx, bot.JobID(name))
	if bot.KindOf(err) == bot.NotFound {
		return bot.Job{}, "", false, nil
	}
	return job, bot.ChatID(where), err == nil && !job.State.Ended(), err
}

// unnoted is what a first run asks before it takes an answer of ours: it is an error where that may be a card that was shown
// a moment ago, of a job of which none is noted. Whoever saw it may have been faster than whoever shows it.
func (p Parts) unnoted(d bot.Delivery) func(context.Context, bot.Message) error {
	return func(ctx context.Context, m bot.Message) error {
		if d.Attempt > 1 || p.Now().Sub(m.At) > noteTime {
			return nil
		}
		line, err := p.Jobs.Line(ctx, m.Chat)
		if err == nil && slices.ContainsFunc(line, func(job bot.Job) bool { return job.Card.ID == "" }) {
			err = bot.Errorf(bot.Unavailable, "look for the job of the card %s: it is not noted yet", m.ID)
		}
		return err
	}
}

// stop ends a job whose card somebody wants away. That it has ended meanwhile is what was wanted.
func (p Parts) stop(ctx context.Context, job bot.Job, who bot.UserID) error {
	err := p.Presses.Stop(ctx, job.ID, "", who)
	if bot.Detail(err).Reason == bot.ReasonStale {
		return nil
	}
	return err
}

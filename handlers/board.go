package handlers

import (
	"context"
	"time"

	"recallbot/bot"
)

const (
	// quickly is how long a quick job runs before it shows a card.
	quickly = 2 * time.Second
	// editEvery is the least time between two edits of a card.
	editEvery = 2 * time.Second
	// pressOpen is how long a press may still be open: the platform takes an edit back that is made meanwhile.
	pressOpen = 500 * time.Millisecond
	// lateLife is how long it is remembered which card offers to undo a job: as long as jobs are kept.
	lateLife = 7 * 24 * time.Hour
)

// Board shows jobs to people: what would go, how far a job is, and how it ended. It is safe for concurrent use.
type Board struct {
	Parts
	answers *answers
	zone    *time.Location
}

// NewBoard makes the board. Of the parts it needs Cards, Speaker, Recaller, Once, Settings, Logger and Now.
func NewBoard(config Config, parts Parts) (*Board, error) {
	zone, err := time.LoadLocation(config.Timezone)
	if err != nil {
		return nil, bot.Errorf(bot.Invalid, "chat.timezone: %w", err)
	}
	return &Board{parts, newAnswers(config, parts), zone}, nil
}

// Ask shows what would go and asks to confirm or to approve, or in a dry run only shows it. The error says why it can be
// shown nowhere.
func (b *Board) Ask(ctx context.Context, job bot.Job) (bot.CardRef, error) {
	p := b.page(ctx, job)
	key := string(job.ID) + "/ask/" + job.Key
	if job.State == bot.JobApproval {
		return b.noted(ctx, job)(b.Cards.ReplyCard(ctx, job.Command, job.Who, p.approval(job), key))
	}
	if !job.P2P {
		ref, err := b.Cards.WhisperCard(ctx, job.Chat, job.Who, p.preview(job, true))
		if err == nil || later(err) {
			return ref, err
		}
		b.Logger.InfoContext(ctx, "no preview for one person here", "job", string(job.ID), "error", err)
	}
	ref, err := b.noted(ctx, job)(b.Cards.TellCard(ctx, job.Who, p.preview(job, true), key))
	if err == nil || later(err) || job.Command == "" {
		return ref, err
	}
	// The chat sees this one: what is to go must not be said there again.
	return b.noted(ctx, job)(b.Cards.ReplyCard(ctx, job.Command, job.Who, p.preview(job, false), key))
}

// Show brings the progress card up to date, or shows one. It shows none where the chat or the command wants quiet, or
// while the job may be over soon; then the reference is empty.
func (b *Board) Show(ctx context.Context, job bot.Job, ahead *bot.Job) (bot.CardRef, error) {
	quiet, err := b.quiet(ctx, job)
	if err != nil {
		return job.Card, err
	}
	now := b.Now()
	soon := ahead == nil && isQuick(job) && job.Card.ID == "" && now.Sub(job.Began) < quickly
	if quiet || soon {
		return job.Card, nil
	}
	p := b.page(ctx, job)
	shown := p.progress(job, now)
	if ahead != nil {
		shown = p.waiting(job, *ahead)
	}
	if job.Card.ID == "" {
		return b.noted(ctx, job)(b.post(ctx, job, shown, "/card"))
	}
	if now.Sub(job.Card.Edited) < editEvery {
		return job.Card, nil
	}
	ref := job.Card
	err = b.Cards.EditCard(ctx, job.Card, shown)
	ref.Edited = b.Now() // by now the platform has surely had it
	if err != nil && !later(err) {
		// Whoever took the card away wants none.
		b.Logger.InfoContext(ctx, "progress card not edited", "job", string(job.ID), "error", err)
		return ref, nil
	}
	return ref, err
}

// post shows the card for all to see as an answer to the command, else to the person who asked.
func (b *Board) post(ctx context.Context, job bot.Job, shown bot.Card, key string) (bot.CardRef, error) {
	key = string(job.ID) + key
	if job.Command != "" {
		ref, err := b.Cards.ReplyCard(ctx, job.Command, job.Who, shown, key)
		if err == nil || later(err) {
			return ref, err
		}
	}
	if job.Who == "" {
		return bot.CardRef{}, nil
	}
	return b.Cards.TellCard(ctx, job.Who, shown, key)
}

// Settle takes away what the asking card offers: a card for one person goes, any other says what became of it.
func (b *Board) Settle(ctx context.Context, job bot.Job) error {
	switch {
	case job.Ask.ID == "":
		return nil
	case job.Ask.Private:
		return final(b.Cards.DropWhisper(ctx, job.Ask))
	case job.State != bot.JobExpired:
		if err := afterPress(ctx); err != nil {
			return err
		}
	}
	return final(b.Cards.EditCard(ctx, job.Ask, b.page(ctx, job).settled(job)))
}

// quiet reports whether nothing but failures is to be said.
func (b *Board) quiet(ctx context.Context, job bot.Job) (bool, error) {
	if job.Filter.Quiet {
		return true, nil
	}
	set, err := b.Settings.Settings(ctx, job.Chat)
	return set.Quiet, err
}

// page is what the job's cards are written with.
func (b *Board) page(ctx context.Context, job bot.Job) page {
	p := page{answers: b.answers, lang: b.answers.language(ctx, job.Chat, Language(job.Language)), zone: b.zone}
	p.undo, p.kept = b.undoes(ctx, job)
	return p
}

// undoes reports whether anything that a clean-up took can come back, and how many posts; where that can't be told, the
// press will.
func (b *Board) undoes(ctx context.Context, job bot.Job) (bool, int) {
	if b.Archive == nil || job.Kind != bot.JobClean || !job.State.Ended() || job.Counts[bot.CauseRecalled] == 0 {
		return false, 0
	}
	by, err := b.Archive.Restorer(ctx, job.Chat, job.ID)
	if err != nil {
		return true, 0
	}
	kept, _, err := b.Archive.Count(ctx, job.Chat, job.ID)
	return by == "" && (err != nil || kept > 0), kept
}

// isQuick tells a job whose command needs no more than the sign on it when all goes well: nobody had to confirm it, and
// the chat shows what it did. Of a batch nothing else would tell, nor of posts that stood in other chats, nor of what came
// back without its mark, or did not come back.
func isQuick(job bot.Job) bool {
	return job.Kind != bot.JobBatch && job.Kind != bot.JobPosts && job.Confirmed == "" && job.Counts[bot.CauseBare] == 0 &&
		(job.Kind != bot.JobUndo || job.Preview.Skipped.Sum() == 0)
}

// final forgets an error that another run would not cure.
func final(err error) error {
	if err != nil && later(err) {
		return err
	}
	return nil
}

// afterPress waits until the answer to a press has surely arrived.
func afterPress(ctx context.Context) error { return pause(ctx, pressOpen) }

// pause waits until a card may be edited.
func pause(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return bot.Errorf(bot.Unavailable, "wait until a card may be edited: %w", ctx.Err())
	}
}

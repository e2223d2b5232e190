package handlers

import (
	"context"
	"time"

	"recallbot/bot"
	"recallbot/handlers/card"
	"recallbot/handlers/text"
)

const (
	// quickJob is how long a quick job runs before a card is shown.
	quickJob = 2 * time.Second
	// editEvery is the least time between two edits of a card.
	editEvery = 2 * time.Second
	// pressDelay is how long to wait after a press: the platform undoes an edit that is made before it has the answer to the press.
	pressDelay = 500 * time.Millisecond
	// keptCardLife is how long the card that offers to undo a job is remembered: as long as jobs are kept.
	keptCardLife = 7 * 24 * time.Hour
)

// Board shows jobs to people: the preview, the progress and the result. It is safe for concurrent use.
type Board struct {
	Answers  *Answers
	Cards    Cards
	Recaller Recaller
	Rights   Rights
	Once     Once
	Settings Settings
	// Archive is nil where it is off.
	Archive Archive
	Now     func() time.Time
}

// Ask shows what would be recalled and asks to confirm or to approve; in a dry run it only shows it. It returns an error if no
// card can be shown.
func (b *Board) Ask(ctx context.Context, job bot.Job) (bot.CardRef, error) {
	l := b.locale(ctx, job)
	key := string(job.ID) + "/ask/" + job.Key
	if job.State == bot.JobApproval {
		return b.remembered(ctx, job)(b.Cards.PostCard(ctx, placeOf(job), job.Who, l.Approval(job, b.Answers.helpers(ctx, job.Chat, job.Who)), key))
	}
	if !job.P2P {
		ref, err := b.Cards.WhisperCard(ctx, job.Chat, job.Who, l.Preview(job, true))
		if err == nil || bot.Retryable(err) {
			return ref, err
		}
		b.Answers.Log.InfoContext(ctx, "preview for one person not sent", "job", string(job.ID), "error", err)
	}
	ref, err := b.remembered(ctx, job)(b.Cards.TellCard(ctx, job.Who, b.about(ctx, job, l.Preview(job, true)), key))
	if err == nil || bot.Retryable(err) || job.Command == "" {
		return ref, err
	}
	// The whole chat sees this card, so it does not quote the messages.
	return b.remembered(ctx, job)(b.Cards.PostCard(ctx, placeOf(job), job.Who, l.Preview(job, false), key))
}

// Show updates the progress card, or shows one. It shows none if the chat or the command asks for quiet, or while the job may
// end soon; then the reference is empty.
func (b *Board) Show(ctx context.Context, job bot.Job, ahead *bot.Job) (bot.CardRef, error) {
	job = withCard(job)
	quiet, err := b.quiet(ctx, job)
	if err != nil {
		return job.Card, err
	}
	now := b.Now()
	soon := ahead == nil && isQuick(job) && job.Card.ID == "" && now.Sub(job.Began) < quickJob
	if quiet || soon {
		return job.Card, nil
	}
	l := b.locale(ctx, job)
	shown := l.Progress(job, now)
	if ahead != nil {
		shown = l.Waiting(job, *ahead)
	}
	if job.Card.ID == "" {
		return b.remembered(ctx, job)(b.post(ctx, job, shown, "/card"))
	}
	if now.Sub(job.Card.Edited) < editEvery {
		return job.Card, nil
	}
	return b.showOn(ctx, job, shown)
}

// showOn shows the progress on the job's card.
func (b *Board) showOn(ctx context.Context, job bot.Job, shown bot.Card) (bot.CardRef, error) {
	if job.Card.ID == job.Ask.ID { // it may have been pressed just now
		if err := afterPress(ctx); err != nil {
			return job.Card, err
		}
	}
	ref := job.Card
	err := b.edit(ctx, job, job.Card, shown)
	ref.Edited = b.Now() // after the call, so that the next edit is not too early
	if err != nil && !bot.Retryable(err) {
		// The card was recalled: no other is shown.
		b.Answers.Log.InfoContext(ctx, "progress card not updated", "job", string(job.ID), "error", err)
		return ref, nil
	}
	return ref, err
}

// withCard is the job with the card that asked for its approval as its card, if it has no other: the chat need not see two.
func withCard(job bot.Job) bot.Job {
	if job.Card.ID == "" && job.Approver != "" && !job.Ask.Private {
		job.Card = job.Ask
	}
	return job
}

// post shows the card to the chat, as a reply to the command if there was one; posts are recalled for one person, who gets the card if
// there was none.
func (b *Board) post(ctx context.Context, job bot.Job, shown bot.Card, key string) (bot.CardRef, error) {
	key = string(job.ID) + key
	if job.Command != "" || job.Kind == bot.JobClean && job.Who != "" {
		ref, err := b.Cards.PostCard(ctx, placeOf(job), job.Who, shown, key)
		if err == nil || bot.Retryable(err) {
			return ref, err
		}
	}
	if job.Who == "" {
		return bot.CardRef{}, nil
	}
	return b.Cards.TellCard(ctx, job.Who, b.about(ctx, job, shown), key)
}

// placeOf is where a card of the job is shown to all: as a reply to the command, if there was one.
func placeOf(job bot.Job) bot.Place { return bot.Place{Chat: job.Chat, Message: job.Command} }

// about names the job's group on a card in the two-person chat.
func (b *Board) about(ctx context.Context, job bot.Job, shown bot.Card) bot.Card {
	to := recipient{chat: job.Chat, p2p: job.P2P, lang: b.locale(ctx, job).Language}
	return under(b.Answers.about(ctx, to), shown)
}

// edit changes a card of the job.
func (b *Board) edit(ctx context.Context, job bot.Job, ref bot.CardRef, shown bot.Card) error {
	if ref.Chat != job.Chat {
		shown = b.about(ctx, job, shown)
	}
	return b.Cards.EditCard(ctx, ref, shown)
}

// Settle removes the buttons of the card that asked: a card for one person is deleted, any other shows the decision.
func (b *Board) Settle(ctx context.Context, job bot.Job) error {
	switch {
	case job.Ask.ID == "", job.Approver != "" && withCard(job).Card.ID == job.Ask.ID:
		return nil // there is none, or it shows the progress and the result
	case job.Ask.Private:
		return retryableOnly(b.Cards.DropWhisper(ctx, job.Ask))
	case job.State != bot.JobExpired:
		if err := afterPress(ctx); err != nil {
			return err
		}
	}
	return retryableOnly(b.edit(ctx, job, job.Ask, b.locale(ctx, job).Settled(job)))
}

// quiet reports whether only failures are to be shown.
func (b *Board) quiet(ctx context.Context, job bot.Job) (bool, error) {
	if job.Filter.Quiet {
		return true, nil
	}
	set, err := b.Settings.Settings(ctx, job.Chat)
	return set.Quiet, err
}

// locale is that of the job's cards.
func (b *Board) locale(ctx context.Context, job bot.Job) card.Locale {
	return b.Answers.locale(b.Answers.language(ctx, job.Chat, text.Language(job.Language)))
}

// undo is whether posts that a clean-up recalled can be restored, and how many. It offers the button if that is unknown.
func (b *Board) undo(ctx context.Context, job bot.Job) card.Undo {
	if b.Archive == nil || job.Kind != bot.JobClean || !job.State.Ended() || job.Counts[bot.CauseRecalled] == 0 {
		return card.Undo{}
	}
	by, err := b.Archive.Restorer(ctx, job.Chat, job.ID)
	if err != nil {
		return card.Undo{Offered: true}
	}
	kept, _, err := b.Archive.Count(ctx, job.Chat, job.ID)
	return card.Undo{Offered: by == "" && (err != nil || kept > 0), Kept: kept}
}

// isQuick reports whether the emoji on the command is enough when the job succeeds: it was not confirmed, and the chat shows its
// effect. The chat does not show the effect of a batch, of posts in other chats, and of an undo that is incomplete.
func isQuick(job bot.Job) bool {
	return job.Kind != bot.JobBatch && job.Kind != bot.JobPosts && job.Confirmed == "" && job.Counts[bot.CauseBare] == 0 &&
		(job.Kind != bot.JobUndo || job.Preview.Skipped.Sum() == 0)
}

// retryableOnly returns err if it is retryable.
func retryableOnly(err error) error {
	if err != nil && bot.Retryable(err) {
		return err
	}
	return nil
}

// afterPress waits until the platform has the answer to a press.
func afterPress(ctx context.Context) error { return pause(ctx, pressDelay) }

// pause waits until a card may be edited again.
func pause(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return nil
	}
	if err := bot.Sleep(ctx, d); err != nil {
		return bot.Errorf(bot.Unavailable, "wait until a card may be edited: %w", err)
	}
	return nil
}

package handlers

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"recallbot/bot"
	"recallbot/handlers/card"
	"recallbot/handlers/text"
	"recallbot/recall"
)

// End shows the result of a job, once: on its card if it has one, else by an emoji on the command if all succeeded, else to the
// person who asked. For a job whose result was shown before, it removes the cards.
func (b *Board) End(ctx context.Context, job bot.Job) error {
	job = withCard(job)
	if job.Told {
		return b.remove(ctx, job)
	}
	switch job.State {
	case bot.JobDone, bot.JobStopped, bot.JobFailed:
	default:
		return b.close(ctx, job)
	}
	shown, err := b.lastCard(ctx, job)
	if err != nil {
		return err
	}
	if !shown && job.State != bot.JobFailed {
		shown, err = b.postResult(ctx, job)
		if err != nil {
			return err
		}
	}
	if job.State == bot.JobDone && card.WentWell(job) {
		if err := b.tellTaken(ctx, job, shown); err != nil {
			return err
		}
		return b.succeed(ctx, job)
	}
	if shown {
		return nil
	}
	return b.tell(ctx, job)
}

// result is the card of a job that has ended.
func (b *Board) result(ctx context.Context, job bot.Job) bot.Card {
	return b.locale(ctx, job).Result(job, b.undo(ctx, job))
}

// close updates the card of a job that never ran.
func (b *Board) close(ctx context.Context, job bot.Job) error {
	if job.Card.ID == "" {
		return nil
	}
	if err := afterPress(ctx); err != nil {
		return err
	}
	return retryableOnly(b.edit(ctx, job, job.Card, b.locale(ctx, job).Settled(job)))
}

// lastCard puts the result on the job's card, and reports whether there is one to read.
func (b *Board) lastCard(ctx context.Context, job bot.Job) (bool, error) {
	if job.Card.ID == "" {
		return false, nil
	}
	rest := editEvery - b.Now().Sub(job.Card.Edited)
	if job.State == bot.JobStopped || job.Card.ID == job.Ask.ID { // it may have been pressed just now
		rest = max(rest, pressDelay)
	}
	if err := pause(ctx, min(rest, editEvery)); err != nil {
		return false, err
	}
	err := b.edit(ctx, job, job.Card, b.result(ctx, job))
	if err != nil && !bot.Retryable(err) {
		b.Answers.Log.InfoContext(ctx, "result card not updated", "job", string(job.ID), "error", err)
		return false, nil
	}
	return err == nil, err
}

// postResult posts a card with the result if the job's card was recalled, or if a job that is not quick ended before it had one.
// The card is remembered, so that it can be updated and removed.
func (b *Board) postResult(ctx context.Context, job bot.Job) (bool, error) {
	quiet, err := b.quiet(ctx, job)
	if err != nil || quiet || job.Card.ID == "" && isQuick(job) {
		return false, err
	}
	key := "/card"
	if job.Card.ID != "" {
		key = "/last_card" // with the first key the platform would answer the card that was recalled
	}
	ref, err := b.post(ctx, job, b.result(ctx, job), key)
	if err != nil || ref.ID == "" {
		return false, retryableOnly(err)
	}
	return true, keepCard(ctx, b.Once, job, ref, resultCard)
}

// The kinds of cards that keepCard remembers: a result, the short one of a quick job, and one that was pressed. A press can name any
// card, so that one is only deleted, which the platform does for cards that one person sees.
const (
	resultCard  = "result"
	takenCard   = "taken"
	pressedCard = "pressed"
)

// keepCard remembers the card that offers to undo a job, if the job does not have it.
func keepCard(ctx context.Context, once Once, job bot.Job, ref bot.CardRef, kind string) error {
	_, err := once.Keep(ctx, keptCardKey(job), string(ref.ID)+" "+string(ref.Chat)+" "+kind, keptCardLife)
	return err
}

func keptCardKey(job bot.Job) string { return "late_card/" + string(job.ID) }

// keptCard is the card that keepCard remembered, and its kind.
func (b *Board) keptCard(ctx context.Context, job bot.Job) (ref bot.CardRef, kind string, err error) {
	kept, err := b.Once.Kept(ctx, keptCardKey(job))
	id, rest, _ := strings.Cut(kept, " ")
	chat, kind, _ := strings.Cut(rest, " ")
	return bot.CardRef{ID: bot.MessageID(id), Chat: bot.ChatID(chat)}, kind, err
}

// Update shows the result again on the card that has buttons. A card for one person can't be edited, so it is deleted.
func (b *Board) Update(ctx context.Context, job bot.Job) error {
	ref, kind := withCard(job).Card, resultCard
	if ref.ID == "" {
		var err error
		if ref, kind, err = b.keptCard(ctx, job); err != nil || ref.ID == "" {
			return err
		}
	}
	if kind == pressedCard {
		return b.drop(ctx, ref)
	}
	if err := afterPress(ctx); err != nil {
		return err
	}
	shown := b.result(ctx, job)
	if kind == takenCard {
		shown = b.locale(ctx, job).Taken(job, b.undo(ctx, job))
	}
	if b.Archive != nil {
		if by, err := b.Archive.Restorer(ctx, job.Chat, job.ID); err == nil && by != "" {
			shown.Parts = append(shown.Parts, bot.CardPart{Note: b.locale(ctx, job).Say(text.Undone)})
		}
	}
	err := b.edit(ctx, job, ref, shown)
	if err == nil || bot.Retryable(err) {
		return err
	}
	return b.drop(ctx, ref)
}

// drop deletes a card that one person sees.
func (b *Board) drop(ctx context.Context, ref bot.CardRef) error {
	ref.Private = true
	return retryableOnly(b.Cards.DropWhisper(ctx, ref))
}

// tell sends the result to the person who asked, privately.
func (b *Board) tell(ctx context.Context, job bot.Job) error {
	if job.Who == "" {
		return nil
	}
	quiet, err := b.quiet(ctx, job)
	if err != nil {
		return err
	}
	l := b.locale(ctx, job)
	to := b.recipient(job, l)
	if quiet {
		to.command = ""
	}
	shown := b.result(ctx, job)
	if said := l.Sentence(job); said != "" && !hasButtons(shown) {
		return b.Answers.tell(ctx, to, said)
	}
	return b.show(ctx, to, job, shown, resultCard)
}

// show shows the card of a job to the person who asked, and remembers it.
func (b *Board) show(ctx context.Context, to recipient, job bot.Job, shown bot.Card, kind string) error {
	ref, err := b.Answers.show(ctx, to, shown)
	if err != nil || ref.ID == "" {
		return retryableOnly(err)
	}
	return keepCard(ctx, b.Once, job, ref, kind)
}

func hasButtons(c bot.Card) bool {
	return slices.ContainsFunc(c.Parts, func(p bot.CardPart) bool { return len(p.Buttons) > 0 })
}

// tellTaken tells the person what a clean-up took that had no card.
func (b *Board) tellTaken(ctx context.Context, job bot.Job, shown bool) error {
	if shown || job.Kind != bot.JobClean || job.Who == "" {
		return nil
	}
	quiet, err := b.quiet(ctx, job)
	if err != nil || quiet {
		return err
	}
	l := b.locale(ctx, job)
	return b.show(ctx, b.recipient(job, l), job, l.Taken(job, b.undo(ctx, job)), takenCard)
}

// recipient is the person who asked for the job, for its result.
func (b *Board) recipient(job bot.Job, l card.Locale) recipient {
	return recipient{
		work: job.CauseID + "/end", person: job.Who, chat: job.Chat, command: job.Command, lang: l.Language, p2p: job.P2P,
	}
}

// succeed puts the emoji of success on the command, and recalls the command where the bot may.
func (b *Board) succeed(ctx context.Context, job bot.Job) error {
	if job.Command == "" {
		return nil
	}
	if err := b.Answers.done(ctx, job.Command); err != nil {
		return err
	}
	may, err := b.Rights.May(ctx, job.Who, job.Chat, job.P2P)
	if err != nil && bot.KindOf(err) != bot.RateLimited { // the job is done, so no other run
		b.Answers.Log.InfoContext(ctx, "command not recalled", "message_id", string(job.Command), "error", err)
		return nil
	}
	if err != nil || !may.Ranked {
		return err
	}
	job.Who = cmp.Or(job.CommandBy, job.Who)
	return b.tidy(ctx, job, bot.Message{ID: job.Command, Kind: bot.KindPerson, At: job.Asked})
}

// remove recalls the cards of a job that succeeded.
func (b *Board) remove(ctx context.Context, job bot.Job) error {
	if job.State != bot.JobDone || !card.WentWell(job) {
		return nil
	}
	late, kind, err := b.keptCard(ctx, job)
	if err != nil {
		return err
	}
	if kind == pressedCard {
		late = bot.CardRef{}
	}
	removed := map[bot.MessageID]bool{"": true}
	for _, ref := range []bot.CardRef{job.Ask, job.Card, late} {
		if removed[ref.ID] || ref.Private {
			continue
		}
		removed[ref.ID] = true
		if err := b.tidy(ctx, job, bot.Message{ID: ref.ID, Chat: ref.Chat, Kind: bot.KindOwn, At: job.Created}); err != nil {
			return err
		}
	}
	return nil
}

// tidy recalls the command, or a card that was shown for it. It returns an error only for a rate limit; any other failure is
// logged, because the job is done.
func (b *Board) tidy(ctx context.Context, job bot.Job, m bot.Message) error {
	if m.Chat == "" {
		m.Chat = job.Chat
	}
	m.Sender = bot.HashOf(job.Who)
	_, err := b.Recaller.Recall(ctx, recall.Request{
		CauseID: job.CauseID, Via: bot.ViaTidy, Who: job.Who, Asked: job.Asked, Chat: m.Chat, P2P: job.P2P || m.Chat != job.Chat,
		Target: m.ID, Known: &m, Command: job.Command, Job: job.ID, Redelivered: true, BestEffort: true,
	})
	if bot.KindOf(err) == bot.RateLimited {
		return err
	}
	if err != nil {
		b.Answers.Log.WarnContext(ctx, "message not recalled", "message_id", string(m.ID), "error", err)
	}
	return nil
}

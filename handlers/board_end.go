package handlers

import (
	"cmp"
	"context"
	"strings"

	"recallbot/bot"
	"recallbot/recall"
	"recallbot/recall/jobs"
)

// End says the last word. Where all went well and no card was shown, that is a sign on the command; a card that was
// shown says how it ended; all else is told to the person who asked, once. A job that was told comes again when its card
// is to go.
func (b *Board) End(ctx context.Context, job bot.Job) error {
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
		shown, err = b.lateCard(ctx, job)
		if err != nil {
			return err
		}
	}
	if job.State == bot.JobDone && wentWell(job) {
		return b.succeed(ctx, job)
	}
	if shown {
		return nil
	}
	return b.tell(ctx, job)
}

// close ends the card of a job that never ran.
func (b *Board) close(ctx context.Context, job bot.Job) error {
	if job.Card.ID == "" {
		return nil
	}
	if err := afterPress(ctx); err != nil {
		return err
	}
	return final(b.Cards.EditCard(ctx, job.Card, b.page(ctx, job).settled(job)))
}

// lastCard edits the card of the job for the last time, and reports whether there is one to read.
func (b *Board) lastCard(ctx context.Context, job bot.Job) (bool, error) {
	if job.Card.ID == "" {
		return false, nil
	}
	rest := editEvery - b.Now().Sub(job.Card.Edited)
	if job.State == bot.JobStopped {
		rest = max(rest, pressOpen)
	}
	if err := pause(ctx, min(rest, editEvery)); err != nil {
		return false, err
	}
	err := b.Cards.EditCard(ctx, job.Card, b.page(ctx, job).result(job))
	if err != nil && !later(err) {
		b.Logger.InfoContext(ctx, "last word not on the card", "job", string(job.ID), "error", err)
		return false, nil
	}
	return err == nil, err
}

// lateCard shows how a job ended whose card was taken away, or that is not a quick one and was over before it showed one.
// Which card that is, is remembered for when it is to go.
func (b *Board) lateCard(ctx context.Context, job bot.Job) (bool, error) {
	quiet, err := b.quiet(ctx, job)
	if err != nil || quiet || job.Card.ID == "" && isQuick(job) {
		return false, err
	}
	key := "/card"
	if job.Card.ID != "" {
		key = "/last_card" // by the first the platform would know the one that was taken away
	}
	ref, err := b.post(ctx, job, b.page(ctx, job).result(job), key)
	if err != nil || ref.ID == "" {
		return false, final(err)
	}
	return true, keepCard(ctx, b.Once, job, ref)
}

// keepCard remembers which card offers to undo a job, where the job does not know.
func keepCard(ctx context.Context, once Once, job bot.Job, ref bot.CardRef) error {
	_, err := once.Keep(ctx, lateKey(job), string(ref.ID)+" "+string(ref.Chat), lateLife)
	return err
}

func lateKey(job bot.Job) string { return "late_card/" + string(job.ID) }

// keptCard is the card that keepCard remembered.
func (b *Board) keptCard(ctx context.Context, job bot.Job) (bot.CardRef, error) {
	kept, err := b.Once.Kept(ctx, lateKey(job))
	id, chat, _ := strings.Cut(kept, " ")
	return bot.CardRef{ID: bot.MessageID(id), Chat: bot.ChatID(chat)}, err
}

// Undone takes the offer to undo off the card of a job. A card for one person alone can't be changed, and goes.
func (b *Board) Undone(ctx context.Context, job bot.Job) error {
	ref := job.Card
	if ref.ID == "" {
		var err error
		if ref, err = b.keptCard(ctx, job); err != nil || ref.ID == "" {
			return err
		}
	}
	if err := afterPress(ctx); err != nil {
		return err
	}
	p := b.page(ctx, job)
	shown := p.result(job)
	shown.Parts = append(shown.Parts, bot.CardPart{Note: p.say(phraseUndone)})
	err := b.Cards.EditCard(ctx, ref, shown)
	if err == nil || later(err) {
		return err
	}
	ref.Private = true
	return final(b.Cards.DropWhisper(ctx, ref))
}

// tell says to the person who asked, and to nobody else, how the job ended.
func (b *Board) tell(ctx context.Context, job bot.Job) error {
	if job.Who == "" {
		return nil
	}
	quiet, err := b.quiet(ctx, job)
	if err != nil {
		return err
	}
	p := b.page(ctx, job)
	to := recipient{
		work: job.CauseID + "/end", person: job.Who, chat: job.Chat, command: job.Command, lang: p.lang, noWhisper: job.P2P,
	}
	if quiet {
		to.command = ""
	}
	if text := p.sentence(job); text != "" {
		return b.answers.tell(ctx, to, text)
	}
	ref, err := b.answers.show(ctx, to, p.result(job))
	if err != nil || ref.ID == "" {
		return final(err)
	}
	return keepCard(ctx, b.Once, job, ref)
}

// succeed is quiet: a sign on the command, and the command goes where the bot may take it away.
func (b *Board) succeed(ctx context.Context, job bot.Job) error {
	if job.Command == "" {
		return nil
	}
	if err := b.answers.done(ctx, job.Command); err != nil {
		return err
	}
	may, err := b.Recaller.May(ctx, job.Who, job.Chat, job.P2P)
	if err != nil && bot.KindOf(err) != bot.RateLimited { // not worth another run of a job that is done
		b.Logger.InfoContext(ctx, "command stays in the chat", "message_id", string(job.Command), "error", err)
		return nil
	}
	if err != nil || !may.Ranked {
		return err
	}
	job.Who = cmp.Or(job.CommandBy, job.Who)
	return b.tidy(ctx, job, bot.Message{ID: job.Command, Kind: bot.KindPerson, At: job.Asked})
}

// remove takes away the cards of a job that went well.
func (b *Board) remove(ctx context.Context, job bot.Job) error {
	if job.State != bot.JobDone || !wentWell(job) {
		return nil
	}
	late, err := b.keptCard(ctx, job)
	if err != nil {
		return err
	}
	for _, ref := range []bot.CardRef{job.Ask, job.Card, late} {
		if ref.ID == "" || ref.Private {
			continue
		}
		if err := b.tidy(ctx, job, bot.Message{ID: ref.ID, Chat: ref.Chat, Kind: bot.KindOwn, At: job.Created}); err != nil {
			return err
		}
	}
	return nil
}

// tidy takes away what the person who asked said, or what was shown because of it. It is not worth another run of a job
// that is done, unless the platform only asks to wait.
func (b *Board) tidy(ctx context.Context, job bot.Job, m bot.Message) error {
	if m.Chat == "" {
		m.Chat = job.Chat
	}
	m.Sender = bot.Hash64Of(job.Who)
	_, err := b.Recaller.Recall(ctx, recall.Request{
		CauseID: job.CauseID, Via: bot.ViaTidy, Who: job.Who, Asked: job.Asked, Chat: m.Chat, P2P: job.P2P || m.Chat != job.Chat,
		Target: m.ID, Known: &m, Command: job.Command, Job: job.ID, Redelivered: true, BestEffort: true,
	})
	if bot.KindOf(err) == bot.RateLimited {
		return err
	}
	if err != nil {
		b.Logger.WarnContext(ctx, "message stays in the chat", "message_id", string(m.ID), "error", err)
	}
	return nil
}

// wentWell reports whether the job did all that it was to do, and something at all.
func wentWell(job bot.Job) bool {
	return jobs.WentWell(job) && job.Counts[bot.CauseDryRun] == 0 && job.Total > 0
}

package card

import (
	"cmp"
	"strings"
	"time"

	"recallbot/bot"
	"recallbot/handlers/text"
	"recallbot/recall/jobs"
)

// Settled is a card that asked, after the decision.
func (l Locale) Settled(job bot.Job) bot.Card {
	name, tone := text.Confirmed, bot.ToneGood
	switch state := job.State; {
	case state == bot.JobStopped || state == bot.JobFailed || (state.Ended() && job.Next > 0):
		name, tone = text.Stopped, bot.ToneMuted
	case state == bot.JobCancelled:
		name, tone = text.Cancelled, bot.ToneMuted
	case state == bot.JobExpired:
		name, tone = text.Expired, bot.ToneMuted
	}
	shown := bot.Card{Title: l.Say(text.TitlePreview, "count", job.Total), Tone: tone}
	shown.Parts = append(shown.Parts, bot.CardPart{Text: l.Say(name)})
	if job.Approver != "" {
		shown.Parts = append(shown.Parts, bot.CardPart{Note: l.Say(text.ApprovedBy, "who", bot.Mention(job.Approver))})
	}
	return shown
}

// Waiting is the card of a job that waits for another.
func (l Locale) Waiting(job, ahead bot.Job) bot.Card {
	return bot.Card{Title: l.Say(text.TitleWaiting), Tone: bot.ToneMuted, Parts: []bot.CardPart{
		{Text: l.Say(text.Ahead, "who", bot.Mention(ahead.Who))},
		{Bar: &bot.Bar{Done: ahead.Next, Total: ahead.Total}},
		{Note: l.Say(text.OwnTurn, "count", job.Total)},
		{Buttons: []bot.Button{l.stop(job)}},
	}}
}

// Progress is how far a job is.
func (l Locale) Progress(job bot.Job, now time.Time) bot.Card {
	parts := []bot.CardPart{{Bar: &bot.Bar{Done: job.Next, Total: job.Total}}}
	switch {
	case !job.Stalled.IsZero():
		parts = append(parts, bot.CardPart{Text: l.Say(text.Stalled)})
	case job.Next < job.Total:
		parts = append(parts, bot.CardPart{Text: l.Say(text.TimeLeft, "time", l.Duration(jobs.TimeLeft(job, now)))})
	}
	parts = append(parts, bot.CardPart{Note: l.askedBy(job)}, bot.CardPart{Buttons: []bot.Button{l.stop(job)}})
	return bot.Card{Title: l.Say(text.Running(kindOf(job))), Tone: bot.ToneInfo, Parts: parts}
}

// askedBy names the person who asked, the one who approved, and the job's id.
func (l Locale) askedBy(job bot.Job) string {
	said := l.Say(text.AskedBy, "who", bot.Mention(job.Who), "job", string(job.ID))
	if job.Approver != "" {
		said += "\n" + l.Say(text.ApprovedBy, "who", bot.Mention(job.Approver))
	}
	return said
}

func (l Locale) stop(job bot.Job) bot.Button {
	return bot.Button{Text: l.Say(text.ButtonStop), Press: press(bot.ActStop, job)}
}

// Undo is what is known about undoing a job.
type Undo struct {
	// Offered is set where some posts can be restored; Kept is how many posts, or 0 where that is not known.
	Offered bool
	Kept    int
}

// Result is how a job ended: the true counts by cause.
func (l Locale) Result(job bot.Job, undo Undo) bot.Card {
	shown := bot.Card{Title: l.title(job), Tone: tone(job)}
	skipped := job.Preview.Skipped
	if job.Kind == bot.JobUndo {
		skipped = nil
	}
	if counts := l.counts(job.Counts, skipped); counts != "" {
		shown.Parts = append(shown.Parts, bot.CardPart{Text: counts})
	}
	if said := l.Sentence(job); said != "" {
		shown.Parts = append(shown.Parts, bot.CardPart{Text: said})
	}
	if lost := l.counts(job.Preview.Skipped, nil); job.Kind == bot.JobUndo && lost != "" {
		shown.Parts = append(shown.Parts, bot.CardPart{Text: l.Say(text.Lost, "counts", lost)})
	}
	if job.State == bot.JobStopped && job.Total > job.Next {
		shown.Parts = append(shown.Parts, bot.CardPart{Text: l.Say(text.Untried, "count", job.Total-job.Next)})
	}
	if job.Who != "" {
		shown.Parts = append(shown.Parts, bot.CardPart{Note: l.askedBy(job)})
	}
	if buttons := l.after(job, undo); len(buttons) > 0 {
		shown.Parts = append(shown.Parts, bot.CardPart{Buttons: buttons})
	}
	return shown
}

// after are the buttons of a job that is over.
func (l Locale) after(job bot.Job, undo Undo) []bot.Button {
	if job.Kind != bot.JobClean || job.Key == "" {
		return nil
	}
	var list []bot.Button
	failed := job.Counts[bot.CauseFailed] + job.Counts[bot.CauseNotAllowed] + job.Counts[bot.CauseNoRank]
	switch left := job.Total - job.Next; {
	case job.Again:
	case job.State == bot.JobStopped && left > 0 && job.Of == "":
		list = append(list, bot.Button{Text: l.Say(text.ButtonGoOn, "count", left), Press: press(bot.ActGoOn, job)})
	case failed > 0:
		list = append(list, bot.Button{
			Text: l.Say(text.ButtonRetry, "count", failed), Style: bot.StylePrimary, Press: press(bot.ActRetry, job),
		})
	case foundNothing(job) && ownOnly(job) && !job.Filter.Any:
		list = append(list, bot.Button{Text: l.Say(text.ButtonAllBots), Style: bot.StylePrimary, Press: press(bot.ActAllBots, job)})
	}
	return append(list, l.restore(job, undo)...)
}

// restore is the button that restores what a job recalled, if that is possible.
func (l Locale) restore(job bot.Job, undo Undo) []bot.Button {
	if !undo.Offered || job.Key == "" {
		return nil
	}
	button := bot.Button{Text: l.Say(text.ButtonUndo), Press: press(bot.ActUndo, job)}
	if taken := job.Counts[bot.CauseRecalled]; undo.Kept > 0 && undo.Kept < taken {
		button.Text = l.Say(text.ButtonUndoSome, "count", undo.Kept, "total", taken)
		button.Sure = l.Say(text.UndoSure, "count", undo.Kept, "total", taken)
	}
	return []bot.Button{button}
}

// AskUndo asks whether to restore what can be restored of what a job recalled.
func (l Locale) AskUndo(job bot.Job, kept int, lost bot.Counts) bot.Card {
	shown := bot.Card{Title: l.Say(text.TitleAskUndo, "count", kept), Tone: bot.ToneWarning}
	if counts := l.counts(lost, nil); counts != "" {
		shown.Parts = append(shown.Parts, bot.CardPart{Text: l.Say(text.Lost, "counts", counts)})
	}
	label := l.Say(text.ButtonUndoSome, "count", kept, "total", kept+lost.Sum())
	return withParts(shown, bot.CardPart{Buttons: []bot.Button{{Text: label, Style: bot.StylePrimary, Press: press(bot.ActUndo, job)}}})
}

// foundNothing reports a job that is over and had nothing to recall.
func foundNothing(job bot.Job) bool { return job.State == bot.JobDone && job.Total == 0 }

// Taken says how many messages a quick clean-up recalled, and whether there were fewer than it was asked for.
func (l Locale) Taken(job bot.Job, undo Undo) bot.Card {
	said := l.Say(text.Taken, "count", job.Counts[bot.CauseRecalled])
	if job.Filter.Last > job.Total {
		said += l.Join(l.Say(text.TakenAll))
	}
	shown := bot.Card{Parts: []bot.CardPart{{Text: said}}}
	if skipped := l.counts(job.Preview.Skipped, nil); skipped != "" {
		shown.Parts = append(shown.Parts, bot.CardPart{Note: l.Say(text.Skipped, "counts", skipped)})
	}
	if buttons := l.restore(job, undo); len(buttons) > 0 {
		shown.Parts = append(shown.Parts, bot.CardPart{Buttons: buttons})
	}
	return shown
}

func (l Locale) title(job bot.Job) string {
	switch job.State {
	case bot.JobStopped:
		return l.Say(text.TitleStopped)
	case bot.JobFailed:
		return l.Say(text.TitleFailed)
	default:
		if foundNothing(job) && kindOf(job) == bot.JobClean {
			return l.Say(text.TitleNothing)
		}
		if job.Counts[bot.CauseDryRun] > 0 {
			return l.Say(text.TitleDryRun, "count", job.Total)
		}
		return l.Say(text.Done(kindOf(job)))
	}
}

func tone(job bot.Job) bot.Tone {
	switch {
	case job.State == bot.JobFailed:
		return bot.ToneBad
	case job.State == bot.JobStopped:
		return bot.ToneMuted
	case WentWell(job):
		return bot.ToneGood
	default:
		return bot.ToneWarning
	}
}

// Sentence is the result of a job that could not begin or found nothing; empty for all others.
func (l Locale) Sentence(job bot.Job) string {
	switch {
	case job.State == bot.JobFailed:
		return l.Say(text.Reason(cmp.Or(job.Reason, bot.ReasonOther))) + l.Reference(job.Code, job.LogID)
	case job.State == bot.JobDone && job.Total == 0 && job.Kind == bot.JobBatch:
		return l.Say(text.BatchSoon)
	case job.State == bot.JobDone && job.Total == 0:
		return l.nothing(job)
	default:
		return ""
	}
}

// nothing is the text for a job that found nothing, with what was skipped.
func (l Locale) nothing(job bot.Job) string {
	lines := []string{l.Say(text.Reason(bot.ReasonNothingFound))}
	if f := job.Filter; f.Last > 0 && len(f.Bots)+len(f.By) == 0 && !ownOnly(job) {
		lines[0] = l.Say(text.NothingLast)
	}
	if job.Preview.Skipped.Sum() > 0 {
		lines[0] = l.Say(text.NothingAllowed)
	}
	if ownOnly(job) {
		lines = append(lines, l.Say(text.NothingOwn))
	}
	if skipped := l.counts(job.Preview.Skipped, nil); skipped != "" {
		lines = append(lines, l.Say(text.Skipped, "counts", skipped))
	}
	if job.Preview.Skipped[bot.CauseNoRank] > 0 {
		lines = append(lines, l.Say(text.NothingNoRank))
	}
	if unseen := l.unseen(job.Preview); unseen != "" {
		lines = append(lines, unseen)
	}
	return strings.Join(lines, "\n")
}

// press is what a button of a job means now.
func press(action bot.Action, job bot.Job) bot.Press {
	return bot.Press{Action: action, Job: job.ID, Key: job.Key}
}

// kindOf is the job's kind; one without is a clean-up.
func kindOf(job bot.Job) bot.JobKind { return cmp.Or(job.Kind, bot.JobClean) }

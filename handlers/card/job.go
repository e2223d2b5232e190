package card

import (
	"cmp"
	"strings"
	"time"

	"recallbot/bot"
	"recallbot/handlers/text"
	"recallbot/recall/jobs"
)

// maxAuthors is how many people and bots a preview shows.
const maxAuthors = 10

// Preview is what would be recalled, with buttons to confirm. Only the private card, for the person who asked, quotes messages.
func (l Locale) Preview(job bot.Job, private bool) bot.Card {
	shown := bot.Card{Title: l.Say(text.TitlePreview, "count", job.Total), Tone: bot.ToneWarning}
	shown.Parts = l.found(job, private)
	if private {
		shown.Parts = append(shown.Parts, l.excerpts(job)...)
	}
	if job.State != bot.JobAsked {
		shown.Tone = bot.ToneInfo
		shown.Parts = append(shown.Parts, bot.CardPart{Note: l.Say(text.OnlyShown)})
		return shown
	}
	if job.Alone {
		shown.Parts = append(shown.Parts, bot.CardPart{Text: l.Say(text.ConfirmAlone)})
	}
	shown.Parts = append(shown.Parts, bot.CardPart{Buttons: []bot.Button{
		{Text: l.Say(text.ButtonRecall, "count", job.Total), Style: bot.StyleDanger, Press: press(bot.ActConfirm, job)},
		{Text: l.Say(text.ButtonCancel), Press: press(bot.ActCancel, job)},
	}}, bot.CardPart{Note: l.Say(text.ExpiresSoon)})
	return shown
}

// Approval asks a second person. The whole chat sees it.
func (l Locale) Approval(job bot.Job) bot.Card {
	shown := bot.Card{Title: l.Say(text.TitleApproval, "count", job.Total), Tone: bot.ToneWarning}
	shown.Parts = append(shown.Parts, bot.CardPart{Text: l.Say(text.ApprovalAsked, "who", bot.Mention(job.Who))})
	if job.Comment != "" {
		shown.Parts = append(shown.Parts, bot.CardPart{Quotes: []string{job.Comment}})
	}
	shown.Parts = append(shown.Parts, l.found(job, false)...)
	shown.Parts = append(shown.Parts, bot.CardPart{Buttons: []bot.Button{
		{Text: l.Say(text.ButtonApprove), Style: bot.StyleDanger, Press: press(bot.ActApprove, job)},
		{Text: l.Say(text.ButtonCancel), Press: press(bot.ActCancel, job)},
	}}, bot.CardPart{Note: l.Say(text.ExpiresSoon)})
	return shown
}

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

// found shows the preview, without the content of messages.
func (l Locale) found(job bot.Job, private bool) []bot.CardPart {
	found := job.Preview
	parts := []bot.CardPart{{Note: l.Say(text.Understood)}, {Quotes: []string{l.command(job)}}}
	if job.Kind == bot.JobPosts {
		parts = nil // a button asked, not a command
	}
	if lines := l.authors(found, private); lines != "" {
		parts = append(parts, bot.CardPart{Text: lines})
	}
	var lines []string
	if !found.Oldest.IsZero() && !found.Newest.IsZero() {
		lines = append(lines, l.Say(text.Range, "oldest", l.Time(found.Oldest), "newest", l.Time(found.Newest)))
	}
	if skipped := l.counts(found.Skipped, nil); skipped != "" {
		lines = append(lines, l.Say(text.Skipped, "counts", skipped))
	}
	if job.Total > 0 {
		lines = append(lines, l.Say(text.Estimate, "time", l.Duration(bot.CallTime(job.Total))))
	}
	if len(lines) > 0 {
		parts = append(parts, bot.CardPart{Text: strings.Join(lines, "\n")})
	}
	if unseen := l.unseen(found); unseen != "" {
		parts = append(parts, bot.CardPart{Note: unseen})
	}
	return parts
}

// command is the clean-up as it was understood.
func (l Locale) command(job bot.Job) string {
	return strings.TrimSpace("/recall clean " + job.Filter.String())
}

func (l Locale) unseen(found bot.Preview) string {
	lines := make([]string, len(found.Unseen))
	for i, what := range found.Unseen {
		lines[i] = l.Say(text.Unseen(what))
	}
	return strings.Join(lines, "\n")
}

// authors are the senders of the messages to recall. A card that the whole chat sees does not mention people.
func (l Locale) authors(found bot.Preview, private bool) string {
	var lines []string
	people, others := 0, found.Others
	for i, a := range found.Authors {
		switch {
		case a.Kind == bot.KindPerson && !private:
			people += a.Count
		case i >= maxAuthors:
			others++
		default:
			lines = append(lines, l.Say(text.SenderCount, "who", l.author(a.Kind, a.From, a.Name), "count", a.Count))
		}
	}
	if people > 0 {
		lines = append(lines, l.Say(text.SenderCount, "who", l.Say(text.SenderPeople), "count", people))
	}
	if others > 0 {
		lines = append(lines, l.Say(text.SenderOthers, "count", others))
	}
	return strings.Join(lines, "\n")
}

func (l Locale) author(kind bot.Kind, from, name string) string {
	switch {
	case kind == bot.KindOwn:
		return l.Say(text.SenderMyself)
	case kind == bot.KindPerson && from != "":
		return bot.Mention(bot.UserID(from))
	case name != "" && from != "":
		return text.Plain(name) + " (" + text.Plain(from) + ")"
	case name != "":
		return text.Plain(name)
	case from != "":
		return text.Plain(from)
	case kind == bot.KindBot:
		return l.Say(text.SenderBot)
	default:
		return l.Say(text.SenderUnknown)
	}
}

func (l Locale) excerpts(job bot.Job) []bot.CardPart {
	shown := job.Preview.Excerpts[:min(len(job.Preview.Excerpts), bot.MaxExcerpts)]
	if len(shown) == 0 {
		return nil
	}
	lines := make([]string, len(shown))
	for i, e := range shown {
		lines[i] = l.Time(e.At) + "  " + cmp.Or(e.Text, "["+l.Type(e.Type)+"]")
	}
	return []bot.CardPart{{Note: l.Say(text.Newest, "count", len(shown))}, {Quotes: lines}}
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
	if n := job.Counts[bot.CauseFailed] + job.Counts[bot.CauseNotAllowed] + job.Counts[bot.CauseNoRank]; n > 0 {
		list = append(list, bot.Button{
			Text: l.Say(text.ButtonRetry, "count", n), Style: bot.StylePrimary, Press: press(bot.ActRetry, job),
		})
	}
	if undo.Offered {
		label := l.Say(text.ButtonUndo)
		if taken := job.Counts[bot.CauseRecalled]; undo.Kept > 0 && undo.Kept < taken {
			label = l.Say(text.ButtonUndoSome, "count", undo.Kept, "total", taken)
		}
		list = append(list, bot.Button{Text: label, Press: press(bot.ActUndo, job)})
	}
	return list
}

func (l Locale) title(job bot.Job) string {
	switch job.State {
	case bot.JobStopped:
		return l.Say(text.TitleStopped)
	case bot.JobFailed:
		return l.Say(text.TitleFailed)
	default:
		if job.Counts[bot.CauseDryRun] > 0 {
			return l.Say(text.TitleDryRun)
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
	if skipped := l.counts(job.Preview.Skipped, nil); skipped != "" {
		lines = append(lines, l.Say(text.Skipped, "counts", skipped))
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

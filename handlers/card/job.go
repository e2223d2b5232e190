package card

import (
	"cmp"
	"strconv"
	"strings"
	"time"

	"recallbot/bot"
	"recallbot/handlers/text"
	"recallbot/recall/jobs"
)

const (
	// maxAuthors is how many people and bots a preview shows, maxQuote how many characters of a message.
	maxAuthors = 10
	maxQuote   = 60
	// quickTime is how long a job may take without an estimate.
	quickTime = 10 * time.Second
)

// Preview is what would be recalled, with buttons to confirm. Only the private card, for the person who asked, quotes messages.
func (l Locale) Preview(job bot.Job, private bool) bot.Card {
	shown := bot.Card{Title: l.Say(text.TitlePreview, "count", job.Total), Tone: bot.ToneWarning}
	shown.Parts = []bot.CardPart{{Text: l.What(job)}}
	if job.State != bot.JobAsked {
		shown.Title, shown.Tone = l.Say(text.TitleDryRun, "count", job.Total), bot.ToneInfo
	} else {
		if job.Alone {
			shown.Parts = append(shown.Parts, bot.CardPart{Text: l.Say(text.ConfirmAlone)})
		}
		shown.Parts = append(shown.Parts, bot.CardPart{Buttons: []bot.Button{
			{Text: l.Say(text.ButtonRecall, "count", job.Total), Style: bot.StyleDanger, Press: press(bot.ActConfirm, job)},
			{Text: l.Say(text.ButtonCancel), Press: press(bot.ActCancel, job)},
		}})
	}
	shown.Parts = append(shown.Parts, l.found(job, private)...)
	if private {
		shown.Parts = append(shown.Parts, l.groups(job)...)
	}
	if ownOnly(job) {
		shown.Parts = append(shown.Parts, bot.CardPart{Note: l.Say(text.OnlyOwn)})
	}
	if job.State == bot.JobAsked {
		shown.Parts = append(shown.Parts, bot.CardPart{Note: l.Say(text.ExpiresSoon)})
	}
	return shown
}

// ownOnly reports a clean-up that looked for our own posts only because it named no bot and no person. /recall N means them.
func ownOnly(job bot.Job) bool {
	f := job.Filter
	other := f
	other.Last, other.Yes, other.Quiet, other.DryRun, other.WithPinned = 0, false, false, false, false
	return kindOf(job) == bot.JobClean && job.Via == bot.ViaClean && len(f.Bots) == 0 && len(f.By) == 0 && (f.Last == 0 || other.Narrows() || f.Dup)
}

// Approval asks a second person. The whole chat sees it; approvers are those who can approve, as mentions.
func (l Locale) Approval(job bot.Job, approvers []string) bot.Card {
	shown := bot.Card{Title: l.Say(text.TitleApproval, "count", job.Total), Tone: bot.ToneWarning}
	asked := l.Say(text.ApprovalAsked, "who", bot.Mention(job.Who))
	if len(approvers) > 0 {
		asked += "\n" + l.Say(text.Approvers, "people", l.List(approvers))
	}
	shown.Parts = append(shown.Parts, bot.CardPart{Text: asked})
	if job.Comment != "" {
		shown.Parts = append(shown.Parts, bot.CardPart{Quotes: []string{job.Comment}})
	}
	if job.Kind != bot.JobPosts { // a button asked for posts, and no filter
		shown.Parts = append(shown.Parts, bot.CardPart{Text: l.What(job)})
	}
	shown.Parts = append(shown.Parts, bot.CardPart{Buttons: []bot.Button{
		{Text: l.Say(text.ButtonApprove), Style: bot.StyleDanger, Press: press(bot.ActApprove, job)},
		{Text: l.Say(text.ButtonCancel), Press: press(bot.ActCancel, job)},
	}})
	shown.Parts = append(shown.Parts, l.found(job, false)...)
	shown.Parts = append(shown.Parts, bot.CardPart{Note: l.Say(text.ExpiresSoon)})
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

// found is who posted the messages, when, and what is left out, without the content of messages.
func (l Locale) found(job bot.Job, private bool) []bot.CardPart {
	found := job.Preview
	var parts []bot.CardPart
	if senders := l.authors(found, private); senders != "" {
		parts = append(parts, bot.CardPart{Text: senders})
	}
	var lines []string
	if oldest, newest := l.Moment(found.Oldest, job.Asked), l.Moment(found.Newest, job.Asked); !found.Oldest.IsZero() && oldest != newest {
		lines = append(lines, l.Say(text.Range, "oldest", oldest, "newest", newest))
	}
	if skipped := l.counts(found.Skipped, nil); skipped != "" {
		lines = append(lines, l.Say(text.Skipped, "counts", skipped))
	}
	if took := bot.CallTime(job.Total); took >= quickTime {
		lines = append(lines, l.Say(text.Estimate, "time", l.Duration(took)))
	}
	if len(lines) > 0 {
		parts = append(parts, bot.CardPart{Note: strings.Join(lines, "\n")})
	}
	if unseen := l.unseen(found); unseen != "" {
		parts = append(parts, bot.CardPart{Note: unseen})
	}
	return parts
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
	return strings.Join(lines, l.Say(text.ListOfCounts))
}

func (l Locale) author(kind bot.Kind, from, name string) string {
	switch {
	case kind == bot.KindOwn:
		return l.me()
	case kind == bot.KindPerson && from != "":
		return bot.Mention(bot.UserID(from))
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

// groups are the messages, equal ones of one sender in one line. The sender is named where there are several.
func (l Locale) groups(job bot.Job) []bot.CardPart {
	if len(job.Preview.Groups) == 0 {
		return nil
	}
	several := len(job.Preview.Authors) > 1
	var lines []string
	shown := 0
	for _, g := range job.Preview.Groups {
		said := cmp.Or(bot.Abbreviate(g.Text, maxQuote), "["+l.Type(g.Type)+"]")
		said = strings.ReplaceAll(said, bot.MentionStart, "@ {") // a quoted message must not mention people
		if several {
			said = l.Say(text.SenderSaid, "who", l.author(g.Kind, g.From, g.Name), "text", said)
		}
		said = l.Moment(g.Newest, job.Asked) + "  " + said
		if g.Count > 1 {
			said += "  ×" + strconv.Itoa(g.Count)
		}
		lines = append(lines, said)
		shown += g.Count
	}
	if rest := job.Total - shown; rest > 0 {
		lines = append(lines, l.Say(text.MoreMessages, "count", rest))
	}
	return []bot.CardPart{{Text: strings.Join(lines, "\n")}}
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
	case job.State == bot.JobStopped && left > 0:
		list = append(list, bot.Button{Text: l.Say(text.ButtonGoOn, "count", left), Press: press(bot.ActGoOn, job)})
	case failed > 0:
		list = append(list, bot.Button{
			Text: l.Say(text.ButtonRetry, "count", failed), Style: bot.StylePrimary, Press: press(bot.ActRetry, job),
		})
	case foundNothing(job) && ownOnly(job):
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
		said += " " + l.Say(text.TakenAll)
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
	if ownOnly(job) {
		lines = append(lines, l.Say(text.NothingOwn))
	}
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

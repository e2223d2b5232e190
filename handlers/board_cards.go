package handlers

import (
	"fmt"
	"strings"
	"time"

	"recallbot/bot"
)

// maxAuthors is how many people and bots a preview shows.
const maxAuthors = 10

// page writes a job's cards in a language.
type page struct {
	answers *answers
	lang    Language
	zone    *time.Location
	// undo is set where something that the job took can come back, and kept is how many posts, where that is known.
	undo bool
	kept int
}

func (p page) say(name phrase) string { return p.answers.words(p.lang, name) }

func (p page) fill(name phrase, args ...any) string { return fmt.Sprintf(p.say(name), args...) }

// preview is what would go, and asks to confirm. What the messages say is for the person who asked alone.
func (p page) preview(job bot.Job, private bool) bot.Card {
	shown := bot.Card{Title: p.fill(phraseTitlePreview, job.Total), Tone: bot.ToneWarning}
	shown.Parts = p.found(job, private)
	if private {
		shown.Parts = append(shown.Parts, p.excerpts(job)...)
	}
	if job.State != bot.JobAsked {
		shown.Tone = bot.ToneInfo
		shown.Parts = append(shown.Parts, bot.CardPart{Note: p.say(phraseOnlyShown)})
		return shown
	}
	if job.Alone {
		shown.Parts = append(shown.Parts, bot.CardPart{Text: p.say(phraseConfirmAlone)})
	}
	shown.Parts = append(shown.Parts, bot.CardPart{Buttons: []bot.Button{
		{Text: p.fill(phraseButtonRecall, job.Total), Style: bot.StyleDanger, Press: press(bot.ActConfirm, job)},
		{Text: p.say(phraseButtonCancel), Press: press(bot.ActCancel, job)},
	}}, bot.CardPart{Note: p.say(phraseExpiresSoon)})
	return shown
}

// approval asks a second person. The whole chat sees it.
func (p page) approval(job bot.Job) bot.Card {
	shown := bot.Card{Title: p.fill(phraseTitleApproval, job.Total), Tone: bot.ToneWarning}
	shown.Parts = append(shown.Parts, bot.CardPart{Text: p.fill(phraseApprovalAsked, bot.Mention(job.Who))})
	if job.Comment != "" {
		shown.Parts = append(shown.Parts, bot.CardPart{Quotes: []string{job.Comment}})
	}
	shown.Parts = append(shown.Parts, p.found(job, false)...)
	shown.Parts = append(shown.Parts, bot.CardPart{Buttons: []bot.Button{
		{Text: p.say(phraseButtonApprove), Style: bot.StyleDanger, Press: press(bot.ActApprove, job)},
		{Text: p.say(phraseButtonCancel), Press: press(bot.ActCancel, job)},
	}}, bot.CardPart{Note: p.say(phraseExpiresSoon)})
	return shown
}

// settled is what is left of a card that asked.
func (p page) settled(job bot.Job) bot.Card {
	name, tone := phraseSettledGo, bot.ToneGood
	switch state := job.State; {
	case state == bot.JobStopped || state == bot.JobFailed || (state.Ended() && job.Next > 0):
		name, tone = phraseSettledStopped, bot.ToneMuted
	case state == bot.JobCancelled:
		name, tone = phraseSettledCancelled, bot.ToneMuted
	case state == bot.JobExpired:
		name, tone = phraseSettledExpired, bot.ToneMuted
	}
	shown := bot.Card{Title: p.fill(phraseTitlePreview, job.Total), Tone: tone}
	shown.Parts = append(shown.Parts, bot.CardPart{Text: p.say(name)})
	if job.Approver != "" {
		shown.Parts = append(shown.Parts, bot.CardPart{Note: p.fill(phraseApprovedBy, bot.Mention(job.Approver))})
	}
	return shown
}

// found is what the selection found, without a word of what the messages say.
func (p page) found(job bot.Job, private bool) []bot.CardPart {
	found := job.Preview
	parts := []bot.CardPart{{Note: p.say(phraseUnderstood)}, {Quotes: []string{p.command(job)}}}
	if job.Kind == bot.JobPosts {
		parts = nil // a button asked, not a command
	}
	if lines := p.authors(found, private); lines != "" {
		parts = append(parts, bot.CardPart{Text: lines})
	}
	var lines []string
	if !found.Oldest.IsZero() && !found.Newest.IsZero() {
		lines = append(lines, p.fill(phraseSpan, p.at(found.Oldest), p.at(found.Newest)))
	}
	if skipped := p.counts(found.Skipped, nil); skipped != "" {
		lines = append(lines, p.fill(phraseSkipped, skipped))
	}
	if job.Total > 0 {
		lines = append(lines, p.fill(phraseEstimate, p.lasts(atLimit(job.Total))))
	}
	if len(lines) > 0 {
		parts = append(parts, bot.CardPart{Text: strings.Join(lines, "\n")})
	}
	if unseen := p.unseen(found); unseen != "" {
		parts = append(parts, bot.CardPart{Note: unseen})
	}
	return parts
}

// command is the clean-up as it was understood.
func (p page) command(job bot.Job) string {
	return strings.TrimSpace("/recall clean " + job.Filter.String())
}

func (p page) unseen(found bot.Preview) string {
	lines := make([]string, len(found.Unseen))
	for i, what := range found.Unseen {
		lines[i] = p.say(phrase(what))
	}
	return strings.Join(lines, "\n")
}

// authors are whose messages would go. In a card for all to see, people are not called by mentions.
func (p page) authors(found bot.Preview, private bool) string {
	var lines []string
	people, others := 0, found.Others
	for i, a := range found.Authors {
		switch {
		case a.Kind == bot.KindPerson && !private:
			people += a.Count
		case i >= maxAuthors:
			others++
		default:
			lines = append(lines, p.fill(phraseAuthor, p.author(a.Kind, a.From, a.Name), a.Count))
		}
	}
	if people > 0 {
		lines = append(lines, p.fill(phraseAuthor, p.say(phrasePeople), people))
	}
	if others > 0 {
		lines = append(lines, p.fill(phraseOthers, others))
	}
	return strings.Join(lines, "\n")
}

func (p page) author(kind bot.Kind, from, name string) string {
	switch {
	case kind == bot.KindOwn:
		return p.say(phraseMyself)
	case kind == bot.KindPerson && from != "":
		return bot.Mention(bot.UserID(from))
	case name != "" && from != "":
		return plain(name) + " (" + plain(from) + ")"
	case name != "":
		return plain(name)
	case from != "":
		return plain(from)
	case kind == bot.KindBot:
		return p.say(phraseSomeBot)
	default:
		return p.say(phraseSomebody)
	}
}

func (p page) excerpts(job bot.Job) []bot.CardPart {
	shown := job.Preview.Excerpts[:min(len(job.Preview.Excerpts), bot.MaxExcerpts)]
	if len(shown) == 0 {
		return nil
	}
	lines := make([]string, len(shown))
	for i, e := range shown {
		text := e.Text
		if text == "" {
			text = "[" + p.typeName(e.Type) + "]"
		}
		lines[i] = p.at(e.At) + "  " + text
	}
	return []bot.CardPart{{Note: p.fill(phraseNewest, len(shown))}, {Quotes: lines}}
}

// waiting says whose job runs first.
func (p page) waiting(job, ahead bot.Job) bot.Card {
	return bot.Card{Title: p.say(phraseTitleWaiting), Tone: bot.ToneMuted, Parts: []bot.CardPart{
		{Text: p.fill(phraseAhead, bot.Mention(ahead.Who))},
		{Bar: &bot.Bar{Done: ahead.Next, Total: ahead.Total}},
		{Note: p.fill(phraseOwnTurn, job.Total)},
		{Buttons: []bot.Button{p.stop(job)}},
	}}
}

// progress is how far a job is.
func (p page) progress(job bot.Job, now time.Time) bot.Card {
	parts := []bot.CardPart{{Bar: &bot.Bar{Done: job.Next, Total: job.Total}}}
	switch {
	case !job.Stalled.IsZero():
		parts = append(parts, bot.CardPart{Text: p.say(phraseStalled)})
	case job.Next < job.Total:
		parts = append(parts, bot.CardPart{Text: p.fill(phraseTimeLeft, p.lasts(timeLeft(job, now)))})
	}
	parts = append(parts, bot.CardPart{Note: p.askedBy(job)}, bot.CardPart{Buttons: []bot.Button{p.stop(job)}})
	return bot.Card{Title: p.say(byKind(job, phraseTitleRunning)), Tone: bot.ToneInfo, Parts: parts}
}

// askedBy names the person, and whoever approved, and the job by which it can be stopped and undone.
func (p page) askedBy(job bot.Job) string {
	text := p.fill(phraseAskedBy, bot.Mention(job.Who), string(job.ID))
	if job.Approver != "" {
		text += "\n" + p.fill(phraseApprovedBy, bot.Mention(job.Approver))
	}
	return text
}

func (p page) stop(job bot.Job) bot.Button {
	return bot.Button{Text: p.say(phraseButtonStop), Press: press(bot.ActStop, job)}
}

// result is how a job ended: the true counts by cause.
func (p page) result(job bot.Job) bot.Card {
	shown := bot.Card{Title: p.title(job), Tone: tone(job)}
	skipped := job.Preview.Skipped
	if job.Kind == bot.JobUndo {
		skipped = nil
	}
	if counts := p.counts(job.Counts, skipped); counts != "" {
		shown.Parts = append(shown.Parts, bot.CardPart{Text: counts})
	}
	if text := p.sentence(job); text != "" {
		shown.Parts = append(shown.Parts, bot.CardPart{Text: text})
	}
	if lost := p.counts(job.Preview.Skipped, nil); job.Kind == bot.JobUndo && lost != "" {
		shown.Parts = append(shown.Parts, bot.CardPart{Text: p.fill(phraseCantReturn, lost)})
	}
	if job.State == bot.JobStopped && job.Total > job.Next {
		shown.Parts = append(shown.Parts, bot.CardPart{Text: p.fill(phraseUntried, job.Total-job.Next)})
	}
	if job.Who != "" {
		shown.Parts = append(shown.Parts, bot.CardPart{Note: p.askedBy(job)})
	}
	if buttons := p.after(job); len(buttons) > 0 {
		shown.Parts = append(shown.Parts, bot.CardPart{Buttons: buttons})
	}
	return shown
}

// after are the buttons of a job that is over.
func (p page) after(job bot.Job) []bot.Button {
	if job.Kind != bot.JobClean || job.Key == "" {
		return nil
	}
	var list []bot.Button
	if n := job.Counts[bot.CauseFailed] + job.Counts[bot.CauseNotAllowed] + job.Counts[bot.CauseNoRank]; n > 0 {
		list = append(list, bot.Button{
			Text: p.fill(phraseButtonRetry, n), Style: bot.StylePrimary, Press: press(bot.ActRetry, job),
		})
	}
	if p.undo {
		text := p.say(phraseButtonUndo)
		if taken := job.Counts[bot.CauseRecalled]; p.kept > 0 && p.kept < taken {
			text = p.fill(phraseButtonUndoSome, p.kept, taken)
		}
		list = append(list, bot.Button{Text: text, Press: press(bot.ActUndo, job)})
	}
	return list
}

func (p page) title(job bot.Job) string {
	switch job.State {
	case bot.JobStopped:
		return p.say(phraseTitleStopped)
	case bot.JobFailed:
		return p.say(phraseTitleFailed)
	default:
		if job.Counts[bot.CauseDryRun] > 0 {
			return p.say(phraseTitleDryRun)
		}
		return p.say(byKind(job, phraseTitleDone))
	}
}

func tone(job bot.Job) bot.Tone {
	switch {
	case job.State == bot.JobFailed:
		return bot.ToneBad
	case job.State == bot.JobStopped:
		return bot.ToneMuted
	case wentWell(job):
		return bot.ToneGood
	default:
		return bot.ToneWarning
	}
}

// sentence is what a job that could not begin, or that found nothing, is told by; empty for all others.
func (p page) sentence(job bot.Job) string {
	switch {
	case job.State == bot.JobFailed:
		out := outcomeOf(job)
		to := recipient{lang: p.lang}
		return p.say(phrase(out.Reason)) + p.answers.reference(to, out)
	case job.State == bot.JobDone && job.Total == 0 && job.Kind == bot.JobBatch:
		return p.say(phraseBatchSoon)
	case job.State == bot.JobDone && job.Total == 0:
		return p.nothing(job)
	default:
		return ""
	}
}

// nothing says that nothing was found, and what was left out.
func (p page) nothing(job bot.Job) string {
	lines := []string{p.say(phrase(bot.ReasonNothingFound))}
	if skipped := p.counts(job.Preview.Skipped, nil); skipped != "" {
		lines = append(lines, p.fill(phraseSkipped, skipped))
	}
	if unseen := p.unseen(job.Preview); unseen != "" {
		lines = append(lines, unseen)
	}
	return strings.Join(lines, "\n")
}

// press is what a button of a job means now.
func press(action bot.Action, job bot.Job) bot.Press {
	return bot.Press{Action: action, Job: job.ID, Key: job.Key}
}

// byKind is the phrase for the job's kind.
func byKind(job bot.Job, name phrase) phrase {
	if job.Kind == "" {
		return name + "_" + phrase(bot.JobClean)
	}
	return name + "_" + phrase(job.Kind)
}

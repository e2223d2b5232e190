package card

import (
	"strings"
	"time"

	"recallbot/audit"
	"recallbot/bot"
	"recallbot/handlers/text"
)

// maxSenders is how many people and bots a line of the log names.
const maxSenders = 3

// LogLine is an act, with what is known besides its records.
type LogLine struct {
	audit.Act

	// Job is the act's job; nil where there is none, or where it is not kept any more.
	Job *bot.Job
	// Senders are those of the messages; Excerpt is the beginning of a single message, where it is kept.
	Senders []bot.AuthorCount
	Excerpt string
}

// LogPage is a page of a chat's log.
type LogPage struct {
	// Chat is the name of a group.
	Chat string
	// Who and Since are what the log was limited to.
	Who   bot.UserID
	Since time.Time
	Lines []LogLine
	// Skipped is how many newer lines there are, Total how many lines in all. Cut is set where older records were deleted.
	Skipped, Total int
	Cut            bool
	// Buttons lead to other pages.
	Buttons []bot.Button
}

// Log is a page of the log: a line for each act, with details in small print.
func (l Locale) Log(page LogPage, now time.Time) bot.Card {
	shown := bot.Card{Title: l.Say(text.LogTitle), Tone: bot.ToneInfo}
	if page.Chat != "" {
		shown.Title = l.Say(text.LogTitleIn, "chat", text.Plain(page.Chat))
	}
	note := func(said string) {
		if said != "" {
			shown.Parts = append(shown.Parts, bot.CardPart{Note: said})
		}
	}
	if page.Who != "" {
		note(l.Say(text.LogBy, "who", bot.Mention(page.Who)))
	}
	if !page.Since.IsZero() {
		note(l.Say(text.LogSince, "time", l.Moment(page.Since, now)))
	}
	switch limited := len(shown.Parts) > 0; {
	case len(page.Lines) > 0:
	case limited:
		shown.Parts = append(shown.Parts, bot.CardPart{Text: l.Say(text.LogNone)})
	default:
		shown.Parts = append(shown.Parts, bot.CardPart{Text: l.Say(text.LogEmpty)})
	}
	for _, line := range page.Lines {
		first := join(" · ", l.Moment(line.Newest().At, now), l.logWho(line), l.did(line))
		shown.Parts = append(shown.Parts, bot.CardPart{Text: first})
		note(l.details(line))
	}
	if len(page.Buttons) > 0 {
		shown.Parts = append(shown.Parts, bot.CardPart{Buttons: page.Buttons})
	}
	if page.Total > len(page.Lines) {
		note(l.Say(text.LogPage, "first", page.Skipped+1, "last", page.Skipped+len(page.Lines), "total", page.Total))
	}
	if page.Cut {
		note(l.Say(text.LogCut))
	}
	return shown
}

// join joins the texts that are not empty.
func join(between string, said ...string) string {
	var parts []string
	for _, one := range said {
		if one != "" {
			parts = append(parts, one)
		}
	}
	return strings.Join(parts, between)
}

func (l Locale) brackets(what, why string) string {
	if why == "" {
		return what
	}
	return what + l.Say(text.Brackets, "what", why)
}

// logWho is who did it: a person with the rule that allowed it, a team, or what acts by itself.
func (l Locale) logWho(line LogLine) string {
	e := line.Newest()
	switch {
	case e.Who != "":
		rule := ""
		if !e.Refused() && e.Rule != "" && e.Rule != audit.RuleConsent {
			rule = l.Say(text.Rule(e.Rule))
		}
		return l.brackets(bot.Mention(e.Who), rule)
	case e.Team != "":
		return l.Say(text.LogWhoTeam, "team", text.Plain(string(e.Team)))
	case e.Token != "":
		return l.Say(text.LogWhoAPI)
	}
	return l.Say(logWithout(e.Via))
}

// logWithout is who did it where there is no person, team or token.
func logWithout(via bot.Via) text.Key {
	switch via {
	case bot.ViaLifetime:
		return text.LogWhoLifetime
	case bot.ViaCascade:
		return text.LogWhoCascade
	case bot.ViaWatch:
		return text.LogWhoWatch
	case bot.ViaOperator:
		return text.LogWhoOperator
	case bot.ViaPlatform:
		return text.LogWhoPlatform
	default:
		return text.LogWhoNobody
	}
}

// outcome is a result of a recall, with the text of a line about it.
type outcome struct {
	result bot.Result
	said   text.Key
}

// outcomes are all of them; the first that an act has is its main one.
func outcomes() []outcome {
	return []outcome{
		{bot.Done, text.LogDidRecalled},
		{bot.Restored, text.LogDidRestored},
		{bot.Cancelled, text.LogDidCancelled},
		{bot.DryRun, text.LogDidDryRun},
		{bot.AlreadyGone, text.LogDidAlreadyGone},
		{bot.Failed, text.LogDidFailed},
		{bot.Refused, text.LogDidRefused},
	}
}

// mainOutcome is the one that a line is about.
func mainOutcome(act audit.Act) outcome {
	for _, one := range outcomes() {
		if act.Count(one.result) > 0 {
			return one
		}
	}
	return outcome{act.Newest().Result, text.LogDidRecalled}
}

// did is what was done.
func (l Locale) did(line LogLine) string {
	e, one, many := line.Newest(), text.LogDidChanged, text.LogDidChangedMany
	switch {
	case e.Via == bot.ViaConsent || e.Via == bot.ViaDeauthorize || e.Via == bot.ViaPlatform:
		return l.consent(e)
	case e.Result == bot.Asked:
		return l.Say(text.LogDidAsked, "id", text.Plain(string(e.Message)))
	case e.Result == bot.Refused && e.Message == "" && e.Reason == bot.ReasonNothingFound:
		one, many = text.LogDidNothing, text.LogDidNothingTimes
	case e.Result == bot.Refused && e.Message == "":
		one, many = text.LogDidRefusedPlain, text.LogDidRefusedTimes
	case e.Result != bot.Changed:
		return l.recalled(line)
	}
	if len(line.Act) == 1 {
		return l.Say(one)
	}
	return l.Say(many, "count", len(line.Act))
}

// recalled is what happened to messages.
func (l Locale) recalled(line LogLine) string {
	about, via := mainOutcome(line.Act), line.Newest().Via
	n, said := line.count(about.result), about.said
	switch {
	case about.result == bot.Done && via == bot.ViaClean && n > 1:
		said = text.LogDidCleaned
	case about.result == bot.Failed && via == bot.ViaUndo:
		said = text.LogDidFailedRestore
	case about.result == bot.Refused && via == bot.ViaUndo:
		said = text.LogDidRefusedRestore
	}
	return l.Say(said, "what", l.what(line, n))
}

// consent is what was done about an authorisation.
func (l Locale) consent(e audit.Entry) string {
	switch e.Result {
	case bot.Authorised:
		return l.Say(text.LogDidAuthorised)
	case bot.Deauthorised, bot.AlreadyGone:
		return l.Say(text.LogDidDeauthorised)
	default:
		return l.Say(text.LogDidConsentFailed)
	}
}

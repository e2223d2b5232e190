package card

import (
	"slices"
	"strings"
	"time"

	"recallbot/bot"
	"recallbot/handlers/text"
	"recallbot/post/alert"
)

// Alert is the card of a group of alerts. What the alerts say of themselves is shown as it is, as plain text.
func (l Locale) Alert(s alert.CardView) bot.Card {
	shown := bot.Card{Title: l.alertTitle(s), Tone: alertTone(s), Post: true}
	for _, said := range []string{s.Summary, s.Details} {
		if said != "" {
			shown.Parts = append(shown.Parts, bot.CardPart{Text: said})
		}
	}
	if lines := l.alertLines(s); len(lines) > 0 {
		shown.Parts = append(shown.Parts, bot.CardPart{Quotes: lines})
	}
	if s.Truncated > 0 {
		shown.Parts = append(shown.Parts, bot.CardPart{Text: l.Say(text.AlertTruncated, "count", s.Truncated)})
	}
	if note := l.alertNote(s); note != "" {
		shown.Parts = append(shown.Parts, bot.CardPart{Note: note})
	}
	if links := l.alertLinks(s); len(links) > 0 {
		shown.Parts = append(shown.Parts, bot.CardPart{Links: links})
	}
	return shown
}

// alertTitle is the state and how many alerts fire, unless the source's title has that itself.
func (l Locale) alertTitle(s alert.CardView) string {
	switch {
	case s.Firing && s.FiringCount == 0:
		return l.Say(text.AlertPartly, "title", s.Title)
	case s.Firing && s.Counted:
		return "🔥 " + s.Title
	case s.Firing:
		return l.Say(text.AlertFiring, "count", s.FiringCount+s.Truncated, "title", s.Title)
	case s.Counted:
		return "✅ " + s.Title
	default:
		return l.Say(text.AlertResolved, "title", s.Title)
	}
}

func alertTone(s alert.CardView) bot.Tone {
	switch {
	case !s.Firing:
		return bot.ToneGood
	case s.FiringCount == 0:
		return bot.ToneMuted
	case s.Severity == alert.SeverityInfo:
		return bot.ToneInfo
	case s.Severity == alert.SeverityWarning:
		return bot.ToneWarning
	default:
		return bot.ToneBad
	}
}

// alertLines are the alerts one by one. Of a single one, all else on the card is about it.
func (l Locale) alertLines(s alert.CardView) []string {
	if onlyOne(s) {
		return slices.DeleteFunc([]string{s.Lines[0].Text}, func(line string) bool { return line == "" || line == s.Title })
	}
	var lines []string
	for _, one := range s.Lines {
		line := "✅ " + one.Text
		if one.Firing {
			line = "🔥 " + one.Text
		}
		if span := l.alertSpan(one.Since, one.Until); span != "" && !oneSpan(s) {
			line += " · " + span
		}
		lines = append(lines, line)
	}
	if s.More > 0 {
		lines = append(lines, l.Say(text.AlertMore, "count", s.More))
	}
	return lines
}

// onlyOne reports whether the card is about a single alert.
func onlyOne(s alert.CardView) bool {
	return s.FiringCount+s.ResolvedCount == 1 && len(s.Lines) == 1 && s.Truncated == 0
}

// oneSpan reports whether all alerts began and ended when the group did: then the note has the times, and the lines have not.
func oneSpan(s alert.CardView) bool {
	return onlyOne(s) || !slices.ContainsFunc(s.Lines, func(one alert.Line) bool {
		return !one.Since.Equal(s.Since) || !one.Until.Equal(s.Until)
	})
}

func (l Locale) alertSpan(since, until time.Time) string {
	switch {
	case since.IsZero():
		return ""
	case until.IsZero():
		return l.Say(text.AlertSince, "time", l.exact(since))
	default:
		return l.timeRange(since, until)
	}
}

// alertNote is the labels, and the times unless each line has them.
func (l Locale) alertNote(s alert.CardView) string {
	var notes []string
	if len(s.Labels) > 0 {
		notes = append(notes, l.Say(text.AlertLabels, "labels", strings.Join(s.Labels, ", ")))
	}
	if span := l.alertSpan(s.Since, s.Until); span != "" && oneSpan(s) {
		notes = append(notes, span)
	}
	return strings.Join(notes, " · ")
}

func (l Locale) alertLinks(s alert.CardView) []bot.CardLink {
	var links []bot.CardLink
	for _, link := range s.Links {
		label := l.Say(text.AlertLink(string(link.Kind)))
		switch {
		case link.Of != "":
			label = l.Say(text.AlertRunbookOf, "alert", link.Of)
		case link.Kind == alert.LinkHome:
			label = l.Say(text.AlertLink(string(s.Source)))
		}
		links = append(links, bot.CardLink{Text: label, URL: link.URL})
	}
	return links
}

package handlers

import (
	"context"
	"slices"
	"strings"
	"time"

	"recallbot/bot"
	"recallbot/handlers/text"
	"recallbot/post/alert"
)

// alertTime is how the times of alerts are shown.
const alertTime = "01-02 15:04:05"

// AlertCards draws the cards of alerts. It is safe for concurrent use.
type AlertCards struct {
	answers *answers
	zone    *time.Location
}

// NewAlertCards makes it. Of the parts it needs Settings and Logger.
func NewAlertCards(config Config, parts Parts) (*AlertCards, error) {
	zone, err := time.LoadLocation(config.Timezone)
	if err != nil {
		return nil, bot.Errorf(bot.Invalid, "chat.timezone: %w", err)
	}
	return &AlertCards{newAnswers(config, parts), zone}, nil
}

// Draw makes the card of a group of alerts in the chat's language. What the alerts say of themselves stays as it is, and
// is plain text whatever stands in it.
func (c *AlertCards) Draw(ctx context.Context, chat bot.ChatID, s alert.CardView) bot.Card {
	p := page{answers: c.answers, lang: c.answers.language(ctx, chat, ""), zone: c.zone}
	shown := bot.Card{Title: p.alertTitle(s), Tone: alertTone(s), Post: true}
	for _, said := range []string{s.Summary, s.Details} {
		if said != "" {
			shown.Parts = append(shown.Parts, bot.CardPart{Text: said})
		}
	}
	if lines := p.alertLines(s); len(lines) > 0 {
		shown.Parts = append(shown.Parts, bot.CardPart{Quotes: lines})
	}
	if s.Truncated > 0 {
		shown.Parts = append(shown.Parts, bot.CardPart{Text: p.say(text.AlertTruncated, "count", s.Truncated)})
	}
	if note := p.alertNote(s); note != "" {
		shown.Parts = append(shown.Parts, bot.CardPart{Note: note})
	}
	if links := p.alertLinks(s); len(links) > 0 {
		shown.Parts = append(shown.Parts, bot.CardPart{Links: links})
	}
	return shown
}

// alertTitle says how it is, and how many fire, unless the source's title says so itself.
func (p page) alertTitle(s alert.CardView) string {
	switch {
	case s.Firing && s.FiringCount == 0:
		return p.say(text.AlertPartly, "title", s.Title)
	case s.Firing && s.Counted:
		return "🔥 " + s.Title
	case s.Firing:
		return p.say(text.AlertFiring, "count", s.FiringCount+s.Truncated, "title", s.Title)
	case s.Counted:
		return "✅ " + s.Title
	default:
		return p.say(text.AlertResolved, "title", s.Title)
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
func (p page) alertLines(s alert.CardView) []string {
	if onlyOne(s) {
		return slices.DeleteFunc([]string{s.Lines[0].Text}, func(line string) bool { return line == "" || line == s.Title })
	}
	var lines []string
	for _, l := range s.Lines {
		line := "✅ " + l.Text
		if l.Firing {
			line = "🔥 " + l.Text
		}
		if span := p.alertSpan(l.Since, l.Until); span != "" && !oneSpan(s) {
			line += " · " + span
		}
		lines = append(lines, line)
	}
	if s.More > 0 {
		lines = append(lines, p.say(text.AlertMore, "count", s.More))
	}
	return lines
}

// onlyOne reports whether the card is about a single alert.
func onlyOne(s alert.CardView) bool {
	return s.FiringCount+s.ResolvedCount == 1 && len(s.Lines) == 1 && s.Truncated == 0
}

// oneSpan reports whether all alerts began and ended when the group did: then that is said once, in the small print.
func oneSpan(s alert.CardView) bool {
	return onlyOne(s) || !slices.ContainsFunc(s.Lines, func(l alert.Line) bool {
		return !l.Since.Equal(s.Since) || !l.Until.Equal(s.Until)
	})
}

func (p page) alertSpan(since, until time.Time) string {
	switch {
	case since.IsZero():
		return ""
	case until.IsZero():
		return p.say(text.AlertSince, "time", since.In(p.zone).Format(alertTime))
	default:
		return p.say(text.AlertFromTo, "from", since.In(p.zone).Format(alertTime), "to", until.In(p.zone).Format(alertTime))
	}
}

// alertNote is the small print: the labels, and since when, unless each line says so.
func (p page) alertNote(s alert.CardView) string {
	var notes []string
	if len(s.Labels) > 0 {
		notes = append(notes, p.say(text.AlertLabels, "labels", strings.Join(s.Labels, ", ")))
	}
	if span := p.alertSpan(s.Since, s.Until); span != "" && oneSpan(s) {
		notes = append(notes, span)
	}
	return strings.Join(notes, " · ")
}

func (p page) alertLinks(s alert.CardView) []bot.CardLink {
	var links []bot.CardLink
	for _, l := range s.Links {
		label := p.say(text.AlertLink(string(l.Kind)))
		switch {
		case l.Of != "":
			label = p.say(text.AlertRunbookOf, "alert", l.Of)
		case l.Kind == alert.LinkHome:
			label = p.say(text.AlertLink(string(s.Source)))
		}
		links = append(links, bot.CardLink{Text: label, URL: l.URL})
	}
	return links
}

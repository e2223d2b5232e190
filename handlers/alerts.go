package handlers

import (
	"context"
	"slices"
	"strings"
	"time"

	"recallbot/bot"
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
	for _, text := range []string{s.Summary, s.Details} {
		if text != "" {
			shown.Parts = append(shown.Parts, bot.CardPart{Text: text})
		}
	}
	if lines := p.alertLines(s); len(lines) > 0 {
		shown.Parts = append(shown.Parts, bot.CardPart{Quotes: lines})
	}
	if s.Truncated > 0 {
		shown.Parts = append(shown.Parts, bot.CardPart{Text: p.fill(phraseAlertUntold, s.Truncated)})
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
		return p.fill(phraseAlertPartly, s.Title)
	case s.Firing && s.Counted:
		return "🔥 " + s.Title
	case s.Firing:
		return p.fill(phraseAlertFiring, s.FiringCount+s.Truncated, s.Title)
	case s.Counted:
		return "✅ " + s.Title
	default:
		return p.fill(phraseAlertResolved, s.Title)
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
		return slices.DeleteFunc([]string{s.Lines[0].Text}, func(text string) bool { return text == "" || text == s.Title })
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
		lines = append(lines, p.fill(phraseAlertMore, s.More))
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
		return p.fill(phraseAlertSince, since.In(p.zone).Format(alertTime))
	default:
		return p.fill(phraseAlertSpan, since.In(p.zone).Format(alertTime), until.In(p.zone).Format(alertTime))
	}
}

// alertNote is the small print: the labels, and since when, unless each line says so.
func (p page) alertNote(s alert.CardView) string {
	var notes []string
	if len(s.Labels) > 0 {
		notes = append(notes, p.fill(phraseAlertLabels, strings.Join(s.Labels, ", ")))
	}
	if span := p.alertSpan(s.Since, s.Until); span != "" && oneSpan(s) {
		notes = append(notes, span)
	}
	return strings.Join(notes, " · ")
}

func (p page) alertLinks(s alert.CardView) []bot.CardLink {
	var links []bot.CardLink
	for _, l := range s.Links {
		name := linkPhrase(l.Kind)
		if l.Kind == alert.LinkHome {
			if name = phraseAlertHomeAM; s.Source == alert.Grafana {
				name = phraseAlertHomeG
			}
		}
		text := p.say(name)
		if l.Of != "" {
			text = p.fill(phraseAlertBookOf, l.Of)
		}
		links = append(links, bot.CardLink{Text: text, URL: l.URL})
	}
	return links
}

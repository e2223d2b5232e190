// Package card makes cards (bot.Card) from data, in a language and a time zone.
package card

import (
	"strings"
	"time"

	"recallbot/bot"
	"recallbot/handlers/text"
)

// Locale is the language and the time zone of a card.
type Locale struct {
	text.Language

	Zone *time.Location
	// Self is our bot's name, if it is known.
	Self string
}

// me is our bot's name.
func (l Locale) me() string {
	if l.Self == "" {
		return l.Say(text.SenderMyself)
	}
	return text.Plain(l.Self)
}

// Time is a time as cards show it, without the year and seconds.
func (l Locale) Time(t time.Time) string { return t.In(l.Zone).Format("01-02 15:04") }

// exact is Time with seconds.
func (l Locale) exact(t time.Time) string { return t.In(l.Zone).Format("01-02 15:04:05") }

// timeRange is from one time to another, with seconds, and with the day of the second only where it is another day.
func (l Locale) timeRange(from, to time.Time) string {
	from, to = from.In(l.Zone), to.In(l.Zone)
	end := to.Format("15:04:05")
	if from.Year() != to.Year() || from.YearDay() != to.YearDay() {
		end = l.exact(to)
	}
	return l.Say(text.AlertFromTo, "from", l.exact(from), "to", end)
}

// Moment is a time to the minute, without the day where that is the day of now, and without the year where that is its year.
func (l Locale) Moment(t, now time.Time) string {
	t, now = t.In(l.Zone), now.In(l.Zone)
	switch {
	case t.Year() != now.Year():
		return t.Format("2006-01-02 15:04")
	case t.YearDay() != now.YearDay():
		return t.Format("01-02 15:04")
	default:
		return t.Format("15:04")
	}
}

// Note is a card with a text in small print and nothing else.
func Note(said string) bot.Card { return bot.Card{Parts: []bot.CardPart{{Note: said}}} }

// Emoji are emoji as people see them, those without a sign by the platform's key.
func Emoji(keys []string) string { return strings.Join(emojiSigns(keys), " / ") }

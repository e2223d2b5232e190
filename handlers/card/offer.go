package card

import (
	"cmp"
	"time"

	"recallbot/bot"
	"recallbot/handlers/text"
)

// Offered is the post that is offered to a person who did not say which.
type Offered struct {
	At      time.Time
	Excerpt string
	// Key is that of the button.
	Key  string
	Help HelpView
}

// OfferNewest shows our newest post with a button to recall it.
func (l Locale) OfferNewest(o Offered) bot.Card {
	return bot.Card{Title: l.Say(text.OfferTitle), Tone: bot.ToneInfo, Parts: []bot.CardPart{
		{Quotes: []string{l.Time(o.At) + "  " + cmp.Or(o.Excerpt, "…")}},
		{Buttons: []bot.Button{
			{Text: l.Say(text.OfferRecall), Style: bot.StyleDanger, Press: bot.Press{Action: bot.ActThis, Key: o.Key}},
			l.open(o.Help, bot.VerbClean), l.help(o.Help),
		}},
		{Note: l.Say(text.OfferOther)},
	}}
}

package card

import (
	"cmp"
	"time"

	"recallbot/bot"
	"recallbot/handlers/text"
)

// Question is a message that a person asks the moderators to recall.
type Question struct {
	Who     bot.UserID
	Chat    string
	At      time.Time
	Excerpt string
	// Key is that of the buttons.
	Key string
}

// Question asks a moderator whether to recall a message.
func (l Locale) Question(q Question) bot.Card {
	shown := bot.Card{Title: l.Say(text.QuestionTitle), Tone: bot.ToneWarning, Parts: []bot.CardPart{
		{Text: l.Say(text.QuestionAsked, "who", bot.Mention(q.Who), "chat", q.Chat)},
	}}
	if !q.At.IsZero() {
		shown.Parts = append(shown.Parts, bot.CardPart{Quotes: []string{l.Time(q.At) + "  " + cmp.Or(q.Excerpt, "…")}})
	}
	return withParts(shown, bot.CardPart{Buttons: []bot.Button{
		{Text: l.Say(text.OfferRecall), Style: bot.StyleDanger, Press: bot.Press{Action: bot.ActRecall, Key: q.Key}},
		{Text: l.Say(text.QuestionLeave), Press: bot.Press{Action: bot.ActLeave, Key: q.Key}},
	}})
}

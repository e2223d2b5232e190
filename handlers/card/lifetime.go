package card

import (
	"time"

	"recallbot/bot"
	"recallbot/handlers/text"
)

// NewPosts is the word of the button that sets a lifetime for new posts only.
const NewPosts = "new"

// AskLifetime asks what to do about posts that are older than a new lifetime.
func (l Locale) AskLifetime(count int, life time.Duration, key string) bot.Card {
	return bot.Card{Title: l.Say(text.TTLAsk, "count", count), Tone: bot.ToneWarning, Parts: []bot.CardPart{
		{Text: l.Say(text.TTLOlder, "count", count, "life", l.Lifetime(life))},
		{Buttons: []bot.Button{
			{Text: l.Say(text.TTLRecall, "count", count), Style: bot.StyleDanger, Press: bot.Press{Action: bot.ActTTL, Key: key}},
			{Text: l.Say(text.TTLKeep), Press: bot.Press{Action: bot.ActTTL, Key: key, Word: NewPosts}},
		}},
	}}
}

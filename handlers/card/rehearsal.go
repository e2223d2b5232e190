package card

import (
	"strconv"
	"time"

	"recallbot/bot"
	"recallbot/handlers/text"
	"recallbot/recall/watch"
)

// maxDays is how many days of a rehearsal are shown.
const maxDays = 14

// Tried is the result of a rehearsal.
type Tried struct {
	watch.Rehearsal

	Rule     bot.WatchRule
	Chat     bot.ChatID
	ChatName string
	Now      time.Time
}

// Reading shows how many messages were read, with a button that stops.
func (l Locale) Reading(title text.Key, read int, key string) bot.Card {
	return bot.Card{Title: l.Say(title), Tone: bot.ToneInfo, Parts: []bot.CardPart{
		{Text: l.Say(text.TryReading, "count", strconv.Itoa(read))},
		{Buttons: []bot.Button{{Text: l.Say(text.TryStop), Press: bot.Press{Action: bot.ActStopReading, Key: key}}}},
	}}
}

// Rehearsal says what a rule would have caught.
func (l Locale) Rehearsal(t Tried) bot.Card {
	shown := bot.Card{Title: l.Say(text.TryTitle), Tone: bot.ToneInfo, Parts: []bot.CardPart{
		{Text: l.Rule(t.Rule)},
		{Text: l.Say(text.TryCaught, "chat", t.ChatName, "count", strconv.Itoa(t.Caught), "looked", strconv.Itoa(t.Read), "since", l.Moment(t.Since, t.Now))},
	}}
	if len(t.Bots) > 0 {
		shown.Parts = append(shown.Parts, bot.CardPart{Text: l.Say(text.TryBots, "bots", l.List(l.botCounts(t.Bots)))})
	}
	if len(t.Days) > 0 {
		shown.Parts = append(shown.Parts, bot.CardPart{Text: l.Say(text.TryDays, "days", l.List(l.dayCounts(t.Days)))})
	}
	for _, samples := range []struct {
		title text.Key
		posts []watch.Entry
	}{{text.TryHits, t.Hits}, {text.TryLeft, t.Left}} {
		if len(samples.posts) > 0 {
			shown.Parts = append(shown.Parts, bot.CardPart{Heading: l.Say(samples.title)}, bot.CardPart{Quotes: l.excerpts(samples.posts)})
		}
	}
	if t.Part {
		shown.Parts = append(shown.Parts, bot.CardPart{Note: l.Say(text.TryPart)})
	}
	if t.Rule.Name != "" && t.Rule.State != bot.WatchOn {
		on := l.ruleButton(t.Chat, t.Rule.Name, bot.WatchOn, l.Say(text.RuleSwitch(bot.WatchOn)))
		shown.Parts = append(shown.Parts, bot.CardPart{Buttons: []bot.Button{on}})
	}
	return shown
}

func (l Locale) botCounts(counts []watch.Count) []string {
	var said []string
	for i, one := range counts {
		if i == maxNoticeBots {
			return append(said, "…")
		}
		said = append(said, l.Say(text.NoticeBot, "bot", l.BotName(bot.SenderRef(one.Name)), "count", strconv.Itoa(one.Count)))
	}
	return said
}

func (l Locale) dayCounts(days []watch.Count) []string {
	var said []string
	for _, day := range days[max(0, len(days)-maxDays):] {
		said = append(said, l.Say(text.NoticeBot, "bot", day.Name[len("2006-"):], "count", strconv.Itoa(day.Count)))
	}
	return said
}

func (l Locale) excerpts(posts []watch.Entry) []string {
	quotes := make([]string, len(posts))
	for i, post := range posts {
		quotes[i] = l.Time(post.At) + "  " + l.Say(text.SenderSaid, "who", l.BotName(bot.SenderRef(post.From.Label())), "text", post.Excerpt)
	}
	return quotes
}

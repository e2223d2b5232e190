package card

import (
	"maps"
	"slices"
	"strconv"
	"time"

	"recallbot/bot"
	"recallbot/handlers/text"
	"recallbot/recall/watch"
)

// maxReportBots is how many bots a report shows.
const maxReportBots = 10

// Reported is a report about a chat.
type Reported struct {
	watch.Report

	Chat       string
	Since, Now time.Time
}

// Report says which bots were loud.
func (l Locale) Report(r Reported) bot.Card {
	shown := bot.Card{Title: l.Say(text.ReportTitle), Tone: bot.ToneInfo, Parts: []bot.CardPart{
		{Text: l.Say(text.ReportSince, "chat", r.Chat, "since", l.Moment(r.Since, r.Now), "count", strconv.Itoa(len(r.Bots)))},
	}}
	for i, b := range r.Bots {
		if i == maxReportBots {
			shown.Parts = append(shown.Parts, bot.CardPart{Note: l.Say(text.ReportMore, "count", strconv.Itoa(len(r.Bots)-i))})
			break
		}
		shown.Parts = append(shown.Parts, bot.CardPart{Heading: l.BotName(bot.SenderRef(b.Sender))}, bot.CardPart{Text: l.botReport(b)})
	}
	if r.Part {
		shown.Parts = append(shown.Parts, bot.CardPart{Note: l.Say(text.TryPart)})
	}
	return shown
}

func (l Locale) botReport(b watch.BotReport) string {
	said := l.Say(text.ReportBot, "count", strconv.Itoa(b.Posts), "share", strconv.Itoa((100*b.Repeated+b.Posts/2)/b.Posts), "recalled", strconv.Itoa(b.Recalled))
	if b.Recalled == 0 {
		return said
	}
	var by []string
	for _, rule := range slices.Sorted(maps.Keys(b.By)) {
		who := l.Say(text.ReportPeople)
		if rule != "" {
			who = text.Plain(rule)
		}
		by = append(by, l.Say(text.NoticeBot, "bot", who, "count", strconv.Itoa(b.By[rule])))
	}
	return said + "\n" + l.Say(text.ReportBy, "who", l.List(by))
}

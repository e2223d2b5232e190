package card

import (
	"slices"
	"strconv"
	"time"

	"recallbot/bot"
	"recallbot/handlers/text"
)

// What the buttons of a notice do.
const (
	NoticeRecall     = "recall"
	NoticeQuarantine = "quarantine"
	NoticeLeave      = "leave"
	NoticeOff        = "off"
	NoticeRelease    = "release"
)

// maxNoticeBots is how many bots of a notice are named.
const maxNoticeBots = 5

// Notice is a notice to moderators with all that its card shows.
type Notice struct {
	bot.Notice

	ChatName string
	// Samples are excerpts.
	Samples []string
	// RuleOn is set while the rule acts, Until while the bot is in quarantine.
	RuleOn bool
	Until  time.Time
	// Decided is what a moderator decided; empty while nothing is decided.
	Decided string
	Now     time.Time
}

// Notice is the card of a notice.
func (l Locale) Notice(n Notice) bot.Card {
	shown := bot.Card{Title: l.noticeTitle(n), Tone: bot.ToneWarning, Parts: []bot.CardPart{{Text: l.noticeSentence(n)}}}
	if len(n.Samples) > 0 {
		shown.Parts = append(shown.Parts, bot.CardPart{Quotes: n.Samples})
	}
	switch {
	case n.Decided != "":
		shown.Tone, shown.Parts = bot.ToneMuted, append(shown.Parts, bot.CardPart{Note: n.Decided})
	case n.Kind == bot.NoticeQuarantine && !n.Until.After(n.Now):
		shown.Tone, shown.Parts = bot.ToneMuted, append(shown.Parts, bot.CardPart{Note: l.Say(text.NoticeEnded)})
	default:
		if buttons := l.noticeButtons(n); len(buttons) > 0 {
			shown = withParts(shown, bot.CardPart{Buttons: buttons})
		}
	}
	return shown
}

func (l Locale) noticeTitle(n Notice) string {
	if n.Kind == bot.NoticeQuarantine {
		return l.Say(text.NoticeTitle(n.Kind), "bot", l.BotName(n.Bot))
	}
	return l.Say(text.NoticeTitle(n.Kind), "name", text.Plain(n.Rule))
}

// noticeSentence says how many posts of which bots, and when.
func (l Locale) noticeSentence(n Notice) string {
	if n.Kind == bot.NoticeQuarantine {
		said := l.Say(text.NoticeQuarantined, "chat", n.ChatName, "count", strconv.Itoa(n.Count))
		if n.Until.After(n.Now) {
			said += " " + l.Say(text.NoticeUntil, "time", l.Moment(n.Until, n.Now))
		}
		if n.Rule != "" {
			said += " " + l.Say(text.NoticeByRule, "name", text.Plain(n.Rule))
		}
		return said
	}
	return l.Say(text.NoticePosts, "chat", n.ChatName, "count", strconv.Itoa(n.Count), "span", l.timeRange(n.First, n.Last),
		"bots", l.List(l.noticeBots(n.Senders)))
}

// noticeBots names the loudest bots with their counts.
func (l Locale) noticeBots(senders map[string]int) []string {
	names := make([]string, 0, len(senders))
	for name := range senders {
		names = append(names, name)
	}
	slices.SortFunc(names, func(a, b string) int {
		if senders[a] != senders[b] {
			return senders[b] - senders[a]
		}
		if a < b {
			return -1
		}
		return 1
	})
	var said []string
	for i, name := range names {
		if i == maxNoticeBots {
			return append(said, "…")
		}
		said = append(said, l.Say(text.NoticeBot, "bot", l.BotName(bot.SenderRef(name)), "count", strconv.Itoa(senders[name])))
	}
	return said
}

// BotName is a bot as people know it.
func (l Locale) BotName(ref bot.BotRef) string {
	switch {
	case ref.Name != "":
		return text.Plain(ref.Name)
	case ref.Me:
		return l.me()
	default:
		return text.Plain(ref.String())
	}
}

func (l Locale) noticeButtons(n Notice) []bot.Button {
	press := func(word string) bot.Press {
		return bot.Press{Action: bot.ActWatch, Key: n.Key, Chat: n.Chat, Word: word}
	}
	var buttons []bot.Button
	if n.Kind == bot.NoticeAsk || n.Kind == bot.NoticeCap {
		buttons = append(buttons, bot.Button{Text: l.Say(text.NoticeRecall, "count", strconv.Itoa(n.Count)), Style: bot.StyleDanger, Press: press(NoticeRecall)})
	}
	switch n.Kind {
	case bot.NoticeQuarantine:
		return []bot.Button{{Text: l.Say(text.NoticeRelease), Press: press(NoticeRelease)}}
	case bot.NoticeTell:
	default:
		buttons = append(buttons, bot.Button{Text: l.Say(text.NoticeQuarantine), Press: press(NoticeQuarantine)})
	}
	if n.Kind == bot.NoticeAsk || n.Kind == bot.NoticeCap {
		buttons = append(buttons, bot.Button{Text: l.Say(text.NoticeLeave), Press: press(NoticeLeave)})
	}
	if n.RuleOn {
		buttons = append(buttons, bot.Button{Text: l.Say(text.NoticeOff), Press: press(NoticeOff)})
	}
	return buttons
}

package card_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"recallbot/bot"
	"recallbot/handlers/card"
	"recallbot/handlers/text"
	"recallbot/post/alert"
)

// in is Shanghai and a language.
func in(t *testing.T, language text.Language) card.Locale {
	t.Helper()
	zone, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		t.Fatal(err)
	}
	return card.Locale{Language: language, Zone: zone}
}

func TestAlertCards(t *testing.T) {
	t.Parallel()
	since := time.Date(2026, 9, 1, 0, 0, 5, 0, time.UTC)
	sheet := alert.CardView{
		Source: alert.Alertmanager, Firing: true, Severity: alert.SeverityWarning, Title: "HighLatency", Summary: "API is *slow*",
		Labels: []string{"job=api"}, FiringCount: 2, ResolvedCount: 1, Since: since, More: 1,
		Lines: []alert.Line{
			{Firing: true, Text: "instance=api-1", Since: since}, {Text: "instance=api-2", Since: since, Until: since.Add(time.Minute)},
		},
		Links: []alert.Link{
			{Kind: alert.LinkRunbook, URL: "https://runbooks"},
			{Kind: alert.LinkRunbook, URL: "https://other", Of: "instance=api-2"},
			{Kind: alert.LinkHome, URL: "https://am"},
		},
	}
	want := bot.Card{Title: "🔥 2 firing: HighLatency", Tone: bot.ToneWarning, Post: true, Parts: []bot.CardPart{
		{Text: "API is *slow*"},
		{Quotes: []string{"🔥 instance=api-1 · since 09-01 08:00:05", "✅ instance=api-2 · 09-01 08:00:05 to 08:01:05", "and 1 more"}},
		{Note: "Labels: job=api"},
		{Links: []bot.CardLink{
			{Text: "Runbook", URL: "https://runbooks"}, {Text: "Runbook: instance=api-2", URL: "https://other"}, {Text: "Alertmanager", URL: "https://am"},
		}},
	}}
	if diff := cmp.Diff(want, in(t, text.English).Alert(sheet)); diff != "" {
		t.Error(diff)
	}
	if got := in(t, text.Chinese).Alert(sheet).Title; got != "🔥 2 条告警：HighLatency" {
		t.Errorf("in Chinese the title is %s", got)
	}
}

// TestAlertCardsSayThingsOnce: when it began, what it is called, how many fire.
func TestAlertCardsSayThingsOnce(t *testing.T) {
	t.Parallel()
	since := time.Date(2026, 9, 1, 15, 0, 0, 0, time.UTC)
	line := func(said string) alert.Line { return alert.Line{Firing: true, Text: said, Since: since} }
	told := line("x")
	told.Firing, told.Until = false, since.Add(time.Minute)
	one := alert.CardView{Firing: true, FiringCount: 1, Title: "DiskFull", Summary: "s", Details: "d", Since: since, Labels: []string{"a=b"}}
	valued, silent, two, titled, partly, ended, rest := one, one, one, one, one, one, one
	valued.Lines = []alert.Line{line("A=91.2")}
	silent.Lines = []alert.Line{line("DiskFull")}
	two.FiringCount, two.Lines = 2, []alert.Line{line("x"), line("y")}
	titled.Title, titled.Counted, titled.FiringCount, titled.Lines = "[FIRING:2]  (blue)", true, 2, two.Lines
	partly.Title, partly.Counted, partly.FiringCount, partly.ResolvedCount, partly.Truncated = "[RESOLVED] x", true, 0, 1, 1
	ended.Title, ended.Counted, ended.Firing, ended.FiringCount, ended.ResolvedCount = "[RESOLVED] x", true, false, 0, 1
	rest.FiringCount, rest.ResolvedCount, rest.Truncated, rest.Lines = 0, 1, 1, []alert.Line{told}
	rows := map[string]struct {
		sheet alert.CardView
		zh    bot.Card
	}{
		"one": {one, bot.Card{Title: "🔥 1 条告警：DiskFull", Parts: []bot.CardPart{{Text: "s"}, {Text: "d"}, {Note: "标签：a=b · 09-01 23:00:00 起"}}}},
		"one with values": {valued, bot.Card{Title: "🔥 1 条告警：DiskFull", Parts: []bot.CardPart{
			{Text: "s"}, {Text: "d"}, {Quotes: []string{"A=91.2"}}, {Note: "标签：a=b · 09-01 23:00:00 起"},
		}}},
		"one that only has its name": {silent, bot.Card{Title: "🔥 1 条告警：DiskFull", Parts: []bot.CardPart{
			{Text: "s"}, {Text: "d"}, {Note: "标签：a=b · 09-01 23:00:00 起"},
		}}},
		"two that began together": {two, bot.Card{Title: "🔥 2 条告警：DiskFull", Parts: []bot.CardPart{
			{Text: "s"}, {Text: "d"}, {Quotes: []string{"🔥 x", "🔥 y"}}, {Note: "标签：a=b · 09-01 23:00:00 起"},
		}}},
		"a title that counts": {titled, bot.Card{Title: "🔥 [FIRING:2]  (blue)", Parts: []bot.CardPart{
			{Text: "s"}, {Text: "d"}, {Quotes: []string{"🔥 x", "🔥 y"}}, {Note: "标签：a=b · 09-01 23:00:00 起"},
		}}},
		"a title that knows too little": {partly, bot.Card{Title: "❓ 可能仍在告警：[RESOLVED] x", Tone: bot.ToneMuted, Parts: []bot.CardPart{
			{Text: "s"}, {Text: "d"}, {Text: "还有 1 条不在最近一次通知里，不知道是否已恢复"}, {Note: "标签：a=b · 09-01 23:00:00 起"},
		}}},
		"one that ended, of two": {rest, bot.Card{Title: "❓ 可能仍在告警：DiskFull", Tone: bot.ToneMuted, Parts: []bot.CardPart{
			{Text: "s"},
			{Text: "d"},
			{Quotes: []string{"✅ x · 09-01 23:00:00 至 23:01:00"}},
			{Text: "还有 1 条不在最近一次通知里，不知道是否已恢复"},
			{Note: "标签：a=b"},
		}}},
		"a title that says it is over": {ended, bot.Card{Title: "✅ [RESOLVED] x", Tone: bot.ToneGood, Parts: []bot.CardPart{
			{Text: "s"}, {Text: "d"}, {Note: "标签：a=b · 09-01 23:00:00 起"},
		}}},
	}
	for name, row := range rows {
		if row.zh.Tone == "" {
			row.zh.Tone = bot.ToneBad
		}
		row.zh.Post = true
		if diff := cmp.Diff(row.zh, in(t, text.Chinese).Alert(row.sheet)); diff != "" {
			t.Errorf("%s: -want +got\n%s", name, diff)
		}
	}
}

func TestAlertTones(t *testing.T) {
	t.Parallel()
	rows := []struct {
		sheet alert.CardView
		tone  bot.Tone
		title string
	}{
		{alert.CardView{Firing: true, FiringCount: 1, Severity: alert.SeverityCritical}, bot.ToneBad, "🔥 1 firing: A"},
		{alert.CardView{Firing: true, FiringCount: 1, Truncated: 2, Severity: alert.SeverityInfo}, bot.ToneInfo, "🔥 3 firing: A"},
		{alert.CardView{Firing: true, ResolvedCount: 2, Truncated: 2}, bot.ToneMuted, "❓ May still be firing: A"},
		{alert.CardView{ResolvedCount: 2}, bot.ToneGood, "✅ Resolved: A"},
	}
	for _, row := range rows {
		row.sheet.Title = "A"
		row.sheet.Lines = []alert.Line{{Text: "A"}}
		got := in(t, text.English).Alert(row.sheet)
		if got.Tone != row.tone || got.Title != row.title {
			t.Errorf("%+v is %s %q, want %s %q", row.sheet, got.Tone, got.Title, row.tone, row.title)
		}
	}
}

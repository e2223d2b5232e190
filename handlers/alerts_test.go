package handlers_test

import (
	"log/slog"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"recallbot/alerts"
	"recallbot/bot"
	"recallbot/handlers"
)

func alertCards(t *testing.T, language handlers.Language) *handlers.AlertCards {
	t.Helper()
	config := handlers.Defaults()
	config.Language = string(language)
	d := newDesk(t)
	cards, err := handlers.NewAlertCards(config, handlers.Parts{Settings: d.settings, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	return cards
}

func TestAlertCards(t *testing.T) {
	t.Parallel()
	since := time.Date(2026, 9, 1, 0, 0, 5, 0, time.UTC)
	sheet := alerts.Sheet{
		Source: alerts.Alertmanager, Firing: true, Grade: alerts.GradeWarning, Title: "HighLatency", Summary: "API is *slow*",
		Labels: []string{"job=api"}, FiringCount: 2, ResolvedCount: 1, Since: since, More: 1,
		Lines: []alerts.Line{
			{Firing: true, Text: "instance=api-1", Since: since}, {Text: "instance=api-2", Since: since, Until: since.Add(time.Minute)},
		},
		Links: []alerts.Link{{Kind: alerts.LinkRunbook, URL: "https://runbooks"}, {Kind: alerts.LinkHome, URL: "https://am"}},
	}
	want := bot.Card{Title: "🔥 2 firing: HighLatency", Tone: bot.ToneWarning, Parts: []bot.CardPart{
		{Text: "API is *slow*"},
		{Quotes: []string{"🔥 instance=api-1  since 09-01 08:00:05", "✅ instance=api-2  09-01 08:00:05 to 09-01 08:01:05", "and 1 more"}},
		{Note: "Labels: job=api · since 09-01 08:00:05"},
		{Links: []bot.CardLink{{Text: "Runbook", URL: "https://runbooks"}, {Text: "Alertmanager", URL: "https://am"}}},
	}}
	if diff := cmp.Diff(want, alertCards(t, handlers.English).Draw(t.Context(), "oc_1", sheet)); diff != "" {
		t.Error(diff)
	}
	if got := alertCards(t, handlers.Chinese).Draw(t.Context(), "oc_1", sheet).Title; got != "🔥 2 条告警：HighLatency" {
		t.Errorf("in Chinese the title is %s", got)
	}
}

func TestAlertTones(t *testing.T) {
	t.Parallel()
	rows := []struct {
		sheet alerts.Sheet
		tone  bot.Tone
		title string
	}{
		{alerts.Sheet{Firing: true, FiringCount: 1, Grade: alerts.GradeCritical}, bot.ToneBad, "🔥 1 firing: A"},
		{alerts.Sheet{Firing: true, FiringCount: 1, Untold: 2, Grade: alerts.GradeInfo}, bot.ToneInfo, "🔥 3 firing: A"},
		{alerts.Sheet{Firing: true, ResolvedCount: 2, Untold: 2}, bot.ToneMuted, "❓ May still be firing: A"},
		{alerts.Sheet{ResolvedCount: 2}, bot.ToneGood, "✅ Resolved: A"},
	}
	cards := alertCards(t, handlers.English)
	for _, row := range rows {
		row.sheet.Title = "A"
		row.sheet.Lines = []alerts.Line{{Text: "A"}}
		got := cards.Draw(t.Context(), "oc_1", row.sheet)
		if got.Tone != row.tone || got.Title != row.title {
			t.Errorf("%+v is %s %q, want %s %q", row.sheet, got.Tone, got.Title, row.tone, row.title)
		}
	}
}

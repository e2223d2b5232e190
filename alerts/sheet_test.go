package alerts_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"recallbot/alerts"
	"recallbot/bot"
)

func contains(text, word string) bool { return strings.Contains(text, word) }

func at(t *testing.T, text string) time.Time {
	t.Helper()
	when, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		t.Fatal(err)
	}
	return when
}

func TestSheets(t *testing.T) {
	t.Parallel()
	first, second := at(t, "2026-09-01T08:00:05.339Z"), at(t, "2026-09-01T08:01:05.339Z")
	disk := alerts.Sheet{
		Source: alerts.Grafana, Firing: true, Grade: alerts.GradeCritical, Title: "Disk almost full",
		Summary: "The disk of db-1 is 91 % full", Details: "Clean up or grow it.", Labels: []string{"grafana_folder=Infra", "zone=cn-1"},
		FiringCount: 1, Since: at(t, "2026-09-01T16:00:10+08:00"),
		Lines: []alerts.Line{{Firing: true, Text: "Disk almost full", Since: at(t, "2026-09-01T16:00:10+08:00")}},
		Links: []alerts.Link{
			{Kind: alerts.LinkRunbook, URL: "https://runbooks.example.com/disk"},
			{Kind: alerts.LinkPanel, URL: "https://grafana.example.com/d/disks?orgId=1&viewPanel=4"},
			{Kind: alerts.LinkDashboard, URL: "https://grafana.example.com/d/disks?orgId=1"},
			{Kind: alerts.LinkSource, URL: "https://grafana.example.com/alerting/grafana/fe1x2y3z/view?orgId=1"},
			{Kind: alerts.LinkSilence, URL: "https://grafana.example.com/alerting/silence/new?alertmanager=grafana&matcher=alertname%3DDisk&orgId=1"},
		},
	}
	rows := map[string]alerts.Sheet{
		partly: {
			Source: alerts.Alertmanager, Firing: true, Grade: alerts.GradeWarning, Title: "HighLatency", Summary: "API is slow",
			Labels: []string{"job=api"}, FiringCount: 1, ResolvedCount: 1, Since: first,
			Lines: []alerts.Line{
				{Firing: true, Text: "instance=api-1:8080, severity=warning", Since: first},
				{Text: "instance=api-2:8080, severity=critical", Since: second, Until: at(t, "2026-09-01T08:09:05.339Z")},
			},
			Links: []alerts.Link{
				{Kind: alerts.LinkRunbook, URL: "https://runbooks.example.com/high-latency"},
				{Kind: alerts.LinkHome, URL: "http://alertmanager.example.com:9093"},
			},
		},
		"grafana-firing": disk,
	}
	for file, want := range rows {
		if diff := cmp.Diff(want, alerts.SheetOf(notice(t, file))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", file, diff)
		}
	}
	resolved := alerts.SheetOf(notice(t, resolved))
	if resolved.Firing || !resolved.Until.Equal(at(t, "2026-09-01T08:10:05.339Z")) || resolved.Grade != alerts.GradeCritical {
		t.Errorf("the resolved sheet is %+v", resolved)
	}
	if cut := alerts.SheetOf(notice(t, cut)); !cut.Firing || cut.Untold != 7 {
		t.Errorf("the truncated sheet is %+v", cut)
	}
	if done := alerts.SheetOf(notice(t, "grafana-resolved")); done.Firing || done.ResolvedCount != 1 {
		t.Errorf("Grafana's resolved sheet is %+v", done)
	}
}

func TestGrades(t *testing.T) {
	t.Parallel()
	one := func(firing bool, severity string) alerts.Alert {
		labels := map[string]string{"alertname": "A"}
		if severity != "" {
			labels["severity"] = severity
		}
		return alerts.Alert{Firing: firing, Labels: labels}
	}
	rows := []struct {
		alerts []alerts.Alert
		want   alerts.Grade
	}{
		{[]alerts.Alert{one(true, "info")}, alerts.GradeInfo},
		{[]alerts.Alert{one(true, "Warning"), one(true, "info")}, alerts.GradeWarning},
		{[]alerts.Alert{one(true, "page"), one(true, "info")}, alerts.GradeCritical},
		{[]alerts.Alert{one(true, "")}, alerts.GradeCritical},
		{[]alerts.Alert{one(true, "info"), one(false, "critical")}, alerts.GradeInfo},
		{[]alerts.Alert{one(false, "warning")}, alerts.GradeWarning},
	}
	for _, row := range rows {
		if got := alerts.SheetOf(alerts.Notice{Alerts: row.alerts}).Grade; got != row.want {
			t.Errorf("%+v is %s, want %s", row.alerts, got, row.want)
		}
	}
}

// TestHugeAndHostileWebhooks: a card stays small, names nobody, and links to pages only.
func TestHugeAndHostileWebhooks(t *testing.T) {
	t.Parallel()
	n := alerts.Notice{
		Key: "k", Home: "javascript:alert(1)", Labels: map[string]string{"alertname": strings.Repeat("名", 5000)},
		Notes: map[string]string{"summary": "hello " + bot.Mention("ou_1"), "runbook_url": "file:///etc/passwd"},
	}
	for i := range 200 {
		n.Labels[fmt.Sprintf("label_%d", i)] = "x"
		n.Alerts = append(n.Alerts, alerts.Alert{
			Firing: i%2 == 0, Mark: strconv.Itoa(i), Labels: map[string]string{"instance": strings.Repeat("y", 5000) + strconv.Itoa(i)},
		})
	}
	sheet := alerts.SheetOf(n)
	if len(sheet.Lines) != 10 || sheet.More != 190 || sheet.FiringCount != 100 || len(sheet.Labels) != 12 || !sheet.Lines[9].Firing {
		t.Errorf("%d lines, %d more, %d firing, %d labels", len(sheet.Lines), sheet.More, sheet.FiringCount, len(sheet.Labels))
	}
	if len([]rune(sheet.Title)) > 601 || len([]rune(sheet.Lines[0].Text)) > 601 {
		t.Error("a text is not clipped")
	}
	if strings.Contains(sheet.Summary, bot.MentionStart) {
		t.Errorf("the summary mentions somebody: %s", sheet.Summary)
	}
	if len(sheet.Links) != 0 {
		t.Errorf("the links are %v", sheet.Links)
	}
}

func TestWebhooksThatMakeNoSense(t *testing.T) {
	t.Parallel()
	const one = `"alerts":[{"status":"firing"}]`
	rows := map[string]string{
		"no JSON":        `firing`,
		"another shape":  `{"version":4}`,
		"version 3":      `{"version":"3","groupKey":"k","status":"firing",` + one + `}`,
		"no key":         `{"version":"4","status":"firing",` + one + `}`,
		"no status":      `{"version":"4","groupKey":"k",` + one + `}`,
		"an odd status":  `{"version":"4","groupKey":"k","status":"pending",` + one + `}`,
		"no alerts":      `{"version":"4","groupKey":"k","status":"firing","alerts":[]}`,
		"a bad time":     `{"version":"4","groupKey":"k","status":"firing","alerts":[{"startsAt":"yesterday"}]}`,
		"negative":       `{"version":"4","groupKey":"k","status":"firing","truncatedAlerts":-1,` + one + `}`,
		"too many":       `{"version":"4","groupKey":"k","status":"firing","alerts":[` + strings.Repeat(`{},`, 5000) + `{}]}`,
		"labels as list": `{"version":"4","groupKey":"k","status":"firing","alerts":[{"labels":[]}]}`,
	}
	for name, body := range rows {
		if _, err := alerts.Decode(alerts.Alertmanager, []byte(body)); bot.KindOf(err) != bot.Invalid {
			t.Errorf("%s: error %v, want one of the kind invalid", name, err)
		}
	}
	if _, err := alerts.Decode(alerts.Grafana, []byte(`{"version":"1","groupKey":"k","status":"firing","values":null,`+one+`}`)); err != nil {
		t.Errorf("Grafana's own version: %v", err)
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(`{"version":"4","groupKey":"k","status":"firing","alerts":[{"status":"firing","labels":{"a":"b"}}]}`))
	f.Add([]byte(`{"groupKey":"k","status":"resolved","truncatedAlerts":3,"alerts":[{"status":"resolved","endsAt":"2026-09-01T08:09:05Z"}]}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		n, err := alerts.Decode(alerts.Grafana, body)
		if err != nil {
			return
		}
		sheet := alerts.SheetOf(n)
		if len(sheet.Lines)+sheet.More != len(n.Alerts) || sheet.FiringCount+sheet.ResolvedCount != len(n.Alerts) {
			t.Errorf("of %d alerts the sheet tells %+v", len(n.Alerts), sheet)
		}
		if strings.Contains(sheet.Title+sheet.Summary+sheet.Details, bot.MentionStart) {
			t.Errorf("the sheet mentions somebody: %+v", sheet)
		}
	})
}

package alert_test

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"recallbot/bot"
	"recallbot/post/alert"
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

func TestViews(t *testing.T) {
	t.Parallel()
	first, second := at(t, "2026-09-01T08:00:05.339Z"), at(t, "2026-09-01T08:01:05.339Z")
	disk := alert.CardView{
		Source: alert.Grafana, Firing: true, Severity: alert.SeverityCritical, Title: "Disk almost full",
		Summary: "The disk of db-1 is 91 % full", Details: "Clean up or grow it.", Labels: []string{"grafana_folder=Infra", "zone=cn-1"},
		FiringCount: 1, Since: at(t, "2026-09-01T16:00:10+08:00"),
		Lines: []alert.Line{{Firing: true, Text: "A=91.2, C=1", Since: at(t, "2026-09-01T16:00:10+08:00")}},
		Links: []alert.Link{
			{Kind: alert.LinkRunbook, URL: "https://runbooks.example.com/disk"},
			{Kind: alert.LinkPanel, URL: "https://grafana.example.com/d/disks?orgId=1&viewPanel=4"},
			{Kind: alert.LinkDashboard, URL: "https://grafana.example.com/d/disks?orgId=1"},
			{Kind: alert.LinkSource, URL: "https://grafana.example.com/alerting/grafana/fe1x2y3z/view?orgId=1"},
			{Kind: alert.LinkSilence, URL: "https://grafana.example.com/alerting/silence/new?alertmanager=grafana&matcher=alertname%3DDisk&orgId=1"},
		},
	}
	rows := map[string]alert.CardView{
		partly: {
			Source: alert.Alertmanager, Firing: true, Severity: alert.SeverityWarning, Title: "HighLatency", Summary: "API is slow",
			Labels: []string{"job=api"}, FiringCount: 1, ResolvedCount: 1, Since: first,
			Lines: []alert.Line{
				{Firing: true, Text: "instance=api-1:8080, severity=warning · 99th percentile of api-1:8080 is 2.4s.", Since: first},
				{Text: "instance=api-2:8080, severity=critical · 99th percentile of api-2:8080 is 9.1s.", Since: second, Until: at(t, "2026-09-01T08:09:05.339Z")},
			},
			Links: []alert.Link{
				{Kind: alert.LinkRunbook, URL: "https://runbooks.example.com/high-latency"},
				{Kind: alert.LinkHome, URL: "http://alertmanager.example.com:9093"},
			},
		},
		"grafana-firing": disk,
	}
	for file, want := range rows {
		if diff := cmp.Diff(want, alert.ViewOf(notification(t, file))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", file, diff)
		}
	}
	resolved := alert.ViewOf(notification(t, resolved))
	if resolved.Firing || !resolved.Until.Equal(at(t, "2026-09-01T08:10:05.339Z")) || resolved.Severity != alert.SeverityCritical {
		t.Errorf("the resolved view is %+v", resolved)
	}
	if cut := alert.ViewOf(notification(t, cut)); !cut.Firing || cut.Truncated != 7 {
		t.Errorf("the truncated view is %+v", cut)
	}
	if done := alert.ViewOf(notification(t, "grafana-resolved")); done.Firing || done.ResolvedCount != 1 {
		t.Errorf("Grafana's resolved view is %+v", done)
	}
}

func TestSeverities(t *testing.T) {
	t.Parallel()
	one := func(firing bool, severity string) alert.Alert {
		labels := map[string]string{"alertname": "A"}
		if severity != "" {
			labels["severity"] = severity
		}
		return alert.Alert{Firing: firing, Labels: labels}
	}
	rows := []struct {
		alerts []alert.Alert
		want   alert.Severity
	}{
		{[]alert.Alert{one(true, "info")}, alert.SeverityInfo},
		{[]alert.Alert{one(true, "Warning"), one(true, "info")}, alert.SeverityWarning},
		{[]alert.Alert{one(true, "page"), one(true, "info")}, alert.SeverityCritical},
		{[]alert.Alert{one(true, "")}, alert.SeverityCritical},
		{[]alert.Alert{one(true, "info"), one(false, "critical")}, alert.SeverityInfo},
		{[]alert.Alert{one(false, "warning")}, alert.SeverityWarning},
	}
	for _, row := range rows {
		if got := alert.ViewOf(alert.Notification{Alerts: row.alerts}).Severity; got != row.want {
			t.Errorf("%+v is %s, want %s", row.alerts, got, row.want)
		}
	}
}

// TestHugeAndHostileWebhooks: a card stays small, mentions no person, and links to pages only.
func TestHugeAndHostileWebhooks(t *testing.T) {
	t.Parallel()
	n := alert.Notification{
		Key: "k", Home: "javascript:alert(1)", Labels: map[string]string{"alertname": strings.Repeat("名", 5000)},
		Notes: map[string]string{"summary": "hello " + bot.Mention("ou_1"), "runbook_url": "file:///etc/passwd"},
	}
	for i := range 200 {
		n.Labels[fmt.Sprintf("label_%d", i)] = "x"
		n.Alerts = append(n.Alerts, alert.Alert{
			Firing: i%2 == 0, Fingerprint: strconv.Itoa(i), Labels: map[string]string{"instance": strings.Repeat("y", 5000) + strconv.Itoa(i)},
		})
	}
	view := alert.ViewOf(n)
	if len(view.Lines) != 10 || view.More != 190 || view.FiringCount != 100 || len(view.Labels) != 12 || !view.Lines[9].Firing {
		t.Errorf("%d lines, %d more, %d firing, %d labels", len(view.Lines), view.More, view.FiringCount, len(view.Labels))
	}
	if len([]rune(view.Title)) > 601 || len([]rune(view.Lines[0].Text)) > 601 {
		t.Error("a text is not clipped")
	}
	if strings.Contains(view.Summary, bot.MentionStart) {
		t.Errorf("the summary mentions a person: %s", view.Summary)
	}
	if len(view.Links) != 0 {
		t.Errorf("the links are %v", view.Links)
	}
}

func TestInvalidWebhooks(t *testing.T) {
	t.Parallel()
	const one = `"alerts":[{"status":"firing"}]`
	rows := map[string]string{
		"no JSON":        `firing`,
		"no fields":      `{"version":4}`,
		"version 3":      `{"version":"3","groupKey":"k","status":"firing",` + one + `}`,
		"no key":         `{"version":"4","status":"firing",` + one + `}`,
		"no status":      `{"version":"4","groupKey":"k",` + one + `}`,
		"unknown status": `{"version":"4","groupKey":"k","status":"pending",` + one + `}`,
		"no alerts":      `{"version":"4","groupKey":"k","status":"firing","alerts":[]}`,
		"a bad time":     `{"version":"4","groupKey":"k","status":"firing","alerts":[{"startsAt":"yesterday"}]}`,
		"negative":       `{"version":"4","groupKey":"k","status":"firing","truncatedAlerts":-1,` + one + `}`,
		"two payloads":   `{"version":"4","groupKey":"k","status":"firing",` + one + `}{}`,
		"truncated JSON": `{"version":"4","groupKey":"k","status":"firing",` + one,
		"a huge alert":   `{"version":"4","groupKey":"k","status":"firing","alerts":[{"labels":{"a":"b"` + strings.Repeat(`,"c":"d"`, 50_000) + `}}]}`,
		"labels as list": `{"version":"4","groupKey":"k","status":"firing","alerts":[{"labels":[]}]}`,
	}
	for name, body := range rows {
		if _, err := alert.Decode(alert.Alertmanager, strings.NewReader(body)); bot.KindOf(err) != bot.Invalid {
			t.Errorf("%s: error %v, want Invalid", name, err)
		}
	}
	if _, err := alert.Decode(alert.Grafana, strings.NewReader(`{"version":"1","groupKey":"k","status":"firing","values":null,`+one+`}`)); err != nil {
		t.Errorf("Grafana's own version: %v", err)
	}
}

// TestLines: a line has the alert's name unless that is the title, and what the alert does not share with the others.
func TestLines(t *testing.T) {
	t.Parallel()
	one := func(name, instance string, notes map[string]string) alert.Alert {
		labels := map[string]string{"alertname": name, "cluster": "prod", "instance": instance}
		return alert.Alert{Firing: true, Fingerprint: name + instance, Labels: labels, Notes: notes}
	}
	slow := map[string]string{"summary": "API is slow", "description": "2.4 s at the 99th percentile"}
	cluster := map[string]string{"cluster": "prod"}
	rows := map[string]struct {
		notification alert.Notification
		title        string
		labels       []string
		lines        []string
	}{
		"several names": {
			alert.Notification{Labels: cluster, Alerts: []alert.Alert{one("DiskFull", "db1", nil), one("CertExpiry", "lb1", nil)}},
			"cluster=prod", nil,
			[]string{"DiskFull · instance=db1", "CertExpiry · instance=lb1"},
		},
		"one name that is not among the common labels": {
			alert.Notification{Labels: cluster, Alerts: []alert.Alert{one("DiskFull", "db1", nil), one("DiskFull", "db2", nil)}},
			"DiskFull",
			[]string{"cluster=prod"},
			[]string{"instance=db1", "instance=db2"},
		},
		"several names below a title": {
			alert.Notification{Title: "[FIRING:2]  (blue)", Alerts: []alert.Alert{one("A", "x", slow), one("B", "y", nil)}},
			"[FIRING:2]  (blue)", nil,
			[]string{
				"A · API is slow · cluster=prod, instance=x · 2.4 s at the 99th percentile", "B · cluster=prod, instance=y",
			},
		},
		"one alert without common labels": {
			alert.Notification{Alerts: []alert.Alert{one("DiskFull", "db1", slow)}}, "DiskFull", []string{"cluster=prod", "instance=db1"}, []string{""},
		},
		"one alert of a truncated group": {
			alert.Notification{Truncated: 2, Labels: map[string]string{"alertname": "DiskFull", "cluster": "prod", "instance": "db1"}, Alerts: []alert.Alert{
				one("DiskFull", "db1", slow),
			}},
			"DiskFull", nil,
			[]string{"API is slow · cluster=prod, instance=db1 · 2.4 s at the 99th percentile"},
		},
		"a long label": {
			alert.Notification{Labels: map[string]string{"alertname": "A"}, Alerts: []alert.Alert{
				{Labels: map[string]string{"pad": strings.Repeat("x", 800), "pod": "p1"}}, {Labels: map[string]string{"pod": "p2"}},
			}},
			"A", nil,
			[]string{"pad=" + strings.Repeat("x", 46) + "…, pod=p1", "pod=p2"},
		},
		"alerts that differ only by fingerprint": {
			alert.Notification{Labels: map[string]string{"alertname": "A"}, Alerts: []alert.Alert{{Fingerprint: "m1"}, {Fingerprint: "m2"}}}, "A", nil, []string{"m1", "m2"},
		},
		"all differs": {
			alert.Notification{Labels: map[string]string{"alertname": "A"}, Notes: map[string]string{"summary": "s"}, Alerts: []alert.Alert{
				{Labels: map[string]string{"a": "b"}, Notes: map[string]string{"summary": "s", "description": "d"}, Values: "A=1"},
				{Labels: map[string]string{"a": "c"}, Notes: map[string]string{"summary": "t", "description": "t"}, Values: "A=2"},
			}},
			"A", nil,
			[]string{"a=b · A=1 · d", "t · a=c · A=2"},
		},
	}
	for name, row := range rows {
		view := alert.ViewOf(row.notification)
		var lines []string
		for _, l := range view.Lines {
			lines = append(lines, l.Text)
		}
		if diff := cmp.Diff([]any{row.title, row.labels, row.lines}, []any{view.Title, view.Labels, lines}); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	alone := alert.ViewOf(rows["one alert without common labels"].notification)
	if alone.Summary != "API is slow" || alone.Details != "2.4 s at the 99th percentile" {
		t.Errorf("the card of one alert has %q and %q", alone.Summary, alone.Details)
	}
	if !alert.ViewOf(rows["several names below a title"].notification).Counted || alone.Counted {
		t.Error("Counted must be set only for a title that begins with a count")
	}
}

// TestRunbooksOfSomeAlerts: each link names its alert.
func TestRunbooksOfSomeAlerts(t *testing.T) {
	t.Parallel()
	book := func(url string) map[string]string { return map[string]string{"runbook_url": "https://books/" + url} }
	n := alert.Notification{Home: "https://am", Labels: map[string]string{"alertname": "A"}, Alerts: []alert.Alert{
		{Labels: map[string]string{"i": "1"}, Notes: book("x")},
		{Labels: map[string]string{"i": "2"}},
		{Labels: map[string]string{"i": "3"}, Notes: book("x")},
		{Firing: true, Labels: map[string]string{"i": "4"}, Notes: book("y")},
	}}
	want := []alert.Link{
		{Kind: alert.LinkRunbook, URL: "https://books/y", Of: "i=4"},
		{Kind: alert.LinkRunbook, URL: "https://books/x", Of: "i=1"},
		{Kind: alert.LinkHome, URL: "https://am"},
	}
	if diff := cmp.Diff(want, alert.ViewOf(n).Links); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	n.Labels = nil
	for i := range n.Alerts {
		n.Alerts[i].Labels["alertname"] = strings.Repeat("n", 40+i)
		n.Alerts[i].Notes = book(strconv.Itoa(i))
	}
	links := alert.ViewOf(n).Links
	if len(links) != 5 || links[4].Kind != alert.LinkHome || links[0].Of != strings.Repeat("n", 30)+"…" {
		t.Errorf("%+v", links)
	}
}

func TestValues(t *testing.T) {
	t.Parallel()
	rows := map[string]string{
		`"values":{"C":1,"A":91.2}`:                            "A=91.2, C=1",
		`"values":{"A":0.30000000000000004}`:                   "A=0.3",
		`"values":{"A":1234567.25,"B":null}`:                   "A=1234567.25",
		`"values":{"A":"NaN"}`:                                 "A=NaN",
		`"values":null,"valueString":"[ var='A' ]"`:            "[ var='A' ]",
		`"values":{},"valueString":""`:                         "",
		`"values":{"a":1,"b":1,"c":1,"d":1,"e":1,"f":1,"g":1}`: "a=1, b=1, c=1, d=1, e=1, f=1, …",
	}
	for values, want := range rows {
		body := `{"groupKey":"k","status":"firing","alerts":[{"status":"firing","labels":{"alertname":"A"},` + values + `}]}`
		n, err := alert.Decode(alert.Grafana, strings.NewReader(body))
		if err != nil || alert.ViewOf(n).Lines[0].Text != want {
			t.Errorf("%s: %v, want %q, got %+v", values, err, want, n.Alerts)
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(`{"version":"4","groupKey":"k","status":"firing","alerts":[{"status":"firing","labels":{"a":"b"}}]}`))
	f.Add([]byte(`{"groupKey":"k","status":"resolved","truncatedAlerts":3,"alerts":[{"status":"resolved","endsAt":"2026-09-01T08:09:05Z"}]}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		n, err := alert.Decode(alert.Grafana, bytes.NewReader(body))
		if err != nil {
			return
		}
		view, all := alert.ViewOf(n), len(n.Alerts)+n.Rest.Firing+n.Rest.Resolved
		if len(view.Lines)+view.More != all || view.FiringCount+view.ResolvedCount != all {
			t.Errorf("of %d alerts the view has %+v", all, view)
		}
		if strings.Contains(view.Title+view.Summary+view.Details, bot.MentionStart) {
			t.Errorf("the view mentions a person: %+v", view)
		}
	})
}

package app_test

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"recallbot/app"
)

// TestDashboardShowsEveryMetric: that they parse and exist is what tools/deploy looks at.
func TestDashboardShowsEveryMetric(t *testing.T) {
	t.Parallel()
	var dashboard struct {
		Panels []struct {
			Title   string
			Targets []struct{ Expr string }
		}
	}
	if err := json.Unmarshal([]byte(readDoc(t, "deploy/grafana/recallbot.json")), &dashboard); err != nil {
		t.Fatal(err)
	}
	asked := map[string]bool{}
	for _, p := range dashboard.Panels {
		if len(p.Targets) == 0 {
			t.Errorf("the panel %q asks for nothing", p.Title)
		}
		for _, target := range p.Targets {
			for _, name := range namedIn(target.Expr) {
				asked[name] = true
			}
		}
	}
	for _, name := range app.MetricNames() {
		if !asked[name] {
			t.Errorf("no panel shows %s", name)
		}
	}
}

// namedIn are the metrics that an expression asks for; a histogram's series have endings.
func namedIn(expr string) []string {
	names := regexp.MustCompile(`recallbot_[a-z_]+`).FindAllString(expr, -1)
	for i, name := range names {
		names[i] = strings.TrimSuffix(strings.TrimSuffix(name, "_bucket"), "_count")
	}
	return names
}

type alert struct {
	Alert, Expr, For string
	Labels           struct{ Severity string }
	Annotations      struct{ Summary string }
}

func alerts(t *testing.T) []alert {
	t.Helper()
	var file struct {
		Groups []struct{ Rules []alert }
	}
	if err := yaml.Unmarshal([]byte(readDoc(t, "deploy/prometheus/alerts.yml")), &file); err != nil {
		t.Fatal(err)
	}
	var all []alert
	for _, group := range file.Groups {
		all = append(all, group.Rules...)
	}
	return all
}

// TestAlertsAreDocumented: the table of alerts in operations.md has each as it is, with what to do, and no other.
func TestAlertsAreDocumented(t *testing.T) {
	t.Parallel()
	rows := map[string][]string{}
	for _, row := range tableRows(readDoc(t, "docs/operations.md"), "## What to watch") {
		rows[row[0]] = row[1:]
	}
	for _, a := range alerts(t) {
		when := "`" + a.Expr + "`"
		if a.For != "" {
			when += " for " + a.For
		}
		row := rows["`"+a.Alert+"`"]
		delete(rows, "`"+a.Alert+"`")
		if len(row) != 3 || row[0] != a.Labels.Severity || row[1] != when || row[2] == "" {
			t.Errorf("operations.md says %q of %s, which is %s, %s", row, a.Alert, a.Labels.Severity, when)
		}
		if a.Annotations.Summary == "" {
			t.Errorf("the alert %q says too little", a.Alert)
		}
	}
	for name := range rows {
		t.Errorf("operations.md has the alert %s, which is none", name)
	}
}

// TestMetricsNameTheirAlerts: the last column of the table of metrics.
func TestMetricsNameTheirAlerts(t *testing.T) {
	t.Parallel()
	want := map[string][]string{}
	for _, a := range alerts(t) {
		for _, name := range namedIn(a.Expr) {
			want[name] = append(want[name], "`"+a.Alert+"`")
		}
	}
	rows := tableRows(readDoc(t, "docs/operations.md"), "## Metrics")
	if len(rows) != len(app.MetricNames()) {
		t.Errorf("%d rows for %d metrics", len(rows), len(app.MetricNames()))
	}
	for _, row := range rows {
		if got, alerts := row[len(row)-1], strings.Join(want[strings.Trim(row[0], "`")], ", "); len(row) != 4 || got != alerts {
			t.Errorf("of %s the table has the alerts %q, there are %q", row[0], got, alerts)
		}
	}
}

// tableRows are the rows of the table below a heading, without its head, as cells.
func tableRows(text, heading string) [][]string {
	_, section, _ := strings.Cut(text, "\n"+heading+"\n")
	section, _, _ = strings.Cut(section, "\n## ")
	var rows [][]string
	for line := range strings.SplitSeq(section, "\n") {
		line, ok := strings.CutPrefix(line, "| `")
		if !ok {
			continue
		}
		const bar = "\x00" // one that is part of a cell
		cells := strings.Split(strings.TrimSuffix(strings.ReplaceAll("`"+line, `\|`, bar), "|"), "|")
		for i, cell := range cells {
			cells[i] = strings.ReplaceAll(strings.TrimSpace(cell), bar, "|")
		}
		rows = append(rows, cells)
	}
	return rows
}

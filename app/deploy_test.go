package app_test

import (
	"encoding/json"
	"maps"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"recallbot/app"
)

type panel struct {
	Title, Type, Description string
	GridPos                  struct{ Y int }
	Targets                  []struct{ Expr string }
}

func panels(t *testing.T) []panel {
	t.Helper()
	var dashboard struct{ Panels []panel }
	if err := json.Unmarshal([]byte(readDoc(t, "deploy/grafana/recallbot.json")), &dashboard); err != nil {
		t.Fatal(err)
	}
	return dashboard.Panels
}

// TestDashboardShowsEveryMetric does not parse the queries; TestQueriesParse does.
func TestDashboardShowsEveryMetric(t *testing.T) {
	t.Parallel()
	asked := map[string]bool{}
	for i, p := range panels(t) {
		if len(p.Targets) == 0 || p.Description == "" {
			t.Errorf("the panel %q asks for nothing, or does not say what it shows", p.Title)
		}
		if (p.Type == "stat") != (p.GridPos.Y == 0) || (i == 0 && p.Type != "stat") {
			t.Errorf("the panel %q is of the type %s in line %d: single numbers are on top", p.Title, p.Type, p.GridPos.Y)
		}
		for _, target := range p.Targets {
			names := namedIn(target.Expr)
			if len(names) == 0 {
				t.Errorf("the panel %q has a query without a metric: %s", p.Title, target.Expr)
			}
			for _, name := range names {
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
	Annotations      struct {
		Summary string
		Runbook string `yaml:"runbook_url"`
	}
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

// TestAlertsAreDocumented: docs/operations.md has a paragraph about each as it is, with what to do, and about no other.
func TestAlertsAreDocumented(t *testing.T) {
	t.Parallel()
	_, text, _ := strings.Cut(readDoc(t, "docs/operations.md"), "\n## What to watch\n")
	text, _, _ = strings.Cut(text, "\n## ")
	told := map[string]string{}
	for section := range strings.SplitSeq(text, "\n### ") {
		name, rest, _ := strings.Cut(section, "\n")
		told[name] = strings.Join(strings.Fields(rest), " ")
	}
	for _, a := range alerts(t) {
		when := strings.ToUpper(a.Labels.Severity[:1]) + a.Labels.Severity[1:]
		if a.For != "" {
			when += ", when it holds for " + a.For
		}
		what, ok := strings.CutPrefix(told[a.Alert], when+": ```promql "+strings.Join(strings.Fields(a.Expr), " ")+" ``` ")
		if !ok || len(what) < 20 {
			t.Errorf("operations.md says of %s:\n%s\nwant %q, `%s` and what to do", a.Alert, told[a.Alert], when, a.Expr)
		}
		if a.Annotations.Summary == "" {
			t.Errorf("the alert %q says too little", a.Alert)
		}
		delete(told, a.Alert)
	}
	for name := range told {
		if strings.HasPrefix(name, "Recallbot") {
			t.Errorf("operations.md has the alert %s, which is none", name)
		}
	}
}

// TestRunbooksAreThere: the address of each alert leads to a heading of ours.
func TestRunbooksAreThere(t *testing.T) {
	t.Parallel()
	for _, a := range alerts(t) {
		at, err := url.Parse(a.Annotations.Runbook)
		if err != nil || at.Scheme != "https" || at.Host == "" {
			t.Errorf("%s: %q is no address, %v", a.Alert, a.Annotations.Runbook, err)
			continue
		}
		if anchors := headings(readDoc(t, strings.TrimPrefix(at.Path, "/"))); !slices.Contains(anchors, at.Fragment) {
			t.Errorf("%s: %s has no heading %s", a.Alert, at.Path, at.Fragment)
		}
	}
}

// TestAlertsHaveCases: each alert has a case in which it fires, and one in which it does not.
func TestAlertsHaveCases(t *testing.T) {
	t.Parallel()
	for _, a := range alerts(t) {
		path := alertCase(a.Alert)
		text := readDoc(t, path)
		if !strings.Contains(text, "exp_alerts:\n") || !strings.Contains(text, ", alertname: "+a.Alert+"}\n") {
			t.Errorf("%s has no case in which it fires, or none in which it does not", path)
		}
	}
}

func alertCase(alert string) string { return "deploy/prometheus/tests/" + alert + ".yml" }

// TestAlertsFireSlow runs the cases with Prometheus's own tool.
func TestAlertsFireSlow(t *testing.T) {
	t.Parallel()
	args := []string{"test", "rules"}
	for _, a := range alerts(t) {
		args = append(args, filepath.Join(root, alertCase(a.Alert)))
	}
	out, err := exec.CommandContext(t.Context(), "promtool", args...).CombinedOutput()
	if err != nil {
		t.Errorf("promtool (scripts/need.sh promtool): %v\n%s", err, out)
	}
}

// queries are those of the alerts and the dashboard, by where they are.
func queries(t *testing.T) map[string]string {
	t.Helper()
	exprs := map[string]string{}
	for _, a := range alerts(t) {
		exprs[a.Alert] = a.Expr
	}
	for _, p := range panels(t) {
		for _, target := range p.Targets {
			// What Grafana puts in before it asks.
			exprs[p.Title+": "+target.Expr] = strings.ReplaceAll(target.Expr, "$__rate_interval", "5m")
		}
	}
	return exprs
}

// TestQueriesParse has promtool read each query as a rule. The alerts themselves are read by TestAlertsFireSlow.
func TestQueriesParse(t *testing.T) {
	t.Parallel()
	var rules []map[string]string
	for _, expr := range queries(t) {
		rules = append(rules, map[string]string{"record": "query", "expr": expr})
	}
	text, err := yaml.Marshal(map[string]any{"groups": []any{map[string]any{"name": "queries", "rules": rules}}})
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "queries.yml")
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.CommandContext(t.Context(), "promtool", "check", "rules", "--lint=none", path).CombinedOutput(); err != nil {
		t.Errorf("promtool: %v\n%s", err, out)
	}
}

// TestHealthyBotsHaveWhatIsAskedFor: each query of the dashboard and the alerts finds series from the start, so that a fault
// is an increase, and missing data has a meaning. The series have the labels by which the query groups.
func TestHealthyBotsHaveWhatIsAskedFor(t *testing.T) {
	t.Parallel()
	series := app.SeriesAtStart()
	selector := regexp.MustCompile(`(recallbot_[a-z_]+)(?:\{([^}]*)\})?`)
	matcher := regexp.MustCompile(`([a-z_]+)(=~|!=|=)"([^"]*)"`)
	grouping := regexp.MustCompile(`by \(([^)]*)\)`)
	for name, expr := range queries(t) {
		if strings.Contains(expr, "recallbot_websocket_connected") { // no value where events come over the webhook
			if !strings.Contains(expr, "or vector(") && name != "RecallbotWebsocketAway" {
				t.Errorf("%s gives nothing where events come over the webhook", name)
			}
			continue
		}
		has := map[string]string{"job": "", "instance": ""}
		for _, found := range selector.FindAllStringSubmatch(expr, -1) {
			i := slices.IndexFunc(series[found[1]], func(labels map[string]string) bool {
				return !slices.ContainsFunc(matcher.FindAllStringSubmatch(found[2], -1), func(m []string) bool { return !matches(labels, m) })
			})
			if i < 0 {
				t.Errorf("%s: a bot that has just begun has no %s", name, found[0])
				continue
			}
			maps.Copy(has, series[found[1]][i])
		}
		for _, found := range grouping.FindAllStringSubmatch(expr, -1) {
			for label := range strings.SplitSeq(found[1], ", ") {
				if _, ok := has[label]; !ok {
					t.Errorf("%s: no series in %s has a label %s", name, expr, label)
				}
			}
		}
	}
}

// matches tells whether a series has a label of this name, operator and value.
func matches(labels map[string]string, m []string) bool {
	value, ok := labels[m[1]]
	same := value == m[3]
	if m[2] == "=~" {
		same = regexp.MustCompile("^(?:" + m[3] + ")$").MatchString(value)
	}
	return ok && same == (m[2] != "!=")
}

// TestMetricsNameTheirAlerts: the last column of the table of metrics.
func TestMetricsNameTheirAlerts(t *testing.T) {
	t.Parallel()
	want := map[string][]string{}
	age := regexp.MustCompile(`count_over_time\(recallbot_config_valid\[\w+\]\)`) // only tells how old a replica is
	for _, a := range alerts(t) {
		names := namedIn(age.ReplaceAllString(a.Expr, ""))
		slices.Sort(names)
		for _, name := range slices.Compact(names) {
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

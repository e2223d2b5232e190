package app_test

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"recallbot/app"
)

// TestDashboardAndAlertsNameRealMetrics: each metric that they ask for exists; a histogram's series have endings.
func TestDashboardAndAlertsNameRealMetrics(t *testing.T) {
	t.Parallel()
	names, name := app.MetricNames(), regexp.MustCompile(`recallbot_[a-z_]+`)
	var dashboard struct {
		Panels []struct {
			Title   string
			Targets []struct{ Expr string }
		}
	}
	if err := json.Unmarshal([]byte(readDoc(t, "deploy/grafana/recallbot.json")), &dashboard); err != nil {
		t.Fatal(err)
	}
	var asked []string
	for _, p := range dashboard.Panels {
		if len(p.Targets) == 0 {
			t.Errorf("the panel %q asks for nothing", p.Title)
		}
		for _, target := range p.Targets {
			asked = append(asked, target.Expr)
		}
	}
	for _, alert := range alerts(t) {
		asked = append(asked, alert.Expr)
	}
	asked = append(asked, readDoc(t, "deploy/kubernetes/horizontalpodautoscaler.yaml"))
	seen := map[string]bool{}
	for _, expr := range asked {
		for _, found := range name.FindAllString(expr, -1) {
			found = strings.TrimSuffix(strings.TrimSuffix(found, "_bucket"), "_count")
			seen[found] = true
			if !slices.Contains(names, found) {
				t.Errorf("%s asks for %s, which is no metric", expr, found)
			}
		}
	}
	if len(seen) < 10 {
		t.Errorf("only %d metrics are asked for", len(seen))
	}
}

type alert struct {
	Alert, Expr string
	Labels      struct{ Severity string }
	Annotations struct{ Summary string }
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

// TestAlertsAreDocumented: operations.md says of each what to look at.
func TestAlertsAreDocumented(t *testing.T) {
	t.Parallel()
	text, all := readDoc(t, "docs/operations.md"), alerts(t)
	if len(all) == 0 {
		t.Fatal("there are no alerts")
	}
	for _, a := range all {
		if !strings.Contains(text, "`"+a.Alert+"`") {
			t.Errorf("operations.md does not say what to do about %s", a.Alert)
		}
		if a.Expr == "" || a.Labels.Severity == "" || a.Annotations.Summary == "" {
			t.Errorf("the alert %q says too little", a.Alert)
		}
	}
}

package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/rulefmt"
	"github.com/prometheus/prometheus/promql/parser"
)

// metric is a row of the table of metrics in docs/operations.md, which a test of the bot holds to what it exports.
type metric struct {
	histogram bool
	labels    []string
}

// metrics reads that table: | `name` | type: label, label | ….
func metrics(operations []byte) map[string]metric {
	known := map[string]metric{}
	for _, row := range regexp.MustCompile("(?m)^\\| `(recallbot_[a-z_]+)` \\| (counter|gauge|histogram)(?:: ([a-z_, ]+))? \\|").FindAllSubmatch(operations, -1) {
		m := metric{histogram: string(row[2]) == "histogram"}
		if len(row[3]) > 0 {
			m.labels = strings.Split(string(row[3]), ", ")
		}
		known[string(row[1])] = m
	}
	return known
}

// lintRules is `promtool check rules`, and looks whether the alerts are about metrics that are there.
func lintRules(text []byte, known map[string]metric) []string {
	var problems []string
	file, errs := rulefmt.Parse(text, false, model.UTF8Validation)
	for _, err := range errs {
		problems = append(problems, "alerts.yml: "+err.Error())
	}
	if file == nil {
		return problems
	}
	for _, group := range file.Groups {
		for _, rule := range group.Rules {
			for _, fault := range lintQuery(rule.Expr, known) {
				problems = append(problems, fmt.Sprintf("alerts.yml: %s: %s", rule.Alert, fault))
			}
		}
	}
	return problems
}

// lintDashboard looks at every query of every panel.
func lintDashboard(text []byte, known map[string]metric) []string {
	var dashboard struct {
		Panels []struct {
			Title   string
			Targets []struct{ Expr string }
		}
	}
	if err := json.Unmarshal(text, &dashboard); err != nil {
		return []string{"recallbot.json: " + err.Error()}
	}
	var problems []string
	for _, panel := range dashboard.Panels {
		for _, target := range panel.Targets {
			// What Grafana puts in before it asks.
			expr := strings.ReplaceAll(target.Expr, "$__rate_interval", "5m")
			for _, fault := range lintQuery(expr, known) {
				problems = append(problems, fmt.Sprintf("recallbot.json: %s: %s", panel.Title, fault))
			}
		}
	}
	return problems
}

// lintQuery parses an expression; each series in it must be a metric of the bot, and each label one that it has.
func lintQuery(expr string, known map[string]metric) []string {
	parsed, err := parser.ParseExpr(expr)
	if err != nil {
		return []string{err.Error()}
	}
	var problems []string
	has, series := map[string]bool{"job": true, "instance": true}, 0
	parser.Inspect(parsed, func(node parser.Node, _ []parser.Node) error {
		selector, ok := node.(*parser.VectorSelector)
		if !ok {
			return nil
		}
		series++
		own, fault := seriesLabels(selector.Name, known)
		if fault != "" {
			problems = append(problems, fault)
		}
		for _, m := range selector.LabelMatchers {
			if m.Name != "__name__" && !own[m.Name] {
				problems = append(problems, fmt.Sprintf("%s has no label %s", selector.Name, m.Name))
			}
		}
		maps.Copy(has, own)
		return nil
	})
	parser.Inspect(parsed, func(node parser.Node, _ []parser.Node) error {
		if a, ok := node.(*parser.AggregateExpr); ok {
			for _, label := range a.Grouping {
				if !has[label] {
					problems = append(problems, fmt.Sprintf("no series in %s has a label %s", expr, label))
				}
			}
		}
		return nil
	})
	if series == 0 {
		problems = append(problems, expr+" asks for nothing")
	}
	return problems
}

// seriesLabels are the labels of a series, or what is wrong with its name: a histogram has only series with endings.
func seriesLabels(name string, known map[string]metric) (own map[string]bool, fault string) {
	base, ending := name, ""
	for _, e := range []string{"_bucket", "_sum", "_count"} {
		if m, ok := known[strings.TrimSuffix(name, e)]; ok && m.histogram && strings.HasSuffix(name, e) {
			base, ending = strings.TrimSuffix(name, e), e
		}
	}
	m, ok := known[base]
	if !ok || m.histogram != (ending != "") {
		return nil, name + " is no series of the bot"
	}
	own = map[string]bool{}
	if ending == "_bucket" {
		own["le"] = true
	}
	for label := range slices.Values(m.labels) {
		own[label] = true
	}
	return own, ""
}

// Package alerts turns the webhooks of Alertmanager and Grafana into cards: one for each group of alerts that fires, which
// changes with the group and, as is wished, goes when all is resolved. It knows no technology.
package alerts

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"recallbot/bot"
)

// Source is whose webhook it is.
type Source string

// The sources.
const (
	Alertmanager Source = "alertmanager"
	Grafana      Source = "grafana"
)

// Notice is what one webhook says of a group of alerts.
type Notice struct {
	Source   Source
	Receiver string
	// Key names the group, as the source does.
	Key    string
	Alerts []Alert
	// Truncated is how many alerts of the group it does not tell of.
	Truncated int
	// Labels and Notes (annotations) are those that all its alerts have in common.
	Labels, Notes map[string]string
	// Title is the source's own, empty where it has none; Home is where the source's page is.
	Title, Home string
}

// Alert is one alert.
type Alert struct {
	Firing bool
	// Mark is the source's fingerprint: the same labels, the same mark.
	Mark          string
	Labels, Notes map[string]string
	Since, Until  time.Time
	Links         []Link
}

// Link leads to a page about alerts.
type Link struct {
	Kind LinkKind `json:"k"`
	URL  string   `json:"u"`
}

// LinkKind is what a link leads to; handlers has the words.
type LinkKind string

// The kinds of links, in the order in which they are shown.
const (
	LinkRunbook   LinkKind = "runbook"
	LinkPanel     LinkKind = "panel"
	LinkDashboard LinkKind = "dashboard"
	LinkSource    LinkKind = "source"
	LinkSilence   LinkKind = "silence"
	LinkHome      LinkKind = "home"
)

// Grade is how bad it is.
type Grade string

// The grades. An alert that names none is critical: nobody said that it may wait.
const (
	GradeCritical Grade = "critical"
	GradeWarning  Grade = "warning"
	GradeInfo     Grade = "info"
)

// Sheet is what a card is to say of a group. All words in it are the source's.
type Sheet struct {
	Source Source `json:"source"`
	// Firing is whether any alert does, or may: a group that is not told in full is not known to be resolved.
	Firing bool   `json:"firing"`
	Grade  Grade  `json:"grade"`
	Title  string `json:"title"`
	// Summary and Details are of the group as a whole, Labels what its alerts have in common ("job=api").
	Summary string   `json:"summary,omitempty"`
	Details string   `json:"details,omitempty"`
	Labels  []string `json:"labels,omitempty"`
	// FiringCount and ResolvedCount count the alerts that are told of, Untold those that are not.
	FiringCount   int `json:"firing_count"`
	ResolvedCount int `json:"resolved_count,omitempty"`
	Untold        int `json:"untold,omitempty"`
	// Lines are the alerts, those that fire first, and More how many there are beyond these.
	Lines []Line    `json:"lines,omitempty"`
	More  int       `json:"more,omitempty"`
	Since time.Time `json:"since,omitzero"`
	Until time.Time `json:"until,omitzero"`
	Links []Link    `json:"links,omitempty"`
}

// Line is one alert of a sheet.
type Line struct {
	Firing bool      `json:"firing"`
	Text   string    `json:"text"`
	Since  time.Time `json:"since,omitzero"`
	Until  time.Time `json:"until,omitzero"`
}

const (
	// mostLines is how many alerts a card names, mostLabels how many labels, mostLinks how many links.
	mostLines  = 10
	mostLabels = 12
	mostLinks  = 5
	// mostWords bounds one text of the source's, in characters.
	mostWords = 600
)

// SheetOf makes the sheet of what a webhook says.
func SheetOf(n Notice) Sheet {
	sheet := Sheet{
		Source: n.Source, Title: title(n), Summary: note(n.Notes, "summary", "message"), Details: note(n.Notes, "description"),
		Labels: words(n.Labels, nil), Untold: n.Truncated, Links: links(n),
	}
	if sheet.Labels = sheet.Labels[:min(len(sheet.Labels), mostLabels)]; sheet.Summary == sheet.Details {
		sheet.Details = ""
	}
	all := slices.Clone(n.Alerts)
	slices.SortStableFunc(all, func(a, b Alert) int { return order(a.Firing) - order(b.Firing) })
	for _, a := range all {
		sheet.count(a)
		if len(sheet.Lines) < mostLines {
			sheet.Lines = append(sheet.Lines, line(n, a))
		}
	}
	sheet.More = len(all) - len(sheet.Lines)
	sheet.Firing = sheet.FiringCount > 0 || n.Truncated > 0
	sheet.Grade = grade(n)
	if sheet.Firing {
		sheet.Until = time.Time{}
	}
	return sheet
}

func order(firing bool) int {
	if firing {
		return 0
	}
	return 1
}

// count notes an alert: how many fire, since when, until when.
func (s *Sheet) count(a Alert) {
	if a.Firing {
		s.FiringCount++
	} else {
		s.ResolvedCount++
	}
	if s.Since.IsZero() || (!a.Since.IsZero() && a.Since.Before(s.Since)) {
		s.Since = a.Since
	}
	if a.Until.After(s.Until) {
		s.Until = a.Until
	}
}

// line is an alert in a line: what it says of itself alone, and the labels that the others don't have.
func line(n Notice, a Alert) Line {
	text := note(a.Notes, "summary", "message", "description")
	if text == note(n.Notes, "summary", "message", "description") {
		text = ""
	}
	own := strings.Join(words(a.Labels, n.Labels), ", ")
	if own == "" && text == "" {
		own = cmp.Or(a.Labels["alertname"], a.Mark)
	}
	if text != "" && own != "" {
		text += " · "
	}
	return Line{Firing: a.Firing, Text: clip(text + own), Since: a.Since, Until: a.Until}
}

// title is what the alerts are called, or how the source names the group.
func title(n Notice) string {
	name := n.Labels["alertname"]
	if name == "" && len(n.Alerts) == 1 {
		name = n.Alerts[0].Labels["alertname"]
	}
	return clip(cmp.Or(name, n.Title, strings.Join(words(n.Labels, nil), ", "), n.Receiver, n.Key))
}

// note is the first of some annotations that is there.
func note(notes map[string]string, names ...string) string {
	for _, name := range names {
		if text := clip(notes[name]); text != "" {
			return text
		}
	}
	return ""
}

// words are labels as name=value, sorted, without those that are known already; the name of the alert is its title, and
// the source's own marks (__…__) are for nobody.
func words(labels, known map[string]string) []string {
	var list []string
	for name, value := range labels {
		if name != "alertname" && !strings.HasPrefix(name, "__") && value != "" && known[name] != value {
			list = append(list, clip(name+"="+value))
		}
	}
	slices.Sort(list)
	return list
}

// grade is the worst that any alert names that fires, or any at all where none does.
func grade(n Notice) Grade {
	worst, found := 0, false
	for _, firingOnly := range []bool{true, false} {
		for _, a := range n.Alerts {
			if a.Firing || !firingOnly {
				worst, found = max(worst, badness(a.Labels)), true
			}
		}
		if found {
			break
		}
	}
	if !found {
		worst = badness(n.Labels)
	}
	return []Grade{GradeInfo, GradeWarning, GradeCritical}[worst]
}

// badness reads the customary names of severities.
func badness(labels map[string]string) int {
	const info, warning, critical = 0, 1, 2
	switch strings.ToLower(cmp.Or(labels["severity"], labels["level"], labels["priority"])) {
	case "info", "information", "informational", "none", "low", "notice", "debug", "ok", "p4", "p5":
		return info
	case "warning", "warn", "medium", "minor", "average", "moderate", "p3":
		return warning
	default:
		return critical
	}
}

// links are the group's: those of its only alert, or the runbook that all have, and the source's page.
func links(n Notice) []Link {
	list := []Link{{LinkRunbook, cmp.Or(n.Notes["runbook_url"], n.Notes["runbook"])}}
	if len(n.Alerts) == 1 {
		list = append(list, n.Alerts[0].Links...)
	}
	list = append(list, Link{LinkHome, n.Home})
	list = slices.DeleteFunc(list, func(l Link) bool { return !isWeb(l.URL) })
	slices.SortStableFunc(list, func(a, b Link) int { return rank(a.Kind) - rank(b.Kind) })
	list = slices.CompactFunc(list, func(a, b Link) bool { return a.Kind == b.Kind })
	return list[:min(len(list), mostLinks)]
}

func rank(kind LinkKind) int {
	return slices.Index([]LinkKind{LinkRunbook, LinkPanel, LinkDashboard, LinkSource, LinkSilence, LinkHome}, kind)
}

// clip takes the edges off a text of the source's, and what in a text of ours would name a person.
func clip(text string) string {
	text = strings.ReplaceAll(strings.TrimSpace(strings.ToValidUTF8(text, "")), bot.MentionStart, "@ {")
	if runes := []rune(text); len(runes) > mostWords {
		return string(runes[:mostWords]) + "…"
	}
	return text
}

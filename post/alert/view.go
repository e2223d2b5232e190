package alert

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"recallbot/bot"
)

const (
	// The most alerts, labels and links of a card, and the most links to runbooks of single alerts.
	maxLines    = 10
	maxLabels   = 12
	maxLinks    = 5
	maxRunbooks = 4
	// maxText bounds a text of the source, in characters, and maxName the name of an alert on a button.
	maxText = 600
	maxName = 30
	// maxLabel bounds a label in a line.
	maxLabel = 50
)

// ViewOf makes the card's content from a notification.
func ViewOf(n Notification) CardView {
	n = n.fillSingle()
	view := CardView{
		Source: n.Source, Title: title(n), Summary: note(n.Notes, "summary", "message"), Details: note(n.Notes, "description"),
		Labels: words(n.Labels, nil), Truncated: n.Truncated, Links: links(n), Since: n.Rest.Since, Until: n.Rest.Until,
		FiringCount: n.Rest.Firing, ResolvedCount: n.Rest.Resolved,
	}
	view.Counted = view.Title == n.Title && countedTitle(n.Title)
	if strings.Join(view.Labels, ", ") == view.Title {
		view.Labels = nil
	}
	if view.Labels = view.Labels[:min(len(view.Labels), maxLabels)]; view.Summary == view.Details {
		view.Details = ""
	}
	for _, a := range n.firingFirst() {
		view.count(a)
		if len(view.Lines) < maxLines {
			view.Lines = append(view.Lines, Line{Firing: a.Firing, Text: line(n, a), Since: a.Since, Until: a.Until})
		}
	}
	view.More = view.FiringCount + view.ResolvedCount - len(view.Lines)
	view.Firing = view.FiringCount > 0 || n.Truncated > 0
	view.Severity = severityOf(n)
	if view.Firing {
		view.Until = time.Time{}
	}
	return view
}

// fillSingle makes the labels and annotations of a single alert those of the group, since not every source sets the common ones.
// In a truncated group only the name is.
func (n Notification) fillSingle() Notification {
	if len(n.Alerts) != 1 || n.Rest.Firing+n.Rest.Resolved > 0 {
		return n
	}
	a := n.Alerts[0]
	switch name := a.Labels["alertname"]; {
	case n.Truncated == 0:
		if len(a.Labels) > 0 {
			n.Labels = a.Labels
		}
		if len(a.Notes) > 0 {
			n.Notes = a.Notes
		}
	case name != "":
		n.Labels, n.Notes = map[string]string{"alertname": name}, nil
	}
	return n
}

func (n Notification) firingFirst() []Alert {
	all := slices.Clone(n.Alerts)
	slices.SortStableFunc(all, func(a, b Alert) int { return order(a.Firing) - order(b.Firing) })
	return all
}

func order(firing bool) int {
	if firing {
		return 0
	}
	return 1
}

// count counts an alert and extends the times.
func (v *CardView) count(a Alert) {
	if a.Firing {
		v.FiringCount++
	} else {
		v.ResolvedCount++
	}
	v.Since, v.Until = earlier(v.Since, a.Since), later(v.Until, a.Until)
}

func earlier(a, b time.Time) time.Time {
	if a.IsZero() || (!b.IsZero() && b.Before(a)) {
		return b
	}
	return a
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// line is an alert in one line: its name, unless all have the same, and what it does not share with the others.
func line(n Notification, a Alert) string {
	var parts []string
	if sharedName(n) == "" {
		parts = append(parts, clip(a.Labels["alertname"]))
	}
	if text := note(a.Notes, "summary", "message"); text != note(n.Notes, "summary", "message") {
		parts = append(parts, text)
	}
	parts = append(parts, own(n, a), clip(a.Values))
	if text := note(a.Notes, "description"); text != note(n.Notes, "description") && !slices.Contains(parts, text) {
		parts = append(parts, text)
	}
	parts = slices.DeleteFunc(parts, func(text string) bool { return text == "" })
	if len(parts) == 0 && len(n.Alerts) > 1 {
		return clip(cmp.Or(a.Labels["alertname"], a.Fingerprint))
	}
	return clip(strings.Join(parts, " · "))
}

// own are the labels that are not common, each clipped.
func own(n Notification, a Alert) string {
	list := words(a.Labels, n.Labels)
	for i, word := range list {
		list[i] = cut(word, maxLabel)
	}
	return strings.Join(list, ", ")
}

// sharedName is the name of all alerts; empty where they differ.
func sharedName(n Notification) string {
	if name := n.Labels["alertname"]; name != "" || n.Rest.Firing+n.Rest.Resolved > 0 || len(n.Alerts) == 0 {
		return name
	}
	name := n.Alerts[0].Labels["alertname"]
	for _, a := range n.Alerts {
		if a.Labels["alertname"] != name {
			return ""
		}
	}
	return name
}

// title is the name of the alerts, or the source's title or name of the group.
func title(n Notification) string {
	return clip(cmp.Or(sharedName(n), n.Title, strings.Join(words(n.Labels, nil), ", "), n.Receiver, n.Key))
}

// countedTitle reports whether a title begins with the number of firing alerts, as Grafana's does.
func countedTitle(title string) bool {
	return strings.HasPrefix(title, "[FIRING:") || strings.HasPrefix(title, "[RESOLVED]") || strings.HasPrefix(title, "[RESOLVED:")
}

// note is the first annotation that is set.
func note(notes map[string]string, names ...string) string {
	for _, name := range names {
		if text := clip(notes[name]); text != "" {
			return text
		}
	}
	return ""
}

// words are labels as name=value, sorted, without known ones, the alert's name and the source's internal ones (__…__).
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

// severityOf is the worst severity of the firing alerts, or of all where none fires.
func severityOf(n Notification) Severity {
	worst, found := n.Rest.Worst, n.Rest.Firing > 0
	for _, firingOnly := range []bool{true, false} {
		for _, a := range n.Alerts {
			if a.Firing || !firingOnly {
				worst, found = max(worst, severityRank(a.Labels)), true
			}
		}
		if found {
			break
		}
	}
	if !found {
		worst = severityRank(n.Labels)
	}
	return []Severity{SeverityInfo, SeverityWarning, SeverityCritical}[worst]
}

// severityRank ranks the usual names of severities.
func severityRank(labels map[string]string) int {
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

// links are the links of a single alert, or the common runbook and those of single alerts, and the source's page.
func links(n Notification) []Link {
	list := []Link{{Kind: LinkRunbook, URL: runbook(n.Notes)}, {Kind: LinkHome, URL: n.Home}}
	if len(n.Alerts) == 1 {
		list = append(list, n.Alerts[0].Links...)
	} else {
		list = append(list, runbooks(n)...)
	}
	list = slices.DeleteFunc(list, func(l Link) bool { return !isWeb(l.URL) })
	slices.SortStableFunc(list, func(a, b Link) int { return rank(a.Kind) - rank(b.Kind) })
	list = slices.CompactFunc(list, func(a, b Link) bool { return a.Kind == b.Kind && a.Of+b.Of == "" })
	return list[:min(len(list), maxLinks)]
}

// runbooks are the runbooks of single alerts in the card's lines.
func runbooks(n Notification) []Link {
	var list []Link
	known := map[string]bool{"": true, runbook(n.Notes): true}
	for _, a := range n.firingFirst()[:min(maxLines, len(n.Alerts))] {
		if address := runbook(a.Notes); !known[address] && len(list) < maxRunbooks {
			known[address] = true
			list = append(list, Link{Kind: LinkRunbook, URL: address, Of: nameOf(n, a)})
		}
	}
	return list
}

func runbook(notes map[string]string) string { return cmp.Or(notes["runbook_url"], notes["runbook"]) }

// nameOf is a short name that distinguishes an alert from the others.
func nameOf(n Notification, a Alert) string {
	name := a.Labels["alertname"]
	if sharedName(n) != "" || name == "" {
		name = cmp.Or(own(n, a), name)
	}
	return cut(name, maxName)
}

func rank(kind LinkKind) int {
	return slices.Index([]LinkKind{LinkRunbook, LinkPanel, LinkDashboard, LinkSource, LinkSilence, LinkHome}, kind)
}

// clip clips a text of the source, without the marks of mentions.
func clip(text string) string { return cut(text, maxText) }

func cut(text string, limit int) string {
	return bot.Abbreviate(strings.ReplaceAll(strings.TrimSpace(strings.ToValidUTF8(text, "")), bot.MentionStart, "@ {"), limit)
}

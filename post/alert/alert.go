// Package alert turns webhooks of Alertmanager and Grafana into cards: one for each group of alerts, which is edited as the
// group changes and may be recalled when all alerts are resolved.
package alert

import "time"

// Source is the sender of a webhook.
type Source string

// The sources.
const (
	Alertmanager Source = "alertmanager"
	Grafana      Source = "grafana"
)

// Notification is one webhook about a group of alerts.
type Notification struct {
	Source   Source
	Receiver string
	// Key is the source's key of the group.
	Key string
	// Alerts are the first alerts in full, Rest sums up the others.
	Alerts []Alert
	Rest   Rest
	// Truncated is how many alerts of the group are not in the webhook.
	Truncated int
	// Labels and Notes (annotations) are common to all alerts.
	Labels, Notes map[string]string
	// Title is the source's, or empty; Home is the URL of the source's page.
	Title, Home string
}

// Alert is one alert.
type Alert struct {
	Firing bool
	// Fingerprint is the source's: the same labels have the same one.
	Fingerprint   string
	Labels, Notes map[string]string
	// Values are the values of the alert's queries, as "A=91.2, C=1".
	Values       string
	Since, Until time.Time
	Links        []Link
}

// Rest sums up the alerts beyond those in full.
type Rest struct {
	Firing, Resolved int
	Since, Until     time.Time
	// Worst is the highest severity rank of those that fire.
	Worst int
	// States are a sample of their states.
	States []State
}

// State is the state of one alert.
type State struct {
	Fingerprint string
	Firing      bool
	Since       time.Time
}

// Link leads to a page about alerts.
type Link struct {
	Kind LinkKind `json:"k"`
	URL  string   `json:"u"`
	// Of names the alert, where the link is not of all.
	Of string `json:"of,omitempty"`
}

// LinkKind is the kind of a link; handlers has the texts.
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

// Severity is the severity of an alert or a group.
type Severity string

// The severities. An alert without one is critical.
const (
	SeverityCritical Severity = "critical"
	SeverityWarning  Severity = "warning"
	SeverityInfo     Severity = "info"
)

// CardView is the content of a group's card. All texts in it are the source's.
type CardView struct {
	Source Source `json:"source"`
	// Firing is set where an alert fires, or may fire: a truncated group is not known to be resolved.
	Firing   bool     `json:"firing"`
	Severity Severity `json:"grade"`
	Title    string   `json:"title"`
	// Counted is set where the title has the number of firing alerts.
	Counted bool `json:"counted,omitempty"`
	// Summary and Details are the group's, Labels are common to all alerts ("job=api").
	Summary string   `json:"summary,omitempty"`
	Details string   `json:"details,omitempty"`
	Labels  []string `json:"labels,omitempty"`
	// FiringCount and ResolvedCount count the alerts of the webhook, Truncated those that are not in it.
	FiringCount   int `json:"firing_count"`
	ResolvedCount int `json:"resolved_count,omitempty"`
	Truncated     int `json:"untold,omitempty"`
	// Lines are the first alerts, the firing ones first, and More the number of the others.
	Lines []Line    `json:"lines,omitempty"`
	More  int       `json:"more,omitempty"`
	Since time.Time `json:"since,omitzero"`
	Until time.Time `json:"until,omitzero"`
	Links []Link    `json:"links,omitempty"`
}

// Line is one alert of a card.
type Line struct {
	Firing bool      `json:"firing"`
	Text   string    `json:"text"`
	Since  time.Time `json:"since,omitzero"`
	Until  time.Time `json:"until,omitzero"`
}

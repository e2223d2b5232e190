// Package alert turns the webhooks of Alertmanager and Grafana into cards: one for each group of alerts that fires, which
// changes with the group and, as is wished, goes when all is resolved. It knows no technology.
package alert

import "time"

// Source is whose webhook it is.
type Source string

// The sources.
const (
	Alertmanager Source = "alertmanager"
	Grafana      Source = "grafana"
)

// Notification is what one webhook says of a group of alerts.
type Notification struct {
	Source   Source
	Receiver string
	// Key names the group, as the source does.
	Key string
	// Alerts are those that are told in full, Rest what is known of the others.
	Alerts []Alert
	Rest   Rest
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
	// Fingerprint is the source's fingerprint: the same labels, the same mark.
	Fingerprint   string
	Labels, Notes map[string]string
	// Values are what the alert's queries gave, as "A=91.2, C=1".
	Values       string
	Since, Until time.Time
	Links        []Link
}

// Rest counts alerts that are not told in full, for there are too many.
type Rest struct {
	Firing, Resolved int
	Since, Until     time.Time
	// Worst is the worst that any names that fires.
	Worst int
	// Marks are some of them.
	Marks []Told
}

// Told is what is said of one alert.
type Told struct {
	Fingerprint string
	Firing      bool
	Since       time.Time
}

// Link leads to a page about alerts.
type Link struct {
	Kind LinkKind `json:"k"`
	URL  string   `json:"u"`
	// Of names the alert that it is about, where not all have it.
	Of string `json:"of,omitempty"`
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

// Severity is how bad it is.
type Severity string

// The grades. An alert that names none is critical: nobody said that it may wait.
const (
	SeverityCritical Severity = "critical"
	SeverityWarning  Severity = "warning"
	SeverityInfo     Severity = "info"
)

// CardView is what a card is to say of a group. All words in it are the source's.
type CardView struct {
	Source Source `json:"source"`
	// Firing is whether any alert does, or may: a group that is not told in full is not known to be resolved.
	Firing   bool     `json:"firing"`
	Severity Severity `json:"grade"`
	Title    string   `json:"title"`
	// Counted is whether the title says how many fire.
	Counted bool `json:"counted,omitempty"`
	// Summary and Details are of the group as a whole, Labels what its alerts have in common ("job=api").
	Summary string   `json:"summary,omitempty"`
	Details string   `json:"details,omitempty"`
	Labels  []string `json:"labels,omitempty"`
	// FiringCount and ResolvedCount count the alerts that are told of, Untold those that are not.
	FiringCount   int `json:"firing_count"`
	ResolvedCount int `json:"resolved_count,omitempty"`
	Truncated     int `json:"untold,omitempty"`
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

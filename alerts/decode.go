package alerts

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"maps"
	"net/url"
	"slices"
	"time"

	"recallbot/bot"
)

const (
	// mostAlerts bounds the alerts of one webhook: far more than anybody reads.
	mostAlerts = 5000
	// mostURL is the longest address that becomes a link.
	mostURL = 2000
	// versionAlertmanager is the webhook's version that Alertmanager has had since 2017.
	versionAlertmanager = "4"
	resolved            = "resolved"
	firing              = "firing"
)

// Payload is a webhook as it comes: Alertmanager's, version 4, and Grafana's, which has all of that and more.
type Payload struct {
	Version      string            `json:"version,omitempty" doc:"4 from Alertmanager, 1 from Grafana" example:"4"`
	GroupKey     string            `json:"groupKey" doc:"What tells the groups apart: each has a card"`
	Status       string            `json:"status" enum:"firing,resolved"`
	Receiver     string            `json:"receiver,omitempty"`
	Truncated    int               `json:"truncatedAlerts,omitempty" doc:"How many were left out, by max_alerts"`
	GroupLabels  map[string]string `json:"groupLabels,omitempty"`
	CommonLabels map[string]string `json:"commonLabels,omitempty"`
	CommonNotes  map[string]string `json:"commonAnnotations,omitempty"`
	ExternalURL  string            `json:"externalURL,omitempty"`
	Title        string            `json:"title,omitempty" doc:"Grafana's"`
	Alerts       []PayloadAlert    `json:"alerts" minItems:"1" maxItems:"5000"`
	_            struct{}          `json:"-" additionalProperties:"true"`
}

// PayloadAlert is one alert of a webhook.
type PayloadAlert struct {
	Status       string            `json:"status" enum:"firing,resolved"`
	Labels       map[string]string `json:"labels,omitempty"`
	Annotations  map[string]string `json:"annotations,omitempty" doc:"summary, description and runbook_url are shown"`
	StartsAt     time.Time         `json:"startsAt,omitzero"`
	EndsAt       time.Time         `json:"endsAt,omitzero"`
	GeneratorURL string            `json:"generatorURL,omitempty"`
	Fingerprint  string            `json:"fingerprint,omitempty"`
	SilenceURL   string            `json:"silenceURL,omitempty" doc:"Grafana's"`
	DashboardURL string            `json:"dashboardURL,omitempty" doc:"Grafana's"`
	PanelURL     string            `json:"panelURL,omitempty" doc:"Grafana's"`
	_            struct{}          `json:"-" additionalProperties:"true"`
}

// Decode reads a webhook. What makes no sense is Invalid; fields that nobody knows are left out, since both sources add
// some with each version.
func Decode(source Source, body []byte) (Notice, error) {
	var p Payload
	if err := json.Unmarshal(body, &p); err != nil {
		return Notice{}, bot.Errorf(bot.Invalid, "read the webhook of %s: %w", source, err)
	}
	switch {
	case source == Alertmanager && p.Version != versionAlertmanager:
		return Notice{}, bot.Errorf(bot.Invalid, "version: want %q, got %q", versionAlertmanager, p.Version)
	case p.GroupKey == "":
		return Notice{}, bot.Errorf(bot.Invalid, "groupKey: there is none, so nothing tells the groups apart")
	case p.Status != firing && p.Status != resolved:
		return Notice{}, bot.Errorf(bot.Invalid, "status: want firing or resolved, got %q", p.Status)
	case len(p.Alerts) == 0:
		return Notice{}, bot.Errorf(bot.Invalid, "alerts: there are none")
	case len(p.Alerts) > mostAlerts || p.Truncated < 0:
		return Notice{}, bot.Errorf(bot.Invalid, "alerts: want at most %d; max_alerts sets how many are sent", mostAlerts)
	}
	notice := Notice{
		Source: source, Receiver: p.Receiver, Key: p.GroupKey, Truncated: p.Truncated, Labels: p.CommonLabels,
		Notes: p.CommonNotes, Title: p.Title, Home: p.ExternalURL,
	}
	if len(notice.Labels) == 0 {
		notice.Labels = p.GroupLabels
	}
	for _, a := range p.Alerts {
		notice.Alerts = append(notice.Alerts, a.alert())
	}
	return notice, nil
}

func (a PayloadAlert) alert() Alert {
	read := Alert{
		Firing: a.Status != resolved, Mark: cmp.Or(a.Fingerprint, markOf(a.Labels)), Labels: a.Labels, Notes: a.Annotations,
		Since: a.StartsAt,
		Links: []Link{
			{LinkRunbook, cmp.Or(a.Annotations["runbook_url"], a.Annotations["runbook"])},
			{LinkPanel, a.PanelURL},
			{LinkDashboard, a.DashboardURL},
			{LinkSource, a.GeneratorURL},
			{LinkSilence, a.SilenceURL},
		},
	}
	if !read.Firing { // while it fires, its end is a guess
		read.Until = a.EndsAt
	}
	return read
}

// markOf stands in for a fingerprint.
func markOf(labels map[string]string) string {
	sum := sha256.New()
	for _, name := range slices.Sorted(maps.Keys(labels)) {
		sum.Write([]byte(name + "\x00" + labels[name] + "\x00"))
	}
	return hex.EncodeToString(sum.Sum(nil)[:8])
}

// isWeb reports whether an address may become a link.
func isWeb(address string) bool {
	at, err := url.Parse(address)
	return err == nil && len(address) <= mostURL && (at.Scheme == "http" || at.Scheme == "https") && at.Host != ""
}

package alert

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"recallbot/bot"
)

const (
	// maxURL is the longest address that becomes a link.
	maxURL = 2000
	// maxValues is how many values of an alert are shown.
	maxValues = 6
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
	Alerts       []PayloadAlert    `json:"alerts" minItems:"1"`
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
	Values       map[string]any    `json:"values,omitempty" doc:"Grafana's: what the queries gave; shown"`
	ValueString  string            `json:"valueString,omitempty" doc:"Grafana's; shown where there are no values"`
	_            struct{}          `json:"-" additionalProperties:"true"`
}

// Decode reads a webhook of any length in little memory: alerts beyond those of a card are only counted. Malformed webhooks are
// Invalid; unknown fields are ignored.
func Decode(source Source, body io.Reader) (Notification, error) {
	var p Payload
	n := Notification{Source: source}
	if err := newStream(body).payload(&p, n.add); err != nil {
		return Notification{}, bot.Errorf(bot.Invalid, "%w", &unreadable{source, err})
	}
	switch {
	case source == Alertmanager && p.Version != versionAlertmanager:
		return Notification{}, bot.Errorf(bot.Invalid, "version must be %q, not %q", versionAlertmanager, p.Version)
	case p.GroupKey == "":
		return Notification{}, bot.Errorf(bot.Invalid, "groupKey is missing")
	case p.Status != firing && p.Status != resolved:
		return Notification{}, bot.Errorf(bot.Invalid, "status must be firing or resolved, not %q", p.Status)
	case len(n.Alerts) == 0:
		return Notification{}, bot.Errorf(bot.Invalid, "alerts is missing or empty")
	case p.Truncated < 0:
		return Notification{}, bot.Errorf(bot.Invalid, "truncatedAlerts must be 0 or more, not %d", p.Truncated)
	}
	n.Receiver, n.Key, n.Truncated, n.Labels = p.Receiver, p.GroupKey, p.Truncated, p.CommonLabels
	n.Notes, n.Title, n.Home = p.CommonNotes, p.Title, p.ExternalURL
	if len(n.Labels) == 0 {
		n.Labels = p.GroupLabels
	}
	n.Rest.States = sample(n.Rest.States)
	return n, nil
}

// unreadable is a body that is not a webhook. Its text is for the sender, without the decoder's words.
type unreadable struct {
	source Source
	err    error
}

// Error says what is wrong with the body.
func (u *unreadable) Error() string {
	says := "it is not valid JSON"
	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](u.err); ok {
		says = fmt.Sprintf("%s can't be a %s", cmp.Or(wrong.Field, "a field"), wrong.Value)
	}
	for _, shape := range []error{errObject, errList, errRest} {
		if errors.Is(u.err, shape) {
			says = shape.Error()
		}
	}
	return fmt.Sprintf("the body is not a webhook of %s: %s", u.source, says)
}

// Unwrap returns the decoder's error.
func (u *unreadable) Unwrap() error { return u.err }

// add adds an alert: in full the first maxLines that fire, and as many that don't.
func (n *Notification) add(p PayloadAlert) {
	a := p.alert()
	same := 0
	for _, other := range n.Alerts {
		if other.Firing == a.Firing {
			same++
		}
	}
	if same < maxLines {
		n.Alerts = append(n.Alerts, a)
		return
	}
	r := &n.Rest
	if a.Firing {
		r.Firing, r.Worst = r.Firing+1, max(r.Worst, severityRank(a.Labels))
	} else {
		r.Resolved++
	}
	r.Since, r.Until = earlier(r.Since, a.Since), later(r.Until, a.Until)
	if r.States = append(r.States, State{a.Fingerprint, a.Firing, a.Since}); len(r.States) >= 8*maxStates {
		r.States = sample(r.States)
	}
}

func (a PayloadAlert) alert() Alert {
	read := Alert{
		Firing: a.Status != resolved, Fingerprint: fingerprintOf(a.Fingerprint, a.Labels), Labels: a.Labels, Notes: a.Annotations,
		Since: a.StartsAt, Values: a.values(),
		Links: []Link{
			{Kind: LinkRunbook, URL: runbook(a.Annotations)},
			{Kind: LinkPanel, URL: a.PanelURL},
			{Kind: LinkDashboard, URL: a.DashboardURL},
			{Kind: LinkSource, URL: a.GeneratorURL},
			{Kind: LinkSilence, URL: a.SilenceURL},
		},
	}
	if !read.Firing { // the end of a firing alert is a guess
		read.Until = a.EndsAt
	}
	return read
}

// values are the values of the queries, as "A=91.2, C=1", or in the source's form.
func (a PayloadAlert) values() string {
	var list []string
	for _, name := range slices.Sorted(maps.Keys(a.Values)) {
		value := a.Values[name]
		if number, ok := value.(float64); ok {
			const digits = 10 // 0.1+0.2 is 0.3
			value = strconv.FormatFloat(number, 'g', digits, 64)
		}
		if value != nil {
			list = append(list, fmt.Sprintf("%s=%v", name, value))
		}
	}
	if len(list) > maxValues {
		list = append(list[:maxValues], "…")
	}
	return cmp.Or(strings.Join(list, ", "), a.ValueString)
}

// fingerprintOf is the source's fingerprint. A missing or a long one is replaced by a hash.
func fingerprintOf(fingerprint string, labels map[string]string) string {
	const maxLength = 16
	if fingerprint != "" && len(fingerprint) <= maxLength {
		return fingerprint
	}
	sum := sha256.New()
	sum.Write([]byte(fingerprint))
	if fingerprint == "" {
		for _, name := range slices.Sorted(maps.Keys(labels)) {
			sum.Write([]byte(name + "\x00" + labels[name] + "\x00"))
		}
	}
	return hex.EncodeToString(sum.Sum(nil)[:8])
}

// isWeb reports whether a URL may become a link.
func isWeb(address string) bool {
	at, err := url.Parse(address)
	return err == nil && len(address) <= maxURL && (at.Scheme == "http" || at.Scheme == "https") && at.Host != ""
}

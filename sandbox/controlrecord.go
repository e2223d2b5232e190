package sandbox

import (
	"net/http"
	"slices"
	"strconv"
	"time"
)

// appDetails is an app with its developer settings.
type appDetails struct {
	Name string `json:"name"`
	Credentials

	OpenID     string   `json:"open_id"` // for the app itself
	Scopes     []string `json:"scopes"`
	EventURL   string   `json:"event_url"`
	Websockets int      `json:"websockets"`
	Redirects  []string `json:"redirects"`
}

func (f *Feishu) appOf(a *app) appDetails {
	return appDetails{
		Name: a.Name, Credentials: a.Credentials, OpenID: f.openIDFor(a, a.OpenID), Scopes: append([]string{}, sorted(a.scopes)...),
		EventURL: a.eventURL, Websockets: len(a.sockets.open), Redirects: append([]string{}, a.redirects...),
	}
}

// controlApps lists the apps in order of creation.
func (f *Feishu) controlApps(w http.ResponseWriter, _ *http.Request) {
	f.mu.Lock()
	items := []appDetails{}
	for _, a := range f.world.installed {
		items = append(items, f.appOf(a))
	}
	f.mu.Unlock()
	writeJSON(w, http.StatusOK, map[string]any{"items": items})
}

type callRecord struct {
	API    string  `json:"api"`
	Path   string  `json:"path"`
	Query  string  `json:"query"`
	Body   string  `json:"body"`
	Status int     `json:"status"` // no response
	Code   int     `json:"code"`
	LogID  string  `json:"log_id"`
	At     string  `json:"at"`
	MS     float64 `json:"ms"`
}

// controlCalls lists the latest finished API calls in order of time.
func (f *Feishu) controlCalls(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	calls := f.record.calls
	f.mu.Unlock()
	items := []callRecord{}
	for _, c := range latest(calls, r, func(c Call) bool {
		return r.URL.Query().Get("api") == "" || r.URL.Query().Get("api") == c.API
	}) {
		items = append(items, callRecord{
			c.API, c.Path, c.Query, string(c.Body), c.Status, c.Code, c.LogID, c.Start.Format(time.RFC3339Nano),
			float64(c.Duration.Microseconds()) / 1000,
		})
	}
	writeJSON(w, http.StatusOK, map[string]any{"items": items})
}

type deliveryRecord struct {
	Event   string  `json:"event"`
	App     string  `json:"app"`
	Type    string  `json:"type"`
	Chat    string  `json:"chat"`
	Attempt int     `json:"attempt"`
	Via     string  `json:"via"`
	Status  int     `json:"status"`
	Error   string  `json:"error,omitempty"`
	At      string  `json:"at"`
	MS      float64 `json:"ms"`
}

// controlDeliveries lists the latest deliveries in order of time.
func (f *Feishu) controlDeliveries(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	deliveries := f.push.deliveries
	f.mu.Unlock()
	items := []deliveryRecord{}
	for _, d := range latest(deliveries, r, func(d Delivery) bool {
		return r.URL.Query().Get("app") == "" || r.URL.Query().Get("app") == d.App
	}) {
		items = append(items, deliveryRecord{
			d.EventID, d.App, d.Type, d.Chat, d.Attempt, d.Via, d.Status, d.Err, d.Start.Format(time.RFC3339Nano),
			float64(d.Latency.Microseconds()) / 1000,
		})
	}
	writeJSON(w, http.StatusOK, map[string]any{"items": items})
}

// latest are the last matching entries of a log: ?limit= or 100.
func latest[T any](log []T, r *http.Request, fits func(T) bool) []T {
	limit, err := strconv.Atoi(r.URL.Query().Get("limit"))
	if err != nil || limit < 1 {
		limit = 100
	}
	var out []T
	for _, v := range slices.Backward(log) {
		if len(out) == limit {
			break
		}
		if fits(v) {
			out = append(out, v)
		}
	}
	slices.Reverse(out)
	return out
}

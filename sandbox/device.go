package sandbox

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

const (
	devicePath = "/page/device"
	deviceLife = 4 * time.Minute
)

// device is a device code that waits for a person's consent.
type device struct {
	app      *app
	userCode string
	scopes   []string
	ends     time.Time
	answered bool
	user     string // who consented; empty: refused
	used     bool
}

// deviceAuthorization is POST /oauth/v1/device_authorization: a device code, and a URL for a person.
func (f *Feishu) deviceAuthorization(c *call) (any, error) {
	in, err := readGrant(c)
	if err != nil {
		return nil, err
	}
	a := f.world.apps[in.ClientID]
	switch {
	case a == nil:
		return nil, &consentError{codeClientUnknown, "invalid_client"}
	case a.AppSecret != in.ClientSecret:
		return nil, &consentError{codeClientSecret, "invalid_client"}
	}
	scopes := strings.Fields(in.Scope)
	if a.checkScopes(scopes) != nil {
		return nil, &consentError{codeConsentScope, "invalid_scope"}
	}
	code := f.ids.hex(40)
	d := &device{app: a, userCode: strings.ToUpper(f.ids.hex(8)), scopes: scopes, ends: c.start.Add(deviceLife)}
	f.consents.devices[code] = d
	page := publicHost(c.r, "http") + devicePath
	return rawBody{
		"device_code": code, "user_code": d.userCode, "verification_uri": page,
		"verification_uri_complete": page + "?user_code=" + d.userCode, "expires_in": int(deviceLife.Seconds()), "interval": pollInterval,
	}, nil
}

// exchangeDeviceCode returns the tokens of a device code once a person has consented.
func (f *Feishu) exchangeDeviceCode(in grant, now time.Time) (any, error) {
	d := f.consents.devices[in.DeviceCode]
	if d == nil {
		return nil, &consentError{0, "invalid_grant"}
	}
	if err := f.checkClient(in, d.app); err != nil {
		return nil, err
	}
	switch {
	case now.After(d.ends), d.used:
		return nil, &consentError{0, "expired_token"}
	case !d.answered:
		return nil, &consentError{0, "authorization_pending"}
	case d.user == "":
		return nil, &consentError{0, "access_denied"}
	}
	d.used = true
	return f.issue(d.app, d.user, d.scopes, now), nil
}

// AnswerDevice acts as a person on the device's page.
func (f *Feishu) AnswerDevice(address, user string, agree bool) error {
	u, err := url.Parse(address)
	if err != nil {
		return fmt.Errorf("device: %w", err)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	d := f.deviceByUserCode(u.Query().Get("user_code"))
	if _, known := f.world.users[user]; !known || d == nil {
		return errors.New("device: no client waits under this code, or nobody is called like this")
	}
	d.answered = true
	if agree {
		d.user = user
	}
	f.notify()
	return nil
}

// deviceByUserCode finds a device code by the code of its page.
func (f *Feishu) deviceByUserCode(userCode string) *device {
	for _, d := range f.consents.devices {
		if d.userCode == userCode && !d.answered && f.now().Before(d.ends) {
			return d
		}
	}
	return nil
}

// devicePage shows the device's consent page.
func (f *Feishu) devicePage(w http.ResponseWriter, r *http.Request) {
	pageHeaders(w)
	f.mu.Lock()
	d, shown := f.deviceByUserCode(r.URL.Query().Get("user_code")), consentView{Action: devicePath, Query: r.URL.RawQuery, People: f.allUsers()}
	f.mu.Unlock()
	if d == nil {
		http.Error(w, "no client waits under this code", http.StatusNotFound)
		return
	}
	shown.App, shown.Scope = d.app.Name, strings.Join(d.scopes, " ")
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = io.WriteString(w, shown.html()) // the browser may have gone
}

// deviceAnswer handles the form of the page.
func (f *Feishu) deviceAnswer(w http.ResponseWriter, r *http.Request) {
	pageHeaders(w)
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	if err := f.AnswerDevice("?"+r.FormValue("query"), r.FormValue("user"), r.FormValue("agree") == "yes"); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

package sandbox

import (
	"errors"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

const (
	registrationPath = "/oauth/v1/app/registration"
	launcherPath     = "/page/launcher"
	registrationLife = 10 * time.Minute
	// pollInterval is the polling interval of clients in seconds; the platform's is 5.
	pollInterval = 1
)

// registration is the creation of an app by a QR code, or an extension of an app's scopes.
type registration struct {
	user     string // code in the page's URL
	ends     time.Time
	answered bool
	app      *app // nil: refused
}

// serveRegistration serves the accounts service's API and the registration page.
func (f *Feishu) serveRegistration(mux *http.ServeMux) {
	own := http.NewCrossOriginProtection()
	mux.HandleFunc("POST "+registrationPath, f.registration)
	mux.HandleFunc("GET "+launcherPath, f.registrationPage)
	mux.Handle("POST "+launcherPath, f.localOnly(own.Handler(http.HandlerFunc(f.registrationAnswer))))
}

// registration is POST /oauth/v1/app/registration: begin, then poll until a person has answered.
func (f *Feishu) registration(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	status, out := http.StatusOK, map[string]any(nil)
	switch r.FormValue("action") {
	case "begin":
		out = f.beginRegistration(publicHost(r, "http") + launcherPath)
	case "poll":
		status, out = f.pollRegistration(r.FormValue("device_code"))
	default:
		status, out = oauthError("invalid_request", "action: want begin or poll")
	}
	writeJSON(w, status, out)
}

func oauthError(code, text string) (status int, out map[string]any) {
	return http.StatusBadRequest, map[string]any{"error": code, "error_description": text}
}

func (f *Feishu) beginRegistration(page string) map[string]any {
	f.mu.Lock()
	defer f.mu.Unlock()
	device, user := f.ids.hex(40), f.ids.hex(8)
	if f.registrations == nil {
		f.registrations = map[string]*registration{}
	}
	f.registrations[device] = &registration{user: user, ends: f.now().Add(registrationLife)}
	f.notify()
	return map[string]any{
		"device_code": device, "user_code": user, "interval": pollInterval, "expire_in": int(registrationLife.Seconds()),
		"verification_uri": page, "verification_uri_complete": page + "?user_code=" + user,
	}
}

func (f *Feishu) pollRegistration(device string) (status int, out map[string]any) {
	f.mu.Lock()
	defer f.mu.Unlock()
	reg := f.registrations[device]
	switch {
	case reg == nil || f.now().After(reg.ends):
		return oauthError("expired_token", "the device code is not known, or no longer")
	case !reg.answered:
		return oauthError("authorization_pending", "nobody has confirmed yet")
	case reg.app == nil:
		return oauthError("access_denied", "the person refused")
	}
	return http.StatusOK, map[string]any{
		"client_id": reg.app.ID, "client_secret": reg.app.AppSecret,
		"user_info": map[string]any{"open_id": f.openIDFor(reg.app, f.world.firstUser()), "tenant_brand": f.brand().name},
	}
}

// AnswerRegistration acts as a person on the page behind a QR code: allow creates the app, or adds the scopes, events
// and callbacks of the URL to the app that it names.
func (f *Feishu) AnswerRegistration(address string, allow bool) error {
	u, err := url.Parse(address)
	if err != nil {
		return err
	}
	wanted, err := parseAddons(u.Query().Get("addons"))
	if err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	reg := f.registrationOf(u.Query().Get("user_code"))
	if reg == nil {
		return errors.New("registration: nobody asked for this app, or it is settled")
	}
	if allow {
		if reg.app, err = f.register(u.Query(), wanted); err != nil {
			return err
		}
	}
	reg.answered = true
	f.notify()
	return nil
}

// register returns the app of a registration.
func (f *Feishu) register(q url.Values, wanted addons) (*app, error) {
	if id := q.Get("clientID"); id != "" {
		a := f.world.apps[id]
		if a == nil {
			return nil, fmt.Errorf("registration: no app %q", id)
		}
		a.grant(wanted)
		return a, nil
	}
	return f.createApp(orElse(q.Get("name"), "New app"), wanted)
}

// registrationOf finds an open registration by the code of its page.
func (f *Feishu) registrationOf(user string) *registration {
	for _, reg := range f.registrations {
		if reg.user == user && !reg.answered && f.now().Before(reg.ends) {
			return reg
		}
	}
	return nil
}

// registrationPage shows what the app requests.
func (f *Feishu) registrationPage(w http.ResponseWriter, r *http.Request) {
	pageHeaders(w)
	wanted, err := parseAddons(r.URL.Query().Get("addons"))
	f.mu.Lock()
	known := f.registrationOf(r.URL.Query().Get("user_code")) != nil
	f.mu.Unlock()
	if err != nil || !known {
		http.Error(w, "no such registration", http.StatusNotFound)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = io.WriteString(w, wanted.html(r.URL.Query().Get("name"), r.URL.RequestURI()))
}

// registrationAnswer handles the form of the page.
func (f *Feishu) registrationAnswer(w http.ResponseWriter, r *http.Request) {
	pageHeaders(w)
	allow := r.FormValue("answer") == "allow"
	if err := f.AnswerRegistration(r.URL.String(), allow); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

// html is the page that asks for the app; its form goes to the address.
func (a addons) html(name, address string) string {
	list := func(items []string) string {
		var lines strings.Builder
		for _, item := range items {
			lines.WriteString("<li>" + html.EscapeString(item))
		}
		return lines.String()
	}
	return strings.NewReplacer(
		"{{name}}", html.EscapeString(name), "{{address}}", html.EscapeString(address), "{{scopes}}", list(a.Scopes.Tenant),
		"{{events}}", list(a.Events.Items.Tenant), "{{callbacks}}", list(a.Callbacks.Items),
	).Replace(registrationPage)
}

const registrationPage = `<!doctype html>
<html lang="zh-CN"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>创建应用 Create an app</title>
<style>:root{color-scheme:light dark}body{font:16px/1.6 system-ui,sans-serif;max-width:40rem;margin:3rem auto;padding:0 1em;overflow-wrap:anywhere}
button{font:inherit;padding:.4em 1em}</style>
<main>
<h1>创建应用 <span lang="en">Create the app</span> {{name}}</h1>
<h2>权限 <span lang="en">Scopes</span></h2><ul>{{scopes}}</ul>
<h2>事件 <span lang="en">Events</span></h2><ul>{{events}}</ul>
<h2>回调 <span lang="en">Callbacks</span></h2><ul>{{callbacks}}</ul>
<form method="post" action="{{address}}">
<button name="answer" value="allow">创建 <span lang="en">Create</span></button> <button name="answer" value="refuse">拒绝 <span lang="en">Refuse</span></button>
</form>
</main>
</html>
`

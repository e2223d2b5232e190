package sandbox

import (
	"fmt"
	"html"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// offlineAccess is the scope for a refresh token.
const offlineAccess = "offline_access"

// Lifetimes of codes and tokens.
const (
	codeLife    = 5 * time.Minute
	refreshLife = 7 * 24 * time.Hour
)

// consents are people's consents: codes, and the tokens issued for them.
type consents struct {
	codes   map[string]*consentCode
	devices map[string]*device // by device code
	access  map[string]*userToken
	refresh map[string]*userToken
}

func newConsents() *consents {
	return &consents{
		codes: map[string]*consentCode{}, devices: map[string]*device{}, access: map[string]*userToken{}, refresh: map[string]*userToken{},
	}
}

type consentCode struct {
	app                               *app
	user, redirect, challenge, method string
	scopes                            []string
	expires                           time.Time
	used                              bool
}

// userToken is an access token, or a refresh token, which can be used once.
type userToken struct {
	app     *app
	user    string
	scopes  []string
	expires time.Time
	used    bool
}

// SetRedirects sets our app's redirect URLs.
func (f *Feishu) SetRedirects(addresses ...string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.world.app.redirects = addresses
}

// Consent acts as a person's browser on the consent page and returns the URL that the platform redirects to.
func (f *Feishu) Consent(address, user string, agree bool) (string, error) {
	u, err := url.Parse(address)
	if err != nil {
		return "", fmt.Errorf("consent: %w", err)
	}
	return f.consent(u.Query(), user, agree)
}

func (f *Feishu) consent(q url.Values, user string, agree bool) (string, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	a, err := f.checkConsent(q)
	if err != nil {
		return "", err
	}
	if _, known := f.world.users[user]; !known {
		return "", fmt.Errorf("consent: nobody is %q", user)
	}
	back := url.Values{"state": {q.Get("state")}, "error": {"access_denied"}}
	if agree {
		code := f.ids.hex(32)
		f.consents.codes[code] = &consentCode{
			app: a, user: user, redirect: q.Get("redirect_uri"), challenge: q.Get("code_challenge"), method: q.Get("code_challenge_method"),
			scopes: strings.Fields(q.Get("scope")), expires: f.now().Add(codeLife),
		}
		back = url.Values{"state": {q.Get("state")}, "code": {code}}
	}
	return q.Get("redirect_uri") + "?" + back.Encode(), nil
}

// checkConsent checks the parameters of a consent page.
func (f *Feishu) checkConsent(q url.Values) (*app, error) {
	a := f.world.apps[orElse(q.Get("client_id"), q.Get("app_id"))] // the second is the old name
	switch {
	case a == nil:
		return nil, &Error{Code: codeClientUnknown, Msg: "client_id"}
	case q.Get("response_type") != "code" && q.Get("app_id") == "":
		return nil, &Error{Code: codeConsentParam, Msg: "response_type"}
	case !slices.Contains(a.redirects, q.Get("redirect_uri")):
		return nil, &Error{Code: codeRedirect, Msg: "redirect_uri is not registered"}
	case !slices.Contains([]string{"", "plain", "S256"}, q.Get("code_challenge_method")):
		return nil, &Error{Code: codeConsentParam, Msg: "code_challenge_method"}
	}
	return a, a.checkScopes(strings.Fields(q.Get("scope")))
}

// checkScopes refuses scopes that the app does not have.
func (a *app) checkScopes(scopes []string) error {
	for _, scope := range scopes {
		if scope != offlineAccess && !a.scopes[scope] {
			return &Error{Code: codeConsentScope, Msg: scope}
		}
	}
	return nil
}

// serveConsent serves the consent page and its form. The page asks for the person, since there is no login.
func (f *Feishu) serveConsent(mux *http.ServeMux) {
	mux.HandleFunc("GET /open-apis/authen/v1/authorize", func(w http.ResponseWriter, r *http.Request) {
		f.mu.Lock()
		a, err := f.checkConsent(r.URL.Query())
		shown := consentView{Action: "/sandbox/consent", Query: r.URL.RawQuery, Scope: r.URL.Query().Get("scope"), People: f.allUsers()}
		f.mu.Unlock()
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		shown.App = a.Name
		pageHeaders(w)
		// The form redirects to the client.
		w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = io.WriteString(w, shown.html()) // the browser may have gone
	})
	own := http.NewCrossOriginProtection()
	mux.Handle("POST /sandbox/consent", f.localOnly(own.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		q, err := url.ParseQuery(r.FormValue("query"))
		back := ""
		if err == nil {
			back, err = f.consent(q, r.FormValue("user"), r.FormValue("agree") == "yes")
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		http.Redirect(w, r, back, http.StatusSeeOther) //nolint:gosec // consent has compared it with those that are registered
	}))))
	mux.HandleFunc("GET "+devicePath, f.devicePage)
	mux.Handle("POST "+devicePath, f.localOnly(own.Handler(http.HandlerFunc(f.deviceAnswer))))
}

// allUsers are the people in order of creation. The caller holds mu.
func (f *Feishu) allUsers() []User {
	var out []User
	for _, id := range f.world.people {
		out = append(out, f.world.users[id])
	}
	return out
}

// consentView is what the page shows, and where its form goes.
type consentView struct {
	App, Query, Scope, Action string
	People                    []User
}

func (v consentView) html() string {
	var people strings.Builder
	for _, user := range v.People {
		fmt.Fprintf(&people, `<option value="%s">%s</option>`, html.EscapeString(user.OpenID), html.EscapeString(user.Name))
	}
	return strings.NewReplacer(
		"{{app}}", html.EscapeString(v.App), "{{scope}}", html.EscapeString(v.Scope), "{{query}}", html.EscapeString(v.Query),
		"{{action}}", v.Action, "{{people}}", people.String(),
	).Replace(consentPage)
}

const consentPage = `<!doctype html>
<html lang="zh-CN">
<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>授权 Authorise</title>
<style>:root{color-scheme:light dark}body{font:16px/1.6 system-ui,sans-serif;max-width:28em;margin:12vh auto;padding:0 1em}
button,select{font:inherit;padding:.4em 1em;margin:.3em .3em .3em 0}</style>
<main>
<h1>{{app}}</h1>
<p>请求以你的身份：<br><span lang="en">asks to act as you:</span> <code>{{scope}}</code></p>
<form method="post" action="{{action}}">
<input type="hidden" name="query" value="{{query}}">
<p><label>你是 <span lang="en">You are</span> <select name="user">{{people}}</select></label></p>
<button name="agree" value="yes">授权 <span lang="en">Authorise</span></button><button name="agree" value="no">拒绝 <span lang="en">Decline</span></button>
</form>
</main>
</html>
`

package sandbox

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// offlineAccess is the scope that brings a refresh token.
const offlineAccess = "offline_access"

// How long what a consent gives is good.
const (
	codeLife    = 5 * time.Minute
	refreshLife = 7 * 24 * time.Hour
)

// consents is what people have consented to: codes, and the tokens that came of them.
type consents struct {
	redirects []string
	codes     map[string]*consentCode
	access    map[string]*userToken
	refresh   map[string]*userToken
}

func newConsents() *consents {
	return &consents{codes: map[string]*consentCode{}, access: map[string]*userToken{}, refresh: map[string]*userToken{}}
}

type consentCode struct {
	user, redirect, challenge string
	scopes                    []string
	expires                   time.Time
	used                      bool
}

// userToken is an access token, or a refresh token, which is used up by one refresh.
type userToken struct {
	user    string
	scopes  []string
	expires time.Time
	used    bool
}

// SetRedirects registers the addresses that a browser may be sent back to.
func (f *Feishu) SetRedirects(addresses ...string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.consents.redirects = addresses
}

// Consent does what a person's browser does with the address of the page of consent: it gives the address that the
// platform sends it back to.
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
	if err := f.checkConsent(q); err != nil {
		return "", err
	}
	if _, known := f.world.users[user]; !known {
		return "", fmt.Errorf("consent: nobody is %q", user)
	}
	back := url.Values{"state": {q.Get("state")}, "error": {"access_denied"}}
	if agree {
		code := f.ids.hex(32)
		f.consents.codes[code] = &consentCode{
			user: user, redirect: q.Get("redirect_uri"), challenge: q.Get("code_challenge"),
			scopes: strings.Fields(q.Get("scope")), expires: time.Now().Add(codeLife),
		}
		back = url.Values{"state": {q.Get("state")}, "code": {code}}
	}
	return q.Get("redirect_uri") + "?" + back.Encode(), nil
}

// checkConsent says what is wrong with the address of a page of consent.
func (f *Feishu) checkConsent(q url.Values) error {
	switch {
	case q.Get("client_id") != f.world.app.ID:
		return &Error{Code: codeClientUnknown, Msg: "client_id"}
	case q.Get("response_type") != "code":
		return &Error{Code: codeConsentParam, Msg: "response_type"}
	case !slices.Contains(f.consents.redirects, q.Get("redirect_uri")):
		return &Error{Code: codeRedirect, Msg: "redirect_uri is not registered"}
	case q.Get("code_challenge") != "" && q.Get("code_challenge_method") != "S256":
		return &Error{Code: codeConsentParam, Msg: "code_challenge_method"}
	}
	for scope := range strings.FieldsSeq(q.Get("scope")) {
		if scope != offlineAccess && !f.world.scopes[scope] {
			return &Error{Code: codeConsentScope, Msg: scope}
		}
	}
	return nil
}

// serveConsent serves the page where a person consents, and takes the answer. The sandbox knows no browser's person, so the
// page asks who it is.
func (f *Feishu) serveConsent(mux *http.ServeMux) {
	page := template.Must(template.New("consent").Parse(consentPage))
	mux.HandleFunc("GET /open-apis/authen/v1/authorize", func(w http.ResponseWriter, r *http.Request) {
		f.mu.Lock()
		err, shown := f.checkConsent(r.URL.Query()), consentView{App: f.world.app.Name, Query: r.URL.RawQuery, Scope: r.URL.Query().Get("scope")}
		for _, id := range f.world.people {
			shown.People = append(shown.People, f.world.users[id])
		}
		f.mu.Unlock()
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		guard(w)
		// The form leads back to whoever asked.
		w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_ = page.Execute(w, shown) // the browser may have gone
	})
	own := http.NewCrossOriginProtection()
	mux.Handle("POST /sandbox/consent", own.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
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
	})))
}

type consentView struct {
	App, Query, Scope string
	People            []User
}

const consentPage = `<!doctype html>
<html lang="zh-CN">
<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>授权 Authorise</title>
<style>body{font:16px/1.6 system-ui,sans-serif;max-width:28em;margin:12vh auto;padding:0 1em;color-scheme:light dark}
button,select{font:inherit;padding:.4em 1em;margin:.3em .3em .3em 0}</style>
<h1>{{.App}}</h1>
<p>请求以你的身份：<br><span lang="en">asks to act as you:</span> <code>{{.Scope}}</code></p>
<form method="post" action="/sandbox/consent">
<input type="hidden" name="query" value="{{.Query}}">
<p><label>你是 <span lang="en">You are</span> <select name="user">{{range .People}}<option value="{{.OpenID}}">{{.Name}}</option>{{end}}</select></label></p>
<button name="agree" value="yes">授权 Authorise</button><button name="agree" value="no">拒绝 Decline</button>
</form>
</html>
`

// userTokens is POST /authen/v2/oauth/token: tokens for a code, or for a refresh token.
func (f *Feishu) userTokens(c *call) (any, error) {
	var in struct {
		GrantType    string `json:"grant_type"`
		ClientID     string `json:"client_id"`
		ClientSecret string `json:"client_secret"`
		Code         string `json:"code"`
		RedirectURI  string `json:"redirect_uri"`
		Verifier     string `json:"code_verifier"`
		RefreshToken string `json:"refresh_token"`
	}
	if err := c.decode(&in); err != nil {
		return nil, &consentError{codeConsentParam, "invalid_request"}
	}
	switch {
	case in.ClientID != f.world.app.ID:
		return nil, &consentError{codeClientUnknown, "invalid_client"}
	case in.ClientSecret != f.cfg.AppSecret:
		return nil, &consentError{codeClientSecret, "invalid_client"}
	case in.GrantType == "authorization_code":
		return f.redeem(in.Code, in.RedirectURI, in.Verifier, c.start)
	case in.GrantType == "refresh_token":
		return f.refreshed(in.RefreshToken, c.start)
	default:
		return nil, &consentError{codeGrantType, "unsupported_grant_type"}
	}
}

// redeem takes a code, which is used up even where something else is wrong.
func (f *Feishu) redeem(text, redirect, verifier string, now time.Time) (any, error) {
	code, known := f.consents.codes[text]
	if !known {
		return nil, &consentError{codeCodeUnknown, "invalid_grant"}
	}
	used := code.used
	code.used = true
	sum := sha256.Sum256([]byte(verifier))
	switch {
	case used:
		return nil, &consentError{codeCodeUsed, "invalid_grant"}
	case now.After(code.expires):
		return nil, &consentError{codeCodeExpired, "invalid_grant"}
	case redirect != code.redirect:
		return nil, &consentError{codeRedirect, "invalid_request"}
	case code.challenge != "" && base64.RawURLEncoding.EncodeToString(sum[:]) != code.challenge:
		return nil, &consentError{codeVerifier, "invalid_grant"}
	}
	return f.issue(code.user, code.scopes, now), nil
}

func (f *Feishu) refreshed(text string, now time.Time) (any, error) {
	token, known := f.consents.refresh[text]
	switch {
	case !known:
		return nil, &consentError{codeRefreshUnknown, "invalid_grant"}
	case token.used:
		return nil, &consentError{codeRefreshUsed, "invalid_grant"}
	case now.After(token.expires):
		return nil, &consentError{codeRefreshExpired, "invalid_grant"}
	}
	token.used = true
	return f.issue(token.user, token.scopes, now), nil
}

// issue makes a pair of tokens, as long as the platform's.
func (f *Feishu) issue(user string, scopes []string, now time.Time) bare {
	long := func() string { return "eyJ" + strings.Repeat(f.ids.hex(64), 20) }
	access := long()
	f.consents.access[access] = &userToken{user: user, scopes: scopes, expires: now.Add(f.cfg.UserTokenLife)}
	out := bare{
		"code": 0, "access_token": access, "expires_in": int(f.cfg.UserTokenLife.Seconds()), "token_type": "Bearer",
		"scope": strings.Join(scopes, " "),
	}
	if slices.Contains(scopes, offlineAccess) {
		refresh := long()
		f.consents.refresh[refresh] = &userToken{user: user, scopes: scopes, expires: now.Add(refreshLife)}
		out["refresh_token"], out["refresh_token_expires_in"] = refresh, int(refreshLife.Seconds())
	}
	return out
}

// userInfo is GET /authen/v1/user_info.
func (f *Feishu) userInfo(c *call) (any, error) {
	u := f.world.users[c.user]
	return map[string]any{"open_id": u.OpenID, "union_id": u.UnionID, "name": u.Name, "tenant_key": f.world.tenant}, nil
}

// admitUser looks at a bearer that is a person's, and reports whether it is one.
func (f *Feishu) admitUser(c *call, bearer string) (bool, error) {
	token, known := f.consents.access[bearer]
	switch {
	case !known && strings.HasPrefix(bearer, "eyJ"), known && !c.route.user:
		return true, refuse(codeUserToken, "")
	case !known:
		return false, nil
	case c.start.After(token.expires):
		return true, refuse(codeUserTokenOver, "")
	case len(c.route.scopes) > 0 && !slices.ContainsFunc(token.scopes, func(s string) bool { return slices.Contains(c.route.scopes, s) }):
		return true, refuse(codeUserScope, "")
	}
	c.user = token.user
	return true, nil
}

// EndUserTokens has every person's access token end at once; the refresh tokens stay good.
func (f *Feishu) EndUserTokens() {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, token := range f.consents.access {
		token.expires = time.Time{}
	}
}

// RevokeConsent ends all that a person has consented to, and tells our bot where quietly is not set.
func (f *Feishu) RevokeConsent(user string, quietly bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, tokens := range []map[string]*userToken{f.consents.access, f.consents.refresh} {
		for text, token := range tokens {
			if token.user == user {
				delete(tokens, text)
			}
		}
	}
	if quietly {
		return
	}
	u := f.world.users[user]
	f.emit("auth.user_access_token.revoked_v4", "", map[string]string{
		"revoke_token_type": "user_access_token", "revoke_reason": "user_revoke",
		"open_id": u.OpenID, "union_id": u.UnionID, "user_id": u.UserID,
	})
	f.touch()
}

// consentError is a refusal in the shape of OAuth.
type consentError struct {
	code int
	word string
}

// Error implements error.
func (e *consentError) Error() string { return fmt.Sprintf("%d: %s", e.code, e.word) }

// consentRefusal words a refusal in the shape of OAuth, where it is one.
func consentRefusal(err error) (answer, bool) {
	e, ok := errors.AsType[*consentError](err)
	if !ok {
		return answer{}, false
	}
	body := success(route{}, bare{"code": e.code, "error": e.word, "error_description": "refused"}).body
	return answer{status: http.StatusBadRequest, code: e.code, body: body}, true
}

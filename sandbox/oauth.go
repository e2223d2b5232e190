package sandbox

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// grant is the request to the token endpoint, as JSON or a form.
type grant struct {
	Type         string `json:"grant_type"`
	ClientID     string `json:"client_id"`
	ClientSecret string `json:"client_secret"`
	Code         string `json:"code"`
	RedirectURI  string `json:"redirect_uri"`
	Verifier     string `json:"code_verifier"`
	RefreshToken string `json:"refresh_token"`
	DeviceCode   string `json:"device_code"`
	Scope        string `json:"scope"`
}

// readGrant decodes a request with its client credentials: in the body or as Basic authentication.
func readGrant(c *call) (grant, error) {
	var in grant
	if strings.HasPrefix(c.r.Header.Get("Content-Type"), "application/x-www-form-urlencoded") {
		form, err := url.ParseQuery(string(c.body))
		if err != nil {
			return in, &consentError{codeConsentParam, "invalid_request"}
		}
		in = grant{
			form.Get("grant_type"), form.Get("client_id"), form.Get("client_secret"), form.Get("code"), form.Get("redirect_uri"),
			form.Get("code_verifier"), form.Get("refresh_token"), form.Get("device_code"), form.Get("scope"),
		}
	} else if err := json.Unmarshal(c.body, &in); err != nil {
		return in, &consentError{codeConsentParam, "invalid_request"}
	}
	id, secret, basic := c.r.BasicAuth()
	if basic && in.ClientSecret != "" {
		return in, &consentError{codeTwoSecrets, "invalid_request"}
	}
	if basic {
		in.ClientID, in.ClientSecret = id, secret
	}
	return in, nil
}

// userTokens is POST /authen/v2/oauth/token and POST /oauth/v3/token: tokens for a code, a refresh token or a device
// code. As on the platform, the code is checked first.
func (f *Feishu) userTokens(c *call) (any, error) {
	in, err := readGrant(c)
	if err != nil {
		return nil, err
	}
	switch in.Type {
	case "authorization_code":
		return f.exchangeCode(in, c.start)
	case "refresh_token":
		return f.refresh(in, c.start)
	case "urn:ietf:params:oauth:grant-type:device_code":
		return f.exchangeDeviceCode(in, c.start)
	case "":
		return nil, &consentError{codeConsentParam, "invalid_request"}
	}
	return nil, &consentError{codeGrantType, "unsupported_grant_type"}
}

// checkClient checks the client credentials, and that the code or token belongs to the client.
func (f *Feishu) checkClient(in grant, owner *app) error {
	a := f.world.apps[in.ClientID]
	switch {
	case a == nil:
		return &consentError{codeClientUnknown, "invalid_client"}
	case a.AppSecret != in.ClientSecret:
		return &consentError{codeClientSecret, "invalid_client"}
	case a != owner:
		return &consentError{codeOtherClient, "invalid_grant"}
	}
	return nil
}

// exchangeCode exchanges a code, which is used up even after an error.
func (f *Feishu) exchangeCode(in grant, now time.Time) (any, error) {
	code, known := f.consents.codes[in.Code]
	if !known {
		return nil, &consentError{codeCodeUnknown, "invalid_grant"}
	}
	if err := f.checkClient(in, code.app); err != nil {
		return nil, err
	}
	used := code.used
	code.used = true
	switch {
	case used:
		return nil, &consentError{codeCodeUsed, "invalid_grant"}
	case now.After(code.expires):
		return nil, &consentError{codeCodeExpired, "invalid_grant"}
	case in.RedirectURI != code.redirect && in.RedirectURI != "":
		return nil, &consentError{codeRedirect, "invalid_request"}
	case !code.verify(in.Verifier):
		return nil, &consentError{codeVerifier, "invalid_grant"}
	}
	scopes, err := requestedScopes(code.scopes, in.Scope)
	if err != nil {
		return nil, err
	}
	return f.issue(code.app, code.user, scopes, now), nil
}

// verify checks the PKCE verifier of a code; plain is the default method.
func (c *consentCode) verify(verifier string) bool {
	sum := sha256.Sum256([]byte(verifier))
	switch {
	case c.challenge == "":
		return true
	case c.method == "S256":
		return base64.RawURLEncoding.EncodeToString(sum[:]) == c.challenge
	}
	return verifier == c.challenge
}

// requestedScopes are the requested ones of the granted scopes: all without a request.
func requestedScopes(granted []string, wanted string) ([]string, error) {
	list := strings.Fields(wanted)
	if len(list) == 0 {
		return granted, nil
	}
	for i, scope := range list {
		switch {
		case slices.Contains(list[:i], scope):
			return nil, &consentError{codeScopeTwice, "invalid_scope"}
		case !slices.Contains(granted, scope):
			return nil, &consentError{codeScopeOther, "invalid_scope"}
		}
	}
	return list, nil
}

func (f *Feishu) refresh(in grant, now time.Time) (any, error) {
	token, known := f.consents.refresh[in.RefreshToken]
	if !known {
		return nil, &consentError{codeRefreshUnknown, "invalid_grant"}
	}
	if err := f.checkClient(in, token.app); err != nil {
		return nil, err
	}
	if err := token.usable(now); err != nil {
		return nil, err
	}
	scopes, err := requestedScopes(token.scopes, in.Scope)
	if err != nil {
		return nil, err
	}
	token.used = true
	return f.issue(token.app, token.user, scopes, now), nil
}

func (t *userToken) usable(now time.Time) error {
	switch {
	case t.used:
		return &consentError{codeRefreshUsed, "invalid_grant"}
	case now.After(t.expires):
		return &consentError{codeRefreshExpired, "invalid_grant"}
	}
	return nil
}

// issue returns a pair of tokens of the platform's length.
func (f *Feishu) issue(a *app, user string, scopes []string, now time.Time) rawBody {
	long := func() string { return "eyJ" + strings.Repeat(f.ids.hex(64), 20) }
	access := long()
	f.consents.access[access] = &userToken{app: a, user: user, scopes: scopes, expires: now.Add(f.cfg.UserTokenLife)}
	out := rawBody{
		"code": 0, "access_token": access, "expires_in": int(f.cfg.UserTokenLife.Seconds()), "token_type": "Bearer",
		"scope": strings.Join(scopes, " "),
	}
	if slices.Contains(scopes, offlineAccess) {
		refresh := long()
		f.consents.refresh[refresh] = &userToken{app: a, user: user, scopes: scopes, expires: now.Add(refreshLife)}
		out["refresh_token"], out["refresh_token_expires_in"] = refresh, int(refreshLife.Seconds())
	}
	return out
}

// EndUserTokens expires all user access tokens; refresh tokens stay valid.
func (f *Feishu) EndUserTokens() {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, token := range f.consents.access {
		token.expires = time.Time{}
	}
}

// RevokeConsent revokes all consents of a person, and sends the event unless quietly is set.
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
	const kind = "auth.user_access_token.revoked_v4"
	u := f.world.users[user]
	for _, a := range f.world.installed {
		if a.receives(kind) {
			f.emit(a, kind, "", map[string]string{
				"revoke_token_type": "user_access_token", "revoke_reason": "user_revoke",
				"open_id": f.openIDFor(a, u.OpenID), "union_id": u.UnionID, "user_id": u.UserID,
			})
		}
	}
	f.notify()
}

// consentError is an OAuth error.
type consentError struct {
	code int // 0: no code
	word string
}

// Error implements error.
func (e *consentError) Error() string { return fmt.Sprintf("%d: %s", e.code, e.word) }

func (e *consentError) answer() response {
	out := rawBody{"error": e.word, "error_description": orElse(codeText(e.code), e.word)}
	if e.code != 0 {
		out["code"] = e.code
	}
	return response{status: http.StatusBadRequest, code: e.code, body: success(route{}, out).body}
}

package sandbox

import (
	"net/http"
	"slices"
	"strings"
	"time"
)

// authorize checks token, scope, limit and required parameters, in this order.
func (f *Feishu) authorize(c *call) error {
	if !c.route.open {
		bearer, ok := strings.CutPrefix(c.r.Header.Get("Authorization"), "Bearer ")
		if !ok || bearer == "" {
			return refuse(codeNoToken, "")
		}
		if err := f.identify(c, bearer); err != nil {
			return err
		}
	}
	reset, limit := f.limiter.admit(c.app.ID+" "+c.api, f.now())
	if limit > 0 {
		return &limitError{reset: reset, limit: limit}
	}
	return c.checkRequired()
}

// identify finds the token's owner and checks its scopes.
func (f *Feishu) identify(c *call, bearer string) error {
	if token, known := f.consents.access[bearer]; known || strings.HasPrefix(bearer, "eyJ") || strings.HasPrefix(bearer, "u-") {
		return f.identifyUser(c, token)
	}
	i := slices.IndexFunc(f.world.installed, func(a *app) bool { return a.hasToken(bearer, c.start) })
	if i < 0 {
		return refuse(codeBadToken, "")
	}
	c.app = f.world.installed[i]
	switch {
	case c.route.identity == userOnly:
		return &Error{Status: http.StatusBadRequest, Code: codeBadToken, Msg: "tenant access token not support"}
	case !c.app.has(c.route.scopes...):
		return f.missingScope(c.app, c.route.scopes)
	}
	return nil
}

func (f *Feishu) identifyUser(c *call, token *userToken) error {
	if token == nil {
		return refuse(codeUserToken, "")
	}
	c.app, c.user, c.scopes = token.app, token.user, token.scopes
	switch {
	case c.route.identity == appOnly:
		return &Error{Status: http.StatusBadRequest, Code: codeUserToken, Msg: "user access token not support"}
	case c.start.After(token.expires):
		return refuse(codeUserTokenOver, "")
	case !c.granted(c.route.scopes...):
		return missingUserScope(c.route.scopes...)
	}
	for _, scope := range c.route.also {
		if !c.granted(scope) {
			return missingUserScope(scope)
		}
	}
	return nil
}

// granted reports whether the person has granted any of the scopes, or none is required.
func (c *call) granted(scopes ...string) bool {
	return len(scopes) == 0 || slices.ContainsFunc(scopes, func(s string) bool { return slices.Contains(c.scopes, s) })
}

func missingUserScope(scopes ...string) error {
	return &Error{
		Status: http.StatusBadRequest, Code: codeUserScope, Scopes: scopes,
		Msg: codeText(codeUserScope) + " Please request user re-authorization and try again. required one of these privileges " +
			"under the user identity: [" + strings.Join(scopes, ", ") + "].",
	}
}

func (f *Feishu) missingScope(a *app, scopes []string) error {
	link := f.brand().console + "/app/" + a.ID + "/auth?q=" + strings.Join(scopes, ",") + "&op_from=openapi&token_type=tenant"
	return &Error{
		Status: http.StatusBadRequest, Code: codeNoScope, Scopes: scopes,
		Msg: codeText(codeNoScope) + " One of the following scopes is required: [" + strings.Join(scopes, ", ") + "]. " + link,
	}
}

// token is a tenant token.
type token struct {
	value   string
	expires time.Time
}

func (a *app) hasToken(value string, now time.Time) bool {
	return slices.ContainsFunc(a.tokens, func(t token) bool { return t.value == value && now.Before(t.expires) })
}

// RevokeTokens invalidates every tenant token (99991663).
func (f *Feishu) RevokeTokens() {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, a := range f.world.installed {
		a.tokens = nil
	}
}

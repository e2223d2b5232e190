package sandbox

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"slices"
)

// App is a bot. Messages have its ID as their sender, mentions its OpenID.
type App struct {
	ID, OpenID, Name string
}

// Credentials are an app's credentials in the developer console.
type Credentials struct {
	AppID             string `json:"app_id"`
	AppSecret         string `json:"app_secret"`
	VerificationToken string `json:"verification_token"`
	EncryptKey        string `json:"encrypt_key"` // empty: events go out plain and unsigned
}

// app is the platform's state of an app.
type app struct {
	App
	Credentials

	tokens          []token
	scopes          map[string]bool
	unsubscribed    map[string]bool // event types not subscribed
	eventURL        string
	sockets         sockets
	redirects       []string
	unreachable     map[string]bool // people outside its availability range
	offline         map[string]bool // people who can't see ephemeral cards
	disabled        bool            // bot ability off
	noExternal      bool            // not allowed in external groups
	onOtherPlatform bool            // belongs to the other of Feishu and Lark
	slash           []slashCommand
}

// install adds an app to the tenant. Empty credentials except the encrypt key are generated. The caller holds mu, or
// owns f.
func (f *Feishu) install(name string, c Credentials, scopes []string) (*app, error) {
	switch {
	case c.AppID != "" && !isAppID(c.AppID):
		return nil, errors.New("app: an app id is cli_ and 16 hex digits, not " + c.AppID)
	case len(c.EncryptKey) > 32 || len(c.VerificationToken) > 32:
		return nil, errors.New("app: encrypt key and verification token have at most 32 characters")
	case f.world.apps[c.AppID] != nil:
		return nil, errors.New("app: " + c.AppID + " is there already")
	}
	a := f.newApp(name, c, scopes)
	f.world.apps[a.ID] = a
	f.world.installed = append(f.world.installed, a)
	return a, nil
}

// newApp makes an app. Empty credentials except the encrypt key are generated.
func (f *Feishu) newApp(name string, c Credentials, scopes []string) *app {
	c.AppID = orElse(c.AppID, "cli_"+f.ids.hex(16))
	c.AppSecret = orElse(c.AppSecret, f.ids.hex(32))
	c.VerificationToken = orElse(c.VerificationToken, f.ids.hex(32))
	a := &app{
		App: App{ID: c.AppID, OpenID: "ou_" + f.ids.hex(32), Name: name}, Credentials: c,
		scopes: map[string]bool{}, unsubscribed: map[string]bool{},
		unreachable: map[string]bool{}, offline: map[string]bool{},
	}
	for _, s := range scopes {
		a.scopes[s] = true
	}
	return a
}

// has reports whether any of the scopes is granted, or none is required.
func (a *app) has(scopes ...string) bool {
	return len(scopes) == 0 || slices.ContainsFunc(scopes, func(s string) bool { return a.scopes[s] })
}

// receives reports whether events of a type are sent to the app: it is subscribed, and has a request URL or had a
// websocket.
func (a *app) receives(kind string) bool {
	return !a.unsubscribed[kind] && (a.eventURL != "" || a.sockets.ever)
}

// receivers are the apps of a chat that receive events of a type.
func (f *Feishu) receivers(c *chat, kind string) []*app {
	var out []*app
	for _, id := range c.Bots {
		if a := f.world.apps[id]; a.receives(kind) {
			out = append(out, a)
		}
	}
	return out
}

// openIDFor is the open_id of a person or a bot for an app. Internally the open_ids of our app are used.
func (f *Feishu) openIDFor(a *app, openID string) string {
	if a == f.world.app || openID == "" {
		return openID
	}
	sum := sha256.Sum256([]byte(a.ID + " sees " + openID))
	return "ou_" + hex.EncodeToString(sum[:])[:32]
}

// resolveOpenID resolves an open_id that an app uses; cross means that it is one of another app.
func (f *Feishu) resolveOpenID(a *app, openID string) (id string, cross bool) {
	everybody := slices.Clone(f.world.people)
	for _, other := range f.world.installed {
		everybody = append(everybody, other.OpenID)
	}
	if a == f.world.app && slices.Contains(everybody, openID) {
		return openID, false
	}
	for _, viewer := range f.world.installed {
		for _, one := range everybody {
			if f.openIDFor(viewer, one) != openID {
				continue
			}
			if viewer == a {
				return one, false
			}
			cross = true
		}
	}
	return "", cross
}

// AddApp adds another bot to the tenant, with the default scopes and no request URL.
func (f *Feishu) AddApp(name string) App {
	f.mu.Lock()
	defer f.mu.Unlock()
	a, err := f.install(name, Credentials{}, DefaultScopes())
	if err != nil {
		panic(err) // generated credentials are valid
	}
	f.notify()
	return a.App
}

// Bot returns our app, which Config describes.
func (f *Feishu) Bot() App { return f.world.app.App }

// Apps are all apps in order of creation.
func (f *Feishu) Apps() []App {
	f.mu.Lock()
	defer f.mu.Unlock()
	var out []App
	for _, a := range f.world.installed {
		out = append(out, a.App)
	}
	return out
}

// ScopesOf returns an app's scopes, sorted.
func (f *Feishu) ScopesOf(appID string) []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	if a := f.world.apps[appID]; a != nil {
		return sorted(a.scopes)
	}
	return nil
}

// CredentialsOf returns an app's credentials; false for an unknown app.
func (f *Feishu) CredentialsOf(appID string) (Credentials, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	a := f.world.apps[appID]
	if a == nil {
		return Credentials{}, false
	}
	return a.Credentials, true
}

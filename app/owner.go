package app

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"time"

	"recallbot/bot"
	"recallbot/consent"
	"recallbot/feishu"
	"recallbot/handlers"
	"recallbot/recall"
	"recallbot/store"
)

// callbackPath is where the browser comes back to; web/routes.go serves it.
const callbackPath = "/oauth/callback"

// OwnerConfig says whether owners can authorise us, so that we recall as them where our bot has no rank.
type OwnerConfig struct {
	// Key encrypts their tokens: 32 bytes in hex or base64. Empty: owners can't.
	Key bot.Secret `yaml:"key"`
	// OldKey is the key before this one; what was kept under it can still be read.
	OldKey bot.Secret `yaml:"old_key"`
	// PublicURL is our server's address as the owner's browser reaches it, without a path of ours.
	PublicURL string `yaml:"public_url"`
	// Local takes the address that the server listens on for the public one: the browser is on this machine.
	Local bool `yaml:"-"`
}

// On reports whether owners can authorise us.
func (c OwnerConfig) On() bool { return c.Key != "" && (c.PublicURL != "" || c.Local) }

func (c OwnerConfig) validate() error {
	var errs []error
	for name, key := range map[string]bot.Secret{"key": c.Key, "old_key": c.OldKey} {
		if err := store.CheckKey(key); err != nil {
			errs = append(errs, bot.InSetting("owner."+name, err))
		}
	}
	switch {
	case c.Key == "" && c.PublicURL != "":
		errs = append(errs, bot.WrongSetting("owner.key", "missing; with owner.public_url, owners' tokens would be kept, and never in the clear"))
	case c.Key != "" && c.PublicURL == "" && !c.Local:
		errs = append(errs, bot.WrongSetting("owner.public_url", "missing; with owner.key, owners' browsers have to come back to us"))
	}
	if c.PublicURL != "" && !isAddress(c.PublicURL) {
		errs = append(errs, bot.WrongSetting("owner.public_url", "want an http or https address, got %q", c.PublicURL))
	}
	return errors.Join(errs...)
}

// isAddress reports whether a text is an address on the web and nothing more.
func isAddress(text string) bool {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return false
	}
	return u.Scheme == "http" || u.Scheme == "https"
}

// newOwners makes what owners authorise us to, or gives nil where that is off.
func (a *App) newOwners(records recorder) (*consent.Service, error) {
	config := a.config.Owner
	if !config.On() {
		return nil, nil //nolint:nilnil // nil is what is off
	}
	grants, err := store.NewGrants(a.store, config.Key, config.OldKey)
	if err != nil {
		return nil, err
	}
	return consent.New(consent.Config{Redirect: a.redirect, Log: a.log, Now: time.Now}, consent.Deps{
		Platform: a.client, Consents: grants, Vault: grants, Hold: grants.Hold, Record: records.Record, Gone: a.live.chat.consentExpired,
	}), nil
}

// redirect is the address that has to be registered with the platform; empty where owners can't authorise us.
func (a *App) redirect() string { return a.config.Owner.Redirect(a.Addr) }

// Redirect is the address that has to be registered with the platform; empty where owners can't authorise us.
func (c OwnerConfig) Redirect(listen func() string) string {
	switch {
	case !c.On():
		return ""
	case c.PublicURL == "":
		return "http://" + listen() + callbackPath
	default:
		return strings.TrimRight(c.PublicURL, "/") + callbackPath
	}
}

// consents is what owners authorise us to as the behaviours see it; nil where that is off.
func (a *App) consents() handlers.Consents { //nolint:ireturn // a nil of the pointer would be no nil
	if a.owners == nil {
		return nil
	}
	return a.owners
}

// grantUser recalls in a client's lane as the owners who have authorised us.
type grantUser struct {
	*consent.Service

	platform *feishu.Client
}

func (l grantUser) RecallAs(ctx context.Context, who bot.UserID, chat bot.ChatID, id bot.MessageID) error {
	return l.Use(ctx, who, chat, func(ctx context.Context, token bot.Secret) error {
		return l.platform.RecallAs(ctx, token, id)
	})
}

// addGrants gives a recaller the owners' grants, through a client.
func addGrants(door *recall.Deps, owners *consent.Service, client *feishu.Client) {
	if owners != nil {
		door.Decision.Grants = grantUser{owners, client}
	}
}

// oauthCallback is what the server does when a browser comes back from the platform; nil where that is off.
func (a *App) oauthCallback() func(ctx context.Context, state, code string) (chinese, english string, err error) {
	if a.owners == nil {
		return nil
	}
	return a.live.chat.oauthCallback
}

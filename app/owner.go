package app

import (
	"context"
	"errors"
	"net/url"
	"strings"

	"recallbot/bot"
	"recallbot/consent"
	"recallbot/feishu"
	"recallbot/handlers"
	"recallbot/handlers/text"
	"recallbot/recall"
	"recallbot/store"
	"recallbot/web"
)

// callbackPath is where the platform redirects the browser; web/routes.go serves it.
const callbackPath = "/oauth/callback"

// OwnerConfig configures whether owners can authorise us, so that we recall as them where our bot may not.
type OwnerConfig struct {
	// Key encrypts their tokens: 32 bytes in hex or base64. Empty: owners can't.
	Key bot.Secret `yaml:"key"`
	// OldKey is the key before this one; tokens that it encrypted can still be read.
	OldKey bot.Secret `yaml:"old_key"`
	// PublicURL is our server's address as the owner's browser reaches it, without a path of ours.
	PublicURL string `yaml:"public_url"`
	// Local uses the address that the server listens on as the public one: the browser is on this machine.
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
		errs = append(errs, bot.WrongSetting("owner.key", "missing; owner.public_url needs it, to encrypt the tokens of owners"))
	case c.Key != "" && c.PublicURL == "" && !c.Local:
		errs = append(errs, bot.WrongSetting("owner.public_url", "missing; owner.key needs it, so that owners' browsers find the way back"))
	}
	if c.PublicURL != "" && !isAddress(c.PublicURL) {
		errs = append(errs, bot.WrongSetting("owner.public_url", "must be an http or https address, not %q", c.PublicURL))
	}
	return errors.Join(errs...)
}

// isAddress reports whether it is an http or https URL without user, query and fragment.
func isAddress(address string) bool {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return false
	}
	return u.Scheme == "http" || u.Scheme == "https"
}

// newOwners makes the service of owners' grants with its stores, or gives nil if that is off.
func newOwners(
	config OwnerConfig, s *store.Store, settings consent.Config, deps consent.Deps,
) (*consent.Service, error) {
	if !config.On() {
		return nil, nil //nolint:nilnil // nil means off
	}
	kept, err := store.NewGrants(s, config.Key, config.OldKey)
	if err != nil {
		return nil, err
	}
	deps.Consents, deps.Vault, deps.Hold = kept, kept, kept.Hold
	return consent.New(settings, deps), nil
}

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

// chatConsents is the service as the behaviours see it; nil if that is off.
func chatConsents(owners *consent.Service) handlers.Consents { //nolint:ireturn // a nil of the pointer would be no nil
	if owners == nil {
		return nil
	}
	return owners
}

// grantUser recalls as the owners who have authorised us, within a client's rate limit.
type grantUser struct {
	*consent.Service

	platform *feishu.Client
}

func (g grantUser) RecallAs(ctx context.Context, who bot.UserID, chat bot.ChatID, id bot.MessageID) error {
	return g.Use(ctx, who, chat, func(ctx context.Context, token bot.Secret) error {
		return g.platform.RecallAs(ctx, token, id)
	})
}

// grants are the owners' grants as a recaller uses them; nil if that is off.
func grants(owners *consent.Service, client *feishu.Client) recall.Grants { //nolint:ireturn // a nil of the struct would be no nil
	if owners == nil {
		return nil
	}
	return grantUser{owners, client}
}

// oauthCallback handles the platform's redirect of a browser; nil if that is off.
func oauthCallback(owners *consent.Service, consents *handlers.Consent, platform feishu.Config) web.Consent {
	if owners == nil {
		return nil
	}
	return func(ctx context.Context, call web.ConsentCall) (web.ConsentPage, error) {
		page, err := consents.Callback(ctx, handlers.Callback{
			State: call.State, Code: call.Code, Busy: call.Busy, Browser: text.Accepted(call.Languages),
		})
		return web.ConsentPage{
			Language: string(page.Language), Good: page.Good, Title: page.Title, Text: page.Text, BackText: page.Back, Back: platform.ChatLink(page.Chat),
		}, err
	}
}

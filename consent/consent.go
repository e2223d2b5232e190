// Package consent keeps the grants of owners of groups, by which the bot recalls as them where it has no rank. It asks for
// consents and renews tokens. Package policy decides who may use a grant.
package consent

import (
	"context"
	"crypto/rand"
	"log/slog"
	"time"

	"recallbot/audit"
	"recallbot/bot"
)

// Platform is the part of the platform's API that grants need (docs/platform.md#authorisation-by-a-person). Errors of a refused
// code or token are final; transient ones are Unavailable or RateLimited.
type Platform interface {
	// ConsentURL is the URL of the consent page. It contains the hash of the PKCE verifier.
	ConsentURL(redirect, state, verifier string) string
	// Exchange gives the tokens for a code, which can be used once.
	Exchange(ctx context.Context, code, redirect, verifier string) (bot.Grant, error)
	// Refresh gives the next tokens for a refresh token, which can be used once.
	Refresh(ctx context.Context, token bot.Secret) (bot.Grant, error)
	// WhoIs gives the person of a token.
	WhoIs(ctx context.Context, token bot.Secret) (bot.UserID, error)
}

// Consents keep requests for a consent by their state.
type Consents interface {
	Ask(ctx context.Context, state string, asked bot.Consent, life time.Duration) error
	// Take gives and deletes the request of a state.
	Take(ctx context.Context, state string) (bot.Consent, bool, error)
	// Void deletes the requests to a person so far; life is how long a request can be used.
	Void(ctx context.Context, who bot.UserID, life time.Duration) error
}

// Vault keeps grants, encrypted, for all replicas.
type Vault interface {
	Load(ctx context.Context, who bot.UserID) (bot.KeptGrant, bool, error)
	// Put stores a new grant. Chats of an earlier grant of the person stay included.
	Put(ctx context.Context, who bot.UserID, chat bot.ChatID, grant bot.Grant, at time.Time) error
	// Renew replaces the tokens of a grant. It reports false where the grant has another version, or is gone.
	Renew(ctx context.Context, kept bot.KeptGrant, grant bot.Grant) (bot.KeptGrant, bool, error)
	// Drop deletes the grant of this version, or of any where it is empty, and reports whether there was one.
	Drop(ctx context.Context, who bot.UserID, version string) (bool, error)
	// Due gives people whose refresh tokens end before a time.
	Due(ctx context.Context, before time.Time, limit int) ([]bot.UserID, error)
}

const (
	// consentTTL is how long a link can be used.
	consentTTL = 10 * time.Minute
	// finishTimeout bounds Finish, for which a browser waits.
	finishTimeout = 8 * time.Second
	// askWait is the first wait between tries in it.
	askWait = 200 * time.Millisecond
)

// Config is the configuration of a service.
type Config struct {
	// Redirect is our URL to which the platform redirects the browser.
	Redirect func() string
	Log      *slog.Logger
	Now      func() time.Time
}

// Deps are the dependencies of a service.
type Deps struct {
	Platform Platform
	Consents Consents
	Vault    Vault
	// Hold lets one replica at a time renew the tokens of a person: it takes a lock for a time, or reports false while another
	// replica has it.
	Hold func(ctx context.Context, who bot.UserID, life time.Duration) (release func(), held bool, err error)
	// Record keeps a record. The same key again changes nothing and reports false.
	Record func(ctx context.Context, key string, entry audit.Entry) (bool, error)
	// Gone tells a person that the platform has ended their grant, once for each key.
	Gone func(ctx context.Context, who bot.UserID, key string) error
}

// Service keeps the grants of owners. It is safe for concurrent use.
type Service struct {
	Config
	Deps

	// maintenance and renewals last while Run fails to find due grants, or to renew them.
	maintenance, renewals *bot.Incident
}

// New makes a service.
func New(config Config, deps Deps) *Service {
	return &Service{
		config, deps,
		bot.NewIncident(config.Log, slog.LevelWarn, "grants not maintained", "grants maintained again"),
		bot.NewIncident(config.Log, slog.LevelWarn, "grants not renewed", "grants renewed again"),
	}
}

// Begin gives the link by which a person can authorise us in a chat, or in all of their groups for an empty chat. It can be used
// once, within consentTTL, by that person only. It sets the verifier.
func (o *Service) Begin(ctx context.Context, asked bot.Consent) (string, error) {
	if asked.Who == "" {
		return "", bot.Errorf(bot.Invalid, "ask for a consent without a person")
	}
	state := rand.Text()
	asked.Verifier = rand.Text() + rand.Text()
	if err := o.Consents.Ask(ctx, state, asked, consentTTL); err != nil {
		return "", err
	}
	return o.Platform.ConsentURL(o.Redirect(), state, asked.Verifier), nil
}

// Decline ends a link without a consent. NotFound is a link that was used, has expired, or is unknown.
func (o *Service) Decline(ctx context.Context, state string) (bot.Consent, error) {
	asked, err := o.take(ctx, state)
	if err != nil {
		return asked, err
	}
	declined := &bot.Error{Kind: bot.Denied, Reason: bot.ReasonConsentDeclined}
	return asked, o.recordAnswer(ctx, state, asked, bot.Refused, declined)
}

func (o *Service) take(ctx context.Context, state string) (bot.Consent, error) {
	asked, ok, err := o.Consents.Take(ctx, state)
	if err == nil && !ok {
		err = &bot.Error{Kind: bot.NotFound, Op: "find the request for consent", Reason: bot.ReasonStale}
	}
	return asked, err
}

// Finish exchanges a code for tokens and stores them, if the person who consented is the one who was asked. NotFound is a link that
// was used, has expired, or is unknown. Denied with ReasonOtherPerson is another person: nothing is stored then. A grant is
// recorded before it is stored.
func (o *Service) Finish(ctx context.Context, state, code string) (bot.Consent, error) {
	ctx, cancel := context.WithTimeout(ctx, finishTimeout)
	defer cancel()
	asked, err := o.take(ctx, state)
	if err != nil {
		return asked, err
	}
	grant, err := o.exchange(ctx, code, asked)
	if err != nil {
		return asked, o.recordFailure(ctx, state, asked, err)
	}
	if err := o.recordAnswer(ctx, state, asked, bot.Authorised, nil); err != nil {
		return asked, err
	}
	if err := o.Vault.Put(ctx, asked.Who, asked.Chat, grant, o.Now()); err != nil {
		return asked, o.recordFailure(ctx, state, asked, err)
	}
	o.Log.InfoContext(ctx, "grant stored", "user_id", string(asked.Who), "chat_id", string(asked.Chat))
	return asked, nil
}

// exchange exchanges a code for tokens, and checks that they are of the person who was asked.
func (o *Service) exchange(ctx context.Context, code string, asked bot.Consent) (bot.Grant, error) {
	again := bot.Retry{First: askWait, Max: finishTimeout}
	grant, err := bot.Try(ctx, again, func() (bot.Grant, error) {
		return o.Platform.Exchange(ctx, code, o.Redirect(), asked.Verifier)
	})
	if err != nil {
		return bot.Grant{}, err
	}
	who, err := bot.Try(ctx, again, func() (bot.UserID, error) { return o.Platform.WhoIs(ctx, grant.Access) })
	if err != nil {
		return bot.Grant{}, err
	}
	if who == "" || who != asked.Who {
		o.Log.WarnContext(ctx, "consent of another person refused", "asked", string(asked.Who), "user_id", string(who))
		return bot.Grant{}, &bot.Error{Kind: bot.Denied, Op: "authorise " + string(asked.Who), Reason: bot.ReasonOtherPerson}
	}
	return grant, nil
}

// Drop deletes a person's grant, if there is one, and tells them where they did not ask for it. It records and tells first, so
// that after a crash the next run does the same.
func (o *Service) Drop(ctx context.Context, w bot.Withdrawal) error {
	grant, ok, err := o.withdrawn(ctx, w)
	if err != nil {
		return err
	}
	version, result := "", bot.Deauthorised
	switch {
	case !ok:
		result = bot.AlreadyGone
	case !w.Until.IsZero() && grant.Given.After(w.Until):
		return nil
	case !w.Until.IsZero():
		version = grant.Version
	}
	work := string(w.CauseID) + "/" + string(w.Via)
	if ok || w.Asked != "" {
		end := audit.Entry{Who: w.Who, Via: w.Via, Chat: w.Asked, Command: w.Command, Result: result}
		if err := o.recordEnd(ctx, work, end, grant); err != nil {
			return err
		}
	}
	if ok && w.Via == bot.ViaPlatform {
		o.notify(ctx, w.Who, work)
	}
	dropped, err := o.Vault.Drop(ctx, w.Who, version)
	if dropped {
		o.Log.InfoContext(ctx, "grant deleted", "user_id", string(w.Who))
	}
	return err
}

// withdrawn loads the grant to delete. Where the person asked for it, their unused links end too.
func (o *Service) withdrawn(ctx context.Context, w bot.Withdrawal) (bot.KeptGrant, bool, error) {
	if w.Until.IsZero() {
		if err := o.Consents.Void(ctx, w.Who, consentTTL); err != nil {
			return bot.KeptGrant{}, false, err
		}
	}
	return o.Vault.Load(ctx, w.Who)
}

// HasGrant reports whether a person has authorised us in a chat.
func (o *Service) HasGrant(ctx context.Context, who bot.UserID, chat bot.ChatID) (bool, error) {
	if who == "" || chat == "" {
		return false, nil
	}
	grant, ok, err := o.Vault.Load(ctx, who)
	return ok && grant.In(chat), err
}

// Package consent keeps what owners of groups have authorised us to: to recall as them, where our bot has no rank. It knows
// how a consent is asked for and comes back, and how its tokens are kept fresh; who may use it, and for what, is policy's.
package consent

import (
	"context"
	"crypto/rand"
	"log/slog"
	"time"

	"recallbot/audit"
	"recallbot/bot"
)

// Platform is what authorisations need of the platform. Of a refused code or token the errors are of a final kind; of
// what may pass they are Unavailable or RateLimited.
type Platform interface {
	// ConsentURL is where a person gives the consent; the verifier is that of PKCE, of which it carries only the hash.
	ConsentURL(redirect, state, verifier string) string
	// Exchange gives the tokens for a code, which can be used once.
	Exchange(ctx context.Context, code, redirect, verifier string) (bot.Grant, error)
	// Refresh gives the next tokens for a refresh token, which can be used once.
	Refresh(ctx context.Context, token bot.Secret) (bot.Grant, error)
	// WhoIs tells whose the token is.
	WhoIs(ctx context.Context, token bot.Secret) (bot.UserID, error)
}

// Consents keep what was asked for, by the state that comes back with it.
type Consents interface {
	Ask(ctx context.Context, state string, asked bot.Consent, life time.Duration) error
	// Take gives what a state stands for, once.
	Take(ctx context.Context, state string) (bot.Consent, bool, error)
	// Void makes Take find nothing of what a person was asked for before; life is how long that can be used.
	Void(ctx context.Context, who bot.UserID, life time.Duration) error
}

// Vault keeps grants, encrypted, for all replicas.
type Vault interface {
	Load(ctx context.Context, who bot.UserID) (bot.KeptGrant, bool, error)
	// Put keeps a new grant; that the person authorised us in other chats before stands.
	Put(ctx context.Context, who bot.UserID, chat bot.ChatID, grant bot.Grant, at time.Time) error
	// Renew puts other tokens into a grant, and reports false where it is another one by now, or gone.
	Renew(ctx context.Context, lent bot.KeptGrant, grant bot.Grant) (bot.KeptGrant, bool, error)
	// Drop forgets a grant of this version, or whatever there is for the empty version, and reports whether there was one.
	Drop(ctx context.Context, who bot.UserID, version string) (bool, error)
	// Due are some people whose refresh tokens end before a time.
	Due(ctx context.Context, before time.Time, most int) ([]bot.UserID, error)
}

// Locks let one replica at a time renew the tokens of a person.
type Locks interface {
	// Hold takes the lock for a while, or reports false where somebody else has it.
	Hold(ctx context.Context, who bot.UserID, life time.Duration) (release func(), held bool, err error)
}

const (
	// consentTTL is how long a link can be used.
	consentTTL = 10 * time.Minute
	// finishTimeout bounds what is done while a browser waits.
	finishTimeout = 8 * time.Second
	// askWait is the first wait before the platform is asked again meanwhile.
	askWait = 200 * time.Millisecond
)

// Deps are what authorisations are made of.
type Deps struct {
	Platform Platform
	Consents Consents
	Vault    Vault
	Locks    Locks
	Audit    Audit
	// Gone tells a person that the platform has ended their authorisation; the same key says it once.
	Gone func(ctx context.Context, who bot.UserID, key string) error
	// Redirect is our own address that the browser comes back to.
	Redirect func() string
	Log      *slog.Logger
	// Now is the clock.
	Now func() time.Time
}

// Service are the authorisations of owners. It is safe for concurrent use.
type Service struct {
	Deps

	// maintenance and renewed last while that can't be done which Run does.
	maintenance, renewals *bot.Incident
}

// New makes the authorisations.
func New(parts Deps) *Service {
	return &Service{
		parts,
		bot.NewIncident(parts.Log, slog.LevelWarn, "authorisations are not tended", "authorisations are tended again"),
		bot.NewIncident(parts.Log, slog.LevelWarn, "authorisations can't be renewed now", "authorisations are renewed again"),
	}
}

// Begin gives the link by which a person can authorise us in a chat, or for the empty chat in every group of theirs. It is
// good once, for ten minutes, and only in that person's hands. What is asked comes without a verifier.
func (o *Service) Begin(ctx context.Context, asked bot.Consent) (string, error) {
	if asked.Who == "" {
		return "", bot.Errorf(bot.Invalid, "ask nobody for consent")
	}
	state := rand.Text()
	asked.Verifier = rand.Text() + rand.Text()
	if err := o.Consents.Ask(ctx, state, asked, consentTTL); err != nil {
		return "", err
	}
	return o.Platform.ConsentURL(o.Redirect(), state, asked.Verifier), nil
}

// Decline takes a link out of use without a consent. NotFound means that it was used, is over, or never was.
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
		err = &bot.Error{Kind: bot.NotFound, Op: "find what was asked for", Reason: bot.ReasonStale}
	}
	return asked, err
}

// Finish keeps the tokens that a code stands for, once it is sure that the person who consented is the one who was asked.
// NotFound means that the link was used, is over, or never was; Denied with ReasonOtherPerson that somebody else opened
// it: then nothing is kept. An authorisation is recorded before it is kept: there is none without its record.
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
	o.Log.InfoContext(ctx, "owner has authorised us", "user_id", string(asked.Who), "chat_id", string(asked.Chat))
	return asked, nil
}

// exchange gives the tokens for a code, where they are of the person who was asked.
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
		o.Log.WarnContext(ctx, "somebody else opened a link", "asked", string(asked.Who), "user_id", string(who))
		return bot.Grant{}, &bot.Error{Kind: bot.Denied, Op: "authorise " + string(asked.Who), Reason: bot.ReasonOtherPerson}
	}
	return grant, nil
}

// Drop forgets what a person authorised, if anything, and tells them where that was not their own word to us. It is
// recorded and told before it is forgotten, so that work which was cut off in between does the same when it runs again.
func (o *Service) Drop(ctx context.Context, w bot.Withdrawal) error {
	lent, ok, err := o.withdrawn(ctx, w)
	if err != nil {
		return err
	}
	version, result := "", bot.Deauthorised
	switch {
	case !ok:
		result = bot.AlreadyGone
	case !w.Until.IsZero() && lent.Given.After(w.Until):
		return nil
	case !w.Until.IsZero():
		version = lent.Version
	}
	work := string(w.CauseID) + "/" + string(w.Via)
	if ok || w.Asked != "" {
		end := audit.Entry{Who: w.Who, Via: w.Via, Chat: w.Asked, Command: w.Command, Result: result}
		if err := o.recordEnd(ctx, work, end, lent); err != nil {
			return err
		}
	}
	if ok && w.Via == bot.ViaPlatform {
		o.notify(ctx, w.Who, work)
	}
	dropped, err := o.Vault.Drop(ctx, w.Who, version)
	if dropped {
		o.Log.InfoContext(ctx, "authorisation is forgotten", "user_id", string(w.Who))
	}
	return err
}

// withdrawn is what there is to forget. Where it is the person's own word, links that they have not used yet end too.
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
	lent, ok, err := o.Vault.Load(ctx, who)
	return ok && lent.In(chat), err
}

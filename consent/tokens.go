package consent

import (
	"context"
	"log/slog"
	"time"

	"recallbot/audit"
	"recallbot/bot"
)

const (
	// accessMargin is how long before its end an access token is replaced.
	accessMargin = 5 * time.Minute
	// refreshMargin is how long before its end a refresh token is used, so that an authorisation that is not needed for a while
	// does not end by itself.
	refreshMargin = 36 * time.Hour
	// maintainEvery is how often it is looked whose refresh tokens are near their end, and tendMost how many at once.
	maintainEvery = 10 * time.Minute
	maintainBatch = 50
	// holdTTL is how long a replica has for a renewal: longer than the call and the saving may take together.
	holdTTL      = 30 * time.Second
	renewTimeout = 10 * time.Second
	saveTimeout  = 10 * time.Second
	saveWait     = 200 * time.Millisecond
	// holdWait is how long another replica's renewal is waited for, and holdTick how often it is looked.
	holdWait = 12 * time.Second
	holdTick = 50 * time.Millisecond
)

// Use makes a call with a person's token for a chat. A token that the platform takes no longer is renewed once; where that
// does not help, the authorisation is gone: it is forgotten, the person told, and the error is Denied with
// ReasonConsentGone. It is that, too, where there is no authorisation.
func (o *Service) Use(
	ctx context.Context, who bot.UserID, chat bot.ChatID, call func(ctx context.Context, token bot.Secret) error,
) error {
	lent, err := o.current(ctx, who, chat)
	if err != nil {
		return err
	}
	err = call(ctx, lent.Access)
	if !isGone(err) {
		return err
	}
	if lent, err = o.renew(ctx, lent); err != nil {
		return err
	}
	if !lent.In(chat) {
		return gone(who)
	}
	if err = call(ctx, lent.Access); isGone(err) {
		o.end(ctx, lent, err)
	}
	return err
}

// current is a grant whose access token is good for some minutes more. One near its end serves on while the platform does
// not answer.
func (o *Service) current(ctx context.Context, who bot.UserID, chat bot.ChatID) (bot.KeptGrant, error) {
	lent, ok, err := o.Vault.Load(ctx, who)
	if err != nil {
		return bot.KeptGrant{}, err
	}
	if !ok || !lent.In(chat) {
		return bot.KeptGrant{}, gone(who)
	}
	left := lent.AccessEnds.Sub(o.Now())
	if left > accessMargin || (lent.Refresh == "" && left > 0) {
		return lent, nil
	}
	renewed, err := o.renew(ctx, lent)
	if err != nil && !isGone(err) && lent.AccessEnds.After(o.Now()) {
		return lent, nil
	}
	if err == nil && !renewed.In(chat) {
		err = gone(who)
	}
	return renewed, err
}

// renew gives a grant another version than this one: what another replica has made of it, or else the next tokens. A
// refresh token can be used once, so only one replica at a time may, and what it got is saved before anything else. Where
// it dies between the two, or the answer is lost, the new tokens are lost with it: the old access token serves until its
// end, and the next renewal is refused, which ends the authorisation.
func (o *Service) renew(ctx context.Context, old bot.KeptGrant) (bot.KeptGrant, error) {
	release, err := o.hold(ctx, old)
	if err != nil {
		return bot.KeptGrant{}, err
	}
	defer release()
	lent, ok, err := o.Vault.Load(ctx, old.Who)
	switch {
	case err != nil:
		return bot.KeptGrant{}, err
	case !ok:
		return bot.KeptGrant{}, gone(old.Who)
	case lent.Version != old.Version:
		return lent, nil
	case lent.Refresh == "" || !lent.RefreshEnds.After(o.Now()):
		o.end(ctx, lent, gone(old.Who))
		return bot.KeptGrant{}, gone(old.Who)
	}
	// Whoever asked may go away; the token is used all the same.
	calling, cancel := context.WithTimeout(context.WithoutCancel(ctx), renewTimeout)
	defer cancel()
	grant, err := o.Platform.Refresh(calling, lent.Refresh)
	if err != nil {
		return bot.KeptGrant{}, o.refused(ctx, lent, err)
	}
	return o.save(ctx, lent, grant)
}

// refused tells the end of the authorisation from what may pass, and from what is the operator's matter.
func (o *Service) refused(ctx context.Context, lent bot.KeptGrant, err error) error {
	if isGone(err) {
		o.Log.WarnContext(ctx, "authorisation is not renewed", "user_id", string(lent.Who), "error", err)
		o.end(ctx, lent, err)
	}
	return err
}

// save tries for a while: nobody else has these tokens.
func (o *Service) save(ctx context.Context, lent bot.KeptGrant, grant bot.Grant) (bot.KeptGrant, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), saveTimeout)
	defer cancel()
	for {
		renewed, ok, err := o.Vault.Renew(ctx, lent, grant)
		if err == nil && !ok {
			return bot.KeptGrant{}, gone(lent.Who) // taken back meanwhile
		}
		if err == nil || bot.Sleep(ctx, saveWait) != nil {
			return renewed, err
		}
	}
}

// hold waits for the lock, but no longer than until somebody else has renewed the grant.
func (o *Service) hold(ctx context.Context, lent bot.KeptGrant) (release func(), err error) {
	ctx, cancel := context.WithTimeout(ctx, holdWait)
	defer cancel()
	for {
		release, held, err := o.Locks.Hold(ctx, lent.Who, holdTTL)
		if err != nil || held {
			return release, err
		}
		now, ok, err := o.Vault.Load(ctx, lent.Who)
		if err != nil {
			return nil, err
		}
		if !ok || now.Version != lent.Version {
			return func() {}, nil
		}
		if bot.Sleep(ctx, holdTick) != nil {
			return nil, bot.Errorf(bot.Unavailable, "renew the tokens of %s: another replica is at it", lent.Who)
		}
	}
}

// end forgets an authorisation that the platform has ended by what it answered, and tells the person. It is told and
// recorded before it is forgotten, and known by its version, so that this happens once and is not passed over.
func (o *Service) end(ctx context.Context, lent bot.KeptGrant, answer error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), saveTimeout)
	defer cancel()
	o.notify(ctx, lent.Who, "lapsed/"+lent.Version)
	detail := bot.Detail(answer)
	end := audit.Entry{
		Who: lent.Who, Via: bot.ViaPlatform, Result: bot.Deauthorised, Reason: bot.ReasonConsentGone, Code: detail.Code, LogID: detail.LogID,
	}
	if err := o.recordEnd(ctx, "lapsed/"+lent.Version, end, lent); err != nil {
		o.Log.WarnContext(ctx, "end of an authorisation is not recorded", "user_id", string(lent.Who), "error", err)
		return
	}
	if _, err := o.Vault.Drop(ctx, lent.Who, lent.Version); err != nil {
		o.Log.WarnContext(ctx, "authorisation is not forgotten", "user_id", string(lent.Who), "error", err)
	}
}

// Run renews what would end by itself, until ctx is done.
func (o *Service) Run(ctx context.Context) {
	for {
		o.maintain(ctx)
		if bot.Sleep(ctx, maintainEvery) != nil {
			return
		}
	}
}

func (o *Service) maintain(ctx context.Context) {
	due, err := o.Vault.Due(ctx, o.Now().Add(refreshMargin), maintainBatch)
	if o.maintenance.Report(ctx, "", err); err != nil {
		return
	}
	for _, who := range due {
		lent, ok, err := o.Vault.Load(ctx, who)
		if err == nil && ok {
			_, err = o.renew(ctx, lent)
		}
		if err == nil && !ok {
			_, err = o.Vault.Drop(ctx, who, "")
		}
		if isGone(err) {
			err = nil // that has been said
		}
		o.renewals.Report(ctx, string(who), err, slog.String("user_id", string(who)))
	}
}

func gone(who bot.UserID) error {
	return &bot.Error{Kind: bot.Denied, Op: "act as " + string(who), Reason: bot.ReasonConsentGone}
}

func isGone(err error) bool { return bot.Detail(err).Reason == bot.ReasonConsentGone }

// notify tells a person that the platform has ended their authorisation, as far as that can be done.
func (o *Service) notify(ctx context.Context, who bot.UserID, key string) {
	if err := o.Gone(ctx, who, key); err != nil {
		o.Log.WarnContext(ctx, "owner not notified", "user_id", string(who), "error", err)
	}
}

package consent

import (
	"context"
	"log/slog"
	"time"

	"recallbot/audit"
	"recallbot/bot"
)

const (
	// accessMargin is how long before its end an access token is renewed.
	accessMargin = 5 * time.Minute
	// refreshMargin is how long before its end a refresh token is used, so that an unused grant does not expire.
	refreshMargin = 36 * time.Hour
	// maintainEvery is how often refresh tokens near their end are renewed, maintainBatch how many at a time.
	maintainEvery = 10 * time.Minute
	maintainBatch = 50
	// holdTTL is the life of the lock of a renewal: longer than renewTimeout and saveTimeout together.
	holdTTL      = 30 * time.Second
	renewTimeout = 10 * time.Second
	saveTimeout  = 10 * time.Second
	saveWait     = 200 * time.Millisecond
	// holdWait bounds the wait for another replica's renewal, holdTick is the time between two looks.
	holdWait = 12 * time.Second
	holdTick = 50 * time.Millisecond
)

// Use makes a call with a person's token for a chat. A token that the platform refuses is renewed once. If it is refused again,
// the grant has ended: it is deleted and the person told. The error is then Denied with ReasonConsentGone, as it is without a
// grant.
func (o *Service) Use(
	ctx context.Context, who bot.UserID, chat bot.ChatID, call func(ctx context.Context, token bot.Secret) error,
) error {
	kept, err := o.current(ctx, who, chat)
	if err != nil {
		return err
	}
	err = call(ctx, kept.Access)
	if !isGone(err) {
		return err
	}
	if kept, err = o.renew(ctx, kept); err != nil {
		return err
	}
	if !kept.In(chat) {
		return gone(who)
	}
	if err = call(ctx, kept.Access); isGone(err) {
		o.end(ctx, kept, err)
	}
	return err
}

// current is a grant whose access token is valid for accessMargin. While the platform does not answer, one near its end is used.
func (o *Service) current(ctx context.Context, who bot.UserID, chat bot.ChatID) (bot.KeptGrant, error) {
	kept, ok, err := o.Vault.Load(ctx, who)
	if err != nil {
		return bot.KeptGrant{}, err
	}
	if !ok || !kept.In(chat) {
		return bot.KeptGrant{}, gone(who)
	}
	left := kept.AccessEnds.Sub(o.Now())
	if left > accessMargin || (kept.Refresh == "" && left > 0) {
		return kept, nil
	}
	renewed, err := o.renew(ctx, kept)
	if err != nil && !isGone(err) && kept.AccessEnds.After(o.Now()) {
		return kept, nil
	}
	if err == nil && !renewed.In(chat) {
		err = gone(who)
	}
	return renewed, err
}

// renew gives a newer version of a grant: that of another replica, or one with the next tokens. A refresh token can be used once,
// so only one replica at a time renews, and it saves the tokens first. After a crash before that, or where the answer is lost,
// the new tokens are lost: the old access token works until its end, and the next renewal is refused, which ends the grant.
func (o *Service) renew(ctx context.Context, old bot.KeptGrant) (bot.KeptGrant, error) {
	release, err := o.hold(ctx, old)
	if err != nil {
		return bot.KeptGrant{}, err
	}
	defer release()
	kept, ok, err := o.Vault.Load(ctx, old.Who)
	switch {
	case err != nil:
		return bot.KeptGrant{}, err
	case !ok:
		return bot.KeptGrant{}, gone(old.Who)
	case kept.Version != old.Version:
		return kept, nil
	case kept.Refresh == "" || !kept.RefreshEnds.After(o.Now()):
		o.end(ctx, kept, gone(old.Who))
		return bot.KeptGrant{}, gone(old.Who)
	}
	// The caller's context may end meanwhile; the refresh token is used up all the same.
	calling, cancel := context.WithTimeout(context.WithoutCancel(ctx), renewTimeout)
	defer cancel()
	grant, err := o.Platform.Refresh(calling, kept.Refresh)
	if err != nil {
		return bot.KeptGrant{}, o.refused(ctx, kept, err)
	}
	return o.save(ctx, kept, grant)
}

// refused ends the grant where the platform has; other errors leave it.
func (o *Service) refused(ctx context.Context, kept bot.KeptGrant, err error) error {
	if isGone(err) {
		o.Log.WarnContext(ctx, "grant not renewed", "user_id", string(kept.Who), "error", err)
		o.end(ctx, kept, err)
	}
	return err
}

// save retries until saveTimeout: only this replica has the tokens.
func (o *Service) save(ctx context.Context, kept bot.KeptGrant, grant bot.Grant) (bot.KeptGrant, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), saveTimeout)
	defer cancel()
	for {
		renewed, ok, err := o.Vault.Renew(ctx, kept, grant)
		if err == nil && !ok {
			return bot.KeptGrant{}, gone(kept.Who) // it was deleted meanwhile
		}
		if err == nil || bot.Sleep(ctx, saveWait) != nil {
			return renewed, err
		}
	}
}

// hold waits for the lock, or until another replica has renewed the grant.
func (o *Service) hold(ctx context.Context, kept bot.KeptGrant) (release func(), err error) {
	ctx, cancel := context.WithTimeout(ctx, holdWait)
	defer cancel()
	for {
		release, held, err := o.Hold(ctx, kept.Who, holdTTL)
		if err != nil || held {
			return release, err
		}
		now, ok, err := o.Vault.Load(ctx, kept.Who)
		if err != nil {
			return nil, err
		}
		if !ok || now.Version != kept.Version {
			return func() {}, nil
		}
		if bot.Sleep(ctx, holdTick) != nil {
			return nil, bot.Errorf(bot.Unavailable, "renew the tokens of %s: another replica holds the lock", kept.Who)
		}
	}
}

// end deletes a grant that the platform has ended, and tells the person. It tells and records first, under a key with the grant's
// version, so that it happens once and is not lost.
func (o *Service) end(ctx context.Context, kept bot.KeptGrant, answer error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), saveTimeout)
	defer cancel()
	o.notify(ctx, kept.Who, "lapsed/"+kept.Version)
	detail := bot.Detail(answer)
	end := audit.Entry{
		Who: kept.Who, Via: bot.ViaPlatform, Result: bot.Deauthorised, Reason: bot.ReasonConsentGone, Code: detail.Code, LogID: detail.LogID,
	}
	if err := o.recordEnd(ctx, "lapsed/"+kept.Version, end, kept); err != nil {
		o.Log.WarnContext(ctx, "end of grant not recorded", "user_id", string(kept.Who), "error", err)
		return
	}
	if _, err := o.Vault.Drop(ctx, kept.Who, kept.Version); err != nil {
		o.Log.WarnContext(ctx, "grant not deleted", "user_id", string(kept.Who), "error", err)
	}
}

// Run renews grants that would expire, until ctx ends.
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
	var failed error
	var attrs []slog.Attr
	for _, who := range due {
		kept, ok, err := o.Vault.Load(ctx, who)
		if err == nil && ok {
			_, err = o.renew(ctx, kept)
		}
		if err == nil && !ok {
			_, err = o.Vault.Drop(ctx, who, "")
		}
		if err != nil && !isGone(err) && failed == nil { // isGone is logged already
			failed, attrs = err, []slog.Attr{slog.String("user_id", string(who))}
		}
	}
	o.renewals.Report(ctx, "", failed, attrs...)
}

func gone(who bot.UserID) error {
	return &bot.Error{Kind: bot.Denied, Op: "act as " + string(who), Reason: bot.ReasonConsentGone}
}

func isGone(err error) bool { return bot.Detail(err).Reason == bot.ReasonConsentGone }

// notify tells a person that the platform has ended their grant. A failure is logged.
func (o *Service) notify(ctx context.Context, who bot.UserID, key string) {
	if err := o.Gone(ctx, who, key); err != nil {
		o.Log.WarnContext(ctx, "owner not notified", "user_id", string(who), "error", err)
	}
}

package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"

	"recallbot/bot"
	"recallbot/hooks"
	"recallbot/store/queue"
)

// outbox keeps webhooks until they are delivered or given up.
type outbox struct {
	config hooks.Config
	// post sends a webhook once.
	post  func(ctx context.Context, m hooks.Message) error
	queue *queue.Queue
	log   *slog.Logger
}

// Send stores a delivery; when it returns, the delivery survives a crash. An id of the last 12 hours is not sent again.
func (o *outbox) Send(ctx context.Context, d hooks.Delivery) error {
	payload, err := json.Marshal(d)
	if err != nil {
		return bot.Errorf(bot.Internal, "send %s: %w", d.ID, err)
	}
	item := queue.Item{ID: d.ID, Key: d.Host(), Owner: ownerOf(d), Kind: d.Event, Payload: payload}
	if _, err := o.queue.Put(ctx, item, d.ID); err != nil {
		return bot.Errorf(bot.Unavailable, "send %s: %w", d.ID, err)
	}
	return nil
}

// ownerOf is the team that named the address; empty for the operator's.
func ownerOf(d hooks.Delivery) string {
	if d.URL == "" {
		return ""
	}
	return "team/" + d.Team
}

// CheckURL reports why nothing can be sent to an address that a caller names: the address is not allowed, or there is no
// secret to sign with.
func (o *outbox) CheckURL(text string) error {
	if o.config.Jobs.Secret == "" {
		return bot.Errorf(bot.Invalid, "hooks.jobs.secret is not set")
	}
	if err := o.config.CheckURL(text); err != nil {
		return bot.Errorf(bot.Invalid, "%w", err)
	}
	return nil
}

// ended sends webhooks about a job that ended: to the configured target, and to the address that was named with the job.
func (o *outbox) ended(ctx context.Context, job bot.Job) error {
	if !o.config.Jobs.On() && job.Notify == "" {
		return nil
	}
	d, err := hooks.JobFinished(job)
	if err != nil {
		return err
	}
	if o.config.Jobs.On() {
		err = o.Send(ctx, d)
	}
	if job.Notify != "" {
		d.ID, d.URL = d.ID+"-notify", job.Notify
		if job.By != nil {
			d.Team = string(job.By.Team)
		}
		err = errors.Join(err, o.Send(ctx, d))
	}
	return err
}

// handle sends one webhook once.
func (o *outbox) handle(ctx context.Context, d queue.Delivery) error {
	var kept hooks.Delivery
	if err := json.Unmarshal(d.Payload, &kept); err != nil {
		return bot.Errorf(bot.Invalid, "read delivery %s: %w", d.ID, err)
	}
	m := hooks.Message{ID: kept.ID, URL: kept.URL, Secret: o.config.Jobs.Secret, Body: kept.Body}
	if kept.Team != "" {
		m.Secret = hooks.TeamSecret(kept.Team, m.Secret)
	}
	if m.URL == "" {
		m.URL = o.config.Jobs.URL
	}
	err := o.post(ctx, m)
	if err == nil {
		return nil
	}
	level := slog.LevelDebug // the queue logs when it is given up
	if d.Attempt == 1 {
		level = slog.LevelWarn
	}
	o.log.LogAttrs(ctx, level, "webhook not delivered", slog.String("kind", bot.KindOf(err).String()), slog.Any("error", err))
	return err
}

// HookSecret prints the secrets that sign the webhooks of a team's own addresses, the newest first.
func HookSecret(config Config, team string, out io.Writer) error {
	secret := hooks.TeamSecret(team, config.Hooks.Jobs.Secret)
	if secret == "" {
		return bot.Errorf(bot.Invalid, "hooks.jobs.secret is not set")
	}
	_, err := fmt.Fprintln(out, string(secret))
	return err
}

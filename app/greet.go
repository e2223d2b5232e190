package app

import (
	"context"
	"log/slog"
	"os"
	"time"

	"recallbot/bot"
	"recallbot/feishu"
	"recallbot/handlers/text"
	"recallbot/store"
)

// greet logs at the start what an operator must know.
func (a *App) greet(ctx context.Context) {
	a.log.InfoContext(ctx, "started", "listen", a.Addr(), "transport", string(a.config.Feishu.Transport),
		"platform", a.config.Feishu.BaseURL, "dry_run", a.config.DryRun, "pid", os.Getpid())
	if a.config.DryRun {
		a.log.WarnContext(ctx, "dry_run is on: nothing is recalled")
	}
}

// meet asks the platform for our identity before events come in, since a command may mention us or another bot. It delays the
// start by 1.5 s at most; learnSelf continues to ask.
func (a *App) meet(ctx context.Context) {
	const moment = 1500 * time.Millisecond
	ctx, cancel := context.WithTimeout(ctx, moment)
	defer cancel()
	if self, err := a.client.Self(ctx); err == nil {
		a.opener.SetSelf(self)
	}
}

// learnSelf checks the setup, and asks the platform for our identity until it answers: events name our posts by our open_id.
func (a *App) learnSelf(ctx context.Context) {
	const first = time.Second
	for wait := first; ; wait = min(2*wait, time.Minute) {
		found, self := a.doctor.CheckSetup(ctx)
		if ctx.Err() != nil {
			return // the findings are only about the shutdown
		}
		if self.OpenID != "" {
			a.opener.SetSelf(self)
			a.log.InfoContext(ctx, "bot identity known", "name", self.Name, "open_id", string(self.OpenID), "active", self.Active)
			a.report(ctx, append(found, a.doctor.PublicURLs.CheckReceivers(ctx)...))
			return
		}
		if wait == first {
			a.log.WarnContext(ctx, "bot identity unknown")
			a.report(ctx, append(found, a.doctor.PublicURLs.CheckReceivers(ctx)...))
		}
		if bot.Sleep(ctx, wait) != nil {
			return
		}
	}
}

// rememberPost puts our own posts into the index: the platform sends no events for them.
func rememberPost(
	index *store.Index, answered *store.Answers, log *slog.Logger,
) func(ctx context.Context, m bot.Message, repliedTo []bot.MessageID) {
	return func(ctx context.Context, m bot.Message, repliedTo []bot.MessageID) {
		if err := index.Add(ctx, m); err != nil {
			log.WarnContext(ctx, "own post not indexed", "message_id", string(m.ID), "error", err)
		}
		if err := answered.Add(ctx, m.ID, repliedTo...); err != nil {
			log.WarnContext(ctx, "reply not recorded", "message_id", string(m.ID), "error", err)
		}
	}
}

func tokenReady(client *feishu.Client) func(context.Context) error {
	return func(context.Context) error {
		if state, err := client.TokenState(); state == feishu.TokenFailing {
			return err
		}
		return nil
	}
}

// report logs the findings that are faults.
func (a *App) report(ctx context.Context, found []bot.Finding) {
	faults := 0
	for _, f := range found {
		if f.Level == bot.LevelOK {
			continue
		}
		faults++
		advice := text.Advise(f, text.English, a.doctor.Site())
		a.log.WarnContext(ctx, "setup check found a fault",
			"finding", f.Name, "level", f.Level.String(), "says", advice.Text, "fix", advice.Fix, "link", advice.Link)
	}
	a.log.InfoContext(ctx, "setup checked", "findings", len(found), "faults", faults)
}

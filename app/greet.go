package app

import (
	"context"
	"os"
	"time"

	"recallbot/bot"
	"recallbot/feishu"
	"recallbot/handlers/text"
)

// greet says at the start what an operator must know.
func (a *App) greet(ctx context.Context) {
	a.log.InfoContext(ctx, "started", "listen", a.Addr(), "transport", string(a.config.Feishu.Transport),
		"platform", a.config.Feishu.BaseURL, "dry_run", a.config.DryRun, "pid", os.Getpid())
	if a.config.DryRun {
		a.log.WarnContext(ctx, "dry_run is on: nothing is recalled")
	}
}

// meet asks the platform who we are before events are taken, since a command may name us or another bot. It holds the start up
// for a moment only: learnSelf goes on asking.
func (a *App) meet(ctx context.Context) {
	const moment = 1500 * time.Millisecond
	ctx, cancel := context.WithTimeout(ctx, moment)
	defer cancel()
	if self, err := a.client.Self(ctx); err == nil {
		a.opener.SetSelf(self)
	}
}

// learnSelf checks the set-up, and asks the platform who we are until it answers: by our open_id, events name our own posts.
func (a *App) learnSelf(ctx context.Context) {
	const first = time.Second
	for wait := first; ; wait = min(2*wait, time.Minute) {
		found, self := a.doctor.CheckSetup(ctx)
		if ctx.Err() != nil {
			return // what was found is that we end
		}
		if self.OpenID != "" {
			a.opener.SetSelf(self)
			a.log.InfoContext(ctx, "the platform knows us", "name", self.Name, "open_id", string(self.OpenID), "active", self.Active)
			a.report(ctx, append(found, a.doctor.PublicURLs.CheckReceivers(ctx)...))
			return
		}
		if wait == first {
			a.log.WarnContext(ctx, "the platform does not say who we are")
			a.report(ctx, append(found, a.doctor.PublicURLs.CheckReceivers(ctx)...))
		}
		if bot.Sleep(ctx, wait) != nil {
			return
		}
	}
}

// remember puts our own posts into the index: the platform sends no events for them.
func (a *App) remember(ctx context.Context, m bot.Message, answered []bot.MessageID) {
	if err := a.index.Add(ctx, m); err != nil {
		a.log.WarnContext(ctx, "own post is not in the index", "message_id", string(m.ID), "error", err)
	}
	if err := a.replies.Add(ctx, m.ID, answered...); err != nil {
		a.log.WarnContext(ctx, "answer is not remembered as one", "message_id", string(m.ID), "error", err)
	}
}

func (a *App) tokenReady(context.Context) error {
	if state, err := a.client.TokenState(); state == feishu.TokenFailing {
		return err
	}
	return nil
}

// report writes into the log what is not as it should be.
func (a *App) report(ctx context.Context, found []bot.Finding) {
	faults := 0
	for _, f := range found {
		if f.Level == bot.LevelOK {
			continue
		}
		faults++
		advice := text.Advise(f, text.English, a.doctor.Site())
		a.log.WarnContext(ctx, "the set-up is not as it should be",
			"finding", f.Name, "level", f.Level.String(), "says", advice.Text, "fix", advice.Fix, "link", advice.Link)
	}
	a.log.InfoContext(ctx, "the set-up was checked", "findings", len(found), "faults", faults)
}

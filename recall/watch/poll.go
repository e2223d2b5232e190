package watch

import (
	"context"
	"log/slog"
	"slices"
	"time"

	"recallbot/bot"
)

const (
	// maxPages is the maximum of pages of one poll of a chat.
	maxPages = 20
	// overlap is how far a poll looks back before the newest message of the one before: the platform's times are to the second.
	overlap = 2 * time.Second
)

// Poller lists the chats with rules, where the posts that rules are about do not arrive as events: those of other bots where the app lacks
// the scope for them, and our own. Each chat is listed by one replica at a time.
type Poller struct {
	PollDeps

	Every time.Duration
	Log   *slog.Logger
	Now   func() time.Time
}

// PollDeps is what a Poller works with.
type PollDeps struct {
	// Chats are those with rules or quarantines.
	Chats    func() []bot.ChatID
	Settings func(ctx context.Context, chat bot.ChatID) (bot.Settings, error)
	// Visibility is how our own posts, or those of other bots, are seen.
	Visibility func(ctx context.Context, own bool) bot.Visibility
	// Claim reports true to one replica within a time. Cursor and SetCursor keep the time of the newest message that was listed.
	Claim     func(ctx context.Context, key string, within time.Duration) (bool, error)
	Cursor    func(ctx context.Context, chat bot.ChatID) (time.Time, error)
	SetCursor func(ctx context.Context, chat bot.ChatID, at time.Time) error
	History   func(ctx context.Context, q bot.HistoryQuery) (bot.HistoryPage, error)
	Known     func(ctx context.Context, ids []bot.MessageID) ([]bot.Message, error)
	// Keep takes a message as if its event had arrived; again it changes nothing.
	Keep func(ctx context.Context, e bot.Event) error
}

// Run polls until ctx is done. Without a time it does nothing.
func (p *Poller) Run(ctx context.Context) {
	if p.Every <= 0 {
		return
	}
	ticks := time.NewTicker(p.Every)
	defer ticks.Stop()
	failing := bot.NewIncident(p.Log, slog.LevelWarn, "chat not listed for rules", "chat listed for rules again")
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticks.C:
		}
		for _, chat := range p.Chats() {
			err := p.Poll(ctx, chat)
			if ctx.Err() != nil {
				return
			}
			failing.Report(ctx, string(chat), err, slog.String("chat_id", string(chat)))
		}
	}
}

// Poll lists a chat since the last poll, if rules need it and it is this replica's turn.
func (p *Poller) Poll(ctx context.Context, chat bot.ChatID) error {
	set, err := p.Settings(ctx, chat)
	if err != nil {
		return err
	}
	needs := kinds{own: p.needed(ctx, set, true), others: p.needed(ctx, set, false)}
	if !needs.own && !needs.others {
		return nil
	}
	mine, err := p.Claim(ctx, "watch_poll/"+string(chat), p.Every*3/4)
	if err != nil || !mine {
		return err
	}
	since, err := p.Cursor(ctx, chat)
	if err != nil {
		return err
	}
	now := p.Now()
	if since.IsZero() {
		return p.SetCursor(ctx, chat, now)
	}
	found, err := p.list(ctx, bot.HistoryQuery{Chat: chat, Since: since.Add(-overlap), Until: now.Add(overlap)})
	if err != nil {
		return err
	}
	for _, m := range found {
		if err := p.keep(ctx, m, needs); err != nil {
			return err
		}
		since = later(since, m.At)
	}
	return p.SetCursor(ctx, chat, since)
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// kinds are the posts that a poll is about.
type kinds struct{ own, others bool }

// list returns the messages of a time, the oldest first.
func (p *Poller) list(ctx context.Context, query bot.HistoryQuery) ([]bot.Seen, error) {
	var found []bot.Seen
	for range maxPages {
		page, err := p.History(ctx, query)
		if err != nil {
			return nil, err
		}
		found = append(found, page.Messages...)
		if query.Page = page.Next; query.Page == "" {
			break
		}
	}
	slices.Reverse(found)
	return found, nil
}

// keep passes a message on: a person's, because it ends the turns of bots, or a post of a bot.
func (p *Poller) keep(ctx context.Context, m bot.Seen, needs kinds) error {
	switch {
	case m.Gone, m.Kind == bot.KindOwn && !needs.own, m.Kind != bot.KindOwn && !needs.others:
		return nil
	case m.Kind == bot.KindOwn:
		known, err := p.Known(ctx, []bot.MessageID{m.ID})
		if err != nil {
			return err
		}
		if known[0].Answer || known[0].Gone {
			return nil
		}
	}
	said := bot.Said{Message: m.Message, Root: m.Root, Parent: m.Parent, Thread: m.Topic}
	if m.Kind != bot.KindPerson {
		said.Sender = m.From
		said.Content = func() bot.Seen { return m }
	}
	return p.Keep(ctx, bot.Event{ID: bot.EventID("poll/" + string(m.ID)), Type: bot.TypeSaid, DedupeID: string(m.ID), Body: said})
}

// needed reports whether posts of our own, or of other bots, must be listed for the rules of a chat.
func (p *Poller) needed(ctx context.Context, set bot.Settings, own bool) bool {
	return mean(set, own) && p.Visibility(ctx, own) == bot.VisibilityPolled
}

// mean reports whether a rule that is not off, or a quarantine, is about posts of our own, or of other bots.
func mean(set bot.Settings, own bool) bool {
	for _, rule := range set.Watch {
		if rule.State != bot.WatchOff && rule.Means(own) {
			return true
		}
	}
	return slices.ContainsFunc(set.Quarantines, func(q bot.Quarantine) bool { return q.Bot.Me == own })
}

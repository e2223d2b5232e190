package app

import (
	"context"
	"sync/atomic"
	"time"

	"recallbot/bot"
	"recallbot/feishu"
	"recallbot/handlers"
	"recallbot/handlers/text"
	"recallbot/post"
	"recallbot/post/alert"
	"recallbot/recall"
	"recallbot/store"
)

// chatParts are made of the chat section: all that speaks, and the zone of its times.
type chatParts struct {
	list    []bot.Handler
	answers *handlers.Answers
	board   *handlers.Board
	buttons *handlers.UndoButtons
	consent *handlers.Consent
}

// chatDeps are what the behaviours work with, beside what the App has.
type chatDeps struct {
	recaller  *recall.Recaller
	roles     *recall.Roles
	roleCache *store.Roles
	posts     *store.Posts
	archive   handlers.Archive // nil where it is off
	selects   selects
}

// newChat makes the behaviours of a chat section.
func (a *App) newChat(config handlers.Config, d chatDeps) (*chatParts, error) {
	zone, err := config.Zone()
	if err != nil {
		return nil, err
	}
	once, index, emoji := store.NewOnce(a.store), chatIndex{a.index}, config.Emoji
	cards := handlers.JobCards{Once: once, Jobs: a.jobs, Now: time.Now}
	answers := &handlers.Answers{
		Speaker: a.client, Cards: a.client, Once: once, Settings: a.settings, Recaller: d.recaller, Log: a.log,
		Language: text.Language(config.Language), Zone: zone,
	}
	consent := &handlers.Consent{Answers: answers, Consents: a.consents(), MayGrant: d.recaller.MayGrant}
	return &chatParts{
		answers: answers, consent: consent, buttons: &handlers.UndoButtons{Answers: answers, Add: feishu.WithButton},
		board: &handlers.Board{
			Answers: answers, Cards: a.client, Recaller: d.recaller, Rights: d.recaller, Once: once, Settings: a.settings,
			Archive: d.archive, Now: time.Now,
		},
		list: handlers.List(
			&handlers.Recall{JobCards: cards, Answers: answers, Recaller: d.recaller, Find: index.Find, NewestKnown: index.NewestOwn, NewestOwn: a.client.NewestOwn},
			&handlers.Reactions{
				JobCards: cards, Answers: answers, Recaller: d.recaller, Settings: a.settings, Vote: store.NewVotes(a.store).Vote, Emoji: emoji,
			},
			&handlers.Cascade{
				JobCards: cards, Recaller: d.recaller, Settings: a.settings, Find: index.Find, Replies: a.replies.To, History: a.client.History, Log: a.log,
			},
			&handlers.Clean{Answers: answers, Rights: d.recaller, Jobs: a.jobs, Now: time.Now},
			&handlers.Batch{Answers: answers, Jobs: a.jobs, May: d.recaller.MayBatch, Now: time.Now},
			&handlers.Undo{Answers: answers, Rights: d.recaller, Jobs: a.jobs, Once: once, Archive: d.archive},
			&handlers.JobCommands{Answers: answers, Rights: d.recaller, Jobs: a.jobs, Now: time.Now},
			&handlers.JobButtons{Answers: answers, Jobs: a.jobs, Presses: a.jobs.Presses()},
			&handlers.Mine{
				Answers: answers, Recaller: d.recaller, Posts: d.posts, Jobs: a.jobs, Read: a.client.Post, Chat: d.roles.Chat, Now: time.Now,
			},
			&handlers.Log{Answers: answers, Rights: d.recaller, Recent: chatLog{store.NewAudit(a.store)}.Recent},
			&handlers.Doctor{Answers: answers, Rights: d.recaller, Check: a.doctor.Examine},
			&handlers.Lifetimes{
				Answers: answers, Settings: a.settings, Rights: d.recaller, Jobs: a.jobs, SetTimer: timers{a.queues[WorkQueue]}.Set, Oldest: d.selects.Oldest,
				Window: handlers.RecallWindow{Length: a.config.Policy.RecallWindow, MaxLife: post.InTime(a.config.Policy.RecallWindow)}, Now: time.Now,
			},
			&handlers.ChatSettings{
				Answers: answers, Settings: a.settings, Rights: d.recaller, Once: once, Cards: a.client, Emoji: emoji, Now: time.Now,
			},
			consent,
			&handlers.ChatLeft{Forget: chats{a.index, d.roleCache, a.settings}.Leave},
			&handlers.Help{Answers: answers, Rights: d.recaller, Settings: a.settings, Emoji: emoji},
		),
	}, nil
}

// liveChat is what is made of the chat section of now. Whoever speaks is given this and keeps nothing that it was made of:
// a changed language or zone holds for all of them from the next word on.
type liveChat struct{ atomic.Pointer[chatParts] }

// Ask implements recall.Board.
func (c *liveChat) Ask(ctx context.Context, job bot.Job) (bot.CardRef, error) {
	return c.Load().board.Ask(ctx, job)
}

// Show implements recall.Board.
func (c *liveChat) Show(ctx context.Context, job bot.Job, ahead *bot.Job) (bot.CardRef, error) {
	return c.Load().board.Show(ctx, job, ahead)
}

// Settle implements recall.Board.
func (c *liveChat) Settle(ctx context.Context, job bot.Job) error {
	return c.Load().board.Settle(ctx, job)
}

// End implements recall.Board.
func (c *liveChat) End(ctx context.Context, job bot.Job) error { return c.Load().board.End(ctx, job) }

// Undone implements recall.Board.
func (c *liveChat) Undone(ctx context.Context, job bot.Job) error {
	return c.Load().board.Undone(ctx, job)
}

// Decorate implements post.Buttons.
func (c *liveChat) Decorate(ctx context.Context, p bot.Post, content string) (string, bool) {
	return c.Load().buttons.Decorate(ctx, p, content)
}

// Offer implements post.Buttons.
func (c *liveChat) Offer(ctx context.Context, p bot.Post) error {
	return c.Load().buttons.Offer(ctx, p)
}

// restoredNote is what a restored post says of itself.
func (c *liveChat) restoredNote(ctx context.Context, job bot.Job, archived bot.Archived) string {
	return c.Load().answers.Restored(ctx, job, archived)
}

// button is that by which a post's author takes it back.
func (c *liveChat) button(ctx context.Context, p bot.Post) bot.Button {
	return c.Load().buttons.Button(ctx, p)
}

// draw makes the card of a group of alerts.
func (c *liveChat) draw(ctx context.Context, chat bot.ChatID, s alert.CardView) bot.Card {
	return c.Load().answers.Alert(ctx, chat, s)
}

// consentExpired tells a person that the platform has ended their authorisation.
func (c *liveChat) consentExpired(ctx context.Context, who bot.UserID, key string) error {
	return c.Load().answers.Expired(ctx, who, key)
}

// oauthCallback is what the server does when a browser comes back from the platform.
func (c *liveChat) oauthCallback(ctx context.Context, state, code string) (chinese, english string, err error) {
	page, err := c.Load().consent.Callback(ctx, state, code)
	return page.Chinese, page.English, err
}

// zone is where times belong that name none.
func (c *liveChat) zone() *time.Location { return c.Load().answers.Zone }

package app

import (
	"context"
	"sync/atomic"
	"time"

	"recallbot/bot"
	"recallbot/feishu"
	"recallbot/handlers"
	"recallbot/post/alert"
)

// chatParts are made of the chat section: all that speaks, and the zone of its times.
type chatParts struct {
	list           []bot.Handler
	board          *handlers.Board
	restoredNote   func(ctx context.Context, job bot.Job, post bot.Archived) string
	buttons        *handlers.UndoButtons
	alerts         *handlers.AlertCards
	oauthCallback  func(ctx context.Context, state, code string) (handlers.Landing, error)
	consentExpired func(ctx context.Context, who bot.UserID, key string) error
	zone           *time.Location
}

func makeChat(config handlers.Config, parts handlers.Parts) (*chatParts, error) {
	made := &chatParts{
		buttons:       handlers.NewUndoButtons(config, parts, feishu.WithButton),
		oauthCallback: handlers.Landed(config, parts), consentExpired: handlers.Lapsed(config, parts),
	}
	var err error
	if made.list, err = handlers.New(config, parts); err != nil {
		return nil, err
	}
	if made.board, err = handlers.NewBoard(config, parts); err != nil {
		return nil, err
	}
	if made.alerts, err = handlers.NewAlertCards(config, parts); err != nil {
		return nil, err
	}
	if made.zone, err = time.LoadLocation(config.Timezone); err != nil {
		return nil, bot.Errorf(bot.Invalid, "chat.timezone: %w", err)
	}
	made.restoredNote, err = handlers.Restored(config, parts)
	return made, err
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
func (c *liveChat) restoredNote(ctx context.Context, job bot.Job, post bot.Archived) string {
	return c.Load().restoredNote(ctx, job, post)
}

// button is that by which a post's author takes it back.
func (c *liveChat) button(ctx context.Context, p bot.Post) bot.Button {
	return c.Load().buttons.Button(ctx, p)
}

// draw makes the card of a group of alerts.
func (c *liveChat) draw(ctx context.Context, chat bot.ChatID, s alert.CardView) bot.Card {
	return c.Load().alerts.Draw(ctx, chat, s)
}

// consentExpired tells a person that the platform has ended their authorisation.
func (c *liveChat) consentExpired(ctx context.Context, who bot.UserID, key string) error {
	return c.Load().consentExpired(ctx, who, key)
}

// oauthCallback is what the server does when a browser comes back from the platform.
func (c *liveChat) oauthCallback(ctx context.Context, state, code string) (chinese, english string, err error) {
	page, err := c.Load().oauthCallback(ctx, state, code)
	return page.Chinese, page.English, err
}

// zone is where times belong that name none.
func (c *liveChat) zone() *time.Location { return c.Load().zone }

package app

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"

	"recallbot/bot"
	"recallbot/feishu"
	"recallbot/handlers"
	"recallbot/policy"
	"recallbot/recall"
)

// liveKeys are the settings that a reload changes while the bot runs; all others need a restart.
func liveKeys() []string {
	return []string{
		"feishu.max_event_age", "policy.moderators", "policy.roles_ttl", "chat.emoji", "chat.language", "chat.timezone",
		"log.level", "dry_run",
	}
}

// live is what follows the configuration while the bot runs.
type live struct {
	dryRun     atomic.Bool
	opener     *feishu.Opener
	roles      *recall.Roles
	recallers  []*recall.Recaller
	dispatcher *bot.Dispatcher
	board      liveBoard
	marks      liveMark
	parts      handlers.Parts
}

// recaller makes a recaller that follows.
func (l *live) recaller(config recall.Config, parts recall.Parts) *recall.Recaller {
	made := recall.New(config, parts)
	l.recallers = append(l.recallers, made)
	return made
}

// begin makes the behaviours of parts, and gives the dispatcher that always knows those of now.
func (l *live) begin(config Config, parts handlers.Parts, log *slog.Logger) (*bot.Dispatcher, error) {
	l.parts = parts
	var err error
	if l.dispatcher, err = bot.NewDispatcher(); err != nil {
		return nil, err
	}
	return l.dispatcher, l.apply(config, log)
}

// apply makes everything follow a valid configuration. Work under way goes on as it began.
func (l *live) apply(config Config, log *slog.Logger) error {
	chat, err := makeChat(config.Chat, l.parts)
	if err != nil {
		return err
	}
	if err := l.dispatcher.Replace(chat.list...); err != nil {
		return err
	}
	l.board.Store(chat.board)
	l.marks.Store(&chat.mark)
	l.dryRun.Store(config.DryRun)
	rules := recall.Rules{Policy: policy.New(config.Policy.Config), DryRun: config.DryRun}
	for _, r := range l.recallers {
		r.Follow(rules)
	}
	l.roles.KeepFor(config.Policy.RolesTTL)
	l.opener.SetMaxAge(config.Feishu.MaxEventAge)
	setLevel(log, config.Log)
	return nil
}

// chatParts are made of the chat section.
type chatParts struct {
	list  []bot.Handler
	board *handlers.Board
	mark  restoredMark
}

func makeChat(config handlers.Config, parts handlers.Parts) (chatParts, error) {
	var made chatParts
	var err error
	if made.list, err = handlers.New(config, parts); err != nil {
		return chatParts{}, err
	}
	if made.board, err = handlers.NewBoard(config, parts); err != nil {
		return chatParts{}, err
	}
	made.mark, err = handlers.Restored(config, parts)
	return made, err
}

// liveBoard is the board of now.
type liveBoard struct{ atomic.Pointer[handlers.Board] }

// Ask implements recall.Board.
func (b *liveBoard) Ask(ctx context.Context, job bot.Job) (bot.CardRef, error) {
	return b.Load().Ask(ctx, job)
}

// Show implements recall.Board.
func (b *liveBoard) Show(ctx context.Context, job bot.Job, ahead *bot.Job) (bot.CardRef, error) {
	return b.Load().Show(ctx, job, ahead)
}

// Settle implements recall.Board.
func (b *liveBoard) Settle(ctx context.Context, job bot.Job) error { return b.Load().Settle(ctx, job) }

// End implements recall.Board.
func (b *liveBoard) End(ctx context.Context, job bot.Job) error { return b.Load().End(ctx, job) }

// restoredMark is what a restored post says of itself.
type restoredMark = func(ctx context.Context, job bot.Job, at time.Time) string

// liveMark is the mark of now.
type liveMark struct{ atomic.Pointer[restoredMark] }

func (m *liveMark) mark(ctx context.Context, job bot.Job, at time.Time) string {
	return (*m.Load())(ctx, job, at)
}

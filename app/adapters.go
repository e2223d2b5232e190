package app

import (
	"context"
	"errors"
	"time"

	"recallbot/bot"
	"recallbot/store"
)

// ownPosts finds our newest post of a topic in the index.
type ownPosts struct{ index *store.Index }

func (o ownPosts) NewestOwn(
	ctx context.Context, chat bot.ChatID, thread bot.ThreadID, before time.Time,
) (bot.Message, bool, error) {
	found, err := o.index.Newest(ctx, chat, store.NewestQuery{
		Before: before.Add(time.Millisecond), Thread: bot.MarkOf(thread), Kind: bot.KindOwn, Limit: 1,
	})
	if err != nil || len(found) == 0 {
		return bot.Message{}, false, err
	}
	return found[0], true, nil
}

// chatLog reads a chat's newest records.
type chatLog struct{ audit *store.Audit }

func (l chatLog) Recent(ctx context.Context, chat bot.ChatID, n int) ([]bot.AuditEntry, error) {
	return l.audit.Recent(ctx, chat, n, "")
}

// chats forgets all that is kept of a chat.
type chats struct {
	index    *store.Index
	roles    *store.Roles
	settings *store.Settings
}

func (c chats) Leave(ctx context.Context, chat bot.ChatID) error {
	return errors.Join(c.index.DropChat(ctx, chat), c.roles.Drop(ctx, chat), c.settings.Drop(ctx, chat))
}

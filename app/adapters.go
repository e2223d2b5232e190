package app

import (
	"context"
	"errors"
	"time"

	"recallbot/audit"
	"recallbot/bot"
	"recallbot/feishu"
	"recallbot/store"
)

// newestOwn finds our newest post of a topic in the index.
func newestOwn(
	index *store.Index,
) func(ctx context.Context, chat bot.ChatID, thread bot.ThreadID, before time.Time) (bot.Message, bool, error) {
	return func(ctx context.Context, chat bot.ChatID, thread bot.ThreadID, before time.Time) (bot.Message, bool, error) {
		found, err := index.Newest(ctx, chat, store.NewestQuery{
			Before: before.Add(time.Millisecond), Thread: bot.Hash64Of(thread), Kind: bot.KindOwn, Posts: true, Limit: 1,
		})
		if err != nil || len(found) == 0 {
			return bot.Message{}, false, err
		}
		return found[0], true, nil
	}
}

// chatLog reads a chat's newest records, and what the archive has of them.
type chatLog struct {
	audit   *store.Audit
	archive *store.Archive
}

func (l chatLog) Recent(ctx context.Context, chat bot.ChatID, n int) ([]audit.Entry, error) {
	var entries []audit.Entry
	for before := ""; len(entries) < n; {
		page, err := l.audit.Recent(ctx, chat, n-len(entries), before)
		if err != nil || len(page) == 0 {
			return entries, err
		}
		before = page[len(page)-1].ID
		entries = append(entries, page...)
	}
	return entries, nil
}

// excerpt is nil where the archive is off.
func (l chatLog) excerpt() func(context.Context, bot.ChatID, bot.JobID, bot.MessageID) (string, error) {
	if l.archive == nil {
		return nil
	}
	return func(ctx context.Context, chat bot.ChatID, take bot.JobID, id bot.MessageID) (string, error) {
		posts, err := l.archive.Posts(ctx, chat, take, 0, 1)
		if err != nil || len(posts) == 0 || posts[0].ID != id {
			return "", err
		}
		return feishu.ArchivedText(posts[0]), nil
	}
}

// chats deletes all that is stored about a chat.
type chats struct {
	index    *store.Index
	roles    *store.Roles
	settings *store.Settings
}

func (c chats) Leave(ctx context.Context, chat bot.ChatID) error {
	return errors.Join(c.index.DropChat(ctx, chat), c.roles.Drop(ctx, chat), c.settings.Drop(ctx, chat))
}

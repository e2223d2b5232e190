package app

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"time"

	"recallbot/audit"
	"recallbot/bot"
	"recallbot/feishu"
	"recallbot/recall/search"
	"recallbot/store"
)

// newestOwn finds our newest post of a topic, or without one of a chat, in the index.
func newestOwn(
	index *store.Index,
) func(ctx context.Context, chat bot.ChatID, thread bot.ThreadID, before time.Time) (bot.Message, bool, error) {
	return func(ctx context.Context, chat bot.ChatID, thread bot.ThreadID, before time.Time) (bot.Message, bool, error) {
		found, err := index.Newest(ctx, chat, store.NewestQuery{
			Before: before.Add(time.Millisecond), Thread: bot.HashOf(thread), Kind: bot.KindOwn, Posts: true, Limit: 1,
		})
		if err != nil || len(found) == 0 {
			return bot.Message{}, false, err
		}
		return found[0], true, nil
	}
}

const (
	// botsAge is how long a chat's list of bots is used, noBotsAge how long it is not asked for again where it can't be had.
	botsAge   = 24 * time.Hour
	noBotsAge = 10 * time.Minute
)

func botsKey(chat bot.ChatID) string { return "bots/" + string(chat) }

// chatBots gives the bots of chats, for their names. Where the list can't be had there are none; only a transient error is returned.
func chatBots(client *feishu.Client, once *store.Once, log *slog.Logger) search.BotsFunc {
	list := func(ctx context.Context, chat bot.ChatID) (bots []bot.ChatBot, err error) {
		kept, err := once.Kept(ctx, botsKey(chat))
		if err != nil {
			return nil, err
		}
		if kept != "" {
			err = json.Unmarshal([]byte(kept), &bots)
			return bots, err
		}
		age := botsAge
		bots, missing := client.Bots(ctx, chat)
		switch {
		case isTransient(missing):
			return nil, missing
		case missing != nil:
			bots, age = nil, noBotsAge
		}
		data, err := json.Marshal(bots)
		if err != nil {
			return nil, err
		}
		_, err = once.Keep(ctx, botsKey(chat), string(data), age)
		return bots, errors.Join(missing, err)
	}
	return func(ctx context.Context, chat bot.ChatID) ([]bot.ChatBot, error) {
		bots, err := list(ctx, chat)
		if err == nil {
			return bots, nil
		}
		log.InfoContext(ctx, "names of bots unknown", "chat_id", string(chat), "error", err)
		if isTransient(err) {
			return nil, err
		}
		return bots, nil
	}
}

func isTransient(err error) bool {
	kind := bot.KindOf(err)
	return kind == bot.Unavailable || kind == bot.RateLimited
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
	once     *store.Once
}

func (c chats) Leave(ctx context.Context, chat bot.ChatID) error {
	return errors.Join(
		c.index.DropChat(ctx, chat), c.roles.Drop(ctx, chat), c.settings.Drop(ctx, chat), c.once.Forget(ctx, botsKey(chat)),
	)
}

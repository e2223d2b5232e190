package app

import (
	"context"
	"errors"
	"time"

	"recallbot/audit"
	"recallbot/bot"
	"recallbot/store"
)

// newestOwn finds our newest post of a topic, or without one of a chat, in the index.
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

// chatLog reads a chat's newest records.
type chatLog struct{ audit *store.Audit }

// maxRefusalsShown is how many refusals of one person for one reason the log shows: more would hide the acts.
const maxRefusalsShown = 3

func (l chatLog) Recent(ctx context.Context, chat bot.ChatID, n int) ([]audit.Entry, error) {
	type refusal struct {
		who    bot.UserID
		token  bot.TokenID
		reason bot.Reason
	}
	var entries []audit.Entry
	shown := map[refusal]int{}
	for before := ""; len(entries) < n; {
		page, err := l.audit.Recent(ctx, chat, store.AuditPage, before)
		if err != nil || len(page) == 0 {
			return entries, err
		}
		before = page[len(page)-1].ID
		for _, e := range page {
			if same := (refusal{e.Who, e.Token, e.Reason}); e.Refused() {
				if shown[same]++; shown[same] > maxRefusalsShown {
					continue
				}
			}
			entries = append(entries, e)
		}
	}
	return entries[:n], nil
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

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
			Before: before.Add(time.Millisecond), Thread: bot.Hash64Of(thread), Kind: bot.KindOwn, Posts: true, Limit: 1,
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

// chatBots gives the bots of chats, for their names. Without the list a name is missing, so an error is only logged.
func chatBots(client *feishu.Client, once *store.Once, log *slog.Logger) search.BotsFunc {
	list := func(ctx context.Context, chat bot.ChatID) (bots []bot.ChatBot, err error) {
		kept, err := once.Kept(ctx, "bots/"+string(chat))
		if err != nil {
			return nil, err
		}
		if kept != "" {
			err = json.Unmarshal([]byte(kept), &bots)
			return bots, err
		}
		age := botsAge
		bots, missing := client.Bots(ctx, chat)
		if missing != nil {
			bots, age = nil, noBotsAge
		}
		data, err := json.Marshal(bots)
		if err != nil {
			return nil, err
		}
		_, err = once.Keep(ctx, "bots/"+string(chat), string(data), age)
		return bots, errors.Join(missing, err)
	}
	return func(ctx context.Context, chat bot.ChatID) []bot.ChatBot {
		bots, err := list(ctx, chat)
		if err != nil {
			log.InfoContext(ctx, "names of bots unknown", "chat_id", string(chat), "error", err)
		}
		return bots
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

package store

import (
	"context"
	"iter"
	"time"

	"recallbot/bot"
)

// NewestQuery selects messages of a chat. Zero fields select all.
type NewestQuery struct {
	// Before selects messages older than that millisecond.
	Before time.Time
	Thread bot.Hash
	Kind   bot.Kind
	// Posts excludes answers of our bot.
	Posts bool
	// Limit is the maximum of messages; 0 means all.
	Limit int
}

func (q NewestQuery) matches(m bot.Message) bool {
	return (q.Thread == 0 || q.Thread == m.Thread) && (q.Kind == bot.KindUnknown || q.Kind == m.Kind) && (!q.Posts || !m.Answer)
}

// Newest returns a chat's messages, newest first; those of the same millisecond in any order.
func (x *Index) Newest(ctx context.Context, chat bot.ChatID, q NewestQuery) ([]bot.Message, error) {
	before := q.Before
	if !before.IsZero() {
		before = before.Add(-time.Millisecond)
	}
	var found []bot.Message
	for m, err := range x.Walk(ctx, chat, time.Time{}, before) {
		if err != nil {
			return nil, err
		}
		if !q.matches(m) {
			continue
		}
		if found = append(found, m); len(found) == q.Limit {
			break
		}
	}
	return found, nil
}

// List returns all of a chat's messages, newest first.
func (x *Index) List(ctx context.Context, chat bot.ChatID) ([]bot.Message, error) {
	return x.Newest(ctx, chat, NewestQuery{})
}

// Walk iterates over a chat's messages from before to since, newest first; a zero time means no bound. It reads page by page and ends
// at the first error. Forgotten messages are left out; messages of the same millisecond come in any order.
func (x *Index) Walk(ctx context.Context, chat bot.ChatID, since, before time.Time) iter.Seq2[bot.Message, error] {
	return func(yield func(bot.Message, error) bool) {
		r, err := x.open(ctx, chat, since, before)
		for err == nil {
			e, ok, failure := r.next(ctx)
			if err = failure; ok && !yield(e.Message, nil) || err == nil && !ok {
				return
			}
		}
		yield(bot.Message{}, failed(err, "read the messages of "+string(chat)))
	}
}

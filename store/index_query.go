package store

import (
	"context"
	"errors"
	"iter"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"recallbot/bot"
)

// Sizes of a page of messages; the first page of a search starts small.
const (
	minPage = 64
	maxPage = 1024
)

// NewestQuery selects messages of a chat. Zero fields select all.
type NewestQuery struct {
	// Before selects messages older than that millisecond.
	Before time.Time
	Thread bot.Hash64
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
	var found []bot.Message
	pages := x.pages(chat, q)
	for {
		page, err := pages.next(ctx)
		if err != nil {
			return nil, failed(err, "read the newest messages of "+string(chat))
		}
		for _, z := range page {
			e, ok := x.read(ctx, chat, z)
			if !ok || !q.matches(e.Message) {
				continue
			}
			found = append(found, e.Message)
			if len(found) == q.Limit {
				return found, nil
			}
		}
		if pages.done {
			return found, nil
		}
	}
}

// List returns all of a chat's messages, newest first.
func (x *Index) List(ctx context.Context, chat bot.ChatID) ([]bot.Message, error) {
	return x.Newest(ctx, chat, NewestQuery{})
}

// Walk iterates over a chat's messages from before to since, newest first; a zero time means no bound. It reads page by page and ends
// at the first error. Forgotten messages are left out; messages of the same millisecond come in any order.
func (x *Index) Walk(ctx context.Context, chat bot.ChatID, since, before time.Time) iter.Seq2[bot.Message, error] {
	return func(yield func(bot.Message, error) bool) {
		pages := x.pages(chat, NewestQuery{})
		pages.size = minPage
		if !before.IsZero() {
			pages.from = strconv.FormatInt(millis(before), 10)
		}
		if !since.IsZero() && since.After(time.Now().Add(-x.retention)) {
			pages.to = strconv.FormatInt(millis(since), 10)
		}
		for !pages.done {
			page, err := pages.next(ctx)
			if err != nil {
				yield(bot.Message{}, failed(err, "read the messages of "+string(chat)))
				return
			}
			for _, z := range page {
				if e, ok := x.read(ctx, chat, z); ok && !yield(e.Message, nil) {
					return
				}
			}
		}
	}
}

// Known returns the messages in one round trip: zero for an unknown one, with Gone set for a forgotten one.
func (x *Index) Known(ctx context.Context, ids []bot.MessageID) ([]bot.Message, error) {
	pipe, found := x.client.Pipeline(), make([]*redis.StringCmd, len(ids))
	for i, id := range ids {
		field := packID(nil, id)
		found[i] = pipe.HGet(ctx, keyBucket(field), string(field))
	}
	if _, err := pipe.Exec(ctx); err != nil && !errors.Is(err, redis.Nil) {
		return nil, failed(err, "find messages in the index")
	}
	known := make([]bot.Message, len(ids))
	for i, id := range ids {
		value, err := found[i].Result()
		if errors.Is(err, redis.Nil) {
			continue
		}
		if err != nil {
			return nil, failed(err, "find "+string(id)+" in the index")
		}
		if e, ok := unpackValue(id, value); ok {
			known[i] = e.Message
			continue
		}
		x.log.WarnContext(ctx, "index entry can't be read", "message_id", id)
	}
	return known, nil
}

func (x *Index) read(ctx context.Context, chat bot.ChatID, z redis.Z) (entry, bool) {
	member, _ := z.Member.(string)
	e, ok := unpackMember(chat, member, z.Score)
	if !ok {
		x.log.WarnContext(ctx, "index member can't be read", "chat_id", chat)
	}
	return e, ok
}

// pager reads a chat from the newest message to the oldest. A page begins at the oldest millisecond of the one before and skips the
// messages of it that were read, so that messages that are added or removed elsewhere do not matter.
type pager struct {
	client   redis.UniversalClient
	key      string
	from, to string
	skip     int64
	size     int64
	done     bool
}

func (x *Index) pages(chat bot.ChatID, q NewestQuery) *pager {
	p := &pager{client: x.client, key: keyChat(chat), from: "+inf", size: minPage}
	p.to = strconv.FormatInt(millis(time.Now().Add(-x.retention)), 10)
	if !q.Before.IsZero() {
		p.from = "(" + strconv.FormatInt(millis(q.Before), 10)
	}
	switch {
	case q.Limit <= 0:
		p.size = maxPage
	case q.Thread == 0 && q.Kind == bot.KindUnknown:
		p.size = int64(min(q.Limit, maxPage))
	}
	return p
}

func (p *pager) next(ctx context.Context) ([]redis.Z, error) {
	page, err := p.client.ZRangeArgsWithScores(ctx, redis.ZRangeArgs{
		Key: p.key, Start: p.from, Stop: p.to, ByScore: true, Rev: true, Offset: p.skip, Count: p.size,
	}).Result()
	if err != nil {
		return nil, err
	}
	if int64(len(page)) < p.size {
		p.done = true
		return page, nil
	}
	oldest := page[len(page)-1].Score
	from := strconv.FormatInt(int64(oldest), 10)
	if from != p.from {
		p.from, p.skip = from, 0
	}
	for i := len(page) - 1; i >= 0 && page[i].Score == oldest; i-- {
		p.skip++
	}
	p.size = min(2*p.size, maxPage)
	return page, nil
}

// DropChat removes a chat from the index, page by page.
func (x *Index) DropChat(ctx context.Context, chat bot.ChatID) error {
	for {
		page, err := x.client.ZRangeWithScores(ctx, keyChat(chat), 0, maxPage-1).Result()
		if err != nil {
			return failed(err, "read the messages to drop of "+string(chat))
		}
		if len(page) == 0 {
			return nil
		}
		if err := x.dropPage(ctx, chat, page); err != nil {
			return failed(err, "drop messages of "+string(chat))
		}
	}
}

// dropPage deletes from the buckets first: if it fails between the two, the messages are still in the set for the next try.
func (x *Index) dropPage(ctx context.Context, chat bot.ChatID, page []redis.Z) error {
	pipe := x.client.Pipeline()
	members := make([]any, len(page))
	for i, z := range page {
		members[i] = z.Member
		if e, ok := x.read(ctx, chat, z); ok {
			field := e.field()
			pipe.HDel(ctx, keyBucket(field), string(field))
		}
	}
	if pipe.Len() > 0 {
		if _, err := pipe.Exec(ctx); err != nil {
			return err
		}
	}
	return x.client.ZRem(ctx, keyChat(chat), members...).Err()
}

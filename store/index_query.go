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

// Pages of a chat are read and dropped in this many messages; the first page of a search may be smaller.
const (
	smallestPage = 64
	maxPage      = 1024
)

// NewestQuery says which messages of a chat are wanted. Zero fields ask for nothing in particular.
type NewestQuery struct {
	// Before leaves out what was written at that millisecond or later.
	Before time.Time
	Thread bot.Hash64
	Kind   bot.Kind
	// Posts leaves out our bot's own answers.
	Posts bool
	// Limit is how many messages at most; zero means all that the index has.
	Limit int
}

func (q NewestQuery) wants(m bot.Message) bool {
	return (q.Thread == 0 || q.Thread == m.Thread) && (q.Kind == bot.KindUnknown || q.Kind == m.Kind) && (!q.Posts || !m.Answer)
}

// Newest gives a chat's messages, the newest first. Messages of the same millisecond come in no particular order.
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
			if !ok || !q.wants(e.Message) {
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

// List gives all of a chat's messages, the newest first.
func (x *Index) List(ctx context.Context, chat bot.ChatID) ([]bot.Message, error) {
	return x.Newest(ctx, chat, NewestQuery{})
}

// Walk goes through a chat's messages, the newest first, as far back as since; before is the newest time that is wanted,
// and a zero time bounds nothing. It reads page by page and ends with the first error. What was forgotten is not among
// them, and messages of the same millisecond come in no particular order.
func (x *Index) Walk(ctx context.Context, chat bot.ChatID, since, before time.Time) iter.Seq2[bot.Message, error] {
	return func(yield func(bot.Message, error) bool) {
		pages := x.pages(chat, NewestQuery{})
		pages.size = smallestPage
		if !before.IsZero() {
			pages.from = strconv.FormatInt(millis(before), 10)
		}
		if !since.IsZero() && since.After(time.Now().Add(-x.retention)) {
			pages.to = strconv.FormatInt(millis(since), 10)
		}
		for !pages.done {
			page, err := pages.next(ctx)
			if err != nil {
				yield(bot.Message{}, failed(err, "walk through the messages of "+string(chat)))
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

// Known gives what is known of each message, in one round trip; one that is not known is zero. Of those that were
// forgotten, Gone is set.
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

// pager walks through a chat from the newest message to the oldest. A page begins where the last one ended, at its
// oldest millisecond less the messages of it already seen: messages that come or go elsewhere meanwhile do not move it.
type pager struct {
	client   redis.UniversalClient
	key      string
	from, to string
	skip     int64
	size     int64
	done     bool
}

func (x *Index) pages(chat bot.ChatID, q NewestQuery) *pager {
	p := &pager{client: x.client, key: keyChat(chat), from: "+inf", size: smallestPage}
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

// DropChat takes a whole chat out of the index, page by page.
func (x *Index) DropChat(ctx context.Context, chat bot.ChatID) error {
	for {
		page, err := x.client.ZRangeWithScores(ctx, keyChat(chat), 0, maxPage-1).Result()
		if err != nil {
			return failed(err, "read what to drop of "+string(chat))
		}
		if len(page) == 0 {
			return nil
		}
		if err := x.dropPage(ctx, chat, page); err != nil {
			return failed(err, "drop messages of "+string(chat))
		}
	}
}

// dropPage empties the buckets first: what breaks off between the two is still in the set for the next try.
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

package store

import (
	"context"
	"iter"
	"slices"
	"time"

	"github.com/redis/go-redis/v9"

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

// reader reads a chat's order from the newest message to the oldest, chunk by chunk.
type reader struct {
	index *Index
	chat  bot.ChatID
	// since and before bound the times that are read.
	since, before int64
	// members are those that were read and not yet returned, oldest first.
	members []string
	// chunks were not read yet, newest first; batch is how many are read together.
	chunks []chunk
	batch  int
}

// open reads the newest set and the list of chunks. The set comes first: what a roll moves meanwhile is then seen twice and not missed.
func (x *Index) open(ctx context.Context, chat bot.ChatID, since, before time.Time) (*reader, error) {
	if err := x.moveOldChat(ctx, chat); err != nil {
		return nil, err
	}
	if oldest := time.Now().Add(-x.retention); since.Before(oldest) {
		since = oldest
	}
	r := &reader{index: x, chat: chat, since: millis(since), before: maxMillis, batch: 1}
	if !before.IsZero() {
		r.before = millis(before)
	}
	pipe := x.client.Pipeline()
	newest, listed := pipe.ZRange(ctx, keyNewest(chat), 0, -1), chunks(ctx, pipe, chat, r.since)
	if _, err := pipe.Exec(ctx); err != nil {
		return nil, err
	}
	r.members = newest.Val()
	r.chunks = slices.DeleteFunc(chunksOf(chat, listed.Val()), func(c chunk) bool { return c.oldest > r.before })
	return r, nil
}

// next returns the next message; ok is false at the end.
func (r *reader) next(ctx context.Context) (e entry, ok bool, err error) {
	for {
		if err := r.fill(ctx); err != nil {
			return entry{}, false, err
		}
		if len(r.members) == 0 {
			return entry{}, false, nil
		}
		last := len(r.members) - 1
		member := r.members[last]
		r.members = r.members[:last]
		at := timeOfMember(member)
		if at < r.since {
			return entry{}, false, nil
		}
		if at > r.before {
			continue
		}
		if e, ok := r.index.readMember(ctx, r.chat, member); ok {
			return e, true, nil
		}
	}
}

// fill reads the chunks that may have newer messages than those that were read.
func (r *reader) fill(ctx context.Context) error {
	for len(r.chunks) > 0 && (len(r.members) == 0 || r.chunks[0].newest >= timeOfMember(r.members[len(r.members)-1])) {
		n := min(r.batch, len(r.chunks))
		pipe, read := r.index.client.Pipeline(), make([]*redis.StringSliceCmd, n)
		for i, c := range r.chunks[:n] {
			read[i] = pipe.ZRange(ctx, c.key, 0, -1)
		}
		if _, err := pipe.Exec(ctx); err != nil {
			return err
		}
		for _, cmd := range read {
			r.members = append(r.members, cmd.Val()...)
		}
		slices.Sort(r.members)
		r.members = slices.Compact(r.members)
		r.chunks, r.batch = r.chunks[n:], min(2*r.batch, maxBatch)
	}
	return nil
}

// timeOfMember is the time of a packed member, for comparing; that of one that can't be read is zero.
func timeOfMember(member string) int64 {
	if len(member) < timeSize {
		return 0
	}
	return int64(readNumber(member)) //nolint:gosec // five bytes
}

package store

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"time"

	"github.com/redis/go-redis/v9"

	"recallbot/bot"
)

const (
	// addTimeout is the timeout of Add; the event is then refused, and the platform sends it again.
	addTimeout = 1200 * time.Millisecond
	// maxMergeTries is how often Add tries again after concurrent changes of an entry.
	maxMergeTries = 5
)

// Index stores the messages of all chats, by time and by id.
//
// A message is in two places: in a capped sorted set per chat, by time, and in a bucket, a hash, by its id. If they differ the
// bucket is right. A recalled message is removed from the set and stays in its bucket, marked as gone, so that a late
// event does not add it again.
type Index struct {
	client    redis.UniversalClient
	batch     *redis.AutoPipeliner
	log       *slog.Logger
	limit     int
	retention time.Duration
	cluster   bool
	replace   *redis.Script
	forget    *redis.Script
}

// NewIndex returns the index of an open store.
func NewIndex(s *Store) *Index {
	_, cluster := s.client.(*redis.ClusterClient)
	return &Index{
		client:    s.client,
		batch:     s.batch,
		log:       s.log,
		limit:     s.cfg.IndexCap,
		retention: s.cfg.IndexRetention,
		cluster:   cluster,
		replace:   redis.NewScript(replaceLua),
		forget:    redis.NewScript(forgetLua),
	}
}

// replaceLua is compare-and-swap of an entry.
// KEYS: bucket. ARGV: field, old value, new value. Returns 1, or 0 if the value is not the old one.
const replaceLua = `
if redis.call('HGET', KEYS[1], ARGV[1]) ~= ARGV[2] then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
return 1`

// forgetLua marks an entry as gone. For an unknown message it adds an entry that is only the mark.
// KEYS: bucket. ARGV: field, flagGone, now in six bytes, the value for an unknown message. Returns the new value.
const forgetLua = `
local value = redis.call('HGET', KEYS[1], ARGV[1])
if not value then
  value = ARGV[4]
elseif string.byte(value, 1) % (2 * ARGV[2]) < tonumber(ARGV[2]) then
  value = string.char(string.byte(value, 1) + ARGV[2]) .. string.sub(value, 2) .. ARGV[3]
else
  return value
end
redis.call('HSET', KEYS[1], ARGV[1], value)
return value`

// Add adds messages to the index. Adding one again only completes what was unknown; one that was forgotten stays gone, and Gone is
// ignored. Writes of concurrent callers share round trips. If Redis does not answer, or too many writes wait, the error is
// Unavailable within 1.2 s; some messages may have been added then, and all should be added again.
func (x *Index) Add(ctx context.Context, messages ...bot.Message) error {
	if deadline, ok := ctx.Deadline(); !ok || time.Until(deadline) > addTimeout {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, addTimeout)
		defer cancel()
	}
	if i := slices.IndexFunc(messages, func(m bot.Message) bool { return m.ID == "" || m.Chat == "" }); i >= 0 {
		return bot.Errorf(bot.Invalid, "index message %q of chat %q: both ids are needed", messages[i].ID, messages[i].Chat)
	}
	sets := x.submitSets(ctx, messages)
	if x.cluster {
		// The buckets are on other nodes, so the order needs a wait.
		if err := wait(ctx, sets); err != nil {
			return failed(err, "index messages")
		}
		sets = nil
	}
	entries := x.submitEntries(ctx, messages)
	errs := []error{wait(ctx, sets)}
	for _, e := range entries {
		errs = append(errs, x.finish(ctx, e))
	}
	return failed(errors.Join(errs...), "index messages")
}

// submitSets adds the messages to the sets of their chats, without waiting. It must come before the buckets: a message that is found
// in its bucket may be removed from its set.
func (x *Index) submitSets(ctx context.Context, messages []bot.Message) []redis.AutoFuture {
	futures := make([]redis.AutoFuture, 0, len(messages)+2)
	for i, m := range messages {
		e, key := entry{Message: m}, keyChat(m.Chat)
		futures = append(futures, x.batch.Submit(ctx, redis.NewIntCmd(ctx, "zadd", key, e.score(), e.member())))
		// Cap and TTL once for consecutive messages of a chat.
		if i == len(messages)-1 || messages[i+1].Chat != m.Chat {
			futures = append(futures,
				x.batch.Submit(ctx, redis.NewIntCmd(ctx, "zremrangebyrank", key, 0, -x.limit-1)),
				x.batch.Submit(ctx, redis.NewBoolCmd(ctx, "pexpire", key, x.retention.Milliseconds())))
		}
	}
	return futures
}

// newEntry is a message that is being added to its bucket.
type newEntry struct {
	entry   entry
	created *redis.BoolCmd
	future  redis.AutoFuture
}

func (x *Index) submitEntries(ctx context.Context, messages []bot.Message) []newEntry {
	entries := make([]newEntry, 0, len(messages))
	for _, m := range messages {
		n := newEntry{entry: entry{Message: m}}
		n.entry.Gone = false
		field := n.entry.field()
		n.created = redis.NewBoolCmd(ctx, "hsetnx", keyBucket(field), field, n.entry.value())
		n.future = x.batch.Submit(ctx, n.created)
		entries = append(entries, n)
	}
	return entries
}

// finish waits for an entry, and merges it if the message was known.
func (x *Index) finish(ctx context.Context, n newEntry) error {
	if err := n.future.WaitContext(ctx); err != nil {
		return err
	}
	if n.created.Val() {
		return nil
	}
	return x.merge(ctx, n.entry)
}

// wait waits for all futures and returns the first error.
func wait(ctx context.Context, futures []redis.AutoFuture) error {
	var first error
	for _, f := range futures {
		if err := f.WaitContext(ctx); err != nil && first == nil {
			first = err
		}
	}
	return first
}

// merge merges an added message with the entry in its bucket.
func (x *Index) merge(ctx context.Context, added entry) error {
	field := added.field()
	bucket := keyBucket(field)
	for range maxMergeTries {
		value, err := x.client.HGet(ctx, bucket, string(field)).Result()
		if errors.Is(err, redis.Nil) {
			value, err = added.value(), x.client.HSetNX(ctx, bucket, string(field), added.value()).Err()
		}
		if err != nil {
			return err
		}
		known, ok := unpackValue(added.ID, value)
		if !ok {
			known = added
		}
		merged := combine(known, added)
		changed := int64(1)
		if merged.value() != value {
			changed, err = x.replace.Run(ctx, x.client, []string{bucket}, field, value, merged.value()).Int64()
		}
		if err != nil {
			return err
		}
		if changed == 1 {
			return x.fixSets(ctx, merged, known, added)
		}
	}
	return bot.Errorf(bot.Unavailable, "merge %s: too many concurrent changes", added.ID)
}

// combine returns an entry with the values of added, and those of known where added has none. Gone stays.
func combine(known, added entry) entry {
	merged := added
	merged.Gone, merged.since = known.Gone, known.since
	merged.Answer = merged.Answer || known.Answer
	if merged.Kind == bot.KindUnknown {
		merged.Kind = known.Kind
	}
	if merged.Sender == 0 {
		merged.Sender = known.Sender
	}
	if merged.Thread == 0 {
		merged.Thread = known.Thread
	}
	if merged.At.IsZero() {
		merged.At = known.At
	}
	return merged
}

// fixSets removes all other forms of a message from sorted sets, and also the right one if it is gone.
func (x *Index) fixSets(ctx context.Context, right entry, forms ...entry) error {
	pipe := x.client.Pipeline()
	for _, form := range forms {
		if form.Chat != "" && (right.Gone || form.Chat != right.Chat || form.member() != right.member()) {
			pipe.ZRem(ctx, keyChat(form.Chat), form.member())
		}
	}
	if added := forms[len(forms)-1]; !right.Gone && (added.member() != right.member() || added.score() != right.score()) {
		pipe.ZAdd(ctx, keyChat(right.Chat), redis.Z{Score: float64(right.score()), Member: right.member()})
	}
	if pipe.Len() == 0 {
		return nil
	}
	_, err := pipe.Exec(ctx)
	return err
}

// Find returns a message; Gone is set if it was forgotten, and ok is false if it is unknown. Of a message that was forgotten before it
// was added, only the id is known.
func (x *Index) Find(ctx context.Context, id bot.MessageID) (m bot.Message, ok bool, err error) {
	field := entry{Message: bot.Message{ID: id}}.field()
	value, err := x.client.HGet(ctx, keyBucket(field), string(field)).Result()
	if errors.Is(err, redis.Nil) {
		return bot.Message{}, false, nil
	}
	if err != nil {
		return bot.Message{}, false, failed(err, "find "+string(id)+" in the index")
	}
	e, ok := unpackValue(id, value)
	if !ok {
		x.log.WarnContext(ctx, "index entry can't be read", "message_id", id)
		return bot.Message{}, false, nil
	}
	return e.Message, true, nil
}

// Forget removes a recalled message from its chat and marks it as gone for longer than the platform may deliver its event late. It may
// be called before the message is added, and repeated.
func (x *Index) Forget(ctx context.Context, id bot.MessageID) error {
	now := time.Now()
	bare := entry{Message: bot.Message{ID: id, Gone: true}, since: now}
	field := bare.field()
	value, err := x.forget.Run(ctx, x.client, []string{keyBucket(field)}, field, flagGone, appendTime(nil, now), bare.value()).Text()
	if err != nil {
		return failed(err, "forget "+string(id)+" in the index")
	}
	known, ok := unpackValue(id, value)
	if !ok || known.Chat == "" {
		return nil
	}
	return failed(x.client.ZRem(ctx, keyChat(known.Chat), known.member()).Err(), "remove "+string(id)+" from its chat")
}

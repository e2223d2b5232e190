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
	// addTimeout is how long Add waits for a Redis that does not answer; the event is then refused and comes again.
	addTimeout = 1200 * time.Millisecond
	// mergeTries is how often Add starts over when others change the same entry at the same time.
	mergeTries = 5
)

// Index knows the messages of every chat: what they are, in the order of time, and which chat a message stands in.
//
// Two places hold a message: a sorted set per chat, which is capped and gives the newest, and a bucket, a hash that
// finds it by its id. The bucket's word counts. A recalled message leaves the set and stays in its bucket, marked as
// gone, so that an event which comes late can't bring it back.
type Index struct {
	client    redis.UniversalClient
	batch     batcher
	log       *slog.Logger
	limit     int
	retention time.Duration
	cluster   bool
	replace   *redis.Script
	forget    *redis.Script
}

// NewIndex makes the index of an open store.
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

// replaceLua changes an entry unless somebody else changed it first.
// KEYS: bucket. ARGV: field, old value, new value. Returns 1, or 0 when the value is not the old one any more.
const replaceLua = `
if redis.call('HGET', KEYS[1], ARGV[1]) ~= ARGV[2] then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
return 1`

// forgetLua marks an entry as gone, and keeps a bare mark for a message that was never seen.
// KEYS: bucket. ARGV: field, the mark of gone as a number, the six bytes of now, the value of the bare mark.
// Returns the value afterwards.
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

// Add puts messages into the index. Adding one again changes nothing but what was not known of it before; one that was
// forgotten stays so, and Gone is not looked at. All callers' writes travel together, and a Redis that does not answer,
// or too many writes that wait, give an Unavailable error within 1.2 s: then some may have been added, and all should
// be added again.
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
		// The buckets live on other nodes, which nothing but waiting keeps behind the sets.
		if err := wait(ctx, sets); err != nil {
			return failed(err, "index messages")
		}
		sets = nil
	}
	entries := x.submitEntries(ctx, messages)
	errs := []error{wait(ctx, sets)}
	for _, e := range entries {
		errs = append(errs, x.settle(ctx, e))
	}
	return failed(errors.Join(errs...), "index messages")
}

// submitSets sends what puts the messages into their chats, without waiting. It comes before the buckets: whoever finds
// a message in its bucket, and takes it out of its chat, must not be overtaken.
func (x *Index) submitSets(ctx context.Context, messages []bot.Message) []redis.AutoFuture {
	futures := make([]redis.AutoFuture, 0, len(messages)+2)
	for i, m := range messages {
		e, key := entry{Message: m}, keyChat(m.Chat)
		futures = append(futures, x.batch.Submit(ctx, redis.NewIntCmd(ctx, "zadd", key, e.score(), e.member())))
		// The chat's cap and expiry once for a run of its messages.
		if i == len(messages)-1 || messages[i+1].Chat != m.Chat {
			futures = append(futures,
				x.batch.Submit(ctx, redis.NewIntCmd(ctx, "zremrangebyrank", key, 0, -x.limit-1)),
				x.batch.Submit(ctx, redis.NewBoolCmd(ctx, "pexpire", key, x.retention.Milliseconds())))
		}
	}
	return futures
}

// newEntry is a message on its way into its bucket.
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

// settle waits for an entry, and looks closer when the message was known before.
func (x *Index) settle(ctx context.Context, n newEntry) error {
	if err := n.future.WaitContext(ctx); err != nil {
		return err
	}
	if n.created.Val() {
		return nil
	}
	return x.merge(ctx, n.entry)
}

// wait waits for all futures and gives the first error: they fail together, for the same reason.
func wait(ctx context.Context, futures []redis.AutoFuture) error {
	var first error
	for _, f := range futures {
		if err := f.WaitContext(ctx); err != nil && first == nil {
			first = err
		}
	}
	return first
}

// merge joins a message that was just added with what its bucket knew before.
func (x *Index) merge(ctx context.Context, added entry) error {
	field := added.field()
	bucket := keyBucket(field)
	for range mergeTries {
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
		joined := join(known, added)
		changed := int64(1)
		if joined.value() != value {
			changed, err = x.replace.Run(ctx, x.client, []string{bucket}, field, value, joined.value()).Int64()
		}
		if err != nil {
			return err
		}
		if changed == 1 {
			return x.correct(ctx, joined, known, added)
		}
	}
	return bot.Errorf(bot.Unavailable, "merge %s: others keep changing it", added.ID)
}

// join is what is known of a message after it was added: the newer word, the older where the newer says nothing, and
// gone is gone.
func join(known, added entry) entry {
	joined := added
	joined.Gone, joined.since = known.Gone, known.since
	joined.Answer = joined.Answer || known.Answer
	if joined.Kind == bot.KindUnknown {
		joined.Kind = known.Kind
	}
	if joined.Sender == 0 {
		joined.Sender = known.Sender
	}
	if joined.Thread == 0 {
		joined.Thread = known.Thread
	}
	if joined.At.IsZero() {
		joined.At = known.At
	}
	return joined
}

// correct leaves, of all the forms that a message has had in sorted sets, the right one, or none for one that is gone.
func (x *Index) correct(ctx context.Context, right entry, forms ...entry) error {
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

// Find gives what is known of a message, with Gone set when it has been forgotten; ok is false when it is not known.
// Of one that was forgotten before it was seen, only its id is known.
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

// Forget takes a recalled message out of its chat and remembers that it is gone, for longer than the platform may
// still send its event. It may be called before the message was added, and again.
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
	return failed(x.client.ZRem(ctx, keyChat(known.Chat), known.member()).Err(), "take "+string(id)+" out of its chat")
}

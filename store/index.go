package store

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
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
// A message is in two places: in the order of its chat, by time, and in a bucket, a hash, by its id. If they differ the
// bucket is right. A recalled message is removed from the order and stays in its bucket, marked as gone, so that a late
// event does not add it again.
type Index struct {
	client    redis.UniversalClient
	batch     *redis.AutoPipeliner
	log       *slog.Logger
	limit     int
	retention time.Duration
	cluster   bool
	chats     *chatTable
	chunks    recent[bot.ChatID, []chunk]
	replace   *redis.Script
	forget    *redis.Script
	roll      *redis.Script
	// moved is set once nothing is left of the old layout.
	moved atomic.Bool
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
		chats:     newChatTable(s.client),
		chunks:    recent[bot.ChatID, []chunk]{life: chatRefresh},
		replace:   redis.NewScript(replaceLua),
		forget:    redis.NewScript(forgetLua),
		roll:      redis.NewScript(rollLua),
	}
}

// replaceLua is compare-and-swap of an entry.
// KEYS: bucket. ARGV: field, old value, new value. Returns 1, or 0 if the value is not the old one.
const replaceLua = `
if redis.call('HGET', KEYS[1], ARGV[1]) ~= ARGV[2] then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
return 1`

// forgetLua marks an entry as gone. For an unknown message it adds an entry that is only the mark.
// KEYS: bucket. ARGV: field, flagGone, now packed, where it belongs, the value for an unknown message. Returns the new value.
const forgetLua = `
local value, gone, place = redis.call('HGET', KEYS[1], ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[4])
if not value then
  value = ARGV[5]
elseif string.byte(value, 1) % (2 * gone) < gone then
  value = string.char(string.byte(value, 1) + gone) .. string.sub(value, 2, place) .. ARGV[3] .. string.sub(value, place + 1)
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
	entries := make([]entry, len(messages))
	for i, m := range messages {
		if m.ID == "" || m.Chat == "" {
			return bot.Errorf(bot.Invalid, "index message %q of chat %q: both ids are needed", m.ID, m.Chat)
		}
		entries[i].Message, entries[i].Gone = m, false
	}
	err := x.moveOld(ctx, entries...)
	if err == nil {
		err = x.add(ctx, entries)
	}
	return failed(err, "index messages")
}

func (x *Index) add(ctx context.Context, entries []entry) error {
	chats := make([]*chatState, len(entries))
	for i, e := range entries {
		var err error
		if chats[i], err = x.chats.register(ctx, e.Chat); err != nil {
			return err
		}
	}
	listed := x.submitOrders(ctx, entries, chats)
	if x.cluster {
		// The buckets are on other nodes, so the order needs a wait.
		if err := listed.wait(ctx); err != nil {
			return err
		}
	}
	added := x.submitValues(ctx, entries, chats)
	first := listed.wait(ctx)
	for _, e := range added {
		first = cmp.Or(first, x.finish(ctx, e))
	}
	for chat, size := range listed.sizes {
		if size.Val() >= chunkSize {
			first = cmp.Or(first, x.rollChat(ctx, chat))
		}
	}
	return first
}

// newValue is a message that is being added to its bucket.
type newValue struct {
	entry   entry
	value   string
	created *redis.BoolCmd
	future  redis.AutoFuture
}

func (x *Index) submitValues(ctx context.Context, entries []entry, chats []*chatState) []newValue {
	added := make([]newValue, len(entries))
	for i, e := range entries {
		at, value := placeOf(e.ID), e.value(chats[i].ref, chats[i].full)
		created := redis.NewBoolCmd(ctx, "hsetnx", at.key(), at.field, value)
		added[i] = newValue{e, value, created, x.batch.Submit(ctx, created)}
	}
	return added
}

// finish waits for an entry, and merges it if the message was known.
func (x *Index) finish(ctx context.Context, n newValue) error {
	if err := n.future.WaitContext(ctx); err != nil {
		return err
	}
	if n.created.Val() {
		return nil
	}
	return x.merge(ctx, n)
}

// merge merges an added message with the entry in its bucket.
func (x *Index) merge(ctx context.Context, n newValue) error {
	at := placeOf(n.entry.ID)
	for range maxMergeTries {
		value, err := x.client.HGet(ctx, at.key(), at.field).Result()
		if errors.Is(err, redis.Nil) {
			value, err = n.value, x.client.HSetNX(ctx, at.key(), at.field, n.value).Err()
		}
		if err != nil {
			return err
		}
		known, ok, err := x.read(ctx, n.entry.ID, value)
		if err != nil {
			return err
		}
		if !ok {
			known = n.entry
		}
		merged := combine(known, n.entry)
		replaced, err := x.replaceValue(ctx, at, value, merged)
		if err != nil {
			return err
		}
		if replaced {
			return x.fixOrder(ctx, merged, known, n.entry)
		}
	}
	return bot.Errorf(bot.Unavailable, "merge %s: too many concurrent changes", n.entry.ID)
}

// replaceValue replaces the value of an entry; it reports false if the value is not the old one.
func (x *Index) replaceValue(ctx context.Context, at place, old string, e entry) (bool, error) {
	chat, err := x.chats.register(ctx, e.Chat)
	if err != nil {
		return false, err
	}
	value := e.value(chat.ref, chat.full)
	if value == old {
		return true, nil
	}
	return x.replace.Run(ctx, x.client, []string{at.key()}, at.field, old, value).Bool()
}

// combine returns an entry with the values of added, and those of known where added has none. Gone stays.
func combine(known, added entry) entry {
	merged := added
	merged.Chat = cmp.Or(added.Chat, known.Chat)
	merged.Gone = known.Gone || added.Gone
	if known.Gone {
		merged.since = known.since
	}
	merged.Answer = merged.Answer || known.Answer
	merged.Kind = cmp.Or(added.Kind, known.Kind)
	merged.Sender = cmp.Or(added.Sender, known.Sender)
	merged.Thread = cmp.Or(added.Thread, known.Thread)
	if merged.At.IsZero() {
		merged.At = known.At
	}
	return merged
}

// fixOrder removes all other forms of a message from the orders of chats, and also the right one if it is gone. The right one stays in one set.
func (x *Index) fixOrder(ctx context.Context, right, known, added entry) error {
	same := func(e entry) bool { return e.Chat == right.Chat && e.member() == right.member() }
	if !right.Gone && !same(added) {
		if err := x.client.ZAdd(ctx, keyNewest(right.Chat), redis.Z{Member: right.member()}).Err(); err != nil {
			return err
		}
	}
	for _, form := range []entry{known, added} {
		if form.Chat == "" || !right.Gone && same(form) {
			continue
		}
		if err := x.removeFromOrder(ctx, form); err != nil {
			return err
		}
	}
	if right.Gone {
		return nil
	}
	return x.removeRepeated(ctx, right)
}

// read unpacks a value of a bucket; ok is false if it can't be read, or its chat is not known any more.
func (x *Index) read(ctx context.Context, id bot.MessageID, value string) (e entry, ok bool, err error) {
	e, ref, ok := unpackValue(id, value)
	if !ok {
		x.log.WarnContext(ctx, "index entry can't be read", "message_id", id)
		return entry{}, false, nil
	}
	if ref == (chatRef{}) {
		return e, true, nil
	}
	if e.Chat, err = x.chats.name(ctx, ref); err != nil || e.Chat == "" {
		return entry{}, false, err
	}
	return e, true, nil
}

// Find returns a message; Gone is set if it was forgotten, and ok is false if it is unknown. Of a message that was forgotten before it
// was added, only the id is known.
func (x *Index) Find(ctx context.Context, id bot.MessageID) (m bot.Message, ok bool, err error) {
	e, ok, err := x.find(ctx, id)
	return e.Message, ok, failed(err, "find "+string(id)+" in the index")
}

func (x *Index) find(ctx context.Context, id bot.MessageID) (e entry, ok bool, err error) {
	if err := x.moveOldByID(ctx, id); err != nil {
		return entry{}, false, err
	}
	at := placeOf(id)
	value, err := x.client.HGet(ctx, at.key(), at.field).Result()
	if errors.Is(err, redis.Nil) {
		return entry{}, false, nil
	}
	if err != nil {
		return entry{}, false, err
	}
	return x.read(ctx, id, value)
}

// Known returns the messages: zero for an unknown one, with Gone set for a forgotten one.
func (x *Index) Known(ctx context.Context, ids []bot.MessageID) ([]bot.Message, error) {
	known, err := x.known(ctx, ids)
	return known, failed(err, "find messages in the index")
}

func (x *Index) known(ctx context.Context, ids []bot.MessageID) ([]bot.Message, error) {
	if err := x.moveOldByID(ctx, ids...); err != nil || len(ids) == 0 {
		return nil, err
	}
	pipe, found := x.client.Pipeline(), make([]*redis.StringCmd, len(ids))
	for i, id := range ids {
		at := placeOf(id)
		found[i] = pipe.HGet(ctx, at.key(), at.field)
	}
	if _, err := pipe.Exec(ctx); err != nil && !errors.Is(err, redis.Nil) {
		return nil, err
	}
	known := make([]bot.Message, len(ids))
	for i, id := range ids {
		value, err := found[i].Result()
		if errors.Is(err, redis.Nil) {
			continue
		}
		if err != nil {
			return nil, err
		}
		e, ok, err := x.read(ctx, id, value)
		if err != nil {
			return nil, err
		}
		if ok {
			known[i] = e.Message
		}
	}
	return known, nil
}

// Forget removes a recalled message from its chat and marks it as gone for longer than the platform may deliver its event late. It may
// be called before the message is added, and repeated.
func (x *Index) Forget(ctx context.Context, id bot.MessageID) error {
	err := x.moveOldByID(ctx, id)
	if err == nil {
		err = x.forgetSince(ctx, id, time.Now())
	}
	return failed(err, "forget "+string(id)+" in the index")
}

func (x *Index) forgetSince(ctx context.Context, id bot.MessageID, since time.Time) error {
	const fixed = 1 + refSize + timeSize // bytes of a value before the time since when it is gone
	bare := entry{Message: bot.Message{ID: id, Gone: true}, since: since}
	at := placeOf(id)
	value, err := x.forget.Run(ctx, x.client, []string{at.key()},
		at.field, flagGone, appendTime(nil, since), fixed, bare.value(chatRef{}, false)).Text()
	if err != nil {
		return err
	}
	known, ok, err := x.read(ctx, id, value)
	if err != nil || !ok || known.Chat == "" {
		return err
	}
	return x.removeFromOrder(ctx, known)
}

package store

import (
	"context"
	"encoding/binary"
	"errors"
	"hash/fnv"
	"math"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"

	"recallbot/bot"
)

// The layout of the index before chunks. What is left of it is moved while the bot runs: a message and a chat when they are used,
// and everything in passes over all buckets. Replicas of the version before may run and write meanwhile. Once a pass has found nothing for
// an hour, the old layout is not looked at any more.
//
//	c:{CHAT}  sorted set  by time: id | head | sender 8? | thread 8?
//	m:BUCKET  hash        by id: head | chat id | create_time 6 | sender 8? | thread 8? | gone since 6?
//
// An id is a byte for its form and 16 raw bytes, or t, its length and its text. Times are in Unix milliseconds.
const (
	oldBuckets  = 1 << 16
	oldTimeSize = 6
	oldHashSize = 8
	// moveEvery is how often all buckets are looked at.
	moveEvery = 10 * time.Minute
	// moveQuiet is how long nothing must have been found.
	moveQuiet = time.Hour
	// moveScan is the COUNT of SCAN.
	moveScan = 1000
)

// oldForms are the first bytes of packed ids.
const oldForms = "mxct" // in the order of formOM, formOMX, formOC, formText

// removeOldLua removes the entry of a message that was moved, unless it has changed meanwhile.
// KEYS: bucket. ARGV: field, value.
const removeOldLua = `
if redis.call('HGET', KEYS[1], ARGV[1]) == ARGV[2] then return redis.call('HDEL', KEYS[1], ARGV[1]) end
return 0`

// oldValue is an entry of an old bucket.
type oldValue struct {
	bucket, field, value string
}

// moveOld moves messages that are about to be added.
func (x *Index) moveOld(ctx context.Context, entries ...entry) error {
	if x.moved.Load() {
		return nil
	}
	ids := make([]bot.MessageID, len(entries))
	for i, e := range entries {
		ids[i] = e.ID
	}
	return x.moveOldByID(ctx, ids...)
}

// moveOldByID moves messages that are about to be used.
func (x *Index) moveOldByID(ctx context.Context, ids ...bot.MessageID) error {
	if x.moved.Load() || len(ids) == 0 {
		return nil
	}
	futures, found := make([]redis.AutoFuture, len(ids)), make([]*redis.StringCmd, len(ids))
	for i, id := range ids {
		field := oldID(id)
		found[i] = redis.NewStringCmd(ctx, "hget", oldBucket(field), field)
		futures[i] = x.batch.Submit(ctx, found[i])
	}
	if err := waitAll(ctx, futures); err != nil && !errors.Is(err, redis.Nil) {
		return err
	}
	var olds []oldValue
	for i, id := range ids {
		value, err := found[i].Result()
		if errors.Is(err, redis.Nil) {
			continue
		}
		if err != nil {
			return err
		}
		field := oldID(id)
		olds = append(olds, oldValue{oldBucket(field), field, value})
	}
	return x.move(ctx, olds)
}

// moveOldChat moves a chat that is about to be read.
func (x *Index) moveOldChat(ctx context.Context, chat bot.ChatID) error {
	if x.moved.Load() {
		return nil
	}
	key := oldOrder(chat)
	members, err := x.client.ZRange(ctx, key, 0, -1).Result()
	if err != nil || len(members) == 0 {
		return err
	}
	ids, all := make([]bot.MessageID, 0, len(members)), make([]any, len(members))
	for i, member := range members {
		all[i] = member
		if id, _, ok := cutOldID(member); ok {
			ids = append(ids, bot.MessageID(id))
		}
	}
	if err := x.moveOldByID(ctx, ids...); err != nil {
		return err
	}
	return x.client.ZRem(ctx, key, all...).Err()
}

// move adds entries to the new layout, and then removes them from the old one.
func (x *Index) move(ctx context.Context, olds []oldValue) error {
	entries := make([]entry, 0, len(olds))
	for _, old := range olds {
		if e, ok := old.read(); ok {
			entries = append(entries, e)
		} else {
			x.log.WarnContext(ctx, "index entry can't be read", "bucket", old.bucket)
		}
	}
	if err := x.add(ctx, entries); err != nil {
		return err
	}
	remove := redis.NewScript(removeOldLua)
	pipe := x.client.Pipeline()
	for _, old := range olds {
		remove.Eval(ctx, pipe, []string{old.bucket}, old.field, old.value)
	}
	if pipe.Len() == 0 {
		return nil
	}
	_, err := pipe.Exec(ctx)
	return err
}

// moveNext does the next pass over all old buckets, unless another replica has done so.
func (x *Index) moveNext(ctx context.Context) error {
	if x.moved.Load() {
		return nil
	}
	done, err := x.client.Exists(ctx, keyMoved).Result()
	if err != nil || done > 0 {
		x.moved.Store(done > 0)
		return failed(err, "look whether the old index was moved")
	}
	err = x.client.SetArgs(ctx, keyMoving, "1", redis.SetArgs{Mode: "NX", TTL: moveEvery}).Err()
	if errors.Is(err, redis.Nil) {
		return nil
	}
	if err == nil {
		err = x.moveAll(ctx)
	}
	return failed(err, "move the old index")
}

// moveAll moves everything, and notes when nothing was left to move.
func (x *Index) moveAll(ctx context.Context) error {
	var left atomic.Int64 // the masters of a cluster are scanned at once
	each := func(ctx context.Context, node redis.UniversalClient) error {
		keys := node.Scan(ctx, 0, "m:*", moveScan).Iterator()
		for keys.Next(ctx) {
			n, err := x.moveBucket(ctx, keys.Val())
			if err != nil {
				return err
			}
			left.Add(int64(n))
		}
		return keys.Err()
	}
	var err error
	if cluster, ok := x.client.(*redis.ClusterClient); ok {
		err = cluster.ForEachMaster(ctx, func(ctx context.Context, node *redis.Client) error { return each(ctx, node) })
	} else {
		err = each(ctx, x.client)
	}
	if err != nil {
		return err
	}
	if left.Load() > 0 {
		return x.client.Set(ctx, keyMoveFound, "1", moveQuiet).Err()
	}
	recently, err := x.client.Exists(ctx, keyMoveFound).Result()
	if err != nil || recently > 0 {
		return err
	}
	if err := x.client.Set(ctx, keyMoved, "1", 0).Err(); err != nil {
		return err
	}
	x.moved.Store(true)
	return nil
}

// moveBucket moves a bucket, and returns how many messages it had.
func (x *Index) moveBucket(ctx context.Context, bucket string) (int, error) {
	entries, err := x.client.HGetAll(ctx, bucket).Result()
	if err != nil {
		return 0, err
	}
	olds := make([]oldValue, 0, len(entries))
	for field, value := range entries {
		olds = append(olds, oldValue{bucket, field, value})
	}
	return len(olds), x.move(ctx, olds)
}

func oldOrder(chat bot.ChatID) string { return "c:{" + string(chat) + "}" }

func oldBucket(field string) string {
	sum := fnv.New32a()
	_, _ = sum.Write([]byte(field))
	n := sum.Sum32()
	n = (n ^ n>>16) & (oldBuckets - 1)
	const digits = "0123456789abcdef"
	return string([]byte{'m', ':', digits[n>>12&15], digits[n>>8&15], digits[n>>4&15], digits[n&15]})
}

// oldID packs an id.
func oldID[T ~string](id T) string {
	form, data := packID(id)
	packed := []byte{oldForms[form]}
	if form == formText {
		packed = binary.AppendUvarint(packed, uint64(len(data)))
	}
	return string(append(packed, data...))
}

// cutOldID reads an id from the front of data.
func cutOldID(data string) (id, rest string, ok bool) {
	if data == "" {
		return "", "", false
	}
	for form := range byte(formText) {
		if data[0] != oldForms[form] || len(data) <= rawSize {
			continue
		}
		id, ok = unpackID(form, data[1:1+rawSize])
		return id, data[1+rawSize:], ok
	}
	if data[0] != oldForms[formText] {
		return "", "", false
	}
	data = data[1:]
	size, n := binary.Uvarint([]byte(data[:min(len(data), binary.MaxVarintLen64)]))
	if n <= 0 || size > math.MaxInt32 || int(size) > len(data)-n {
		return "", "", false
	}
	end := n + int(size)
	return data[n:end], data[end:], true
}

// read unpacks an entry; ok is false for invalid data.
func (old oldValue) read() (e entry, ok bool) {
	id, rest, ok := cutOldID(old.field)
	if !ok || rest != "" || old.value == "" {
		return entry{}, false
	}
	head := old.value[0]
	chat, rest, ok := cutOldID(old.value[1:])
	if !ok || len(rest) < oldTimeSize || head >= 2*flagAnswer {
		return entry{}, false
	}
	e.ID, e.Chat, e.At = bot.MessageID(id), bot.ChatID(chat), oldTime(rest)
	e.Kind, e.Answer = bot.Kind(head&headKind), head&flagAnswer != 0
	rest = rest[oldTimeSize:]
	for _, part := range []struct {
		flag byte
		hash *bot.Hash
	}{{flagSender, &e.Sender}, {flagThread, &e.Thread}} {
		if head&part.flag == 0 {
			continue
		}
		if len(rest) < oldHashSize {
			return entry{}, false
		}
		*part.hash, rest = bot.Hash(max(readNumber(rest), 1)), rest[oldHashSize:]
	}
	if head&flagGone == 0 {
		return e, rest == ""
	}
	if len(rest) != oldTimeSize {
		return entry{}, false
	}
	e.Gone, e.since = true, oldTime(rest)
	return e, true
}

func oldTime(data string) time.Time {
	var bytes [8]byte
	copy(bytes[8-oldTimeSize:], data[:oldTimeSize])
	ms := int64(binary.BigEndian.Uint64(bytes[:])) //nolint:gosec // six bytes
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms)
}

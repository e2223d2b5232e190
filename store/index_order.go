package store

import (
	"context"
	"crypto/rand"
	"errors"
	"time"

	"github.com/redis/go-redis/v9"

	"recallbot/bot"
)

// The order of a chat's messages by time: its newest messages are in one sorted set, the older ones in chunks, sorted sets of
// chunkSize messages. Redis encodes both compactly, in about 30 bytes a message, which it does up to 128 members. All scores are zero:
// members are in the order of their bytes, which begin with the time. A late message goes to the newest set too, so the times of chunks may overlap.
const (
	chunkSize = 112
	// lookEvery is after how many messages of a chat the expiry of its newest set is renewed and its size is looked at. The first message
	// after a chat is registered, which it is again after chatRefresh, renews the expiry too.
	lookEvery = 8
	// chunkNameSize is the length of a chunk's name.
	chunkNameSize = 8
	// maxRolls is the maximum of chunks that are rolled at once.
	maxRolls = 1000
	// maxBatch is the maximum of chunks that are read together.
	maxBatch = 8
)

// rollLua moves the oldest messages of a chat's newest set to a chunk.
// KEYS: newest set, list of chunks, new chunk. ARGV: size of a chunk, TTL in ms, name of the chunk, maximum of chunks, time before which
// chunks have expired. Returns whether there may be more to roll, and the oldest chunks above the maximum.
const rollLua = `
local all, size = redis.call('ZRANGE', KEYS[1], 0, -1), tonumber(ARGV[1])
if #all < size then return {0} end
if redis.call('EXISTS', KEYS[3]) == 1 then return {1} end
local function add(key, first, last)
  local args = {}
  for i = first, last do
    args[#args + 1] = 0
    args[#args + 1] = all[i]
  end
  redis.call('ZADD', key, unpack(args))
  redis.call('PEXPIRE', key, ARGV[2])
end
redis.call('DEL', KEYS[1])
add(KEYS[3], 1, size)
for first = size + 1, #all, 1000 do add(KEYS[1], first, math.min(first + 999, #all)) end
local newest = 0
for i = 1, 5 do newest = newest * 256 + string.byte(all[size], i) end
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', '(' .. ARGV[5])
redis.call('ZADD', KEYS[2], newest, string.sub(all[1], 1, 5) .. ARGV[3])
redis.call('PEXPIRE', KEYS[2], ARGV[2])
local reply = {#all >= 2 * size and 1 or 0}
local surplus = redis.call('ZCARD', KEYS[2]) - ARGV[4]
if surplus > 0 then
  for _, chunk in ipairs(redis.call('ZRANGE', KEYS[2], 0, surplus - 1)) do reply[#reply + 1] = chunk end
end
return reply`

// listed is what was submitted to the orders of chats.
type listed struct {
	futures []redis.AutoFuture
	sizes   map[bot.ChatID]*redis.IntCmd
}

func (l *listed) wait(ctx context.Context) error { return waitAll(ctx, l.futures) }

// waitAll waits for all futures and returns the first error.
func waitAll(ctx context.Context, futures []redis.AutoFuture) error {
	var first error
	for _, f := range futures {
		if err := f.WaitContext(ctx); err != nil && first == nil {
			first = err
		}
	}
	return first
}

// submitOrders adds the messages to the orders of their chats, without waiting. It must come before the buckets: a message that is found
// in its bucket may be removed from its order.
func (x *Index) submitOrders(ctx context.Context, entries []entry, chats []*chatState) listed {
	l := listed{futures: make([]redis.AutoFuture, 0, 2*len(entries))}
	submit := func(cmd redis.Cmder) { l.futures = append(l.futures, x.batch.Submit(ctx, cmd)) }
	for i, e := range entries {
		if e.Gone || e.Chat == "" {
			continue
		}
		key := keyNewest(e.Chat)
		submit(redis.NewIntCmd(ctx, "zadd", key, 0, e.member()))
		if chats[i].added.Add(1)%lookEvery != 1 && !chats[i].full { // a full one is in no table, so the sweeper does not know it
			continue
		}
		submit(redis.NewBoolCmd(ctx, "pexpire", key, x.newestTTL().Milliseconds()))
		if l.sizes == nil {
			l.sizes = map[bot.ChatID]*redis.IntCmd{}
		}
		l.sizes[e.Chat] = redis.NewIntCmd(ctx, "zcard", key)
		submit(l.sizes[e.Chat])
	}
	return l
}

// newestTTL is the TTL of a newest set: its messages may be added until its expiry is renewed. A set that was emptied and filled again has no
// expiry until then, or until the sweeper gives it one.
func (x *Index) newestTTL() time.Duration { return x.retention + 2*chatRefresh }

// rollChat moves the oldest messages of a chat's newest set to chunks, and drops the oldest chunks above the cap.
func (x *Index) rollChat(ctx context.Context, chat bot.ChatID) error {
	keep := (x.limit + chunkSize - 1) / chunkSize
	expired := millis(time.Now().Add(-x.retention))
	for range maxRolls {
		name := rand.Text()[:chunkNameSize]
		reply, err := x.roll.Run(ctx, x.client, []string{keyNewest(chat), keyNewest(chat) + partChunks, keyChunk(chat, name)},
			chunkSize, x.newestTTL().Milliseconds(), name, keep, expired).Slice()
		if err != nil {
			return err
		}
		for _, surplus := range reply[1:] {
			member, _ := surplus.(string)
			if err := x.dropChunk(ctx, chat, member); err != nil {
				return err
			}
		}
		if reply[0] == int64(0) {
			return nil
		}
	}
	return nil
}

// chunk is a chunk of a chat's order.
type chunk struct {
	key            string
	oldest, newest int64
}

// covers reports whether the chunk may have a message of that time.
func (c chunk) covers(at int64) bool { return c.oldest <= at && at <= c.newest }

// chunksOf reads members of a list of chunks.
func chunksOf(chat bot.ChatID, list []redis.Z) []chunk {
	found := make([]chunk, 0, len(list))
	for _, z := range list {
		if member, _ := z.Member.(string); len(member) == timeSize+chunkNameSize {
			found = append(found, chunk{keyChunk(chat, member[timeSize:]), int64(readNumber(member)), int64(z.Score)}) //nolint:gosec // five bytes
		}
	}
	return found
}

// chunks asks for a chat's chunks that have messages since a time, newest first.
func chunks(ctx context.Context, pipe redis.Pipeliner, chat bot.ChatID, since int64) *redis.ZSliceCmd {
	return pipe.ZRangeArgsWithScores(ctx, redis.ZRangeArgs{Key: keyNewest(chat) + partChunks, Start: "+inf", Stop: since, ByScore: true, Rev: true})
}

// removeFromOrder removes a message from its chat's order. It looks at the newest set first: a message that is not there any more is in a
// chunk that is listed. The chunks that were listed last are tried in the same round trip.
func (x *Index) removeFromOrder(ctx context.Context, e entry) error {
	member, at := e.member(), millis(e.At)
	pipe, tried := x.client.Pipeline(), map[string]bool{}
	pipe.ZRem(ctx, keyNewest(e.Chat), member)
	listed, _ := x.chunks.get(e.Chat)
	for _, c := range listed {
		if c.covers(at) {
			pipe.ZRem(ctx, c.key, member)
			tried[c.key] = true
		}
	}
	list := chunks(ctx, pipe, e.Chat, at)
	if _, err := pipe.Exec(ctx); err != nil {
		return err
	}
	listed, pipe = chunksOf(e.Chat, list.Val()), x.client.Pipeline()
	for _, c := range listed {
		if c.covers(at) && !tried[c.key] {
			pipe.ZRem(ctx, c.key, member)
		}
	}
	x.chunks.put(e.Chat, listed)
	if pipe.Len() == 0 {
		return nil
	}
	_, err := pipe.Exec(ctx)
	return err
}

// removeRepeated removes a message from its chat's newest set if a chunk has it: it was added again after it was moved there. Otherwise the chunk
// would be dropped with its entry in the bucket, and the message would stay in the newest set.
func (x *Index) removeRepeated(ctx context.Context, e entry) error {
	member, at := e.member(), millis(e.At)
	pipe := x.client.Pipeline()
	list := chunks(ctx, pipe, e.Chat, at)
	if _, err := pipe.Exec(ctx); err != nil {
		return err
	}
	for _, c := range chunksOf(e.Chat, list.Val()) {
		if !c.covers(at) {
			continue
		}
		switch err := x.client.ZScore(ctx, c.key, member).Err(); {
		case errors.Is(err, redis.Nil):
		case err != nil:
			return err
		default:
			return x.client.ZRem(ctx, keyNewest(e.Chat), member).Err()
		}
	}
	return nil
}

// DropChat removes a chat from the index, chunk by chunk.
func (x *Index) DropChat(ctx context.Context, chat bot.ChatID) error {
	return failed(x.dropChat(ctx, chat), "drop the messages of "+string(chat))
}

func (x *Index) dropChat(ctx context.Context, chat bot.ChatID) error {
	if err := x.moveOldChat(ctx, chat); err != nil {
		return err
	}
	listed, err := x.client.ZRange(ctx, keyNewest(chat)+partChunks, 0, -1).Result()
	if err != nil {
		return err
	}
	for _, member := range listed {
		if err := x.dropChunk(ctx, chat, member); err != nil {
			return err
		}
	}
	return x.dropSet(ctx, chat, keyNewest(chat))
}

// dropChunk removes a chunk with its messages, given its member in the list of chunks.
func (x *Index) dropChunk(ctx context.Context, chat bot.ChatID, member string) error {
	for _, c := range chunksOf(chat, []redis.Z{{Member: member}}) {
		if err := x.dropSet(ctx, chat, c.key); err != nil {
			return err
		}
	}
	return x.client.ZRem(ctx, keyNewest(chat)+partChunks, member).Err()
}

// dropSet removes a sorted set with its messages. It deletes from the buckets first: if it fails between the two, the messages are still in the
// set for the next try.
func (x *Index) dropSet(ctx context.Context, chat bot.ChatID, key string) error {
	members, err := x.client.ZRange(ctx, key, 0, -1).Result()
	if err != nil || len(members) == 0 {
		return err
	}
	pipe, all := x.client.Pipeline(), make([]any, len(members))
	for i, member := range members {
		all[i] = member
		if e, ok := x.readMember(ctx, chat, member); ok {
			at := placeOf(e.ID)
			pipe.HDel(ctx, at.key(), at.field)
		}
	}
	if pipe.Len() > 0 {
		if _, err := pipe.Exec(ctx); err != nil {
			return err
		}
	}
	return x.client.ZRem(ctx, key, all...).Err()
}

func (x *Index) readMember(ctx context.Context, chat bot.ChatID, member string) (entry, bool) {
	e, ok := unpackMember(chat, member)
	if !ok {
		x.log.WarnContext(ctx, "index member can't be read", "chat_id", chat)
	}
	return e, ok
}

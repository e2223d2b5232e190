package store

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"recallbot/bot"
)

const (
	// orderTTL is the TTL of an order and its content.
	orderTTL = 25 * time.Hour
	// postQueueTTL is the TTL of a chat's queue after a post was last added: longer than a post may wait.
	postQueueTTL = 26 * time.Hour
)

// The first byte of an order's content: encrypted if the archive has a key, else plain.
const (
	bodySealed = 's'
	bodyPlain  = 'p'
)

// Orders stores orders until all of their posts are sent, and a queue of posts for each chat.
type Orders struct {
	client  redis.UniversalClient
	durable redis.Scripter
	sealer  sealer
	keep    *redis.Script
	settle  *redis.Script
	join    *redis.Script
	hold    *redis.Script
	release *redis.Script
}

// NewOrders returns the orders of an open store. Their content is encrypted with the archive's key, if it has one.
func NewOrders(s *Store, archive ArchiveConfig) (*Orders, error) {
	sealer, err := newSealer(archive.Key, archive.OldKey)
	if err != nil {
		return nil, err
	}
	return &Orders{
		client: s.client, durable: s.Durable(), sealer: sealer, keep: redis.NewScript(keepOrderLua),
		settle: redis.NewScript(settleOrderLua), join: redis.NewScript(joinQueueLua), hold: redis.NewScript(lockQueueLua),
		release: redis.NewScript(unlockLua),
	}, nil
}

// keepOrderLua stores an order unless it exists.
// KEYS: the order, its pending posts. ARGV: the order, its content, TTL in milliseconds, then its posts.
// Returns the stored order.
const keepOrderLua = `
local kept = redis.call('HGET', KEYS[1], 'd')
if kept then
  redis.call('PEXPIRE', KEYS[1], ARGV[3])
  return kept
end
redis.call('HSET', KEYS[1], 'd', ARGV[1], 'c', ARGV[2])
for i = 4, #ARGV do redis.call('SADD', KEYS[2], ARGV[i]) end
for i = 1, 2 do redis.call('PEXPIRE', KEYS[i], ARGV[3]) end
return ARGV[1]`

// settleOrderLua removes a post from the pending ones, and deletes the order's content if it was the last.
// KEYS: the order, its pending posts. ARGV: the post. Returns the number of pending posts.
const settleOrderLua = `
redis.call('SREM', KEYS[2], ARGV[1])
local left = redis.call('SCARD', KEYS[2])
if left == 0 then redis.call('HDEL', KEYS[1], 'c') end
return left`

// joinQueueLua appends a post to a queue unless it is in it.
// KEYS: the queue. ARGV: the post, TTL in milliseconds. The result is not used.
const joinQueueLua = `
if not redis.call('ZSCORE', KEYS[1], ARGV[1]) then
  local last = redis.call('ZRANGE', KEYS[1], -1, -1, 'WITHSCORES')
  redis.call('ZADD', KEYS[1], string.format('%.0f', (tonumber(last[2]) or 0) + 1), ARGV[1])
end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])`

// lockQueueLua locks a queue for a holder, or renews the lock.
// KEYS: the lock. ARGV: the holder, TTL in milliseconds. Returns 1, or 0 if another holder has it.
const lockQueueLua = `
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1`

// Keep stores an order durably unless it exists, and returns the posts of the stored one.
func (o *Orders) Keep(ctx context.Context, id bot.OrderID, body string, posts []bot.Post) ([]bot.Post, error) {
	op := "store order " + string(id)
	data, err := json.Marshal(orderOf(posts))
	if err != nil {
		return nil, bot.Errorf(bot.Internal, "%s: %w", op, err)
	}
	args := []any{data, o.seal(id, body), orderTTL.Milliseconds()}
	for _, post := range posts {
		args = append(args, string(post.ID))
	}
	kept, err := o.keep.Run(ctx, o.durable, []string{keyOrder(id), keyOrder(id) + partPending}, args...).Text()
	if err != nil {
		return nil, failed(err, op)
	}
	return decodeOrder(kept, op)
}

// keptOrder is the JSON of an order's posts; their common fields are stored once.
type keptOrder struct {
	Common bot.Post    `json:"common"`
	Posts  []ownFields `json:"posts"`
}

// ownFields are the fields in which the posts of an order differ.
type ownFields struct {
	ID   bot.PostID `json:"id"`
	Chat bot.ChatID `json:"chat,omitempty"`
	To   bot.UserID `json:"to,omitempty"`
	Key  string     `json:"key,omitempty"`
}

func orderOf(posts []bot.Post) keptOrder {
	order := keptOrder{Posts: make([]ownFields, len(posts))}
	for i, post := range posts {
		order.Posts[i] = ownFields{post.ID, post.Chat, post.To, post.Key}
		order.Common = post
	}
	order.Common.ID, order.Common.Chat, order.Common.To, order.Common.Key = "", "", "", ""
	return order
}

// decodeOrder decodes the posts of an order, also in the older format, an array of posts.
func decodeOrder(kept, op string) ([]bot.Post, error) {
	var posts []bot.Post
	if strings.HasPrefix(kept, "[") {
		if err := json.Unmarshal([]byte(kept), &posts); err != nil {
			return nil, bot.Errorf(bot.Internal, "%s: %w", op, err)
		}
		return posts, nil
	}
	var order keptOrder
	if err := json.Unmarshal([]byte(kept), &order); err != nil {
		return nil, bot.Errorf(bot.Internal, "%s: %w", op, err)
	}
	for _, own := range order.Posts {
		post := order.Common
		post.ID, post.Chat, post.To, post.Key = own.ID, own.Chat, own.To, own.Key
		posts = append(posts, post)
	}
	return posts, nil
}

// Posts returns the posts of an order as they were stored; none if the order has expired.
func (o *Orders) Posts(ctx context.Context, id bot.OrderID) ([]bot.Post, error) {
	op := "load order " + string(id)
	kept, err := o.client.HGet(ctx, keyOrder(id), "d").Result()
	if errors.Is(err, redis.Nil) {
		return nil, nil
	}
	if err != nil {
		return nil, failed(err, op)
	}
	return decodeOrder(kept, op)
}

func (o *Orders) seal(id bot.OrderID, body string) []byte {
	if len(o.sealer) == 0 {
		return append([]byte{bodyPlain}, body...)
	}
	return append([]byte{bodySealed}, o.sealer.seal([]byte(body), string(id))...)
}

// Body returns an order's content; ok is false if it has expired or can't be decrypted.
func (o *Orders) Body(ctx context.Context, id bot.OrderID) (body string, ok bool, err error) {
	kept, err := o.client.HGet(ctx, keyOrder(id), "c").Bytes()
	switch {
	case errors.Is(err, redis.Nil):
		return "", false, nil
	case err != nil:
		return "", false, failed(err, "read order "+string(id))
	case len(kept) > 0 && kept[0] == bodyPlain:
		return string(kept[1:]), true, nil
	case len(kept) > 0 && kept[0] == bodySealed:
		plain, ok := o.sealer.open(kept[1:], string(id))
		return string(plain), ok, nil
	default:
		return "", false, nil
	}
}

// Settle stores that a post will not be sent any more; after the last one the order's content is deleted.
func (o *Orders) Settle(ctx context.Context, id bot.OrderID, post bot.PostID) error {
	err := o.settle.Run(ctx, o.client, []string{keyOrder(id), keyOrder(id) + partPending}, string(post)).Err()
	return failed(err, "settle post "+string(post))
}

// Join appends a post to a queue unless it is in it.
func (o *Orders) Join(ctx context.Context, queue string, id bot.PostID) error {
	err := o.join.Run(ctx, o.client, []string{keyPostQueue(queue)}, string(id), postQueueTTL.Milliseconds()).Err()
	return failed(err, "add post "+string(id)+" to its queue")
}

// Head returns the first post of a queue, or "".
func (o *Orders) Head(ctx context.Context, queue string) (bot.PostID, error) {
	ids, err := o.client.ZRange(ctx, keyPostQueue(queue), 0, 0).Result()
	if err != nil || len(ids) == 0 {
		return "", failed(err, "load the first post of "+queue)
	}
	return bot.PostID(ids[0]), nil
}

// Leave removes a post from its queue.
func (o *Orders) Leave(ctx context.Context, queue string, id bot.PostID) error {
	return failed(o.client.ZRem(ctx, keyPostQueue(queue), string(id)).Err(), "remove post "+string(id)+" from its queue")
}

// Hold locks a queue for the holder, or renews the lock. It returns false if another holder has it.
func (o *Orders) Hold(ctx context.Context, queue, holder string, ttl time.Duration) (bool, error) {
	held, err := o.hold.Run(ctx, o.client, []string{keyPostQueue(queue) + partLock}, holder, ttl.Milliseconds()).Int()
	return held == 1, failed(err, "lock the queue of "+queue)
}

// Release unlocks a queue that the holder has locked.
func (o *Orders) Release(ctx context.Context, queue, holder string) error {
	return failed(o.release.Run(ctx, o.client, []string{keyPostQueue(queue) + partLock}, holder).Err(), "unlock the queue of "+queue)
}

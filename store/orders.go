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
	// orderLife is how long an order is known, and the longest that what it says is kept.
	orderLife = 25 * time.Hour
	// lineLife is how long a line is kept after somebody last joined it: longer than what stands in it may wait.
	lineLife = 26 * time.Hour
)

// What is kept of what an order says: sealed where the archive has a key, else as it is.
const (
	bodySealed = 's'
	bodyPlain  = 'p'
)

// Orders keeps what was asked to be posted until all of it is sent, and the line of each chat, in which posts wait for
// their turn.
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

// NewOrders makes the orders of an open store; what they say is sealed with the archive's key, if it has one.
func NewOrders(s *Store, archive ArchiveConfig) (*Orders, error) {
	sealer, err := newSealer(archive.Key, archive.OldKey)
	if err != nil {
		return nil, err
	}
	return &Orders{
		client: s.client, durable: s.Durable(), sealer: sealer, keep: redis.NewScript(keepOrderLua),
		settle: redis.NewScript(settleOrderLua), join: redis.NewScript(joinLineLua), hold: redis.NewScript(holdLineLua),
		release: redis.NewScript(releaseJobLua),
	}, nil
}

// keepOrderLua keeps an order unless there is one of its id.
// KEYS: the order, its posts that are not settled. ARGV: the order, what it says, its life in milliseconds, then its posts.
// Returns the order that is kept.
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

// settleOrderLua notes that nothing more is to be sent of a post, and forgets what the order says once that holds for all.
// KEYS: the order, its posts that are not settled. ARGV: the post. Returns how many are left.
const settleOrderLua = `
redis.call('SREM', KEYS[2], ARGV[1])
local left = redis.call('SCARD', KEYS[2])
if left == 0 then redis.call('HDEL', KEYS[1], 'c') end
return left`

// joinLineLua puts a post at the end of a line, unless it stands there already.
// KEYS: the line. ARGV: the post, the line's life in milliseconds. Returns nothing that matters.
const joinLineLua = `
if not redis.call('ZSCORE', KEYS[1], ARGV[1]) then
  local last = redis.call('ZRANGE', KEYS[1], -1, -1, 'WITHSCORES')
  redis.call('ZADD', KEYS[1], string.format('%.0f', (tonumber(last[2]) or 0) + 1), ARGV[1])
end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])`

// holdLineLua takes a line for a holder, or prolongs that.
// KEYS: who holds it. ARGV: the holder, for how long in milliseconds. Returns 1, or 0 when somebody else holds it.
const holdLineLua = `
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1`

// Keep keeps an order with the posts that it asks for, unless one of its id is kept, and gives the posts of the one that
// is. Once it has returned, the order survives.
func (o *Orders) Keep(ctx context.Context, id bot.OrderID, body string, posts []bot.Post) ([]bot.Post, error) {
	op := "keep order " + string(id)
	data, err := json.Marshal(orderOf(posts))
	if err != nil {
		return nil, bot.Errorf(bot.Internal, "%s: %w", op, err)
	}
	args := []any{data, o.seal(id, body), orderLife.Milliseconds()}
	for _, post := range posts {
		args = append(args, string(post.ID))
	}
	kept, err := o.keep.Run(ctx, o.durable, []string{keyOrder(id), keyOrder(id) + partOpen}, args...).Text()
	if err != nil {
		return nil, failed(err, op)
	}
	return decodeOrder(kept, op)
}

// keptOrder is the posts of an order: what all of them have in common is kept once, since there may be many.
type keptOrder struct {
	Common bot.Post   `json:"common"`
	Posts  []ownParts `json:"posts"`
}

// ownParts are in what the posts of an order differ.
type ownParts struct {
	ID   bot.PostID `json:"id"`
	Chat bot.ChatID `json:"chat,omitempty"`
	To   bot.UserID `json:"to,omitempty"`
	Key  string     `json:"key,omitempty"`
}

func orderOf(posts []bot.Post) keptOrder {
	order := keptOrder{Posts: make([]ownParts, len(posts))}
	for i, post := range posts {
		order.Posts[i] = ownParts{post.ID, post.Chat, post.To, post.Key}
		order.Common = post
	}
	order.Common.ID, order.Common.Chat, order.Common.To, order.Common.Key = "", "", "", ""
	return order
}

// decodeOrder reads the posts of an order. Before, each was kept in full.
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

// Posts gives the posts that an order asks for, as they were when it was kept; none where it is not known any more.
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

// Body gives what an order says; ok is false where that is not kept any more, or can't be read.
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

// Settle notes that nothing more is to be sent of a post; what its order says goes with the last of them.
func (o *Orders) Settle(ctx context.Context, id bot.OrderID, post bot.PostID) error {
	err := o.settle.Run(ctx, o.client, []string{keyOrder(id), keyOrder(id) + partOpen}, string(post)).Err()
	return failed(err, "settle post "+string(post))
}

// Join puts a post at the end of a line, unless it stands there already.
func (o *Orders) Join(ctx context.Context, lane string, id bot.PostID) error {
	err := o.join.Run(ctx, o.client, []string{keyLine(lane)}, string(id), lineLife.Milliseconds()).Err()
	return failed(err, "put post "+string(id)+" into its line")
}

// Head is the first post of a line; empty where nobody waits.
func (o *Orders) Head(ctx context.Context, lane string) (bot.PostID, error) {
	ids, err := o.client.ZRange(ctx, keyLine(lane), 0, 0).Result()
	if err != nil || len(ids) == 0 {
		return "", failed(err, "look who is next in "+lane)
	}
	return bot.PostID(ids[0]), nil
}

// Leave takes a post out of its line.
func (o *Orders) Leave(ctx context.Context, lane string, id bot.PostID) error {
	return failed(o.client.ZRem(ctx, keyLine(lane), string(id)).Err(), "take post "+string(id)+" out of its line")
}

// Hold takes a line for the holder for a time, or prolongs that, and reports false while another one has it.
func (o *Orders) Hold(ctx context.Context, lane, holder string, life time.Duration) (bool, error) {
	held, err := o.hold.Run(ctx, o.client, []string{keyLine(lane) + partHolder}, holder, life.Milliseconds()).Int()
	return held == 1, failed(err, "hold the line of "+lane)
}

// Release ends the holder's time.
func (o *Orders) Release(ctx context.Context, lane, holder string) error {
	return failed(o.release.Run(ctx, o.client, []string{keyLine(lane) + partHolder}, holder).Err(), "release the line of "+lane)
}

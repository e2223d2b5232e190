package store

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/redis/go-redis/v9"

	"recallbot/bot"
)

// maxTakes is how many takes of a chat can be found; the oldest are forgotten first.
const maxTakes = 100

// Archive keeps what our own posts said when they were recalled, encrypted, until the retention is over. What was taken
// together, by one job or one command, is a take; what it took that can't come back stands in it by its id and the cause. In
// plain text Redis holds ids, times and causes only.
type Archive struct {
	client    redis.UniversalClient
	sealer    sealer
	retention time.Duration
	keep      *redis.Script
	drop      *redis.Script
	claim     *redis.Script
	release   *redis.Script
}

// NewArchive makes the archive of an open store from a valid configuration that switches it on.
func NewArchive(s *Store, config ArchiveConfig) (*Archive, error) {
	sealer, err := newSealer(config.Key, config.OldKey)
	if err != nil {
		return nil, err
	}
	if !config.On() {
		return nil, bot.Errorf(bot.Invalid, "archive: it is off")
	}
	return &Archive{
		client: s.client, sealer: sealer, retention: config.Retention, keep: redis.NewScript(keepPostsLua),
		drop: redis.NewScript(dropPostsLua), claim: redis.NewScript(claimTakeLua), release: redis.NewScript(releaseJobLua),
	}, nil
}

// keepPostsLua keeps posts of a take, and of all else that it took why it can't come back. Takes are in the order in which
// Redis hears of them, whatever the clocks say. Of posts of the same millisecond, the one that comes first is the newer one.
// KEYS: the chat's takes, the take, its order, what of it can't come back.
// ARGV: the take's id, now and the retention in milliseconds, the most takes, the number of posts, then for each of them its
// id, its time in milliseconds and the post, then pairs of an id and why that one can't come back.
// Returns how many posts the take has.
const keepPostsLua = `
if not redis.call('ZSCORE', KEYS[1], ARGV[1]) then
  local newest = tonumber(redis.call('ZRANGE', KEYS[1], -1, -1, 'WITHSCORES')[2] or 0)
  redis.call('ZADD', KEYS[1], string.format('%.0f', math.max(tonumber(ARGV[2]), newest + 1)), ARGV[1])
end
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', ARGV[2] - ARGV[3])
redis.call('ZREMRANGEBYRANK', KEYS[1], 0, -ARGV[4] - 1)
local posts = 5 + 3 * ARGV[5]
for i = 6, posts, 3 do
  if redis.call('HSETNX', KEYS[2], ARGV[i], ARGV[i + 2]) == 1 then
    local later = redis.call('HLEN', KEYS[2]) % 1000
    redis.call('ZADD', KEYS[3], string.format('%.0f', ARGV[i + 1] * 1000 + 999 - later), ARGV[i])
    redis.call('HDEL', KEYS[4], ARGV[i])
  end
end
for i = posts + 1, #ARGV, 2 do
  if redis.call('HEXISTS', KEYS[2], ARGV[i]) == 0 then redis.call('HSET', KEYS[4], ARGV[i], ARGV[i + 1]) end
end
for i = 1, 4 do redis.call('PEXPIRE', KEYS[i], ARGV[3]) end
return redis.call('HLEN', KEYS[2])`

// dropPostsLua forgets what a take did not take after all, and the take when nothing is left of it.
// KEYS: as in keepPostsLua. ARGV: the take's id, then ids of messages. Returns nothing that matters.
const dropPostsLua = `
for i = 2, #ARGV do
  redis.call('HDEL', KEYS[2], ARGV[i])
  redis.call('ZREM', KEYS[3], ARGV[i])
  redis.call('HDEL', KEYS[4], ARGV[i])
end
if redis.call('EXISTS', KEYS[2], KEYS[4]) == 0 then redis.call('ZREM', KEYS[1], ARGV[1]) end
return 0`

// claimTakeLua lets one job post a take again.
// KEYS: the job that does. ARGV: a job, the life of its claim in milliseconds. Returns the job that has it.
const claimTakeLua = `
redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2])
return redis.call('GET', KEYS[1])`

// Keep keeps posts of a take, and of messages that can't come back why; posts that it has already stay as they are.
func (a *Archive) Keep(
	ctx context.Context, take bot.JobID, chat bot.ChatID, posts []bot.Seen, lost map[bot.MessageID]bot.Cause,
) error {
	if len(posts)+len(lost) == 0 {
		return nil
	}
	op := "keep posts of " + string(take)
	args := []any{string(take), time.Now().UnixMilli(), a.retention.Milliseconds(), maxTakes, len(posts)}
	for _, post := range posts {
		plain, err := json.Marshal(bot.Archived{
			Message: post.Message, Topic: post.Topic, Root: post.Root, Parent: post.Parent, Type: post.Type, Body: post.Body,
			Mentions: post.Mentions,
		})
		if err != nil {
			return bot.Errorf(bot.Internal, "%s: %w", op, err)
		}
		args = append(args, string(post.ID), post.At.UnixMilli(), a.sealer.seal(plain, place(chat, take, post.ID)))
	}
	for id, why := range lost {
		args = append(args, string(id), string(why))
	}
	return failed(a.keep.Run(ctx, a.client, takeKeys(chat, take), args...).Err(), op)
}

// takeKeys are the keys of a take that are changed together.
func takeKeys(chat bot.ChatID, take bot.JobID) []string {
	key := keyTake(chat, take)
	return []string{keyTakes(chat), key, key + partOrder, key + partLost}
}

// place is where a post stands in the archive; in any other place it can't be read.
func place(chat bot.ChatID, take bot.JobID, id bot.MessageID) string {
	return string(chat) + "\x00" + string(take) + "\x00" + string(id)
}

// Drop forgets messages that the take did not take after all.
func (a *Archive) Drop(ctx context.Context, take bot.JobID, chat bot.ChatID, ids []bot.MessageID) error {
	if len(ids) == 0 {
		return nil
	}
	args := []any{string(take)}
	for _, id := range ids {
		args = append(args, string(id))
	}
	return failed(a.drop.Run(ctx, a.client, takeKeys(chat, take), args...).Err(), "drop posts of "+string(take))
}

// Count is how many posts of a take are kept, and how many of its messages can't come back, by causes.
func (a *Archive) Count(ctx context.Context, chat bot.ChatID, take bot.JobID) (kept int, lost bot.Counts, err error) {
	key := keyTake(chat, take)
	pipe := a.client.Pipeline()
	order, causes := pipe.ZCard(ctx, key+partOrder), pipe.HVals(ctx, key+partLost)
	if _, err := pipe.Exec(ctx); err != nil {
		return 0, nil, failed(err, "count the posts of "+string(take))
	}
	lost = bot.Counts{}
	for _, cause := range causes.Val() {
		lost[bot.Cause(cause)]++
	}
	return int(order.Val()), lost, nil
}

// Posts gives up to n posts of a take from an index on, the oldest first. Those that no key can read are Lost.
func (a *Archive) Posts(ctx context.Context, chat bot.ChatID, take bot.JobID, from, n int) ([]bot.Archived, error) {
	op, key := "read the posts of "+string(take), keyTake(chat, take)
	ids, err := a.client.ZRange(ctx, key+partOrder, int64(from), int64(from+n-1)).Result()
	if err != nil || len(ids) == 0 {
		return nil, failed(err, op)
	}
	sealed, err := a.client.HMGet(ctx, key, ids...).Result()
	if err != nil {
		return nil, failed(err, op)
	}
	posts := make([]bot.Archived, len(ids))
	for i, id := range ids {
		posts[i] = a.read(chat, take, bot.MessageID(id), sealed[i])
	}
	return posts, nil
}

func (a *Archive) read(chat bot.ChatID, take bot.JobID, id bot.MessageID, sealed any) bot.Archived {
	lost := bot.Archived{Message: bot.Message{ID: id, Chat: chat, Kind: bot.KindOwn}, Lost: true}
	text, ok := sealed.(string)
	if !ok {
		return lost
	}
	plain, ok := a.sealer.open([]byte(text), place(chat, take, id))
	if !ok {
		return lost
	}
	var post bot.Archived
	if err := json.Unmarshal(plain, &post); err != nil {
		return lost
	}
	return post
}

// Newest is the chat's newest take, whether anything of it can come back, and whether it did; empty where nothing was taken,
// or nothing lately.
func (a *Archive) Newest(ctx context.Context, chat bot.ChatID) (bot.JobID, error) {
	op := "find the newest take of " + string(chat)
	takes, err := a.client.ZRevRange(ctx, keyTakes(chat), 0, maxTakes-1).Result()
	if err != nil || len(takes) == 0 {
		return "", failed(err, op)
	}
	pipe := a.client.Pipeline()
	there := make([]*redis.IntCmd, len(takes))
	for i, take := range takes {
		key := keyTake(chat, bot.JobID(take))
		there[i] = pipe.Exists(ctx, key+partOrder, key+partLost)
	}
	if _, err := pipe.Exec(ctx); err != nil {
		return "", failed(err, op)
	}
	for i, take := range takes {
		if there[i].Val() > 0 {
			return bot.JobID(take), nil
		}
	}
	return "", nil
}

// Undoing is the job that posts a take again, or empty.
func (a *Archive) Undoing(ctx context.Context, chat bot.ChatID, take bot.JobID) (bot.JobID, error) {
	by, err := a.client.Get(ctx, keyTake(chat, take)+partUndone).Result()
	if errors.Is(err, redis.Nil) {
		return "", nil
	}
	return bot.JobID(by), failed(err, "look whether "+string(take)+" is undone")
}

// Claim lets one job post a take again, the first that asks, and reports whether it is this one.
func (a *Archive) Claim(ctx context.Context, chat bot.ChatID, take, by bot.JobID) (bool, error) {
	key := keyTake(chat, take) + partUndone
	has, err := a.claim.Run(ctx, a.client, []string{key}, string(by), (a.retention + jobLife).Milliseconds()).Text()
	return err == nil && has == string(by), failed(err, "claim "+string(take))
}

// Release ends the claim of a job that posted nothing.
func (a *Archive) Release(ctx context.Context, chat bot.ChatID, take, by bot.JobID) error {
	return failed(a.release.Run(ctx, a.client, []string{keyTake(chat, take) + partUndone}, string(by)).Err(), "release "+string(take))
}

// Became remembers as what a post of a take was posted again.
func (a *Archive) Became(ctx context.Context, chat bot.ChatID, take bot.JobID, id, anew bot.MessageID) error {
	key := keyTake(chat, take) + partAnew
	pipe := a.client.TxPipeline()
	pipe.HSet(ctx, key, string(id), string(anew))
	pipe.PExpire(ctx, key, a.retention+jobLife)
	_, err := pipe.Exec(ctx)
	return failed(err, "note what became of "+string(id))
}

// SuccessorsOf tells of each post as what it was posted again; empty where it was not.
func (a *Archive) SuccessorsOf(ctx context.Context, chat bot.ChatID, take bot.JobID, ids ...bot.MessageID) ([]bot.MessageID, error) {
	anew := make([]bot.MessageID, len(ids))
	if len(ids) == 0 {
		return anew, nil
	}
	fields := make([]string, len(ids))
	for i, id := range ids {
		fields[i] = string(id)
	}
	values, err := a.client.HMGet(ctx, keyTake(chat, take)+partAnew, fields...).Result()
	if err != nil {
		return nil, failed(err, "look what became of posts of "+string(take))
	}
	for i, value := range values {
		text, _ := value.(string)
		anew[i] = bot.MessageID(text)
	}
	return anew, nil
}

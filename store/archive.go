package store

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/redis/go-redis/v9"

	"recallbot/bot"
)

// maxTakes is the maximum of takes of a chat; the oldest are deleted first.
const maxTakes = 100

// Archive stores our own recalled posts, encrypted, for the retention. A take is what one job or command recalled; of messages that
// can't be restored it has the id and the cause. Only ids, times and causes are in plain text.
type Archive struct {
	client    redis.UniversalClient
	sealer    sealer
	retention time.Duration
	keep      *redis.Script
	drop      *redis.Script
	claim     *redis.Script
	release   *redis.Script
}

// NewArchive returns the archive of an open store. The configuration must be valid; Invalid if it has the archive off.
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
		drop: redis.NewScript(dropPostsLua), claim: redis.NewScript(claimTakeLua), release: redis.NewScript(unlockLua),
	}, nil
}

// keepPostsLua adds posts to a take, and the causes why others can't be restored. Takes are in the order of their first call. Of
// posts with the same millisecond the first argument counts as the newest.
// KEYS: the chat's takes, the take, its order, its causes.
// ARGV: the take's id, now and the retention in milliseconds, the maximum of takes, the number of posts, then for each post its
// id, its time in milliseconds and the post, then pairs of an id and a cause.
// Returns the number of posts in the take.
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

// dropPostsLua removes messages from a take, and the take if it is empty then.
// KEYS: as in keepPostsLua. ARGV: the take's id, then ids of messages. The result is not used.
const dropPostsLua = `
for i = 2, #ARGV do
  redis.call('HDEL', KEYS[2], ARGV[i])
  redis.call('ZREM', KEYS[3], ARGV[i])
  redis.call('HDEL', KEYS[4], ARGV[i])
end
if redis.call('EXISTS', KEYS[2], KEYS[4]) == 0 then redis.call('ZREM', KEYS[1], ARGV[1]) end
return 0`

// claimTakeLua claims the restore of a take for a job.
// KEYS: the job that has the claim. ARGV: a job, TTL of its claim in milliseconds. Returns the job that has the claim.
const claimTakeLua = `
redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2])
return redis.call('GET', KEYS[1])`

// Keep adds posts to a take, and causes for messages that can't be restored. It does not change posts that the take has.
func (a *Archive) Keep(
	ctx context.Context, take bot.JobID, chat bot.ChatID, posts []bot.Seen, lost map[bot.MessageID]bot.Cause,
) error {
	if len(posts)+len(lost) == 0 {
		return nil
	}
	op := "archive posts of " + string(take)
	args := []any{string(take), time.Now().UnixMilli(), a.retention.Milliseconds(), maxTakes, len(posts)}
	for _, post := range posts {
		plain, err := json.Marshal(bot.Archived{
			Message: post.Message, Topic: post.Topic, Root: post.Root, Parent: post.Parent, Type: post.Type, Body: post.Body,
			Mentions: post.Mentions,
		})
		if err != nil {
			return bot.Errorf(bot.Internal, "%s: %w", op, err)
		}
		args = append(args, string(post.ID), post.At.UnixMilli(), a.sealer.seal(plain, postContext(chat, take, post.ID)))
	}
	for id, why := range lost {
		args = append(args, string(id), string(why))
	}
	return failed(a.keep.Run(ctx, a.client, takeKeys(chat, take), args...).Err(), op)
}

// takeKeys are the keys of a take that are changed together.
func takeKeys(chat bot.ChatID, take bot.JobID) []string {
	key := keyTake(chat, take)
	return []string{keyTakes(chat), key, key + partOrder, key + partCauses}
}

// postContext is the additional data of an encrypted post: it can't be decrypted with another chat, take or id.
func postContext(chat bot.ChatID, take bot.JobID, id bot.MessageID) string {
	return string(chat) + "\x00" + string(take) + "\x00" + string(id)
}

// Drop removes messages that were not recalled from a take.
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

// Count returns the number of posts of a take, and the numbers of messages that can't be restored, by cause.
func (a *Archive) Count(ctx context.Context, chat bot.ChatID, take bot.JobID) (kept int, lost bot.Counts, err error) {
	key := keyTake(chat, take)
	pipe := a.client.Pipeline()
	order, causes := pipe.ZCard(ctx, key+partOrder), pipe.HVals(ctx, key+partCauses)
	if _, err := pipe.Exec(ctx); err != nil {
		return 0, nil, failed(err, "count the posts of "+string(take))
	}
	lost = bot.Counts{}
	for _, cause := range causes.Val() {
		lost[bot.Cause(cause)]++
	}
	return int(order.Val()), lost, nil
}

// Posts returns up to n posts of a take from an index on, oldest first. Posts that no key can decrypt are Lost.
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
	plain, ok := a.sealer.open([]byte(text), postContext(chat, take, id))
	if !ok {
		return lost
	}
	var post bot.Archived
	if err := json.Unmarshal(plain, &post); err != nil {
		return lost
	}
	return post
}

// Newest returns the chat's newest take, or "" if there is none.
func (a *Archive) Newest(ctx context.Context, chat bot.ChatID) (bot.JobID, error) {
	op := "find the newest take of " + string(chat)
	takes, err := a.client.ZRevRange(ctx, keyTakes(chat), 0, maxTakes-1).Result()
	if err != nil || len(takes) == 0 {
		return "", failed(err, op)
	}
	pipe := a.client.Pipeline()
	exists := make([]*redis.IntCmd, len(takes))
	for i, take := range takes {
		key := keyTake(chat, bot.JobID(take))
		exists[i] = pipe.Exists(ctx, key+partOrder, key+partCauses)
	}
	if _, err := pipe.Exec(ctx); err != nil {
		return "", failed(err, op)
	}
	for i, take := range takes {
		if exists[i].Val() > 0 {
			return bot.JobID(take), nil
		}
	}
	return "", nil
}

// Restorer returns the job that restores a take, or "".
func (a *Archive) Restorer(ctx context.Context, chat bot.ChatID, take bot.JobID) (bot.JobID, error) {
	by, err := a.client.Get(ctx, keyTake(chat, take)+partRestorer).Result()
	if errors.Is(err, redis.Nil) {
		return "", nil
	}
	return bot.JobID(by), failed(err, "load the job that restores "+string(take))
}

// Claim claims the restore of a take for a job. It returns false if another job has the claim.
func (a *Archive) Claim(ctx context.Context, chat bot.ChatID, take, by bot.JobID) (bool, error) {
	key := keyTake(chat, take) + partRestorer
	has, err := a.claim.Run(ctx, a.client, []string{key}, string(by), (a.retention + jobTTL).Milliseconds()).Text()
	return err == nil && has == string(by), failed(err, "claim "+string(take))
}

// Release ends the claim of a job.
func (a *Archive) Release(ctx context.Context, chat bot.ChatID, take, by bot.JobID) error {
	return failed(a.release.Run(ctx, a.client, []string{keyTake(chat, take) + partRestorer}, string(by)).Err(), "release "+string(take))
}

// SetRestoredAs stores the new message of a post.
func (a *Archive) SetRestoredAs(ctx context.Context, chat bot.ChatID, take bot.JobID, id, restored bot.MessageID) error {
	key := keyTake(chat, take) + partRestored
	pipe := a.client.TxPipeline()
	pipe.HSet(ctx, key, string(id), string(restored))
	pipe.PExpire(ctx, key, a.retention+jobTTL)
	_, err := pipe.Exec(ctx)
	return failed(err, "store the new message of "+string(id))
}

// RestoredAs returns for each post its new message, or "".
func (a *Archive) RestoredAs(ctx context.Context, chat bot.ChatID, take bot.JobID, ids ...bot.MessageID) ([]bot.MessageID, error) {
	restored := make([]bot.MessageID, len(ids))
	if len(ids) == 0 {
		return restored, nil
	}
	fields := make([]string, len(ids))
	for i, id := range ids {
		fields[i] = string(id)
	}
	values, err := a.client.HMGet(ctx, keyTake(chat, take)+partRestored, fields...).Result()
	if err != nil {
		return nil, failed(err, "load the new messages of "+string(take))
	}
	for i, value := range values {
		text, _ := value.(string)
		restored[i] = bot.MessageID(text)
	}
	return restored, nil
}

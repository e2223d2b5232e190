package store

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/redis/go-redis/v9"

	"recallbot/bot"
)

// mostTakes is how many takes of a chat can be found; the oldest are forgotten first.
const mostTakes = 100

// Archive keeps what our own posts said when they were recalled, encrypted, until the retention is over. What was taken
// together, by one job or one command, is a take. In plain text Redis holds ids and times only.
type Archive struct {
	client    redis.UniversalClient
	sealer    sealer
	retention time.Duration
	keep      *redis.Script
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
		claim: redis.NewScript(claimTakeLua), release: redis.NewScript(releaseJobLua),
	}, nil
}

// keepPostsLua keeps posts of a take. Of posts of the same millisecond, the one that comes first is the newer one.
// KEYS: the chat's takes, the take, its order.
// ARGV: the take's id, now and the retention in milliseconds, the most takes, then triples of a post's id, its time in
// milliseconds and the post.
// Returns how many posts the take has.
const keepPostsLua = `
redis.call('ZADD', KEYS[1], 'NX', ARGV[2], ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', ARGV[2] - ARGV[3])
redis.call('ZREMRANGEBYRANK', KEYS[1], 0, -ARGV[4] - 1)
for i = 5, #ARGV, 3 do
  if redis.call('HSETNX', KEYS[2], ARGV[i], ARGV[i + 2]) == 1 then
    local later = redis.call('HLEN', KEYS[2]) % 1000
    redis.call('ZADD', KEYS[3], string.format('%.0f', ARGV[i + 1] * 1000 + 999 - later), ARGV[i])
  end
end
for i = 1, 3 do redis.call('PEXPIRE', KEYS[i], ARGV[3]) end
return redis.call('HLEN', KEYS[2])`

// claimTakeLua lets one job post a take again.
// KEYS: the job that does. ARGV: a job, the life of its claim in milliseconds. Returns the job that has it.
const claimTakeLua = `
redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2])
return redis.call('GET', KEYS[1])`

// Keep keeps posts of a take; those that it has already stay as they are.
func (a *Archive) Keep(ctx context.Context, take bot.JobID, chat bot.ChatID, posts []bot.Seen) error {
	if len(posts) == 0 {
		return nil
	}
	op, key := "keep posts of "+string(take), keyTake(chat, take)
	args := []any{string(take), time.Now().UnixMilli(), a.retention.Milliseconds(), mostTakes}
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
	return failed(a.keep.Run(ctx, a.client, []string{keyTakes(chat), key, key + partOrder}, args...).Err(), op)
}

// place is where a post stands in the archive; in any other place it can't be read.
func place(chat bot.ChatID, take bot.JobID, id bot.MessageID) string {
	return string(chat) + "\x00" + string(take) + "\x00" + string(id)
}

// Drop forgets posts of a take.
func (a *Archive) Drop(ctx context.Context, take bot.JobID, chat bot.ChatID, ids []bot.MessageID) error {
	if len(ids) == 0 {
		return nil
	}
	key, fields, members := keyTake(chat, take), make([]string, len(ids)), make([]any, len(ids))
	for i, id := range ids {
		fields[i], members[i] = string(id), string(id)
	}
	pipe := a.client.TxPipeline()
	pipe.ZRem(ctx, key+partOrder, members...)
	pipe.HDel(ctx, key, fields...)
	_, err := pipe.Exec(ctx)
	return failed(err, "drop posts of "+string(take))
}

// Count is how many posts of a take are kept.
func (a *Archive) Count(ctx context.Context, chat bot.ChatID, take bot.JobID) (int, error) {
	n, err := a.client.ZCard(ctx, keyTake(chat, take)+partOrder).Result()
	return int(n), failed(err, "count the posts of "+string(take))
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

// Newest is the chat's newest take that has posts and that no job posts again; where all were posted again, the newest of
// those; empty where nothing is kept.
func (a *Archive) Newest(ctx context.Context, chat bot.ChatID) (bot.JobID, error) {
	op := "find the newest take of " + string(chat)
	takes, err := a.client.ZRevRange(ctx, keyTakes(chat), 0, mostTakes-1).Result()
	if err != nil || len(takes) == 0 {
		return "", failed(err, op)
	}
	pipe := a.client.Pipeline()
	kept, undone := make([]*redis.IntCmd, len(takes)), make([]*redis.IntCmd, len(takes))
	for i, take := range takes {
		key := keyTake(chat, bot.JobID(take))
		kept[i], undone[i] = pipe.Exists(ctx, key+partOrder), pipe.Exists(ctx, key+partUndone)
	}
	if _, err := pipe.Exec(ctx); err != nil {
		return "", failed(err, op)
	}
	var over bot.JobID
	for i, take := range takes {
		switch {
		case kept[i].Val() == 0:
		case undone[i].Val() == 0:
			return bot.JobID(take), nil
		case over == "":
			over = bot.JobID(take)
		}
	}
	return over, nil
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

// Anew tells of each post as what it was posted again; empty where it was not.
func (a *Archive) Anew(ctx context.Context, chat bot.ChatID, take bot.JobID, ids ...bot.MessageID) ([]bot.MessageID, error) {
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

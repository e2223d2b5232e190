package store

import (
	"context"
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"recallbot/bot"
)

const (
	// noticeLife is how long a notice and its posts are stored.
	noticeLife = 48 * time.Hour
	// maxNoticePosts is the maximum of posts of a notice; further ones are only counted.
	maxNoticePosts = 500
	// maxNoticeBots is the maximum of bots whose posts are counted apart.
	maxNoticeBots = 50
	// noticeSamples is how many posts are loaded with a notice.
	noticeSamples = 3
)

// Notices are the stored notices to the moderators of chats about the posts that rules caught: which posts, without their content. It is safe
// for concurrent use.
type Notices struct {
	client redis.UniversalClient
	add    *redis.Script
}

// NewNotices returns the notices of an open store.
func NewNotices(s *Store) *Notices {
	return &Notices{client: s.client, add: redis.NewScript(noticeLua)}
}

// noticeLua adds a post to the open notice about a cause, or opens one.
// KEYS: key of the open notice. ARGV: key of a new one, prefix of the notices' keys, the notice as JSON, the post, its time in ms, TTL of the open
// notice in ms, TTL of the notice in ms, maximum of posts, the bot,
// maximum of the notice's fields. Returns the notice's key, and 1 if the notice is new.
const noticeLua = `
local id = redis.call('GET', KEYS[1]) or ARGV[1]
local about, posts, bot = ARGV[2] .. id, ARGV[2] .. id .. ':p', 'b:' .. ARGV[9]
local fresh = redis.call('EXISTS', about) == 0
if fresh then redis.call('HSET', about, 'about', ARGV[3], 'count', 0, 'last', 0) end
redis.call('SET', KEYS[1], id, 'PX', ARGV[6])
if ARGV[4] ~= '' and not redis.call('ZSCORE', posts, ARGV[4]) then
  redis.call('HINCRBY', about, 'count', 1)
  if redis.call('HEXISTS', about, bot) == 1 or redis.call('HLEN', about) < tonumber(ARGV[10]) then redis.call('HINCRBY', about, bot, 1) end
  if redis.call('ZCARD', posts) < tonumber(ARGV[8]) then redis.call('ZADD', posts, ARGV[5], ARGV[4]) end
end
if tonumber(ARGV[5]) > tonumber(redis.call('HGET', about, 'last')) and ARGV[4] ~= '' then redis.call('HSET', about, 'last', ARGV[5]) end
redis.call('PEXPIRE', about, ARGV[7])
redis.call('PEXPIRE', posts, ARGV[7])
return {id, fresh and 1 or 0}`

// Add adds a post to the open notice about a cause, or opens the given one; it reports whether that is new. A notice is open until it
// got no post for the quiet time. The same post counts once, beyond 500 posts at least once; without a post the notice is only opened.
func (n *Notices) Add(ctx context.Context, about bot.Notice, post bot.WindowPost, quiet time.Duration) (key string, isNew bool, err error) {
	data, err := json.Marshal(about)
	if err != nil {
		return "", false, bot.Errorf(bot.Internal, "encode a notice: %w", err)
	}
	prefix := keyNotice(about.Chat, "")
	answer, err := n.add.Run(ctx, n.client, []string{keyNoticeOpen(about.Chat, about.Name())}, about.Key, prefix, data, string(post.ID),
		post.At.UnixMilli(), quiet.Milliseconds(), noticeLife.Milliseconds(), maxNoticePosts, strings.TrimSpace(post.Sender+" "+post.Name), maxNoticeBots).Slice()
	if err != nil || len(answer) != 2 {
		return "", false, failed(err, "add to a notice")
	}
	key, _ = answer[0].(string)
	return key, answer[1] == int64(1), nil
}

// Load returns a notice with its first posts; false if there is none, or no longer.
func (n *Notices) Load(ctx context.Context, chat bot.ChatID, key string) (bot.Notice, bool, error) {
	pipe, posts := n.client.Pipeline(), keyNotice(chat, key)+":p"
	stored, first := pipe.HGetAll(ctx, keyNotice(chat, key)), pipe.ZRangeWithScores(ctx, posts, 0, noticeSamples-1)
	if _, err := pipe.Exec(ctx); err != nil {
		return bot.Notice{}, false, failed(err, "load a notice")
	}
	fields := stored.Val()
	if fields["about"] == "" {
		return bot.Notice{}, false, nil
	}
	var notice bot.Notice
	if err := json.Unmarshal([]byte(fields["about"]), &notice); err != nil {
		return bot.Notice{}, false, bot.Errorf(bot.Internal, "decode a notice: %w", err)
	}
	last, _ := strconv.ParseInt(fields["last"], 10, 64)
	notice.Key, notice.Last = key, time.UnixMilli(last)
	notice.Count, _ = strconv.Atoi(fields["count"])
	notice.Senders = map[string]int{}
	for name, count := range fields {
		if sender, ok := strings.CutPrefix(name, "b:"); ok {
			notice.Senders[sender], _ = strconv.Atoi(count)
		}
	}
	for i, post := range first.Val() {
		id, _ := post.Member.(string)
		notice.Posts = append(notice.Posts, bot.MessageID(id))
		if i == 0 {
			notice.First = time.UnixMilli(int64(post.Score))
		}
	}
	return notice, true, nil
}

// Open returns the key of the open notice of a name; empty if there is none.
func (n *Notices) Open(ctx context.Context, chat bot.ChatID, name string) (string, error) {
	key, err := n.client.Get(ctx, keyNoticeOpen(chat, name)).Result()
	if errors.Is(err, redis.Nil) {
		return "", nil
	}
	return key, failed(err, "load the open notice")
}

// Close has the next post of a notice's name open another one. Closing a notice that is no longer the open one changes nothing.
func (n *Notices) Close(ctx context.Context, about bot.Notice) error {
	open, err := n.Open(ctx, about.Chat, about.Name())
	if err != nil || open != about.Key {
		return err
	}
	return failed(n.client.Del(ctx, keyNoticeOpen(about.Chat, about.Name())).Err(), "close a notice")
}

// Posts are the posts of a notice, at most 500.
func (n *Notices) Posts(ctx context.Context, chat bot.ChatID, key string) ([]bot.MessageID, error) {
	ids, err := n.client.ZRange(ctx, keyNotice(chat, key)+":p", 0, -1).Result()
	if err != nil && !errors.Is(err, redis.Nil) {
		return nil, failed(err, "load the posts of a notice")
	}
	posts := make([]bot.MessageID, len(ids))
	for i, id := range ids {
		posts[i] = bot.MessageID(id)
	}
	return posts, nil
}

package store

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"time"

	"github.com/redis/go-redis/v9"

	"recallbot/bot"
)

const (
	// postTTL is the TTL of a post after its last change, postRest that after the end of its lifetime.
	postTTL     = 31 * 24 * time.Hour
	postRestTTL = 7 * 24 * time.Hour
	// postListTTL is the TTL of lists of posts: longer than any lifetime and postRest.
	postListTTL = 400 * 24 * time.Hour
	// maxPosts is the maximum of posts in the list of a team, a person or a group, maxAllPosts that in the list of all; the oldest
	// are removed.
	maxPosts    = 10_000
	maxAllPosts = 100_000
	// postBatch is the maximum of posts that are written in one round trip.
	postBatch = 50
	// maxPostTries is how often Change tries again after concurrent changes of a post.
	maxPostTries = 10
)

// Posts stores posts of the API: by id, by message, and in lists by team, author and group. Their content is in Orders until it is
// sent.
type Posts struct {
	client  redis.UniversalClient
	log     *slog.Logger
	replace *redis.Script
	now     func() time.Time
}

// NewPosts returns the posts of an open store.
func NewPosts(s *Store) *Posts {
	return &Posts{client: s.client, log: s.log, replace: redis.NewScript(replacePostLua), now: time.Now}
}

// replacePostLua is compare-and-swap of a post.
// KEYS: the post. ARGV: the old post, the new one, TTL in milliseconds. Returns 1, or 0 if the post is not the old one.
const replacePostLua = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return 1`

// Create stores new posts of one order. Posts that exist stay unchanged.
func (p *Posts) Create(ctx context.Context, posts ...bot.Post) error {
	for n := 0; n < len(posts); n += postBatch {
		if err := p.create(ctx, posts[n:min(n+postBatch, len(posts))], n); err != nil {
			return err
		}
	}
	return nil
}

func (p *Posts) create(ctx context.Context, posts []bot.Post, from int) error {
	op := "store posts of " + string(posts[0].Group)
	pipe := p.client.Pipeline()
	lists := map[string]int64{}
	for i, post := range posts {
		data, err := json.Marshal(post)
		if err != nil {
			return bot.Errorf(bot.Internal, "%s: %w", op, err)
		}
		for key, limit := range listsOf(post) {
			pipe.ZAddNX(ctx, key, redis.Z{Score: scoreOf(post, from+i), Member: string(post.ID)})
			lists[key] = limit
		}
		if post.Message != "" {
			pipe.Set(ctx, keyPostOf(post.Message), string(post.ID), p.ttl(post))
		}
		// Last, so that a stored post is always in its lists.
		pipe.SetNX(ctx, keyPost(post.ID), data, p.ttl(post))
	}
	for key, limit := range lists {
		pipe.ZRemRangeByRank(ctx, key, 0, -limit-1)
		pipe.PExpire(ctx, key, postListTTL)
	}
	_, err := pipe.Exec(ctx)
	return failed(err, op)
}

// listsOf returns the lists of a post and their maximum sizes.
func listsOf(post bot.Post) map[string]int64 {
	lists := map[string]int64{keyPostsAll: maxAllPosts, keyPostsTeam(post.Team): maxPosts}
	if post.Group != "" {
		lists[keyPostsGroup(post.Team, post.Group)] = maxPosts
	}
	if post.Author != "" {
		lists[keyPostsAuthor(post.Author)] = maxPosts
	}
	return lists
}

// scoreOf is a post's score in its lists: by time, and by number within an order.
func scoreOf(post bot.Post, n int) float64 {
	const perMilli = 1000
	return float64(post.Created.UnixMilli()*perMilli + int64(n%perMilli))
}

func (p *Posts) ttl(post bot.Post) time.Duration {
	if post.Expires.IsZero() {
		return postTTL
	}
	return max(postTTL, post.Expires.Sub(p.now())+postRestTTL)
}

// Find returns a post, or NotFound.
func (p *Posts) Find(ctx context.Context, id bot.PostID) (bot.Post, error) {
	post, _, err := p.load(ctx, id)
	return post, err
}

func (p *Posts) load(ctx context.Context, id bot.PostID) (bot.Post, string, error) {
	op := "find post " + string(id)
	raw, err := p.client.Get(ctx, keyPost(id)).Result()
	if errors.Is(err, redis.Nil) {
		return bot.Post{}, "", &bot.Error{Kind: bot.NotFound, Op: op}
	}
	if err != nil {
		return bot.Post{}, "", failed(err, op)
	}
	post, err := decodePost(raw)
	if err != nil {
		return bot.Post{}, "", bot.Errorf(bot.Internal, "%s: %w", op, err)
	}
	return post, raw, nil
}

func decodePost(raw string) (bot.Post, error) {
	var post bot.Post
	err := json.Unmarshal([]byte(raw), &post)
	return post, err
}

// Change changes a post and returns it. It calls change again if another caller has changed the post meanwhile. If change returns
// false, the post stays unchanged.
func (p *Posts) Change(ctx context.Context, id bot.PostID, change func(*bot.Post) bool) (bot.Post, error) {
	op := "change post " + string(id)
	for range maxPostTries {
		post, raw, err := p.load(ctx, id)
		if err != nil {
			return bot.Post{}, err
		}
		message := post.Message
		if !change(&post) {
			return post, nil
		}
		data, err := json.Marshal(post)
		if err != nil {
			return bot.Post{}, bot.Errorf(bot.Internal, "%s: %w", op, err)
		}
		// The message first: a post with a message must be found by it.
		if post.Message != message {
			if err := p.client.Set(ctx, keyPostOf(post.Message), string(id), p.ttl(post)).Err(); err != nil {
				return bot.Post{}, failed(err, op)
			}
		}
		changed, err := p.replace.Run(ctx, p.client, []string{keyPost(id)}, raw, data, p.ttl(post).Milliseconds()).Int()
		if err != nil {
			return bot.Post{}, failed(err, op)
		}
		if changed == 1 {
			return post, nil
		}
	}
	return bot.Post{}, bot.Errorf(bot.Unavailable, "%s: too many concurrent changes", op)
}

// Of returns the post of a message; nil if there is none.
func (p *Posts) Of(ctx context.Context, id bot.MessageID) (*bot.Post, error) {
	posts, err := p.OfAll(ctx, []bot.MessageID{id})
	if err != nil {
		return nil, err
	}
	return posts[0], nil
}

// OfAll is Of for several messages, in their order.
func (p *Posts) OfAll(ctx context.Context, ids []bot.MessageID) ([]*bot.Post, error) {
	posts := make([]*bot.Post, len(ids))
	if len(ids) == 0 {
		return posts, nil
	}
	pipe := p.client.Pipeline()
	found := make([]*redis.StringCmd, len(ids))
	for i, id := range ids {
		found[i] = pipe.Get(ctx, keyPostOf(id))
	}
	if _, err := pipe.Exec(ctx); err != nil && !errors.Is(err, redis.Nil) {
		return nil, failed(err, "find the posts of messages")
	}
	var named []bot.PostID
	for _, cmd := range found {
		name, err := cmd.Result()
		if err == nil {
			named = append(named, bot.PostID(name))
		} else if !errors.Is(err, redis.Nil) {
			return nil, failed(err, "find the post of a message")
		}
	}
	kept, err := p.Load(ctx, named...)
	if err != nil {
		return nil, err
	}
	byMessage := map[bot.MessageID]*bot.Post{}
	for _, post := range kept {
		byMessage[post.Message] = &post
	}
	for i, id := range ids {
		posts[i] = byMessage[id] // nil for a post whose Change was interrupted
	}
	return posts, nil
}

// Gone stores that a message was recalled, and returns its post, if it has one. It may be repeated, and called for any message.
func (p *Posts) Gone(ctx context.Context, id bot.MessageID) (*bot.Post, error) {
	post, err := p.Of(ctx, id)
	if err != nil || post == nil {
		return nil, err
	}
	now := p.now()
	gone, err := p.Change(ctx, post.ID, func(post *bot.Post) bool {
		if post.State == bot.PostRecalled {
			return false
		}
		post.State, post.Recalled = bot.PostRecalled, now
		return true
	})
	if bot.KindOf(err) == bot.NotFound {
		return nil, nil //nolint:nilnil // nil: no post
	}
	return &gone, err
}

// Cancel cancels a post that is not sent yet, and returns it; fresh is true if this call has cancelled it.
func (p *Posts) Cancel(ctx context.Context, id bot.PostID, by bot.Cancellation) (post bot.Post, fresh bool, err error) {
	post, err = p.Change(ctx, id, func(post *bot.Post) bool {
		if fresh = post.State == bot.PostQueued; fresh {
			post.State, post.CancelledBy = bot.PostCancelled, &by
		}
		return fresh
	})
	return post, fresh, err
}

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
	// postLife is how long a post is kept after its last change, postRest how long after its lifetime is over.
	postLife = 31 * 24 * time.Hour
	postRest = 7 * 24 * time.Hour
	// postListLife is how long lists of posts are kept, longer than any lifetime and its rest.
	postListLife = 400 * 24 * time.Hour
	// maxPosts is how many posts a team's, a person's or a group's list names, maxAllPosts that of all; the oldest go
	// first.
	maxPosts    = 10_000
	maxAllPosts = 100_000
	// postsAtOnce is how many posts are written in one round trip.
	postsAtOnce = 50
	// postTries is how often Change starts over when others change the same post.
	postTries = 10
)

// Posts keeps what was posted or registered through the API: each post by its id, which post a message is, and lists by
// team, author and group. What a post says it keeps only until that is sent (Orders).
type Posts struct {
	client  redis.UniversalClient
	log     *slog.Logger
	replace *redis.Script
	now     func() time.Time
}

// NewPosts makes the posts of an open store.
func NewPosts(s *Store) *Posts {
	return &Posts{client: s.client, log: s.log, replace: redis.NewScript(replacePostLua), now: time.Now}
}

// replacePostLua changes a post unless somebody else changed it first.
// KEYS: the post. ARGV: the post as it was and as it shall be, its life in milliseconds. Returns 1, or 0 when it is not as
// it was.
const replacePostLua = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return 1`

// Create keeps new posts of one order, in their order; those that are kept already stay as they are.
func (p *Posts) Create(ctx context.Context, posts ...bot.Post) error {
	for n := 0; n < len(posts); n += postsAtOnce {
		if err := p.create(ctx, posts[n:min(n+postsAtOnce, len(posts))], n); err != nil {
			return err
		}
	}
	return nil
}

func (p *Posts) create(ctx context.Context, posts []bot.Post, from int) error {
	op := "keep posts of " + string(posts[0].Group)
	pipe := p.client.Pipeline()
	lists := map[string]int64{}
	for i, post := range posts {
		data, err := json.Marshal(post)
		if err != nil {
			return bot.Errorf(bot.Internal, "%s: %w", op, err)
		}
		for key, most := range listsOf(post) {
			pipe.ZAddNX(ctx, key, redis.Z{Score: placeOf(post, from+i), Member: string(post.ID)})
			lists[key] = most
		}
		if post.Message != "" {
			pipe.Set(ctx, keyPostOf(post.Message), string(post.ID), p.life(post))
		}
		// Last, so that whatever is found is in its lists.
		pipe.SetNX(ctx, keyPost(post.ID), data, p.life(post))
	}
	for key, most := range lists {
		pipe.ZRemRangeByRank(ctx, key, 0, -most-1)
		pipe.PExpire(ctx, key, postListLife)
	}
	_, err := pipe.Exec(ctx)
	return failed(err, op)
}

// listsOf are the lists that name a post, and how many posts they may name.
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

// placeOf is a post's place in its lists: by time, and within an order by its number.
func placeOf(post bot.Post, n int) float64 {
	const perMilli = 1000
	return float64(post.Created.UnixMilli()*perMilli + int64(n%perMilli))
}

func (p *Posts) life(post bot.Post) time.Duration {
	if post.Expires.IsZero() {
		return postLife
	}
	return max(postLife, post.Expires.Sub(p.now())+postRest)
}

// Find gives NotFound for a post that is not kept, or no longer.
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

// Change changes a post, and gives what it is then. Two who change at once don't lose each other's: change is called again
// with what the other made of it. Where it reports false, all stays as it is.
func (p *Posts) Change(ctx context.Context, id bot.PostID, change func(*bot.Post) bool) (bot.Post, error) {
	op := "change post " + string(id)
	for range postTries {
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
		// The message first: a post that has one must be found by it.
		if post.Message != message {
			if err := p.client.Set(ctx, keyPostOf(post.Message), string(id), p.life(post)).Err(); err != nil {
				return bot.Post{}, failed(err, op)
			}
		}
		changed, err := p.replace.Run(ctx, p.client, []string{keyPost(id)}, raw, data, p.life(post).Milliseconds()).Int()
		if err != nil {
			return bot.Post{}, failed(err, op)
		}
		if changed == 1 {
			return post, nil
		}
	}
	return bot.Post{}, bot.Errorf(bot.Unavailable, "%s: others change it all the time", op)
}

// Of finds the post that became the message; nil where there is none.
func (p *Posts) Of(ctx context.Context, id bot.MessageID) (*bot.Post, error) {
	posts, err := p.OfAll(ctx, []bot.MessageID{id})
	if err != nil {
		return nil, err
	}
	return posts[0], nil
}

// OfAll is Of for several messages at once, in their order.
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
	became := map[bot.MessageID]*bot.Post{}
	for _, post := range kept {
		became[post.Message] = &post
	}
	for i, id := range ids {
		posts[i] = became[id] // one that was never completed became no message, whatever message names it
	}
	return posts, nil
}

// Gone notes that a message was taken back, by whatever hand. It may come again, and of messages that are no posts.
func (p *Posts) Gone(ctx context.Context, id bot.MessageID) error {
	post, err := p.Of(ctx, id)
	if err != nil || post == nil {
		return err
	}
	now := p.now()
	_, err = p.Change(ctx, post.ID, func(post *bot.Post) bool {
		if post.State == bot.PostRecalled {
			return false
		}
		post.State, post.Recalled = bot.PostRecalled, now
		return true
	})
	if bot.KindOf(err) == bot.NotFound {
		return nil
	}
	return err
}

// Cancel cancels a post that is not sent yet, and gives what it is then; fresh is whether this call did it.
func (p *Posts) Cancel(ctx context.Context, id bot.PostID, by bot.Cancellation) (post bot.Post, fresh bool, err error) {
	post, err = p.Change(ctx, id, func(post *bot.Post) bool {
		if fresh = post.State == bot.PostQueued; fresh {
			post.State, post.CancelledBy = bot.PostCancelled, &by
		}
		return fresh
	})
	return post, fresh, err
}

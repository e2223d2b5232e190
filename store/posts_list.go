package store

import (
	"context"
	"errors"
	"slices"
	"strconv"

	"github.com/redis/go-redis/v9"

	"recallbot/bot"
)

const (
	// postsPage is how many posts are read at once, maxPostsRead the maximum that List reads.
	postsPage    = listPage
	maxPostsRead = 1000
)

// Load returns the posts that exist, in the order of ids.
func (p *Posts) Load(ctx context.Context, ids ...bot.PostID) ([]bot.Post, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	pipe := p.client.Pipeline()
	found := make([]*redis.StringCmd, len(ids))
	for i, id := range ids {
		found[i] = pipe.Get(ctx, keyPost(id))
	}
	if _, err := pipe.Exec(ctx); err != nil && !errors.Is(err, redis.Nil) {
		return nil, failed(err, "load posts")
	}
	posts := make([]bot.Post, 0, len(ids))
	for i, cmd := range found {
		raw, err := cmd.Result()
		if errors.Is(err, redis.Nil) {
			continue
		}
		if err != nil {
			return nil, failed(err, "load post "+string(ids[i]))
		}
		post, err := decodePost(raw)
		if err != nil {
			p.log.WarnContext(ctx, "post can't be read", "post", string(ids[i]))
			continue
		}
		posts = append(posts, post)
	}
	return posts, nil
}

// Group returns a page of a group's posts, oldest first, and the cursor of the next page, "" at the end.
func (p *Posts) Group(
	ctx context.Context, team bot.TeamID, group bot.GroupID, cursor string,
) (page []bot.Post, next string, err error) {
	from, err := strconv.ParseInt("0"+cursor, 10, 64)
	if err != nil {
		return nil, "", bot.Errorf(bot.Invalid, "cursor must be the next_cursor of an earlier answer")
	}
	ids, err := p.client.ZRange(ctx, keyPostsGroup(team, group), from, from+postsPage-1).Result()
	if err != nil {
		return nil, "", failed(err, "posts of the group "+string(group))
	}
	if len(ids) == postsPage {
		next = strconv.FormatInt(from+postsPage, 10)
	}
	page, err = p.Load(ctx, postIDs(ids)...)
	return page, next, err
}

func postIDs(ids []string) []bot.PostID {
	typed := make([]bot.PostID, len(ids))
	for i, id := range ids {
		typed[i] = bot.PostID(id)
	}
	return typed
}

// ByAuthor returns up to n posts of a person that are sent or queued, newest first: in one chat, or in all if chat is empty.
func (p *Posts) ByAuthor(ctx context.Context, who bot.UserID, chat bot.ChatID, n int) ([]bot.Post, error) {
	if who == "" {
		return nil, nil
	}
	posts, _, err := p.walk(ctx, keyPostsAuthor(who), "", n, func(post bot.Post) bool {
		return post.Author == who && isActive(post) && (chat == "" || post.Chat == chat)
	})
	return posts, err
}

func isActive(post bot.Post) bool { return post.State == bot.PostSent || post.State == bot.PostQueued }

// List returns posts, newest first, and the cursor of the next page, "" at the end. A page may have fewer posts than the limit, or
// none, and not be the last. A query without a team needs All. A bad cursor is Invalid.
func (p *Posts) List(ctx context.Context, q bot.PostQuery) (page []bot.Post, next string, err error) {
	key := keyPostsTeam(q.Team)
	switch {
	case q.All && q.Team == "":
		key = keyPostsAll
	case q.Team == "":
		return nil, "", nil
	case q.Group != "":
		key = keyPostsGroup(q.Team, q.Group)
	case q.Author != "":
		key = keyPostsAuthor(q.Author)
	}
	return p.walk(ctx, key, q.Cursor, min(max(q.Limit, 1), postsPage), q.Wants)
}

// walk reads a list from the cursor on until it has found n posts.
func (p *Posts) walk(
	ctx context.Context, key, cursor string, n int, wanted func(bot.Post) bool,
) (found []bot.Post, next string, err error) {
	for read := 0; read < maxPostsRead; read += postsPage {
		places, end, err := readList(ctx, p.client, key, cursor)
		if err != nil {
			return nil, "", err
		}
		ids := make([]bot.PostID, len(places))
		for i, at := range places {
			ids[i] = bot.PostID(at.id)
		}
		posts, err := p.Load(ctx, ids...)
		if err != nil {
			return nil, "", err
		}
		for _, post := range posts {
			if !wanted(post) {
				continue
			}
			if found = append(found, post); len(found) == n {
				i := slices.IndexFunc(places, func(at listPosition) bool { return at.id == string(post.ID) })
				if end && i == len(places)-1 {
					return found, "", nil
				}
				return found, places[i].cursor(), nil
			}
		}
		if end {
			return found, "", nil
		}
		cursor = places[len(places)-1].cursor()
	}
	return found, cursor, nil
}

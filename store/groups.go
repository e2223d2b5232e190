package store

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"recallbot/bot"
)

// Announce stores that an order of a group is about to be created, so that a recall of the group waits for its posts. It returns how
// often the group was recalled.
func (p *Posts) Announce(ctx context.Context, team bot.TeamID, group bot.GroupID, order bot.OrderID) (int, error) {
	key, now := keyPostsGroup(team, group), p.now()
	pipe := p.client.TxPipeline()
	pipe.ZRemRangeByScore(ctx, key+partOrders, "-inf", strconv.FormatInt(now.Add(-orderTTL).UnixMilli(), 10))
	pipe.ZAdd(ctx, key+partOrders, redis.Z{Score: float64(now.UnixMilli()), Member: string(order)})
	pipe.PExpire(ctx, key+partOrders, orderTTL+time.Hour)
	epoch := pipe.Get(ctx, key+partEpoch)
	if _, err := pipe.Exec(ctx); err != nil && !errors.Is(err, redis.Nil) {
		return 0, failed(err, "announce an order of "+string(group))
	}
	n, _ := epoch.Int() // 0 if the key does not exist
	return n, nil
}

// Announced returns the orders of a group whose posts may not all be listed yet.
func (p *Posts) Announced(ctx context.Context, team bot.TeamID, group bot.GroupID) ([]bot.OrderID, error) {
	names, err := p.client.ZRange(ctx, keyPostsGroup(team, group)+partOrders, 0, -1).Result()
	if err != nil {
		return nil, failed(err, "list the orders of "+string(group))
	}
	orders := make([]bot.OrderID, len(names))
	for i, name := range names {
		orders[i] = bot.OrderID(name)
	}
	return orders, nil
}

// Listed stores that all posts of an order are listed.
func (p *Posts) Listed(ctx context.Context, team bot.TeamID, group bot.GroupID, order bot.OrderID) error {
	err := p.client.ZRem(ctx, keyPostsGroup(team, group)+partOrders, string(order)).Err()
	return failed(err, "store that "+string(order)+" is listed")
}

// NextEpoch counts a recall of a group, or of one author's posts in it if who is not empty, and returns the number of recalls.
func (p *Posts) NextEpoch(ctx context.Context, team bot.TeamID, group bot.GroupID, who bot.UserID) (int, error) {
	key := keyPostsGroup(team, group)
	pipe := p.client.TxPipeline()
	n := pipe.Incr(ctx, key+partEpoch)
	pipe.PExpire(ctx, key+partEpoch, postListTTL)
	pipe.HSet(ctx, key+partRecalled, string(who), p.now().UnixMilli())
	pipe.PExpire(ctx, key+partRecalled, postTTL)
	_, err := pipe.Exec(ctx)
	return int(n.Val()), failed(err, "count a recall of the group "+string(group))
}

// Withdrawn returns when a post's group, or all of its author's posts in it, was last recalled; zero if not within postTTL.
func (p *Posts) Withdrawn(ctx context.Context, post bot.Post) (time.Time, error) {
	times, err := p.client.HMGet(ctx, keyPostsGroup(post.Team, post.Group)+partRecalled, "", string(post.Author)).Result()
	if err != nil {
		return time.Time{}, failed(err, "load when "+string(post.Group)+" was recalled")
	}
	last := int64(0)
	for _, value := range times {
		text, _ := value.(string)
		at, _ := strconv.ParseInt(text, 10, 64) // 0 if it does not exist
		last = max(last, at)
	}
	if last == 0 {
		return time.Time{}, nil
	}
	return time.UnixMilli(last), nil
}

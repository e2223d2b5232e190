package store

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"recallbot/bot"
)

// Announce notes that an order of a group is about to be kept, so that a recall of the group waits for its posts, and gives how
// often the group was recalled so far.
func (p *Posts) Announce(ctx context.Context, team bot.TeamID, group bot.GroupID, order bot.OrderID) (int, error) {
	key, now := keyPostsGroup(team, group), p.now()
	pipe := p.client.TxPipeline()
	pipe.ZRemRangeByScore(ctx, key+partOrders, "-inf", strconv.FormatInt(now.Add(-orderLife).UnixMilli(), 10))
	pipe.ZAdd(ctx, key+partOrders, redis.Z{Score: float64(now.UnixMilli()), Member: string(order)})
	pipe.PExpire(ctx, key+partOrders, orderLife+time.Hour)
	epoch := pipe.Get(ctx, key+partEpoch)
	if _, err := pipe.Exec(ctx); err != nil && !errors.Is(err, redis.Nil) {
		return 0, failed(err, "announce an order of "+string(group))
	}
	n, _ := epoch.Int() // none was never recalled
	return n, nil
}

// Announced gives the orders of a group whose posts may not all be listed yet.
func (p *Posts) Announced(ctx context.Context, team bot.TeamID, group bot.GroupID) ([]bot.OrderID, error) {
	names, err := p.client.ZRange(ctx, keyPostsGroup(team, group)+partOrders, 0, -1).Result()
	if err != nil {
		return nil, failed(err, "look for orders of "+string(group))
	}
	orders := make([]bot.OrderID, len(names))
	for i, name := range names {
		orders[i] = bot.OrderID(name)
	}
	return orders, nil
}

// Listed notes that all posts of an order are listed.
func (p *Posts) Listed(ctx context.Context, team bot.TeamID, group bot.GroupID, order bot.OrderID) error {
	err := p.client.ZRem(ctx, keyPostsGroup(team, group)+partOrders, string(order)).Err()
	return failed(err, "note that "+string(order)+" is listed")
}

// NextEpoch counts one more recall of a group, of a person's posts where who is not empty, and gives how many there were.
func (p *Posts) NextEpoch(ctx context.Context, team bot.TeamID, group bot.GroupID, who bot.UserID) (int, error) {
	key := keyPostsGroup(team, group)
	pipe := p.client.TxPipeline()
	n := pipe.Incr(ctx, key+partEpoch)
	pipe.PExpire(ctx, key+partEpoch, postListLife)
	pipe.HSet(ctx, key+partWithdrawn, string(who), p.now().UnixMilli())
	pipe.PExpire(ctx, key+partWithdrawn, postLife)
	_, err := pipe.Exec(ctx)
	return int(n.Val()), failed(err, "count a recall of the group "+string(group))
}

// Withdrawn is when a post's group was last recalled, or all of its author's posts in it, to the millisecond; zero where it
// never was, or not lately.
func (p *Posts) Withdrawn(ctx context.Context, post bot.Post) (time.Time, error) {
	marks, err := p.client.HMGet(ctx, keyPostsGroup(post.Team, post.Group)+partWithdrawn, "", string(post.Author)).Result()
	if err != nil {
		return time.Time{}, failed(err, "look when "+string(post.Group)+" was recalled")
	}
	last := int64(0)
	for _, mark := range marks {
		text, _ := mark.(string)
		at, _ := strconv.ParseInt(text, 10, 64) // none is none
		last = max(last, at)
	}
	return timeOf(last), nil
}

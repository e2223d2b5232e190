package store

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/redis/go-redis/v9"

	"recallbot/bot"
	"recallbot/post/alert"
)

// alertsTries is how often Change starts over when others change the same group.
const alertsTries = 20

// Alerts keeps the groups of alerts and their cards.
type Alerts struct {
	client redis.UniversalClient
	swap   *redis.Script
}

// NewAlerts makes the groups of an open store.
func NewAlerts(s *Store) *Alerts {
	return &Alerts{client: s.client, swap: redis.NewScript(swapLua)}
}

// swapLua replaces a value unless somebody else did first.
// KEYS: the value. ARGV: as it was (empty for none), as it shall be, life in milliseconds.
// Returns 1, or 0 when it is not as it was.
const swapLua = `
if (redis.call('GET', KEYS[1]) or '') ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return 1`

// Change changes a group, or makes it, and gives what it is then. Two who change at once don't lose each other's: change
// is called again with what the other made of it. Where it reports false, nothing is kept.
func (a *Alerts) Change(
	ctx context.Context, id alert.GroupID, change func(*alert.Group) bool,
) (alert.Group, error) {
	op := "change the alerts " + string(id)
	for range alertsTries {
		raw, err := a.client.Get(ctx, keyAlerts(id)).Result()
		if err != nil && !errors.Is(err, redis.Nil) {
			return alert.Group{}, failed(err, op)
		}
		group, err := decodeAlerts(raw)
		if err != nil {
			return group, bot.Errorf(bot.Internal, "%s: %w", op, err)
		}
		if !change(&group) {
			return a.unchanged(ctx, id, raw)
		}
		text, err := json.Marshal(group)
		if err != nil {
			return group, bot.Errorf(bot.Internal, "%s: %w", op, err)
		}
		swapped, err := a.swap.Run(ctx, a.client, []string{keyAlerts(id)}, raw, text, group.Life().Milliseconds()).Bool()
		if err != nil {
			return group, failed(err, op)
		}
		if swapped {
			return group, nil
		}
	}
	return alert.Group{}, bot.Errorf(bot.Unavailable, "%s: others change it all the time", op)
}

// unchanged gives a group as it is, and keeps it for longer.
func (a *Alerts) unchanged(ctx context.Context, id alert.GroupID, raw string) (alert.Group, error) {
	group, err := decodeAlerts(raw)
	if err == nil && raw != "" {
		err = failed(a.client.PExpire(ctx, keyAlerts(id), group.Life()).Err(), "keep the alerts "+string(id))
	}
	return group, err
}

func decodeAlerts(raw string) (alert.Group, error) {
	var group alert.Group
	if raw == "" {
		return group, nil
	}
	err := json.Unmarshal([]byte(raw), &group)
	return group, err
}

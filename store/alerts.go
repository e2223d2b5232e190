package store

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/redis/go-redis/v9"

	"recallbot/bot"
	"recallbot/post/alert"
)

// maxAlertTries is how often Change tries again after concurrent changes of the same group.
const maxAlertTries = 20

// Alerts stores groups of alerts and their cards.
type Alerts struct {
	client redis.UniversalClient
	swap   *redis.Script
}

// NewAlerts returns the groups of an open store.
func NewAlerts(s *Store) *Alerts {
	return &Alerts{client: s.client, swap: redis.NewScript(swapLua)}
}

// swapLua is compare-and-swap.
// KEYS: the value. ARGV: the old value (empty for none), the new one, its TTL in milliseconds.
// Returns 1, or 0 if the value is not the old one.
const swapLua = `
if (redis.call('GET', KEYS[1]) or '') ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return 1`

// Change changes or creates a group and returns it. It calls change again if another caller has changed the group meanwhile. If
// change returns false, the group stays unchanged.
func (a *Alerts) Change(
	ctx context.Context, id alert.GroupID, change func(*alert.Group) bool,
) (alert.Group, error) {
	op := "change the alerts " + string(id)
	for range maxAlertTries {
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
	return alert.Group{}, bot.Errorf(bot.Unavailable, "%s: too many concurrent changes", op)
}

// unchanged returns a group as it is stored, and renews its TTL.
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

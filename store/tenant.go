package store

import (
	"context"
	"errors"
	"time"

	"github.com/redis/go-redis/v9"

	"recallbot/bot"
)

// Tenant holds the app's token for all replicas. What it holds is sealed by who puts it there.
type Tenant struct {
	client redis.UniversalClient
	app    bot.AppID
	drop   *redis.Script
}

// NewTenant makes the place of an app's token in an open store.
func NewTenant(s *Store, app bot.AppID) *Tenant {
	return &Tenant{client: s.client, app: app, drop: redis.NewScript(dropLua)}
}

// dropLua deletes a value unless another one has taken its place.
// KEYS: the value. ARGV: what it must be. Returns how many are gone.
const dropLua = `
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0`

// Load gives what is kept, or nothing.
func (t *Tenant) Load(ctx context.Context) ([]byte, error) {
	sealed, err := t.client.Get(ctx, keyTenant(t.app)).Bytes()
	if errors.Is(err, redis.Nil) {
		return nil, nil
	}
	return sealed, failed(err, "load the token")
}

// Store keeps it for ttl, in place of what was there.
func (t *Tenant) Store(ctx context.Context, sealed []byte, ttl time.Duration) error {
	return failed(t.client.Set(ctx, keyTenant(t.app), sealed, ttl).Err(), "keep the token")
}

// Delete takes away what is kept if it is this.
func (t *Tenant) Delete(ctx context.Context, sealed []byte) error {
	return failed(t.drop.Run(ctx, t.client, []string{keyTenant(t.app)}, sealed).Err(), "drop the token")
}

// TryLock reports whether nobody else fetches a token now; nobody else will until Done, or for ttl.
func (t *Tenant) TryLock(ctx context.Context, ttl time.Duration) (bool, error) {
	err := t.client.SetArgs(ctx, keyTenantTurn(t.app), "1", redis.SetArgs{Mode: "NX", TTL: ttl}).Err()
	if errors.Is(err, redis.Nil) {
		return false, nil
	}
	return err == nil, failed(err, "take the turn to fetch a token")
}

// Unlock ends the turn.
func (t *Tenant) Unlock(ctx context.Context) error {
	return failed(t.client.Del(ctx, keyTenantTurn(t.app)).Err(), "end the turn to fetch a token")
}

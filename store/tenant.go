package store

import (
	"context"
	"errors"
	"time"

	"github.com/redis/go-redis/v9"

	"recallbot/bot"
)

// Tenant caches the app's encrypted tenant token for all replicas.
type Tenant struct {
	client redis.UniversalClient
	app    bot.AppID
	drop   *redis.Script
}

// NewTenant returns the cache of an app's token.
func NewTenant(s *Store, app bot.AppID) *Tenant {
	return &Tenant{client: s.client, app: app, drop: redis.NewScript(deleteIfLua)}
}

// deleteIfLua deletes a value if it equals the given one.
// KEYS: the value. ARGV: the expected value. Returns how many keys were deleted.
const deleteIfLua = `
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0`

// Load returns the value, or nothing.
func (t *Tenant) Load(ctx context.Context) ([]byte, error) {
	sealed, err := t.client.Get(ctx, keyTenant(t.app)).Bytes()
	if errors.Is(err, redis.Nil) {
		return nil, nil
	}
	return sealed, failed(err, "load the token")
}

// Store sets the value for ttl.
func (t *Tenant) Store(ctx context.Context, sealed []byte, ttl time.Duration) error {
	return failed(t.client.Set(ctx, keyTenant(t.app), sealed, ttl).Err(), "store the token")
}

// Delete deletes the value if it equals sealed.
func (t *Tenant) Delete(ctx context.Context, sealed []byte) error {
	return failed(t.drop.Run(ctx, t.client, []string{keyTenant(t.app)}, sealed).Err(), "delete the token")
}

// TryLock reports whether the caller may fetch a token. The lock ends with Unlock or after ttl.
func (t *Tenant) TryLock(ctx context.Context, ttl time.Duration) (bool, error) {
	err := t.client.SetArgs(ctx, keyTenantLock(t.app), "1", redis.SetArgs{Mode: "NX", TTL: ttl}).Err()
	if errors.Is(err, redis.Nil) {
		return false, nil
	}
	return err == nil, failed(err, "lock the fetch of a token")
}

// Unlock ends the lock.
func (t *Tenant) Unlock(ctx context.Context) error {
	return failed(t.client.Del(ctx, keyTenantLock(t.app)).Err(), "unlock the fetch of a token")
}

package store

import (
	"context"
	"errors"
	"time"

	"github.com/redis/go-redis/v9"

	"recallbot/bot"
)

// Tenant stores the app's token for all replicas; the caller encrypts it.
type Tenant struct {
	client redis.UniversalClient
	app    bot.AppID
	drop   *redis.Script
}

// NewTenant returns the token of an app in an open store.
func NewTenant(s *Store, app bot.AppID) *Tenant {
	return &Tenant{client: s.client, app: app, drop: redis.NewScript(deleteIfLua)}
}

// deleteIfLua deletes a value if it is the expected one.
// KEYS: the value. ARGV: the expected one. Returns 1 if it was deleted.
const deleteIfLua = `
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0`

// Load returns the encrypted token, or nil.
func (t *Tenant) Load(ctx context.Context) ([]byte, error) {
	sealed, err := t.client.Get(ctx, keyTenant(t.app)).Bytes()
	if errors.Is(err, redis.Nil) {
		return nil, nil
	}
	return sealed, failed(err, "load the token")
}

// Keep stores the encrypted token for ttl.
func (t *Tenant) Keep(ctx context.Context, sealed []byte, ttl time.Duration) error {
	return failed(t.client.Set(ctx, keyTenant(t.app), sealed, ttl).Err(), "store the token")
}

// Drop deletes the token if it is this one.
func (t *Tenant) Drop(ctx context.Context, sealed []byte) error {
	return failed(t.drop.Run(ctx, t.client, []string{keyTenant(t.app)}, sealed).Err(), "delete the token")
}

// Turn takes the lock on fetching a token until Done, or for ttl. It returns false if another replica has it.
func (t *Tenant) Turn(ctx context.Context, ttl time.Duration) (bool, error) {
	err := t.client.SetArgs(ctx, keyTenantLock(t.app), "1", redis.SetArgs{Mode: "NX", TTL: ttl}).Err()
	if errors.Is(err, redis.Nil) {
		return false, nil
	}
	return err == nil, failed(err, "lock the fetching of a token")
}

// Done releases the lock.
func (t *Tenant) Done(ctx context.Context) error {
	return failed(t.client.Del(ctx, keyTenantLock(t.app)).Err(), "unlock the fetching of a token")
}

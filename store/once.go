package store

import (
	"context"
	"errors"
	"time"

	"github.com/redis/go-redis/v9"
)

// Once stores keys of what has been done, for all replicas.
type Once struct{ client redis.UniversalClient }

// NewOnce returns the keys of an open store.
func NewOnce(s *Store) *Once { return &Once{client: s.client} }

// First reports whether this is the first call with the key within ttl.
func (o *Once) First(ctx context.Context, key string, ttl time.Duration) (bool, error) {
	err := o.client.SetArgs(ctx, keyOnce(key), "1", redis.SetArgs{Mode: "NX", TTL: ttl}).Err()
	if errors.Is(err, redis.Nil) {
		return false, nil
	}
	if err != nil {
		return false, failed(err, "store key "+key)
	}
	return true, nil
}

// Keep stores a value for ttl unless the key has one, and returns the stored one.
func (o *Once) Keep(ctx context.Context, key, value string, ttl time.Duration) (string, error) {
	err := o.client.SetArgs(ctx, keyOnce(key), value, redis.SetArgs{Mode: "NX", TTL: ttl}).Err()
	if err == nil {
		return value, nil
	}
	if !errors.Is(err, redis.Nil) {
		return "", failed(err, "store the value of "+key)
	}
	return o.Kept(ctx, key)
}

// Kept returns the value that Keep stored, or "".
func (o *Once) Kept(ctx context.Context, key string) (string, error) {
	value, err := o.client.Get(ctx, keyOnce(key)).Result()
	if err != nil && !errors.Is(err, redis.Nil) {
		return "", failed(err, "load the value of "+key)
	}
	return value, nil
}

// Forget deletes the key, so that the next call of First returns true.
func (o *Once) Forget(ctx context.Context, key string) error {
	return failed(o.client.Del(ctx, keyOnce(key)).Err(), "delete "+key)
}

package store

import (
	"context"
	"errors"
	"time"

	"github.com/redis/go-redis/v9"
)

// Once remembers what has happened already, for all replicas.
type Once struct{ client redis.UniversalClient }

// NewOnce makes the memory of an open store.
func NewOnce(s *Store) *Once { return &Once{client: s.client} }

// First reports whether this is the first call with the key within ttl.
func (o *Once) First(ctx context.Context, key string, ttl time.Duration) (bool, error) {
	err := o.client.SetArgs(ctx, keyOnce(key), "1", redis.SetArgs{Mode: "NX", TTL: ttl}).Err()
	if errors.Is(err, redis.Nil) {
		return false, nil
	}
	if err != nil {
		return false, failed(err, "mark "+key+" as done once")
	}
	return true, nil
}

// Keep remembers a value for the key for ttl, unless one is remembered already, and gives the one that is.
func (o *Once) Keep(ctx context.Context, key, value string, ttl time.Duration) (string, error) {
	err := o.client.SetArgs(ctx, keyOnce(key), value, redis.SetArgs{Mode: "NX", TTL: ttl}).Err()
	if err == nil {
		return value, nil
	}
	if !errors.Is(err, redis.Nil) {
		return "", failed(err, "remember "+key)
	}
	return o.Kept(ctx, key)
}

// Kept gives the value that Keep remembered for the key, or the empty string.
func (o *Once) Kept(ctx context.Context, key string) (string, error) {
	value, err := o.client.Get(ctx, keyOnce(key)).Result()
	if err != nil && !errors.Is(err, redis.Nil) {
		return "", failed(err, "look what is remembered for "+key)
	}
	return value, nil
}

// Forget makes the next call of First with the key the first again.
func (o *Once) Forget(ctx context.Context, key string) error {
	return failed(o.client.Del(ctx, keyOnce(key)).Err(), "forget "+key)
}

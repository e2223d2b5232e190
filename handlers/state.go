package handlers

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"time"

	"recallbot/bot"
)

// What a button is about is stored under a random key that only the button has: anyone can send a press, so nothing else in it is
// trusted.

func stateKey(name, key string) string { return name + "/" + key }

// newState stores what the buttons of a card are about, and returns it with their key. A second run of the same work gets the key and
// the state of the first.
func newState[T any](
	ctx context.Context, once Once, name string, work bot.EventID, state T, life time.Duration,
) (key string, kept T, err error) {
	key, err = once.Keep(ctx, name+"_key/"+string(work), rand.Text(), life)
	if err != nil {
		return "", kept, err
	}
	kept, err = keepState(ctx, once, stateKey(name, key), state, life)
	return key, kept, err
}

// keepState stores a value, unless its key has one, and returns the stored one.
func keepState[T any](ctx context.Context, once Once, key string, state T, life time.Duration) (kept T, err error) {
	data, err := json.Marshal(state)
	if err != nil {
		return kept, bot.Errorf(bot.Internal, "encode %s: %w", key, err)
	}
	stored, err := once.Keep(ctx, key, string(data), life)
	if err != nil {
		return kept, err
	}
	if err := json.Unmarshal([]byte(stored), &kept); err != nil {
		return kept, bot.Errorf(bot.Internal, "decode %s: %w", key, err)
	}
	return kept, nil
}

// keptState returns the value of a key; false if it has none, or no longer.
func keptState[T any](ctx context.Context, once Once, key string) (state T, ok bool, err error) {
	kept, err := once.Kept(ctx, key)
	if err != nil || kept == "" {
		return state, false, err
	}
	ok = json.Unmarshal([]byte(kept), &state) == nil
	return state, ok, nil
}

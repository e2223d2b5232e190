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

// newState stores what the buttons of a card are about, and returns their key: the same for each run of the same work.
func newState(ctx context.Context, once Once, name string, work bot.EventID, state any, life time.Duration) (key string, err error) {
	key, err = once.Keep(ctx, name+"_key/"+string(work), rand.Text(), life)
	if err != nil {
		return "", err
	}
	return key, keepState(ctx, once, stateKey(name, key), state, life)
}

// keepState stores a value, unless its key has one.
func keepState(ctx context.Context, once Once, key string, state any, life time.Duration) error {
	data, err := json.Marshal(state)
	if err != nil {
		return bot.Errorf(bot.Internal, "encode %s: %w", key, err)
	}
	_, err = once.Keep(ctx, key, string(data), life)
	return err
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

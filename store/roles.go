package store

import (
	"context"
	"encoding/json"
	"math/rand/v2"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"recallbot/bot"
)

// rolesVersionTTL is longer than a request to the platform may take.
const rolesVersionTTL = time.Hour

// Roles is the cache of chats' roles. Each chat has a version, which Drop changes: an answer that was requested with an older version
// is not stored, so that old roles don't come back when the owner changes during a request. Versions are random, so
// that none is used twice.
type Roles struct {
	client  redis.UniversalClient
	version *redis.Script
	keep    *redis.Script
}

// NewRoles returns the roles cache of an open store.
func NewRoles(s *Store) *Roles {
	return &Roles{client: s.client, version: redis.NewScript(versionLua), keep: redis.NewScript(keepLua)}
}

// versionLua returns a chat's version, or sets a new one, and renews its TTL.
// KEYS: version. ARGV: a new version, TTL in milliseconds. Returns the version.
const versionLua = `
local version = redis.call('GET', KEYS[1]) or ARGV[1]
redis.call('SET', KEYS[1], version, 'PX', ARGV[2])
return version`

// keepLua stores the roles unless the version has changed.
// KEYS: roles, version. ARGV: version, roles, TTL in milliseconds. Returns 1, or 0 if they were not stored.
const keepLua = `
if redis.call('GET', KEYS[2]) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return 1`

// Load returns the chat's roles; if ok is false they must be requested, and stored by Keep with the returned version.
func (r *Roles) Load(ctx context.Context, id bot.ChatID) (chat bot.Chat, version int64, ok bool, err error) {
	found, err := r.client.MGet(ctx, keyRoles(id), keyRolesVersion(id)).Result()
	if err != nil {
		return bot.Chat{}, 0, false, failed(err, "load the roles of "+string(id))
	}
	data, kept := found[0].(string)
	if kept && json.Unmarshal([]byte(data), &chat) != nil {
		chat, kept = bot.Chat{}, false
	}
	text, _ := found[1].(string)
	if version, err = strconv.ParseInt(text, 10, 64); err == nil && kept {
		return chat, version, true, nil
	}
	keys := []string{keyRolesVersion(id)}
	version, err = r.version.Run(ctx, r.client, keys, newVersion(), rolesVersionTTL.Milliseconds()).Int64()
	return chat, version, kept && err == nil, failed(err, "load the version of the roles of "+string(id))
}

// Keep stores the chat's roles for ttl, unless Drop was called since Load returned the version.
func (r *Roles) Keep(ctx context.Context, chat bot.Chat, version int64, ttl time.Duration) error {
	data, err := json.Marshal(chat)
	if err != nil {
		return bot.Errorf(bot.Internal, "encode the roles of %s: %w", chat.ID, err)
	}
	keys := []string{keyRoles(chat.ID), keyRolesVersion(chat.ID)}
	err = r.keep.Run(ctx, r.client, keys, strconv.FormatInt(version, 10), data, ttl.Milliseconds()).Err()
	return failed(err, "store the roles of "+string(chat.ID))
}

// Drop deletes the chat's roles, and makes Keep ignore roles that are being requested.
func (r *Roles) Drop(ctx context.Context, id bot.ChatID) error {
	pipe := r.client.TxPipeline()
	pipe.Set(ctx, keyRolesVersion(id), newVersion(), rolesVersionTTL)
	pipe.Del(ctx, keyRoles(id))
	_, err := pipe.Exec(ctx)
	return failed(err, "drop the roles of "+string(id))
}

func newVersion() int64 { return rand.Int64() } //nolint:gosec // need not be secret, only unique

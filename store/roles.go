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

// rolesVersionTTL is far longer than any question to the platform may take.
const rolesVersionTTL = time.Hour

// Roles remembers what the platform said of a chat's roles. Each chat has a version, which Drop changes: an answer
// that was asked for under an older version is not kept, so a question under way while the owner changes can't bring
// the old rights back. Versions are drawn at random, so none returns after it has expired.
type Roles struct {
	client  redis.UniversalClient
	version *redis.Script
	keep    *redis.Script
}

// NewRoles makes the roles cache of an open store.
func NewRoles(s *Store) *Roles {
	return &Roles{client: s.client, version: redis.NewScript(versionLua), keep: redis.NewScript(keepLua)}
}

// versionLua gives a chat's version, and a new one where there is none.
// KEYS: version. ARGV: a new version, its life in milliseconds. Returns the version, renewed.
const versionLua = `
local version = redis.call('GET', KEYS[1]) or ARGV[1]
redis.call('SET', KEYS[1], version, 'PX', ARGV[2])
return version`

// keepLua keeps the roles unless the version has changed.
// KEYS: roles, version. ARGV: version, roles, their life in milliseconds. Returns 1, or 0 when they were not kept.
const keepLua = `
if redis.call('GET', KEYS[2]) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return 1`

// Load gives the chat's roles, when ok is true, and the version to give to Keep with an answer that is asked for now.
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

// Keep remembers the chat's roles for ttl, unless they were dropped since Load gave the version.
func (r *Roles) Keep(ctx context.Context, chat bot.Chat, version int64, ttl time.Duration) error {
	data, err := json.Marshal(chat)
	if err != nil {
		return bot.Errorf(bot.Internal, "encode the roles of %s: %w", chat.ID, err)
	}
	keys := []string{keyRoles(chat.ID), keyRolesVersion(chat.ID)}
	err = r.keep.Run(ctx, r.client, keys, strconv.FormatInt(version, 10), data, ttl.Milliseconds()).Err()
	return failed(err, "keep the roles of "+string(chat.ID))
}

// Drop forgets the chat's roles, and those that are being asked for now.
func (r *Roles) Drop(ctx context.Context, id bot.ChatID) error {
	pipe := r.client.TxPipeline()
	pipe.Set(ctx, keyRolesVersion(id), newVersion(), rolesVersionTTL)
	pipe.Del(ctx, keyRoles(id))
	_, err := pipe.Exec(ctx)
	return failed(err, "drop the roles of "+string(id))
}

func newVersion() int64 { return rand.Int64() } //nolint:gosec // need not be secret, only not come again

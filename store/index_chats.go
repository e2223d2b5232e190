package store

import (
	"context"
	"encoding/binary"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"

	"recallbot/bot"
)

const (
	// chatRefresh is how long a chat may be used before it is registered again.
	chatRefresh = 10 * time.Minute
	// nameRefresh is how long a chat's id is kept; its reference does not change.
	nameRefresh = 12 * time.Hour
	// maxChats is the maximum of chats of a cache's generation.
	maxChats = 50_000
	// chatMargin is how much longer than its messages and their marks a chat is kept: time for chatRefresh and the sweeper.
	chatMargin = 24 * time.Hour
)

// chatTable finds chats by their references, so that a message in a bucket needs 5 bytes for its chat. Of 100,000 chats, two share a
// reference with a chance of 0.5 %; of the second one, values have the whole id.
type chatTable struct {
	client redis.UniversalClient
	script *redis.Script
	states recent[bot.ChatID, *chatState]
	names  recent[chatRef, bot.ChatID]
}

// chatState is what this process knows of a chat to which it adds messages.
type chatState struct {
	ref chatRef
	// full is set if the reference is another chat's.
	full bool
	// added counts messages, to look at the newest set now and then.
	added atomic.Int64
}

func newChatTable(client redis.UniversalClient) *chatTable {
	return &chatTable{
		client: client, script: redis.NewScript(registerLua),
		states: recent[bot.ChatID, *chatState]{life: chatRefresh}, names: recent[chatRef, bot.ChatID]{life: nameRefresh},
	}
}

// registerLua registers a chat, or renews its time.
// KEYS: table. ARGV: reference, id, now packed. Returns 1, or 0 if the reference is another chat's.
const registerLua = `
local known = redis.call('HGET', KEYS[1], ARGV[1])
if known and string.sub(known, #ARGV[3] + 1) ~= ARGV[2] then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[3] .. ARGV[2])
return 1`

// tableOf is the key of the table that has a reference.
func tableOf(ref chatRef) string {
	return keyChats(int(binary.BigEndian.Uint16(ref[refSize-2:]) & (chatTables - 1)))
}

// register returns the state of a chat, whose reference can be used from now on. That of no chat is the zero reference.
func (t *chatTable) register(ctx context.Context, chat bot.ChatID) (*chatState, error) {
	if chat == "" {
		return &chatState{}, nil
	}
	if state, ok := t.states.get(chat); ok {
		return state, nil
	}
	state := &chatState{ref: chatRefOf(chat)}
	mine, err := t.script.Run(ctx, t.client, []string{tableOf(state.ref)}, state.ref[:], packChat(chat), appendTime(nil, time.Now())).Bool()
	if err != nil {
		return nil, err
	}
	if state.full = !mine; mine {
		t.names.put(state.ref, chat)
	}
	t.states.put(chat, state)
	return state, nil
}

// name returns the chat of a reference, or none if it is unknown.
func (t *chatTable) name(ctx context.Context, ref chatRef) (bot.ChatID, error) {
	if chat, ok := t.names.get(ref); ok {
		return chat, nil
	}
	value, err := t.client.HGet(ctx, tableOf(ref), string(ref[:])).Result()
	if errors.Is(err, redis.Nil) {
		return "", nil
	}
	chat, _, ok := unpackChat(value)
	if err != nil || !ok {
		return "", err
	}
	t.names.put(ref, chat)
	return chat, nil
}

func packChat(chat bot.ChatID) string {
	form, data := packID(chat)
	return string(append([]byte{form}, data...))
}

// unpackChat reads the value of a table: the time when the chat was registered last, and its id.
func unpackChat(value string) (chat bot.ChatID, registered time.Time, ok bool) {
	if len(value) <= timeSize {
		return "", time.Time{}, false
	}
	id, ok := unpackID(value[timeSize], value[timeSize+1:])
	return bot.ChatID(id), readTime(value), ok
}

// recent is a map that forgets: an entry is kept for one to two times life.
type recent[K comparable, V any] struct {
	life       time.Duration
	mu         sync.Mutex
	young, old map[K]V
	turned     time.Time
}

func (r *recent[K, V]) get(key K) (V, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.turn()
	if v, ok := r.young[key]; ok {
		return v, true
	}
	v, ok := r.old[key]
	return v, ok
}

func (r *recent[K, V]) put(key K, v V) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.turn()
	r.young[key] = v
}

func (r *recent[K, V]) turn() {
	age := time.Since(r.turned)
	if r.young != nil && len(r.young) < maxChats && age < r.life {
		return
	}
	if r.old = r.young; age >= 2*r.life { // nothing was asked for meanwhile
		r.old = nil
	}
	r.young, r.turned = map[K]V{}, time.Now()
}

package recall

import (
	"context"
	"strconv"
	"time"

	"golang.org/x/sync/singleflight"

	"recallbot/bot"
)

const (
	// anyAge takes roles as old as the cache keeps them.
	anyAge = time.Duration(1<<63 - 1)
	// freshAge is how old roles may be where it matters that they are true now.
	freshAge = 2 * time.Second
	// askTimeout bounds one call of the platform, which may outlive its first caller.
	askTimeout = 10 * time.Second
)

// RoleCache keeps chats for a while, for all replicas. A drop changes the version, and Keep stores only under the version that
// Load gave: an answer from before a drop is not kept.
type RoleCache interface {
	Load(ctx context.Context, id bot.ChatID) (chat bot.Chat, version int64, ok bool, err error)
	Keep(ctx context.Context, chat bot.Chat, version int64, ttl time.Duration) error
}

// Roles gives the roles in a chat from the cache, else from the platform. Concurrent callers share one call.
type Roles struct {
	askChat func(ctx context.Context, id bot.ChatID) (bot.Chat, error)
	cache   RoleCache
	ttl     func() time.Duration
	now     func() time.Time
	asking  singleflight.Group
}

// NewRoles makes Roles whose answers are cached for ttl, which may change. askChat asks the platform for a chat.
func NewRoles(
	askChat func(ctx context.Context, id bot.ChatID) (bot.Chat, error), cache RoleCache, ttl func() time.Duration, now func() time.Time,
) *Roles {
	return &Roles{askChat: askChat, cache: cache, ttl: ttl, now: now}
}

// Chat gives a chat whose roles are at most age old at the time of the call.
func (r *Roles) Chat(ctx context.Context, id bot.ChatID, age time.Duration) (bot.Chat, error) {
	return r.chat(ctx, id, age, read[cachedRoles]{})
}

// chat is Chat, where the cache may have been read before.
func (r *Roles) chat(ctx context.Context, id bot.ChatID, age time.Duration, ahead read[cachedRoles]) (bot.Chat, error) {
	begun := r.now()
	for ; ; ahead = (read[cachedRoles]{}) {
		cached, err := ahead.or(func() (cachedRoles, error) { return r.load(ctx, id) })
		if err != nil {
			return bot.Chat{}, err
		}
		chat := cached.chat
		if !cached.found || begun.Sub(chat.Learned) > age {
			chat, err = r.shared(ctx, id, cached.version, begun.Add(-min(age, r.ttl())))
		}
		// A shared answer may be older than age: then the next one is not.
		if err != nil || begun.Sub(chat.Learned) <= age {
			return chat, err
		}
	}
}

// cachedRoles is what the cache has of a chat.
type cachedRoles struct {
	chat    bot.Chat
	version int64
	found   bool
}

func (r *Roles) load(ctx context.Context, id bot.ChatID) (cachedRoles, error) {
	chat, version, found, err := r.cache.Load(ctx, id)
	return cachedRoles{chat, version, found}, err
}

// shared joins a call that is under way. It uses the cached answer of a call that has just ended, if that is from after since.
func (r *Roles) shared(ctx context.Context, id bot.ChatID, version int64, since time.Time) (bot.Chat, error) {
	answer := r.asking.DoChan(string(id)+"@"+strconv.FormatInt(version, 10), func() (any, error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), askTimeout)
		defer cancel()
		chat, version, ok, err := r.cache.Load(ctx, id)
		if err != nil || (ok && !chat.Learned.Before(since)) {
			return chat, err
		}
		return r.ask(ctx, id, version)
	})
	select {
	case <-ctx.Done():
		return bot.Chat{}, bot.Errorf(bot.Unavailable, "learn the roles of %s: %w", id, ctx.Err())
	case got := <-answer:
		if got.Err != nil {
			return bot.Chat{}, got.Err
		}
		chat, ok := got.Val.(bot.Chat)
		if !ok {
			return bot.Chat{}, bot.Errorf(bot.Internal, "learn the roles of %s: got a %T", id, got.Val)
		}
		return chat, nil
	}
}

func (r *Roles) ask(ctx context.Context, id bot.ChatID, version int64) (bot.Chat, error) {
	asked := r.now()
	chat, err := r.askChat(ctx, id)
	if err != nil {
		return bot.Chat{}, err
	}
	chat.ID, chat.Learned = id, asked
	return chat, r.cache.Keep(ctx, chat, version, r.ttl())
}

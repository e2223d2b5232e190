package store

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"recallbot/bot"
)

const (
	// settingsTTL is the TTL of a chat's settings after they were last read or changed.
	settingsTTL = 400 * 24 * time.Hour
	// settingsCacheTTL is how long settings are cached.
	settingsCacheTTL = 2 * time.Second
	// settingsWorkTTL is longer than work may be redelivered.
	settingsWorkTTL = 12 * time.Hour
	// maxCachedSettings is the maximum of cached chats.
	maxCachedSettings = 10_000
	// maxSettingsTries is how often Change tries again after concurrent changes.
	maxSettingsTries = 10
	// featuresEvery is how often the features in use and the chats with rules are loaded.
	featuresEvery = time.Second
	// maxFeatures is the maximum of features that are counted: more than the platform has emoji.
	maxFeatures = 1000
)

// Features that intake must know: whether any chat uses them. featureEmoji is the prefix of an emoji.
const (
	featureEmoji   = "emoji:"
	featureQuorum  = "quorum"
	featureCascade = "cascade"
)

// Settings stores chats' settings. It is safe for concurrent use.
type Settings struct {
	client redis.UniversalClient
	log    *slog.Logger
	change *redis.Script

	mu       sync.RWMutex
	cached   map[bot.ChatID]cachedSettings
	features map[string]bool
	// watched are the chats with rules or quarantines, as of a version.
	watched map[bot.ChatID]bool
	version string
}

type cachedSettings struct {
	settings bot.Settings
	until    time.Time
}

// NewSettings returns the settings of an open store.
func NewSettings(s *Store) *Settings {
	return &Settings{
		client: s.client, log: s.log, change: redis.NewScript(changeLua),
		cached: map[bot.ChatID]cachedSettings{}, features: map[string]bool{},
	}
}

// changeLua changes a chat's settings, unless they were changed meanwhile or by the same work before, and updates the counts of chats
// by feature.
// KEYS: the chat's settings, the change of the work, the counts, the chats with rules, their version.
// ARGV: the old settings and the new ones (empty for none), the change of the work, TTL of the settings and of the change in
// milliseconds, the maximum of features, SADD or SREM for the chats with rules or empty where nothing about rules changes, the chat, then pairs of a
// feature and the change of its count.
// Returns 1, 0 if the settings are not the old ones, -1 if the work has changed them before, -2 if there are too many features.
const changeLua = `
if redis.call('EXISTS', KEYS[2]) == 1 then return -1 end
if (redis.call('GET', KEYS[1]) or '') ~= ARGV[1] then return 0 end
for i = 9, #ARGV, 2 do
  if tonumber(ARGV[i + 1]) > 0 and redis.call('HEXISTS', KEYS[3], ARGV[i]) == 0
    and redis.call('HLEN', KEYS[3]) >= tonumber(ARGV[6]) then return -2 end
end
if ARGV[2] == '' then
  redis.call('DEL', KEYS[1])
else
  redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[4])
end
if ARGV[3] ~= '' then redis.call('SET', KEYS[2], ARGV[3], 'PX', ARGV[5]) end
if ARGV[7] ~= '' then
  redis.call(ARGV[7], KEYS[4], ARGV[8])
  redis.call('INCR', KEYS[5])
  redis.call('PEXPIRE', KEYS[4], ARGV[4])
  redis.call('PEXPIRE', KEYS[5], ARGV[4])
end
for i = 9, #ARGV, 2 do
  if redis.call('HINCRBY', KEYS[3], ARGV[i], ARGV[i + 1]) <= 0 then redis.call('HDEL', KEYS[3], ARGV[i]) end
end
redis.call('PEXPIRE', KEYS[3], ARGV[4])
return 1`

// Settings returns a chat's settings, at most settingsCacheTTL old.
func (s *Settings) Settings(ctx context.Context, chat bot.ChatID) (bot.Settings, error) {
	s.mu.RLock()
	cached, ok := s.cached[chat]
	s.mu.RUnlock()
	if ok && time.Now().Before(cached.until) {
		return cached.settings, nil
	}
	asked := time.Now()
	raw, err := s.client.GetEx(ctx, keySettings(chat), settingsTTL).Result()
	if err != nil && !errors.Is(err, redis.Nil) {
		return bot.Settings{}, failed(err, "load the settings of "+string(chat))
	}
	settings, err := decodeSettings(chat, raw)
	if err != nil {
		return bot.Settings{}, err
	}
	s.cache(chat, settings, asked)
	return settings, nil
}

// cache caches settings that were loaded at the time asked, unless the cache has newer ones.
func (s *Settings) cache(chat bot.ChatID, settings bot.Settings, asked time.Time) {
	until := asked.Add(settingsCacheTTL)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cached[chat].until.After(until) {
		return
	}
	if len(s.cached) >= maxCachedSettings {
		clear(s.cached)
	}
	s.cached[chat] = cachedSettings{settings, until}
}

// settingsChange is the change of one piece of work.
type settingsChange struct {
	Before bot.Settings `json:"before"`
	After  bot.Settings `json:"after"`
}

// Change changes a chat's settings, once for each piece of work: a second run returns the result of the first. It calls change again
// if another caller has changed the settings meanwhile. An error of change ends it.
func (s *Settings) Change(
	ctx context.Context, work bot.EventID, chat bot.ChatID, change func(bot.Settings) (bot.Settings, error),
) (before, after bot.Settings, err error) {
	for range maxSettingsTries {
		raw, done, err := s.load(ctx, work, chat)
		if err != nil {
			return before, after, err
		}
		if done != nil {
			s.evict(chat)
			return done.Before, done.After, nil
		}
		if before, err = decodeSettings(chat, raw); err != nil {
			return before, after, err
		}
		if after, err = change(before); err != nil {
			return before, after, err
		}
		changed, err := s.replace(ctx, work, chat, raw, settingsChange{before, after})
		if err != nil {
			return before, after, err
		}
		if changed {
			s.cache(chat, after, time.Now())
			return before, after, s.Refresh(ctx)
		}
	}
	return before, after, bot.Errorf(bot.Unavailable, "change the settings of %s: too many concurrent changes", chat)
}

// load returns the stored settings, and the change of the work if there is one.
func (s *Settings) load(ctx context.Context, work bot.EventID, chat bot.ChatID) (string, *settingsChange, error) {
	op := "load the settings of " + string(chat)
	found, err := s.client.MGet(ctx, keySettings(chat), keySettingsWork(work)).Result()
	if err != nil {
		return "", nil, failed(err, op)
	}
	raw, _ := found[0].(string)
	text, _ := found[1].(string)
	if text == "" {
		return raw, nil, nil
	}
	done := new(settingsChange)
	if err := json.Unmarshal([]byte(text), done); err != nil {
		return "", nil, bot.Errorf(bot.Internal, "%s: %w", op, err)
	}
	return raw, done, nil
}

// replace stores a change. It returns false if the settings or the change of the work are not as loaded.
func (s *Settings) replace(
	ctx context.Context, work bot.EventID, chat bot.ChatID, raw string, made settingsChange,
) (bool, error) {
	op := "change the settings of " + string(chat)
	data, err := encodeSettings(made.After)
	if err != nil {
		return false, bot.Errorf(bot.Internal, "%s: %w", op, err)
	}
	change, err := json.Marshal(made)
	if err != nil {
		return false, bot.Errorf(bot.Internal, "%s: %w", op, err)
	}
	args := []any{raw, data, change, settingsTTL.Milliseconds(), settingsWorkTTL.Milliseconds(), maxFeatures, watchedChange(made), string(chat)}
	for feature, count := range featureChanges(made.Before, made.After) {
		args = append(args, feature, count)
	}
	keys := []string{keySettings(chat), keySettingsWork(work), keyFeatures, keyWatched, keyWatchedVersion}
	result, err := s.change.Run(ctx, s.client, keys, args...).Int()
	switch {
	case err != nil:
		return false, failed(err, op)
	case result == -2: //nolint:mnd // see changeLua
		return false, bot.Errorf(bot.Invalid, "%s: too many different emoji in all chats", op)
	default:
		return result == 1, nil
	}
}

// Drop deletes a chat's settings, because the bot has left it.
func (s *Settings) Drop(ctx context.Context, chat bot.ChatID) error {
	if set, err := s.Settings(ctx, chat); err != nil || len(bot.DiffSettings(bot.Settings{}, set)) == 0 {
		return err
	}
	work := bot.EventID("drop/" + string(chat) + "/" + time.Now().Format(time.RFC3339Nano))
	_, _, err := s.Change(ctx, work, chat, func(bot.Settings) (bot.Settings, error) { return bot.Settings{}, nil })
	return err
}

func (s *Settings) evict(chat bot.ChatID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.cached, chat)
}

func encodeSettings(s bot.Settings) (string, error) {
	data, err := json.Marshal(s)
	if err != nil || string(data) == "{}" {
		return "", err
	}
	return string(data), nil
}

func decodeSettings(chat bot.ChatID, raw string) (bot.Settings, error) {
	var s bot.Settings
	if raw == "" {
		return s, nil
	}
	if err := json.NewDecoder(strings.NewReader(raw)).Decode(&s); err != nil {
		return s, bot.Errorf(bot.Internal, "read the settings of %s: %w", chat, err)
	}
	return s, nil
}

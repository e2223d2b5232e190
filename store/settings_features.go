package store

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"reflect"
	"slices"
	"time"

	"github.com/redis/go-redis/v9"

	"recallbot/bot"
)

// Emoji reports whether any chat has chosen the emoji. Like Quorums, Cascades and Watched it is in memory, and may be some seconds old. Until
// the first Refresh it is true: then the settings of the chat tell.
func (s *Settings) Emoji(key string) bool { return s.inUse(featureEmoji + key) }

// Quorums reports whether any chat has a quorum.
func (s *Settings) Quorums() bool { return s.inUse(featureQuorum) }

// Cascades reports whether any chat recalls answers together with their message.
func (s *Settings) Cascades() bool { return s.inUse(featureCascade) }

func (s *Settings) inUse(feature string) bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.features == nil || s.features[feature]
}

// Watched reports whether a chat has rules on bots' posts, or quarantines.
func (s *Settings) Watched(chat bot.ChatID) bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.watched == nil || s.watched[chat]
}

// WatchedChats are the chats with rules on bots' posts, or quarantines.
func (s *Settings) WatchedChats() []bot.ChatID {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return slices.Sorted(maps.Keys(s.watched))
}

// Run refreshes the features in use every few seconds, until ctx is done.
func (s *Settings) Run(ctx context.Context) {
	ticks := time.NewTicker(featuresEvery)
	defer ticks.Stop()
	known := bot.NewIncident(s.log, slog.LevelWarn, "chat settings not refreshed", "chat settings refreshed again")
	for {
		if err := s.Refresh(ctx); ctx.Err() == nil {
			known.Report(ctx, "", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-ticks.C:
		}
	}
}

// Refresh loads the features in use.
func (s *Settings) Refresh(ctx context.Context) error {
	pipe := s.client.Pipeline()
	counts, version := pipe.HKeys(ctx, keyFeatures), pipe.GetEx(ctx, keyWatchedVersion, settingsTTL)
	pipe.PExpire(ctx, keyFeatures, settingsTTL)
	if _, err := pipe.Exec(ctx); err != nil && !errors.Is(err, redis.Nil) {
		return failed(err, "load the features in use")
	}
	if err := s.loadWatched(ctx, version.Val()); err != nil {
		return err
	}
	features := map[string]bool{}
	for _, feature := range counts.Val() {
		features[feature] = true
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.features = features
	return nil
}

// loadWatched loads the chats with rules if there is another version of them. What is cached of all chats may be older.
func (s *Settings) loadWatched(ctx context.Context, version string) error {
	s.mu.RLock()
	known := s.watched != nil && s.version == version
	s.mu.RUnlock()
	if known {
		return nil
	}
	pipe := s.client.Pipeline()
	chats := pipe.SMembers(ctx, keyWatched)
	pipe.PExpire(ctx, keyWatched, settingsTTL)
	if _, err := pipe.Exec(ctx); err != nil {
		return failed(err, "load the chats with rules")
	}
	watched := make(map[bot.ChatID]bool, len(chats.Val()))
	for _, chat := range chats.Val() {
		watched[bot.ChatID(chat)] = true
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.watched, s.version = watched, version
	clear(s.cached)
	return nil
}

// watchedChange is the command for the set of chats with rules; empty where nothing about them changes.
func watchedChange(made settingsChange) string {
	before, after := made.Before, made.After
	switch {
	case reflect.DeepEqual(before.Watch, after.Watch) && reflect.DeepEqual(before.Quarantines, after.Quarantines):
		return ""
	case len(after.Watch)+len(after.Quarantines) > 0:
		return "SADD"
	default:
		return "SREM"
	}
}

func featuresOf(s bot.Settings) map[string]bool {
	features := map[string]bool{}
	for _, emoji := range s.Emoji {
		features[featureEmoji+emoji] = true
	}
	if s.Quorum > 0 {
		features[featureQuorum] = true
	}
	if s.Cascade {
		features[featureCascade] = true
	}
	return features
}

// featureChanges returns the change of each count.
func featureChanges(before, after bot.Settings) map[string]int {
	was, is, changes := featuresOf(before), featuresOf(after), map[string]int{}
	for feature := range maps.Keys(was) {
		if !is[feature] {
			changes[feature] = -1
		}
	}
	for feature := range maps.Keys(is) {
		if !was[feature] {
			changes[feature] = 1
		}
	}
	return changes
}

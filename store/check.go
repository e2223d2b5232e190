package store

import (
	"context"
	"strconv"
	"strings"

	"recallbot/bot"
)

// The oldest version that the tests run on.
const (
	oldestMajor = 7
	oldestMinor = 0
)

// check asks the server whether it answers, is new enough, and will not evict what we keep.
func (s *Store) check(ctx context.Context) error {
	if err := s.Ready(ctx); err != nil {
		return err
	}
	if s.Embedded() {
		return nil
	}
	if version := s.version(ctx); version != "" && !newEnough(version) {
		return bot.Errorf(bot.Invalid, "redis.url: the server is Redis %s; %d.%d or newer is needed", version, oldestMajor, oldestMinor)
	}
	if policy := s.evictionPolicy(ctx); policy != "" && policy != "noeviction" {
		s.log.WarnContext(ctx, "redis may evict what the bot keeps: set maxmemory-policy to noeviction", "maxmemory_policy", policy)
	}
	return nil
}

// version is the server's, or empty where it does not tell: INFO may be forbidden.
func (s *Store) version(ctx context.Context) string {
	info, err := s.client.Info(ctx, "server").Result()
	if err != nil {
		return ""
	}
	_, rest, ok := strings.Cut(info, "redis_version:")
	if !ok {
		return ""
	}
	version, _, _ := strings.Cut(rest, "\r")
	return version
}

// newEnough reports whether version is at least the oldest we work with, or unreadable: then nobody can tell.
func newEnough(version string) bool {
	first, rest, _ := strings.Cut(version, ".")
	second, _, _ := strings.Cut(rest, ".")
	major, err := strconv.Atoi(first)
	if err != nil {
		return true
	}
	minor, err := strconv.Atoi(second)
	if err != nil {
		return true
	}
	return major > oldestMajor || major == oldestMajor && minor >= oldestMinor
}

// evictionPolicy is the server's maxmemory-policy, or empty where it does not tell: hosted ones forbid CONFIG.
func (s *Store) evictionPolicy(ctx context.Context) string {
	values, err := s.client.ConfigGet(ctx, "maxmemory-policy").Result()
	if err != nil {
		return ""
	}
	return values["maxmemory-policy"]
}

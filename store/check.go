package store

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/redis/go-redis/v9"

	"recallbot/bot"
)

// The minimum version, which the tests run on.
const (
	oldestMajor = 7
	oldestMinor = 0
)

// check checks that the server answers, is new enough, and allows the needed commands. Diagnose checks the rest.
func (s *Store) check(ctx context.Context) error {
	if err := s.Ready(ctx); err != nil {
		return err
	}
	if s.Embedded() {
		return nil
	}
	info, _ := s.client.Info(ctx, "server").Result() // INFO may be forbidden; then the version is unknown
	if version := parseInfo(info)["redis_version"]; version != "" && !newEnough(version) {
		old := fmt.Errorf("the server is Redis %s; %d.%d or newer is needed", version, oldestMajor, oldestMinor)
		return &bot.Error{Kind: bot.Invalid, Op: "redis.url", Err: &unusable{causeVersion, version, old}}
	}
	return s.eachMaster(ctx, func(node redis.UniversalClient, key string) error { return s.checkCommands(ctx, node, key) })
}

// parseInfo parses a reply of INFO.
func parseInfo(text string) map[string]string {
	fields := map[string]string{}
	for line := range strings.Lines(text) {
		if key, value, ok := strings.Cut(strings.TrimSpace(line), ":"); ok {
			fields[key] = value
		}
	}
	return fields
}

// newEnough reports whether version is at least the minimum. A version that can't be parsed counts as new enough.
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

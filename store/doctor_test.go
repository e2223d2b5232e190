package store_test

import (
	"maps"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"recallbot/bot"
	"recallbot/store"
	"recallbot/test/redistest"
)

// TestDiagnose starts a server for each finding.
func TestDiagnose(t *testing.T) {
	t.Parallel()
	guarded := []string{"--min-replicas-to-write", "1"}
	tests := []struct {
		name     string
		args     []string
		replicas int
		wait     int
		without  string               // findings that must not be there
		want     map[string]bot.Level // all others are OK
	}{
		{name: "OK", want: map[string]bot.Level{"redis_alone": bot.LevelOK}},
		{
			name: "no file", args: []string{"--appendonly", "no"}, without: "redis_fsync", // which needs an append-only file
			want: map[string]bot.Level{"redis_aof": bot.LevelBad, "redis_alone": bot.LevelOK},
		},
		{
			name: "maxmemory", args: []string{"--maxmemory", "100mb"}, without: "redis_memory_unbounded",
			want: map[string]bot.Level{"redis_memory": bot.LevelOK, "redis_alone": bot.LevelOK},
		},
		{
			name: "full", args: []string{"--maxmemory", "1mb"}, without: "redis_memory_unbounded redis_writes",
			want: map[string]bot.Level{"redis_memory": bot.LevelWarn, "redis_full": bot.LevelBad, "redis_alone": bot.LevelOK},
		},
		{name: "no fsync", args: []string{"--appendfsync", "no"}, want: map[string]bot.Level{"redis_fsync": bot.LevelWarn, "redis_alone": bot.LevelOK}},
		{
			name: "evicts", args: []string{"--maxmemory-policy", "allkeys-lru"},
			want: map[string]bot.Level{"redis_eviction": bot.LevelBad, "redis_alone": bot.LevelOK},
		},
		{
			name: "no CONFIG", args: []string{"--rename-command", "CONFIG", ""},
			want: map[string]bot.Level{"redis_fsync": bot.LevelWarn, "redis_alone": bot.LevelOK},
		},
		{name: "replica", replicas: 1, args: guarded, want: map[string]bot.Level{"redis_wait": bot.LevelWarn}},
		{name: "unguarded replica", replicas: 1, wait: 1, want: map[string]bot.Level{"redis_guard": bot.LevelWarn}},
		{name: "replica waited for", replicas: 1, wait: 1, args: guarded, want: map[string]bot.Level{"redis_copies": bot.LevelOK}},
		{
			name: "no replica to wait for", wait: 1, without: "redis_writes",
			want: map[string]bot.Level{"redis_copies": bot.LevelBad, "redis_replicas": bot.LevelBad},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			server := redistest.Start(t, test.args...)
			for range test.replicas {
				server.StartReplica()
			}
			want := map[string]bot.Level{
				"redis": bot.LevelOK, "redis_aof": bot.LevelOK, "redis_fsync": bot.LevelOK, "redis_eviction": bot.LevelOK,
				"redis_writes": bot.LevelOK, "redis_memory_unbounded": bot.LevelOK,
			}
			maps.Copy(want, test.want)
			for name := range strings.FieldsSeq(test.without) {
				delete(want, name)
			}
			at := store.RedisConfig{URL: store.URL(server.URL()), WaitReplicas: test.wait}
			if test.replicas > 0 && test.wait > 0 { // a new replica needs a moment
				must(t, awaitWritable(t, openAt(t, at), true))
			}
			got := diagnose(t, at)
			delete(got, "redis_latency") // depends on the machine
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestDiagnoseCluster: one bad master of three is enough.
func TestDiagnoseCluster(t *testing.T) {
	t.Parallel()
	set := redistest.StartFullCluster(t)
	at := store.RedisConfig{URL: store.URL(set.URL()), WaitReplicas: 1}
	set.Primary("key").Set("appendonly", "no")
	if got := diagnose(t, at); got["redis_aof"] != bot.LevelBad || got["redis_eviction"] != bot.LevelOK {
		t.Errorf("%v", got)
	}
}

func TestDiagnoseEmbedded(t *testing.T) {
	t.Parallel()
	if got := diagnose(t, store.RedisConfig{}); got["redis_embedded"] != bot.LevelWarn {
		t.Errorf("%v", got)
	}
}

func diagnose(t *testing.T, at store.RedisConfig) map[string]bot.Level {
	t.Helper()
	got := map[string]bot.Level{}
	for _, f := range openAt(t, at).Diagnose(t.Context()) {
		got[f.Name] = f.Level
	}
	return got
}

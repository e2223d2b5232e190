package store

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"recallbot/bot"
)

const (
	// pingCount is the number of round trips of which the latency is the median.
	pingCount = 5
	// Thresholds of the latency: a recall takes about six round trips, and an event must be answered within 3 s.
	slowPing    = 20 * time.Millisecond
	tooSlowPing = 300 * time.Millisecond
)

// Diagnose checks Redis: its latency, and whether it keeps data when it restarts, fills up or fails over. Of the masters of a cluster
// the worst one counts.
func (s *Store) Diagnose(ctx context.Context) []bot.Finding {
	if s.Embedded() {
		return []bot.Finding{{Name: "redis_embedded", Level: bot.LevelWarn}}
	}
	took, err := s.latency(ctx)
	if err != nil {
		return []bot.Finding{Fault(err)}
	}
	writes := bot.Finding{Name: "redis_writes"}
	if err := s.Writable(ctx); err != nil {
		writes = Fault(err)
	}
	servers, err := s.servers(ctx)
	if err != nil || len(servers) == 0 {
		return []bot.Finding{took, writes, {Name: "redis_unread", Level: bot.LevelWarn}}
	}
	found := []bot.Finding{worst(servers, func(f serverInfo) bot.Finding {
		return bot.Finding{Name: "redis", Args: []string{f["redis_version"]}}
	}), took, writes}
	for _, check := range []func(serverInfo) bot.Finding{memory, aof, fsync, eviction, s.failover} {
		if f := worst(servers, check); f.Name != "" {
			found = append(found, f)
		}
	}
	return found
}

// Fault returns the finding for an error of this package.
func Fault(err error) bot.Finding {
	cause, about := causeOf(err), bot.NetworkText(bot.Detail(err))
	if answer, ok := errors.AsType[redis.Error](err); ok && (cause == causePassword || cause == causeLoading) {
		about, _, _ = strings.Cut(answer.Error(), " ") // the code, such as WRONGPASS
	}
	for known, ok := errors.AsType[*unusable](err); ok; known, ok = errors.AsType[*unusable](known.err) {
		about = cmp.Or(known.about, about)
	}
	found := bot.Finding{Name: "redis_" + cause, Level: bot.LevelBad, Args: []string{about}}
	switch fault := bot.CertificateFault(err); {
	case fault != "":
		found.Name, found.Args = "tls_"+fault, []string{"redis.url"}
	case cause == causeAway:
		found.Name = "redis"
	}
	return found
}

func (s *Store) latency(ctx context.Context) (bot.Finding, error) {
	took := make([]time.Duration, pingCount)
	for i := range took {
		began := time.Now()
		if err := s.Ready(ctx); err != nil {
			return bot.Finding{}, err
		}
		took[i] = time.Since(began)
	}
	slices.Sort(took)
	median := took[len(took)/2]
	f := bot.Finding{Name: "redis_latency", Args: []string{median.Round(10 * time.Microsecond).String()}}
	switch {
	case median > tooSlowPing:
		f.Level = bot.LevelBad
	case median > slowPing:
		f.Level = bot.LevelWarn
	}
	return f, nil
}

// serverInfo is the INFO of one server, and appendfsync unless CONFIG is forbidden.
type serverInfo map[string]string

// servers loads the information of the master, or of all masters of a cluster.
func (s *Store) servers(ctx context.Context) ([]serverInfo, error) {
	var mu sync.Mutex
	var all []serverInfo
	load := func(ctx context.Context, node redis.Cmdable) error {
		info, err := node.Info(ctx).Result()
		if err != nil {
			return failed(err, "load the INFO of Redis")
		}
		f := serverInfo(parseInfo(info))
		if values, err := node.ConfigGet(ctx, "appendfsync").Result(); err == nil {
			f["appendfsync"] = values["appendfsync"]
		}
		mu.Lock()
		defer mu.Unlock()
		all = append(all, f)
		return nil
	}
	if cluster, ok := s.client.(*redis.ClusterClient); ok {
		err := cluster.ForEachMaster(ctx, func(ctx context.Context, node *redis.Client) error { return load(ctx, node) })
		return all, err
	}
	err := load(ctx, s.client)
	return all, err
}

func worst(servers []serverInfo, check func(serverInfo) bot.Finding) bot.Finding {
	var result bot.Finding
	for i, f := range servers {
		if found := check(f); i == 0 || found.Level > result.Level {
			result = found
		}
	}
	return result
}

func finding(name string, ok bool, level bot.Level, args ...string) bot.Finding {
	f := bot.Finding{Name: name, Args: args}
	if !ok {
		f.Level = level
	}
	return f
}

func aof(f serverInfo) bot.Finding {
	return finding("redis_aof", f["aof_enabled"] == "1", bot.LevelBad)
}

// fsync accepts everysec: written data survives a crash of the server, but not of the machine. Without an append-only file
// there is no finding.
func fsync(f serverInfo) bot.Finding {
	value := f["appendfsync"]
	switch {
	case f["aof_enabled"] != "1":
		return bot.Finding{}
	case value == "":
		return bot.Finding{Name: "redis_fsync", Level: bot.LevelWarn, Args: []string{"?"}}
	default:
		return finding("redis_fsync", value != "no", bot.LevelWarn, value)
	}
}

// memory warns before the server is full, because it refuses all writes then.
func memory(f serverInfo) bot.Finding {
	const percent, nearlyFull = 100, 90
	used, _ := strconv.ParseInt(f["used_memory"], 10, 64)
	limit, _ := strconv.ParseInt(f["maxmemory"], 10, 64)
	if limit == 0 {
		return bot.Finding{Name: "redis_memory_unbounded", Args: []string{megabytes(used)}}
	}
	return finding("redis_memory", used*percent < limit*nearlyFull, bot.LevelWarn, megabytes(used), megabytes(limit))
}

func megabytes(n int64) string { return strconv.FormatFloat(float64(n)/(1<<20), 'f', 1, 64) + " MB" }

func eviction(f serverInfo) bot.Finding {
	policy := f["maxmemory_policy"]
	return finding("redis_eviction", policy == "noeviction", bot.LevelBad, policy)
}

// failover checks what a failover would lose. A server without replicas has no failover.
func (s *Store) failover(f serverInfo) bot.Finding {
	replicas, _ := strconv.Atoi(f["connected_slaves"])
	_, guarded := f["min_slaves_good_slaves"] // exists only if min-replicas-to-write is set
	args := []string{strconv.Itoa(replicas), strconv.Itoa(s.waitReplicas)}
	switch {
	case replicas < s.waitReplicas:
		return bot.Finding{Name: "redis_copies", Level: bot.LevelBad, Args: args}
	case replicas == 0:
		return bot.Finding{Name: "redis_alone"}
	case s.waitReplicas == 0:
		return bot.Finding{Name: "redis_wait", Level: bot.LevelWarn, Args: args[:1]}
	case !guarded:
		return bot.Finding{Name: "redis_guard", Level: bot.LevelWarn, Args: args[:1]}
	default:
		return bot.Finding{Name: "redis_copies", Args: args}
	}
}

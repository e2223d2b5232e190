package store_test

import (
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"recallbot/audit"
	"recallbot/bot"
	"recallbot/store"
	"recallbot/test/redistest"
)

// TestDurable: while the replica is frozen, Record fails; after that a repeated Record finds the first one and succeeds.
func TestDurable(t *testing.T) {
	t.Parallel()
	primary := redistest.Start(t)
	replica := primary.StartReplica()
	s := openAt(t, store.RedisConfig{URL: store.URL(primary.URL()), WaitReplicas: 1})
	log := store.NewAudit(s)
	entry := audit.Entry{Chat: newChat(), Message: "om_1"}
	must(t, awaitWritable(t, s, true)) // a new replica needs a moment

	replica.Freeze()
	_, err := log.Record(t.Context(), "work", entry)
	wantKind(t, err, bot.Unavailable)
	_, err = log.Record(t.Context(), "work", entry)
	wantKind(t, err, bot.Unavailable)
	replica.Thaw()
	fresh, err := log.Record(t.Context(), "work", entry)
	for deadline := time.Now().Add(maxWait); bot.KindOf(err) == bot.Unavailable && time.Now().Before(deadline); {
		fresh, err = log.Record(t.Context(), "work", entry) // a replica that was away follows after a moment
	}
	must(t, err)
	if fresh {
		t.Error("the second run of the work made a record")
	}
	found, err := log.Recent(t.Context(), entry.Chat, 10, "")
	must(t, err)
	if len(found) != 1 {
		t.Errorf("%d records", len(found))
	}
	must(t, s.WaitReplicas(t.Context()))
}

// TestWaitReplicas waits for the replicas of all masters of a cluster.
func TestWaitReplicas(t *testing.T) {
	t.Parallel()
	set := redistest.StartFullCluster(t)
	s := openAt(t, store.RedisConfig{URL: store.URL(set.URL()), WaitReplicas: 1})
	err := s.WaitReplicas(t.Context())
	for range 20 { // on a busy machine a replica may need longer than waitTimeout
		if err == nil {
			break
		}
		err = s.WaitReplicas(t.Context())
	}
	must(t, err)
	script := redis.NewScript(`redis.call('SET', KEYS[1], ARGV[1]) return 7`)
	for _, key := range []string{"a", "b", "c", "d"} {
		n, err := script.Run(t.Context(), s.Durable(), []string{key}, "value").Int()
		must(t, err)
		if n != 7 {
			t.Errorf("%s: the script returned %d", key, n)
		}
	}
	two := openAt(t, store.RedisConfig{URL: store.URL(set.URL()), WaitReplicas: 2})
	wantKind(t, two.WaitReplicas(t.Context()), bot.Unavailable)
}

// TestTLS connects over TLS, as a user with exactly the rights in docs/operations.md.
func TestTLS(t *testing.T) {
	t.Parallel()
	addr, certificate := redistest.StartTLS(t, "--requirepass", "of-the-default-user",
		"--user", "bot", "on", ">"+password, "~*", "&*", "+@all", "-@dangerous", "+info", "+config|get", "+cluster|slots")
	at := store.RedisConfig{URL: store.URL("rediss://bot:" + escaped + "@" + addr), CAFile: certificate}
	must(t, at.Validate())
	s := openAt(t, at)
	testAddFindList(t, s)
	for _, f := range s.Diagnose(t.Context()) {
		if f.Level == bot.LevelBad {
			t.Errorf("%s: %v", f.Name, f.Args)
		}
	}
	if err := s.Client().FlushAll(t.Context()).Err(); err == nil {
		t.Error("the user has more rights than needed")
	}
	at.CAFile = ""
	var err error
	for range 20 { // on a busy machine a handshake may need longer than dialTimeout
		_, err = store.Open(t.Context(), at, config(), slog.New(slog.DiscardHandler))
		if wantKind(t, err, bot.Unavailable); err != nil && strings.Contains(err.Error(), "certificate") {
			if f := store.Fault(err); f.Name != "tls_unknown_authority" || f.Args[0] != "redis.url" {
				t.Errorf("finding %+v", f)
			}
			return
		}
	}
	t.Errorf("a certificate of an unknown authority: %v", err)
}

func TestRedisConfig(t *testing.T) {
	t.Parallel()
	for want, c := range map[string]store.RedisConfig{
		"redis.wait_replicas: -1": {URL: "redis://h", WaitReplicas: -1},
		"has no replicas":         {WaitReplicas: 1},
		"has no TLS":              {URL: "redis://h", CAFile: "x"},
		"no such file":            {URL: "rediss://h", CAFile: "/nowhere/ca.pem"},
		"has no PEM certificate":  {URL: "rediss://h", CAFile: "durable_test.go"},
	} {
		if err := c.Validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
}

func openAt(t *testing.T, at store.RedisConfig) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), at, config(), slog.New(slog.DiscardHandler))
	must(t, err)
	t.Cleanup(func() { must(t, s.Close()) })
	return s
}

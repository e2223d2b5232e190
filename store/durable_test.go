package store_test

import (
	"log/slog"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"

	"recallbot/audit"
	"recallbot/bot"
	"recallbot/store"
	"recallbot/test/redistest"
)

// TestDurable: with a replica that does not follow, nothing counts as kept; when it follows again, the second try finds
// the first, and counts.
func TestDurable(t *testing.T) {
	t.Parallel()
	primary := redistest.Start(t)
	replica := primary.StartReplica()
	s := openAt(t, store.RedisConfig{URL: store.URL(primary.URL()), WaitReplicas: 1})
	log := store.NewAudit(s)
	entry := audit.Entry{Chat: newChat(), Message: "om_1"}
	must(t, awaitWritable(t, s, true)) // a replica that has just come follows after a moment

	replica.Freeze()
	_, err := log.Record(t.Context(), "work", entry)
	wantKind(t, err, bot.Unavailable)
	_, err = log.Record(t.Context(), "work", entry)
	wantKind(t, err, bot.Unavailable)
	replica.Thaw()
	fresh, err := log.Record(t.Context(), "work", entry)
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

// TestSecure waits for the replica of every master of a cluster.
func TestSecure(t *testing.T) {
	t.Parallel()
	set := redistest.StartFullCluster(t)
	s := openAt(t, store.RedisConfig{URL: store.URL(set.URL()), WaitReplicas: 1})
	err := s.WaitReplicas(t.Context())
	for range 20 { // on a busy machine a replica may need longer than we wait for it
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
			t.Errorf("%s: the script says %d", key, n)
		}
	}
	two := openAt(t, store.RedisConfig{URL: store.URL(set.URL()), WaitReplicas: 2})
	wantKind(t, two.WaitReplicas(t.Context()), bot.Unavailable)
}

// TestTLS reaches a server over TLS, as a user who may do what docs/operations.md lists and no more.
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
		t.Error("the user may do what it need not")
	}
	at.CAFile = ""
	var err error
	for range 20 { // a busy machine may take longer for a handshake than we wait for one
		_, err = store.Open(t.Context(), at, config(), slog.New(slog.DiscardHandler))
		if wantKind(t, err, bot.Unavailable); err != nil && strings.Contains(err.Error(), "certificate") {
			if f := store.Fault(err); f.Name != "tls_unknown_authority" || f.Args[0] != "redis.url" {
				t.Errorf("the doctor says %+v", f)
			}
			return
		}
	}
	t.Errorf("a server with a certificate of nobody's: %v", err)
}

func TestRedisConfig(t *testing.T) {
	t.Parallel()
	for want, c := range map[string]store.RedisConfig{
		"redis.wait_replicas: -1": {URL: "redis://h", WaitReplicas: -1},
		"has no replicas":         {WaitReplicas: 1},
		"has no TLS":              {URL: "redis://h", CAFile: "x"},
		"no such file":            {URL: "rediss://h", CAFile: "/nowhere/ca.pem"},
		"holds no certificate":    {URL: "rediss://h", CAFile: "durable_test.go"},
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

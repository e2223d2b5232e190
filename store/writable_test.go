package store_test

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"recallbot/bot"
	"recallbot/store"
	"recallbot/test/redistest"
)

// TestNotWritable: Writable names the cause, and succeeds again when Redis accepts writes.
func TestNotWritable(t *testing.T) {
	t.Parallel()
	for cause, c := range map[string]struct {
		ail, mend func(*testing.T, *redistest.Server)
	}{
		"full": {
			ail:  func(_ *testing.T, s *redistest.Server) { s.Set("maxmemory", "1") },
			mend: func(_ *testing.T, s *redistest.Server) { s.Set("maxmemory", "0") },
		},
		"read_only": {
			ail:  func(_ *testing.T, s *redistest.Server) { s.Ask("REPLICAOF 127.0.0.1 1") },
			mend: func(_ *testing.T, s *redistest.Server) { s.Ask("REPLICAOF NO ONE") },
		},
		"replicas": {
			ail:  func(_ *testing.T, s *redistest.Server) { s.Set("min-replicas-to-write", "1") },
			mend: func(_ *testing.T, s *redistest.Server) { s.Set("min-replicas-to-write", "0") },
		},
		"disk": {
			ail: func(t *testing.T, s *redistest.Server) {
				t.Helper()
				must(t, os.RemoveAll(s.Dir()))
				s.Set("save", `"3600 1"`)
				s.Ask("BGSAVE")
				s.Await("INFO persistence", "rdb_last_bgsave_status:err")
			},
			mend: func(_ *testing.T, s *redistest.Server) { s.Set("save", `""`) },
		},
		"forbidden": {
			ail:  func(_ *testing.T, s *redistest.Server) { s.Ask("ACL SETUSER default -xautoclaim") },
			mend: func(_ *testing.T, s *redistest.Server) { s.Ask("ACL SETUSER default +@all") },
		},
		"away": {ail: func(_ *testing.T, s *redistest.Server) { s.Kill() }},
	} {
		t.Run(cause, func(t *testing.T) {
			t.Parallel()
			server := redistest.Start(t)
			s := open(t, server.URL(), config())
			must(t, s.Writable(t.Context()))
			c.ail(t, server)
			err := awaitWritable(t, s, false)
			named, ok := errors.AsType[interface {
				error
				Cause() string
			}](err)
			if !ok || named.Cause() != cause {
				t.Errorf("%v has the cause %v, want %s", err, named, cause)
			}
			name := "redis_" + cause
			if cause == "away" {
				name = "redis"
			}
			if f := store.Fault(err); f.Level != bot.LevelBad || f.Name != name {
				t.Errorf("finding %+v", f)
			}
			if c.mend != nil {
				c.mend(t, server)
				must(t, awaitWritable(t, s, true))
			}
		})
	}
}

// awaitWritable polls until the store is writable, or is not, and returns the last result.
func awaitWritable(t *testing.T, s *store.Store, writable bool) error {
	t.Helper()
	deadline := time.Now().Add(maxWait)
	for {
		err := s.Writable(t.Context())
		if (err == nil) == writable {
			return err
		}
		if time.Now().After(deadline) {
			t.Fatalf("Writable = %v", err)
		}
	}
}

// TestWritableIsCached: one write a second for any number of callers.
func TestWritableIsCached(t *testing.T) {
	t.Parallel()
	s := open(t, redistest.Start(t).URL(), config())
	var writes atomic.Int32
	s.Observe(func(op string, _ time.Duration) {
		if op == "eval" {
			writes.Add(1)
		}
	})
	began, asked := time.Now(), 0
	for time.Since(began) < 1500*time.Millisecond {
		done := make(chan error, 8)
		for range cap(done) {
			go func() { done <- s.Writable(t.Context()) }()
		}
		for range cap(done) {
			must(t, <-done)
			asked++
		}
	}
	if n, most := int(writes.Load()), int(time.Since(began)/time.Second)+1; n < 1 || n > most {
		t.Errorf("%d writes for %d calls in %s", n, asked, time.Since(began))
	}
}

// TestWritableCancelled: a cancelled call does not change the cached result.
func TestWritableCancelled(t *testing.T) {
	t.Parallel()
	s := open(t, redistest.Start(t).URL(), config())
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if s.Writable(gone) == nil {
		t.Error("a question that was called off is answered")
	}
	must(t, s.Writable(t.Context()))
}

// TestNeededCommandsAreChecked: Open names a command that is missing.
func TestNeededCommandsAreChecked(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	admin := open(t, server.URL(), config())
	for _, line := range store.Needed() {
		name, _, _ := strings.Cut(line, " ")
		if name == "WAIT" || name == "PING" { // WAIT is only needed with WaitReplicas; PING comes before the check
			continue
		}
		must(t, admin.Client().Do(t.Context(), "ACL", "SETUSER", "u"+name, "on", ">p", "~*", "&*", "+@all", "-"+name).Err())
		err := openError(t, store.RedisConfig{URL: store.URL("redis://u" + name + ":p@" + server.Addr())})
		if f := store.Fault(err); f.Name != "redis_forbidden" || f.Args[0] != name {
			t.Errorf("without %s: %v, %+v", name, err, f)
		}
	}
	waiting := store.RedisConfig{URL: store.URL("redis://waits:p@" + server.Addr()), WaitReplicas: 1}
	must(t, admin.Client().Do(t.Context(), "ACL", "SETUSER", "waits", "on", ">p", "~*", "&*", "+@all", "-wait").Err())
	if f := store.Fault(openError(t, waiting)); f.Name != "redis_forbidden" || f.Args[0] != "WAIT" {
		t.Errorf("without WAIT: %+v", f)
	}
	must(t, admin.Client().Do(t.Context(), "ACL", "SETUSER", "keys", "on", ">p", "~other:*", "&*", "+@all").Err())
	if f := store.Fault(openError(t, store.RedisConfig{URL: store.URL("redis://keys:p@" + server.Addr())})); f.Name != "redis_forbidden" || f.Args[0] != "~*" {
		t.Errorf("without the rights to keys: %+v", f)
	}
	// The rights in docs/operations.md are enough.
	must(t, admin.Client().Do(t.Context(), "ACL", "SETUSER", "documented", "on", ">p", "~*", "&*",
		"+@all", "-@dangerous", "+info", "+config|get", "+cluster|slots").Err())
	documented := openAt(t, store.RedisConfig{URL: store.URL("redis://documented:p@" + server.Addr())})
	must(t, documented.Writable(t.Context()))
	if keys, err := admin.Client().Keys(t.Context(), "*").Result(); err != nil || len(keys) > 1 {
		t.Errorf("the check has left %q, %v", keys, err)
	}
}

func TestRenamedCommands(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"XAUTOCLAIM", "EVALSHA", "MULTI", "SMISMEMBER"} {
		server := redistest.Start(t, "--rename-command", name, "")
		err := openError(t, store.RedisConfig{URL: store.URL(server.URL())})
		if f := store.Fault(err); bot.KindOf(err) != bot.Invalid || f.Name != "redis_command" || f.Args[0] != name {
			t.Errorf("without %s: %v, %+v", name, err, f)
		}
	}
}

func openError(t *testing.T, at store.RedisConfig) error {
	t.Helper()
	s, err := store.Open(t.Context(), at, config(), slog.New(slog.DiscardHandler))
	if err == nil {
		t.Errorf("%s was opened", at.URL)
		must(t, s.Close())
		return bot.Errorf(bot.Internal, "opened")
	}
	return err
}

package store_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"recallbot/audit"
	"recallbot/bot"
	"recallbot/store"
	"recallbot/test/redistest"
)

// maxWait bounds waits that are short on an idle machine.
const maxWait = 30 * time.Second

func TestRedisRestart(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	s := open(t, server.URL(), config())
	x, chat, ctx := store.NewIndex(s), newChat(), t.Context()
	before := personMessage(chat, 0)
	must(t, x.Add(ctx, before))
	must(t, s.Ready(ctx))

	server.Kill()
	wantOutage(t, s)

	server.Restart()
	recovered(t, s)
	after := personMessage(chat, 1)
	must(t, x.Add(ctx, after))
	wantList(t, x, chat, after, before)
}

func TestRedisDoesNotAnswer(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	s := open(t, server.URL(), config())
	server.Freeze()
	wantOutage(t, s)
	server.Thaw()
	recovered(t, s)
}

// TestManyCallersDuringOutage: the queue of commands is bounded, and all callers get an error soon.
func TestManyCallersDuringOutage(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	s := open(t, server.URL(), config())
	x, chat := store.NewIndex(s), newChat()
	server.Freeze()
	const callers = 3000
	began := time.Now()
	errs := make(chan error, callers)
	for range callers {
		go func() { errs <- x.Add(t.Context(), personMessage(chat, 0)) }()
	}
	for range callers {
		wantKind(t, <-errs, bot.Unavailable)
	}
	if took := time.Since(began); took > maxWait {
		t.Errorf("%d callers got an error after %v", callers, took)
	}
	server.Thaw()
	recovered(t, s)
}

// TestLoading: a Redis that loads its file answers all commands with LOADING.
func TestLoading(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t, "--enable-debug-command", "yes",
		"--loading-process-events-interval-bytes", "1024", "--key-load-delay", "20")
	s := open(t, server.URL(), config())
	ctx := t.Context()
	must(t, s.Client().Do(ctx, "debug", "populate", 100_000).Err())
	reloaded := make(chan struct{})
	go func() {
		defer close(reloaded)
		_ = s.Client().Do(ctx, "debug", "reload").Err() // ends with our timeout
	}()
	deadline := time.Now().Add(maxWait)
	for {
		err := s.Ready(ctx)
		if err != nil && strings.Contains(err.Error(), "LOADING") {
			wantKind(t, err, bot.Unavailable)
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("a loading Redis: %v", err)
		}
	}
	<-reloaded
	recovered(t, s)
}

// wantOutage wants Unavailable errors soon.
func wantOutage(t *testing.T, s *store.Store) {
	t.Helper()
	x, ctx, chat := store.NewIndex(s), t.Context(), newChat()
	var wg sync.WaitGroup
	for name, try := range map[string]func() error{
		"ready":  func() error { return s.Ready(ctx) },
		"add":    func() error { return x.Add(ctx, personMessage(chat, 0)) },
		"find":   func() error { _, _, err := x.Find(ctx, "om_1"); return err },
		"forget": func() error { return x.Forget(ctx, "om_1") },
		"newest": func() error { _, err := x.List(ctx, chat); return err },
		"limit":  func() error { return store.NewLimiter(s).Wait(ctx, "api") },
		"record": func() error { _, err := store.NewAudit(s).Record(ctx, "key", audit.Entry{}); return err },
		"once":   func() error { _, err := store.NewOnce(s).First(ctx, "key", time.Minute); return err },
		"roles":  func() error { _, _, _, err := store.NewRoles(s).Load(ctx, chat); return err },
	} {
		wg.Go(func() {
			began := time.Now()
			if err := try(); bot.KindOf(err) != bot.Unavailable {
				t.Errorf("%s: %v", name, err)
			}
			if took := time.Since(began); took > maxWait {
				t.Errorf("%s failed after %v", name, took)
			}
		})
	}
	wg.Wait()
}

// recovered waits until the store is ready again.
func recovered(t *testing.T, s *store.Store) {
	t.Helper()
	deadline := time.Now().Add(maxWait)
	for err := s.Ready(t.Context()); err != nil; err = s.Ready(t.Context()) {
		if time.Now().After(deadline) {
			t.Fatalf("not ready again: %v", err)
		}
	}
}

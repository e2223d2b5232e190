package feishu_test

import (
	"bytes"
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"recallbot/feishu"
)

// memoryTokenCache is a TokenCache in memory.
type memoryTokenCache struct {
	mu          sync.Mutex
	kept        []byte
	taken       bool
	unreachable bool   // every call fails
	onLocked    func() // called when a lock is refused
}

var errAway = errors.New("away")

func (s *memoryTokenCache) do(what func()) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.unreachable {
		return errAway
	}
	what()
	return nil
}

func (s *memoryTokenCache) Load(context.Context) (kept []byte, err error) {
	err = s.do(func() { kept = s.kept })
	return kept, err
}

func (s *memoryTokenCache) Store(_ context.Context, sealed []byte, _ time.Duration) error {
	return s.do(func() { s.kept = sealed })
}

func (s *memoryTokenCache) Delete(_ context.Context, sealed []byte) error {
	return s.do(func() {
		if bytes.Equal(s.kept, sealed) {
			s.kept = nil
		}
	})
}

func (s *memoryTokenCache) TryLock(context.Context, time.Duration) (locked bool, err error) {
	err = s.do(func() {
		locked = !s.taken
		s.taken = true
		if !locked && s.onLocked != nil {
			s.onLocked()
		}
	})
	return locked, err
}

func (s *memoryTokenCache) Unlock(context.Context) error { return s.do(func() { s.taken = false }) }

// replicas are clients of one app with the same cache.
func replicas(p *platform, s *memoryTokenCache, n int, change func(*feishu.Config)) []*feishu.Client {
	var all []*feishu.Client
	for range n {
		cfg := clientConfig(p.URL)
		cfg.TokenCache = s
		if change != nil {
			change(&cfg)
		}
		all = append(all, feishu.NewClient(cfg, &limiter{}, discardLog()))
	}
	return all
}

func callConcurrently(t *testing.T, clients []*feishu.Client) {
	t.Helper()
	var all sync.WaitGroup
	for _, client := range clients {
		all.Go(func() {
			if err := client.Recall(t.Context(), "om_1"); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
}

// TestReplicasShareTheToken: one of them fetches it, once until it is revoked; the cache does not contain it in plain
// text.
func TestReplicasShareTheToken(t *testing.T) {
	t.Parallel()
	revoked := false
	p := newPlatform(t, func(_ int, call seen) fakeReply {
		if revoked && call.Token == "Bearer t-1" {
			return refusal(99991663)
		}
		return fakeReply{body: `{"code":0}`}
	})
	s := &memoryTokenCache{}
	clients := replicas(p, s, 6, nil)
	callConcurrently(t, clients)
	callConcurrently(t, replicas(p, s, 1, nil)) // a replica that started later
	if n := p.fetched(); n != 1 {
		t.Errorf("the token was fetched %d times, want once", n)
	}
	if bytes.Contains(s.kept, []byte("t-1")) {
		t.Error("the token can be read where it is kept")
	}
	p.mu.Lock()
	revoked = true
	p.mu.Unlock()
	callConcurrently(t, clients)
	callConcurrently(t, clients)
	if n := p.fetched(); n != 2 {
		t.Errorf("after it was revoked the token was fetched %d times in all, want twice", n)
	}
}

// TestForeignCachedToken: a token of another secret, app or platform is not used.
func TestForeignCachedToken(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*feishu.Config){
		"secret": func(c *feishu.Config) { c.AppSecret = "another" },
		"app":    func(c *feishu.Config) { c.AppID = "cli_other" },
	} {
		p, s := newPlatform(t, always(fakeReply{body: `{"code":0}`})), &memoryTokenCache{}
		callConcurrently(t, replicas(p, s, 1, nil))
		callConcurrently(t, replicas(p, s, 1, change))
		if n := p.fetched(); n != 2 {
			t.Errorf("%s: the token was fetched %d times, want twice", name, n)
		}
	}
}

// TestTokenWithoutCache: if the cache fails, or a replica died with the lock, each fetches its own token.
func TestTokenWithoutCache(t *testing.T) {
	t.Parallel()
	p, clock := newPlatform(t, always(fakeReply{body: `{"code":0}`})), newClock()
	s := &memoryTokenCache{taken: true, onLocked: func() { clock.advance(time.Second) }}
	callConcurrently(t, replicas(p, s, 1, func(c *feishu.Config) { c.Now = clock.now }))
	callConcurrently(t, replicas(p, &memoryTokenCache{unreachable: true}, 2, nil))
	if n := p.fetched(); n != 3 {
		t.Errorf("the token was fetched %d times, want 3", n)
	}
}

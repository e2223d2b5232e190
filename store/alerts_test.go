package store_test

import (
	"sync"
	"testing"
	"time"

	"recallbot/bot"
	"recallbot/post/alert"
	"recallbot/store"
)

func testAlerts(t *testing.T, s *store.Store) {
	t.Helper()
	kept, id := store.NewAlerts(s), alert.GroupID(randomHex())
	load := func() alert.Group {
		t.Helper()
		g, err := kept.Change(t.Context(), id, func(g *alert.Group) bool { g.Firing = !g.Firing; return false })
		must(t, err)
		return g
	}
	if g := load(); g.ID != "" || g.Firing {
		t.Errorf("an unknown group is %+v", g)
	}
	created, err := kept.Change(t.Context(), id, func(g *alert.Group) bool { g.ID, g.Firing = id, true; return true })
	must(t, err)
	if g := load(); created.ID != id || g.ID != id || !g.Firing {
		t.Errorf("created %+v, stored %+v", created, g)
	}
	wantTTL := func(want time.Duration) {
		t.Helper()
		ttl, err := s.Client().TTL(t.Context(), "al:"+string(id)).Result()
		must(t, err)
		if ttl < want-time.Minute || ttl > want {
			t.Errorf("TTL %s, want %s", ttl, want)
		}
	}
	wantTTL(2 * time.Minute) // without a card
	_, err = kept.Change(t.Context(), id, func(g *alert.Group) bool { g.Post = "p_1"; return true })
	must(t, err)
	wantTTL(30 * 24 * time.Hour)
	must(t, s.Client().Expire(t.Context(), "al:"+string(id), time.Hour).Err())
	load()
	wantTTL(30 * 24 * time.Hour)
}

func testAlertsConcurrent(t *testing.T, s *store.Store) {
	t.Helper()
	kept, id := store.NewAlerts(s), alert.GroupID(randomHex())
	const many = 8
	var wait sync.WaitGroup
	for range many {
		wait.Go(func() {
			_, err := kept.Change(t.Context(), id, func(g *alert.Group) bool {
				g.Leaving = append(g.Leaving, "p_1")
				return true
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	g, err := kept.Change(t.Context(), id, func(*alert.Group) bool { return false })
	must(t, err)
	if len(g.Leaving) != many {
		t.Errorf("%d of %d changes are stored", len(g.Leaving), many)
	}
}

func testAlertsUndecodable(t *testing.T, s *store.Store) {
	t.Helper()
	id := alert.GroupID(randomHex())
	must(t, s.Client().Set(t.Context(), "al:"+string(id), "{", 0).Err())
	_, err := store.NewAlerts(s).Change(t.Context(), id, func(*alert.Group) bool { return true })
	wantKind(t, err, bot.Internal)
}

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
	look := func() alert.Group {
		t.Helper()
		g, err := kept.Change(t.Context(), id, func(g *alert.Group) bool { g.Firing = !g.Firing; return false })
		must(t, err)
		return g
	}
	if g := look(); g.ID != "" || g.Firing {
		t.Errorf("a group that nobody made is %+v", g)
	}
	made, err := kept.Change(t.Context(), id, func(g *alert.Group) bool { g.ID, g.Firing = id, true; return true })
	must(t, err)
	if g := look(); made.ID != id || g.ID != id || !g.Firing {
		t.Errorf("made %+v, kept %+v", made, g)
	}
	life := func(want time.Duration) {
		t.Helper()
		ttl, err := s.Client().TTL(t.Context(), "al:"+string(id)).Result()
		must(t, err)
		if ttl < want-time.Minute || ttl > want {
			t.Errorf("it lives for %s, want %s", ttl, want)
		}
	}
	life(2 * time.Minute) // it has no card
	_, err = kept.Change(t.Context(), id, func(g *alert.Group) bool { g.Post = "p_1"; return true })
	must(t, err)
	life(30 * 24 * time.Hour)
	must(t, s.Client().Expire(t.Context(), "al:"+string(id), time.Hour).Err())
	look()
	life(30 * 24 * time.Hour)
}

func testAlertsTogether(t *testing.T, s *store.Store) {
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
		t.Errorf("%d of %d changes are there", len(g.Leaving), many)
	}
}

func testAlertsSpoiled(t *testing.T, s *store.Store) {
	t.Helper()
	id := alert.GroupID(randomHex())
	must(t, s.Client().Set(t.Context(), "al:"+string(id), "{", 0).Err())
	_, err := store.NewAlerts(s).Change(t.Context(), id, func(*alert.Group) bool { return true })
	wantKind(t, err, bot.Internal)
}

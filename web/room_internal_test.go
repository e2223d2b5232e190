package web

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

// entered asks for room in the background, and tells when it was given, or that it was not.
func entered(ctx context.Context, r *room, size int, end func()) <-chan *place {
	got := make(chan *place, 1)
	go func() {
		if p, ok := r.enter(ctx, size, end); ok {
			got <- p
		}
		close(got)
	}()
	synctest.Wait()
	return got
}

func has(got <-chan *place) *place {
	synctest.Wait()
	select {
	case p := <-got:
		return p
	default:
		return nil
	}
}

func TestRoomIsNeverExceeded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r, never := newRoom(100), func() { t.Error("a body that has come is ended") }
		first := has(entered(t.Context(), r, 60, never))
		r.read(first)
		second, third := entered(t.Context(), r, 50, nil), entered(t.Context(), r, 40, never)
		small := has(third)
		if small == nil || has(second) != nil {
			t.Fatal("what fits must not wait for what does not")
		}
		r.read(small)
		time.Sleep(10 * bodyGrace)
		r.leave(small)
		if has(second) != nil {
			t.Fatal("more is held than there is room for")
		}
		r.leave(first)
		if has(second) == nil || r.free != 50 {
			t.Errorf("%d are free", r.free)
		}
	})
}

// TestSlowBodiesMakeRoom: while somebody waits, a body has a moment to come; while nobody does, as long as it likes.
func TestSlowBodiesMakeRoom(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRoom(100)
		var ended []string
		slow := func(name string) func() { return func() { ended = append(ended, name) } }
		old := has(entered(t.Context(), r, 50, slow("old")))
		time.Sleep(time.Hour)
		young := has(entered(t.Context(), r, 50, slow("young")))
		if old == nil || young == nil || len(ended) != 0 {
			t.Fatalf("ended %v though nobody waits", ended)
		}
		next := entered(t.Context(), r, 50, slow("next"))
		if !slices.Equal(ended, []string{"old"}) {
			t.Fatalf("ended %v", ended)
		}
		r.leave(old)
		if has(next) == nil {
			t.Fatal("no room where a body has gone")
		}
		last := entered(t.Context(), r, 100, slow("last"))
		time.Sleep(2 * bodyGrace)
		synctest.Wait()
		if !slices.Equal(ended, []string{"old", "young", "next"}) {
			t.Errorf("ended %v", ended)
		}
		r.leave(young)
		if has(last) != nil {
			t.Error("half of the room is not all of it")
		}
	})
}

func TestRoomIsNotWaitedForInVain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRoom(100)
		all := has(entered(t.Context(), r, 100, func() {}))
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		late := entered(ctx, r, 10, nil)
		time.Sleep(2 * time.Second)
		if p, ok := <-late; ok {
			t.Errorf("got %+v", p)
		}
		r.leave(all)
		if r.free != 100 || len(r.waiting)+len(r.held) != 0 {
			t.Errorf("left are %+v", r)
		}
	})
}

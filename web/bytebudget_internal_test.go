package web

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

// acquireAsync acquires a reservation in the background; the channel gets nil if it was not granted.
func acquireAsync(ctx context.Context, r *byteBudget, size int, end func()) <-chan *reservation {
	got := make(chan *reservation, 1)
	go func() {
		if p, ok := r.acquire(ctx, size, end); ok {
			got <- p
		}
		close(got)
	}()
	synctest.Wait()
	return got
}

func received(got <-chan *reservation) *reservation {
	synctest.Wait()
	select {
	case p := <-got:
		return p
	default:
		return nil
	}
}

func TestByteBudgetLimit(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r, never := newByteBudget(100), func() { t.Error("a body that has come is ended") }
		first := received(acquireAsync(t.Context(), r, 60, never))
		r.markRead(first)
		second, third := acquireAsync(t.Context(), r, 50, nil), acquireAsync(t.Context(), r, 40, never)
		small := received(third)
		if small == nil || received(second) != nil {
			t.Fatal("what fits must not wait for what does not")
		}
		r.markRead(small)
		time.Sleep(10 * slowBodyAfter)
		r.release(small)
		if received(second) != nil {
			t.Fatal("more is held than there is room for")
		}
		r.release(first)
		if received(second) == nil || r.free != 50 {
			t.Errorf("%d are free", r.free)
		}
	})
}

// TestByteBudgetAbortsSlowBodies: a slow body is aborted only while another one waits.
func TestByteBudgetAbortsSlowBodies(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newByteBudget(100)
		var ended []string
		slow := func(name string) func() { return func() { ended = append(ended, name) } }
		old := received(acquireAsync(t.Context(), r, 50, slow("old")))
		time.Sleep(time.Hour)
		young := received(acquireAsync(t.Context(), r, 50, slow("young")))
		if old == nil || young == nil || len(ended) != 0 {
			t.Fatalf("aborted %v though none waits", ended)
		}
		next := acquireAsync(t.Context(), r, 50, slow("next"))
		if !slices.Equal(ended, []string{"old"}) {
			t.Fatalf("ended %v", ended)
		}
		r.release(old)
		if received(next) == nil {
			t.Fatal("no room where a body has gone")
		}
		last := acquireAsync(t.Context(), r, 100, slow("last"))
		time.Sleep(2 * slowBodyAfter)
		synctest.Wait()
		if !slices.Equal(ended, []string{"old", "young", "next"}) {
			t.Errorf("ended %v", ended)
		}
		r.release(young)
		if received(last) != nil {
			t.Error("half of the room is not all of it")
		}
	})
}

func TestByteBudgetCancel(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newByteBudget(100)
		all := received(acquireAsync(t.Context(), r, 100, func() {}))
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		late := acquireAsync(ctx, r, 10, nil)
		time.Sleep(2 * time.Second)
		if p, ok := <-late; ok {
			t.Errorf("got %+v", p)
		}
		r.release(all)
		if r.free != 100 || len(r.waiting)+len(r.active) != 0 {
			t.Errorf("left are %+v", r)
		}
	})
}

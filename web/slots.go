package web

import (
	"context"
	"net/http"
	"time"
)

// slots bound how many are at something at once.
type slots chan struct{}

func newSlots(n int) slots { return make(slots, n) }

// enter waits for a slot, which must be left again. Its error is errBusy where none was free in time.
func (s slots) enter(ctx context.Context, wait time.Duration) error {
	select {
	case s <- struct{}{}:
		return nil
	default:
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case s <- struct{}{}:
		return nil
	case <-timer.C:
	case <-ctx.Done():
	}
	return errBusy
}

func (s slots) leave() { <-s }

// gated serves as many at once as there are slots, and lets others wait for one.
func (s slots) gated(handler http.Handler, wait time.Duration) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s.enter(r.Context(), wait) != nil {
			http.Error(w, "busy", http.StatusServiceUnavailable)
			return
		}
		defer s.leave()
		handler.ServeHTTP(w, r)
	})
}

package web

import (
	"context"
	"net/http"
	"time"
)

// semaphore bound how many are at something at once.
type semaphore chan struct{}

func newSemaphore(n int) semaphore { return make(semaphore, n) }

// acquire waits for a slot, which must be left again. Its error is errBusy where none was free in time.
func (s semaphore) acquire(ctx context.Context, wait time.Duration) error {
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

func (s semaphore) release() { <-s }

// wrap serves as many at once as there are slots, and lets others wait for one.
func (s semaphore) wrap(handler http.Handler, wait time.Duration) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s.acquire(r.Context(), wait) != nil {
			http.Error(w, "busy", http.StatusServiceUnavailable)
			return
		}
		defer s.release()
		handler.ServeHTTP(w, r)
	})
}

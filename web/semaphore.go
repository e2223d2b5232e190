package web

import (
	"context"
	"net/http"
	"time"
)

// semaphore limits how many do something at the same time.
type semaphore chan struct{}

func newSemaphore(n int) semaphore { return make(semaphore, n) }

// acquire waits for a slot, which must be released. The error is errBusy if none is free in time.
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

// wrap limits the concurrent requests of a handler; others wait.
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

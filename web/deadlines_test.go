package web //nolint:testpackage // tests unexported code

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

type testKey struct{}

func TestSharedDeadlines(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := &sharedDeadlines{timeout: time.Second}
		parent, leave := context.WithCancel(context.WithValue(t.Context(), testKey{}, "its own"))
		for range 25 {
			began := time.Now()
			ctx := d.withTimeout(parent)
			if deadline, ok := ctx.Deadline(); !ok || deadline.Sub(began) > d.timeout || deadline.Sub(began) < d.timeout-deadlineStep {
				t.Fatalf("ends %s after %s, want %s", deadline, began, d.timeout)
			}
			if ctx.Value(testKey{}) != "its own" {
				t.Fatal("the values are lost")
			}
			time.Sleep(17 * time.Millisecond)
		}

		ctx := d.withTimeout(parent)
		derived, cancel := context.WithCancel(ctx)
		defer cancel()
		leave()
		if ctx.Err() != nil || derived.Err() != nil {
			t.Error("ended with its parent context")
		}
		time.Sleep(d.timeout)
		synctest.Wait()
		if ctx.Err() != context.DeadlineExceeded || derived.Err() != context.DeadlineExceeded {
			t.Errorf("after the time: %v, %v", ctx.Err(), derived.Err())
		}
	})
}

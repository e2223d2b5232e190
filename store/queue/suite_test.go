package queue_test

import (
	"context"
	"crypto/rand"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/redis/go-redis/v9"

	"recallbot/store/queue"
)

// maxWait bounds every wait of a test that is expected to be short; the machine may be busy.
const maxWait = 30 * time.Second

// backendT is a test with its backend.
type backendT struct {
	*testing.T

	rdb redis.UniversalClient
}

// TestQueue tests the contract of the package on miniredis, Redis and a Redis Cluster.
func TestQueue(t *testing.T) {
	t.Parallel()
	suite := []struct {
		name string
		test func(t backendT)
	}{
		{"delivers items", deliversItems},
		{"dedupes puts", dedupesPuts},
		{"puts through an auto pipeline", putsThroughAutoPipeline},
		{"refuses items that can't be decoded", refusesItemsThatCannotBeDecoded},
		{"queues are separate", queuesAreSeparate},
		{"counts failures, then gives up", countsFailuresThenGivesUp},
		{"gives up permanent errors at once", givesUpPermanentErrorsAtOnce},
		{"survives a panic", survivesAPanic},
		{"keeps the newest dead letters", keepsTheNewestDeadLetters},
		{"replays and drops dead letters", replaysAndDropsDeadLetters},
		{"runs delayed items on time", runsDelayedItemsOnTime},
		{"replaces and cancels delayed items", replacesAndCancelsDelayedItems},
		{"a busy key does not delay another", busyKeyDoesNotDelayAnother},
		{"limits the handlers of a key", limitsTheHandlersOfAKey},
		{"a busy owner does not delay another", busyOwnerDoesNotDelayAnother},
		{"busy owners leave the reserved workers", busyOwnersLeaveReservedWorkers},
		{"owners share workers", ownersShareWorkers},
		{"calls the observer", callsTheObserver},
		{"counts items", countsItems},
		{"lets handlers finish at shutdown", letsHandlersFinish},
		{"gives back at shutdown", givesBackAtShutdown},
		{"reports handlers that ignore the shutdown", reportsHandlersThatIgnoreShutdown},

		{"claims while idle", claimsWhileIdle},
		{"a slow handler keeps its item", slowHandlerKeepsItsItem},
		{"a takeover is no attempt", takeoverIsNoAttempt},
		{"done items leave nothing in redis", doneItemsLeaveNothing},
		{"moves many due items", movesManyDueItems},
		{"retry-at is no attempt", retryAtIsNoAttempt},
		{"an idle worker stops quickly and leaves no consumer", idleWorkerStopsQuickly},
		{"deletes dead consumers", deletesDeadConsumers},
		{"creates a lost stream again", createsALostStreamAgain},
		{"undecodable entries become dead letters", undecodableEntriesBecomeDeadLetters},
	}
	for _, b := range backends() {
		t.Run(b.name, func(t *testing.T) {
			t.Parallel()
			for _, c := range suite {
				t.Run(c.name, func(t *testing.T) {
					t.Parallel()
					c.test(backendT{t, b.open(t)})
				})
			}
		})
	}
}

// testConfig returns a configuration that does not make tests wait, with a name of its own.
func testConfig() queue.Config {
	return queue.Config{
		Name:        "test-" + rand.Text(),
		BackoffBase: time.Millisecond,
		BackoffCap:  4 * time.Millisecond,
		MaxAttempts: 3,
	}
}

// start runs the queue until the test ends or stop is called, which returns Run's error, or an error if it does not end within maxWait.
func start(tb testing.TB, q *queue.Queue, h queue.Handler) (stop func() error) {
	tb.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	var err error
	go func() {
		defer close(ended)
		err = q.Run(ctx, h)
	}()
	stop = func() error {
		cancel()
		timeout := time.NewTimer(maxWait)
		defer timeout.Stop()
		select {
		case <-ended:
			return err
		case <-timeout.C:
			return errors.New("still running")
		}
	}
	tb.Cleanup(func() { _ = stop() })

	return stop
}

// sendTo is a handler that sends each delivery to got.
func sendTo(got chan<- queue.Delivery) queue.Handler {
	return func(_ context.Context, d queue.Delivery) error {
		got <- d

		return nil
	}
}

func receive[T any](tb testing.TB, c <-chan T, what string) T {
	tb.Helper()
	timeout := time.NewTimer(maxWait)
	defer timeout.Stop()
	select {
	case v := <-c:
		return v
	case <-timeout.C:
		tb.Fatalf("%s: nothing within %s", what, maxWait)
		panic("not reached")
	}
}

func put(tb testing.TB, q *queue.Queue, items ...queue.Item) {
	tb.Helper()
	for _, it := range items {
		added, err := q.Put(tb.Context(), it)
		if err != nil || !added {
			tb.Fatalf("Put(%s) = %v, %v; want true, nil", it.ID, added, err)
		}
	}
}

// wantStats waits until the queue has these stats; Oldest is not compared.
func wantStats(tb testing.TB, q *queue.Queue, want queue.Stats) {
	tb.Helper()
	var got queue.Stats
	var failed error
	err := poll(maxWait, func(ctx context.Context) bool {
		got, failed = q.Stats(ctx)
		got.Oldest = 0

		return failed == nil && got == want
	})
	if err != nil {
		tb.Fatalf("%v, stats (-want +got):\n%s", failed, cmp.Diff(want, got))
	}
}

func deadLetters(tb testing.TB, q *queue.Queue) []queue.Dead {
	tb.Helper()
	dead, err := q.DeadLetters(tb.Context(), "", 1000)
	if err != nil {
		tb.Fatal(err)
	}

	return dead
}

var errBoom = errors.New("boom")

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

// soon bounds every wait of a test that is expected to be short; the machine may be busy.
const soon = 30 * time.Second

// on is a test on a backend.
type on struct {
	*testing.T

	rdb redis.UniversalClient
}

// TestQueue is the contract of the package. It holds on miniredis, on a Redis and on a Redis Cluster.
func TestQueue(t *testing.T) {
	t.Parallel()
	suite := []struct {
		name string
		test func(t on)
	}{
		{"delivers what was put", deliversWhatWasPut},
		{"puts once what was seen", putsOnceWhatWasSeen},
		{"puts through an auto pipeline", putsThroughAutoPipeline},
		{"refuses what would not come back", refusesWhatWouldNotComeBack},
		{"two queues side by side", twoQueuesSideBySide},
		{"counts failures, then gives up", countsFailuresThenGivesUp},
		{"gives up at once what is permanent", givesUpAtOnceWhatIsPermanent},
		{"survives a panic", survivesAPanic},
		{"keeps the newest dead letters", keepsTheNewestDeadLetters},
		{"replays and drops dead letters", replaysAndDropsDeadLetters},
		{"runs put-at items on time", runsPutAtOnTime},
		{"replaces and cancels put-at items", replacesAndCancelsPutAt},
		{"a busy key does not hold up another", busyKeyDoesNotHoldUpAnother},
		{"bounds the handlers of a key", boundsTheHandlersOfAKey},
		{"a busy owner does not hold up another", busyOwnerDoesNotHoldUpAnother},
		{"all owners do not hold up what has none", busyOwnersLeaveSomeWorkers},
		{"owners that wait have their turns", ownersHaveTheirTurns},
		{"tells the observer", tellsTheObserver},
		{"counts its state", countsItsState},
		{"lets handlers finish at shutdown", letsHandlersFinish},
		{"gives back at shutdown", givesBackAtShutdown},
		{"reports handlers that ignore the shutdown", reportsStubbornHandlers},

		{"lesson 1: claims while it waits for work", claimsWhileIdle},
		{"lesson 2: a slow handler keeps its item", slowHandlerKeepsItsItem},
		{"lesson 3: takeovers are no attempts", takeoversAreNoAttempts},
		{"lesson 4: what is done leaves nothing behind", doneLeavesNothing},
		{"lesson 5: moves bursts of due jobs", movesBurstsOfDueJobs},
		{"lesson 6: retry-at is no attempt", retryAtIsNoAttempt},
		{"lesson 7: an idle worker stops quickly and leaves no consumer", idleWorkerStopsQuickly},
		{"lesson 7: deletes consumers that are gone", deletesConsumersThatAreGone},
		{"lesson 8: goes on when the stream is gone", goesOnWhenTheStreamIsGone},
		{"poison goes to the dead letters", poisonGoesToTheDeadLetters},
	}
	for _, b := range backends() {
		t.Run(b.name, func(t *testing.T) {
			t.Parallel()
			for _, c := range suite {
				t.Run(c.name, func(t *testing.T) {
					t.Parallel()
					c.test(on{t, b.open(t)})
				})
			}
		})
	}
}

// fast is a configuration that does not make tests wait, with a name of its own.
func fast() queue.Config {
	return queue.Config{
		Name:        "test-" + rand.Text(),
		BackoffBase: time.Millisecond,
		BackoffCap:  4 * time.Millisecond,
		MaxAttempts: 3,
	}
}

// start runs the queue until the test ends, or until the returned function is called, which reports Run's error, or that
// it does not end soon.
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
		late := time.NewTimer(soon)
		defer late.Stop()
		select {
		case <-ended:
			return err
		case <-late.C:
			return errors.New("still running")
		}
	}
	tb.Cleanup(func() { _ = stop() })

	return stop
}

// into is a handler that passes on what it gets and is done.
func into(got chan<- queue.Delivery) queue.Handler {
	return func(_ context.Context, d queue.Delivery) error {
		got <- d

		return nil
	}
}

func receive[T any](tb testing.TB, c <-chan T, what string) T {
	tb.Helper()
	late := time.NewTimer(soon)
	defer late.Stop()
	select {
	case v := <-c:
		return v
	case <-late.C:
		tb.Fatalf("%s: nothing within %s", what, soon)
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

// wantStats waits until the queue has come to rest there; ages are not compared.
func wantStats(tb testing.TB, q *queue.Queue, want queue.Stats) {
	tb.Helper()
	var got queue.Stats
	var failed error
	err := poll(soon, func(ctx context.Context) bool {
		got, failed = q.Stats(ctx)
		got.Oldest = 0

		return failed == nil && got == want
	})
	if err != nil {
		tb.Fatalf("%v, stats (-want +got):\n%s", failed, cmp.Diff(want, got))
	}
}

func letters(tb testing.TB, q *queue.Queue) []queue.Dead {
	tb.Helper()
	dead, err := q.DeadLetters(tb.Context(), "", 1000)
	if err != nil {
		tb.Fatal(err)
	}

	return dead
}

var errBoom = errors.New("boom")

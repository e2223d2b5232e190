package queue_test

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"recallbot/store/queue"
)

// gatedHandler is a handler that holds some deliveries until open is closed.
type gatedHandler struct {
	holds func(queue.Delivery) bool
	open  chan struct{}
	held  chan queue.Delivery
	done  chan queue.Delivery
}

func newGatedHandler(holds func(queue.Delivery) bool) *gatedHandler {
	return &gatedHandler{holds: holds, open: make(chan struct{}), held: make(chan queue.Delivery, 5000), done: make(chan queue.Delivery, 5000)}
}

func (g *gatedHandler) handle(ctx context.Context, d queue.Delivery) error {
	if g.holds(d) {
		g.held <- d
		select {
		case <-g.open:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	g.done <- d

	return nil
}

// busyOwnerDoesNotDelayAnother: an owner with many items and keys has PerOwner handlers; items of another owner, and items without
// one, run at once.
func busyOwnerDoesNotDelayAnother(t backendT) {
	cfg := testConfig()
	cfg.Workers, cfg.PerKey, cfg.PerOwner, cfg.InFlight = 8, 2, 2, 32
	q, g := queue.New(t.rdb, cfg), newGatedHandler(func(d queue.Delivery) bool { return d.Owner == "greedy" })
	const many = 300
	for i := range many {
		put(t, q, queue.Item{ID: strconv.Itoa(i), Key: fmt.Sprint("host", i), Owner: "greedy"})
	}
	start(t, q, g.handle)
	for range 2 {
		receive(t, g.held, "the greedy owner gets its handlers")
	}
	for _, owner := range []string{"other", ""} {
		put(t, q, queue.Item{ID: "o" + owner, Key: "host", Owner: owner})
		if d := receive(t, g.done, "an item of another owner"); d.Owner != owner || d.Redelivered {
			t.Errorf("%+v ran", d)
		}
	}
	if n := len(g.held); n != 0 {
		t.Errorf("%d more handlers of the greedy owner after the first two", n)
	}
	close(g.open)
	eventually(t, 60*time.Second, "all is done", func(context.Context) bool { return len(g.done) == many })
	wantStats(t, q, queue.Stats{})
}

// busyOwnersLeaveReservedWorkers: while all owners are busy, items without an owner run.
func busyOwnersLeaveReservedWorkers(t backendT) {
	cfg := testConfig()
	cfg.Workers, cfg.PerOwner, cfg.Reserved, cfg.InFlight = 6, 2, 2, 32
	q, g := queue.New(t.rdb, cfg), newGatedHandler(func(d queue.Delivery) bool { return d.Owner != "" })
	const owners, each = 20, 10
	for i := range owners * each {
		put(t, q, queue.Item{ID: strconv.Itoa(i), Key: fmt.Sprint("host", i), Owner: fmt.Sprint("owner", i%owners)})
	}
	start(t, q, g.handle)
	for range 4 {
		receive(t, g.held, "owners get their handlers")
	}
	for i := range 5 {
		put(t, q, queue.Item{ID: fmt.Sprint("free", i)})
		receive(t, g.done, "an item without an owner")
	}
	if n := len(g.held); n != 0 {
		t.Errorf("%d handlers of owners run on reserved workers", n)
	}
	close(g.open)
	eventually(t, 60*time.Second, "all is done", func(context.Context) bool { return len(g.done) == owners*each })
}

// ownersShareWorkers: without a limit per owner, the item of an owner with few items runs soon although another owner has many.
func ownersShareWorkers(t backendT) {
	cfg := testConfig()
	cfg.Workers, cfg.InFlight = 2, 16
	q, g := queue.New(t.rdb, cfg), newGatedHandler(func(queue.Delivery) bool { return true })
	const many = 200
	for i := range many {
		put(t, q, queue.Item{ID: fmt.Sprint("g", i), Key: fmt.Sprint("chat", i), Owner: "greedy"})
	}
	start(t, q, g.handle)
	for range 2 {
		receive(t, g.held, "the greedy owner gets all workers")
	}
	put(t, q, queue.Item{ID: "m", Key: "room", Owner: "modest"})
	eventually(t, maxWait, "all items are taken or postponed", func(ctx context.Context) bool {
		s, err := q.Stats(ctx)

		return err == nil && s.Waiting == 0
	})
	for before := 0; ; before++ { // it may be taken a moment later
		g.open <- struct{}{}
		if d := receive(t, g.held, "the next"); d.Owner == "modest" {
			break
		}
		if before > cfg.InFlight {
			t.Fatalf("%d of another owner ran before it", before)
		}
	}
	close(g.open)
	eventually(t, 60*time.Second, "all is done", func(context.Context) bool { return len(g.done) == many+1 })
}

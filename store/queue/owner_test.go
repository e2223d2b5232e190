package queue_test

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"recallbot/store/queue"
)

// gate is a handler that lets those wait who are to, until it is opened, and tells who came.
type gate struct {
	waits func(queue.Delivery) bool
	open  chan struct{}
	came  chan queue.Delivery // those that wait
	done  chan queue.Delivery
}

func newGate(waits func(queue.Delivery) bool) *gate {
	return &gate{waits: waits, open: make(chan struct{}), came: make(chan queue.Delivery, 5000), done: make(chan queue.Delivery, 5000)}
}

func (g *gate) handle(ctx context.Context, d queue.Delivery) error {
	if g.waits(d) {
		g.came <- d
		select {
		case <-g.open:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	g.done <- d

	return nil
}

// busyOwnerDoesNotHoldUpAnother: however much an owner has, under however many keys, it has its handlers and no more, and the
// next one's item, and one without an owner, run at once.
func busyOwnerDoesNotHoldUpAnother(t on) {
	cfg := fast()
	cfg.Workers, cfg.PerKey, cfg.PerOwner, cfg.InHand = 8, 2, 2, 32
	q, g := queue.New(t.rdb, cfg), newGate(func(d queue.Delivery) bool { return d.Owner == "greedy" })
	const many = 300
	for i := range many {
		put(t, q, queue.Item{ID: strconv.Itoa(i), Key: fmt.Sprint("host", i), Owner: "greedy"})
	}
	start(t, q, g.handle)
	for range 2 {
		receive(t, g.came, "the greedy owner gets its handlers")
	}
	for _, owner := range []string{"other", ""} {
		put(t, q, queue.Item{ID: "o" + owner, Key: "host", Owner: owner})
		if d := receive(t, g.done, "an item of another owner"); d.Owner != owner || d.Redelivered {
			t.Errorf("%+v ran", d)
		}
	}
	if n := len(g.came); n != 0 {
		t.Errorf("%d handlers of the greedy owner beside the first two", n)
	}
	close(g.open)
	eventually(t, 60*time.Second, "all is done", func(context.Context) bool { return len(g.done) == many })
	wantStats(t, q, queue.Stats{})
}

// busyOwnersLeaveSomeWorkers: with all owners busy, what has none still has workers.
func busyOwnersLeaveSomeWorkers(t on) {
	cfg := fast()
	cfg.Workers, cfg.PerOwner, cfg.Spare, cfg.InHand = 6, 2, 2, 32
	q, g := queue.New(t.rdb, cfg), newGate(func(d queue.Delivery) bool { return d.Owner != "" })
	const owners, each = 20, 10
	for i := range owners * each {
		put(t, q, queue.Item{ID: strconv.Itoa(i), Key: fmt.Sprint("host", i), Owner: fmt.Sprint("owner", i%owners)})
	}
	start(t, q, g.handle)
	for range 4 {
		receive(t, g.came, "owners get their handlers")
	}
	for i := range 5 {
		put(t, q, queue.Item{ID: fmt.Sprint("free", i)})
		receive(t, g.done, "an item without an owner")
	}
	if n := len(g.came); n != 0 {
		t.Errorf("%d handlers of owners where some are to be spared", n)
	}
	close(g.open)
	eventually(t, 60*time.Second, "all is done", func(context.Context) bool { return len(g.done) == owners*each })
}

// ownersHaveTheirTurns: where nothing bounds an owner's handlers, one that has few items is soon next, however many another one
// has.
func ownersHaveTheirTurns(t on) {
	cfg := fast()
	cfg.Workers, cfg.InHand = 2, 16
	q, g := queue.New(t.rdb, cfg), newGate(func(queue.Delivery) bool { return true })
	const many = 200
	for i := range many {
		put(t, q, queue.Item{ID: fmt.Sprint("g", i), Key: fmt.Sprint("chat", i), Owner: "greedy"})
	}
	start(t, q, g.handle)
	for range 2 {
		receive(t, g.came, "the greedy owner gets all workers")
	}
	put(t, q, queue.Item{ID: "m", Key: "room", Owner: "modest"})
	eventually(t, soon, "all is taken, or put off", func(ctx context.Context) bool {
		s, err := q.Stats(ctx)

		return err == nil && s.Waiting == 0
	})
	for before := 0; ; before++ { // it may just be on its way from Redis
		g.open <- struct{}{}
		if d := receive(t, g.came, "the next"); d.Owner == "modest" {
			break
		}
		if before > cfg.InHand {
			t.Fatalf("%d of another owner came before it", before)
		}
	}
	close(g.open)
	eventually(t, 60*time.Second, "all is done", func(context.Context) bool { return len(g.done) == many+1 })
}

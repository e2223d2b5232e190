package queue_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"recallbot/store/queue"
)

// runPlan returns the outcome of one run. A plan is an item's payload with one letter for each run: f fails, l postpones, p is
// permanent, x panics; after the last letter the item is done.
func runPlan(plan string, run int) error {
	if run >= len(plan) {
		return nil
	}
	switch plan[run] {
	case 'l':
		return queue.RetryAt(time.Now().Add(time.Millisecond), errBoom)
	case 'p':
		return queue.Permanent(errBoom)
	case 'x':
		panic("planned")
	default:
		return errBoom
	}
}

// expect returns how often an item with the plan runs, from the given run on, and whether it becomes a dead letter.
func expect(plan string, run, maxAttempts int) (runs int, dead bool) {
	for fails := 0; run < len(plan); run++ {
		runs++
		if plan[run] == 'p' {
			return runs, true
		}
		if plan[run] == 'l' {
			continue
		}
		if fails++; fails == maxAttempts {
			return runs, true
		}
	}

	return runs + 1, false
}

// model is the expected state of a queue that runs meanwhile.
type model struct {
	q           *queue.Queue
	maxAttempts int
	prefix      string // of the ids of this test case
	next        int
	dedupeIDs   []string
	plans       map[string]string // by item
	runs        map[string]int    // how often each item should have run at the end
	later       map[string]string // plans of items that are not due during the test
	dead        map[string]bool

	mu  sync.Mutex
	ran map[string]int
}

func (m *model) handle(_ context.Context, d queue.Delivery) error {
	m.mu.Lock()
	run := m.ran[d.ID]
	m.ran[d.ID]++
	m.mu.Unlock()

	return runPlan(string(d.Payload), run)
}

// begin notes that an item is due.
func (m *model) begin(id, plan string) {
	m.plans[id] = plan
	runs, dead := expect(plan, m.runs[id], m.maxAttempts)
	m.runs[id] += runs
	if dead {
		m.dead[id] = true
	}
}

func (m *model) drawPlan(t *rapid.T) string {
	return rapid.StringMatching(`[flx]{0,4}p?`).Draw(t, "plan")
}

func (m *model) item(plan string) queue.Item {
	m.next++

	return queue.Item{ID: m.prefix + strconv.Itoa(m.next), Key: strconv.Itoa(m.next % 3), Payload: []byte(plan)}
}

func (m *model) put(t *rapid.T) {
	it := m.item(m.drawPlan(t))
	dedupeID := rapid.SampledFrom([]string{"a", "b", "c", it.ID}).Draw(t, "dedupe id")
	want := !slices.Contains(m.dedupeIDs, dedupeID)
	added, err := m.q.Put(context.Background(), it, m.prefix+dedupeID)
	if err != nil || added != want {
		t.Fatalf("Put with dedupe id %s = %v, %v; want %v", dedupeID, added, err, want)
	}
	m.dedupeIDs = append(m.dedupeIDs, dedupeID)
	if added {
		m.begin(it.ID, string(it.Payload))
	}
}

func (m *model) putLater(t *rapid.T) {
	it := m.item(m.drawPlan(t))
	if err := m.q.PutAt(context.Background(), it, time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	m.later[it.ID] = string(it.Payload)
}

func (m *model) makeDue(t *rapid.T) {
	id := rapid.SampledFrom(sorted(m.later)).Draw(t, "item")
	plan := m.later[id]
	if err := m.q.PutAt(context.Background(), queue.Item{ID: id, Payload: []byte(plan)}, time.Now()); err != nil {
		t.Fatal(err)
	}
	delete(m.later, id)
	m.begin(id, plan)
}

func (m *model) cancel(t *rapid.T) {
	id := rapid.SampledFrom(append(sorted(m.later), sorted(m.plans)...)).Draw(t, "item")
	_, want := m.later[id]
	m.waitIdle(t) // so that an item of makeDue has run
	ok, err := m.q.Cancel(context.Background(), id)
	if err != nil || ok != want {
		t.Fatalf("Cancel(%s) = %v, %v; want %v", id, ok, err, want)
	}
	delete(m.later, id)
}

// deadLetter returns the dead letter of a random dead item.
func (m *model) deadLetter(t *rapid.T) queue.Dead {
	id := rapid.SampledFrom(sorted(m.dead)).Draw(t, "item")
	m.waitIdle(t)
	list, err := m.q.DeadLetters(context.Background(), "", 1000)
	if err != nil {
		t.Fatal(err)
	}
	at := slices.IndexFunc(list, func(d queue.Dead) bool { return d.ID == id })
	if at < 0 {
		t.Fatalf("no dead letter of %s", id)
	}
	delete(m.dead, id)

	return list[at]
}

func (m *model) replay(t *rapid.T) {
	d := m.deadLetter(t)
	if err := m.q.Replay(context.Background(), d.Letter); err != nil {
		t.Fatal(err)
	}
	m.begin(d.ID, m.plans[d.ID])
}

func (m *model) drop(t *rapid.T) {
	if err := m.q.Drop(context.Background(), m.deadLetter(t).Letter); err != nil {
		t.Fatal(err)
	}
}

// waitIdle waits until all due items have ended.
func (m *model) waitIdle(t *rapid.T) {
	want := queue.Stats{Delayed: int64(len(m.later)), Dead: int64(len(m.dead))}
	var got queue.Stats
	if err := poll(maxWait, func(ctx context.Context) bool {
		got, _ = m.q.Stats(ctx)
		got.Oldest = 0

		return got == want
	}); err != nil {
		t.Fatalf("stats (-want +got):\n%s", cmp.Diff(want, got))
	}
}

func (m *model) check(t *rapid.T) {
	m.waitIdle(t)
	m.mu.Lock()
	defer m.mu.Unlock()
	if diff := cmp.Diff(m.runs, m.ran); diff != "" {
		t.Fatalf("runs of each item (-want +got):\n%s", diff)
	}
	list, err := m.q.DeadLetters(context.Background(), "", 1000)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]bool{}
	for _, d := range list {
		got[d.ID] = true
		if !strings.Contains("boom panic: planned", d.Reason) {
			t.Fatalf("reason %q", d.Reason)
		}
	}
	if diff := cmp.Diff(m.dead, got); diff != "" {
		t.Fatalf("dead letters (-want +got):\n%s", diff)
	}
}

// TestModel compares a running queue with a model after random sequences of put, put-at, cancel, failure, dead letter, replay and
// drop. Each sequence has its own ids and starts with an empty queue.
func TestModel(t *testing.T) {
	t.Parallel()
	rdb := openRedis(t)
	cfg := testConfig()
	q := queue.New(rdb, cfg)
	var current atomic.Pointer[model]
	start(t, q, func(ctx context.Context, d queue.Delivery) error { return current.Load().handle(ctx, d) })
	cases := 0
	rapid.Check(t, func(rt *rapid.T) {
		cases++
		m := &model{
			q: q, maxAttempts: cfg.MaxAttempts, prefix: fmt.Sprintf("case %d item ", cases),
			plans: map[string]string{}, runs: map[string]int{}, later: map[string]string{}, dead: map[string]bool{}, ran: map[string]int{},
		}
		current.Store(m)
		for _, key := range []string{"delayed", "jobs", "dead"} {
			if err := rdb.Del(context.Background(), "{"+cfg.Name+"}:"+key).Err(); err != nil {
				rt.Fatal(err)
			}
		}
		m.waitIdle(rt)
		for range rapid.IntRange(1, 15).Draw(rt, "steps") {
			actions := []func(*rapid.T){m.put, m.putLater}
			if len(m.later) > 0 {
				actions = append(actions, m.makeDue, m.cancel)
			}
			if len(m.dead) > 0 {
				actions = append(actions, m.replay, m.drop)
			}
			actions[rapid.IntRange(0, len(actions)-1).Draw(rt, "action")](rt)
		}
		m.check(rt)
	})
}

func sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

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

// A plan is an item's payload: one letter for each run. f fails, l comes back later, p is permanent, x panics, and
// after the last letter the item is done. The model reads it as the handler does.
func follow(plan string, run int) error {
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

// expect tells how often an item of the plan runs from the given run on, and whether it ends as a dead letter.
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

// world is what the queue should be: a state machine beside the real one, which works all the while.
type world struct {
	q           *queue.Queue
	maxAttempts int
	story       string
	next        int
	names       []string          // seen
	plans       map[string]string // by item
	runs        map[string]int    // how often each item should have run in the end
	later       map[string]string // plans of items put at a time that never comes
	dead        map[string]bool

	mu  sync.Mutex
	ran map[string]int
}

func (w *world) handle(_ context.Context, d queue.Delivery) error {
	w.mu.Lock()
	run := w.ran[d.ID]
	w.ran[d.ID]++
	w.mu.Unlock()

	return follow(string(d.Payload), run)
}

// begin notes that an item goes to work.
func (w *world) begin(id, plan string) {
	w.plans[id] = plan
	runs, dead := expect(plan, w.runs[id], w.maxAttempts)
	w.runs[id] += runs
	if dead {
		w.dead[id] = true
	}
}

func (w *world) drawPlan(t *rapid.T) string {
	return rapid.StringMatching(`[flx]{0,4}p?`).Draw(t, "plan")
}

func (w *world) item(plan string) queue.Item {
	w.next++

	return queue.Item{ID: w.story + strconv.Itoa(w.next), Key: strconv.Itoa(w.next % 3), Payload: []byte(plan)}
}

func (w *world) put(t *rapid.T) {
	it := w.item(w.drawPlan(t))
	name := rapid.SampledFrom([]string{"a", "b", "c", it.ID}).Draw(t, "name")
	want := !slices.Contains(w.names, name)
	added, err := w.q.Put(context.Background(), it, w.story+name)
	if err != nil || added != want {
		t.Fatalf("Put seen %s = %v, %v; want %v", name, added, err, want)
	}
	w.names = append(w.names, name)
	if added {
		w.begin(it.ID, string(it.Payload))
	}
}

func (w *world) putLater(t *rapid.T) {
	it := w.item(w.drawPlan(t))
	if err := w.q.PutAt(context.Background(), it, time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	w.later[it.ID] = string(it.Payload)
}

func (w *world) pull(t *rapid.T) {
	id := rapid.SampledFrom(sorted(w.later)).Draw(t, "item")
	plan := w.later[id]
	if err := w.q.PutAt(context.Background(), queue.Item{ID: id, Payload: []byte(plan)}, time.Now()); err != nil {
		t.Fatal(err)
	}
	delete(w.later, id)
	w.begin(id, plan)
}

func (w *world) cancel(t *rapid.T) {
	id := rapid.SampledFrom(append(sorted(w.later), sorted(w.plans)...)).Draw(t, "item")
	_, want := w.later[id]
	w.quiet(t) // a pulled item is cancelled in time or not: wait until it is not
	ok, err := w.q.Cancel(context.Background(), id)
	if err != nil || ok != want {
		t.Fatalf("Cancel(%s) = %v, %v; want %v", id, ok, err, want)
	}
	delete(w.later, id)
}

// letter is the dead letter of one of the dead items.
func (w *world) letter(t *rapid.T) queue.Dead {
	id := rapid.SampledFrom(sorted(w.dead)).Draw(t, "item")
	w.quiet(t)
	list, err := w.q.DeadLetters(context.Background(), "", 1000)
	if err != nil {
		t.Fatal(err)
	}
	at := slices.IndexFunc(list, func(d queue.Dead) bool { return d.ID == id })
	if at < 0 {
		t.Fatalf("no dead letter of %s", id)
	}
	delete(w.dead, id)

	return list[at]
}

func (w *world) replay(t *rapid.T) {
	d := w.letter(t)
	if err := w.q.Replay(context.Background(), d.Letter); err != nil {
		t.Fatal(err)
	}
	w.begin(d.ID, w.plans[d.ID])
}

func (w *world) drop(t *rapid.T) {
	if err := w.q.Drop(context.Background(), w.letter(t).Letter); err != nil {
		t.Fatal(err)
	}
}

// quiet waits until all that should end has ended.
func (w *world) quiet(t *rapid.T) {
	want := queue.Stats{Delayed: int64(len(w.later)), Dead: int64(len(w.dead))}
	var got queue.Stats
	if err := poll(soon, func(ctx context.Context) bool {
		got, _ = w.q.Stats(ctx)
		got.Oldest = 0

		return got == want
	}); err != nil {
		t.Fatalf("stats (-want +got):\n%s", cmp.Diff(want, got))
	}
}

func (w *world) check(t *rapid.T) {
	w.quiet(t)
	w.mu.Lock()
	defer w.mu.Unlock()
	if diff := cmp.Diff(w.runs, w.ran); diff != "" {
		t.Fatalf("runs of each item (-want +got):\n%s", diff)
	}
	list, err := w.q.DeadLetters(context.Background(), "", 1000)
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
	if diff := cmp.Diff(w.dead, got); diff != "" {
		t.Fatalf("dead letters (-want +got):\n%s", diff)
	}
}

// TestModel runs random stories of put, put-at, cancel, failure, dead letter, replay and drop against one queue that
// works all the while; each story has its own ids and starts with nothing kept.
func TestModel(t *testing.T) {
	t.Parallel()
	rdb := openRedis(t)
	cfg := fast()
	q := queue.New(rdb, cfg)
	var now atomic.Pointer[world]
	start(t, q, func(ctx context.Context, d queue.Delivery) error { return now.Load().handle(ctx, d) })
	stories := 0
	rapid.Check(t, func(rt *rapid.T) {
		stories++
		w := &world{
			q: q, maxAttempts: cfg.MaxAttempts, story: fmt.Sprintf("story %d item ", stories),
			plans: map[string]string{}, runs: map[string]int{}, later: map[string]string{}, dead: map[string]bool{}, ran: map[string]int{},
		}
		now.Store(w)
		for _, key := range []string{"delayed", "jobs", "dead"} {
			if err := rdb.Del(context.Background(), "{"+cfg.Name+"}:"+key).Err(); err != nil {
				rt.Fatal(err)
			}
		}
		w.quiet(rt)
		for range rapid.IntRange(1, 15).Draw(rt, "steps") {
			actions := []func(*rapid.T){w.put, w.putLater}
			if len(w.later) > 0 {
				actions = append(actions, w.pull, w.cancel)
			}
			if len(w.dead) > 0 {
				actions = append(actions, w.replay, w.drop)
			}
			actions[rapid.IntRange(0, len(actions)-1).Draw(rt, "action")](rt)
		}
		w.check(rt)
	})
}

func sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

package queue_test

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"recallbot/store/queue"
)

// The environment variables that make the test binary a worker process.
const (
	workerAddr  = "QUEUE_TEST_WORKER_ADDR"
	workerQueue = "QUEUE_TEST_WORKER_QUEUE"
)

// workerReady is the first line that a worker process prints.
const workerReady = "ready"

const killLease = 2 * time.Second

func killConfig(name string) queue.Config {
	cfg := testConfig()
	cfg.Name, cfg.Lease, cfg.Workers = name, killLease, 8

	return cfg
}

// workerProcess runs a queue until SIGTERM. Its handler prints the item's id, waits 5 ms, and adds the id to the set doneKey; the
// item with the id hang never ends.
func workerProcess(addr, name string) int {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	fmt.Println(workerReady)
	rdb := redis.NewClient(&redis.Options{Addr: addr})
	defer func() { _ = rdb.Close() }()
	err := queue.New(rdb, killConfig(name)).Run(ctx, func(ctx context.Context, d queue.Delivery) error {
		fmt.Println("started", d.ID)
		if d.ID == "hang" {
			<-ctx.Done()

			return ctx.Err()
		}
		<-time.After(5 * time.Millisecond)

		return rdb.SAdd(ctx, doneKey(name), d.ID).Err()
	})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)

		return 1
	}

	return 0
}

func doneKey(name string) string { return "{" + name + "}:done" }

// worker is a worker process; lines has its output.
type worker struct {
	cmd   *exec.Cmd
	lines chan string
}

func startWorker(t *testing.T, addr, name string) *worker {
	t.Helper()
	w := &worker{cmd: exec.Command(os.Args[0]), lines: make(chan string, 1000)}
	w.cmd.Env = append(os.Environ(), workerAddr+"="+addr, workerQueue+"="+name)
	w.cmd.Stderr = os.Stderr
	out, err := w.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := w.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(w.lines)
		for s := bufio.NewScanner(out); s.Scan(); {
			w.lines <- s.Text()
		}
	}()
	t.Cleanup(w.kill)
	if line := receive(t, w.lines, "the worker is ready"); line != workerReady {
		t.Fatalf("the worker printed %q", line)
	}

	return w
}

// kill sends SIGKILL; it does nothing if the process has ended.
func (w *worker) kill() {
	_ = w.cmd.Process.Kill()
	for range w.lines { // read to the end before Wait closes the pipe
	}
	_ = w.cmd.Wait()
}

func TestTakeoverFromKilledWorker(t *testing.T) {
	t.Parallel()
	rdb := openRedis(t)
	addr, err := shared.redis()
	if err != nil {
		t.Fatal(err)
	}
	name := testConfig().Name
	q := queue.New(rdb, killConfig(name))
	put(t, q, queue.Item{ID: "hang"})
	w := startWorker(t, addr, name)
	if line := receive(t, w.lines, "the worker starts"); line != "started hang" {
		t.Fatalf("the worker printed %q", line)
	}

	got := make(chan queue.Delivery, 100)
	start(t, q, sendTo(got))
	for i := 0; len(got) == 0; i++ { // until the other worker has handled one
		put(t, q, queue.Item{ID: strconv.Itoa(i)})
		wantStats(t, q, queue.Stats{InFlight: 1})
	}
	for len(got) > 0 {
		if d := <-got; d.ID == "hang" {
			t.Fatal("the item was taken from a live worker")
		}
	}
	w.kill()
	killed := time.Now()
	d := receive(t, got, "the item starts elsewhere")
	t.Logf("lease %s, started elsewhere %s after kill -9", killLease, time.Since(killed))
	if d.Attempt != 1 || !d.Redelivered {
		t.Errorf("attempt %d, redelivered %v; want 1, true", d.Attempt, d.Redelivered)
	}
	wantStats(t, q, queue.Stats{})
}

func TestRandomKillsLoseNothing(t *testing.T) {
	t.Parallel()
	const items, kills = 200, 6
	rdb := openRedis(t)
	addr, err := shared.redis()
	if err != nil {
		t.Fatal(err)
	}
	name := testConfig().Name
	q := queue.New(rdb, killConfig(name))
	for i := range items {
		put(t, q, queue.Item{ID: strconv.Itoa(i), Key: strconv.Itoa(i % 7)})
	}
	workers := []*worker{startWorker(t, addr, name), startWorker(t, addr, name)}
	for k := range kills {
		goal := int64((k + 1) * items / (kills + 2)) // while handlers run
		eventually(t, time.Minute, fmt.Sprintf("%d items are done", goal), func(ctx context.Context) bool {
			return rdb.SCard(ctx, doneKey(name)).Val() >= goal
		})
		victim := rand.IntN(len(workers))
		workers[victim].kill()
		workers[victim] = startWorker(t, addr, name)
	}
	eventually(t, time.Minute, "all items are done", func(ctx context.Context) bool {
		return rdb.SCard(ctx, doneKey(name)).Val() == items
	})
	wantStats(t, q, queue.Stats{})
	for _, w := range workers {
		if err := w.cmd.Process.Signal(syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
		var output []string
		for line := range w.lines {
			output = append(output, line)
		}
		if err := w.cmd.Wait(); err != nil {
			t.Errorf("worker: %v\n%s", err, strings.Join(output, "\n"))
		}
	}
}

package queue_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"
	"go.uber.org/goleak"
)

// TestMain runs a worker process if the environment variables of kill_test.go are set.
func TestMain(m *testing.M) {
	if addr := os.Getenv(workerAddr); addr != "" {
		os.Exit(workerProcess(addr, os.Getenv(workerQueue)))
	}
	redis.SetLogger(discardLogger{})
	flag.Parse()
	if err := flag.Set("test.parallel", "24"); err != nil { // the tests mostly wait
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	shared.stop()
	if err := goleak.Find(); err != nil && code == 0 {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

// discardLogger drops the log of go-redis, which has a line for each failed dial.
type discardLogger struct{}

func (discardLogger) Printf(context.Context, string, ...any) {}

// servers are shared by all tests, one of each kind; every queue has its own name.
type servers struct {
	mu    sync.Mutex
	ends  []func()
	mini  func() (string, error)
	redis func() (string, error)
	nodes func() ([]string, error)
}

var shared = newServers()

func newServers() *servers {
	s := &servers{}
	s.mini = sync.OnceValues(func() (string, error) {
		m := miniredis.NewMiniRedis()
		if err := m.Start(); err != nil {
			return "", err
		}
		s.atEnd(m.Close)

		return m.Addr(), nil
	})
	s.redis = sync.OnceValues(func() (string, error) {
		p, err := startRedis("--save", "", "--appendonly", "no")
		if err != nil {
			return "", err
		}
		s.atEnd(p.remove)

		return p.addr, nil
	})
	s.nodes = sync.OnceValues(func() ([]string, error) { return startCluster(s.atEnd) })

	return s
}

func (s *servers) atEnd(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ends = append(s.ends, f)
}

func (s *servers) stop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range s.ends {
		f()
	}
}

// backend is a Redis that the suite runs on.
type backend struct {
	name string
	open func(t testing.TB) redis.UniversalClient
}

func backends() []backend {
	return []backend{
		{"miniredis", openMini},
		{"redis", openRedis},
		{"cluster", openCluster},
	}
}

func openMini(tb testing.TB) redis.UniversalClient {
	tb.Helper()
	addr, err := shared.mini()
	if err != nil {
		tb.Fatal(err)
	}

	return open(tb, addr)
}

func openRedis(tb testing.TB) redis.UniversalClient {
	tb.Helper()
	addr, err := shared.redis()
	if err != nil {
		tb.Fatal(err)
	}

	return open(tb, addr)
}

func openCluster(tb testing.TB) redis.UniversalClient {
	tb.Helper()
	addrs, err := shared.nodes()
	if err != nil {
		tb.Fatal(err)
	}

	return open(tb, addrs...)
}

func open(tb testing.TB, addrs ...string) redis.UniversalClient {
	tb.Helper()
	rdb := redis.NewUniversalClient(&redis.UniversalOptions{Addrs: addrs})
	tb.Cleanup(func() {
		if err := rdb.Close(); err != nil {
			tb.Error(err)
		}
	})

	return rdb
}

// process is a redis-server with its own directory; it keeps its port over restarts.
type process struct {
	addr string
	dir  string
	args []string
	cmd  *exec.Cmd
}

func startRedis(args ...string) (*process, error) {
	if _, err := exec.LookPath("redis-server"); err != nil {
		return nil, errors.New("these tests need redis-server on the PATH (Debian: apt-get install redis-server)")
	}
	dir, err := os.MkdirTemp("", "queue-redis-")
	if err != nil {
		return nil, err
	}
	const attempts = 3
	for range attempts {
		port := randomPort()
		p := &process{
			addr: net.JoinHostPort("127.0.0.1", port),
			dir:  dir,
			args: append([]string{"--bind", "127.0.0.1", "--port", port, "--dir", dir, "--logfile", filepath.Join(dir, "log")}, args...),
		}
		if err = p.start(); err == nil {
			return p, nil
		}
		p.kill()
	}

	return nil, err
}

// start starts the server and waits until it has loaded its data. It checks the process id, because another server may answer on
// the port.
func (p *process) start() error {
	p.cmd = exec.Command("redis-server", p.args...)
	if err := p.cmd.Start(); err != nil {
		return err
	}
	rdb := redis.NewClient(&redis.Options{Addr: p.addr, MaxRetries: -1})
	defer func() { _ = rdb.Close() }()

	processID := fmt.Sprintf("process_id:%d\r", p.cmd.Process.Pid)

	return poll(20*time.Second, func(ctx context.Context) bool {
		return strings.Contains(rdb.Info(ctx, "server").Val(), processID) && rdb.Ping(ctx).Err() == nil
	})
}

// kill sends SIGKILL.
func (p *process) kill() {
	_ = p.cmd.Process.Kill()
	_ = p.cmd.Wait()
}

func (p *process) remove() {
	p.kill()
	_ = os.RemoveAll(p.dir)
}

func startCluster(atEnd func(func())) ([]string, error) {
	var addrs []string
	for range 3 {
		p, err := startRedis("--save", "", "--appendonly", "no", "--cluster-enabled", "yes", "--cluster-port", randomPort())
		if err != nil {
			return nil, err
		}
		atEnd(p.remove)
		addrs = append(addrs, p.addr)
	}
	args := append([]string{"--cluster", "create"}, addrs...)
	if out, err := exec.Command("redis-cli", append(args, "--cluster-yes")...).CombinedOutput(); err != nil {
		return nil, fmt.Errorf("redis-cli --cluster create: %w\n%s", err, out)
	}
	for _, addr := range addrs {
		rdb := redis.NewClient(&redis.Options{Addr: addr})
		err := poll(20*time.Second, func(ctx context.Context) bool {
			return strings.Contains(rdb.ClusterInfo(ctx).Val(), "cluster_state:ok")
		})
		_ = rdb.Close()
		if err != nil {
			return nil, fmt.Errorf("cluster node %s: %w", addr, err)
		}
	}

	return addrs, nil
}

// randomPort is outside the range of the kernel for outgoing connections and that of package redistest.
func randomPort() string { return strconv.Itoa(30_000 + rand.IntN(2_700)) }

// poll calls done until it returns true. It is for events in another process; in this one tests use channels.
func poll(within time.Duration, done func(context.Context) bool) error {
	ctx, cancel := context.WithTimeout(context.Background(), within)
	defer cancel()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for !done(ctx) {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return fmt.Errorf("not within %s", within)
		}
	}

	return nil
}

func eventually(tb testing.TB, within time.Duration, what string, done func(context.Context) bool) {
	tb.Helper()
	if err := poll(within, done); err != nil {
		tb.Fatalf("%s: %v", what, err)
	}
}

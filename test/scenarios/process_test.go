package scenarios_test

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"
)

// program is the real program. It is built when the first test needs it.
type program struct{ path func() (string, error) }

var recallbot program

func TestMain(m *testing.M) { os.Exit(run(m)) }

// run runs more tests in parallel than there are processors: they mostly wait.
func run(m *testing.M) int {
	if os.Getenv(floodVariable) != "" {
		fmt.Fprintln(os.Stderr, runFlood(os.Stdin))
		return 1
	}
	flag.Parse()
	if err := flag.Set("test.parallel", "8"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	if err := setWalkDefaults(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	dir, err := os.MkdirTemp("", "recallbot-scenarios-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(dir) }()
	recallbot = program{sync.OnceValues(func() (string, error) {
		path := filepath.Join(dir, "recallbot")
		out, err := exec.CommandContext(context.Background(), "go", "build", "-o", path, "recallbot").CombinedOutput()
		if err != nil {
			return "", fmt.Errorf("%w\n%s", err, out)
		}
		return path, nil
	})}
	return m.Run()
}

// programPath builds the program if needed, and returns its path.
func programPath(tb testing.TB) string {
	tb.Helper()
	path, err := recallbot.path()
	if err != nil {
		tb.Fatalf("build the program: %v", err)
	}
	return path
}

// process is a bot in its own process.
type process struct {
	t    testing.TB
	cmd  *exec.Cmd
	addr string
	gone chan struct{} // closed after it has ended

	once sync.Once
}

// newProcess runs `recallbot serve` and waits until it listens. It logs to the env's log.
func (w *env) newProcess(env ...string) *process {
	w.t.Helper()
	started := make(chan string, 1)
	out := &logs{}
	out.watch = func(record map[string]any) {
		if record["msg"] == "started" {
			addr, _ := record["listen"].(string)
			started <- addr
		}
	}
	// Not the test's context: the test itself ends the process.
	cmd := exec.CommandContext(context.WithoutCancel(w.t.Context()), programPath(w.t), append([]string{"serve"}, w.args...)...)
	cmd.Env = append(append(os.Environ(), w.environ...), env...)
	cmd.Dir = w.t.TempDir()
	cmd.Stderr = &teeLogs{out, w.log}
	if err := cmd.Start(); err != nil {
		w.t.Fatal(err)
	}
	p := &process{t: w.t, cmd: cmd, gone: make(chan struct{})}
	go func() {
		_ = cmd.Wait() // terminate reads the exit code
		close(p.gone)
	}()
	w.t.Cleanup(p.kill)
	select {
	case p.addr = <-started:
	case <-p.gone:
		w.t.Fatalf("the bot did not start:\n%s", out)
	}
	return p
}

// kill sends SIGKILL and waits until the process has ended. It may be called several times and concurrently.
func (p *process) kill() {
	p.once.Do(func() { _ = p.cmd.Process.Kill() })
	<-p.gone
}

func (p *process) address() string { return p.addr }

// stop sends SIGTERM and checks the exit code. A second call does nothing.
func (p *process) stop() {
	p.t.Helper()
	select {
	case <-p.gone:
	default:
		if code := p.terminate(); code != 0 {
			p.t.Errorf("the bot ended with exit code %d", code)
		}
	}
}

// terminate sends SIGTERM, waits until the process has ended, and returns its exit code.
func (p *process) terminate() int {
	p.t.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		p.t.Errorf("terminate the bot: %v", err)
	}
	select {
	case <-p.gone:
	case <-time.After(waitTimeout):
		p.t.Fatal("the bot does not end")
	}
	return p.cmd.ProcessState.ExitCode()
}

// teeLogs writes to two logs.
type teeLogs struct{ one, two *logs }

// Write writes to both.
func (b *teeLogs) Write(p []byte) (int, error) {
	if _, err := b.one.Write(p); err != nil {
		return 0, err
	}
	return b.two.Write(p)
}

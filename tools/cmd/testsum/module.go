package main

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"
)

const (
	// packageTimeout ends the tests of a package that hang.
	packageTimeout = "25m"
	// stopWait is how long an interrupted go command may take to end its tests.
	stopWait = 15 * time.Second
)

// module is a directory with a go.mod.
type module struct {
	dir string
	sum *summary
}

// test runs all tests, never from the cache: they talk to processes that the cache knows nothing of.
func (m module) test(ctx context.Context, race bool) {
	args := []string{"test", "-json", "-count=1", "-shuffle=on", "-timeout=" + packageTimeout}
	if race {
		args = append(args, "-race")
	}
	m.follow(ctx, "the tests", append(args, "./...")...)
}

// fuzz runs each fuzz target for a while, one after another: each takes all processors.
func (m module) fuzz(ctx context.Context, d time.Duration) {
	targets, err := m.targets(ctx)
	if err != nil {
		m.sum.fail(fmt.Sprintf("%s: list fuzz targets: %v", m.dir, err))
	}
	for _, t := range targets {
		if ctx.Err() != nil {
			return
		}
		fmt.Fprintf(m.sum.out, "fuzz  %s for %s\n", t.name, d)
		m.follow(ctx, t.name, "test", "-json", "-run=^$", "-fuzz=^"+t.name+"$", "-fuzztime="+d.String(), t.pkg)
	}
}

// target is a fuzz target.
type target struct{ pkg, name string }

// targets lists the fuzz targets in a fixed order. With an error these are the targets of the packages that build.
func (m module) targets(ctx context.Context) ([]target, error) {
	out, err := m.command(ctx, "test", "-json", "-list=^Fuzz", "./...").Output()
	var found []target
	for line := range bytes.Lines(out) {
		var e event
		if json.Unmarshal(line, &e) == nil && e.Action == "output" && strings.HasPrefix(e.Output, "Fuzz") {
			found = append(found, target{e.Package, strings.TrimSpace(e.Output)})
		}
	}
	slices.SortFunc(found, func(a, b target) int {
		return cmp.Or(cmp.Compare(a.pkg, b.pkg), cmp.Compare(a.name, b.name))
	})
	return found, err
}

// follow adds up what a go command says. A command that fails without naming a test or package is a failure too.
func (m module) follow(ctx context.Context, what string, args ...string) {
	c := m.command(ctx, args...)
	lines, err := c.StdoutPipe()
	if err == nil {
		err = c.Start()
	}
	if err != nil {
		m.sum.fail(fmt.Sprintf("%s: %s: %v", m.dir, what, err))
		return
	}
	before := m.sum.failed
	t := newTests(m.sum)
	err = t.read(lines)
	if waitErr := c.Wait(); err == nil {
		err = waitErr
	}
	t.close()
	if err != nil && m.sum.failed == before && !t.timesUp {
		m.sum.fail(fmt.Sprintf("%s: %s: %v", m.dir, what, err))
	}
}

// read takes lines of any length until they end.
func (t *tests) read(r io.Reader) error {
	lines := bufio.NewReader(r)
	for {
		line, err := lines.ReadBytes('\n')
		if line = bytes.TrimSpace(line); len(line) > 0 {
			t.add(line)
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func (m module) command(ctx context.Context, args ...string) *exec.Cmd {
	c := exec.CommandContext(ctx, "go", args...)
	c.Dir = m.dir
	c.Stderr = os.Stderr
	c.Cancel = func() error { return c.Process.Signal(os.Interrupt) }
	c.WaitDelay = stopWait
	return c
}

package main

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
)

// event is a line of `go test -json`; see `go doc test2json` and `go help buildjson`.
type event struct {
	Action      string
	Package     string
	ImportPath  string
	Test        string
	Output      string
	Elapsed     float64
	FailedBuild string
}

// summary adds up what is known of all modules and prints it as it becomes known.
type summary struct {
	out            io.Writer
	passed, failed int
}

// fail counts something that failed and isn't a test.
func (s *summary) fail(what string) {
	s.failed++
	fmt.Fprintf(s.out, "FAIL  %s\n", what)
}

// tests follows one `go test -json` to its end.
type tests struct {
	sum      *summary
	packages map[string]*pkg
	builds   map[string][]string
	timesUp  bool // a fuzz target "failed" because its time was over
}

// pkg is a package whose tests run.
type pkg struct {
	output map[string][]string // per test; of the package itself under ""
	open   map[string]bool     // started, not ended
	faults []string            // failed and skipped tests in the order of their ends
	passed int
}

func newTests(s *summary) *tests {
	return &tests{sum: s, packages: map[string]*pkg{}, builds: map[string][]string{}}
}

// add takes a line. What isn't an event, such as a complaint of the go command itself, is printed as it is.
func (t *tests) add(line []byte) {
	var e event
	if err := json.Unmarshal(line, &e); err != nil {
		fmt.Fprintf(t.sum.out, "%s\n", line)
		return
	}
	if e.Action == "build-output" {
		t.builds[e.ImportPath] = append(t.builds[e.ImportPath], e.Output)
		return
	}
	if e.Package == "" {
		return
	}
	p := t.packages[e.Package]
	if p == nil {
		p = &pkg{output: map[string][]string{}, open: map[string]bool{}}
		t.packages[e.Package] = p
	}
	if e.Test == "" {
		t.addPackage(p, e)
		return
	}
	p.add(e)
}

func (p *pkg) add(e event) {
	switch e.Action {
	case "run":
		p.open[e.Test] = true
	case "output":
		p.output[e.Test] = append(p.output[e.Test], e.Output)
	case "pass":
		p.passed++
		delete(p.open, e.Test)
		delete(p.output, e.Test)
	case "fail", "skip":
		p.faults = append(p.faults, e.Test)
		delete(p.open, e.Test)
	}
}

func (t *tests) addPackage(p *pkg, e event) {
	switch e.Action {
	case "output":
		p.output[""] = append(p.output[""], e.Output)
	case "skip": // no test files
		delete(t.packages, e.Package)
	case "pass", "fail":
		t.end(p, e)
		delete(t.packages, e.Package)
	}
}

// end counts a package and prints its line, and in full what was said by whatever failed in it.
func (t *tests) end(p *pkg, e event) {
	var unfinished []string
	for name := range p.open {
		unfinished = append(unfinished, name)
	}
	slices.Sort(unfinished)
	p.faults = append(p.faults, unfinished...)
	if p.timesUp() {
		t.timesUp = true
		p.passed, p.faults, e.Action = p.passed+1, nil, "pass"
	}
	failed := len(p.faults)
	if failed == 0 && e.Action == "fail" {
		failed = 1
	}
	t.sum.passed += p.passed
	t.sum.failed += failed
	if failed == 0 {
		fmt.Fprintf(t.sum.out, "ok    %-24s %5d passed %24.1fs\n", e.Package, p.passed, e.Elapsed)
		return
	}
	fmt.Fprintf(t.sum.out, "FAIL  %-24s %5d passed, %5d failed %9.1fs\n", e.Package, p.passed, failed, e.Elapsed)
	for _, line := range t.builds[e.FailedBuild] {
		fmt.Fprint(t.sum.out, "    ", line)
	}
	for _, name := range p.faults {
		fmt.Fprintf(t.sum.out, "  %s\n    %s", name, strings.Join(p.output[name], "    "))
	}
	if e.Action == "fail" {
		fmt.Fprintf(t.sum.out, "  %s\n    %s", e.Package, strings.Join(p.output[""], "    "))
	}
}

// timesUp tells that the only fault is a fuzz target whose time was over. On a busy machine the go command reports the end of
// -fuzztime as a failure (https://go.dev/issue/75804, mended in Go 1.27); what fuzzing finds is always written to a file.
func (p *pkg) timesUp() bool {
	if len(p.faults) != 1 || !strings.HasPrefix(p.faults[0], "Fuzz") {
		return false
	}
	said := p.output[p.faults[0]]
	return len(said) > 0 && strings.TrimSpace(said[len(said)-1]) == "context deadline exceeded" &&
		!strings.Contains(strings.Join(said, ""), "Failing input written to")
}

// close counts packages that never ended, because the go command did.
func (t *tests) close() {
	for name, p := range t.packages {
		t.end(p, event{Action: "fail", Package: name})
	}
}

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// write makes a module of the given files and returns its directory.
func write(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	files["go.mod"] = "module example\n\ngo 1.26\n"
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// outcome runs the command and takes the last line off what it printed.
func outcome(t *testing.T, args ...string) (code int, printed, last string) {
	t.Helper()
	var out strings.Builder
	code = run(t.Context(), args, &out)
	printed = strings.TrimSuffix(out.String(), "\n")
	cut := strings.LastIndex(printed, "\n") + 1
	return code, printed, printed[cut:]
}

func wantOutcome(t *testing.T, args []string, wantCode int, wantLast string, wants ...string) {
	t.Helper()
	code, printed, last := outcome(t, args...)
	if code != wantCode || last != wantLast {
		t.Errorf("got code %d and %q, want %d and %q", code, last, wantCode, wantLast)
	}
	for _, want := range wants {
		if !strings.Contains(printed, want) {
			t.Errorf("does not print %q", want)
		}
	}
	if t.Failed() {
		t.Log(printed)
	}
}

const good = `package a_test

import "testing"

func TestOne(t *testing.T) {
	t.Run("x", func(t *testing.T) {})
	t.Run("y", func(t *testing.T) {})
}

func TestTwo(t *testing.T) { t.Log("quiet") }
`

func TestAllPass(t *testing.T) {
	t.Parallel()
	dir := write(t, map[string]string{
		"a/a_test.go": good,
		"b/b.go":      "package b\n",
	})
	wantOutcome(t, []string{dir}, 0, "4 passed, 0 failed", "ok    example/a")
	_, printed, _ := outcome(t, dir)
	if strings.Contains(printed, "quiet") || strings.Contains(printed, "example/b") {
		t.Errorf("prints what nobody needs:\n%s", printed)
	}
}

func TestSeveralModules(t *testing.T) {
	t.Parallel()
	one, two := write(t, map[string]string{"a/a_test.go": good}), write(t, map[string]string{"a/a_test.go": good})
	wantOutcome(t, []string{one, two}, 0, "8 passed, 0 failed")
}

func TestFailures(t *testing.T) {
	t.Parallel()
	const head = "import \"testing\"\n\n"
	for _, tc := range []struct {
		name, text string
		last       string
		wants      []string
	}{
		{
			"subtest", head + `func TestA(t *testing.T) {
	t.Run("x", func(t *testing.T) { t.Error("seen in full") })
	t.Run("y", func(t *testing.T) {})
}`,
			"1 passed, 2 failed",
			[]string{"FAIL  example", "TestA/x", "seen in full"},
		},
		{
			"does not build", head + "func TestA(t *testing.T) { nothing() }",
			"0 passed, 1 failed",
			[]string{"undefined: nothing"},
		},
		{
			"does not parse", head + "func TestA(t *testing.T) {",
			"0 passed, 1 failed",
			nil,
		},
		{
			"missing package", "import \"example/nowhere\"\n\nvar _ = nowhere.X",
			"0 passed, 1 failed",
			[]string{"example/nowhere"},
		},
		{
			"skipped", head + `func TestA(t *testing.T) { t.SkipNow() }`,
			"0 passed, 1 failed",
			[]string{"TestA"},
		},
		{
			"panic", head + `func TestA(t *testing.T) { panic("as it was said") }`,
			"0 passed, 1 failed",
			[]string{"TestA", "as it was said"},
		},
		{
			"exit within a test", "import (\n\"os\"\n\"testing\"\n)\n\nfunc TestA(t *testing.T) { os.Exit(3) }",
			"0 passed, 1 failed",
			[]string{"TestA"},
		},
		{
			"TestMain", "import (\n\"os\"\n\"testing\"\n)\n\nfunc TestMain(m *testing.M) { m.Run(); println(\"leaked\"); os.Exit(1) }\nfunc TestA(t *testing.T) {}",
			"1 passed, 1 failed",
			[]string{"leaked"},
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			dir := write(t, map[string]string{"a_test.go": "package a\n\n" + tc.text + "\n"})
			wantOutcome(t, []string{dir}, 1, tc.last, tc.wants...)
		})
	}
}

func TestNoModule(t *testing.T) {
	t.Parallel()
	wantOutcome(t, []string{filepath.Join(t.TempDir(), "nowhere")}, 1, "0 passed, 1 failed")
}

func TestRace(t *testing.T) {
	t.Parallel()
	dir := write(t, map[string]string{"a_test.go": `package a

import (
	"sync"
	"testing"
)

func TestA(t *testing.T) {
	n := 0
	var all sync.WaitGroup
	for range 2 {
		all.Go(func() { n++ })
	}
	all.Wait()
}
`})
	wantOutcome(t, []string{"-race", dir}, 1, "0 passed, 1 failed", "DATA RACE")
}

func TestFuzz(t *testing.T) {
	t.Parallel()
	dir := write(t, map[string]string{"a_test.go": `package a

import "testing"

func FuzzGood(f *testing.F) {
	f.Add("seed")
	f.Fuzz(func(t *testing.T, s string) {})
}

func FuzzBad(f *testing.F) {
	f.Add([]byte("seed"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) > 4 {
			t.Error("too long for me")
		}
	})
}
`})
	// With the tests: each target and its seed; then each target again.
	wantOutcome(t, []string{"-fuzz", "2s", dir}, 1, "5 passed, 1 failed", "fuzz  FuzzGood for 2s", "too long for me")
	if found, err := filepath.Glob(filepath.Join(dir, "testdata/fuzz/FuzzBad/*")); err != nil || len(found) != 1 {
		t.Errorf("got %v and %v, want the input that failed", found, err)
	}
}

func TestFuzzOnly(t *testing.T) {
	t.Parallel()
	dir := write(t, map[string]string{"a_test.go": `package a

import "testing"

func TestA(t *testing.T) { t.Error("not asked for") }

func FuzzA(f *testing.F) { f.Fuzz(func(t *testing.T, s string) {}) }
`})
	wantOutcome(t, []string{"-fuzz-only", "-fuzz", "1s", dir}, 0, "1 passed, 0 failed")
}

func TestUsage(t *testing.T) {
	t.Parallel()
	if code, printed, _ := outcome(t, "-nonsense"); code != 2 || !strings.Contains(printed, "-fuzz") {
		t.Errorf("got code %d and %q, want 2 and the flags", code, printed)
	}
}

// TestEvents is about streams that a go command only gives when it is killed.
func TestEvents(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, lines    string
		passed, failed int
	}{
		{"nothing", "", 0, 0},
		{"a complaint", "go: updates to go.mod needed", 0, 0},
		{"never ended", `{"Action":"start","Package":"p"}
{"Action":"run","Package":"p","Test":"TestA"}
{"Action":"pass","Package":"p","Test":"TestA"}`, 1, 1},
		{"test that did not end", `{"Action":"run","Package":"p","Test":"TestA"}
{"Action":"run","Package":"p","Test":"TestB"}
{"Action":"pass","Package":"p","Test":"TestB"}
{"Action":"fail","Package":"p"}`, 1, 1},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			sum := &summary{out: &strings.Builder{}}
			all := newTests(sum)
			if err := all.read(strings.NewReader(tc.lines)); err != nil {
				t.Fatal(err)
			}
			all.close()
			if sum.passed != tc.passed || sum.failed != tc.failed {
				t.Errorf("got %d passed, %d failed; want %d, %d", sum.passed, sum.failed, tc.passed, tc.failed)
			}
		})
	}
}

// TestFuzzTimesUp feeds the lines of a run on a busy machine: the end of -fuzztime is no failure, what was found is.
func TestFuzzTimesUp(t *testing.T) {
	t.Parallel()
	const run = `{"Action":"run","Package":"a","Test":"FuzzA"}
{"Action":"output","Package":"a","Test":"FuzzA","Output":"=== RUN   FuzzA\n"}
{"Action":"output","Package":"a","Test":"FuzzA","Output":"--- FAIL: FuzzA (10.11s)\n"}
%s{"Action":"output","Package":"a","Test":"FuzzA","Output":"    context deadline exceeded\n"}
{"Action":"fail","Package":"a","Test":"FuzzA"}
{"Action":"fail","Package":"a"}
`
	const found = `{"Action":"output","Package":"a","Test":"FuzzA","Output":"    Failing input written to testdata/fuzz/FuzzA/1\n"}
`
	for name, c := range map[string]struct {
		found          string
		passed, failed int
	}{
		"time is up":          {"", 1, 0},
		"something was found": {found, 0, 1},
	} {
		s := &summary{out: new(strings.Builder)}
		if err := newTests(s).read(strings.NewReader(fmt.Sprintf(run, c.found))); err != nil {
			t.Fatal(err)
		}
		if s.passed != c.passed || s.failed != c.failed {
			t.Errorf("%s: got %d passed and %d failed, want %d and %d", name, s.passed, s.failed, c.passed, c.failed)
		}
	}
}

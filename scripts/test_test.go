// Package scripts_test runs the scripts that run the tests.
package scripts_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestCounts holds test.sh to what it promises: the counts in the last line, the exit code, and what failed in full.
func TestCounts(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ name, text, last, shows string }{
		{
			"passed", `func TestA(t *testing.T) { t.Run("x", func(t *testing.T) {}) }`,
			"2 passed, 0 failed", "",
		},
		{
			"a subtest fails", `func TestA(t *testing.T) { t.Run("x", func(t *testing.T) { t.Error("seen in full") }); t.Run("y", func(t *testing.T) {}) }`,
			"1 passed, 2 failed", "seen in full",
		},
		{
			"a skip is a failure", `func TestA(t *testing.T) { t.Skip("not today") }; func TestB(t *testing.T) {}`,
			"1 passed, 1 failed", "not today",
		},
		{
			"does not build", `func TestA(t *testing.T) { nothing() }`,
			"0 passed, 1 failed", "undefined: nothing",
		},
		{
			"panics", `func TestA(t *testing.T) { panic("as it was said") }`,
			"0 passed, 1 failed", "as it was said",
		},
		{
			"only TestMain fails", `func TestMain(m *testing.M) { m.Run(); println("leaked"); os.Exit(1) }; func TestA(t *testing.T) {}`,
			"1 passed, 1 failed", "leaked",
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			file := filepath.Join(t.TempDir(), "a_test.go")
			text := "package a\n\nimport (\n\"os\"\n\"testing\"\n)\n\nvar _ = os.Exit\n\n" + tc.text + "\n"
			if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			cmd := exec.CommandContext(t.Context(), "./test.sh", file)
			out, err := cmd.CombinedOutput()
			if failed := !strings.HasSuffix(tc.last, " 0 failed"); (err != nil) != failed {
				t.Errorf("it ended with %v", err)
			}
			if !strings.HasSuffix(string(out), "\n"+tc.last+"\n") || !strings.Contains(string(out), tc.shows) {
				t.Errorf("want %q, and %q last, got\n%s", tc.shows, tc.last, out)
			}
		})
	}
}

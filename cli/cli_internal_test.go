package cli

import (
	"os"
	"strings"
	"testing"

	"github.com/spf13/pflag"
)

// TestCommandsAreDocumented checks that each command has a row in docs/operations.md with its arguments and flags.
func TestCommandsAreDocumented(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	root := rootCommand(&run{})
	commands := leaves(root)
	if len(commands) == 0 {
		t.Fatal("there are no commands")
	}
	for _, leaf := range commands {
		command := commandLine(leaf)
		row := rowOf(string(text), command)
		if row == "" {
			t.Errorf("operations.md has no row for %q", command)
			continue
		}
		leaf.LocalNonPersistentFlags().VisitAll(func(flag *pflag.Flag) {
			name := "--" + flag.Name
			if !flag.Hidden && !strings.Contains(row, "`"+name+"`") && !strings.Contains(row, "`"+name+" ") {
				t.Errorf("the row of %q does not name %s", command, name)
			}
		})
	}
	root.PersistentFlags().VisitAll(func(flag *pflag.Flag) {
		if !strings.Contains(string(text), "`--"+flag.Name+"`") {
			t.Errorf("operations.md does not name --%s", flag.Name)
		}
	})
}

// rowOf returns the row of a table that begins with the command.
func rowOf(text, command string) string {
	for line := range strings.SplitSeq(text, "\n") {
		if strings.HasPrefix(line, "| `"+command+"` |") {
			return line
		}
	}
	return ""
}

// testProgram returns the Program that main passes.
func testProgram(t *testing.T) Program {
	t.Helper()
	text, err := os.ReadFile("../config.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return Program{Reference: string(text)}
}

package store_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"

	"recallbot/store"
	"recallbot/test/redistest"
)

// optionalFiles are files whose commands are not needed: they only check the server, or serve `recallbot simulate` and
// `recallbot audit verify`.
func optionalFiles() []string {
	return []string{"audit_walk.go", "doctor.go", "check.go", "copy.go", "commands.go", "writable.go"}
}

// TestNeededCommands compares the list of needed commands with the code.
func TestNeededCommands(t *testing.T) {
	t.Parallel()
	used := commandsOf(t, serverCommands(t), "*.go", "queue/*.go")
	var needed []string
	for _, line := range store.Needed() {
		needed = append(needed, strings.Fields(line)[0])
	}
	slices.Sort(needed)
	if want := slices.Sorted(maps.Keys(used)); !slices.Equal(needed, want) {
		t.Errorf("needed:\n%v\nused by the code:\n%v", needed, want)
	}
}

// serverCommands returns the server's COMMAND LIST.
func serverCommands(t *testing.T) map[string]bool {
	t.Helper()
	s := open(t, redistest.Start(t).URL(), config())
	list, err := s.Client().CommandList(t.Context(), nil).Result()
	must(t, err)
	known := map[string]bool{}
	for _, name := range list {
		known[strings.ToUpper(name)] = true
	}
	return known
}

// commandsOf finds the commands in sources: in scripts, in string literals, and the methods of the client, whose names begin with
// that of a command.
func commandsOf(t *testing.T, known map[string]bool, patterns ...string) map[string]bool {
	t.Helper()
	client := reflect.TypeFor[redis.UniversalClient]()
	used := map[string]bool{"DISCARD": true} // ends the check of all the others
	add := func(name string) {
		for name = strings.ToUpper(name); name != ""; name = name[:len(name)-1] {
			if known[name] {
				used[name] = true
				return
			}
		}
	}
	inScript := regexp.MustCompile(`redis\.p?call\('([A-Z]+)'`)
	for _, path := range sources(t, patterns) {
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		must(t, err)
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.BasicLit:
				for _, call := range inScript.FindAllStringSubmatch(n.Value, -1) {
					add(call[1])
				}
			case *ast.CallExpr:
				for _, name := range commandsOfCall(n, client) {
					add(name)
				}
			}
			return true
		})
	}
	return used
}

func sources(t *testing.T, patterns []string) []string {
	t.Helper()
	var all []string
	for _, pattern := range patterns {
		paths, err := filepath.Glob(pattern)
		must(t, err)
		all = append(all, paths...)
	}
	return slices.DeleteFunc(all, func(path string) bool {
		return strings.HasSuffix(path, "_test.go") || slices.Contains(optionalFiles(), path)
	})
}

// commandsOfCall returns the commands of a call.
func commandsOfCall(call *ast.CallExpr, client reflect.Type) []string {
	f, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return nil
	}
	name := f.Sel.Name
	switch {
	case name == "Run": // of a script
		return []string{"EVALSHA", "EVAL"}
	case name == "TxPipelined" || name == "TxPipeline":
		return []string{"MULTI", "EXEC"}
	case name == "SetNX": // with a TTL, which all calls here have, it is sent as SET
		return []string{"SET"}
	case name == "Do" || strings.HasPrefix(name, "New") && strings.HasSuffix(name, "Cmd"):
		for _, arg := range call.Args {
			if literal, ok := arg.(*ast.BasicLit); ok && literal.Kind == token.STRING {
				return []string{strings.Trim(literal.Value, `"`)}
			}
		}
	}
	if _, ok := client.MethodByName(name); !ok || len(call.Args) == 0 || !isContext(call.Args[0]) {
		return nil
	}
	return []string{name}
}

func isContext(arg ast.Expr) bool {
	switch arg := arg.(type) {
	case *ast.Ident:
		return arg.Name == "ctx" || arg.Name == "waiting"
	case *ast.CallExpr:
		return true
	default:
		return false
	}
}

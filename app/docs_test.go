package app_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"recallbot/app"
	"recallbot/app/config"
)

// root is the top of the repository.
const root = ".."

func readDoc(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, path))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// files lists the files of the repository with one of the endings, as paths from its top.
func files(t *testing.T, endings ...string) []string {
	t.Helper()
	var found []string
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := d.Name()
		if d.IsDir() && path != root && (strings.HasPrefix(name, ".") || name == "node_modules" || name == "bin") {
			return fs.SkipDir
		}
		if !d.IsDir() && slices.Contains(endings, filepath.Ext(name)) {
			path, err = filepath.Rel(root, path)
			found = append(found, filepath.ToSlash(path))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// TestLogMessagesAreDocumented: each message of the bot is in the table of docs/operations.md, and each there is one.
func TestLogMessagesAreDocumented(t *testing.T) {
	t.Parallel()
	said := map[string]bool{}
	for _, path := range files(t, ".go") {
		if !strings.HasSuffix(path, "_test.go") && !regexp.MustCompile(`^(sandbox|bench|tools|browsertest|redistest|examples|scenarios)/`).MatchString(path) {
			logMessages(t, path, said)
		}
	}
	_, logs, _ := strings.Cut(readDoc(t, "docs/operations.md"), "\n## Logs\n")
	logs, _, _ = strings.Cut(logs, "\n## ")
	documented := map[string]bool{}
	for line := range strings.SplitSeq(logs, "\n") {
		cells := strings.Split(line, " | ")
		for _, message := range regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(cells[0], -1) {
			if documented[message[1]] = strings.HasPrefix(line, "| "); documented[message[1]] && !said[message[1]] {
				t.Errorf("nothing logs %q", message[1])
			}
		}
	}
	if len(said) == 0 {
		t.Fatal("nothing is logged")
	}
	for message := range said {
		if !documented[message] {
			t.Errorf("operations.md does not explain the message %q", message)
		}
	}
}

// logMessages adds what a file logs above the level debug.
func logMessages(t *testing.T, path string, said map[string]bool) {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(root, path), nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	places := map[string][]int{"InfoContext": {1}, "WarnContext": {1}, "ErrorContext": {1}, "LogAttrs": {2}, "NewIncident": {2, 3}}
	ast.Inspect(file, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		f, ok := call.Fun.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		for _, place := range places[f.Sel.Name] {
			if len(call.Args) <= place {
				continue
			}
			if literal, ok := call.Args[place].(*ast.BasicLit); ok {
				said[strings.Trim(literal.Value, "\"`")] = true
			}
		}
		return true
	})
}

func TestMetricsAreDocumented(t *testing.T) {
	t.Parallel()
	text, names := readDoc(t, "docs/operations.md"), app.MetricNames()
	if len(names) == 0 {
		t.Fatal("there are no metrics")
	}
	for _, name := range names {
		if !strings.Contains(text, "\n| `"+name+"` |") {
			t.Errorf("operations.md has no row for %s", name)
		}
	}
	for _, name := range regexp.MustCompile(`recallbot_[a-z_]+`).FindAllString(text, -1) {
		if name != "recallbot_" && !slices.Contains(names, name) {
			t.Errorf("operations.md names %s, which is no metric", name)
		}
	}
}

// TestImportsAreDocumented: docs/architecture.md lists what each package imports of ours, as the code does.
func TestImportsAreDocumented(t *testing.T) {
	t.Parallel()
	imports := map[string]map[string]bool{}
	line := regexp.MustCompile(`(?m)^\s+(?:import )?(?:[\w.]+ )?"recallbot/([\w/]+)"`)
	for _, file := range files(t, ".go") {
		dir := filepath.ToSlash(filepath.Dir(file))
		if strings.HasSuffix(file, "_test.go") || strings.HasPrefix(dir, "tools") || strings.HasPrefix(dir, "test/") {
			continue
		}
		dir = strings.Replace(dir, ".", "main", 1)
		for _, found := range line.FindAllStringSubmatch(readDoc(t, file), -1) {
			if imports[dir] == nil {
				imports[dir] = map[string]bool{}
			}
			imports[dir][found[1]] = true
		}
	}
	var want strings.Builder
	for _, dir := range slices.Sorted(maps.Keys(imports)) {
		fmt.Fprintf(&want, "%-17s -> %s\n", dir, strings.Join(slices.Sorted(maps.Keys(imports[dir])), ", "))
	}
	_, section, _ := strings.Cut(readDoc(t, "docs/architecture.md"), "## Imports\n")
	_, section, _ = strings.Cut(section, "```\n")
	got, _, _ := strings.Cut(section, "```\n")
	if got != want.String() {
		t.Errorf("docs/architecture.md lists\n%s\nand the code has\n%s", got, want.String())
	}
}

func TestPackagesAreDocumented(t *testing.T) {
	t.Parallel()
	text, seen := readDoc(t, "docs/architecture.md"), map[string]bool{".": true}
	for _, file := range files(t, ".go") {
		dir := filepath.ToSlash(filepath.Dir(file))
		if strings.HasPrefix(dir, "tools/") {
			dir = "tools"
		}
		if seen[dir] {
			continue
		}
		seen[dir] = true
		if !regexp.MustCompile(`\n +` + regexp.QuoteMeta(dir) + "/ ").MatchString(text) {
			t.Errorf("the tree in architecture.md has no line for %s/", dir)
		}
	}
}

func TestSettingsInDocsExist(t *testing.T) {
	t.Parallel()
	keys := config.Keys(&app.Config{})
	variables := map[string]bool{}
	for _, key := range keys {
		name := "RECALLBOT_" + strings.ToUpper(strings.ReplaceAll(key, ".", "_"))
		variables[name], variables[name+"_FILE"] = true, true
	}
	for _, name := range []string{"URL", "TOKEN", "TOKEN_FILE"} { // of the command line over the API
		variables["RECALLBOT_API_"+name] = true
	}
	key := regexp.MustCompile("`((?:server|feishu|redis|store|queue|policy|chat|audit|hooks|log)\\.[a-z_]+)[`:]")
	variable := regexp.MustCompile(`RECALLBOT_[A-Z_]*[A-Z]`)
	for _, file := range files(t, ".md") {
		text := readDoc(t, file)
		for _, found := range key.FindAllStringSubmatch(text, -1) {
			if !slices.Contains(keys, found[1]) {
				t.Errorf("%s names the setting %s, which does not exist", file, found[1])
			}
		}
		for _, found := range variable.FindAllString(text, -1) {
			if !variables[found] {
				t.Errorf("%s names the variable %s, which does not exist", file, found)
			}
		}
	}
}

// TestDocumentsNameWhatIsThere: links, file names in backquotes, and documents that comments cite lead to files and headings
// that exist.
func TestDocumentsNameWhatIsThere(t *testing.T) {
	t.Parallel()
	link, quoted := regexp.MustCompile(`\]\(([^)\s]+)\)`), regexp.MustCompile("`([\\w*.-]+(?:/[\\w*.-]*)*)`")
	document := regexp.MustCompile(`[\w./-]+\.md(?:#[\w-]+)?`)
	for _, file := range files(t, ".md") {
		text := readDoc(t, file)
		for _, found := range link.FindAllStringSubmatch(text, -1) {
			if !strings.Contains(found[1], "://") && !leads(t, file, found[1]) {
				t.Errorf("%s links to %s, which is not there", file, found[1])
			}
		}
		for _, found := range quoted.FindAllStringSubmatch(text, -1) {
			if file != "CHANGELOG.md" && isFileName(found[1]) && !leads(t, file, found[1]) && !leads(t, "", found[1]) && !leads(t, "*/", found[1]) {
				t.Errorf("%s names %s, which is not there", file, found[1])
			}
		}
	}
	for _, file := range files(t, ".go") {
		for line := range strings.Lines(readDoc(t, file)) {
			_, comment, ok := strings.Cut(line, "// ")
			if !ok || !strings.Contains(comment, ".md") {
				continue
			}
			for _, name := range document.FindAllString(comment, -1) {
				if !leads(t, file, name) && !leads(t, "", name) {
					t.Errorf("a comment in %s cites %s, which is not there", file, name)
				}
			}
		}
	}
}

// isFileName tells the name of a file or folder from other words in backquotes: by its ending, or by its first folder.
func isFileName(word string) bool {
	endings := []string{".go", ".md", ".mod", ".yaml", ".yml", ".json", ".sh", ".txt", ".txtar", ".service", ".py"}
	first, _, isPath := strings.Cut(word, "/")
	info, err := os.Stat(filepath.Join(root, first))
	isFolder := isPath && first != "bin" && err == nil && info.IsDir()
	return isFolder || len(word) > len(filepath.Ext(word)) && (strings.HasSuffix(word, "/") || slices.Contains(endings, filepath.Ext(word)))
}

// leads reports whether a name, as it is written in a file, leads to files, and to a heading where it has one behind #.
func leads(t *testing.T, from, name string) bool {
	t.Helper()
	path, heading, _ := strings.Cut(name, "#")
	target := from
	if path != "" {
		target = filepath.ToSlash(filepath.Join(filepath.Dir(from), path))
	}
	found, err := filepath.Glob(filepath.Join(root, target))
	return err == nil && len(found) > 0 && (heading == "" || slices.Contains(headings(readDoc(t, target)), heading))
}

// headings are the anchors of a document's headings.
func headings(text string) []string {
	var all []string
	for line := range strings.SplitSeq(text, "\n") {
		title := strings.TrimLeft(line, "#")
		if title == line || !strings.HasPrefix(title, " ") {
			continue
		}
		all = append(all, strings.Map(func(r rune) rune {
			switch {
			case r == ' ':
				return '-'
			case unicode.IsLetter(r) || unicode.IsDigit(r) || r == '-' || r == '_':
				return unicode.ToLower(r)
			default:
				return -1
			}
		}, title[1:]))
	}
	return all
}

// TestLifeOfAnEventNamesRealFunctions: every name in the column of functions is declared, every file there exists.
func TestLifeOfAnEventNamesRealFunctions(t *testing.T) {
	t.Parallel()
	declared, name := declarations(t), regexp.MustCompile("`([^`]+)`")
	rows := 0
	for line := range strings.SplitSeq(readDoc(t, "docs/life-of-an-event.md"), "\n") {
		cells := strings.Split(line, "|")
		if len(cells) != 5 || strings.HasPrefix(cells[1], " ---") {
			continue
		}
		rows++
		for _, found := range name.FindAllStringSubmatch(cells[2], -1) {
			if strings.HasSuffix(found[1], ".go") {
				if _, err := os.Stat(filepath.Join(root, found[1])); err != nil {
					t.Errorf("no file %s", found[1])
				}
				continue
			}
			for part := range strings.SplitSeq(found[1], ".") {
				if !declared[part] {
					t.Errorf("%s: nothing is called %s", found[1], part)
				}
			}
		}
	}
	if rows < 10 {
		t.Errorf("%d rows: the tables can't be read", rows)
	}
}

// declarations are the names of the packages and of everything declared at their top.
func declarations(t *testing.T) map[string]bool {
	t.Helper()
	names := map[string]bool{}
	for _, file := range files(t, ".go") {
		if strings.HasSuffix(file, "_test.go") || strings.HasPrefix(file, "tools/") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), filepath.Join(root, file), nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		names[parsed.Name.Name] = true
		for _, decl := range parsed.Decls {
			switch d := decl.(type) {
			case *ast.FuncDecl:
				names[d.Name.Name] = true
			case *ast.GenDecl:
				for _, spec := range d.Specs {
					specNames(spec, names)
				}
			}
		}
	}
	return names
}

func specNames(spec ast.Spec, names map[string]bool) {
	switch s := spec.(type) {
	case *ast.TypeSpec:
		names[s.Name.Name] = true
	case *ast.ValueSpec:
		for _, name := range s.Names {
			names[name.Name] = true
		}
	}
}

// TestSecurityNamesRealTests holds docs/security.md to the tests that it names.
func TestSecurityNamesRealTests(t *testing.T) {
	t.Parallel()
	var tests strings.Builder
	for _, path := range files(t, ".go") {
		if strings.HasSuffix(path, "_test.go") {
			tests.WriteString(readDoc(t, path))
		}
	}
	named := regexp.MustCompile("`((?:Test|Fuzz)[A-Za-z0-9]+)`").FindAllStringSubmatch(readDoc(t, "docs/security.md"), -1)
	if len(named) < 30 {
		t.Fatalf("%d tests are named", len(named))
	}
	for _, name := range named {
		if !strings.Contains(tests.String(), "func "+name[1]+"(") {
			t.Errorf("docs/security.md names %s; there is no such test", name[1])
		}
	}
}

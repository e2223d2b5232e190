package text_test

import (
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"recallbot/bot"
	"recallbot/handlers/text"
)

// TestWrongSettingsAreSaidInChinese: each sentence that the code knows of a wrong setting, with all of its arguments.
func TestWrongSettingsAreSaidInChinese(t *testing.T) {
	t.Parallel()
	formats := wrongSettings(t)
	if len(formats) < 50 {
		t.Fatalf("the code seems to know only %d sentences", len(formats))
	}
	verb := regexp.MustCompile(`%[a-zA-Z%]`)
	for _, format := range formats {
		verbs := slices.DeleteFunc(verb.FindAllString(format, -1), func(v string) bool { return v == "%%" })
		args := make([]any, len(verbs))
		for i, v := range verbs {
			args[i] = "one"
			if v == "%d" || v == "%U" || v == "%g" {
				args[i] = 7
			}
			if v == "%g" {
				args[i] = 0.5
			}
		}
		lines := text.Chinese.Configuration(errors.Join(bot.WrongSetting("a.b", format, args...)))
		if len(lines) != 1 || !strings.HasPrefix(lines[0], "a.b: ") || strings.Contains(lines[0], "%!") || !regexp.MustCompile(`\p{Han}`).MatchString(lines[0]) {
			t.Errorf("%q is said as %q", format, lines)
		}
	}
}

// wrongSettings are the formats of all calls of bot.WrongSetting, and of exitf, which the command line uses.
func wrongSettings(t *testing.T) []string {
	t.Helper()
	var formats []string
	err := filepath.WalkDir("../..", func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") || strings.HasPrefix(path, "../../tools/") {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || len(call.Args) < 2 || (nameOf(call.Fun) != "WrongSetting" && nameOf(call.Fun) != "exitf") {
				return true
			}
			literal, ok := call.Args[1].(*ast.BasicLit)
			if !ok {
				t.Errorf("%s: the format of WrongSetting or exitf is no literal", path)
				return true
			}
			format, err := strconv.Unquote(literal.Value)
			if err != nil {
				t.Error(err)
			}
			formats = append(formats, format)
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return slices.DeleteFunc(formats, func(format string) bool { return format == "%s" || format == "%s: %s" })
}

func nameOf(fun ast.Expr) string {
	switch f := fun.(type) {
	case *ast.Ident:
		return f.Name
	case *ast.SelectorExpr:
		return f.Sel.Name
	default:
		return ""
	}
}

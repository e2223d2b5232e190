package handlers_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"recallbot/bot/command"
	"recallbot/handlers"
)

// constants are the values of all constants of a type in a file of ours.
func constants(t *testing.T, path, typeName string) []string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	var values []string
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if ident, ok := spec.Type.(*ast.Ident); !ok || ident.Name != typeName {
			return true
		}
		for _, value := range spec.Values {
			text, err := strconv.Unquote(value.(*ast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			values = append(values, text)
		}
		return true
	})
	if len(values) == 0 && typeName != "phrase" {
		t.Fatalf("no constants of the type %s in %s", typeName, path)
	}
	return values
}

func TestEverythingHasItsWords(t *testing.T) {
	t.Parallel()
	var names []string
	for _, reason := range constants(t, "../bot/reason.go", "Reason") {
		names = append(names, reason, "short_"+reason)
	}
	for _, via := range constants(t, "../bot/via.go", "Via") {
		if via != "tidy" { // the log leaves it out
			names = append(names, "via_"+via)
		}
	}
	for _, result := range constants(t, "../bot/via.go", "Result") {
		names = append(names, "result_"+result)
	}
	// Refusals are shown by their reason, and tidied commands not at all.
	unshown := []string{
		"own_command", "nobody", "role_unknown", "other_chat", "persons_message", "other_bot_without_rank",
		"unknown_target", "unseen_target", "no_target", "too_late", "own_answer",
	}
	for _, rule := range constants(t, "../recall/policy/policy.go", "Rule") {
		if !slices.Contains(unshown, rule) {
			names = append(names, "rule_"+rule)
		}
	}
	names = append(names, "rule_own_consent")
	names = append(names, constants(t, "../bot/setting.go", "SettingFault")...)
	for _, key := range constants(t, "../bot/setting.go", "SettingKey") {
		names = append(names, "set_"+key)
	}
	names = append(names, constants(t, "../bot/filter.go", "FilterFault")...)
	names = append(names, constants(t, "../bot/job.go", "Unseen")...)
	for _, cause := range constants(t, "../bot/job.go", "Cause") {
		names = append(names, "cause_"+cause)
	}
	for _, kind := range constants(t, "../bot/job.go", "JobKind") {
		names = append(names, "title_running_"+kind, "title_done_"+kind)
	}
	for _, kind := range command.MessageTypes() {
		names = append(names, "part_type_"+kind)
	}
	for _, kind := range constants(t, "../post/alert/alert.go", "LinkKind") {
		if kind != "home" { // it is called as its source
			names = append(names, "button_alert_"+kind)
		}
	}
	files, err := filepath.Glob("phrases*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if !strings.HasSuffix(file, "_test.go") {
			names = append(names, constants(t, file, "phrase")...)
		}
	}

	book := handlers.Phrasebook()
	for _, name := range names {
		if _, ok := book[name]; !ok {
			t.Errorf("nothing to say for %q", name)
		}
	}
	for name, said := range book {
		if !slices.Contains(names, name) {
			t.Errorf("%q (%s) is never said", name, said[1])
		}
	}
}

func TestBothLanguagesSayTheSame(t *testing.T) {
	t.Parallel()
	verbs := regexp.MustCompile(`%[^%]`)
	for name, said := range handlers.Phrasebook() {
		chinese, english := said[0], said[1]
		if strings.TrimSpace(chinese) == "" || strings.TrimSpace(english) == "" {
			t.Errorf("%s: %q and %q, want words in both", name, chinese, english)
		}
		if !slices.Equal(verbs.FindAllString(chinese, -1), verbs.FindAllString(english, -1)) {
			t.Errorf("%s: %q and %q are filled in differently", name, chinese, english)
		}
		spelling := strings.ReplaceAll(english, "/撤回", "")
		if strings.ContainsFunc(spelling, func(r rune) bool { return unicode.Is(unicode.Han, r) }) {
			t.Errorf("%s: %q is not English", name, english)
		}
		if !strings.HasPrefix(name, "code") && !strings.ContainsFunc(chinese, func(r rune) bool { return unicode.Is(unicode.Han, r) }) {
			t.Errorf("%s: %q is not Chinese", name, chinese)
		}
	}
}

func TestSentencesEnd(t *testing.T) {
	t.Parallel()
	// What stands in a line with other words is no sentence.
	part := regexp.MustCompile(`^(short|via|result|rule|code)(_|$)|^help_|^details_|^(set|value|title|button|part|cause)_|^settings_(title|save)$`)
	for name, said := range handlers.Phrasebook() {
		if part.MatchString(name) {
			continue
		}
		if last := lastRune(said[0]); !strings.ContainsRune("。？：", last) {
			t.Errorf("%s: %q does not end", name, said[0])
		}
		if last := lastRune(said[1]); !strings.ContainsRune(".?:", last) {
			t.Errorf("%s: %q does not end", name, said[1])
		}
	}
}

func lastRune(s string) rune {
	runes := []rune(s)
	return runes[len(runes)-1]
}

package text_test

import (
	"cmp"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"github.com/goccy/go-yaml"

	"recallbot/bot/command"
	"recallbot/handlers/text"
)

// file is a language's file: its keys in order, without those of the configuration, and the texts.
func file(t *testing.T, name string) (keys []string, said map[string]string) {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var sections yaml.MapSlice
	if err := yaml.UnmarshalWithOptions(data, &sections, yaml.UseOrderedMap()); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	said = map[string]string{}
	var walk func(path string, section yaml.MapSlice)
	walk = func(path string, section yaml.MapSlice) {
		for _, item := range section {
			key := path + yamlKey(item.Key)
			switch value := item.Value.(type) {
			case yaml.MapSlice:
				if key != "configuration" {
					walk(key+".", value)
				}
			case string:
				keys, said[key] = append(keys, key), value
			default:
				t.Errorf("%s: %s is %T, want a text", name, key, value)
			}
		}
	}
	walk("", sections)
	return keys, said
}

func yamlKey(key any) string {
	if n, ok := key.(uint64); ok {
		return strconv.FormatUint(n, 10)
	}
	return key.(string)
}

var placeholder = regexp.MustCompile(`\{[^{}]*\}`)

func placeholders(said string) []string {
	names := placeholder.FindAllString(said, -1)
	for i, name := range names {
		if word, _, forms := strings.Cut(name, ":"); forms { // {count:message|messages}
			names[i] = word + "}"
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func isHan(r rune) bool { return unicode.Is(unicode.Han, r) }

func TestBothFilesSayTheSame(t *testing.T) {
	t.Parallel()
	zhKeys, zh := file(t, "zh.yaml")
	enKeys, en := file(t, "en.yaml")
	if len(zhKeys) < 500 || !slices.Equal(zhKeys, enKeys) {
		t.Errorf("zh.yaml has %d keys and en.yaml %d; want the same in the same order", len(zhKeys), len(enKeys))
	}
	for _, key := range zhKeys {
		chinese, english := zh[key], en[key]
		if strings.TrimSpace(chinese) == "" || strings.TrimSpace(english) == "" {
			t.Errorf("%s: %q and %q, want words in both", key, chinese, english)
		}
		if !slices.Equal(placeholders(chinese), placeholders(english)) {
			t.Errorf("%s: %q and %q have different placeholders", key, chinese, english)
		}
		if strings.ContainsFunc(strings.ReplaceAll(english, "/撤回", ""), isHan) {
			t.Errorf("%s: %q is not English", key, english)
		}
		if !strings.ContainsFunc(chinese, isHan) && !regexp.MustCompile(`^(answer\.code|list\.|commands\.batch\.word|sender\.said|settings\.(of|changed)|watch\.rule$)`).MatchString(key) {
			t.Errorf("%s: %q is not Chinese", key, chinese)
		}
		if text.Chinese.Say(text.Key(key)) != chinese || text.English.Say(text.Key(key)) != english {
			t.Errorf("%s is said as %q and %q", key, text.Chinese.Say(text.Key(key)), text.English.Say(text.Key(key)))
		}
	}
}

func TestSentencesEnd(t *testing.T) {
	t.Parallel()
	// What is shown in a line with other words is no sentence.
	part := regexp.MustCompile(`\.short$|^(via|result|rule|answer\.code\w*|commands|cause|sender|time|list|type|findings|missing_scope|init|job\.(title|button)|settings\.(name|word|example|value|title|save|of|label|shown|changed|now|fault\.(no_value|verb))|alert|help\.(title|one|many|after|own|chat|examples|also|button)|menu\.(title|choice)|what|offer\.(title|recall)|consent\.(button|page)|question\.(button|leave)|ttl\.(recall|keep))\b` +
		`|^job\.restored$|^log\.(title\w*|more|back|who|did|what|from|note)\b|^doctor\.(title|first|button|details|who)$|^here\.\w+\.fix$|^ttl\.(all|types)$|^mine\.(title|p2p|take_back|all)$` +
		`|^watch\.(title|rule|when|act|ready\w*|switch|state|caught)\b|^notice\.(title|bot|recall|quarantine|release|leave|off)\b|^report\.(title|people)$|^try\.(title|stop|hits|left|bots|days)$|^everywhere\.(found|left|why)\b`)
	keys, zh := file(t, "zh.yaml")
	_, en := file(t, "en.yaml")
	for _, key := range keys {
		if part.MatchString(key) {
			continue
		}
		if !regexp.MustCompile(`[。？：]$`).MatchString(zh[key]) || !regexp.MustCompile(`[.?:]$`).MatchString(en[key]) {
			t.Errorf("%s: %q or %q does not end", key, zh[key], en[key])
		}
	}
}

// constants are the values of all constants of a type in a file of ours.
func constants(t *testing.T, path, typeName string) map[string]string {
	t.Helper()
	source, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	values := map[string]string{}
	ast.Inspect(source, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if ident, ok := spec.Type.(*ast.Ident); !ok || ident.Name != typeName {
			return true
		}
		for i, value := range spec.Values {
			said, err := strconv.Unquote(value.(*ast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			values[spec.Names[i].Name] = said
		}
		return true
	})
	if len(values) == 0 {
		t.Fatalf("no constants of the type %s in %s", typeName, path)
	}
	return values
}

// TestEverythingHasItsWords: each word of the code has its text, and each text is used.
func TestEverythingHasItsWords(t *testing.T) {
	t.Parallel()
	var want []string
	words := func(path, typeName string, key func(word string) []string, except ...string) {
		for _, word := range constants(t, path, typeName) {
			if !slices.Contains(except, word) {
				want = append(want, key(word)...)
			}
		}
	}
	in := func(sections ...string) func(string) []string {
		return func(word string) (keys []string) {
			for _, section := range sections {
				keys = append(keys, section+"."+word)
			}
			return keys
		}
	}
	without := func(prefix, section string) func(string) []string {
		return func(word string) []string { return []string{section + "." + strings.TrimPrefix(word, prefix)} }
	}
	parts := func(section string, names ...string) func(string) []string {
		return func(word string) (keys []string) {
			for _, name := range names {
				keys = append(keys, section+"."+word+"."+name)
			}
			return keys
		}
	}
	words("../../bot/reason.go", "Reason", parts("reasons", "full", "short"))
	// The log says the way of these, and the result of what did not go as asked.
	want = append(want, "via.reaction", "via.quorum", "via.button")
	words("../../bot/via.go", "Result", in("result"), "recalled", "changed", "asked", "authorised", "deauthorised")
	// Refusals are shown by their reason, and tidied commands not at all.
	words("../../recall/policy/policy.go", "Rule", in("rule"),
		"own_command", "nobody", "role_unknown", "other_chat", "persons_message", "other_bot_without_rank",
		"unknown_target", "unseen_target", "no_target", "too_late", "own_answer")
	words("../../bot/setting.go", "SettingFault", without("setting_", "settings.fault"))
	words("../../bot/setting.go", "SettingKey", in("settings.name", "settings.word", "settings.example"))
	words("../../bot/filter.go", "FilterFault", without("filter_", "filter"))
	words("../../bot/preview.go", "Unseen", without("unseen_", "unseen"))
	words("../../bot/job.go", "Cause", in("cause"))
	words("../../bot/job.go", "JobKind", in("job.title.running", "job.title.done"))
	words("../../post/alert/alert.go", "LinkKind", in("alert.link"), "home") // it is called as its source
	words("../../post/alert/alert.go", "Source", in("alert.link"))
	words("../../bot/watch.go", "WatchState", in("watch.state", "watch.switch"))
	words("../../bot/watch.go", "WatchKind", func(kind string) []string { return []string{"watch.when." + cmp.Or(kind, "each")} })
	words("../../bot/watch.go", "WatchAct", in("watch.act"))
	words("../../bot/watch.go", "Visibility", in("watch.visibility"))
	want = append(want, "watch.visibility_own.none", "watch.visibility_own.off") // our own posts never arrive as events
	words("../../bot/watch.go", "NoticeKind", in("notice.title"))
	for _, rule := range command.ReadyRules() {
		want = append(want, "watch.ready."+rule.Name)
	}
	for _, decided := range []string{"recall", "quarantine", "leave", "off", "release"} {
		want = append(want, "notice.decided."+decided)
	}
	want = append(want, "everywhere.why.bot_has_no_rank", "everywhere.why.no_history", "everywhere.why.needs_approval", "everywhere.why.other")
	words("../../bot/command.go", "Verb", func(verb string) []string {
		keys := parts("commands", "word", "usage", "details", "examples")(cmp.Or(verb, "this"))
		if !slices.Contains([]string{"status", "stop", "doctor", "deauthorize", "help", "quarantine", "release"}, verb) { // the help lists them as buttons only
			keys = append(keys, "commands."+cmp.Or(verb, "this")+".help")
		}
		return keys
	}, "guess")
	want = append(want, "menu.choice.mine", "menu.choice.minutes", "menu.choice.hour", "menu.choice.repeats")
	for _, verb := range []string{"help", "clean", "mine", "log", "settings", "watch", "report", "authorize"} {
		want = append(want, "help.button."+verb)
	}
	for _, kind := range command.MessageTypes() {
		want = append(want, "type."+kind)
	}
	for _, file := range []string{"keys.go", "keys_watch.go"} {
		words(file, "Key", func(path string) []string { return []string{path} })
	}

	keys, _ := file(t, "zh.yaml")
	for _, key := range want {
		if !slices.Contains(keys, key) {
			t.Errorf("no text for %s", key)
		}
	}
	other := regexp.MustCompile(`^(codes\.\d+|findings\.\w+\.(fine|fault|fix)|here\.\w+\.(fine|fault|fix))$`) // their own tests know them
	for _, key := range keys {
		if !slices.Contains(want, key) && !other.MatchString(key) {
			t.Errorf("%s is not used", key)
		}
	}
}

// TestPlaceholdersAreFilled: each call that says a text names the text's placeholders.
func TestPlaceholdersAreFilled(t *testing.T) {
	t.Parallel()
	paths := constants(t, "keys.go", "Key")
	maps.Copy(paths, constants(t, "keys_watch.go", "Key"))
	_, en := file(t, "en.yaml")
	calls := 0
	for _, pattern := range []string{"*.go", "../*.go", "../card/*.go", "../../app/*.go", "../../cli/*.go"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range files {
			source, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			ast.Inspect(source, func(n ast.Node) bool {
				if key, names, ok := saying(n); ok && paths[key] != "" {
					calls++
					if want := placeholders(en[paths[key]]); !slices.Equal(names, want) {
						t.Errorf("%s: %s is filled with %q, want %q", name, key, names, want)
					}
				}
				return true
			})
		}
	}
	if calls < 80 {
		t.Errorf("only %d calls say a text", calls)
	}
}

// saying gives the name of the constant of a text that a call says, and the names of the values that it is given.
func saying(n ast.Node) (key string, names []string, ok bool) {
	call, ok := n.(*ast.CallExpr)
	if !ok || !slices.Contains([]string{"say", "Say", "zh", "en"}, nameOf(call.Fun)) {
		return "", nil, false
	}
	i := slices.IndexFunc(call.Args, func(arg ast.Expr) bool {
		name := nameOf(arg)
		return name != "" && unicode.IsUpper(rune(name[0]))
	})
	if i < 0 {
		return "", nil, false
	}
	for _, arg := range call.Args[i+1:] {
		if literal, ok := arg.(*ast.BasicLit); ok && len(names)*2 == slices.Index(call.Args, arg)-i-1 {
			name, _ := strconv.Unquote(literal.Value)
			names = append(names, "{"+name+"}")
		}
	}
	slices.Sort(names)
	return nameOf(call.Args[i]), names, true
}

// TestTypesHaveNames: what people read calls no type of messages by the platform's name for it.
func TestTypesHaveNames(t *testing.T) {
	t.Parallel()
	for _, kind := range command.MessageTypes() {
		zh, en := text.Chinese.Type(kind), text.English.Type(kind)
		if zh == kind || strings.Contains(zh, "_") || strings.Contains(en, "_") {
			t.Errorf("%s is called %q and %q", kind, zh, en)
		}
	}
}

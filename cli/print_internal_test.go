package cli

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/spf13/pflag"
)

// runCommand runs a command that must succeed and returns its output.
func runCommand(t *testing.T, args ...string) string {
	t.Helper()
	var out, problems bytes.Buffer
	if code := execute(t.Context(), testProgram(t), args, &out, &problems); code != 0 {
		t.Fatalf("recallbot %s: exit code %d: %s", strings.Join(args, " "), code, problems.String())
	}
	return out.String()
}

// TestSchemaIsCommitted checks docs/config.schema.json, which config.yaml refers to for editors.
func TestSchemaIsCommitted(t *testing.T) {
	t.Parallel()
	const path = "../docs/config.schema.json"
	kept, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(kept) != runCommand(t, "config", "schema") {
		t.Errorf("%s is not that of the code: make fix", path)
	}
	if first, _, _ := strings.Cut(testProgram(t).Reference, "\n"); first != "# yaml-language-server: $schema="+strings.TrimPrefix(path, "../") {
		t.Errorf("config.yaml begins with %q and does not refer to %s", first, path)
	}
}

// TestSchemaAcceptsValidConfigurations checks that the schema accepts and rejects what the bot does.
func TestSchemaAcceptsValidConfigurations(t *testing.T) {
	t.Parallel()
	schema, err := jsonschema.NewCompiler().Compile("../docs/config.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	var shipped struct{ Data map[string]string }
	manifest, err := os.ReadFile("../deploy/kubernetes/configmap.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(manifest, &shipped); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name, text string
		ok         bool
	}{
		{"config.yaml", testProgram(t).Reference, true},
		{"what is printed", runCommand(t, "config", "print", "--config", "../config.yaml"), true},
		{"the ConfigMap", shipped.Data["config.yaml"], true},
		{"an empty section", "server:\n", true},
		{"an unknown section", "serve: {}\n", false},
		{"an unknown key", "server: {lisen: ':8080'}\n", false},
		{"a time without a unit", "queue: {lease: '5'}\n", false},
		{"a word for a number", "queue: {workers: many}\n", false},
		{"a value of no list", "log: {level: loud}\n", false},
		{"a word for a list", "policy: {moderators: ou_1}\n", false},
	} {
		text, err := yaml.YAMLToJSON([]byte(tt.text))
		if err != nil {
			t.Fatalf("%s: %v", tt.name, err)
		}
		value, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
		if err != nil {
			t.Fatalf("%s: %v", tt.name, err)
		}
		if err := schema.Validate(value); (err == nil) != tt.ok {
			t.Errorf("%s: by the schema: %v", tt.name, err)
		}
	}
}

// TestSchemaDescribesEveryKey checks that config.yaml has a comment on each key.
func TestSchemaDescribesEveryKey(t *testing.T) {
	t.Parallel()
	type node struct {
		Description string          `json:"description"`
		Enum        []string        `json:"enum"`
		Properties  map[string]node `json:"properties"`
	}
	var top node
	if err := json.Unmarshal([]byte(runCommand(t, "config", "schema")), &top); err != nil {
		t.Fatal(err)
	}
	if top.Properties["dry_run"].Description == "" || len(top.Properties["log"].Properties["level"].Enum) != 4 {
		t.Errorf("the schema lacks dry_run or the values of log.level: %+v", top)
	}
	for section, s := range top.Properties {
		for key, property := range s.Properties {
			if strings.HasPrefix(property.Description, "Environment:") {
				t.Errorf("config.yaml says nothing of %s.%s", section, key)
			}
		}
	}
}

func TestConfigPrintMasksSecretsAndShowsOrigins(t *testing.T) {
	path := filepath.Join(t.TempDir(), "config.yaml")
	text := "feishu:\n  app_id: cli_1\n  app_secret: hunter2\nredis:\n  url: redis://u:hunter2@host:1/0\nqueue:\n  workers:\npolicy:\n  moderators: [ou_1]\n"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("RECALLBOT_LOG_LEVEL", "debug")
	t.Setenv("RECALLBOT_FEISHU_ENCRYPT_KEY_FILE", path)
	out := runCommand(t, "config", "print", "--config", path)
	for _, want := range []string{
		`app_id: "cli_1" +# ` + path, `app_secret: "\*\*\*" +# ` + path, `encrypt_key: "\*\*\*" +# RECALLBOT_FEISHU_ENCRYPT_KEY_FILE`,
		`level: "debug" +# RECALLBOT_LOG_LEVEL`, `workers: 64 +# default`, `moderators: \["ou_1"\] +# ` + path, `lease: "1s" +# default`,
		`\ndry_run: false +# default`,
	} {
		if !regexp.MustCompile(want).MatchString(out) {
			t.Errorf("it does not print %s:\n%s", want, out)
		}
	}
	if strings.Contains(out, "hunter2") {
		t.Errorf("it prints a secret:\n%s", out)
	}
	again := filepath.Join(t.TempDir(), "again.yaml")
	if err := os.WriteFile(again, []byte(out), 0o600); err != nil {
		t.Fatal(err)
	}
	if twice := runCommand(t, "config", "print", "--config", again); !strings.Contains(twice, `moderators: ["ou_1"]`) {
		t.Errorf("what it prints is not read as it was:\n%s", twice)
	}
}

func TestVersion(t *testing.T) {
	t.Parallel()
	var b build
	if err := json.Unmarshal([]byte(runCommand(t, "version", "--json")), &b); err != nil {
		t.Fatal(err)
	}
	if b.Version == "" || b.Go != runtime.Version() || !strings.Contains(runCommand(t, "version"), b.Version) {
		t.Errorf("the version is %+v", b)
	}
}

// TestManualIsComplete checks that the manual page has all commands, arguments, flags and sections.
func TestManualIsComplete(t *testing.T) {
	t.Parallel()
	page := strings.ReplaceAll(runCommand(t, "man"), `\-`, "-")
	for _, section := range []string{"NAME", "SYNOPSIS", "OPTIONS", "COMMANDS", "ENVIRONMENT", "FILES", "EXIT STATUS", "SIGNALS"} {
		if !strings.Contains(page, "\n.SH "+section+"\n") {
			t.Errorf("the page has no section %s", section)
		}
	}
	for _, leaf := range leaves(rootCommand(&run{})) {
		if leaf.Hidden {
			continue
		}
		name := strings.TrimPrefix(commandLine(leaf), "recallbot ")
		_, of, found := strings.Cut(page, "\n.SS \""+name)
		of, _, _ = strings.Cut(of, "\n.SS ")
		if !found {
			t.Errorf("the page does not tell of %q", name)
		}
		leaf.LocalNonPersistentFlags().VisitAll(func(flag *pflag.Flag) {
			if !flag.Hidden && !strings.Contains(of, "--"+flag.Name+`\fR`) {
				t.Errorf("the page does not tell of --%s of %q", flag.Name, name)
			}
		})
	}
}

// TestCompletion checks what the scripts of the shells ask for while a person types, and that each script is one.
func TestCompletion(t *testing.T) {
	t.Parallel()
	for typed, want := range map[string]string{
		"c":                             "config completion",
		"config p":                      "print",
		"--config f config che":         "check",
		"completion z":                  "zsh",
		"sandbox --no-o":                "--no-open",
		"sandbox --transport ":          "webhook websocket",
		"init --language ":              "auto zh-CN en",
		"audit --ch":                    "--chat",
		"audit list --to":               "--token-file",
		"serve --con":                   "--config",
		"heal":                          "",
		"post hi --server http://x --w": "--wait",
	} {
		words := strings.Split(typed, " ")
		var got []string
		for line := range strings.Lines(runCommand(t, append([]string{"__completeNoDesc"}, words...)...)) {
			if line = strings.TrimSpace(line); !strings.HasPrefix(line, ":") { // the last line tells the shell whether to add files
				got = append(got, line)
			}
		}
		if strings.Join(got, " ") != want {
			t.Errorf("recallbot %s completes to %q, want %q", typed, got, want)
		}
	}
	for _, typed := range []string{"simulate ", "audit verify ", "--config ", "post --card "} {
		words := append([]string{"__completeNoDesc"}, strings.Split(typed, " ")...)
		if got := runCommand(t, words...); got != ":0\n" {
			t.Errorf("recallbot %s completes to %q, want files", typed, got)
		}
	}
	for shell, want := range map[string]string{
		"bash": "complete -o default -F __start_recallbot recallbot", "zsh": "#compdef recallbot", "fish": "complete -c recallbot",
	} {
		script := runCommand(t, "completion", shell)
		if !strings.Contains(script, want) {
			t.Errorf("the script of %s does not say %q", shell, want)
		}
		if shell != "bash" {
			continue
		}
		cmd := exec.CommandContext(t.Context(), "bash", "-c", script)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("bash: %v: %s", err, out)
		}
	}
}

package app_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"recallbot/app"
	"recallbot/app/config"
	"recallbot/feishu"
	"recallbot/recall/policy"
)

const reference = "../config.yaml"

// ignoreFuncs leaves out what no file can set.
func ignoreFuncs() cmp.Option {
	return cmpopts.IgnoreFields(feishu.Config{}, "Now", "Observe", "OnPost")
}

func TestReferenceIsTheDefaults(t *testing.T) {
	t.Parallel()
	cfg, err := app.Load(reference, nil)
	if err != nil {
		t.Fatal(err)
	}
	want := app.Defaults()
	want.Policy.Moderators, want.Hooks.Allow = []string{}, []string{}
	if diff := cmp.Diff(want, cfg, ignoreFuncs()); diff != "" {
		t.Errorf("config.yaml differs from the defaults (-default +file):\n%s", diff)
	}
}

func TestReferenceNamesEveryKey(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(reference)
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range config.Keys(&app.Config{}) {
		last := key[strings.LastIndex(key, ".")+1:]
		if !strings.Contains(string(text), "\n"+strings.Repeat("  ", strings.Count(key, "."))+last+":") {
			t.Errorf("config.yaml does not document %s", key)
		}
	}
}

func TestEveryKeyHasAVariable(t *testing.T) {
	t.Parallel()
	values := map[string]string{
		"server.listen": ":1", "server.drain_delay": "3s", "server.trusted_proxies": "10.0.0.0/8", "redis.wait_replicas": "1", "feishu.transport": "websocket", "feishu.allow_unsigned": "true",
		"feishu.max_event_age": "1m", "feishu.call_timeout": "2s", "store.index_cap": "7",
		"store.index_retention": "3h", "store.audit_cap": "9", "queue.workers": "3", "queue.per_chat": "2", "queue.job_workers": "3", "queue.post_workers": "3",
		"queue.lease": "2s", "queue.max_attempts": "5", "archive.retention": "5h", "policy.moderators": "ou_a, ou_b", "policy.roles_ttl": "9s", "policy.recall_window": "24h",
		"chat.emoji": "No,BOMB", "dry_run": "true",
		"hooks.allow_http": "true", "hooks.timeout": "3s", "hooks.max_attempts": "3",
		"telemetry.sample": "0.5", "watch.poll": "30s", "watch.max_actions_per_hour": "9", "server.debug_anywhere": "true",
	}
	for _, key := range config.Keys(&app.Config{}) {
		t.Run(key, func(t *testing.T) {
			t.Parallel()
			value, ok := values[key]
			if !ok {
				value = "x-" + key
			}
			name := "RECALLBOT_" + strings.ToUpper(strings.ReplaceAll(key, ".", "_"))
			path := writeFile(t, "{}")
			with, err := app.Load(path, []string{name + "=" + value})
			if err != nil {
				t.Fatal(err)
			}
			without, err := app.Load(path, []string{name + "="})
			if err != nil {
				t.Fatal(err)
			}
			if cmp.Equal(with, without, ignoreFuncs()) {
				t.Errorf("%s=%s changes nothing", name, value)
			}
			if diff := cmp.Diff(app.Defaults(), without, ignoreFuncs()); diff != "" {
				t.Errorf("an empty %s counts as set:\n%s", name, diff)
			}
		})
	}
}

func TestEnvironmentWins(t *testing.T) {
	t.Parallel()
	path := writeFile(t, "server:\n  listen: ':1'\nfeishu:\n  app_id: cli_file\n")
	cfg, err := app.Load(path, []string{"RECALLBOT_SERVER_LISTEN=:2", "OTHER_SERVER_LISTEN=:3", "RECALLBOT_POLICY_MODERATORS=ou_a, ou_b"})
	if err != nil {
		t.Fatal(err)
	}
	if cfg.Server.Listen != ":2" || cfg.Feishu.AppID != "cli_file" {
		t.Errorf("listen = %q, app id = %q", cfg.Server.Listen, cfg.Feishu.AppID)
	}
	if want := (policy.Config{Moderators: []string{"ou_a", "ou_b"}}); !cmp.Equal(cfg.Policy.Config, want) {
		t.Errorf("moderators = %v, want %v", cfg.Policy.Config, want)
	}
}

func TestSecretsFromFiles(t *testing.T) {
	t.Parallel()
	path, empty := writeFile(t, "s3cret\n"), writeFile(t, "{}")
	cfg, err := app.Load(empty, []string{"RECALLBOT_FEISHU_APP_SECRET_FILE=" + path, "RECALLBOT_REDIS_URL_FILE=" + path})
	if err != nil {
		t.Fatal(err)
	}
	if cfg.Feishu.AppSecret.Reveal() != "s3cret" || cfg.Redis.URL != "s3cret" {
		t.Errorf("secret = %q, url = %q", cfg.Feishu.AppSecret.Reveal(), string(cfg.Redis.URL))
	}
	for _, bad := range [][]string{
		{"RECALLBOT_FEISHU_APP_SECRET_FILE=" + path, "RECALLBOT_FEISHU_APP_SECRET=other"},
		{"RECALLBOT_FEISHU_APP_SECRET_FILE=" + path + ".not"},
	} {
		if _, err := app.Load(empty, bad); err == nil || !strings.Contains(err.Error(), "RECALLBOT_FEISHU_APP_SECRET") {
			t.Errorf("Load(%v) = %v, want an error that names the variable", bad, err)
		}
	}
}

func TestAllProblemsAtOnceAndNoSecretShown(t *testing.T) {
	t.Parallel()
	path := writeFile(t, strings.Join([]string{
		"feishu:", "  app_secret: hunter2", "  encript_key: hunter3", "  transport: pigeon",
		"servr:", "  listen: ':1'", "queue:", "  lease: 1ms", "chat:", "  timezone: Mars/Olympus", "  language: tlh",
	}, "\n"))
	_, err := app.LoadValid(path, []string{
		"RECALLBOT_QUEUE_WORKERS=many", "RECALLBOT_POLICY_ROLES_TTL=0s", "RECALLBOT_DRYRUN=hunter4",
		"RECALLBOT_FEISHU_ENCRIPT_KEY=hunter5", "RECALLBOT_BIN=/bin/recallbot", "RECALLBOT_SERVICE_HOST=10.0.0.1", "RECALLBOT_PORT_8080_TCP=tcp://10.0.0.1:8080",
	})
	if err == nil {
		t.Fatal("Load accepts it")
	}
	lines := strings.Split(err.Error(), "\n")
	for _, want := range []string{
		path + ":3:3: feishu.encript_key: unknown setting; did you mean feishu.encrypt_key?", path + ":5:1: servr: unknown setting; did you mean server?",
		path + ":4:3: feishu.transport: ", path + ":1:1: feishu.app_id: missing", path + ":8:3: queue.lease: ", path + ":10:3: chat.timezone: ",
		path + ":11:3: chat.language: ", "RECALLBOT_QUEUE_WORKERS: queue.workers: must be a whole number", "RECALLBOT_POLICY_ROLES_TTL: policy.roles_ttl: ",
		"RECALLBOT_DRYRUN: unknown setting; did you mean RECALLBOT_DRY_RUN?",
		"RECALLBOT_FEISHU_ENCRIPT_KEY: unknown setting; did you mean RECALLBOT_FEISHU_ENCRYPT_KEY?",
	} {
		if !slices.ContainsFunc(lines, func(line string) bool { return strings.HasPrefix(line, want) }) {
			t.Errorf("no line is %s:\n%v", want, err)
		}
	}
	for _, foreign := range []string{"RECALLBOT_SERVICE_HOST", "RECALLBOT_PORT", "RECALLBOT_BIN"} {
		if strings.Contains(err.Error(), foreign) {
			t.Errorf("the error names %s, which is somebody else's:\n%v", foreign, err)
		}
	}
	if strings.Contains(err.Error(), "hunter") {
		t.Errorf("the error shows a secret:\n%v", err)
	}
}

func TestBrokenFileIsNotQuoted(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"feishu:\n  app_secret: hunter2\n  transport: [", "feishu: hunter2", "- hunter2", "feishu:\n  allow_unsigned: hunter2\n"} {
		_, err := app.Load(writeFile(t, text), nil)
		if err == nil || strings.Contains(err.Error(), "hunter") {
			t.Errorf("Load(%q) = %v, want an error without the secret", text, err)
		}
	}
}

func TestMissingFiles(t *testing.T) {
	t.Parallel()
	if _, err := app.Load(filepath.Join(t.TempDir(), "none.yaml"), nil); err == nil {
		t.Error("a named file that is not there is accepted")
	}
	if !slices.Contains(config.Keys(&app.Config{}), "feishu.app_id") {
		t.Error("Keys does not list feishu.app_id")
	}
}

func TestConfigurationPrintsNoSecrets(t *testing.T) {
	t.Parallel()
	cfg := app.Defaults()
	cfg.Feishu.AppSecret, cfg.Feishu.EncryptKey, cfg.Redis.URL = "hunter2", "hunter2", "redis://u:hunter2@h:1"
	for _, format := range []string{"%v", "%+v", "%#v", "%s"} {
		if text := fmt.Sprintf(format, cfg); strings.Contains(text, "hunter2") {
			t.Errorf("%s shows a secret: %s", format, text)
		}
	}
}

func writeFile(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

package app_test

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"recallbot/app"
	"recallbot/handlers/text"
)

// right is a valid configuration.
const right = "feishu:\n  app_id: cli_a1b2c3d4e5f60718\n  app_secret: s\n  encrypt_key: k\n"

// wrong is what is wrong with a configuration, line by line, without the path of the file.
func wrong(t *testing.T, content string, environ ...string) []string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "config.yaml")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := app.LoadValid(path, environ)
	if err == nil {
		return nil
	}
	return strings.Split(strings.ReplaceAll(err.Error(), path, "config.yaml"), "\n")
}

// TestEveryFaultIsNamedAtItsPlace: one bad value hides none of the others, and makes nothing else seem missing.
func TestEveryFaultIsNamedAtItsPlace(t *testing.T) {
	t.Parallel()
	content := `server:
  drain_dely: 3s
  drain_delay: 3
feishu:
  base_url: open.feishu.cn
  app_id: clix
  transport: websockets
  max_event_age: 10
  listen: ":1"
chat:
  emoji: ["❌", "Nope", "crossmark", "Fire"]
queue:
  workers: [many]
  leaseTime: 5s
policy: ou_1
archive: {retention: 3 days}
dry_run: perhaps
redis-url: redis://h
log:
`
	got := wrong(t, content)
	want := []string{
		"config.yaml:2:3: server.drain_dely: unknown setting; did you mean server.drain_delay?",
		"config.yaml:3:16: server.drain_delay: must be a duration with a unit, such as 30s, 10m, 24h or 3d",
		"config.yaml:8:18: feishu.max_event_age: must be a duration with a unit, such as 30s, 10m, 24h or 3d",
		"config.yaml:9:3: feishu.listen: unknown setting; did you mean server.listen?",
		"config.yaml:13:12: queue.workers: must be a whole number",
		"config.yaml:14:3: queue.leaseTime: unknown setting",
		"config.yaml:15:9: policy: must hold settings, each a name with a value",
		"config.yaml:16:22: archive.retention: must be a duration with a unit, such as 30s, 10m, 24h or 3d",
		"config.yaml:17:10: dry_run: must be true or false",
		"config.yaml:18:1: redis-url: unknown setting; did you mean redis.url?",
		`config.yaml:5:3: feishu.base_url: must be an address such as https://open.feishu.cn, with https:// and without /open-apis, not "open.feishu.cn"`,
		"config.yaml:4:1: feishu.app_secret: missing",
		`config.yaml:7:3: feishu.transport: must be webhook or websocket, not "websockets"`,
		`config.yaml:11:3: chat.emoji: write CrossMark instead of "❌"`,
		`config.yaml:11:3: chat.emoji: "Nope" is not an emoji of Feishu`,
		`config.yaml:11:3: chat.emoji: "crossmark" is not an emoji of Feishu; did you mean CrossMark?`,
	}
	for _, line := range want {
		if !slices.Contains(got, line) {
			t.Errorf("no line is %s", line)
		}
	}
	if len(got) != len(want) {
		t.Errorf("%d lines, want %d:\n%s", len(got), len(want), strings.Join(got, "\n"))
	}
}

// TestFaultsInBothLanguages: the sentences name place and key, come in the order of the file, and quote no library.
func TestFaultsInBothLanguages(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, c := range map[string]struct {
		text    string
		environ []string
		en, zh  []string
	}{
		"a tab": {"feishu:\n\tapp_id: cli_1\n", nil, []string{"FILE:2:1: a tab can't indent YAML; use spaces"}, []string{"FILE:2:1: YAML 不能用制表符缩进，请用空格"}},
		"an open quote": {
			"feishu:\n  app_id: \"cli_1\n", nil,
			[]string{"FILE:2:11: a closing quote is missing"},
			[]string{"FILE:2:11: 缺少右引号"},
		},
		"an open bracket": {
			"chat:\n  emoji: [OK\n", nil,
			[]string{"FILE:2:10: a closing bracket is missing, ] or }"},
			[]string{"FILE:2:10: 缺少右括号：] 或 }"},
		},
		"a star": {
			"feishu:\n  app_id: *id\n", nil,
			[]string{"FILE:2:12: a value that begins with * or & needs quotes"},
			[]string{"FILE:2:12: 以 * 或 & 开头的值要加引号"},
		},
		"indentation": {
			"feishu:\n  app_id: a\n   app_secret: b\n",
			[]string{"RECALLBOT_QUEUE_WORKERS=0"},
			[]string{
				"FILE:2:11: this is not YAML from here on; check indentation, colons, quotes and brackets here and above",
				"RECALLBOT_QUEUE_WORKERS: queue.workers: must be more than 0, not 0",
			},
			[]string{"FILE:2:11: 从这里开始不是正确的 YAML，请检查这里和上面的缩进、冒号、引号和括号", "RECALLBOT_QUEUE_WORKERS: queue.workers: 应当大于 0，现在是 0"},
		},
		"in the order of the file": {
			"policy:\n  roles_ttl: 2h\nfeishu:\n  app_id: a\n  app_id: b\n  encrypt_key: k\nserver: {drain_dely: 1s}\n",
			[]string{"RECALLBOT_LOG_LEVEL=loud", "RECALLBOT_STORE_AUDIT_KEY_FILE=" + dir},
			[]string{
				"FILE:2:3: policy.roles_ttl: must be more than 0 and at most 1h, not 2h",
				"FILE:3:1: feishu.app_secret: missing",
				"FILE:5:3: feishu.app_id: set twice; the first is in line 4",
				"FILE:7:10: server.drain_dely: unknown setting; did you mean server.drain_delay?",
				"RECALLBOT_STORE_AUDIT_KEY_FILE: store.audit_key: " + dir + ": this is a directory; name a file",
				`RECALLBOT_LOG_LEVEL: log.level: must be debug, info, warn or error, not "loud"`,
			},
			[]string{
				"FILE:2:3: policy.roles_ttl: 应当大于 0 且不超过 1h，现在是 2h",
				"FILE:3:1: feishu.app_secret: 没有设置",
				"FILE:5:3: feishu.app_id: 重复设置，第一次在第 4 行",
				"FILE:7:10: server.drain_dely: 没有这个配置项，是不是想写 server.drain_delay？",
				"RECALLBOT_STORE_AUDIT_KEY_FILE: store.audit_key: " + dir + "：这是目录，应当是文件",
				`RECALLBOT_LOG_LEVEL: log.level: 应当是 debug、info、warn 或 error，现在是 "loud"`,
			},
		},
	} {
		path := writeFile(t, c.text)
		_, err := app.LoadValid(path, c.environ)
		for lang, want := range map[text.Language][]string{text.English: c.en, text.Chinese: c.zh} {
			got := strings.Split(strings.ReplaceAll(strings.Join(lang.Configuration(err), "\n"), path, "FILE"), "\n")
			if !slices.Equal(got, want) {
				t.Errorf("%s, %s:\n%s\nwant\n%s", name, lang, strings.Join(got, "\n"), strings.Join(want, "\n"))
			}
		}
	}
	_, err := app.LoadValid(dir, nil)
	if got := text.Chinese.Configuration(err); !slices.Equal(got, []string{dir + ": 这是目录，应当是文件"}) {
		t.Errorf("a directory: %q", got)
	}
}

// TestFilesAsEditorsWriteThem: what an editor, a shell or a clipboard adds around a file or a credential is no part of it.
func TestFilesAsEditorsWriteThem(t *testing.T) {
	t.Parallel()
	const bom = "\ufeff"
	for name, content := range map[string]string{
		"a byte order mark": bom + right, "Notepad": bom + strings.ReplaceAll(right, "\n", "\r\n"), "a bare document": "---\n" + right + "...\n",
	} {
		if got := wrong(t, content); got != nil {
			t.Errorf("%s: %q", name, got)
		}
	}
	inUTF16, err := binary.Append([]byte{0xff, 0xfe}, binary.LittleEndian, utf16.Encode([]rune(right)))
	if err != nil {
		t.Fatal(err)
	}
	for content, want := range map[string]string{
		string(inUTF16):              "config.yaml: the file is UTF-16; save it as UTF-8",
		right + "# \xd6\xd0\xce\xc4": "config.yaml: the file is not UTF-8; save it as UTF-8",
		right + "---\nlog: {}\n":     "config.yaml:6:4: a second document is not read; put everything into the first",
		"log: *nothing\n" + right:    "config.yaml:1:",
	} {
		if got := wrong(t, content); len(got) == 0 || !strings.HasPrefix(got[0], want) {
			t.Errorf("%q, want %q", got, want)
		}
	}
	for _, around := range []string{"%\n", "%\r\n", "%\n\n", "% ", " %", bom + "%", "\u200b%\u200b\n", "\u00a0%\t"} {
		secret := strings.Replace(around, "%", "THESECRET", 1)
		file := writeFile(t, secret)
		for _, environ := range [][]string{{"RECALLBOT_FEISHU_APP_SECRET=" + secret}, {"RECALLBOT_FEISHU_APP_SECRET_FILE=" + file}} {
			config, err := app.LoadValid(writeFile(t, right), environ)
			if err != nil || config.Feishu.AppSecret.Reveal() != "THESECRET" {
				t.Errorf("%q is read as %q, %v", environ, config.Feishu.AppSecret.Reveal(), err)
			}
		}
	}
	config, err := app.LoadValid(writeFile(t, "feishu: {app_id: ' cli_1 ', app_secret: 0123456789, encrypt_key: 1e5}\npolicy: {moderators: [' ou_1 ']}\n"), nil)
	if err != nil || config.Feishu.AppID != "cli_1" || config.Feishu.AppSecret != "0123456789" || config.Feishu.EncryptKey != "1e5" || config.Policy.Moderators[0] != "ou_1" {
		t.Errorf("%q, %q, %q, %q, %v", config.Feishu.AppID, config.Feishu.AppSecret.Reveal(), config.Feishu.EncryptKey.Reveal(), config.Policy.Moderators, err)
	}
}

// TestOddCharactersOfCredentialsAreNamed: they can't be seen, and the credential is not shown.
func TestOddCharactersOfCredentialsAreNamed(t *testing.T) {
	t.Parallel()
	for entry, want := range map[string]string{
		"RECALLBOT_FEISHU_APP_SECRET=hun\u200bter2":         "RECALLBOT_FEISHU_APP_SECRET: feishu.app_secret: its character 4 is U+200B, which does not belong there; copy it again",
		"RECALLBOT_FEISHU_APP_ID=\u0441li_1":                "RECALLBOT_FEISHU_APP_ID: feishu.app_id: its character 1 is U+0441, which does not belong there; copy it again",
		"RECALLBOT_FEISHU_APP_ID=cli_1 cli_2":               "RECALLBOT_FEISHU_APP_ID: feishu.app_id: its character 6 is U+0020, which does not belong there; copy it again",
		"RECALLBOT_FEISHU_ENCRYPT_KEY=hunter\u00a02":        "RECALLBOT_FEISHU_ENCRYPT_KEY: feishu.encrypt_key: its character 7 is U+00A0, which does not belong there; copy it again",
		"RECALLBOT_FEISHU_VERIFICATION_TOKEN=hunter2\nnext": "RECALLBOT_FEISHU_VERIFICATION_TOKEN: feishu.verification_token: its character 8 is U+000A, which does not belong there; copy it again",
	} {
		got := wrong(t, right, entry)
		if !slices.Equal(got, []string{want}) {
			t.Errorf("%q: %q, want %q", entry, got, want)
		}
	}
	if got := wrong(t, right, "RECALLBOT_FEISHU_ENCRYPT_KEY=a key of our own, 密钥"); got != nil {
		t.Errorf("a key that somebody chose: %q", got)
	}
}

// TestServiceLinksAreNoSettings: Kubernetes makes them for a Service whose name begins like ours. A mistake is still reported.
func TestServiceLinksAreNoSettings(t *testing.T) {
	t.Parallel()
	links := []string{
		"RECALLBOT_REDIS_SERVICE_HOST=10.96.0.8", "RECALLBOT_REDIS_SERVICE_PORT=6379", "RECALLBOT_REDIS_SERVICE_PORT_TLS_REDIS=6380",
		"RECALLBOT_REDIS_PORT=tcp://10.96.0.8:6379", "RECALLBOT_REDIS_PORT_6379_TCP=tcp://10.96.0.8:6379",
		"RECALLBOT_REDIS_PORT_6379_TCP_PROTO=tcp", "RECALLBOT_REDIS_PORT_6379_TCP_PORT=6379", "RECALLBOT_REDIS_PORT_6379_TCP_ADDR=10.96.0.8",
		"RECALLBOT_SERVER_METRICS_SERVICE_HOST=fd00::8", "RECALLBOT_SERVER_METRICS_PORT=udp://[fd00::8]:53",
		"RECALLBOT_SERVER_METRICS_PORT_53_UDP_ADDR=fd00::8",
	}
	if got := wrong(t, right, links...); got != nil {
		t.Errorf("links: %q", got)
	}
	for _, slip := range []string{
		"RECALLBOT_REDIS_PORT=6379", "RECALLBOT_SERVER_PORT=8080", "RECALLBOT_REDIS_HOST=10.96.0.8", "RECALLBOT_REDIS_SERVICE_HOST=redis",
		"RECALLBOT_REDIS_ADDR=10.96.0.8", "RECALLBOT_REDIS_URI=redis://h", "RECALLBOT_FEISHU_APPID=cli_1",
	} {
		name, _, _ := strings.Cut(slip, "=")
		if got := wrong(t, right, slip); len(got) != 1 || !strings.HasPrefix(got[0], name+": unknown setting") {
			t.Errorf("%s: %q", slip, got)
		}
	}
}

func TestPasswordsInTheURLOfRedis(t *testing.T) {
	t.Parallel()
	for _, url := range []string{
		"redis://:hunter#2@127.0.0.1:6379", "redis://:hunter2/x@127.0.0.1:6379/0", "redis://u:hunter?2@h", "redis://u:hunter%2@h", "rediss://u/hunter:2@h",
	} {
		got := wrong(t, right, "RECALLBOT_REDIS_URL="+url)
		if len(got) != 1 || !strings.Contains(got[0], "percent-encode special characters of user and password: # is %23, / is %2F") || strings.Contains(got[0], "hunter") {
			t.Errorf("%s: %q", url, got)
		}
	}
	for _, url := range []string{"redis://:hunter%232@127.0.0.1:6379", "redis://:hunter2%2Fx@127.0.0.1:6379/0", "redis://u:p@ss@h/1"} {
		if got := wrong(t, right, "RECALLBOT_REDIS_URL="+url); got != nil {
			t.Errorf("%s: %q", url, got)
		}
	}
}

func TestDurationsInDays(t *testing.T) {
	t.Parallel()
	config, err := app.LoadValid(writeFile(t, right+"store: {index_retention: 2w}\narchive: {retention: 0}\n"), []string{"RECALLBOT_POLICY_RECALL_WINDOW=1d"})
	if err != nil || config.Store.IndexRetention != 14*24*time.Hour || config.Policy.RecallWindow != 24*time.Hour || config.Archive.Retention != 0 {
		t.Errorf("%s, %s, %s, %v", config.Store.IndexRetention, config.Policy.RecallWindow, config.Archive.Retention, err)
	}
}

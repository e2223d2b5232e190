package cli

import (
	"bytes"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"recallbot/handlers/text"
)

// TestSentences checks what a wrong command line is answered, in both languages: no words of Go, cobra or Redis, and what to do.
func TestSentences(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	taken, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = taken.Close() }()
	closed, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := closed.Close(); err != nil {
		t.Fatal(err)
	}
	busy, away := taken.Addr().String(), closed.Addr().String()
	for path, content := range map[string]string{
		"right.yaml":  "feishu: {app_id: cli_1, app_secret: s, encrypt_key: k}\nredis: {url: 'redis://" + away + "'}\n",
		"busy.yaml":   "feishu: {app_id: cli_1, app_secret: s, encrypt_key: k}\nserver: {listen: '" + busy + "'}\n",
		"long.jsonl":  strings.Repeat("x", maxLine+1),
		"token":       "rb_t_1\n",
		"two words":   "rb_t 1\n",
		"broken.json": "{",
	} {
		if err := os.WriteFile(filepath.Join(dir, path), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		line   string
		code   int
		en, zh string
	}{
		{"bogus", 2, "unexpected argument bogus; there are serve, sandbox,", "多余的参数 bogus；可用的有 serve, sandbox"},
		{"serv", 2, `unexpected argument serv, did you mean "serve"?; see recallbot --help`, `多余的参数 serv，是不是想写 "serve"？；用法见 recallbot --help`},
		{"audit bogus", 2, "unexpected argument bogus; there are list, verify; see recallbot audit --help", "多余的参数 bogus；可用的有 list, verify；用法见 recallbot audit --help"},
		{"audit list bogus", 2, "unexpected argument bogus; list takes no arguments; see recallbot audit list --help", "多余的参数 bogus；list 不带参数；用法见 recallbot audit list --help"},
		{"serve --listen :1", 2, "unknown flag --listen; see recallbot serve --help", "没有 --listen 这个选项；用法见 recallbot serve --help"},
		{"hooks", 2, `"secret" is missing; see recallbot hooks --help`, `缺少参数 "secret"；用法见 recallbot hooks --help`},
		{"simulate", 2, `"<event>" is missing; see recallbot simulate --help`, `缺少参数 "<event>"；用法见 recallbot simulate --help`},
		{"--config right.yaml simulate none.json", 2, "there is no file " + filepath.Join(dir, "none.json"), "文件 " + filepath.Join(dir, "none.json") + " 不存在"},
		{"--config right.yaml simulate .", 2, dir + ": this is a directory; name a file", dir + "：这是目录，应当是文件"},
		{"audit verify none.jsonl --config right.yaml", 1, "there is no file none.jsonl", "文件 none.jsonl 不存在"},
		{"audit verify long.jsonl --config right.yaml", 1, "long.jsonl has a line that is too long to be a record", "long.jsonl 里有一行太长"},
		{"token create", 2, "missing flags: --scope=SCOPE,...; see recallbot token create --help", "缺少选项：--scope=SCOPE,...；用法见 recallbot token create --help"},
		{"token create --scope post --expires 1x", 2, "--expires: must be a duration with a unit, such as 30s, 10m, 24h or 3d; see recallbot token create --help", "--expires: 应当是带单位的时长，例如 30s、10m、24h 或 3d；用法见 recallbot token create --help"},
		{"sandbox --language fr", 2, `--language must be one of "auto","zh-CN","en", not "fr"; see recallbot sandbox --help`, `--language 应当是 "auto","zh-CN","en" 之一，现在是 "fr"`},
		{"sandbox --plain", 2, "--events, credentials and --plain go with --no-bot", "只和 --no-bot 一起用"},
		{"sandbox --no-bot --events x", 2, `--events: must be an address such as http://127.0.0.1:3000/webhook, not "x"`, `--events: 应当是 http://127.0.0.1:3000/webhook 这样的地址，现在是 "x"`},
		{"sandbox --no-open --listen " + busy, 1, "--listen: another program listens on " + busy + " already; name another address with --listen", "--listen: " + busy + " 已被另一个程序占用，请用 --listen 换一个地址"},
		{"--config busy.yaml serve", 1, "server.listen: another program listens on " + busy + " already; name another address with server.listen or RECALLBOT_SERVER_LISTEN", "请用 server.listen 或 RECALLBOT_SERVER_LISTEN 换一个地址"},
		{"posts", 2, "which bot? name its address with --server or RECALLBOT_API_URL", "哪个机器人？请用 --server 或 RECALLBOT_API_URL 写明它的地址"},
		{"posts --server http://" + away, 2, "no API token: set RECALLBOT_API_TOKEN", "没有 API 令牌"},
		{"posts --server http://" + away + " --token-file none", 2, "there is no file " + filepath.Join(dir, "none"), "文件 " + filepath.Join(dir, "none") + " 不存在"},
		{"posts --server 127.0.0.1:1234 --token-file token", 2, "--server: must begin with http:// or https://, such as http://127.0.0.1:1234", "--server: 应当以 http:// 或 https:// 开头，例如 http://127.0.0.1:1234"},
		{"posts --server http://" + away + " --token-file token", 6, "the bot does not answer at http://" + away + ": connection refused; nothing listens there; --server or RECALLBOT_API_URL names its address", "http://" + away + " 上的机器人没有回应：连接被拒绝，那里没有程序在监听"},
		{"post hi --server http://" + away + " --token-file token", 2, "nowhere to post: give --chat or --user", "没有写发到哪里"},
		{"post --card broken.json --server http://" + away + " --token-file token", 2, "broken.json is not JSON", "broken.json 不是 JSON"},
		{"recall om_1 --server http://" + away + " --token-file token", 6, "the bot does not answer at", "机器人没有回应"},
		{"recall --chat oc_a --filter --bot", 2, `--filter: the value "--bot" begins with a dash; did you mean --filter="--bot"?`, `--filter：值 "--bot" 以横线开头`},
		{"token create --scope post --rate x", 2, `--rate must be a whole number, not "x"; see recallbot token create --help`, `--rate 应当是整数，现在是 "x"`},
		{"audit lis", 2, `unexpected argument lis, did you mean "list"?; see recallbot audit --help`, `多余的参数 lis，是不是想写 "list"？；用法见 recallbot audit --help`},
		{"posts -n -5", 2, `-n: the value "-5" begins with a dash; did you mean --n="-5"?; see recallbot posts --help`, `-n：值 "-5" 以横线开头`},
		{"posts --chat", 2, "--chat needs a value; see recallbot posts --help", "--chat 后面缺少值；用法见 recallbot posts --help"},
		{"posts --json=maybe", 2, `--json must be true or false, not "maybe"; see recallbot posts --help`, `--json 应当是 true 或 false，现在是 "maybe"`},
		{"posts --jsno", 2, `unknown flag --jsno, did you mean "--json"?; see recallbot posts --help`, `没有 --jsno 这个选项，是不是想写 "--json"？；用法见 recallbot posts --help`},
		{"posts -x", 2, "unknown flag -x; see recallbot posts --help", "没有 -x 这个选项；用法见 recallbot posts --help"},
		{"", 2, `a command is missing: one of "serve", "sandbox", "doctor", "config", "init", ...; see recallbot --help`, `缺少命令，可用的有 "serve", "sandbox"`},
		{"config", 2, `a command is missing: one of "check", "print", "schema"; see recallbot config --help`, `缺少命令，可用的有 "check", "print", "schema"；用法见 recallbot config --help`},
		{"completion tcsh", 2, `<shell> must be one of "bash","zsh","fish", not "tcsh"; see recallbot completion --help`, `<shell> 应当是 "bash","zsh","fish" 之一，现在是 "tcsh"`},
		{"sandbox --load none.json", 2, "--load: there is no file none.json; see recallbot sandbox --help", "--load: 文件 none.json 不存在；用法见 recallbot sandbox --help"},
		{"sandbox --load .", 2, "--load: .: this is a directory; name a file; see recallbot sandbox --help", "--load: .：这是目录，应当是文件"},
		{"help nosuch", 2, "unexpected argument nosuch; there are serve, sandbox,", "多余的参数 nosuch；可用的有 serve, sandbox"},
		{"recall p_1 --config right.yaml", 1, `only a batch send (bm-…) can be recalled, not "p_1"`, `不能撤回 "p_1"`},
		{"settings nope quorum 3 --config right.yaml", 2, `<chat>: must be the id of a chat, which begins with oc_, not "nope"`, `<chat>: 应当是会话 ID（以 oc_ 开头），现在是 "nope"`},
		{"index nope --config right.yaml", 2, `<chat>: must be the id of a chat`, `<chat>: 应当是会话 ID`},
		{"deadletters --config right.yaml", 1, "Redis does not answer (connection refused; nothing listens there)\nrecallbot: check redis.url", "Redis 没有回应（连接被拒绝，那里没有程序在监听）"},
		{"init --out token", 1, "--out: the file " + filepath.Join(dir, "token") + " is there already; name another one", "--out: 文件 " + filepath.Join(dir, "token") + " 已经存在，请换一个"},
		{"--config right.yaml healthz", 1, "the bot does not answer at", "机器人没有回应"},
	} {
		for lang, want := range map[text.Language]string{text.English: c.en, text.Chinese: c.zh} {
			t.Setenv("LC_ALL", strings.ReplaceAll(string(lang), "-", "_")+".UTF-8")
			var out, problems bytes.Buffer
			code := execute(t.Context(), Program{}, strings.Fields(c.line), &out, &problems)
			if said := problems.String(); code != c.code || !strings.Contains(said, want) {
				t.Errorf("recallbot %s, %s: exit code %d, want %d, and to read %q:\n%s", c.line, lang, code, c.code, want, said)
			}
		}
	}
}

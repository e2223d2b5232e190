package cli_test

import (
	"bytes"
	"errors"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"recallbot/app"
	"recallbot/bot"
	"recallbot/cli"
	"recallbot/handlers/text"
	"recallbot/sandbox"
)

// launcherUser is the output of `recallbot init`, and opens the launcher page whose address is printed there.
type launcherUser struct {
	bytes.Buffer

	t        *testing.T
	platform *sandbox.Feishu
	url      string
	agrees   bool
	begun    int // registrations
}

// newLauncherUser starts a Feishu, or a Lark.
func newLauncherUser(t *testing.T, lark bool) *launcherUser {
	t.Helper()
	platform, err := sandbox.New(sandbox.Config{Lark: lark})
	if err != nil {
		t.Fatal(err)
	}
	p := &launcherUser{t: t, platform: platform, agrees: true}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/oauth/v1/app/registration" && r.FormValue("action") == "begin" {
			p.begun++
		}
		platform.Handler().ServeHTTP(w, r)
	}))
	t.Cleanup(func() {
		platform.Close()
		server.Close()
	})
	p.url = server.URL
	return p
}

func (p *launcherUser) Write(b []byte) (int, error) {
	if address := regexp.MustCompile(`http://\S+/page/launcher\S+`).Find(b); address != nil {
		if err := p.platform.AnswerRegistration(string(address), p.agrees); err != nil {
			p.t.Errorf("%s: %v", address, err)
		}
	}
	return p.Buffer.Write(b)
}

func TestInitCreatesAnApp(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		file string
		lark bool
		lang text.Language
		says []string
	}{
		"environment, in Chinese":   {".env", false, text.Chinese, []string{"扫码", "接下来", "创建版本并发布", "设为群管理员", "set -a; . "}},
		"configuration, in English": {"config.yaml", false, text.English, []string{"Scan this", "What is left to do", "publish", "makes it an admin", "--config "}},
		"on Lark":                   {"lark.env", true, text.English, []string{"Callbacks"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newLauncherUser(t, c.lark)
			path := filepath.Join(t.TempDir(), c.file)
			if err := cli.Register(t.Context(), cli.InitOptions{BaseURL: p.url, Path: path, Language: c.lang}, p); err != nil {
				t.Fatal(err)
			}
			content, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
				t.Errorf("mode %v (%v), want 0600", info.Mode(), err)
			}
			file, environ := path, []string(nil)
			if filepath.Ext(path) == ".env" {
				file, environ = "", strings.Fields(string(content))
			}
			config, err := app.LoadValid(file, environ)
			apps := p.platform.Apps()
			want, _ := p.platform.CredentialsOf(apps[len(apps)-1].ID)
			if len(apps) != 2 {
				t.Errorf("there are %d apps, want the one that was there and a new one", len(apps))
			}
			if err != nil || config.Feishu.AppID != want.AppID || config.Feishu.AppSecret.Reveal() != want.AppSecret ||
				config.Feishu.BaseURL != p.url || config.Feishu.Transport != "websocket" {
				t.Errorf("the file makes %+v (%v)", config.Feishu, err)
			}
			page := p.url + "/app/" + want.AppID
			for _, said := range append(c.says, page+"/auth?q=im:message,", page+"/event", page+"/version", "im.message.receive_v1", "card.action.trigger") {
				if !strings.Contains(p.String(), said) {
					t.Errorf("does not say %q:\n%s", said, p)
				}
			}
			if strings.Contains(p.String(), want.AppSecret) {
				t.Error("prints the secret")
			}
			if got := p.platform.ScopesOf(want.AppID); !slices.Contains(got, "im:message") || !slices.Contains(got, "im:chat:readonly") || slices.Contains(got, "im:message.group_msg") {
				t.Errorf("the app was made with %v", got)
			}
		})
	}
}

// TestInitInASmallTerminal checks that the QR code is printed only if it fits, and the address always.
func TestInitInASmallTerminal(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		columns, rows int
		lang          text.Language
		code          bool
		says          []string
	}{
		"80 by 24":          {80, 24, text.English, false, []string{"Open this with Feishu or Lark within 10 minutes:", "columns and"}},
		"wide and low":      {200, 30, text.Chinese, false, []string{"请在 10 分钟内用飞书或 Lark 打开", "把窗口放大到"}},
		"high and narrow":   {80, 100, text.English, false, []string{"Open this"}},
		"large":             {200, 100, text.Chinese, true, []string{"请在 10 分钟内用飞书或 Lark 扫码"}},
		"not to a terminal": {0, 0, text.English, true, []string{"Scan this with Feishu or Lark within 10 minutes, or open"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newLauncherUser(t, false)
			order := cli.InitOptions{
				BaseURL: p.url, Path: filepath.Join(t.TempDir(), ".env"), Language: c.lang, Columns: c.columns, Rows: c.rows,
			}
			if err := cli.Register(t.Context(), order, p); err != nil {
				t.Fatal(err)
			}
			if got := strings.Contains(p.String(), "▄▄▄"); got != c.code {
				t.Errorf("a code: %t, want %t", got, c.code)
			}
			for _, said := range append(c.says, "/page/launcher", "RECALLBOT_REDIS_URL", "redis.url") {
				if !strings.Contains(p.String(), said) {
					t.Errorf("does not say %q:\n%s", said, p)
				}
			}
		})
	}
}

// TestInitForCompose checks that the printed shell lines create the files that docker-compose.yml reads.
func TestInitForCompose(t *testing.T) {
	t.Parallel()
	p, dir := newLauncherUser(t, false), t.TempDir()
	order := cli.InitOptions{BaseURL: p.url, Path: filepath.Join(dir, ".env"), Language: text.English}
	if err := cli.Register(t.Context(), order, p); err != nil {
		t.Fatal(err)
	}
	lines := regexp.MustCompile(`(?m)^    (mkdir -p secrets\n(?:    .*\n)*?)    docker compose up`).FindStringSubmatch(p.String())
	if lines == nil {
		t.Fatalf("no lines for a shell:\n%s", p)
	}
	cmd := exec.CommandContext(t.Context(), "sh", "-euc", lines[1])
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s\n%v: %s", lines[1], err, out)
	}
	content, err := os.ReadFile(filepath.Join(dir, ".env"))
	if err != nil {
		t.Fatal(err)
	}
	compose, err := os.ReadFile("../docker-compose.yml")
	if err != nil {
		t.Fatal(err)
	}
	environ := strings.Fields(string(content))
	for _, mount := range regexp.MustCompile(`(RECALLBOT_\w+_FILE): /run/(secrets/\w+)`).FindAllStringSubmatch(string(compose), -1) {
		environ = append(environ, mount[1]+"="+filepath.Join(dir, mount[2]))
	}
	config, err := app.LoadValid("", environ)
	apps := p.platform.Apps()
	if want, _ := p.platform.CredentialsOf(apps[len(apps)-1].ID); err != nil || len(environ) != 5 || config.Feishu.AppSecret.Reveal() != want.AppSecret {
		t.Errorf("%q makes %+v (%v)", environ, config.Feishu, err)
	}
}

func TestInitRemovesTheFileOnFailure(t *testing.T) {
	t.Parallel()
	p := newLauncherUser(t, false)
	p.agrees = false
	path := filepath.Join(t.TempDir(), ".env")
	if err := cli.Register(t.Context(), cli.InitOptions{BaseURL: p.url, Path: path}, p); bot.KindOf(err) != bot.Denied {
		t.Errorf("an app that was refused: %v", err)
	}
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the file: %v, want none", err)
	}
}

// If the secret can't be stored, no app must be created.
func TestInitCreatesNoAppIfTheFileFails(t *testing.T) {
	t.Parallel()
	there := filepath.Join(t.TempDir(), ".env")
	if err := os.WriteFile(there, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{there, filepath.Join(t.TempDir(), "nowhere", ".env")} {
		p := newLauncherUser(t, false)
		if err := cli.Register(t.Context(), cli.InitOptions{BaseURL: p.url, Path: path}, p); err == nil || p.begun != 0 {
			t.Errorf("%s: %v after %d registrations, want an error and none", path, err, p.begun)
		}
	}
	if content, err := os.ReadFile(there); err != nil || string(content) != "mine" {
		t.Errorf("the file that was there holds %q (%v)", content, err)
	}
}

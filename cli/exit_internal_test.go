package cli

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// fakeAPI maps method and path to an answer; the default is 404.
type fakeAPI map[string]string

func (a fakeAPI) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	answer := a[r.Method+" "+strings.TrimPrefix(r.URL.Path, "/api/v1")]
	if answer == "" {
		answer = a["*"]
	}
	status, body, _ := strings.Cut(answer, " ")
	code, err := strconv.Atoi(status)
	if err != nil {
		code, body = http.StatusNotFound, `{"title":"Not Found","status":404}`
	}
	w.Header().Set("Retry-After", "3600") // longer than any command waits
	w.WriteHeader(code)
	_, _ = io.WriteString(w, body)
}

// apiCommands are the commands over the API.
func apiCommands() map[string][]string {
	return map[string][]string{
		"post": {"post", "hi", "--chat", "oc_a"}, "post and wait": {"post", "hi", "--chat", "oc_a", "--wait"}, "posts": {"posts"},
		"recall of a post": {"recall", "p_1", "--yes"}, "recall of a message": {"recall", "om_1", "--yes"},
		"recall of a group": {"recall", "--group", "g", "--yes"}, "recall by a filter": {"recall", "--chat", "oc_a", "--filter=--last 3", "--yes"},
		"recalls": {"recalls"}, "undo": {"undo", "j1"}, "audit": {"audit", "list"},
	}
}

// TestExitCodes checks each command over the API with each HTTP status against the table in docs/operations.md.
func TestExitCodes(t *testing.T) {
	t.Setenv("RECALLBOT_API_TOKEN", "rb_t_1")
	for name, args := range apiCommands() {
		for status, want := range map[int]int{
			400: CodeFailed, 401: CodeRefused, 403: CodeRefused, 404: CodeNothing, 409: CodeFailed,
			413: CodeFailed, 422: CodeFailed, 429: CodeNotNow, 500: CodeNotNow, 502: CodeNotNow,
			503: CodeNotNow,
		} {
			if status == http.StatusBadGateway && name != "posts" {
				continue // it is tried four times, which takes seconds
			}
			problem := fmt.Sprintf(`%d {"title":%q,"status":%d,"detail":"why"}`, status, http.StatusText(status), status)
			wantExit(t, fmt.Sprint(name, " answered ", status), fakeAPI{"*": problem}, want, "why", args...)
		}
		wantExit(t, name+" answered by something else", fakeAPI{"*": "200 <html>"}, CodeFailed, "the answer is not the API's", args...)
		wantExit(t, name+" with a wrong flag", nil, CodeUsage, "see recallbot "+args[0], append(args, "--bogus")...)
	}
}

// TestExitCodesOfOutcomes checks the exit codes after a success status, by the outcome.
func TestExitCodesOfOutcomes(t *testing.T) {
	t.Setenv("RECALLBOT_API_TOKEN", "rb_t_1")
	const recalls, events = "POST /recalls", "GET /recalls/j1/events"
	began := `202 {"id":"j1","state":"waiting"}`
	end := func(state, counts string) string {
		return `200 event: end` + "\n" + `data: {"id":"j1","state":"` + state + `","counts":` + counts + "}\n\n"
	}
	posted := func(states ...string) string {
		var posts []string
		for i, state := range states {
			posts = append(posts, fmt.Sprintf(`{"id":"p_%d","state":%q,"error":{"reason":"bad_request","detail":"There is no such chat.","code":230034}}`, i, state))
		}
		return `202 {"group":"g","posts":[` + strings.Join(posts, ",") + `]}`
	}
	group := []string{"recall", "--group", "g", "--yes"}
	for _, c := range []struct {
		name   string
		answer fakeAPI
		want   int
		says   string
		args   []string
	}{
		{"all recalled", fakeAPI{recalls: began, events: end("done", `{"recalled":3,"already_gone":1}`)}, CodeDone, "3 recalled", group},
		{"some not", fakeAPI{recalls: began, events: end("done", `{"recalled":3,"too_old":1}`)}, CodePartial, "only a part was done", group},
		{"none", fakeAPI{recalls: began, events: end("failed", `{"too_old":4}`)}, CodeFailed, "nothing was done", group},
		{"nothing there", fakeAPI{recalls: began, events: end("done", `{}`)}, CodeNothing, "nothing to do", group},
		{"begun and left", fakeAPI{recalls: began}, CodeDone, "j1 waiting", append(slices.Clone(group), "--detach")},
		{"nothing to preview", fakeAPI{recalls: `200 {"count":0}`}, CodeNothing, "nothing to recall", group[:3]},
		{"not confirmed", fakeAPI{recalls: `200 {"count":2}`}, CodeUnconfirmed, "--yes confirms", group[:3]},
		{"a post taken back", fakeAPI{"DELETE /posts/p_1": `200 {"outcome":"recalled"}`}, CodeDone, "recalled", []string{"recall", "p_1", "--yes"}},
		{"one of two", fakeAPI{"DELETE /posts/p_1": `200 {"outcome":"recalled"}`}, CodePartial, "p_2", []string{"recall", "p_1", "p_2", "--yes"}},
		{"a post not confirmed", nil, CodeUnconfirmed, "--yes confirms", []string{"recall", "p_1"}},
		{"a batch that is not registered", nil, CodeNothing, "recallbot recall bm-1 works without --server", []string{"recall", "bm-1", "--yes"}},
		{"nothing kept", fakeAPI{"POST /recalls/j1/undo": `409 {"title":"Conflict","reason":"nothing_kept","detail":"Nothing is kept."}`}, CodeNothing, "recallbot: Nothing is kept.", []string{"undo", "j1"}},
		{"undone", fakeAPI{"POST /recalls/j1/undo": `202 {"recalls":[{"id":"j1"}]}`, events: end("done", `{"restored":2}`)}, CodeDone, "2 restored", []string{"undo", "j1"}},
		{"posted", fakeAPI{"POST /posts": posted("queued")}, CodeDone, "group g", []string{"post", "hi", "--chat", "oc_a"}},
		{"not posted", fakeAPI{"POST /posts": posted("failed", "failed")}, CodeFailed, "There is no such chat. (code 230034", []string{"post", "hi", "--chat", "oc_a", "--wait"}},
		{"posted in part", fakeAPI{"POST /posts": posted("sent", "unsure")}, CodePartial, "1 of 2", []string{"post", "hi", "--chat", "oc_a", "--wait"}},
		{"two ways to recall", nil, CodeUsage, "one way", []string{"recall", "om_1", "--group", "g"}},
		{"a filter without a chat", nil, CodeUsage, "--chat", []string{"recall", "--filter=--last 3"}},
		{"nothing to post", nil, CodeUsage, "nothing to post", []string{"post", "--chat", "oc_a"}},
		{"nowhere to post", nil, CodeUsage, "nowhere to post", []string{"post", "hi"}},
		{"a file that is not there", nil, CodeUsage, "there is no file /nowhere", []string{"post", "--card", "/nowhere", "--chat", "oc_a"}},
		{"records", fakeAPI{"GET /audit": `200 {"items":[{"token":"t1","result":"changed","words":"token create:\n post"},{"token":"t2","result":"changed","words":"token create: audit:read"}]}`}, CodeDone, "token create: audit:read", []string{"audit"}},
	} {
		wantExit(t, c.name, c.answer, c.want, c.says, c.args...)
	}
}

// wantExit runs a command against a fake API and checks its exit code and output.
func wantExit(t *testing.T, name string, bot fakeAPI, want int, says string, args ...string) {
	t.Helper()
	server := httptest.NewServer(bot)
	defer server.Close()
	t.Setenv("RECALLBOT_API_URL", server.URL)
	var out, problems bytes.Buffer
	if code := execute(t.Context(), Program{}, args, &out, &problems); code != want {
		t.Errorf("%s: exit code %d, want %d\n%s%s", name, code, want, &out, &problems)
	}
	if all := out.String() + problems.String(); !strings.Contains(all, says) {
		t.Errorf("%s: it does not say %q:\n%s", name, says, all)
	}
}

// TestExitCodesOfLocalCommands checks commands that don't use the API.
func TestExitCodesOfLocalCommands(t *testing.T) {
	t.Setenv("LC_ALL", "en_US.UTF-8")
	dir := t.TempDir()
	wrong, right := filepath.Join(dir, "wrong.yaml"), filepath.Join(dir, "right.yaml")
	for path, text := range map[string]string{
		wrong: "feishu: {transport: pigeon, app_id: cli_1}\nqueue: {lease: 1}\n",
		right: "feishu: {app_id: cli_1, app_secret: s, encrypt_key: k}\nserver: {listen: '127.0.0.1:1'}\n",
	} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, leaf := range leaves(rootCommand(&run{})) {
		args := strings.Fields(leaf.CommandPath())[1:]
		wantRun(t, 2, "see recallbot "+args[0], append(args, "--bogus")...)
	}
	for _, c := range []struct {
		code int
		says string
		args []string
	}{
		{0, "the configuration is right", []string{"--config", right, "config", "check"}},
		{1, "recallbot: " + wrong + ":2:16: queue.lease: must be a duration", []string{"--config", wrong, "config", "check"}},
		{1, "recallbot: " + wrong + ":1:10: feishu.transport: must be webhook or websocket", []string{"--config", wrong, "config", "check"}},
		{1, "recallbot: " + wrong + ":1:1: feishu.app_secret: missing", []string{"--config", wrong, "serve"}},
		{1, "❌ the configuration is wrong:\n   " + wrong + ":1:1", []string{"--config", wrong, "doctor"}},
		{1, `"ok": false`, []string{"--config", wrong, "doctor", "--json"}},
		{1, "there is no file", []string{"--config", filepath.Join(dir, "none.yaml"), "config", "check"}},
		{1, "queue.lease", []string{"--config", wrong, "config", "print"}},
		{1, "connection refused", []string{"--config", right, "healthz"}},
		{1, "redis.url: missing; without Redis", []string{"--config", right, "index", "oc_1"}},
		{1, "redis.url: missing; without Redis", []string{"--config", right, "audit"}},
		{1, "redis.url: missing; without Redis", []string{"--config", right, "settings", "oc_1"}},
		{1, "redis.url: missing; without Redis", []string{"--config", right, "deadletters", "replay", "nope"}},
		{1, "redis.url: missing; without Redis", []string{"--config", right, "token", "create", "--scope", "post", "--expires", "1d"}},
		{1, "hooks.jobs.secret is not set", []string{"--config", right, "hooks", "secret", "red"}},
		{1, "", []string{"--config", right, "audit", "verify", filepath.Join(dir, "none.jsonl")}},
		{2, `"<event>" is missing; see recallbot simulate --help`, []string{"--config", right, "simulate"}},
		{2, "must be a duration with a unit, such as 30s, 10m, 24h or 3d", []string{"token", "create", "--scope", "post", "--expires", "soon"}},
		{2, "unexpected argument bogus; there are check, print, schema; see recallbot config --help", []string{"config", "bogus"}},
		{2, "unexpected argument bogus; there are list, verify; see recallbot audit --help", []string{"audit", "bogus"}},
		{2, "unexpected argument now; serve takes no arguments; see recallbot serve --help", []string{"serve", "now"}},
		{2, `did you mean "serve"?`, []string{"serv"}},
		{2, "which bot? name its address with --server or RECALLBOT_API_URL", []string{"posts"}},
		{2, "--server: must begin with http:// or https://, such as http://127.0.0.1:1234", []string{"posts", "--server", "127.0.0.1:1234", "--token-file", right}},
		{0, "recallbot", []string{"version"}},
	} {
		wantRun(t, c.code, c.says, c.args...)
	}
}

// TestTerminalLanguage checks that errors before the configuration is loaded are in the terminal's language.
func TestTerminalLanguage(t *testing.T) {
	t.Chdir(t.TempDir())
	t.Setenv("LC_ALL", "zh_CN.UTF-8")
	wantRun(t, 1, "❌ 配置有错：\n   RECALLBOT_FEISHU_APP_ID: feishu.app_id: 没有设置", "doctor")
	wantRun(t, 1, "recallbot: RECALLBOT_FEISHU_APP_ID: feishu.app_id: 没有设置", "config", "check")
	t.Setenv("LC_ALL", "en_US.UTF-8")
	wantRun(t, 1, "❌ the configuration is wrong:\n   RECALLBOT_FEISHU_APP_ID: feishu.app_id: missing", "doctor")
	t.Setenv("RECALLBOT_CHAT_LANGUAGE", "zh-CN") // the language of the chats
	wantRun(t, 1, "❌ the configuration is wrong", "doctor")
}

// TestAddressInUse checks that the error names the setting to change.
func TestAddressInUse(t *testing.T) {
	t.Parallel()
	taken, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = taken.Close() }()
	config := filepath.Join(t.TempDir(), "config.yaml")
	text := "feishu: {app_id: cli_1, app_secret: s, encrypt_key: k}\nserver: {listen: '" + taken.Addr().String() + "'}\n"
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	wantRun(t, 1, "server.listen: another program listens on "+taken.Addr().String(), "--config", config, "serve")
	wantRun(t, 1, "--listen: another program listens on "+taken.Addr().String(), "sandbox", "--no-open", "--listen", taken.Addr().String())
}

package scenarios_test

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"recallbot/sandbox"
)

// TestShellLinesInDocuments runs the shell lines of the documents, with the variables that they need and without.
func TestShellLinesInDocuments(t *testing.T) {
	t.Parallel()
	w := newEnv(t, envOptions{redis: true})
	olga := w.AddUser("Olga")
	chat, err := w.AddChat(sandbox.ChatSpec{Name: "Launch", Owner: olga.OpenID})
	if err != nil {
		t.Fatal(err)
	}
	w.start(1)
	token := w.apiToken("post,recall:own")
	shell := func(lines string, env ...string) string {
		cmd := exec.CommandContext(t.Context(), "bash", "-c", lines)
		cmd.Env = append(append(os.Environ(), "BOT="+w.balancer.baseURL(), "TOKEN="+token), env...)
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		return string(out)
	}
	for i, path := range []string{"../../docs/api.md", "../../docs/guide.en.md", "../../docs/guide.zh-CN.md"} {
		lines := shellLines(t, path)
		posting, taking, _ := strings.Cut(lines, "\ncurl -sS -X DELETE")
		if out := shell(posting, "CHAT="+chat, "YOU="+olga.OpenID); !strings.Contains(out, `"state":"queued"`) {
			t.Errorf("%s: posting answers %s", path, out)
		}
		w.await("it is sent", func(s sandbox.State) bool { return s.CallCount(apis["send"]) > i })
		w.waitIdle()
		if out := shell("curl -sS -X DELETE" + taking); !strings.Contains(out, `"kind":"posts"`) {
			t.Errorf("%s: taking it back answers %s", path, out)
		}
		w.await("it is taken back", func(s sandbox.State) bool { return s.CallCount(apis["delete"]) > i })
		w.waitIdle()
		if out := shell(posting, "CHAT=", "YOU="+olga.OpenID); !strings.Contains(out, `"status":422`) {
			t.Errorf("%s: posting without a chat answers %s", path, out)
		}
	}
}

// shellLines returns the first block of a document that calls the API with curl.
func shellLines(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for line := range strings.SplitSeq(string(text), "\n") {
		code, isCode := strings.CutPrefix(line, "    ")
		if isCode && (len(lines) > 0 || strings.HasPrefix(code, "curl ")) {
			lines = append(lines, code)
		} else if len(lines) > 0 {
			break
		}
	}
	if len(lines) < 3 {
		t.Fatalf("%s has only %q", path, lines)
	}
	return strings.Join(lines, "\n")
}

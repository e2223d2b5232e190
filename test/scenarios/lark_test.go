package scenarios_test

import (
	"bytes"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"recallbot/sandbox"
)

// TestFromInitToRecall creates an app on a Lark with `recallbot init`, runs the bot with its credentials, and recalls a post.
func TestFromInitToRecall(t *testing.T) {
	t.Parallel()
	s := &chatEnv{env: newEnv(t, envOptions{platform: sandbox.Config{Lark: true}}), t: t}
	s.owner = s.AddUser("Olga").OpenID
	s.chat = s.addGroup()
	file := filepath.Join(t.TempDir(), "lark.env")
	s.runInit(file)
	apps := s.Apps()
	made := apps[len(apps)-1]
	if err := s.AddBot(s.chat, made.ID); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	s.environ = strings.Fields(string(text))
	s.set("SERVER_LISTEN", "127.0.0.1:0")
	s.set("AUDIT_FILE", s.audit)
	s.processes = true
	s.start(1)
	post, err := s.Post(sandbox.PostSpec{Chat: s.chat, App: made.ID, Text: "the numbers of the wrong quarter"})
	if err != nil {
		t.Fatal(err)
	}
	order := sandbox.SaySpec{Chat: s.chat, From: s.owner, Text: "/recall", ReplyTo: post, Mentions: []string{made.OpenID}}
	if _, err := s.Say(order); err != nil {
		t.Fatal(err)
	}
	s.await("the post is recalled", func(st sandbox.State) bool { return st.Recalled(post) })
	s.close()
}

// runInit runs `recallbot init` and confirms on the page whose address it prints.
func (w *env) runInit(file string) {
	w.t.Helper()
	var stdout, stderr bytes.Buffer // each has one writer
	reader, writer := io.Pipe()
	cmd := exec.CommandContext(w.t.Context(), programPath(w.t), "init", "--out", file)
	cmd.Env = append(os.Environ(), "RECALLBOT_FEISHU_BASE_URL="+w.api)
	cmd.Dir, cmd.Stdout, cmd.Stderr = w.t.TempDir(), writer, &stderr
	if err := cmd.Start(); err != nil {
		w.t.Fatal(err)
	}
	agreed := make(chan error, 1)
	go func() { agreed <- w.agree(io.TeeReader(reader, &stdout)) }()
	err := cmd.Wait()
	_ = writer.Close() // it ends the reader
	if agree := <-agreed; err != nil || agree != nil {
		w.t.Fatalf("recallbot init: %v, on the page: %v\n%s%s", err, agree, &stdout, &stderr)
	}
	if strings.Contains(stdout.String(), "tenant brand") {
		w.t.Errorf("the SDK speaks in between:\n%s", &stdout)
	}
}

// agree reads the output to its end, and confirms on the launcher page whose address it contains.
func (w *env) agree(terminal io.Reader) error {
	address, seen, buffer := regexp.MustCompile(`(http://\S+/page/launcher\S+)\n`), "", make([]byte, 4096)
	for done := false; ; {
		n, err := terminal.Read(buffer)
		seen += string(buffer[:n])
		if found := address.FindStringSubmatch(seen); found != nil && !done {
			done = true
			if err := w.AnswerRegistration(found[1], true); err != nil {
				return err
			}
		}
		if err != nil {
			return nil //nolint:nilerr // the end
		}
	}
}

// TestWrongDomain uses an app of Lark on Feishu. Over the websocket the bot exits with an error. Over the webhook it runs,
// logs the error, and is not ready. Doctor reports it too.
func TestWrongDomain(t *testing.T) {
	t.Parallel()
	w := newEnv(t, envOptions{})
	w.SetElsewhere(true)
	const why = "this app lives on the other of Feishu (https://open.feishu.cn) and Lark (https://open.larksuite.com)"
	out, code := w.runCLI(append(w.environ, "RECALLBOT_FEISHU_TRANSPORT=websocket"), "serve")
	if code != 1 || !strings.Contains(out, "1000040351") || strings.Count(out, why) < 2 {
		t.Errorf("the bot ended with exit code %d:\n%s", code, out)
	}
	w.wantOutput(1, []string{"doctor"}, "feishu.base_url", "https://open.larksuite.com")

	bot := w.newReplica()
	w.poll("the log tells of the wrong address", func() bool {
		return strings.Contains(w.log.String(), `"finding":"domain"`)
	})
	if status, _, err := get(t.Context(), "http://"+bot.address()+"/readyz", ""); err != nil || status != http.StatusServiceUnavailable {
		t.Errorf("/readyz answers %d (%v), want 503", status, err)
	}
	bot.stop()
	w.log.wantNoSecrets(t, w.secrets(), nil)
}

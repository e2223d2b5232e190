package scenarios_test

import (
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"recallbot/sandbox"
)

// TestSimulate checks the output of `recallbot simulate`, and that it changes neither the platform nor Redis.
func TestSimulate(t *testing.T) {
	t.Parallel()
	s := startChatEnv(t)
	s.say("good morning everybody", "")
	s.waitIdle()
	s.bots[0].stop()
	dir := t.TempDir()
	file := func(name string, body []byte) string {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, body, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	before, calls := s.writeCount(t), len(s.Calls())
	plain := s.commandEvent()
	for _, path := range []string{file("plain.json", plain), file("encrypted.json", s.Encrypt(plain))} {
		s.wantOutput(0, []string{"simulate", path}, "command", s.owner, "decision  recalled "+s.post+": rule owner",
			"would     DELETE /open-apis/im/v1/messages/"+s.post, "would     POST /open-apis/im/v1/messages/om_order/reactions",
			"nothing was sent and nothing kept")
	}
	stranger := strings.ReplaceAll(string(plain), s.owner, "ou_stranger")
	out := s.wantOutput(0, []string{"simulate", file("stranger.json", []byte(stranger))}, "decision  refused", "rule nobody", "ephemeral/v1/send")
	if strings.Contains(out, "DELETE") {
		t.Errorf("a stranger would recall:\n%s", out)
	}
	clean := strings.ReplaceAll(string(plain), "/recall", "/recall 20")
	s.wantOutput(0, []string{"simulate", file("clean.json", []byte(clean))}, "job       clean", "asked", "would     POST")
	talk := strings.ReplaceAll(string(plain), "/recall", "good morning")
	s.wantOutput(0, []string{"simulate", file("talk.json", []byte(talk))}, "kept      noted", "nothing to do")
	s.wantOutput(1, []string{"simulate", file("broken.json", []byte("{"))})

	if after := s.writeCount(t); after != before {
		t.Errorf("Redis has changed from\n%s\nto\n%s", before, after)
	}
	for _, c := range s.Calls()[calls:] {
		if c.Method != http.MethodGet && c.API != apis["token"] {
			t.Errorf("%s was called", c.API)
		}
	}
	s.withState(func(st sandbox.State) {
		if st.Recalled(s.post) {
			t.Error("the simulation recalled the post")
		}
	})
}

// writeCount returns Redis's counter of writes.
func (s *chatEnv) writeCount(t *testing.T) string {
	t.Helper()
	_, port, _ := strings.Cut(s.server.Addr(), ":")
	info, err := exec.CommandContext(t.Context(), "redis-cli", "-p", port, "-a", redisPassword, "INFO", "persistence").Output()
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(info)) {
		if strings.HasPrefix(line, "rdb_changes_since_last_save:") {
			return line
		}
	}
	t.Fatalf("Redis does not count its writes: %s", info)
	return ""
}

package scenarios_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"recallbot/sandbox"
)

// apiToken creates an API token of the team release, and returns its secret.
func (w *env) apiToken(scopes string, more ...string) string {
	w.t.Helper()
	var made struct{ Secret string }
	out, code := w.runCLI(w.environ, append([]string{"token", "create", "--team", "release", "--scope", scopes, "--json"}, more...)...)
	if err := json.Unmarshal([]byte(out), &made); code != 0 || err != nil {
		w.t.Fatalf("token create: %d, %v: %s", code, err, out)
	}
	return made.Secret
}

// postAlerts posts a recorded webhook of a monitoring system, and checks the status.
func (s *chatEnv) postAlerts(token, path, file string, status int) {
	s.t.Helper()
	body, err := os.ReadFile(filepath.Join("../../post/alert/testdata", file+".json"))
	if err != nil {
		s.t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(s.t.Context(), http.MethodPost, "http://"+s.bots[0].address()+"/api/v1/"+path, bytes.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	defer resp.Body.Close() //nolint:errcheck // only what it says counts
	text, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != status {
		s.t.Fatalf("%s with %s: HTTP %d %s, %v; want %d", path, file, resp.StatusCode, text, err, status)
	}
}

// cardsIn returns the contents of the cards in a chat that are not recalled.
func cardsIn(st sandbox.State, chat string) []string {
	var list []string
	for _, m := range st.Messages(chat) {
		if m.Type == "interactive" && !m.Deleted {
			list = append(list, m.Content)
		}
	}
	return list
}

// awaitCard waits until the chat has exactly one card, and it contains all the words.
func (s *chatEnv) awaitCard(words ...string) {
	s.t.Helper()
	s.await("one card that says "+strings.Join(words, ", "), func(st sandbox.State) bool {
		cards := cardsIn(st, s.chat)
		if len(cards) != 1 {
			return false
		}
		for _, word := range words {
			if !strings.Contains(cards[0], word) {
				return false
			}
		}
		return true
	})
}

// TestAlertsAreCards follows an alert through the webhooks of Alertmanager and Grafana.
func TestAlertsAreCards(t *testing.T) {
	t.Parallel()
	s := startChatEnv(t)
	token := s.apiToken("post", "--chat", s.chat)
	s.postAlerts(token, "alertmanager?resolved=recall", "alertmanager-firing", http.StatusAccepted)
	s.awaitCard("HighLatency", "API is slow", `"template":"red"`, "https://runbooks.example.com/high-latency")
	s.postAlerts(token, "alertmanager?resolved=recall", "alertmanager-firing", http.StatusAccepted)
	s.postAlerts(token, "alertmanager?resolved=recall", "alertmanager-partly", http.StatusAccepted)
	s.awaitCard("HighLatency", `"template":"orange"`)
	s.postAlerts(token, "alertmanager?resolved=recall", "alertmanager-truncated", http.StatusAccepted)
	s.awaitCard("HighLatency", `"template":"grey"`)
	s.postAlerts(token, "alertmanager?resolved=recall", "alertmanager-resolved", http.StatusAccepted)
	s.await("the card is recalled", func(st sandbox.State) bool { return len(cardsIn(st, s.chat)) == 0 })

	s.postAlerts(token, "grafana", "grafana-firing", http.StatusAccepted)
	s.awaitCard("Disk almost full", `"template":"red"`)
	s.restart()
	s.postAlerts(token, "grafana", "grafana-resolved", http.StatusAccepted)
	s.awaitCard("Disk almost full", `"template":"green"`)

	s.postAlerts(token, "alertmanager", "alertmanager-prod", http.StatusAccepted)
	s.postAlerts(token, "alertmanager", "alertmanager-staging", http.StatusAccepted)
	s.postAlerts(token, "alertmanager", "alertmanager-staging-resolved", http.StatusAccepted)
	s.await("production still fires, and staging does not", func(st sandbox.State) bool {
		var prod, staging string
		for _, card := range cardsIn(st, s.chat) {
			if strings.Contains(card, "prod is down") {
				prod = card
			}
			if strings.Contains(card, "staging is down") {
				staging = card
			}
		}
		return strings.Contains(prod, `"template":"red"`) && strings.Contains(staging, `"template":"green"`)
	})

	s.postAlerts(token, "alertmanager?chat=oc_else", "alertmanager-firing", http.StatusForbidden)
	s.postAlerts(token, "alertmanager?resolved=never", "alertmanager-firing", http.StatusUnprocessableEntity)
	s.postAlerts(token, "alertmanager", "grafana-firing", http.StatusUnprocessableEntity)
	s.postAlerts("rb_t1_wrong", "alertmanager", "alertmanager-firing", http.StatusUnauthorized)
	s.waitIdle()
	s.close()
}

// runExample runs a script of examples/ against the bot.
func (s *chatEnv) runExample(token string, code int, script string, args ...string) string {
	s.t.Helper()
	path, err := filepath.Abs(filepath.Join("../../examples", script))
	if err != nil {
		s.t.Fatal(err)
	}
	cmd := exec.CommandContext(s.t.Context(), path, args...)
	cmd.Env = append(os.Environ(), "RECALLBOT="+programPath(s.t), "RECALLBOT_API_URL=http://"+s.bots[0].address(), "RECALLBOT_API_TOKEN="+token)
	cmd.Dir, cmd.Stdin = s.t.TempDir(), strings.NewReader("\n")
	out, err := cmd.CombinedOutput()
	if got := cmd.ProcessState.ExitCode(); got != code {
		s.t.Fatalf("%s: exit code %d (%v), want %d:\n%s", script, got, err, code, out)
	}
	return string(out)
}

// awaitCount waits until the chats have that many messages with the text.
func (s *chatEnv) awaitCount(want int, text string, chats ...string) {
	s.t.Helper()
	s.await("messages that say "+text, func(st sandbox.State) bool {
		n := 0
		for _, chat := range chats {
			for _, m := range st.Messages(chat) {
				if !m.Deleted && strings.Contains(m.Content, text) {
					n++
				}
			}
		}
		return n == want
	})
}

// TestExamples runs the scripts of examples/.
func TestExamples(t *testing.T) {
	t.Parallel()
	s := startChatEnv(t)
	token, other := s.apiToken("post,recall:own"), s.addGroup()
	s.runExample(token, 0, "ci/announce.sh", "release-1", "Version 1 is out", s.chat, other, "--", "true")
	s.awaitCount(2, "Version 1 is out", s.chat, other)
	again := s.runExample(token, 0, "ci/announce.sh", "release-1", "Version 1 is out", s.chat, other, "--", "true")
	s.awaitCount(2, "Version 1 is out", s.chat, other)
	if !strings.Contains(again, "announced by an earlier run already") || strings.Contains(again, "sent: ") {
		t.Errorf("a post that is not recalled is announced again:\n%s", again)
	}
	for range 2 { // after a recall, the same key announces again
		out := s.runExample(token, 3, "ci/announce.sh", "release-2", "Version 2 is out", s.chat, other, "--", "sh", "-c", "exit 3")
		s.awaitCount(0, "Version 2 is out", s.chat, other)
		if !strings.Contains(out, "sent: 2 of 2") || !strings.Contains(out, "2 recalled") {
			t.Errorf("a run that fails says:\n%s", out)
		}
	}
	s.runExample(token, 0, "ci/announce.sh", "release-2", "Version 2 is out", s.chat, other, "--", "true")
	s.awaitCount(2, "Version 2 is out", s.chat, other)

	out := s.runExample(token, 0, "python/broadcast.py", "hello from Python", s.chat, other)
	if !strings.Contains(out, s.chat+" sent") || !strings.Contains(out, "2 of 2 done") {
		t.Errorf("broadcast.py printed:\n%s", out)
	}
	s.awaitCount(0, "hello from Python", s.chat, other)
	s.waitIdle()
	s.close()
}

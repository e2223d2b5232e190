package scenarios_test

import (
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"recallbot/sandbox"
)

// TestReload changes the configuration of a running bot, and sends SIGHUP. The bot must apply what it can, log what needs a
// restart, and keep its configuration if the file is invalid or missing.
func TestReload(t *testing.T) {
	t.Parallel()
	s := newChatEnv(t)
	path := filepath.Join(t.TempDir(), "config.yaml")
	put := func(text string) {
		t.Helper()
		replaceFile(t, path, text)
	}
	put("dry_run: true\n")
	s.processes, s.args = true, []string{"--config", path}
	s.start(1)
	s.say("/recall", s.post)
	s.waitIdle()

	put("queue:\n  workers: 3\n")
	s.awaitLog(`"changed":["dry_run"]`)
	s.awaitLog(`"settings":["queue.workers"]`)
	s.awaitMetric("recallbot_config_reloads_total", `result="applied"`, 1)
	s.withState(func(st sandbox.State) {
		if st.Recalled(s.post) {
			t.Error("the dry run recalled the post")
		}
	})

	put("dry_run: perhaps\n")
	s.awaitLog("the old one stays")
	s.awaitMetric("recallbot_config_valid", "", 0)
	put("")
	s.awaitMetric("recallbot_config_reloads_total", `result="invalid"`, 2)
	put("queue:\n  workers: 3\n")
	s.awaitMetric("recallbot_config_valid", "", 1)
	s.awaitMetric("recallbot_config_reloads_total", `result="unchanged"`, 1)

	bot, ok := s.bots[0].(*process)
	if !ok {
		t.Fatalf("the bot is a %T", s.bots[0])
	}
	if err := bot.cmd.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	s.awaitMetric("recallbot_config_reloads_total", `result="unchanged"`, 2)

	s.say("/recall", s.post)
	s.await("the post is recalled", func(st sandbox.State) bool { return st.Recalled(s.post) })
	s.close()
}

// awaitLog waits until the log contains the text.
func (w *env) awaitLog(text string) {
	w.t.Helper()
	w.poll("the log says "+text, func() bool { return strings.Contains(w.log.String(), text) })
}

// awaitMetric waits until the sum of a metric's series with the label has the value.
func (w *env) awaitMetric(name, label string, want float64) {
	w.t.Helper()
	w.poll(name+label, func() bool {
		got, err := w.metric(name, label)
		return err == nil && got == want
	})
}

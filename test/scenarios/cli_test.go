package scenarios_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"recallbot/audit"
	"recallbot/bot"
	"recallbot/sandbox"
	"recallbot/store/queue"
)

// runCLI runs the program, and returns its combined output and its exit code.
func (w *env) runCLI(env []string, args ...string) (string, int) {
	w.t.Helper()
	cmd := exec.CommandContext(w.t.Context(), programPath(w.t), args...)
	cmd.Env, cmd.Dir = append(os.Environ(), env...), w.t.TempDir()
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	if exit, ended := errors.AsType[*exec.ExitError](err); ended {
		return out.String(), exit.ExitCode()
	}
	if err != nil {
		w.t.Fatal(err)
	}
	return out.String(), 0
}

// wantOutput runs the program with the env's configuration, and checks exit code and output.
func (w *env) wantOutput(code int, args []string, wanted ...string) string {
	w.t.Helper()
	out, got := w.runCLI(w.environ, args...)
	if got != code {
		w.t.Errorf("recallbot %s: exit code %d, want %d:\n%s", strings.Join(args, " "), got, code, out)
	}
	for _, want := range wanted {
		if !strings.Contains(out, want) {
			w.t.Errorf("recallbot %s does not print %q:\n%s", strings.Join(args, " "), want, out)
		}
	}
	for _, secret := range w.secrets() {
		if strings.Contains(out, secret) {
			w.t.Errorf("recallbot %s prints a secret:\n%s", strings.Join(args, " "), out)
		}
	}
	return out
}

func TestIndexAndAuditCommands(t *testing.T) {
	t.Parallel()
	s := startChatEnv(t)
	talk := s.say("good morning everybody", "")
	s.say("/recall -- sent to the wrong people", s.post)
	s.await("the post is recalled", func(st sandbox.State) bool { return st.Recalled(s.post) })
	s.waitIdle()

	s.wantOutput(0, []string{"index", s.chat}, talk, "person", "2 messages")
	s.wantOutput(0, []string{"index", "oc_nobody"}, "0 messages")
	s.wantOutput(0, []string{"audit"}, s.post, s.owner, "owner", "recalled", "reply", "sent to the wrong people")
	s.wantOutput(0, []string{"audit", "--chat", "oc_nobody"})
	var e audit.Entry
	if err := json.Unmarshal([]byte(s.wantOutput(0, []string{"audit", "--json", "-n", "1", "--chat", s.chat})), &e); err != nil {
		t.Errorf("audit --json: %v", err)
	}
	if e.Comment != "sent to the wrong people" || e.ID == "" {
		t.Errorf("the audit says %+v", e)
	}
	s.wantOutput(1, []string{"index", s.chat, "--config", "missing.yaml"}, "missing.yaml")
	s.close()
}

// say sends a message as the owner.
func (s *chatEnv) say(text, replyTo string) string {
	s.t.Helper()
	id, err := s.Say(sandbox.SaySpec{Chat: s.chat, From: s.owner, Text: text, ReplyTo: replyTo})
	if err != nil {
		s.t.Fatal(err)
	}
	return id
}

// TestOperatorReplaysDeadLetters replays work that was given up while the platform failed.
func TestOperatorReplaysDeadLetters(t *testing.T) {
	t.Parallel()
	w := newEnv(t, envOptions{redis: true, env: []string{"RECALLBOT_QUEUE_MAX_ATTEMPTS=1"}})
	s := &chatEnv{env: w, t: t, owner: w.AddUser("Olga").OpenID}
	s.chat = s.addGroup()
	posts := make([]string, 3)
	for i := range posts {
		id, err := s.Post(sandbox.PostSpec{Chat: s.chat, Text: "the numbers of the wrong quarter"})
		if err != nil {
			t.Fatal(err)
		}
		posts[i] = id
	}
	s.start(1)
	mend := s.Fault(sandbox.FaultSpec{API: apis["delete"], Status: 503})
	for _, post := range posts {
		s.say("/recall", post)
		s.waitIdle()
	}
	mend()

	s.wantOutput(0, []string{"deadletters"}, "LETTER", "im.message.receive_v1", "503")
	letters := s.listDeadLetters(3)
	s.wantOutput(0, []string{"deadletters", "drop", letters[2]}, "dropped", letters[2])
	s.wantOutput(1, []string{"deadletters", "drop", letters[2]}, "there is no dead letter", letters[2])
	for _, nope := range []string{"nope", "jobs/nope", "-", "+", "1-", "all-1"} {
		s.wantOutput(1, []string{"deadletters", "replay", "--", nope}, `there is no dead letter "`+nope+`"; recallbot deadletters lists them`)
		s.wantOutput(1, []string{"deadletters", "drop", "--", nope}, `there is no dead letter "`+nope+`"`)
	}
	s.listDeadLetters(2)
	s.wantOutput(0, []string{"deadletters", "replay", letters[0]}, "replayed", letters[0])
	s.await("the first is recalled", func(st sandbox.State) bool { return st.Recalled(posts[0]) })
	s.listDeadLetters(1)
	s.wantOutput(0, []string{"deadletters", "replay", "all"}, "replayed 1")
	s.await("the second is recalled", func(st sandbox.State) bool { return st.Recalled(posts[1]) })
	s.waitIdle()
	s.listDeadLetters(0)
	if m, _ := s.Message(posts[2]); m.Deleted {
		t.Error("what was dropped was carried out")
	}
	for _, post := range posts[:2] {
		records := s.records(post)
		if len(records) != 2 || records[0].Result != bot.Failed || records[1].Result != bot.Done {
			t.Errorf("the audit says %+v, want a failure and then a recall", records)
		}
	}
	s.close()
}

// TestOperatorReplaysPostsAndTimers lists, replays and drops dead letters of posts and timers. Their kind is unknown, as after
// a rollback from a newer release.
func TestOperatorReplaysPostsAndTimers(t *testing.T) {
	t.Parallel()
	s := startChatEnv(t)
	queues := map[string]*queue.Queue{}
	for _, name := range []string{"posts", "timers"} {
		q := queue.New(s.probe.store.Client(), queue.Config{Name: name})
		queues[name] = q
		for _, id := range []string{"a", "b"} {
			if _, err := q.Put(t.Context(), queue.Item{ID: id, Kind: "of_a_newer_release"}); err != nil {
				t.Fatal(err)
			}
		}
	}
	givenUp := func(want int64) {
		t.Helper()
		for name, q := range queues {
			s.poll(name+": all is given up", func() bool {
				stats, err := q.Stats(t.Context())
				return err == nil && stats.Dead == want && stats.Waiting+stats.InFlight == 0
			})
		}
	}
	givenUp(2)
	letters := s.listDeadLetters(4)
	s.wantOutput(0, []string{"deadletters"}, "posts/", "timers/", "of_a_newer_release", "unknown kind")
	s.wantOutput(0, []string{"deadletters", "drop", letters[0]}, "dropped", letters[0])
	s.wantOutput(0, []string{"deadletters", "drop", letters[2]}, "dropped", letters[2])
	s.listDeadLetters(2)
	s.wantOutput(0, []string{"deadletters", "replay", letters[1]}, "replayed", letters[1])
	givenUp(1)
	if again := s.listDeadLetters(2); again[0] == letters[1] || again[1] != letters[3] {
		t.Errorf("the dead letters are %v, of %v the second was replayed", again, letters)
	}
	s.wantOutput(0, []string{"deadletters", "replay", "all"}, "replayed 2")
	givenUp(1)
	s.close()
}

// addGroup creates a group of the owner.
func (s *chatEnv) addGroup() string {
	s.t.Helper()
	id, err := s.AddChat(sandbox.ChatSpec{Name: "Launch", Owner: s.owner})
	if err != nil {
		s.t.Fatal(err)
	}
	return id
}

// listDeadLetters lists the dead letters, oldest first, and checks how many there are.
func (s *chatEnv) listDeadLetters(want int) []string {
	s.t.Helper()
	var ids []string
	for raw := range strings.Lines(s.wantOutput(0, []string{"deadletters", "list", "--json"})) {
		var letter struct{ Letter string }
		if err := json.Unmarshal([]byte(raw), &letter); err != nil {
			s.t.Fatalf("%s: %v", raw, err)
		}
		ids = append(ids, letter.Letter)
	}
	if len(ids) != want {
		s.t.Fatalf("%d dead letters, want %d: %v", len(ids), want, ids)
	}
	return ids
}

// TestConfigCheckReportsAllProblems checks that every problem is named in one run, each with its key.
func TestConfigCheckReportsAllProblems(t *testing.T) {
	t.Parallel()
	w := newEnv(t, envOptions{})
	w.wantOutput(0, []string{"config", "check"}, "the configuration is right")

	path := filepath.Join(t.TempDir(), "config.yaml")
	text := "feishu: {base_url: nowhere, app_id: cli_1, encrypt_key: an-encrypt-key, max_event_age: -1s}\n" +
		"redis: {url: 'redis://:a-password-of-redis@host:port'}\nqueue: {workers: -1, typo: 3}\nchat: {language: fr}\n" +
		"policy: {moderators: [somebody, nobody]}\nlog: {level: loud}\n"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	env := []string{"RECALLBOT_QUEUE_LEASE=1h", "RECALLBOT_DRY_RUN=perhaps"}
	out, code := w.runCLI(env, "config", "check", "--config", path)
	if code != 1 {
		t.Errorf("exit code %d, want 1", code)
	}
	for _, key := range []string{
		"feishu.base_url", "feishu.app_secret", "feishu.max_event_age", "redis.url", "queue.workers", "queue.typo",
		"chat.language", "somebody", "nobody", "log.level", "queue.lease", "RECALLBOT_DRY_RUN",
	} {
		if !strings.Contains(out, key) {
			t.Errorf("%s is not named:\n%s", key, out)
		}
	}
	if strings.Contains(out, redisPassword) || strings.Contains(out, "an-encrypt-key") {
		t.Errorf("a secret is printed:\n%s", out)
	}
	for _, args := range [][]string{{"serve", "--config", path}, {"audit", "--config", path}, {"doctor", "--config", path}} {
		if out, code := w.runCLI(env, args...); code != 1 {
			t.Errorf("%v: exit code %d, want 1:\n%s", args, code, out)
		}
	}
	if _, code := w.runCLI(env, "recall-everything"); code != 2 {
		t.Errorf("an unknown command: exit code %d, want 2", code)
	}
}

// TestToolsNeedARedis checks that commands on Redis fail for a bot with the embedded store.
func TestToolsNeedARedis(t *testing.T) {
	t.Parallel()
	w := newEnv(t, envOptions{})
	for _, args := range [][]string{{"index", "oc_1"}, {"audit"}, {"deadletters"}} {
		w.wantOutput(1, args, "redis.url: missing; without Redis")
	}
}

// TestServeWithoutAnEncryptKey checks that the bot does not start: without the key, events could be forged.
func TestServeWithoutAnEncryptKey(t *testing.T) {
	t.Parallel()
	w := newEnv(t, envOptions{})
	w.set("FEISHU_ENCRYPT_KEY", "")
	w.wantOutput(1, []string{"serve"}, "feishu.encrypt_key", "allow_unsigned")
}

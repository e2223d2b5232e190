package app_test

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"recallbot/app"
	"recallbot/sandbox"
)

// alone runs a sandbox without our bot and returns what it prints, line by line.
func alone(t *testing.T, opts app.SandboxOptions) *bufio.Scanner {
	t.Helper()
	opts.Listen, opts.NoBot = "127.0.0.1:0", true
	ctx, stop := context.WithCancel(t.Context())
	out, in := io.Pipe()
	ended := make(chan error, 1)
	go func() { ended <- app.RunSandbox(ctx, app.Config{}, opts, in, slog.New(slog.DiscardHandler)) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Errorf("sandbox: %v", err)
		}
		_ = in.Close() // its reader has gone
	})
	t.Cleanup(func() { _ = out.Close() }) // a pending write ends
	return bufio.NewScanner(out)
}

// until reads what is printed up to the line that has these words, and returns the rest of that line.
func until(t *testing.T, lines *bufio.Scanner, words string) string {
	t.Helper()
	for lines.Scan() {
		if _, rest, found := strings.Cut(lines.Text(), words); found {
			return strings.TrimSpace(rest)
		}
	}
	t.Fatalf("it does not print %q", words)
	return ""
}

func TestSandboxWithoutABot(t *testing.T) {
	t.Parallel()
	heard := make(chan string, 10)
	hook := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var in struct{ Challenge, Type, Token string }
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
			t.Errorf("event: %v", err)
		}
		heard <- in.Type + " " + in.Token
		_ = json.NewEncoder(w).Encode(map[string]string{"challenge": in.Challenge}) // it may have gone
	}))
	t.Cleanup(hook.Close)
	lines := alone(t, app.SandboxOptions{EventURL: hook.URL, Plain: true, App: sandbox.Credentials{AppID: "cli_00000000000000aa"}})
	base := until(t, lines, "Base URL")
	if id := until(t, lines, "App ID"); id != "cli_00000000000000aa" {
		t.Errorf("app id %s", id)
	}
	secret := until(t, lines, "App secret")
	if key := until(t, lines, "Encrypt key"); !strings.HasPrefix(key, "none") {
		t.Errorf("encrypt key %s", key)
	}
	token := until(t, lines, "Verification token")
	until(t, lines, "answered the challenge")
	if got := <-heard; got != "url_verification "+token {
		t.Errorf("the bot heard %s", got)
	}
	resp, err := http.Post(base+"/open-apis/auth/v3/tenant_access_token/internal", "application/json", strings.NewReader(
		`{"app_id":"cli_00000000000000aa","app_secret":"`+secret+`"}`))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }() // it was read
	var got struct {
		Token string `json:"tenant_access_token"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&got); err != nil || got.Token == "" {
		t.Errorf("token: %v", err)
	}
}

// TestSandboxMakesUpItsSecrets: two runs share no secret, and the sandbox waits for a bot that has not started yet.
func TestSandboxMakesUpItsSecrets(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for range 2 {
		lines := alone(t, app.SandboxOptions{EventURL: "http://127.0.0.1:1/"})
		for _, name := range []string{"App ID", "App secret", "Encrypt key", "Verification token"} {
			value := until(t, lines, name)
			if len(value) < 20 || len(value) > 32 || seen[value] {
				t.Errorf("%s is %q", name, value)
			}
			seen[value] = true
		}
		until(t, lines, "no events yet")
	}
}

// TestSandboxWithTheBot: the page's language is the bot's, and the bot goes on in a case that was loaded.
func TestSandboxWithTheBot(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "case.json")
	const saved = `{"format":"recallbot-sandbox","version":1,"people":[{"id":"ann","name":"Ann"}],"bots":[{"id":"us","name":"Bot","ours":true}],"chats":[
		{"id":"one","name":"One","mode":"group","owner":"ann","members":["ann","us"],"messages":[{"id":"1","from":"us","ago":"10m","type":"text","content":{"text":"a post"}}]},
		{"id":"two","name":"Two","mode":"group","owner":"ann","members":["ann","us"],"messages":[]}]}`
	if err := os.WriteFile(file, []byte(saved), 0o600); err != nil {
		t.Fatal(err)
	}
	config := app.Defaults()
	config.Chat.Language = "en"
	s := &controlled{T: t, base: start(t, config, app.SandboxOptions{Load: file})}

	ann, chats := s.state()
	s.order("say", map[string]any{"as": ann, "chat": chats[0], "text": "/recall help"})
	if said := s.answer(ann, chats[0]); strings.Contains(said, "。") {
		t.Errorf("in English it says %s", said)
	}
	s.order("language", map[string]any{"language": "zh-CN"})
	s.order("say", map[string]any{"as": ann, "chat": chats[1], "text": "/recall help"})
	if said := s.answer(ann, chats[1]); !strings.Contains(said, "。") {
		t.Errorf("in Chinese it says %s", said)
	}

	s.send(http.MethodPut, "case", saved)
	again, now := s.state()
	if again == ann || now[0] == chats[0] {
		t.Fatalf("the world is still %s with %v", again, now)
	}
	post := s.messages(again, now[0])[0].ID
	s.order("say", map[string]any{"as": again, "chat": now[0], "text": "/recall", "reply_to": post})
	s.wait("the post is recalled", func() bool { return s.messages(again, now[0])[0].Deleted })
	if lines := string(s.send(http.MethodGet, "state", "")); !strings.Contains(lines, `\"chats\":[\"`+now[0]) {
		t.Error("the commands of the page do not name the new groups")
	}
}

// TestSandboxRefusesABadCase: the file and its fault are named.
func TestSandboxRefusesABadCase(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "case.json")
	if err := os.WriteFile(file, []byte(`{"name":"x"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	err := app.RunSandbox(t.Context(), app.Defaults(), app.SandboxOptions{Listen: "127.0.0.1:0", Load: file}, io.Discard, slog.New(slog.DiscardHandler))
	if err == nil || !strings.Contains(err.Error(), "--load "+file+": this is not a case of the sandbox") {
		t.Errorf("it says %v", err)
	}
}

// start runs a sandbox with our bot and returns the address of the page.
func start(t *testing.T, config app.Config, opts app.SandboxOptions) string {
	t.Helper()
	opts.Listen = "127.0.0.1:0"
	ctx, stop := context.WithCancel(t.Context())
	out, in := io.Pipe()
	ended := make(chan error, 1)
	go func() { ended <- app.RunSandbox(ctx, config, opts, in, slog.New(slog.DiscardHandler)) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Errorf("sandbox: %v", err)
		}
		_ = in.Close() // its reader has gone
	})
	t.Cleanup(func() { _ = out.Close() }) // a pending write ends
	return until(t, bufio.NewScanner(out), "Chat page")
}

// controlled is a sandbox by its control API.
type controlled struct {
	*testing.T

	base string
}

func (c *controlled) send(method, path, body string) []byte {
	c.Helper()
	req, err := http.NewRequestWithContext(c.Context(), method, c.base+"sandbox/v1/"+path, strings.NewReader(body))
	if err != nil {
		c.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		c.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }() // it was read
	out, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		c.Fatalf("%s %s: %d %s %v", method, path, resp.StatusCode, out, err)
	}
	return out
}

func (c *controlled) order(name string, body map[string]any) {
	c.Helper()
	data, err := json.Marshal(body)
	if err != nil {
		c.Fatal(err)
	}
	c.send(http.MethodPost, name, string(data))
}

// state is the first person, and the chats.
func (c *controlled) state() (person string, chats []string) {
	c.Helper()
	var out struct {
		Me    string
		Chats []struct{ ID string }
	}
	if err := json.Unmarshal(c.send(http.MethodGet, "state", ""), &out); err != nil {
		c.Fatal(err)
	}
	for _, chat := range out.Chats {
		chats = append(chats, chat.ID)
	}
	return out.Me, chats
}

type shownMessage struct {
	ID, Text string
	Deleted  bool
	Sender   struct{ Kind string }
}

func (c *controlled) messages(as, chat string) []shownMessage {
	c.Helper()
	var out struct{ Items []shownMessage }
	if err := json.Unmarshal(c.send(http.MethodGet, "chats/"+chat+"/messages?as="+as, ""), &out); err != nil {
		c.Fatal(err)
	}
	return out.Items
}

// answer waits for what the bot answers in a chat.
func (c *controlled) answer(as, chat string) (text string) {
	c.Helper()
	c.wait("an answer", func() bool {
		last := c.messages(as, chat)
		text = last[len(last)-1].Text
		return last[len(last)-1].Sender.Kind == "me_bot" && text != "a post"
	})
	return text
}

func (c *controlled) wait(what string, ok func() bool) {
	c.Helper()
	for late := time.Now().Add(30 * time.Second); !ok(); {
		if time.Now().After(late) {
			c.Fatalf("not seen: %s", what)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

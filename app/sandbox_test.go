package app_test

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

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

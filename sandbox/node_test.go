package sandbox_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"recallbot/sandbox"
)

// nodeBot is a running testdata/node/bot.js.
type nodeBot struct {
	t     *testing.T
	lines *bufio.Scanner
}

// installNode installs the bot and its pinned SDK into a directory of the test.
func installNode(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range []string{"package.json", "package-lock.json", "bot.js"} {
		b, err := os.ReadFile(filepath.Join("testdata", "node", name))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	npm := exec.CommandContext(t.Context(), "npm", "ci", "--ignore-scripts", "--prefer-offline", "--no-audit", "--no-fund")
	npm.Dir = dir
	if out, err := npm.CombinedOutput(); err != nil {
		t.Fatalf("npm ci: %v\n%s", err, out)
	}
	return dir
}

// runNode starts the bot and stops it with the test.
func runNode(t *testing.T, dir string, s *site, transport string) *nodeBot {
	t.Helper()
	cfg := s.Config()
	cmd := exec.CommandContext(t.Context(), "node", "bot.js", transport)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(),
		"BASE_URL="+s.url, "APP_ID="+cfg.AppID, "APP_SECRET="+cfg.AppSecret,
		"ENCRYPT_KEY="+cfg.EncryptKey, "VERIFICATION_TOKEN="+cfg.VerificationToken)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait() // killed by the test
	})
	return &nodeBot{t, bufio.NewScanner(out)}
}

// readLine decodes the next line into v.
func (n *nodeBot) readLine(v any) {
	n.t.Helper()
	if !n.lines.Scan() {
		n.t.Fatalf("the bot said no more: %v", n.lines.Err())
	}
	if err := json.Unmarshal(n.lines.Bytes(), v); err != nil {
		n.t.Fatalf("the bot said %q", n.lines.Text())
	}
}

func TestNodeSDK(t *testing.T) {
	t.Parallel()
	dir := installNode(t)
	for _, transport := range []string{"webhook", "websocket"} {
		t.Run(transport, func(t *testing.T) {
			t.Parallel()
			s := open(t, sandbox.Config{EncryptKey: "an encrypt key"})
			bot := runNode(t, dir, s, transport)
			var ready struct{ Port int }
			bot.readLine(&ready)
			if transport == "webhook" {
				s.SetEventURL(fmt.Sprintf("http://127.0.0.1:%d/webhook/event", ready.Port))
				s.must(s.VerifyURL(t.Context()))
			} else {
				s.waitState("connected", func(st sandbox.State) bool { return st.Sockets() == 1 })
			}
			heard := s.say(sandbox.SaySpec{Text: "hello", MentionBot: true})
			var got struct {
				Heard, Sent, Replied, Reaction, Error string
				Listed                                []string
				Deleted, Again                        int
			}
			bot.readLine(&got)
			if got.Error != "" || got.Heard != heard || got.Deleted != 0 || got.Again != 230110 {
				t.Fatalf("the bot saw %+v, said was %s", got, heard)
			}
			if !slices.Equal(got.Listed, []string{heard, got.Sent, got.Replied}) {
				t.Errorf("listed = %v", got.Listed)
			}
			if m := mustMessage(t, s, got.Sent); !m.Deleted || m.RecalledBy != s.Bot().ID {
				t.Errorf("sent = %+v", m)
			}
			if m := mustMessage(t, s, got.Replied); m.Parent != heard {
				t.Errorf("replied = %+v", m)
			}
			for _, d := range s.waitDeliveries(1) {
				if !d.OK() || d.Via != transport {
					t.Errorf("delivery = %+v", d)
				}
			}
		})
	}
}

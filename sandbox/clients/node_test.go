package clients_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"recallbot/sandbox"
)

// install puts the bots and what their lock file pins into a directory of the test's.
func install(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(filepath.Join("testdata", "node"))); err != nil {
		t.Fatal(err)
	}
	npm := exec.CommandContext(t.Context(), "npm", "ci", "--ignore-scripts", "--prefer-offline", "--no-audit", "--no-fund")
	npm.Dir = dir
	if out, err := npm.CombinedOutput(); err != nil {
		t.Fatalf("npm ci: %v\n%s", err, out)
	}
	return dir
}

// nodeBot is a bot at work, in a process of its own.
type nodeBot struct {
	t     *testing.T
	lines *bufio.Scanner
}

// run starts a bot, points events at it, and stops it with the test.
func (w *world) run(dir, script, transport, path string) *nodeBot {
	w.t.Helper()
	cfg := w.Config()
	cmd := exec.CommandContext(w.t.Context(), "node", script, transport)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "BASE_URL="+w.url, "APP_ID="+cfg.AppID, "APP_SECRET="+cfg.AppSecret, "ENCRYPT_KEY="+cfg.EncryptKey,
		"VERIFICATION_TOKEN="+cfg.VerificationToken, "PERSON="+w.person.OpenID)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		w.t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait() // it was killed
	})
	bot := &nodeBot{w.t, bufio.NewScanner(out)}
	var ready struct{ Port int }
	bot.hear(&ready)
	if transport == "websocket" {
		w.await("connected", func(s sandbox.State) bool { return s.Sockets() == 1 })
	} else if err := w.SaveEventURL(w.t.Context(), fmt.Sprintf("http://127.0.0.1:%d%s", ready.Port, path)); err != nil {
		w.t.Fatal(err)
	}
	return bot
}

// hear reads the next line of JSON into v; what a framework logs is passed over.
func (n *nodeBot) hear(v any) {
	n.t.Helper()
	for n.lines.Scan() {
		if !strings.HasPrefix(n.lines.Text(), `{"`) {
			continue
		}
		if err := json.Unmarshal(n.lines.Bytes(), v); err != nil {
			n.t.Fatalf("the bot said %q", n.lines.Text())
		}
		return
	}
	n.t.Fatalf("the bot said no more: %v", n.lines.Err())
}

func (w *world) say(text string) string {
	w.t.Helper()
	id, err := w.Say(sandbox.SaySpec{Chat: w.chat, From: w.person.OpenID, Text: text, MentionBot: true})
	if err != nil {
		w.t.Fatal(err)
	}
	return id
}

func (w *world) message(id string) sandbox.Message {
	w.t.Helper()
	m, ok := w.Message(id)
	if !ok {
		w.t.Fatalf("no message %q", id)
	}
	return m
}

func TestNodeClients(t *testing.T) {
	t.Parallel()
	dir := install(t)
	for _, transport := range []string{"webhook", "websocket"} {
		t.Run("channel over "+transport, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.channel(w.run(dir, "channel.js", transport, "/webhook/event"))
		})
		t.Run("Satori over "+transport, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.satori(w.run(dir, "satori.js", transport, "/feishu"))
		})
	}
}

// channel has the channel of the SDK answer, edit, recall, and hear of a reaction and a press.
func (w *world) channel(bot *nodeBot) {
	t, heard := w.t, w.say("hello")
	var got struct {
		Error, Heard, Sender, Me, Mode, Name string
		Sent                                 map[string]string
		Data                                 any
	}
	bot.hear(&got)
	if got.Error != "" || got.Heard != heard || got.Sender != w.person.OpenID || got.Me != w.Bot().OpenID || got.Mode != "group" || got.Name != "Launch" {
		t.Fatalf("the bot saw %+v", got)
	}
	for name, kind := range map[string]string{
		"text": "text", "reply": "text", "mention": "text", "card": "interactive", "image": "image", "file": "file", "stream": "interactive",
	} {
		if m := w.message(got.Sent[name]); m.Type != kind || m.Sender != w.Bot().ID || m.Deleted != (name == "reply") {
			t.Errorf("%s: %+v", name, m)
		}
	}
	if m := w.message(got.Sent["text"]); m.Content != `{"text":"edited"}` {
		t.Errorf("edited: %s", m.Content)
	}
	if m := w.message(got.Sent["mention"]); len(m.Mentions) != 1 || m.Mentions[0].ID != w.person.OpenID {
		t.Errorf("mention: %+v", m)
	}
	card := got.Sent["card"]
	if err := w.React(w.person.OpenID, card, "OK"); err != nil {
		t.Fatal(err)
	}
	var reaction struct{ Reaction, Emoji string }
	if bot.hear(&reaction); reaction.Reaction != card || reaction.Emoji != "OK" {
		t.Errorf("reaction: %+v", reaction)
	}
	if res, err := w.Press(t.Context(), w.person.OpenID, card, map[string]any{"do": "it"}); err != nil || res.Code != 0 {
		t.Errorf("press: %v %+v", err, res)
	}
	var press struct {
		Press string
		Value map[string]string
	}
	if bot.hear(&press); press.Press != card || press.Value["do"] != "it" {
		t.Errorf("press: %+v", press)
	}
}

// satori has the framework's bot answer, mention, send a picture, look at the chat, and recall.
func (w *world) satori(bot *nodeBot) {
	t, heard := w.t, w.say("hello")
	var got struct {
		Error, Heard, Sender, Me, Quoted, Channel string
		Members, Words, Mention, Picture          []string
		Guilds                                    int
		Data                                      any
	}
	bot.hear(&got)
	if got.Error != "" || got.Heard != heard || got.Quoted != heard || got.Sender != w.person.OpenID || got.Me != w.Bot().OpenID {
		t.Fatalf("the bot saw %+v", got)
	}
	if got.Channel != "Launch" || got.Guilds != 1 || !slices.Equal(got.Members, []string{"Olga"}) {
		t.Errorf("the bot saw the chat as %+v", got)
	}
	if m := w.message(got.Words[0]); !m.Deleted {
		t.Errorf("recalled: %+v", m)
	}
	if m := w.message(got.Mention[0]); len(m.Mentions) != 1 || m.Mentions[0].ID != w.person.OpenID {
		t.Errorf("mention: %+v", m)
	}
	if m := w.message(got.Picture[0]); !strings.Contains(m.Content, "img_v3_") {
		t.Errorf("picture: %+v", m)
	}
}

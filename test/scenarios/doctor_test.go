package scenarios_test

import (
	"encoding/json"
	"strings"
	"testing"

	"recallbot/sandbox"
)

func TestDoctor(t *testing.T) {
	t.Parallel()
	w := newEnv(t, envOptions{redis: true})
	w.start(1)
	w.wantOutput(0, []string{"doctor"}, "✅ the configuration is right", "✅ Redis answers", "✅ events arrive at "+w.balancer.url, "✅ buttons of cards work")

	w.Subscribe("im.message.recalled_v1", false)
	w.wantOutput(0, []string{"doctor"}, "⚠️ the app is not subscribed to im.message.recalled_v1")
	w.Subscribe("im.message.recalled_v1", true)
	w.Subscribe("card.action.trigger", false)
	w.wantOutput(0, []string{"doctor"}, "⚠️ buttons of cards do nothing")
	w.Subscribe("card.action.trigger", true)
	w.Revoke("im:message.group_msg")
	w.wantOutput(0, []string{"doctor"}, "⚠️ the bot gets only the messages that mention it", "→ add the scope im:message.group_msg")
	for _, scope := range []string{"im:message", "im:message:recall", "im:message:send_as_bot"} {
		w.Revoke(scope)
	}
	w.wantOutput(1, []string{"doctor"}, "❌ the bot can't recall", "→ add the scope im:message:recall", "/auth?q=im%3Amessage%3Arecall")
	w.set("OWNER_KEY", ownerKey)
	w.set("OWNER_PUBLIC_URL", "https://bot.example")
	w.SetRedirects("https://elsewhere.example/oauth/callback")
	w.wantOutput(1, []string{"doctor"}, "⚠️ owners can't authorise the bot", "token_type=user", "⚠️ after authorising, owners can't come back", "→ add https://bot.example/oauth/callback", "/safe")
	w.Grant("im:message:recall")
	w.SetRedirects("https://bot.example/oauth/callback")
	w.wantOutput(1, []string{"doctor"}, "✅ owners can authorise the bot", "✅ after authorising, owners come back to https://bot.example")
	told := w.newReceiver()
	w.set("HOOKS_JOBS_URL", told.url)
	w.wantOutput(1, []string{"doctor"}, "✅ 127.0.0.1 answers (hooks.jobs.url)")
	w.server.Kill()
	w.wantOutput(1, []string{"doctor"}, "❌ Redis does not answer", "✅ the app's credentials work")
	w.server.Restart()
	w.set("FEISHU_APP_SECRET", "wrong")
	w.wantOutput(1, []string{"doctor"}, "❌ the app got no tenant_access_token")
	w.set("QUEUE_WORKERS", "0")
	w.wantOutput(1, []string{"doctor"}, "❌ the configuration is wrong", "queue.workers")
}

// TestDoctorFindsThreeFaults breaks three things. Doctor must find exactly these, on the command line and at the bot's start.
func TestDoctorFindsThreeFaults(t *testing.T) {
	t.Parallel()
	w := newEnv(t, envOptions{redis: true})
	w.server.Set("appendonly", "no")
	for _, scope := range []string{"im:message", "im:message:recall", "im:message:send_as_bot"} {
		w.Revoke(scope)
	}
	w.Subscribe("im.message.receive_v1", false)
	w.start(1)

	out, code := w.runCLI(w.environ, "doctor", "--json")
	var report struct {
		OK       bool
		Findings []struct{ Name, Level, Text, Fix, Link string }
	}
	if err := json.Unmarshal([]byte(out), &report); err != nil || code != 1 || report.OK {
		t.Fatalf("exit code %d, %v:\n%s", code, err, out)
	}
	red := map[string]bool{}
	for _, f := range report.Findings {
		if f.Level != "bad" {
			continue
		}
		red[f.Name] = true
		if f.Text == "" || f.Fix == "" || !strings.HasPrefix(f.Link, "http") {
			t.Errorf("%+v", f)
		}
	}
	for _, name := range []string{"scope_recall", "scope_send", "events", "redis_aof"} {
		if !red[name] {
			t.Errorf("%s is not found", name)
		}
		delete(red, name)
		w.poll("the start reports "+name, func() bool { return strings.Contains(w.log.String(), `"finding":"`+name+`"`) })
	}
	if len(red) > 0 {
		t.Errorf("found too: %v", red)
	}

	w.set("FEISHU_ENCRYPT_KEY", "another key")
	w.wantOutput(1, []string{"doctor"}, "❌ "+w.balancer.url+" answers (HTTP 401)")
}

// TestDoctorOfAChat checks who may recall and why, on the command line and in the chat.
func TestDoctorOfAChat(t *testing.T) {
	t.Parallel()
	w := newEnv(t, envOptions{redis: true})
	w.set("POLICY_MODERATORS", "ou_a_moderator")
	w.set("HOOKS_JOBS_URL", w.newReceiver().url)
	olga, mia := w.AddUser("Olga"), w.AddUser("Mia")
	chat, err := w.AddChat(sandbox.ChatSpec{Name: "Launch", Owner: olga.OpenID, Managers: []string{mia.OpenID}})
	if err != nil {
		t.Fatal(err)
	}
	w.start(1)
	w.wantOutput(0, []string{"doctor", "--chat", chat}, "✅ I am in this chat", "✅ I am a plain member", "the owner may recall: "+olga.OpenID,
		"admins may recall: "+mia.OpenID, "moderators may recall: ou_a_moderator", "rule author", "nobody else may", "hooks.jobs.url")
	w.wantOutput(1, []string{"doctor", "--chat", "oc_of_nobody"}, "❌ I am not in this chat")

	if _, err := w.Say(sandbox.SaySpec{Chat: chat, From: olga.OpenID, Text: "/recall doctor"}); err != nil {
		t.Fatal(err)
	}
	w.await("the bot answers", func(s sandbox.State) bool {
		for _, m := range s.Messages(chat) {
			said := messageText(m)
			if m.Ephemeral == olga.OpenID && strings.Contains(said, "Everything is fine here") {
				return !strings.Contains(said, "Redis")
			}
		}
		return false
	})
	w.close()
}

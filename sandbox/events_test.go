package sandbox_test

import (
	"crypto/sha256"
	"encoding/hex"
	"regexp"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"recallbot/sandbox"
)

func TestMessageEvent(t *testing.T) {
	t.Parallel()
	s := open(t, sandbox.Config{EncryptKey: "a key of the sandbox"})
	h := listen(t, s)
	post := s.post(sandbox.PostSpec{Text: "wrong"})
	at := time.UnixMilli(1717050000123)
	id := s.say(sandbox.SaySpec{Text: "@RecallBot /recall", MentionBot: true, ReplyTo: post, At: at})
	s.waitDeliveries(1)

	got := h.events("im.message.receive_v1")
	if len(got) != 1 {
		t.Fatalf("%d events, want 1", len(got))
	}
	want := map[string]any{
		"sender": map[string]any{
			"sender_id":   map[string]any{"union_id": s.owner.UnionID, "open_id": s.owner.OpenID},
			"sender_type": "user", "tenant_key": got[0].Header.TenantKey,
		},
		"message": map[string]any{
			"message_id": id, "root_id": post, "parent_id": post, "chat_id": s.chat, "chat_type": "group",
			"create_time": "1717050000123", "update_time": "1717050000123", "message_type": "text",
			"content": `{"text":"@_user_1 /recall"}`,
			"mentions": []any{map[string]any{
				"key": "@_user_1", "name": "RecallBot", "mentioned_type": "bot", "tenant_key": got[0].Header.TenantKey,
				"id": map[string]any{"union_id": "", "open_id": s.Bot().OpenID},
			}},
		},
	}
	if diff := cmp.Diff(want, got[0].Event); diff != "" {
		t.Errorf("event (-want +got):\n%s", diff)
	}
	cfg := s.Config()
	if e := got[0]; e.Schema != "2.0" || e.Header.Token != cfg.VerificationToken || e.Header.AppID != cfg.AppID ||
		!regexp.MustCompile(`^\d{13}$`).MatchString(e.Header.CreateTime) {
		t.Errorf("header = %+v", e.Header)
	}
	head := got[0].header
	sum := sha256.Sum256([]byte(head.Get("X-Lark-Request-Timestamp") + head.Get("X-Lark-Request-Nonce") +
		cfg.EncryptKey + string(got[0].raw)))
	if head.Get("X-Lark-Signature") != hex.EncodeToString(sum[:]) {
		t.Error("signature does not fit the bytes")
	}
	if sec, err := strconv.ParseInt(head.Get("X-Lark-Request-Timestamp"), 10, 64); err != nil || time.Since(time.Unix(sec, 0)) > time.Minute {
		t.Errorf("timestamp = %q", head.Get("X-Lark-Request-Timestamp"))
	}
}

func TestReceiveScopes(t *testing.T) {
	t.Parallel()
	const (
		p2p      = "im:message.p2p_msg:readonly"
		at       = "im:message.group_at_msg:readonly"
		all      = "im:message.group_msg"
		atBots   = "im:message.group_at_msg.include_bot:readonly"
		allBots  = "im:message.group_msg.include_bot:read"
		toBot    = "@RecallBot hi"
		mentions = true
	)
	tests := []struct {
		name, scope string
		say         func(s *site)
		want        int
	}{
		{"group, nothing granted", "im:chat", func(s *site) { s.say(sandbox.SaySpec{Text: "hi", MentionBot: mentions}) }, 0},
		{"group, at, no mention", at, func(s *site) { s.say(sandbox.SaySpec{Text: "hi"}) }, 0},
		{"group, at, mention", at, func(s *site) { s.say(sandbox.SaySpec{Text: "hi", MentionBot: mentions}) }, 1},
		{"group, at, other mentioned", at, func(s *site) { s.say(sandbox.SaySpec{Text: "hi", Mentions: []string{s.member.OpenID}}) }, 0},
		{"group, all", all, func(s *site) { s.say(sandbox.SaySpec{Text: "hi"}) }, 1},
		{"other bot, all", all, func(s *site) { s.post(sandbox.PostSpec{App: s.other.ID, Text: toBot}) }, 0},
		{"other bot mentions, at with bots", atBots, func(s *site) { s.post(sandbox.PostSpec{App: s.other.ID, Text: toBot}) }, 1},
		{"other bot, at with bots, no mention", atBots, func(s *site) { s.post(sandbox.PostSpec{App: s.other.ID, Text: "hi"}) }, 0},
		{"other bot, all with bots", allBots, func(s *site) { s.post(sandbox.PostSpec{App: s.other.ID, Text: "hi"}) }, 1},
		{"own post", allBots, func(s *site) { s.post(sandbox.PostSpec{Text: toBot}) }, 0},
		{"p2p with group scope", all, func(s *site) {
			s.say(sandbox.SaySpec{Chat: s.group(sandbox.ChatSpec{Mode: sandbox.P2P, Owner: s.owner.OpenID}), Text: "hi"})
		}, 0},
		{"p2p", p2p, func(s *site) {
			s.say(sandbox.SaySpec{Chat: s.group(sandbox.ChatSpec{Mode: sandbox.P2P, Owner: s.owner.OpenID}), Text: "hi"})
		}, 1},
		{"bot not in the group", all, func(s *site) {
			s.say(sandbox.SaySpec{Chat: s.group(sandbox.ChatSpec{Owner: s.owner.OpenID, WithoutBot: true}), Text: "hi"})
		}, 0},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			s := open(t, sandbox.Config{Scopes: []string{tc.scope}})
			h := listen(t, s)
			tc.say(s)
			s.waitState("idle", sandbox.State.Idle)
			if got := len(h.events("im.message.receive_v1")); got != tc.want {
				t.Errorf("%d events, want %d", got, tc.want)
			}
		})
	}
}

func TestTopicRoots(t *testing.T) {
	t.Parallel()
	s := open(t, sandbox.Config{})
	root := s.post(sandbox.PostSpec{Text: "root"})
	plain := s.say(sandbox.SaySpec{Text: "quoting", ReplyTo: root})
	deeper := s.say(sandbox.SaySpec{Text: "quoting the quote", ReplyTo: plain})
	first := s.say(sandbox.SaySpec{Text: "opens a topic", ReplyTo: root, Thread: true})
	second := s.say(sandbox.SaySpec{Text: "lands in it", ReplyTo: first})
	quote := s.say(sandbox.SaySpec{Text: "names the message", ReplyTo: first, Quote: true})

	thread := mustMessage(t, s, root).Thread
	if thread == "" {
		t.Fatal("the root has no thread")
	}
	for _, tc := range []struct{ name, id, root, parent, thread string }{
		{"root", root, "", "", thread},
		{"quote", plain, root, root, ""},
		{"quote of a quote", deeper, root, plain, ""},
		{"first in topic", first, root, root, thread},
		{"second in topic", second, root, root, thread},
		{"quote in topic", quote, root, first, thread},
	} {
		m := mustMessage(t, s, tc.id)
		if m.Root != tc.root || m.Parent != tc.parent || m.Thread != tc.thread {
			t.Errorf("%s: root %q parent %q thread %q, want %q %q %q", tc.name, m.Root, m.Parent, m.Thread, tc.root, tc.parent, tc.thread)
		}
	}
	topics := s.group(sandbox.ChatSpec{Mode: sandbox.Topic, Owner: s.owner.OpenID})
	if m := mustMessage(t, s, s.say(sandbox.SaySpec{Chat: topics, Text: "x"})); m.Thread == "" || m.Root != "" {
		t.Errorf("a message of a topic group: thread %q, root %q", m.Thread, m.Root)
	}
}

func mustMessage(t *testing.T, s *site, id string) sandbox.Message {
	t.Helper()
	m, ok := s.Message(id)
	if !ok {
		t.Fatalf("no message %s", id)
	}
	return m
}

func TestReactionAndRecallEvents(t *testing.T) {
	t.Parallel()
	s := open(t, sandbox.Config{})
	h := listen(t, s)
	post := s.post(sandbox.PostSpec{Text: "x"})
	s.must(s.React(s.owner.OpenID, post, "CrossMark"))
	s.must(s.React(s.owner.OpenID, post, "CrossMark")) // again: no event
	s.must(s.ReactAsApp("", post, "DONE"))
	s.must(s.Unreact(s.owner.OpenID, post, "CrossMark"))
	if err := s.React(s.owner.OpenID, post, "CROSSMARK"); err == nil {
		t.Error("a misspelt emoji was taken")
	}
	s.must(s.RecallAs(s.manager.OpenID, post))
	s.waitDeliveries(4)

	created := h.events("im.message.reaction.created_v1")
	if len(created) != 2 {
		t.Fatalf("%d reactions told, want 2", len(created))
	}
	person, app := created[0].Event, created[1].Event
	delete(person, "action_time")
	want := map[string]any{
		"message_id": post, "reaction_type": map[string]any{"emoji_type": "CrossMark"}, "operator_type": "user",
		"user_id": map[string]any{"union_id": s.owner.UnionID, "open_id": s.owner.OpenID},
	}
	if diff := cmp.Diff(want, person); diff != "" {
		t.Errorf("reaction (-want +got):\n%s", diff)
	}
	if app["operator_type"] != "app" || app["app_id"] != s.Bot().ID || app["user_id"] != nil {
		t.Errorf("app's reaction = %v", app)
	}
	if got := h.events("im.message.reaction.deleted_v1"); len(got) != 1 {
		t.Errorf("%d removals told, want 1", len(got))
	}
	recalled := h.events("im.message.recalled_v1")
	if len(recalled) != 1 || recalled[0].Event["recall_type"] != "group_manager" || recalled[0].Event["chat_id"] != s.chat {
		t.Errorf("recalled = %v", recalled)
	}
}

func TestChatEvents(t *testing.T) {
	t.Parallel()
	s := open(t, sandbox.Config{})
	h := listen(t, s)
	s.must(s.SetOwner(s.chat, s.member.OpenID))
	s.must(s.AddManager(s.chat, s.owner.OpenID)) // no event
	s.must(s.RemoveMember(s.chat, s.manager.OpenID))
	s.must(s.RemoveBot(s.chat, s.other.ID)) // event for the removed bot only
	s.must(s.RemoveBot(s.chat, s.Bot().ID))
	s.must(s.AddBot(s.chat, s.Bot().ID))
	quiet := s.group(sandbox.ChatSpec{Owner: s.owner.OpenID})
	s.must(s.Disband(quiet, true)) // no event with keepHistory
	s.must(s.Disband(s.chat, false))
	s.waitDeliveries(5)

	updated := h.events("im.chat.updated_v1")
	if len(updated) != 1 {
		t.Fatalf("%d updates, want 1", len(updated))
	}
	after, _ := updated[0].Event["after_change"].(map[string]any)
	if owner, _ := after["owner_id"].(map[string]any); owner["open_id"] != s.member.OpenID {
		t.Errorf("after_change = %v", after)
	}
	for kind, want := range map[string]int{
		"im.chat.member.user.deleted_v1": 1, "im.chat.member.bot.deleted_v1": 1,
		"im.chat.member.bot.added_v1": 1, "im.chat.disbanded_v1": 1,
	} {
		if got := h.events(kind); len(got) != want || got[0].Event["chat_id"] != s.chat {
			t.Errorf("%s: %d, want %d", kind, len(got), want)
		}
	}
	if total := len(s.Deliveries()); total != 5 {
		t.Errorf("%d events in all, want 5", total)
	}
}

package sandbox_test

import (
	"testing"
	"time"

	"recallbot/sandbox"
)

// TestRecallCodes causes every code of the recall API's documentation.
func TestRecallCodes(t *testing.T) {
	t.Parallel()
	day := 24 * time.Hour
	text := func(s *site) string { return s.post(sandbox.PostSpec{Text: "hello"}) }
	tests := []struct {
		name string
		make func(s *site) string // returns the message to recall
		want int
	}{
		{"own post", text, 0},
		{"own post just inside the window", func(s *site) string {
			return s.post(sandbox.PostSpec{Text: "x", At: time.Now().Add(-day + time.Minute)})
		}, 0},
		{"other's post as manager", func(s *site) string {
			s.must(s.AddManager(s.chat, s.Bot().ID))
			return s.post(sandbox.PostSpec{App: s.other.ID, Text: "spam", At: time.Now().Add(-364 * day)})
		}, 0},
		{"person's message as owner", func(s *site) string {
			s.must(s.SetOwner(s.chat, s.Bot().ID))
			return s.say(sandbox.SaySpec{Text: "hi"})
		}, 0},
		{"person's message as creator", func(s *site) string {
			chat := s.group(sandbox.ChatSpec{Owner: s.owner.OpenID, CreatorApp: s.Bot().ID})
			return s.say(sandbox.SaySpec{Chat: chat, Text: "hi"})
		}, 0},
		{"unknown message", func(*site) string { return "om_00000000000000000000000000000000" }, 230001},
		{"not a message id", func(*site) string { return "bm-1" }, 99992354},
		{"bot outside", func(s *site) string {
			id := text(s)
			s.must(s.RemoveBot(s.chat, s.Bot().ID))
			return id
		}, 230002},
		{"bot ability off", func(s *site) string {
			s.SetBotAbility(false)
			return text(s)
		}, 230006},
		{"own post too old", func(s *site) string {
			return s.post(sandbox.PostSpec{Text: "x", At: time.Now().Add(-day - time.Minute)})
		}, 230009},
		{"other's post over a year", func(s *site) string {
			s.must(s.AddManager(s.chat, s.Bot().ID))
			return s.post(sandbox.PostSpec{App: s.other.ID, Text: "x", At: time.Now().Add(-366 * day)})
		}, 230009},
		{"recall forbidden in the tenant", func(s *site) string {
			s.SetRecallWindow(0)
			return text(s)
		}, 230009},
		{"person out of reach", func(s *site) string {
			chat := s.group(sandbox.ChatSpec{Mode: sandbox.P2P, Owner: s.member.OpenID})
			s.SetReachable(s.member.OpenID, false)
			return s.post(sandbox.PostSpec{Chat: chat, Text: "x"})
		}, 230013},
		{"other's post without rank", func(s *site) string {
			return s.post(sandbox.PostSpec{App: s.other.ID, Text: "x"})
		}, 230026},
		{"person's message in p2p", func(s *site) string {
			chat := s.group(sandbox.ChatSpec{Mode: sandbox.P2P, Owner: s.member.OpenID})
			return s.say(sandbox.SaySpec{Chat: chat, From: s.member.OpenID, Text: "x"})
		}, 230026},
		{"external group without sharing", func(s *site) string {
			chat := s.group(sandbox.ChatSpec{Owner: s.owner.OpenID, External: true})
			s.SetExternalSharing(false)
			return s.post(sandbox.PostSpec{Chat: chat, Text: "x"})
		}, 230027},
		{"invisible", func(s *site) string {
			id := text(s)
			s.must(s.SetVisible(id, false))
			return id
		}, 230050},
		{"system message", func(s *site) string {
			s.must(s.AddManager(s.chat, s.Bot().ID))
			return s.say(sandbox.SaySpec{Type: "system", Content: `{"template":"joined"}`})
		}, 230054},
		{"red packet", func(s *site) string {
			s.must(s.AddManager(s.chat, s.Bot().ID))
			return s.say(sandbox.SaySpec{Type: "hongbao", Content: `{"text":"[hongbao]"}`})
		}, 230054},
		{"recalled already", func(s *site) string {
			id := text(s)
			s.must(s.RecallAs(s.owner.OpenID, id))
			return id
		}, 230110},
		{"dissolved", func(s *site) string {
			id := text(s)
			s.must(s.Disband(s.chat, false))
			return id
		}, 232009},
		{"no scope", func(s *site) string {
			for _, scope := range s.Scopes() {
				s.Revoke(scope)
			}
			return text(s)
		}, 99991672},
		{"revoked token", func(s *site) string {
			s.token = s.login()
			s.RevokeTokens()
			return text(s)
		}, 99991663},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			s := open(t, sandbox.Config{})
			id := tc.make(s)
			got := s.call("DELETE", "/open-apis/im/v1/messages/"+id, nil)
			if got.Code != tc.want {
				t.Fatalf("code = %d (%s), want %d", got.Code, got.Msg, tc.want)
			}
			if wantStatus := map[bool]int{true: 200, false: 400}[tc.want == 0]; got.status != wantStatus {
				t.Errorf("status = %d, want %d", got.status, wantStatus)
			}
			if got.header.Get("X-Tt-Logid") == "" || got.header.Get("Content-Type") != "application/json; charset=utf-8" {
				t.Errorf("headers = %v", got.header)
			}
			m, known := s.Message(id)
			gone := known && m.Deleted && m.RecalledBy == s.Bot().ID
			if gone != (tc.want == 0) {
				t.Errorf("recalled by the bot = %v", gone)
			}
		})
	}
}

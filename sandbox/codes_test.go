package sandbox_test

import (
	"testing"

	"recallbot/sandbox"
)

// TestOtherCodes causes the codes that no other test covers.
func TestOtherCodes(t *testing.T) {
	t.Parallel()
	edit := map[string]string{"msg_type": "text", "content": `{"text":"y"}`}
	tests := []struct {
		name   string
		call   func(s *site) reply
		status int
		want   int
	}{
		{"batch without content", func(s *site) reply {
			return s.call("POST", "/open-apis/message/v4/batch_send/", map[string]any{"open_ids": []string{s.owner.OpenID}, "msg_type": "text"})
		}, 200, 10002},
		{"edit another's message", func(s *site) reply {
			return s.call("PUT", messagesPath+"/"+s.say(sandbox.SaySpec{Text: "x"}), edit)
		}, 400, 230071},
		{"the 21st edit", func(s *site) reply {
			id := s.post(sandbox.PostSpec{Text: "x"})
			for range 20 {
				if r := s.call("PUT", messagesPath+"/"+id, edit); r.Code != 0 {
					s.t.Fatalf("edit: %d", r.Code)
				}
			}
			return s.call("PUT", messagesPath+"/"+id, edit)
		}, 400, 230072},
		{"history of a hidden topic", func(s *site) reply {
			root := s.post(sandbox.PostSpec{Text: "x"})
			s.say(sandbox.SaySpec{Text: "y", ReplyTo: root, Thread: true})
			s.must(s.SetVisible(root, false))
			return s.call("GET", messagesPath+"?container_id_type=thread&container_id="+mustMessage(s.t, s, root).Thread, nil)
		}, 400, 230073},
		{"history without the group scope", func(s *site) reply {
			s.Revoke("im:message.group_msg")
			return s.call("GET", messagesPath+"?container_id_type=chat&container_id="+s.chat, nil)
		}, 400, 230027},
		{"reaction on a system message", func(s *site) reply {
			id := s.say(sandbox.SaySpec{Type: "system", Content: `{}`})
			return s.call("POST", messagesPath+"/"+id+"/reactions", map[string]any{"reaction_type": map[string]string{"emoji_type": "OK"}})
		}, 400, 231017},
		{"members of a group without the bot", func(s *site) reply {
			s.must(s.RemoveBot(s.chat, s.Bot().ID))
			return s.call("GET", chatsPath+s.chat+"/members", nil)
		}, 400, 232011},
		{"external chat without sharing", func(s *site) reply {
			s.SetExternalSharing(false)
			return s.call("GET", chatsPath+s.group(sandbox.ChatSpec{Owner: s.owner.OpenID, External: true}), nil)
		}, 400, 232033},
		{"the 11th manager", func(s *site) reply {
			s.must(s.SetOwner(s.chat, s.Bot().ID))
			var ids []string
			for range 10 {
				u := s.AddUser("Helper").OpenID
				s.must(s.AddMember(s.chat, u))
				ids = append(ids, u)
			}
			return s.call("POST", chatsPath+s.chat+"/managers/add_managers", map[string]any{"manager_ids": ids})
		}, 400, 232040},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			s := open(t, sandbox.Config{})
			if got := tc.call(s); got.Code != tc.want || got.status != tc.status {
				t.Errorf("%d %d (%s), want %d %d", got.status, got.Code, got.Msg, tc.status, tc.want)
			}
		})
	}
}

func TestIDStyles(t *testing.T) {
	t.Parallel()
	for style, length := range map[sandbox.IDStyle]int{sandbox.IDClassic: 35, sandbox.IDNew: 35, sandbox.IDLong: 67} {
		s := open(t, sandbox.Config{IDStyle: style})
		id := s.post(sandbox.PostSpec{Text: "x"})
		if len(id) != length || id[:3] != "om_" {
			t.Errorf("style %d: %s", style, id)
		}
		if got := s.call("DELETE", messagesPath+"/"+id, nil); got.Code != 0 {
			t.Errorf("style %d: recall %d", style, got.Code)
		}
	}
}

func TestMuteOwnRecall(t *testing.T) {
	t.Parallel()
	for _, mute := range []bool{false, true} {
		s := open(t, sandbox.Config{MuteOwnRecall: mute})
		h := listen(t, s)
		s.call("DELETE", messagesPath+"/"+s.post(sandbox.PostSpec{Text: "x"}), nil)
		s.waitState("idle", sandbox.State.Idle)
		if got := len(h.events("im.message.recalled_v1")); got != map[bool]int{false: 1}[mute] {
			t.Errorf("mute %v: %d events", mute, got)
		}
	}
}

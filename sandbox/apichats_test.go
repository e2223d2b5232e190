package sandbox_test

import (
	"testing"
	"time"

	"recallbot/sandbox"
)

const chatsPath = "/open-apis/im/v1/chats/"

func TestGetChat(t *testing.T) {
	t.Parallel()
	s := open(t, sandbox.Config{})
	s.must(s.AddManager(s.chat, s.Bot().ID))
	r := s.call("GET", chatsPath+s.chat+"?user_id_type=union_id", nil)
	managers, _ := r.field("user_manager_id_list").([]any)
	bots, _ := r.field("bot_manager_id_list").([]any)
	if r.field("owner_id") != s.owner.UnionID || len(managers) != 1 || managers[0] != s.manager.UnionID || bots[0] != s.Bot().ID {
		t.Errorf("chat = %s", r.Data)
	}
	if r.field("user_count") != "3" || r.field("bot_count") != "2" || r.field("chat_mode") != "group" {
		t.Errorf("counts are strings: %s", r.Data)
	}
	s.must(s.SetOwner(s.chat, s.other.ID))
	p2p := s.group(sandbox.ChatSpec{Mode: sandbox.P2P, Owner: s.owner.OpenID})
	outside := s.group(sandbox.ChatSpec{Owner: s.owner.OpenID, WithoutBot: true})
	for name, chat := range map[string]string{"bot owner": s.chat, "p2p": p2p, "not a member": outside} {
		r := s.call("GET", chatsPath+chat, nil)
		if r.Code != 0 || r.field("owner_id") != nil || r.field("owner_id_type") != nil {
			t.Errorf("%s: %s", name, r.Data)
		}
		if (r.field("chat_mode") == nil) != (chat == outside) {
			t.Errorf("%s: chat_mode %v", name, r.field("chat_mode"))
		}
	}
	if r := s.call("GET", chatsPath+"oc_nowhere", nil); r.Code != 232006 {
		t.Errorf("unknown chat: %d", r.Code)
	}
	s.must(s.Disband(s.chat, true))
	if r := s.call("GET", chatsPath+s.chat, nil); r.field("chat_status") != "dissolved_save" {
		t.Errorf("dissolved: %s", r.Data)
	}
}

func TestMembersAndManagers(t *testing.T) {
	t.Parallel()
	s := open(t, sandbox.Config{})
	r := s.call("GET", chatsPath+s.chat+"/members?page_size=2", nil)
	items, _ := r.field("items").([]any)
	if len(items) != 2 || r.field("has_more") != true || r.field("member_total") != 3.0 {
		t.Errorf("members = %s", r.Data)
	}
	if r := s.call("GET", chatsPath+s.chat+"/members/is_in_chat", nil); r.field("is_in_chat") != true {
		t.Errorf("is_in_chat = %s", r.Data)
	}
	promote := map[string]any{"manager_ids": []string{s.Bot().ID}}
	if r := s.call("POST", chatsPath+s.chat+"/managers/add_managers", promote); r.Code != 232038 {
		t.Errorf("a member bot promotes itself: %d", r.Code)
	}
	s.must(s.SetOwner(s.chat, s.Bot().ID))
	promote["manager_ids"] = []string{s.member.OpenID}
	if r := s.call("POST", chatsPath+s.chat+"/managers/add_managers", promote); r.Code != 0 {
		t.Errorf("the owner bot promotes: %d", r.Code)
	}
	if c, _ := s.Chat(s.chat); len(c.Managers) != 2 {
		t.Errorf("managers = %v", c.Managers)
	}
	list := s.call("GET", "/open-apis/im/v1/chats?page_size=100", nil)
	if items, _ := list.field("items").([]any); len(items) != 1 {
		t.Errorf("list = %s", list.Data)
	}
}

func TestPinsAPI(t *testing.T) {
	t.Parallel()
	s := open(t, sandbox.Config{})
	mine, hers := s.post(sandbox.PostSpec{Text: "x"}), s.say(sandbox.SaySpec{Text: "y"})
	if r := s.call("POST", "/open-apis/im/v1/pins", map[string]string{"message_id": mine}); r.field("pin", "message_id") != mine {
		t.Errorf("pin = %s", r.Data)
	}
	s.must(s.Pin(s.owner.OpenID, hers))
	r := s.call("GET", "/open-apis/im/v1/pins?chat_id="+s.chat, nil)
	if items, _ := r.field("items").([]any); len(items) != 2 {
		t.Errorf("pins = %s", r.Data)
	}
	if r := s.call("DELETE", "/open-apis/im/v1/pins/"+hers, nil); r.Code != 0 || mustMessage(t, s, hers).Pinned {
		t.Errorf("unpin: %d", r.Code)
	}
	s.call("DELETE", messagesPath+"/"+mine, nil)
	if mustMessage(t, s, mine).Pinned {
		t.Error("a recalled message is still pinned")
	}
}

func TestDoctorAPIs(t *testing.T) {
	t.Parallel()
	s := open(t, sandbox.Config{})
	s.Revoke("im:message:recall")
	s.Subscribe("im.message.recalled_v1", false)
	r := s.call("GET", "/open-apis/application/v6/scopes", nil)
	scopes, _ := r.field("scopes").([]any)
	granted := map[any]any{}
	for _, item := range scopes {
		one, _ := item.(map[string]any)
		granted[one["scope_name"]] = one["grant_status"]
	}
	if granted["im:message:recall"] != 2.0 || granted["im:message"] != 1.0 {
		t.Errorf("scopes = %s", r.Data)
	}
	v := s.call("GET", "/open-apis/application/v6/applications/me/app_versions?lang=zh_cn&page_size=2", nil)
	items, _ := v.field("items").([]any)
	version, _ := items[0].(map[string]any)
	events, _ := version["event_infos"].([]any)
	for _, e := range events {
		if one, _ := e.(map[string]any); one["event_type"] == "im.message.recalled_v1" {
			t.Error("an event that is not subscribed is listed")
		}
	}
	if len(events) < 5 || version["status"] != 1.0 {
		t.Errorf("version = %v", version)
	}
	info := s.call("GET", "/open-apis/bot/v3/info", nil)
	if bot, _ := info.raw["bot"].(map[string]any); bot["open_id"] != s.Bot().OpenID || bot["activate_status"] != 2.0 {
		t.Errorf("info = %v", info.raw)
	}
	app := s.call("GET", "/open-apis/application/v6/applications/"+s.Bot().ID+"?lang=zh_cn", nil)
	if app.field("app", "status") != 1.0 {
		t.Errorf("app = %s", app.Data)
	}
}

func TestBatch(t *testing.T) {
	t.Parallel()
	s := open(t, sandbox.Config{BatchStep: 300 * time.Millisecond})
	var private []string
	for _, user := range []sandbox.User{s.owner, s.member} {
		private = append(private, s.group(sandbox.ChatSpec{Mode: sandbox.P2P, Owner: user.OpenID}))
	}
	r := s.call("POST", "/open-apis/message/v4/batch_send/", map[string]any{
		"open_ids": []string{s.owner.OpenID, s.member.OpenID, "ou_nobody"}, "msg_type": "text",
		"content": map[string]string{"text": "all"},
	})
	id, _ := r.field("message_id").(string)
	if invalid, _ := r.field("invalid_open_ids").([]any); id == "" || len(invalid) != 1 {
		t.Fatalf("batch = %s", r.Data)
	}
	if got := s.call("POST", "/open-apis/message/v4/batch_send/", map[string]any{"msg_type": "text", "content": map[string]string{"text": "x"}}); got.status != 200 || got.Code != 10003 {
		t.Errorf("to nobody: %d %d", got.status, got.Code)
	}
	if got := s.call("DELETE", messagesPath+"/"+id, nil); got.Code != 99992354 {
		t.Errorf("recalled as a message: %d", got.Code)
	}
	path := "/open-apis/im/v1/batch_messages/"
	if got := s.call("DELETE", path+id, nil); got.Code != 0 {
		t.Errorf("recall: %d", got.Code)
	}
	progress := func() reply { return s.call("GET", path+id+"/get_progress", nil) }
	if now := progress(); now.field("batch_message_recall_progress", "recall") != true || now.field("batch_message_recall_progress", "recall_count") != 0.0 {
		t.Errorf("right after the answer: %s", now.Data)
	}
	s.waitState("all gone", func(st sandbox.State) bool {
		return st.Messages(private[0])[0].Deleted && st.Messages(private[1])[0].Deleted
	})
	if then := progress(); then.field("batch_message_recall_progress", "recall_count") != 2.0 {
		t.Errorf("at the end: %s", then.Data)
	}
	if read := s.call("GET", path+id+"/read_user", nil); read.field("read_user", "total_count") != "2" {
		t.Errorf("read = %s", read.Data)
	}
	if got := s.call("DELETE", path+"bm-nothing", nil); got.Code != 230030 {
		t.Errorf("unknown batch: %d", got.Code)
	}
}

package sandbox_test

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"recallbot/sandbox"
)

// keys are the field names in the data of a response, sorted.
func (r reply) keys(path ...string) []string {
	v, _ := r.field(path...).(map[string]any)
	return slices.Sorted(maps.Keys(v))
}

func (r reply) items() []map[string]any {
	list, _ := r.field("items").([]any)
	var out []map[string]any
	for _, v := range list {
		m, _ := v.(map[string]any)
		out = append(out, m)
	}
	return out
}

func TestChatFields(t *testing.T) {
	t.Parallel()
	s := open(t, sandbox.Config{})
	want := strings.Fields(`add_member_permission at_all_permission avatar bot_count bot_manager_id_list chat_mode chat_status chat_tag
		chat_type description edit_permission external group_message_type hide_member_count_setting i18n_names
		join_message_visibility leave_message_visibility membership_approval moderation_permission name owner_id owner_id_type
		restricted_mode_setting share_card_permission tenant_key urgent_setting user_count user_manager_id_list
		video_conference_setting`)
	got := s.call("GET", chatsPath+s.chat, nil)
	if !slices.Equal(got.keys(), want) {
		t.Errorf("a member sees %v", got.keys())
	}
	if got := got.keys("restricted_mode_setting"); len(got) != 4 {
		t.Errorf("restricted mode: %v", got)
	}
	bots := s.group(sandbox.ChatSpec{Owner: s.Bot().ID})
	if got := s.call("GET", chatsPath+bots, nil).keys(); slices.Contains(got, "owner_id") || slices.Contains(got, "owner_id_type") {
		t.Errorf("a bot's group names its owner: %v", got)
	}
	away := s.group(sandbox.ChatSpec{Owner: s.owner.OpenID, WithoutBot: true})
	if got := s.call("GET", chatsPath+away, nil).keys(); !slices.Equal(got, []string{"avatar", "bot_count", "chat_status", "name", "user_count"}) {
		t.Errorf("from outside: %v", got)
	}
}

func TestApplicationFields(t *testing.T) {
	t.Parallel()
	s := open(t, sandbox.Config{})
	got := s.call("GET", "/open-apis/application/v6/applications/me?lang=zh_cn", nil)
	for name := range strings.FieldsSeq(`app_id creator_id status scene_type payment_type redirect_urls online_version_id unaudit_version_id
		app_name avatar_url description scopes back_home_url i18n primary_language common_categories owner mobile_default_ability
		pc_default_ability`) {
		if !slices.Contains(got.keys("app"), name) {
			t.Errorf("no %s in %v", name, got.keys("app"))
		}
	}
}

// Each id type parameter has an effect in every API.
func TestIDTypes(t *testing.T) {
	t.Parallel()
	s := open(t, sandbox.Config{})
	id := s.say(sandbox.SaySpec{Text: "@Mia hi", ByName: true})
	s.must(s.React(s.owner.OpenID, id, "OK"))
	for kind, want := range map[string]string{"": s.owner.OpenID, "open_id": s.owner.OpenID, "union_id": s.owner.UnionID, "user_id": s.owner.UserID} {
		q := map[string]string{"": ""}[kind]
		if kind != "" {
			q = "&user_id_type=" + kind
		}
		sender := func(r reply) any { return r.items()[0]["sender"].(map[string]any)["id"] }
		for name, got := range map[string]any{
			"get":       sender(s.call("GET", messagesPath+"/"+id+"?"+q, nil)),
			"list":      sender(s.call("GET", messagesPath+"?container_id_type=chat&container_id="+s.chat+q, nil)),
			"chat":      s.call("GET", chatsPath+s.chat+"?"+q, nil).field("owner_id"),
			"chats":     s.call("GET", "/open-apis/im/v1/chats?"+q, nil).items()[0]["owner_id"],
			"reactions": s.call("GET", messagesPath+"/"+id+"/reactions?"+q, nil).items()[0]["operator"].(map[string]any)["operator_id"],
			"members":   s.call("GET", chatsPath+s.chat+"/members?"+strings.Replace(q, "user_id_type", "member_id_type", 1), nil).items()[0]["member_id"],
		} {
			if got != want {
				t.Errorf("%s by %q: %v, want %s", name, kind, got, want)
			}
		}
	}
	mention := s.call("GET", messagesPath+"/"+id+"?user_id_type=user_id", nil).items()[0]["mentions"].([]any)[0].(map[string]any)
	if mention["id"] != s.member.UserID || mention["id_type"] != "user_id" {
		t.Errorf("mention: %v", mention)
	}
	to := func(kind, id string) reply {
		return s.call("POST", messagesPath+"?receive_id_type="+kind, text(id, "x"))
	}
	if a, b := to("email", s.owner.Email), to("user_id", s.owner.UserID); a.Code != 0 || b.Code != 0 || a.field("chat_id") != b.field("chat_id") {
		t.Errorf("to a person by email %s, by user_id %s", a.text, b.text)
	}
}

func TestChatsAreSorted(t *testing.T) {
	t.Parallel()
	s := open(t, sandbox.Config{})
	second := s.group(sandbox.ChatSpec{Name: "second", Owner: s.owner.OpenID})
	s.say(sandbox.SaySpec{Text: "x"})
	order := func(sort string) (ids []any) {
		for _, chat := range s.call("GET", "/open-apis/im/v1/chats?sort_type="+sort, nil).items() {
			ids = append(ids, chat["chat_id"])
		}
		return ids
	}
	if a, b := order("ByCreateTimeAsc"), order("ByActiveTimeDesc"); a[0] != s.chat || b[0] != s.chat {
		t.Errorf("%v, %v", a, b)
	}
	s.say(sandbox.SaySpec{Chat: second, Text: "y", At: s.Now().Add(time.Minute)})
	if got := order("ByActiveTimeDesc"); got[0] != second {
		t.Errorf("by activity: %v", got)
	}
}

func TestEphemeralByEachID(t *testing.T) {
	t.Parallel()
	s := open(t, sandbox.Config{})
	for field, id := range map[string]string{"open_id": s.owner.OpenID, "user_id": s.owner.UserID, "email": s.owner.Email} {
		r := s.call("POST", "/open-apis/ephemeral/v1/send", map[string]any{
			"chat_id": s.chat, field: id, "msg_type": "interactive", "card": map[string]any{"elements": []any{}},
		})
		id, _ := r.field("message_id").(string)
		if r.Code != 0 || mustMessage(t, s, id).Ephemeral != s.owner.OpenID {
			t.Errorf("%s: %s", field, r.text)
		}
	}
}

func TestBatchByEachID(t *testing.T) {
	t.Parallel()
	s := open(t, sandbox.Config{Scopes: append(sandbox.DefaultScopes(), "im:message:send_multi_depts")})
	key := s.image()
	for name, body := range map[string]map[string]any{
		"text":  {"msg_type": "text", "content": map[string]string{"text": "x"}},
		"post":  {"msg_type": "post", "content": map[string]any{"post": map[string]any{"zh_cn": map[string]any{"content": [][]any{}}}}},
		"image": {"msg_type": "image", "content": map[string]string{"image_key": key}},
		"share": {"msg_type": "share_chat", "content": map[string]string{"share_chat_id": s.chat}},
		"card":  {"msg_type": "interactive", "card": map[string]any{"elements": []any{}}},
	} {
		body["open_ids"], body["user_ids"] = []string{s.owner.OpenID, "ou_x"}, []string{s.member.UserID, "u"}
		body["union_ids"], body["department_ids"] = []string{s.manager.UnionID, "on_x"}, []string{"od-x"}
		r := s.call("POST", "/open-apis/message/v4/batch_send/", body)
		id, _ := r.field("message_id").(string)
		if r.Code != 0 {
			t.Errorf("%s: %s", name, r.text)
		}
		for list, want := range map[string]string{"invalid_open_ids": "ou_x", "invalid_user_ids": "u", "invalid_union_ids": "on_x", "invalid_department_ids": "od-x"} {
			if got, _ := r.field(list).([]any); len(got) != 1 || got[0] != want {
				t.Errorf("%s: %s = %v", name, list, got)
			}
		}
		progress := s.call("GET", "/open-apis/im/v1/batch_messages/"+id+"/get_progress", nil)
		if got := progress.field("batch_message_send_progress", "success_user_ids_count"); got != 3.0 {
			t.Errorf("%s: %v were reached", name, got)
		}
	}
}

func TestAddAndRemoveMembers(t *testing.T) {
	t.Parallel()
	s := open(t, sandbox.Config{})
	s.must(s.AddManager(s.chat, s.Bot().ID))
	ids := func(list ...string) map[string][]string { return map[string][]string{"id_list": list} }
	path := chatsPath + s.chat + "/members"
	if r := s.call("DELETE", path+"?member_id_type=app_id", ids(s.other.ID, "cli_0123456789abcdef")); r.Code != 0 || len(r.field("invalid_id_list").([]any)) != 1 {
		t.Errorf("a bot goes: %s", r.text)
	}
	if r := s.call("DELETE", path+"?member_id_type=user_id", ids(s.member.UserID)); r.Code != 0 {
		t.Errorf("a person goes: %s", r.text)
	}
	if c, _ := s.Chat(s.chat); slices.Contains(c.Bots, s.other.ID) || slices.Contains(c.Members, s.member.OpenID) {
		t.Errorf("they are here: %+v", c)
	}
	if r := s.call("POST", path+"?member_id_type=app_id", ids(s.other.ID)); r.Code != 0 {
		t.Errorf("back again: %s", r.text)
	}
	creator := s.group(sandbox.ChatSpec{Owner: s.owner.OpenID, CreatorApp: s.Bot().ID, Members: []string{s.other.ID}})
	path = chatsPath + creator + "/members?member_id_type=app_id"
	if r := s.call("DELETE", path, ids(s.other.ID)); r.Code != 232014 {
		t.Errorf("the creator without im:chat:operate_as_owner: %s", r.text)
	}
	s.Grant("im:chat:operate_as_owner")
	if r := s.call("DELETE", path, ids(s.other.ID)); r.Code != 0 {
		t.Errorf("the creator: %s", r.text)
	}
	if r := s.call("DELETE", path, ids(s.Bot().ID)); r.Code != 0 {
		t.Errorf("one leaves by oneself: %s", r.text)
	}
}

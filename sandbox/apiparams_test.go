package sandbox_test

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"recallbot/sandbox"
)

// keys are the names in the data of an answer, sorted.
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

func TestChatsTellAllThatIsDocumented(t *testing.T) {
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

func TestApplicationsTellAllThatIsDocumented(t *testing.T) {
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

// Each parameter that says how people are named is followed, wherever it may be said.
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

func TestMembersComeAndGo(t *testing.T) {
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

func TestSearch(t *testing.T) {
	t.Parallel()
	s := open(t, sandbox.Config{Scopes: append(sandbox.DefaultScopes(), "search:message")})
	away := s.group(sandbox.ChatSpec{Owner: s.owner.OpenID, WithoutBot: true})
	s.say(sandbox.SaySpec{Chat: away, Text: "a secret sale"})
	person := s.say(sandbox.SaySpec{Text: "The Sale is on", At: time.Now().Add(-2 * time.Hour)})
	posted := s.post(sandbox.PostSpec{App: s.other.ID, Text: "sale"})
	s.must(s.RecallAs(s.owner.OpenID, s.say(sandbox.SaySpec{Text: "no sale"})))
	hour := time.Now().Add(-time.Hour).Format(time.RFC3339)
	for name, tc := range map[string]struct {
		filter map[string]any
		want   []string
	}{
		"all":         {nil, []string{posted, person}},
		"of bots":     {map[string]any{"from_types": []string{"bot"}}, []string{posted}},
		"not of bots": {map[string]any{"exclude_from_types": []string{"bot"}}, []string{person}},
		"by person":   {map[string]any{"from_ids": []string{s.owner.OpenID}}, []string{person}},
		"of late":     {map[string]any{"time_range": map[string]string{"start_time": hour}}, []string{posted}},
		"elsewhere":   {map[string]any{"chat_ids": []string{away}}, nil},
		"of two":      {map[string]any{"chat_type": "p2p"}, nil},
	} {
		r := s.call("POST", messagesPath+"/search", map[string]any{"query": "sale", "filter": tc.filter})
		var got []string
		for _, item := range r.items() {
			got = append(got, item["id"].(string))
		}
		if !slices.Equal(got, tc.want) || r.field("total") != float64(len(tc.want)) {
			t.Errorf("%s: %s", name, r.text)
		}
	}
	found := s.call("POST", messagesPath+"/search", map[string]any{"query": "sale"}).items()[1]
	if found["display_info"] != "The <h>Sale</h> is on" || found["meta_data"].(map[string]any)["from_id"] != s.owner.OpenID {
		t.Errorf("found: %v", found)
	}
}

func TestReactionsOfSeveral(t *testing.T) {
	t.Parallel()
	s := open(t, sandbox.Config{})
	id, gone := s.post(sandbox.PostSpec{Text: "x"}), s.post(sandbox.PostSpec{Text: "y"})
	for _, one := range []sandbox.User{s.owner, s.manager, s.member} {
		s.must(s.React(one.OpenID, id, "OK"))
	}
	s.must(s.React(s.owner.OpenID, id, "No"))
	s.must(s.RecallAs(s.owner.OpenID, gone))
	ask := func(token string) (out struct {
		Details []struct {
			HasMore   bool   `json:"has_more"`
			PageToken string `json:"page_token"`
			Items     []any  `json:"message_reaction_items"`
		} `json:"success_msg_reaction_details"`
		Counts []struct {
			Counts []struct{ Count string } `json:"reaction_count"`
		} `json:"success_msg_reaction_counts"`
		Failures []struct {
			Reason string `json:"fail_reason"`
		} `json:"fail_msg_reaction_details"`
	},
	) {
		r := s.call("POST", messagesPath+"/reactions/batch_query", map[string]any{
			"page_size_per_message": 3, "queries": []map[string]string{{"message_id": id, "page_token": token}, {"message_id": gone}, {"message_id": "om_0"}},
		})
		s.must(json.Unmarshal(r.Data, &out))
		return out
	}
	first := ask("")
	if len(first.Details) != 1 || len(first.Details[0].Items) != 3 || !first.Details[0].HasMore || first.Counts[0].Counts[0].Count != "3" {
		t.Errorf("first page: %+v", first)
	}
	if len(first.Failures) != 2 || first.Failures[0].Reason != "no_permission" || first.Failures[1].Reason != "invalid" {
		t.Errorf("failures: %+v", first.Failures)
	}
	if second := ask(first.Details[0].PageToken); len(second.Details[0].Items) != 1 || second.Details[0].HasMore {
		t.Errorf("second page: %+v", second)
	}
	if bad := ask("x"); bad.Failures[0].Reason != "invalid_page_token" {
		t.Errorf("a bad token: %+v", bad)
	}
}

func TestReaders(t *testing.T) {
	t.Parallel()
	s := open(t, sandbox.Config{})
	h := listen(t, s)
	id := s.post(sandbox.PostSpec{Text: "x"})
	s.must(s.Read(s.member.OpenID, id))
	s.must(s.Read(s.member.OpenID, id))
	r := s.call("GET", messagesPath+"/"+id+"/read_users?user_id_type=union_id", nil)
	if got := r.items(); len(got) != 1 || got[0]["user_id"] != s.member.UnionID || got[0]["user_id_type"] != "union_id" {
		t.Errorf("readers: %s", r.text)
	}
	direct := s.group(sandbox.ChatSpec{Mode: sandbox.P2P, Owner: s.owner.OpenID})
	told := s.post(sandbox.PostSpec{Chat: direct, Text: "y"})
	s.must(s.Read(s.owner.OpenID, told))
	s.settled(1)
	if events := h.events("im.message.message_read_v1"); len(events) != 1 || events[0].Event["message_id_list"].([]any)[0] != told {
		t.Errorf("events: %v", events)
	}
	if r := s.call("GET", messagesPath+"/"+s.post(sandbox.PostSpec{
		Text: "z", Chat: s.group(sandbox.ChatSpec{Owner: s.owner.OpenID, External: true}),
	})+"/read_users?user_id_type=open_id", nil); r.Code != 230027 {
		t.Errorf("in an external group: %s", r.text)
	}
}

func TestSlashCommands(t *testing.T) {
	t.Parallel()
	s := open(t, sandbox.Config{Scopes: append(sandbox.DefaultScopes(), "application:app_slash_command:write")})
	const path = "/open-apis/application/v7/app_slash_commands"
	entry := func(name string) map[string]any {
		return map[string]any{
			"command": name, "description": map[string]any{"default_value": name, "i18n": map[string]string{"zh_cn": "撤回"}},
			"icon": map[string]string{"icon_key": "skill_outlined"},
		}
	}
	made := s.call("POST", path, entry("recall"))
	id, _ := made.field("command_id").(string)
	if twice := s.call("POST", path, entry("recall")); made.Code != 0 || twice.Code != 40000000 || twice.Msg != "command_already_exists" {
		t.Errorf("made %s, twice %s", made.text, twice.text)
	}
	if r := s.call("PATCH", path+"/"+id, map[string]any{"description": map[string]string{"default_value": "new"}}); r.Code != 0 {
		t.Errorf("changed: %s", r.text)
	}
	got := s.call("GET", path, nil).items()
	if len(got) != 1 || got[0]["command"] != "recall" || got[0]["description"].(map[string]any)["default_value"] != "new" {
		t.Errorf("listed: %v", got)
	}
	for i := range 99 {
		s.Advance(time.Second)
		s.call("POST", path, entry("c"+strings.Repeat("x", i)))
	}
	if r := s.call("POST", path, entry("one more")); r.Code != 40000000 {
		t.Errorf("the 101st: %s", r.text)
	}
	if a, b := s.call("DELETE", path+"/"+id, nil), s.call("DELETE", path+"/"+id, nil); a.Code != 0 || b.Code != 40000000 {
		t.Errorf("removed: %s, twice: %s", a.text, b.text)
	}
}

// What has happened before an unpin changes nothing about it: it may be said twice.
func TestUnpinTwice(t *testing.T) {
	t.Parallel()
	s := open(t, sandbox.Config{})
	id := s.post(sandbox.PostSpec{Text: "x"})
	s.call("POST", "/open-apis/im/v1/pins", map[string]string{"message_id": id})
	for range 2 {
		if r := s.call("DELETE", "/open-apis/im/v1/pins/"+id, nil); r.Code != 0 {
			t.Errorf("unpin: %s", r.text)
		}
	}
}

// Time that is moved forward ages messages and tokens, and sends what is due.
func TestAdvance(t *testing.T) {
	t.Parallel()
	s := open(t, sandbox.Config{})
	h := listen(t, s)
	h.answer(func(n int, _ received) (int, string) { return map[bool]int{true: 500, false: 200}[n == 1], "" })
	id := s.post(sandbox.PostSpec{Text: "x"})
	s.say(sandbox.SaySpec{Text: "y"})
	s.settled(1)
	old := s.login()
	s.Advance(25 * time.Hour)
	if got := s.settled(2); !got[1].OK() || got[1].Attempt != 2 {
		t.Errorf("the retry: %+v", got)
	}
	if r := s.send(old, "GET", "/open-apis/bot/v3/info", nil); r.Code != 99991663 {
		t.Errorf("an old token: %s", r.text)
	}
	if r := s.call("DELETE", messagesPath+"/"+id, nil); r.Code != 230009 {
		t.Errorf("an old message: %s", r.text)
	}
}

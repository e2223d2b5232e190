package sandbox_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"recallbot/sandbox"
)

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

func TestQueryReactions(t *testing.T) {
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
	s.waitDeliveries(1)
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

// An unpinned message may be unpinned again.
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

// Advance ages messages and tokens, and sends due events.
func TestAdvance(t *testing.T) {
	t.Parallel()
	s := open(t, sandbox.Config{})
	h := listen(t, s)
	h.answer(func(n int, _ received) (int, string) { return map[bool]int{true: 500, false: 200}[n == 1], "" })
	id := s.post(sandbox.PostSpec{Text: "x"})
	s.say(sandbox.SaySpec{Text: "y"})
	s.waitDeliveries(1)
	old := s.login()
	s.Advance(25 * time.Hour)
	if got := s.waitDeliveries(2); !got[1].OK() || got[1].Attempt != 2 {
		t.Errorf("the retry: %+v", got)
	}
	if r := s.send(old, "GET", "/open-apis/bot/v3/info", nil); r.Code != 99991663 {
		t.Errorf("an old token: %s", r.text)
	}
	if r := s.call("DELETE", messagesPath+"/"+id, nil); r.Code != 230009 {
		t.Errorf("an old message: %s", r.text)
	}
}

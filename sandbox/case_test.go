package sandbox_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"recallbot/sandbox"
)

// save saves the case over the control API.
func (s *site) save() []byte {
	s.t.Helper()
	r := s.send("", "GET", "/sandbox/v1/case", nil)
	if r.status != 200 || !strings.Contains(r.header.Get("Content-Disposition"), "sandbox-case.json") {
		s.t.Fatalf("save: %d %s", r.status, r.text)
	}
	return r.text
}

// load loads a case over the control API and returns what it says against it.
func (s *site) load(file []byte) (en, zh string) {
	s.t.Helper()
	req, err := http.NewRequestWithContext(s.t.Context(), http.MethodPut, s.url+"/sandbox/v1/case", bytes.NewReader(file))
	s.must(err)
	resp, err := http.DefaultClient.Do(req)
	s.must(err)
	defer func() { _ = resp.Body.Close() }() // it was read
	var out struct {
		Error string `json:"error"`
		ZH    string `json:"error_zh"`
	}
	s.must(json.NewDecoder(resp.Body).Decode(&out))
	if (resp.StatusCode == http.StatusOK) != (out.Error == "") {
		s.t.Errorf("load: %d %+v", resp.StatusCode, out)
	}
	return out.Error, out.ZH
}

// rich fills a site with everything that a case keeps.
func (s *site) rich() {
	s.t.Helper()
	first := s.post(sandbox.PostSpec{Text: "hello", At: s.Now().Add(-25 * time.Hour)})
	s.say(sandbox.SaySpec{From: s.member.OpenID, Text: "@RecallBot @Max look", ByName: true, ReplyTo: first})
	s.must(s.React(s.member.OpenID, first, "CrossMark"))
	s.must(s.Read(s.member.OpenID, first))
	s.must(s.Pin(s.owner.OpenID, first))
	gone := s.say(sandbox.SaySpec{From: s.member.OpenID, Text: "a secret that was recalled"})
	s.must(s.RecallAs(s.owner.OpenID, gone))
	s.post(sandbox.PostSpec{App: s.other.ID, Type: "interactive", Content: `{"schema":"2.0","body":{"elements":[{"tag":"markdown","content":"<at id=` + s.owner.OpenID + `></at>"}]}}`})
	topics := s.group(sandbox.ChatSpec{Name: "Topics", Mode: sandbox.Topic, Owner: s.owner.OpenID, Members: []string{s.member.OpenID}})
	root := s.say(sandbox.SaySpec{Chat: topics, Text: "a topic", At: s.Now().Add(-time.Hour)})
	s.post(sandbox.PostSpec{Chat: topics, Text: "in it", ReplyTo: root})
	s.group(sandbox.ChatSpec{Mode: sandbox.P2P, Owner: s.member.OpenID})
	s.must(s.AddManager(s.chat, s.other.ID))
	s.Revoke("im:message.group_msg")
	s.SetRecallWindow(time.Hour)
	s.rawAs(http.Header{}, "POST", "/sandbox/v1/switch", `{"name":"slow","on":true}`)
	s.rawAs(http.Header{}, "POST", "/sandbox/v1/switch", `{"name":"events_twice","on":true}`)
}

// TestCaseRoundTrip: another sandbox shows the same after loading, and saves the same but for ids and ages.
func TestCaseRoundTrip(t *testing.T) {
	t.Parallel()
	a, b := open(t, sandbox.Config{}), open(t, sandbox.Config{})
	a.rich()
	file := a.save()
	for _, secret := range []string{a.Config().AppSecret, a.Config().VerificationToken, "a secret that was recalled"} {
		if bytes.Contains(file, []byte(secret)) {
			t.Errorf("the file has %q", secret)
		}
	}
	said := map[string]string{}
	other, _ := b.CredentialsOf(b.other.ID)
	said["en"], said["zh"] = b.load(file)
	if said["en"] != "" {
		t.Fatal(said)
	}
	if _, there := b.CredentialsOf(other.AppID); there {
		t.Error("the other bot is still there")
	}
	if got, want := outline(t, b.save()), outline(t, file); got != want {
		t.Errorf("saved again:\n%s\nwant\n%s", got, want)
	}
	if got := b.Bot(); got.ID != b.Config().AppID || slices.Contains(b.Scopes(), "im:message.group_msg") {
		t.Errorf("our bot is %+v with %v", got, b.Scopes())
	}
	chat, _ := b.Chat(b.Groups()[0])
	all := b.Messages(chat.ID)
	if chat.Name != "Launch" || chat.Owner != b.People()[0] || len(chat.BotManagers) != 1 || len(chat.Managers) != 1 || len(all) != 4 {
		t.Fatalf("%+v with %d messages", chat, len(all))
	}
	if age := b.Now().Sub(all[0].Created); age < 25*time.Hour || age > 25*time.Hour+time.Minute {
		t.Errorf("the first message is %v old", age)
	}
	if all[1].Parent != all[0].ID || len(all[1].Mentions) != 2 || all[1].Mentions[0].ID != b.Bot().OpenID || all[1].Mentions[1].ID != b.People()[1] {
		t.Errorf("the reply is %+v", all[1])
	}
	if !all[0].Pinned || all[0].Reactions[0].By != b.People()[2] || all[0].Reads[0].By != b.People()[2] {
		t.Errorf("the marks are %+v", all[0])
	}
	if !all[2].Deleted || all[2].RecallType != "group_owner" || !strings.Contains(all[3].Content, b.People()[0]) {
		t.Errorf("a recalled message and a card: %+v, %+v", all[2], all[3])
	}
	topics, _ := b.Chat(b.Groups()[1])
	inTopic := b.Messages(topics.ID)
	if inTopic[1].Thread == "" || inTopic[1].Thread != inTopic[0].Thread || inTopic[1].Root != inTopic[0].ID {
		t.Errorf("a topic: %+v", inTopic)
	}

	// What was loaded goes on: the API and the topic.
	s := &site{Feishu: b.Feishu, t: t, url: b.url, chat: chat.ID}
	s.rawAs(http.Header{}, "POST", "/sandbox/v1/switch", `{"on":false}`)
	if r := s.call("POST", messagesPath+"/"+inTopic[0].ID+"/reply", map[string]any{"msg_type": "text", "content": `{"text":"more"}`}); r.Code != 0 || r.field("thread_id") != inTopic[0].Thread {
		t.Errorf("a reply in the topic: %s", r.text)
	}
	if r := s.call("DELETE", messagesPath+"/"+all[0].ID, nil); r.Code != 230009 {
		t.Errorf("an old post: %s", r.text)
	}
}

// outline is a saved case without ids and times.
func outline(t *testing.T, file []byte) string {
	t.Helper()
	var v any
	if err := json.Unmarshal(file, &v); err != nil {
		t.Fatal(err)
	}
	names := map[string]string{}
	var walk func(v any) any
	walk = func(v any) any {
		switch v := v.(type) {
		case map[string]any:
			delete(v, "ago")
			delete(v, "saved")
			for _, key := range slices.Sorted(maps.Keys(v)) {
				v[key] = walk(v[key])
			}
		case []any:
			for i := range v {
				v[i] = walk(v[i])
			}
		case string:
			if prefix, rest, ok := strings.Cut(v, "_"); ok && len(rest) >= 12 && slices.Contains([]string{"ou", "oc", "om", "omt", "cli"}, prefix) {
				if names[v] == "" {
					names[v] = prefix + string(rune('A'+len(names)))
				}
				return names[v]
			}
			if _, rest, ok := strings.Cut(v, "<at id=ou_"); ok {
				return strings.Replace(v, rest, "", 1)
			}
		}
		return v
	}
	out, err := json.MarshalIndent(walk(v), "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// TestCaseByHand: ids are any words, and most fields may be left out.
func TestCaseByHand(t *testing.T) {
	t.Parallel()
	s := open(t, sandbox.Config{})
	en, _ := s.load([]byte(`{"format":"recallbot-sandbox","version":1,
		"people":[{"id":"ann","name":"Ann"}],"bots":[{"id":"us","name":"Bot","ours":true}],
		"chats":[{"id":"lunch","name":"Lunch","mode":"group","owner":"ann","members":["ann","us"],
			"messages":[{"id":"1","from":"us","ago":"400h","type":"text","content":{"text":"ann, lunch?"}}]}]}`))
	if en != "" {
		t.Fatal(en)
	}
	chat := s.Groups()[0]
	if m := s.Messages(chat); len(m) != 1 || m[0].Sender != s.Bot().ID || m[0].Content != `{"text":"ann, lunch?"}` {
		t.Errorf("%+v", m)
	}
	if len(s.Scopes()) != len(sandbox.DefaultScopes()) {
		t.Errorf("scopes: %v", s.Scopes())
	}
	documented := regexp.MustCompile("(?s)```json\n(.*?)```").FindStringSubmatch(readDocs(t))
	if en, _ := s.load([]byte(documented[1])); en != "" || len(s.People()) != 2 {
		t.Errorf("the case in docs/sandbox.md: %s", en)
	}
}

// TestBadCases: each is refused with a sentence in both languages, and nothing changes.
func TestBadCases(t *testing.T) {
	t.Parallel()
	s := open(t, sandbox.Config{})
	s.rich()
	before := outline(t, s.save())
	const start = `{"format":"recallbot-sandbox","version":1,`
	with := func(rest string) string {
		return start + `"people":[{"id":"p1","name":"Ann"}],"bots":[{"id":"b1","name":"Bot","ours":true}],` + rest + `}`
	}
	chat := func(messages string) string {
		return with(`"chats":[{"id":"c1","name":"Lunch","mode":"group","owner":"p1","members":["p1","b1"],"messages":[` + messages + `]}]`)
	}
	message := func(fields string) string {
		return chat(`{"id":"m1","from":"p1","ago":"1m","type":"text","content":{"text":"x"},` + fields + `}`)
	}
	for _, tc := range []struct{ file, en, zh string }{
		{"", "the file is empty", "文件是空的"},
		{"{\n\n nonsense", "line 3 is not valid JSON", "第 3 行不是有效的 JSON"},
		{start + `"people":[]} more`, "line 1 is not valid JSON", "第 1 行"},
		{`[]`, `must be an object`, "应为对象"},
		{`{"name":"package.json"}`, `this is not a case of the sandbox`, "不是沙盒的场景文件"},
		{`{"format":"recallbot-sandbox","version":2}`, "has version 2, from a newer sandbox", "版本 2"},
		{`{"format":"recallbot-sandbox"}`, "version 0 does not exist", "没有版本 0"},
		{start + "\n\"people\":{}}", `line 2: "people" must be a list`, "第 2 行：“people”应为列表"},
		{start + `"pepole":[]}`, `there is no field "pepole" in a case`, "没有 \"pepole\" 这个字段"},
		{start + `"people":[{"name":"Ann"}]}`, `person 1 (Ann): "id" is missing`, "第 1 个人（Ann）：缺少 “id”"},
		{start + `"people":[{"id":"p1","name":"Ann"},{"id":"p1","name":"Bob"}]}`, `person 2 (Bob): the id "p1" is there twice`, "出现了两次"},
		{start + `"people":[{"id":"p1","name":" "}]}`, "the name needs 1 to 60 characters", "1 到 60 个字"},
		{start + `"bots":[{"id":"b1","name":"A","ours":true},{"id":"b2","name":"B","ours":true}]}`, `bot 2 (B): only one bot can be "ours"`, "只能有一个"},
		{start + `"faults":["rain"]}`, `there is no fault "rain"`, "没有故障"},
		{start + `"recall_window":"soon"}`, `"recall_window" is "soon"; want a length of time`, "应为时长"},
		{with(`"chats":[{"id":"c1","name":"Lunch","mode":"party"}]`), `chat 1 (Lunch): "mode" is "party"`, "应为 group"},
		{with(`"chats":[{"id":"c1","name":"Lunch","mode":"group","members":["p2"]}]`), `chat 1 (Lunch): "members" names "p2", who is not among`, "不在人和机器人里"},
		{with(`"chats":[{"id":"c1","mode":"p2p","members":["b1"]}]`), "a chat of two has one person", "单聊"},
		{message(`"root":"m9"`), `chat 1 (Lunch), message 1: "root" names "m9", which is no message of this chat`, "不是这个会话的消息"},
		{message(`"reactions":[{"emoji":"SMILEY","by":"p1"}]`), `there is no emoji "SMILEY"`, "没有表情"},
		{message(`"recalled":{"by":"p1","as":"boss","ago":"1s"}`), `"as" is "boss"`, "应为 message_owner"},
		{message(`"mentions":[{"key":"@_user_1","id":"c1"}]`), `"mentions" names "c1"`, "“mentions”"},
		{chat(`{"id":"m1","from":"p1","ago":"-1m","type":"text","content":{}}`), `"ago" is "-1m"`, "“ago”"},
		{chat(`{"id":"m1","from":"p1","ago":"1m","type":"text"}`), `"content" must be an object`, "“content”"},
		{chat(`{"id":"m1","from":"p1","ago":"1m","type":"text","content":"` + strings.Repeat("x", 151<<10) + `"}`), "longer than 150 KB", "150 KB"},
		{chat(`{"id":"m1","from":"p1","ago":"1m","content":{}}`), `"type" is missing`, "缺少 “type”"},
		{start + `"people":[` + strings.Repeat(`{},`, 1000) + `{}]}`, "the case has 1001 people; at most 1000", "1001 个人"},
		{strings.Repeat(" ", 16<<20+1), "larger than 16 MB", "16 MB"},
	} {
		en, zh := s.load([]byte(tc.file))
		if !strings.Contains(en, tc.en) || !strings.Contains(zh, tc.zh) {
			t.Errorf("%.80s:\n%q\n%q\nwant %q, %q", tc.file, en, zh, tc.en, tc.zh)
		}
	}
	if after := outline(t, s.save()); after != before {
		t.Errorf("a bad file changed the case:\n%s\nfrom\n%s", after, before)
	}
}

package feishu_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"recallbot/bot"
	"recallbot/feishu"
)

// mention is an entry of a message's mentions; without a kind as in older payloads.
func mention(key, id, kind, name string) map[string]any {
	m := map[string]any{"key": key, "id": map[string]string{"open_id": id, "union_id": "on_x", "user_id": ""}, "name": name, "tenant_key": "t"}
	if kind != "" {
		m["mentioned_type"] = kind
	}
	return m
}

// messageEvent is a message of the owner in a group; with a parent_id it is a reply to a post.
func messageEvent(t *testing.T, kind, content string, where map[string]string, mentions ...map[string]any) string {
	t.Helper()
	message := map[string]any{
		"message_id": command, "chat_id": group, "chat_type": "group", "message_type": kind, "create_time": "1717050000000", "content": content,
		"mentions": mentions,
	}
	for name, value := range where {
		message[name] = value
	}
	event, err := json.Marshal(map[string]any{
		"schema": "2.0",
		"header": map[string]string{
			"event_id": "e1", "event_type": bot.TypeSaid, "create_time": "1717050000123", "token": testToken, "app_id": testApp, "tenant_key": "t",
		},
		"event": map[string]any{
			"sender": map[string]any{"sender_id": map[string]string{"open_id": string(owner)}, "sender_type": "user"}, "message": message,
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return string(event)
}

func textOf(t *testing.T, text string) string {
	t.Helper()
	content, err := json.Marshal(map[string]string{"text": text})
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

func commandOf(t *testing.T, self feishu.Self, event string) (*bot.Command, error) {
	t.Helper()
	opener := feishu.NewOpener(openerConfig())
	opener.SetSelf(self)
	header, body := sealed(t, event)
	envelope, err := opener.Open(header, body)
	if err != nil {
		return nil, err
	}
	said, _ := envelope.Event.Body.(bot.Said)
	return said.Command, nil
}

// TestCommandMentions: a command that mentions another bot and not ours is ignored; in a reply, a command without
// arguments is read and marked Elsewhere.
func TestCommandMentions(t *testing.T) {
	t.Parallel()
	self := feishu.Self{OpenID: "ou_bot", Name: "RecallBot"}
	const key = "@_user_1"
	other := mention(key, "ou_0000000000000000000000000000ff01", "bot", "Other Bot")
	reply := map[string]string{"parent_id": string(post), "root_id": string(post)}
	topic := map[string]string{"parent_id": string(post), "root_id": string(post), "thread_id": "omt_1"}
	quoting := map[string]string{"parent_id": string(post), "root_id": "om_root", "thread_id": "omt_1"}
	last, bare := &bot.Command{Verb: bot.VerbLast, Args: []string{"3"}}, &bot.Command{}
	elsewhere := &bot.Command{Elsewhere: true}
	for _, row := range []struct {
		name, kind, content string
		where               map[string]string
		mentions            []map[string]any
		want                *bot.Command
	}{
		{"another bot", "text", textOf(t, "@_user_1 /recall 3"), nil, []map[string]any{other}, nil},
		{"behind the command", "text", textOf(t, "/recall 3@_user_1"), nil, []map[string]any{other}, nil},
		{"ours as well", "text", textOf(t, "@_user_1@_user_2/recall 3"), nil, []map[string]any{other, mention("@_user_2", "ou_bot", "bot", "RecallBot")}, last},
		{"ours", "text", textOf(t, "@_user_1 /recall 3"), nil, []map[string]any{mention(key, "ou_bot", "bot", "RecallBot")}, last},
		{"ours, called a person", "text", textOf(t, "@_user_1 /recall 3"), nil, []map[string]any{mention(key, "ou_bot", "user", "RecallBot")}, last},
		{"ours, without its kind", "text", textOf(t, "@_user_1 /recall 3"), nil, []map[string]any{mention(key, "ou_bot", "", "")}, last},
		{"ours by its name, without kind and under another id", "text", textOf(t, "@_user_1 /recall 3"), nil, []map[string]any{mention(key, "ou_odd", "", "recallbot")}, last},
		{"ours by its name, without an id", "text", textOf(t, "@_user_1 /recall 3"), nil, []map[string]any{mention(key, "", "bot", "RecallBot")}, last},
		{"of our name under another id", "text", textOf(t, "@_user_1 /recall 3"), nil, []map[string]any{mention(key, "ou_staging", "bot", "RecallBot")}, nil},
		{"another without an id", "text", textOf(t, "@_user_1 /recall 3"), nil, []map[string]any{mention(key, "", "bot", "Other Bot")}, nil},
		{"a person", "text", textOf(t, "@_user_1 /recall 3"), nil, []map[string]any{mention(key, "ou_tom", "user", "Tom")}, last},
		{"unknown kind", "text", textOf(t, "@_user_1 /recall 3"), nil, []map[string]any{mention(key, "ou_tom", "", "Tom")}, last},
		{"everybody", "text", textOf(t, "@_all /recall 3"), nil, nil, last},
		{"everybody and another bot", "text", textOf(t, "@_all @_user_1 /recall 3"), nil, []map[string]any{other}, nil},
		{"another bot in rich text", "post", `{"title":"","content":[[{"tag":"at","user_id":"@_user_1","user_name":"Other Bot"},{"tag":"text","text":" /recall 3"}]]}`, nil, []map[string]any{other}, nil},
		{"another bot as a value", "text", textOf(t, "/recall clean --bot @_user_1"), nil, []map[string]any{other}, &bot.Command{
			Verb: bot.VerbClean, Args: []string{"--bot", key},
			Mentions: []bot.Mentioned{{Key: key, ID: "ou_0000000000000000000000000000ff01", Bot: true, Name: "Other Bot"}},
		}},
		{"talk about it", "text", textOf(t, "@_user_1 please /recall 3"), nil, []map[string]any{other}, nil},
		{"a reply", "text", textOf(t, "@_user_1 /recall"), reply, []map[string]any{other}, elsewhere},
		{"a reply with the number of many", "text", textOf(t, "@_user_1 /recall 3"), reply, []map[string]any{other}, nil},
		{"a message quoted in a topic", "text", textOf(t, "@_user_1 /recall"), quoting, []map[string]any{other}, elsewhere},
		{"a topic", "text", textOf(t, "@_user_1 /recall"), topic, []map[string]any{other}, nil},
		{"a topic, ours", "text", textOf(t, "@_user_1 /recall"), topic, []map[string]any{mention(key, "ou_bot", "bot", "RecallBot")}, bare},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			event := messageEvent(t, row.kind, row.content, row.where, row.mentions...)
			got, err := commandOf(t, self, event)
			if diff := cmp.Diff(row.want, got); err != nil || diff != "" {
				t.Errorf("%v (-want +got):\n%s", err, diff)
			}
		})
	}
}

// TestCommandBeforeSelfIsKnown: while our id is unknown, a mention may be ours.
func TestCommandBeforeSelfIsKnown(t *testing.T) {
	t.Parallel()
	ours := mention("@_user_1", "ou_bot", "bot", "RecallBot")
	_, err := commandOf(t, feishu.Self{}, messageEvent(t, "text", textOf(t, "@_user_1 /recall 3"), nil, ours))
	wantKind(t, err, bot.Unavailable)
	for text, want := range map[string]*bot.Command{
		"/recall 3": {Verb: bot.VerbLast, Args: []string{"3"}}, "@_user_1 hello": nil, "@_user_1 please /recall 3": nil,
	} {
		got, err := commandOf(t, feishu.Self{}, messageEvent(t, "text", textOf(t, text), nil, ours))
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%q: %v (-want +got):\n%s", text, err, diff)
		}
	}
}

// TestEscapedCommands: commands are found in any JSON spelling of characters that keyboards add.
func TestEscapedCommands(t *testing.T) {
	t.Parallel()
	for _, content := range []string{
		`{"text":"、recall"}`, `{"text":"､RECALL"}`, `{"text":"／ｒｅｃａｌｌ"}`, `{"text":"\u3001recall"}`, `{"text":"\/recall"}`,
		`{"text":"/r` + "\u200d" + `ecall"}`, `{"text":"/recall` + "\ufe0f" + `"}`, `{"text":"` + "\u200e" + `/recall"}`, `{"text":"/` + "\u00ad" + `recall。"}`,
		`{"text":"/recall` + strings.Repeat("\u2063", 40) + `"}`,
	} {
		got, err := commandOf(t, feishu.Self{OpenID: "ou_bot"}, messageEvent(t, "text", content, nil))
		if diff := cmp.Diff(&bot.Command{}, got); err != nil || diff != "" {
			t.Errorf("%s: %v (-want +got):\n%s", content, err, diff)
		}
	}
}

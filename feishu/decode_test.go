package feishu_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"recallbot/bot"
	"recallbot/feishu"
)

const (
	command = bot.MessageID("om_cmd0000000000000000000000000001")
	post    = bot.MessageID("om_bot0000000000000000000000000001")
	group   = bot.ChatID("oc_group000000000000000000000000001")
	owner   = bot.UserID("ou_owner")
)

// said is the owner's reply, which most of the recorded messages are.
func said(change func(*bot.Said)) bot.Said {
	s := bot.Said{
		Message: bot.Message{
			ID: command, Chat: group, Kind: bot.KindPerson, Sender: bot.HashOf(owner), At: time.UnixMilli(1717050000000),
		},
		Root: post, Parent: post, By: owner,
	}
	change(&s)
	return s
}

func fromBot(kind bot.Kind, sender bot.Hash) func(*bot.Said) {
	return func(s *bot.Said) { s.By, s.Message.Kind, s.Message.Sender = "", kind, sender }
}

func withCommand(cmd bot.Command) func(*bot.Said) {
	return func(s *bot.Said) { s.Command = &cmd }
}

func withoutCommand(*bot.Said) {}

type decodeCase struct {
	kind string
	also string
	body any
	bad  bool
}

func decodeCases() map[string]decodeCase {
	message := func(change func(*bot.Said)) decodeCase {
		return decodeCase{kind: bot.TypeSaid, also: string(command), body: said(change)}
	}
	reaction := func(emoji string, by bot.UserID, at int64) decodeCase {
		return decodeCase{kind: bot.TypeReacted, body: bot.Reacted{Message: post, Emoji: emoji, By: by, At: time.UnixMilli(at)}}
	}
	press := func(p bot.Press, form map[string][]string) decodeCase {
		return decodeCase{kind: bot.TypePressed, body: bot.Pressed{
			Press: p, Message: post, Chat: group, By: owner, At: time.UnixMicro(1717050000000000), Form: form,
		}}
	}
	odd := decodeCase{kind: bot.TypePressed}
	bad := decodeCase{kind: bot.TypeSaid, bad: true}
	return map[string]decodeCase{
		"said-docs-sample": message(func(s *bot.Said) {
			s.Command = &bot.Command{}
			s.Thread, s.Message.Thread = "omt_d4be107c616a", bot.HashOf("omt_d4be107c616a")
		}),
		"said-talk": message(withoutCommand),
		"said-p2p": message(func(s *bot.Said) {
			s.Command, s.P2P, s.Message.Chat = &bot.Command{}, true, "oc_p2p"
		}),
		"said-not-reply": message(func(s *bot.Said) {
			s.Command, s.Root, s.Parent = &bot.Command{Verb: bot.VerbHelp}, "", ""
		}),
		"said-bare-chinese":  message(withCommand(bot.Command{Chinese: true})),
		"said-glued-mention": message(withCommand(bot.Command{Reason: "wrong file @ {ou_boss}"})),
		"said-clean": message(withCommand(bot.Command{
			Verb: bot.VerbClean, Reason: "asked",
			Args: []string{"--bot", "@_user_2", "--bot=", "@_user_2", "--by", "@_user_10", ",", "@_user_3", "--match", "a b"},
			Mentions: []bot.Mentioned{
				{Key: "@_user_2", ID: "ou_news", Bot: true, Name: "News @ {1} "},
				{Key: "@_user_10", ID: "ou_tom", Name: "Tom"},
				{Key: "@_user_3", ID: "ou_eve", Name: "Eve"},
			},
		})),
		"said-clean-odd-keys": message(withCommand(bot.Command{
			Verb: bot.VerbClean, Args: []string{"@_user_1003", "x", "@_user_1004", "@_user_7", "@_user_1001"},
			Mentions: []bot.Mentioned{
				{Key: "@_user_1004", ID: "ou_rec", Bot: true},
				{Key: "@_user_7", ID: "ou_7"},
				{Key: "@_user_1001", ID: "ou_1001"},
			},
		})),
		"said-clean-post": message(withCommand(bot.Command{
			Verb: bot.VerbClean, Args: []string{"--by", "@_user_1002", "--bot", "@_user_2", "@_all", "@_all"},
			Mentions: []bot.Mentioned{{Key: "@_user_2", ID: "ou_news", Bot: true, Name: "News"}, {Key: "@_user_1002", ID: "ou_tom"}},
		})),
		"said-everyone-glued":           message(withCommand(bot.Command{})), // with its time as a number
		"said-odd-mention":              message(withCommand(bot.Command{})),
		"said-post-flat":                message(withCommand(bot.Command{})),
		"said-post-locale":              message(withCommand(bot.Command{Chinese: true})),
		"said-post-link":                message(withoutCommand),
		"said-recalled-before-delivery": message(withoutCommand),
		"said-image":                    message(withoutCommand),
		"said-bot": message(func(s *bot.Said) {
			fromBot(bot.KindBot, bot.HashOf("ou_other"))(s)
			s.Sender = "ou_other"
		}),
		"said-own":            message(fromBot(bot.KindOwn, 0)),
		"said-own-app":        message(fromBot(bot.KindOwn, 0)),
		"said-anonymous":      message(fromBot(bot.KindUnknown, bot.HashOf(owner))),
		"said-no-message-id":  bad,
		"said-no-chat":        bad,
		"said-no-time":        bad,
		"reacted":             reaction("CrossMark", owner, 1717050001803),
		"reacted-number-time": reaction("CrossMark", owner, 1717050001803),
		"reacted-app":         reaction("DONE", "", 1717050001803),
		"reacted-docs-sample": reaction("SMILE", "", 1627641418803),
		"unreacted": {kind: bot.TypeUnreacted, body: bot.Unreacted{
			Message: post, Emoji: "CrossMark", By: owner, At: time.UnixMilli(1717050002803),
		}},
		"recalled":       {kind: bot.TypeRecalled, body: bot.Recalled{Message: post, Chat: group}},
		"chat-updated":   {kind: bot.TypeChatUpdated, body: bot.ChatUpdated{Chat: group}},
		"revoked":        {kind: bot.TypeRevoked, body: bot.Revoked{Who: owner, At: time.UnixMilli(1717050000000)}},
		"revoked-nobody": {kind: bot.TypeRevoked, bad: true},
		"chat-disbanded": {kind: bot.TypeDisbanded, body: bot.ChatLeft{Chat: "oc_g"}},
		"bot-removed":    {kind: bot.TypeBotRemoved, body: bot.ChatLeft{Chat: "oc_g"}},
		"pressed":        press(bot.Press{Action: bot.ActConfirm, Job: "k3v9", Key: "key-1"}, nil),
		"pressed-string": press(bot.Press{Action: bot.ActStop, Job: "k3v9"}, nil),
		"pressed-form": press(bot.Press{Action: bot.ActSettings, Key: "key-1"},
			map[string][]string{"reason": {"typo"}, "people": {"ou_a", "ou_b"}, "none": nil}),
		"pressed-docs-sample":  odd, // a card of another app
		"pressed-other-mark":   odd,
		"pressed-no-action":    odd,
		"pressed-long-key":     odd,
		"pressed-plain-string": odd,
		"pressed-odd-action":   odd,
		"pressed-odd-form":     odd,
		"pressed-form-list":    odd,
		"pressed-nobody":       odd,
		"pressed-nowhere":      odd,
		"pressed-no-time":      odd,
		"unknown-bot-added":    {kind: "im.chat.member.bot.added_v1"},
		"unknown-odd-shape":    {kind: "application.bot.menu_v6"},
		"v1-unknown":           {kind: "p2p_chat_create"},
	}
}

func TestDecode(t *testing.T) {
	t.Parallel()
	opener := feishu.NewOpener(openerConfig())
	opener.SetSelf(feishu.Self{OpenID: "ou_bot", Name: "RecallBot"})
	for name, want := range decodeCases() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			header, body := sealed(t, string(eventFile(t, name)))
			envelope, err := opener.Open(header, body)
			if want.bad {
				wantKind(t, err, bot.Invalid)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			got := envelope.Event
			if got.Type != want.kind || got.DedupeID != want.also || got.ID == "" {
				t.Errorf("got %q, %q, %q; want %q, %q", got.ID, got.Type, got.DedupeID, want.kind, want.also)
			}
			if diff := cmp.Diff(want.body, got.Body, cmpopts.IgnoreFields(bot.Said{}, "Content")); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestEveryRecordedEventHasCase compares the table with the directory.
func TestEveryRecordedEventHasCase(t *testing.T) {
	t.Parallel()
	entries, err := os.ReadDir("testdata/events")
	if err != nil {
		t.Fatal(err)
	}
	cases := decodeCases()
	for _, entry := range entries {
		if _, ok := cases[strings.TrimSuffix(entry.Name(), ".json")]; !ok {
			t.Errorf("%s is in no case", entry.Name())
		}
	}
}

// A wrong field type in a known event is an error, and no other field is used.
func TestMistypedField(t *testing.T) {
	t.Parallel()
	for name, plain := range map[string]string{
		"chat id":    strings.Replace(string(eventFile(t, "said-talk")), `"chat_id":"oc_group000000000000000000000000001"`, `"chat_id":7`, 1),
		"message":    strings.Replace(string(eventFile(t, "said-talk")), `"message":{`, `"message":"x","y":{`, 1),
		"reaction":   strings.Replace(string(eventFile(t, "reacted")), `"emoji_type":"CrossMark"`, `"emoji_type":["CrossMark"]`, 1),
		"time":       strings.Replace(string(eventFile(t, "reacted")), `"1717050001803"`, `["1717050001803"]`, 1),
		"event type": strings.Replace(string(eventFile(t, "reacted")), `"im.message.reaction.created_v1"`, `7`, 1),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			header, body := sealed(t, plain)
			_, err := feishu.NewOpener(openerConfig()).Open(header, body)
			wantKind(t, err, bot.Invalid)
		})
	}
}

// TestContentOfBots: what intake reads of a bot's message, as rules and clean-ups compare it.
func TestContentOfBots(t *testing.T) {
	t.Parallel()
	opener := feishu.NewOpener(openerConfig())
	for name, want := range map[string]struct {
		kind, content string
		body          bool
		text          string
		opaque        bool
	}{
		"a text":                 {"text", `{"text":"  build\nfailed "}`, true, "build failed", false},
		"an empty text":          {"text", `{"text":" "}`, true, "", true},
		"no text":                {"text", `not JSON`, true, "", true},
		"the platform's words":   {"text", `{"text":"This message was recalled"}`, false, "", true},
		"please upgrade":         {"text", `{"text":"请升级至最新版本客户端，以查看内容"}`, true, "请升级至最新版本客户端，以查看内容", true},
		"rich text":              {"post", `{"title":"","content":[[{"tag":"text","text":"build failed"}]]}`, true, "build failed", false},
		"a card":                 {"interactive", `{"elements":[{"tag":"div","text":{"tag":"plain_text","content":"build failed"}}]}`, true, "build failed", false},
		"a card by reference":    {"interactive", `{"type":"card","data":{"card_id":"7"}}`, false, "", true},
		"a file":                 {"file", `{"file_key":"file_1","file_name":"a.pdf"}`, true, "a.pdf", false},
		"a file without its key": {"file", `{"file_name":"a.pdf"}`, true, "a.pdf", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var event map[string]any
			if err := json.Unmarshal(eventFile(t, "said-bot"), &event); err != nil {
				t.Fatal(err)
			}
			inner, _ := event["event"].(map[string]any)
			message, _ := inner["message"].(map[string]any)
			message["message_type"], message["content"] = want.kind, want.content
			raw, err := json.Marshal(event)
			if err != nil {
				t.Fatal(err)
			}
			header, body := sealed(t, string(raw))
			envelope, err := opener.Open(header, body)
			if err != nil {
				t.Fatal(err)
			}
			said, _ := envelope.Event.Body.(bot.Said)
			got := said.Content()
			if (got.Body != "") != want.body || got.Text != want.text || got.Opaque != want.opaque || got.From != "ou_other" {
				t.Errorf("got %+v", got)
			}
		})
	}
}

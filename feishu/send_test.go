package feishu_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"recallbot/bot"
	"recallbot/feishu"
)

const postedBody = `{"code":0,"data":{"message_id":"om_new","chat_id":"oc_p2p","thread_id":"omt_1","create_time":"1717049990000"}}`

type sent struct {
	ReceiveID string `json:"receive_id"`
	Type      string `json:"msg_type"`
	Content   string `json:"content"`
	UUID      string `json:"uuid"`
}

func TestTellAndReply(t *testing.T) {
	t.Parallel()
	p := newPlatform(t, always(fakeReply{body: postedBody}))
	var posts []bot.Message
	cfg := clientConfig(p.URL)
	cfg.OnPost = func(_ context.Context, m bot.Message, _ []bot.MessageID) { posts = append(posts, m) }
	client := feishu.NewClient(cfg, &limiter{}, discardLog())
	if err := client.Tell(t.Context(), "ou_1", "hello", "key-1"); err != nil {
		t.Fatal(err)
	}
	long := strings.Repeat("k", 51)
	if err := client.Reply(t.Context(), "om_1", "ou_1", "hello", long); err != nil {
		t.Fatal(err)
	}
	calls := p.seen()
	if calls[0].Path != "/open-apis/im/v1/messages" || calls[0].Query != "receive_id_type=open_id" || calls[1].Path != "/open-apis/im/v1/messages/om_1/reply" {
		t.Errorf("asked %+v", calls)
	}
	request := decodeJSON[sent](t, calls[0].Body)
	if diff := cmp.Diff(sent{"ou_1", "text", `{"text":"hello"}`, "key-1"}, request); diff != "" {
		t.Error(diff)
	}
	replied := decodeJSON[sent](t, calls[1].Body)
	if len(replied.UUID) != 50 || strings.HasPrefix(replied.UUID, "k") {
		t.Errorf("uuid %q of a long key", replied.UUID)
	}
	want := bot.Message{ID: "om_new", Chat: "oc_p2p", Kind: bot.KindOwn, Answer: true, Thread: bot.HashOf("omt_1"), At: time.UnixMilli(1717049990000)}
	want.Sender = bot.HashOf("ou_1")
	if diff := cmp.Diff([]bot.Message{want, want}, posts); diff != "" {
		t.Error(diff)
	}
}

// TestSay: a line for all in a chat is a card, which is known as an answer by its content, and has no author.
func TestSay(t *testing.T) {
	t.Parallel()
	p := newPlatform(t, always(fakeReply{body: postedBody}))
	var posts []bot.Message
	cfg := clientConfig(p.URL)
	cfg.OnPost = func(_ context.Context, m bot.Message, _ []bot.MessageID) { posts = append(posts, m) }
	if err := feishu.NewClient(cfg, &limiter{}, discardLog()).Say(t.Context(), "oc_1", "hello", "key-1"); err != nil {
		t.Fatal(err)
	}
	call := p.seen()[0]
	request := decodeJSON[sent](t, call.Body)
	if call.Query != "receive_id_type=chat_id" || request.ReceiveID != "oc_1" || request.Type != "interactive" || request.UUID != "key-1" ||
		!strings.Contains(request.Content, "hello") || !strings.Contains(request.Content, "recallbot_answer") {
		t.Errorf("sent %+v by %s", request, call.Query)
	}
	if len(posts) != 1 || !posts[0].Answer || posts[0].Sender != 0 {
		t.Errorf("reported %+v", posts)
	}
}

func TestSendRefused(t *testing.T) {
	t.Parallel()
	client := newClient(newPlatform(t, always(refusal(18053))))
	for name, err := range map[string]error{
		"whisper": client.Whisper(t.Context(), "oc_1", "ou_1", "x"),
		"tell":    client.Tell(t.Context(), "ou_1", "x", ""),
		"reply":   client.Reply(t.Context(), "om_1", "ou_1", "x", ""),
		"react":   client.React(t.Context(), "om_1", "DONE"),
	} {
		if got := bot.Detail(err); got.Kind != bot.Denied || got.Code != 18053 {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestReact(t *testing.T) {
	t.Parallel()
	p := newPlatform(t, always(fakeReply{body: `{"code":0,"data":{"reaction_id":"r"}}`}))
	if err := newClient(p).React(t.Context(), "om_1", "DONE"); err != nil {
		t.Fatal(err)
	}
	want := seen{"POST", "/open-apis/im/v1/messages/om_1/reactions", "", "Bearer t-1", `{"reaction_type":{"emoji_type":"DONE"}}`}
	if diff := cmp.Diff(want, p.seen()[0]); diff != "" {
		t.Error(diff)
	}
}

type whispered struct {
	Chat string `json:"chat_id"`
	User string `json:"open_id"`
	Type string `json:"msg_type"`
	Card struct {
		Schema string `json:"schema"`
		Body   struct {
			Elements []struct {
				Tag     string `json:"tag"`
				Content string `json:"content"`
				Text    struct {
					Tag     string `json:"tag"`
					Content string `json:"content"`
				} `json:"text"`
			} `json:"elements"`
		} `json:"body"`
	} `json:"card"`
}

// markupText is what people might type to inject markup.
const markupText = "<at id=all></at> <at user_id=\"all\">x</at> [x](https://evil.example) **b** *i* ~~s~~ `c`\n# h\n> q\n- l <font color='red'>r</font> &lt; @{all} @{ou_a b} @{ou_x"

func TestWhisperPlain(t *testing.T) {
	t.Parallel()
	p := newPlatform(t, always(fakeReply{body: `{"code":0,"data":{"message_id":"om_eph"}}`}))
	text := strings.ReplaceAll(markupText, "@{", "@ {")
	if err := newClient(p).Whisper(t.Context(), "oc_1", "ou_1", text); err != nil {
		t.Fatal(err)
	}
	call := p.seen()[0]
	got := decodeJSON[whispered](t, call.Body)
	if call.Path != "/open-apis/ephemeral/v1/send" || got.Chat != "oc_1" || got.User != "ou_1" || got.Type != "interactive" || got.Card.Schema != "2.0" {
		t.Errorf("sent %s %s", call.Path, call.Body)
	}
	element := got.Card.Body.Elements[0]
	if element.Tag != "div" || element.Text.Tag != "plain_text" || element.Text.Content != text {
		t.Errorf("got %+v", element)
	}
}

func TestWhisperWithPerson(t *testing.T) {
	t.Parallel()
	p := newPlatform(t, always(fakeReply{body: `{"code":0}`}))
	if err := newClient(p).Whisper(t.Context(), "oc_1", "ou_1", bot.Mention("ou_boss")+" said "+markupText); err != nil {
		t.Fatal(err)
	}
	element := decodeJSON[whispered](t, p.seen()[0].Body).Card.Body.Elements[0]
	rest, ok := strings.CutPrefix(element.Content, "<at id=ou_boss></at> said ")
	if !ok || element.Tag != "markdown" {
		t.Fatalf("got %+v", element)
	}
	if i := strings.IndexAny(rest, "<>*~`[]_\\"); i >= 0 {
		t.Errorf("%q is left of the markup in %q", rest[i], rest)
	}
	for _, markup := range []string{"\n#", "\n-", "://", "&lt;"} {
		if strings.Contains(rest, markup) {
			t.Errorf("%q is left of the markup in %q", markup, rest)
		}
	}
}

func TestTextWithPerson(t *testing.T) {
	t.Parallel()
	p := newPlatform(t, always(fakeReply{body: postedBody}))
	if err := newClient(p).Reply(t.Context(), "om_1", "ou_1", bot.Mention("ou_boss")+" said \x00"+markupText, ""); err != nil {
		t.Fatal(err)
	}
	content := decodeJSON[sent](t, p.seen()[0].Body).Content
	text := decodeJSON[struct{ Text string }](t, content).Text
	rest, ok := strings.CutPrefix(text, `<at user_id="ou_boss"></at> said `)
	if !ok {
		t.Fatalf("got %q", text)
	}
	for _, markup := range []string{"<at", "<font", "</", "**", "~~", "]("} {
		if strings.Contains(rest, markup) {
			t.Errorf("%q is left of the markup in %q", markup, rest)
		}
	}
	if shown := strings.ReplaceAll(rest, "\u200b", ""); shown != "\x00"+markupText {
		t.Errorf("people see %q", shown)
	}
}

// OnPost gets the message replied to, and the topic's root if that differs.
func TestOnPostRepliedTo(t *testing.T) {
	t.Parallel()
	rows := map[string]struct {
		body string
		want []bot.MessageID
	}{
		"no answer":          {`{"code":0,"data":{"message_id":"om_new","chat_id":"oc_1"}}`, nil},
		"an answer":          {`{"code":0,"data":{"message_id":"om_new","chat_id":"oc_1","root_id":"om_1","parent_id":"om_1"}}`, []bot.MessageID{"om_1"}},
		"an answer to one":   {`{"code":0,"data":{"message_id":"om_new","chat_id":"oc_1","root_id":"om_0","parent_id":"om_1"}}`, []bot.MessageID{"om_1", "om_0"}},
		"with a root alone":  {`{"code":0,"data":{"message_id":"om_new","chat_id":"oc_1","root_id":"om_0"}}`, []bot.MessageID{"om_0"}},
		"with a parent only": {`{"code":0,"data":{"message_id":"om_new","chat_id":"oc_1","parent_id":"om_1"}}`, []bot.MessageID{"om_1"}},
	}
	for name, row := range rows {
		p := newPlatform(t, always(fakeReply{body: row.body}))
		cfg := clientConfig(p.URL)
		var got []bot.MessageID
		cfg.OnPost = func(_ context.Context, _ bot.Message, answered []bot.MessageID) { got = answered }
		if err := feishu.NewClient(cfg, &limiter{}, discardLog()).Reply(t.Context(), "om_1", "ou_1", "hello", "k"); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(row.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

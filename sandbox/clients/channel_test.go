// Package clients_test runs clients that others wrote against the sandbox. It is a package of its own, since the SDK's channel
// brings all of the SDK's services with it, which take long to compile.
package clients_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	lark "github.com/larksuite/oapi-sdk-go/v3"
	"github.com/larksuite/oapi-sdk-go/v3/channel"
	"github.com/larksuite/oapi-sdk-go/v3/channel/types"
	larkcore "github.com/larksuite/oapi-sdk-go/v3/core"
	"github.com/larksuite/oapi-sdk-go/v3/core/httpserverext"
	"github.com/larksuite/oapi-sdk-go/v3/event/dispatcher"
	larkws "github.com/larksuite/oapi-sdk-go/v3/ws"

	"recallbot/sandbox"
)

// TestGoChannel runs the channel of the official SDK for Go: it hears, answers in each way that it has, streams a card, and is
// told of reactions and presses.
func TestGoChannel(t *testing.T) {
	t.Parallel()
	for _, transport := range []string{"webhook", "websocket"} {
		t.Run(transport, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			cfg := w.Config()
			events := dispatcher.NewEventDispatcher("", "")
			if transport == "webhook" {
				events = dispatcher.NewEventDispatcher(cfg.VerificationToken, cfg.EncryptKey)
			}
			client := lark.NewClient(cfg.AppID, cfg.AppSecret, lark.WithOpenBaseUrl(w.url), lark.WithLogLevel(larkcore.LogLevelError))
			socket := larkws.NewClient(cfg.AppID, cfg.AppSecret, larkws.WithDomain(w.url), larkws.WithEventHandler(events),
				larkws.WithLogLevel(larkcore.LogLevelError), larkws.WithAutoReconnect(false))
			bot := channel.NewChannel(client, socket)
			heard := make(chan *types.NormalizedMessage, 10)
			reactions, presses := make(chan *types.ReactionEvent, 10), make(chan *types.CardActionEvent, 10)
			bot.OnMessage(func(_ context.Context, m *types.NormalizedMessage) error { heard <- m; return nil })
			bot.OnReaction(func(_ context.Context, e *types.ReactionEvent) error { reactions <- e; return nil })
			bot.OnCardAction(func(_ context.Context, e *types.CardActionEvent) error { presses <- e; return nil })
			if transport == "webhook" {
				w.hook(httpserverext.NewEventHandlerFunc(events))
			} else {
				if bot.GetBotIdentity(t.Context()) == nil { // else it asks once connected and at the first message at once: a race
					t.Fatal("it does not know itself")
				}
				go func() { _ = bot.Start(t.Context()) }() // it ends with the test
				w.await("connected", func(s sandbox.State) bool { return s.Sockets() == 1 })
			}
			w.converse(bot, heard)
			w.touch(reactions, presses)
		})
	}
}

func (w *world) hook(handler http.HandlerFunc) {
	srv := httptest.NewServer(handler)
	w.t.Cleanup(srv.Close)
	w.t.Cleanup(w.Close) // before the webhook goes
	if err := w.SaveEventURL(w.t.Context(), srv.URL); err != nil {
		w.t.Fatal(err)
	}
}

// converse has a person say something, and the channel answer in each way that it has.
func (w *world) converse(bot types.Channel, heard <-chan *types.NormalizedMessage) {
	t, ctx := w.t, w.t.Context()
	said, err := w.Say(sandbox.SaySpec{Chat: w.chat, From: w.person.OpenID, Text: "hello", MentionBot: true})
	if err != nil {
		t.Fatal(err)
	}
	m := receive(t, "a message", heard)
	if m.MessageID != said || m.UserID != w.person.OpenID || !m.MentionedBot || !strings.Contains(m.Content, "hello") {
		t.Errorf("heard %+v", m)
	}
	if me := bot.GetBotIdentity(ctx); me == nil || me.OpenID != w.Bot().OpenID {
		t.Errorf("it takes itself for %+v", me)
	}
	for name, in := range map[string]*types.SendInput{
		"text":        {ReceiveID: w.chat, Text: "text"},
		"reply":       {ReceiveID: w.chat, ReplyMessageID: said, Text: "reply"},
		"to a person": {ReceiveID: w.person.OpenID, Text: "to you alone"},
		"mention":     {ReceiveID: w.chat, Text: "look", Mentions: []types.Mention{{UserID: w.person.OpenID, Name: "Olga"}}},
		"Markdown":    {ReceiveID: w.chat, Markdown: "**bold**", Title: "Title"},
		"card":        {ReceiveID: w.chat, Card: `{"schema":"2.0","body":{"elements":[{"tag":"markdown","content":"card"}]}}`},
		"picture":     {ReceiveID: w.chat, Media: &types.UploadInput{Kind: "image", SourceBytes: []byte("\x89PNG\r\n\x1a\n")}},
		"file":        {ReceiveID: w.chat, Media: &types.UploadInput{Kind: "file", SourceBytes: []byte("x"), FileName: "a.txt"}},
	} {
		w.Advance(time.Second) // five in a second are the limit of a chat
		sent, err := bot.Send(ctx, in)
		if err != nil || sent.Error != nil {
			t.Errorf("%s: %v %+v", name, err, sent)
			continue
		}
		got, there := w.Message(sent.MessageID)
		if !there || got.Sender != w.Bot().ID {
			t.Errorf("%s: %+v", name, got)
		}
		if name == "mention" && len(got.Mentions) != 1 {
			t.Errorf("%s: %+v", name, got)
		}
	}
	w.Advance(time.Second)
	stream, err := bot.Stream(ctx, &types.SendInput{ReceiveID: w.chat, ReplyMessageID: said, Text: "one"})
	if err != nil {
		t.Fatalf("stream: %v", err)
	}
	for _, step := range []error{stream.Append(ctx, " two"), stream.Flush(ctx), stream.Close(ctx)} {
		if step != nil {
			t.Errorf("stream: %v", step)
		}
	}
}

// touch has a person react to a message and press a button.
func (w *world) touch(reactions <-chan *types.ReactionEvent, presses <-chan *types.CardActionEvent) {
	t := w.t
	card, err := w.Post(sandbox.PostSpec{Chat: w.chat, Type: "interactive", Content: `{"schema":"2.0","body":{"elements":[]}}`})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.React(w.person.OpenID, card, "OK"); err != nil {
		t.Fatal(err)
	}
	if e := receive(t, "a reaction", reactions); e.MessageID != card {
		t.Errorf("reaction: %+v", e)
	}
	res, err := w.Press(t.Context(), w.person.OpenID, card, map[string]any{"do": "it"})
	if err != nil || res.Code != 0 {
		t.Errorf("press: %v %+v", err, res)
	}
	if e := receive(t, "a press", presses); e.MessageID != card {
		t.Errorf("press: %+v", e)
	}
}

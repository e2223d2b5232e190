package sandbox_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	larkcore "github.com/larksuite/oapi-sdk-go/v3/core"
	"github.com/larksuite/oapi-sdk-go/v3/core/httpserverext"
	larkevent "github.com/larksuite/oapi-sdk-go/v3/event"
	"github.com/larksuite/oapi-sdk-go/v3/event/dispatcher"
	larkim "github.com/larksuite/oapi-sdk-go/v3/service/im/v1"
	larkws "github.com/larksuite/oapi-sdk-go/v3/ws"

	"recallbot/sandbox"
)

// sdk is the official Go client for the site.
func sdk(s *site) *larkim.V1 {
	cfg := s.Config()
	config := &larkcore.Config{
		BaseUrl: s.url, AppId: cfg.AppID, AppSecret: cfg.AppSecret, AppType: larkcore.AppTypeSelfBuilt,
		EnableTokenCache: true, LogLevel: larkcore.LogLevelError, ReqTimeout: time.Minute,
	}
	larkcore.NewLogger(config)
	larkcore.NewSerialization(config)
	larkcore.NewHttpClient(config)
	return larkim.New(config)
}

func TestGoSDK(t *testing.T) {
	t.Parallel()
	s := open(t, sandbox.Config{})
	im, ctx := sdk(s), t.Context()

	sent, err := im.Message.Create(ctx, larkim.NewCreateMessageReqBuilder().ReceiveIdType("chat_id").
		Body(larkim.NewCreateMessageReqBodyBuilder().ReceiveId(s.chat).MsgType("text").Content(`{"text":"hello"}`).Build()).Build())
	if err != nil || !sent.Success() || *sent.Data.Sender.Id != s.Bot().ID {
		t.Fatalf("create: %v %+v", err, sent)
	}
	id := *sent.Data.MessageId

	replied, err := im.Message.Reply(ctx, larkim.NewReplyMessageReqBuilder().MessageId(id).
		Body(larkim.NewReplyMessageReqBodyBuilder().MsgType("text").Content(`{"text":"again"}`).Build()).Build())
	if err != nil || !replied.Success() || *replied.Data.ParentId != id {
		t.Fatalf("reply: %v %+v", err, replied)
	}

	got, err := im.Message.Get(ctx, larkim.NewGetMessageReqBuilder().MessageId(id).Build())
	if err != nil || !got.Success() || len(got.Data.Items) != 1 || *got.Data.Items[0].Body.Content != `{"text":"hello"}` {
		t.Fatalf("get: %v %+v", err, got)
	}

	listed, err := im.Message.List(ctx, larkim.NewListMessageReqBuilder().ContainerIdType("chat").ContainerId(s.chat).Build())
	if err != nil || !listed.Success() || len(listed.Data.Items) != 2 {
		t.Fatalf("list: %v %+v", err, listed)
	}

	reacted, err := im.MessageReaction.Create(ctx, larkim.NewCreateMessageReactionReqBuilder().MessageId(id).
		Body(larkim.NewCreateMessageReactionReqBodyBuilder().ReactionType(larkim.NewEmojiBuilder().EmojiType("DONE").Build()).Build()).Build())
	if err != nil || !reacted.Success() || *reacted.Data.Operator.OperatorType != "app" {
		t.Fatalf("react: %v %+v", err, reacted)
	}

	chat, err := im.Chat.Get(ctx, larkim.NewGetChatReqBuilder().ChatId(s.chat).UserIdType("open_id").Build())
	if err != nil || !chat.Success() || *chat.Data.OwnerId != s.owner.OpenID || *chat.Data.UserCount != "3" {
		t.Fatalf("chat: %v %+v", err, chat)
	}

	for _, want := range []int{0, 230110} {
		deleted, err := im.Message.Delete(ctx, larkim.NewDeleteMessageReqBuilder().MessageId(id).Build())
		if err != nil || deleted.Code != want {
			t.Fatalf("delete: %v %+v, want %d", err, deleted, want)
		}
	}
	if !mustMessage(t, s, id).Deleted {
		t.Error("the message is still there")
	}
}

func TestGoSDKReceives(t *testing.T) {
	t.Parallel()
	s := open(t, sandbox.Config{EncryptKey: "an encrypt key"})
	cfg := s.Config()
	heard := make(chan *larkim.P2MessageReceiveV1, 1)
	handler := dispatcher.NewEventDispatcher(cfg.VerificationToken, cfg.EncryptKey).
		OnP2MessageReceiveV1(func(_ context.Context, e *larkim.P2MessageReceiveV1) error {
			heard <- e
			return nil
		})
	srv := httptest.NewServer(http.HandlerFunc(httpserverext.NewEventHandlerFunc(handler, larkevent.WithLogLevel(larkcore.LogLevelError))))
	t.Cleanup(srv.Close)
	t.Cleanup(s.Close) // before the webhook ends
	s.SetEventURL(srv.URL)
	s.must(s.VerifyURL(t.Context()))
	id := s.say(sandbox.SaySpec{Text: "/recall", MentionBot: true})
	if d := s.waitDeliveries(1); !d[0].OK() {
		t.Fatalf("delivery = %+v", d[0])
	}
	e := <-heard
	if *e.Event.Message.MessageId != id || *e.Event.Sender.SenderId.OpenId != s.owner.OpenID ||
		*e.Event.Message.Mentions[0].Id.OpenId != s.Bot().OpenID {
		t.Errorf("heard %s", larkcore.Prettify(e.Event))
	}
}

func TestGoSDKReceivesOverWebsocket(t *testing.T) {
	t.Parallel()
	s := open(t, sandbox.Config{EncryptKey: "not used on this way"})
	cfg := s.Config()
	heard := make(chan string, 1)
	handler := dispatcher.NewEventDispatcher("", "").
		OnP2MessageReceiveV1(func(_ context.Context, e *larkim.P2MessageReceiveV1) error {
			heard <- *e.Event.Message.MessageId
			return nil
		})
	client := larkws.NewClient(cfg.AppID, cfg.AppSecret, larkws.WithDomain(s.url), larkws.WithEventHandler(handler),
		larkws.WithLogLevel(larkcore.LogLevelError), larkws.WithAutoReconnect(false))
	ended := make(chan error, 1)
	go func() { ended <- client.Start(t.Context()) }()
	s.waitState("connected", func(st sandbox.State) bool { return st.Sockets() == 1 })
	id := s.say(sandbox.SaySpec{Text: "/recall", MentionBot: true})
	d := s.waitDeliveries(1)
	if !d[0].OK() || d[0].Via != "websocket" {
		t.Errorf("delivery = %+v", d[0])
	}
	if got := <-heard; got != id {
		t.Errorf("heard %s, said %s", got, id)
	}
	s.must(client.CloseAndWait(t.Context()))
	t.Logf("the client ended: %v", <-ended)
}

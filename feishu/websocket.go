package feishu

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"

	larkcore "github.com/larksuite/oapi-sdk-go/v3/core"
	larkevent "github.com/larksuite/oapi-sdk-go/v3/event"
	"github.com/larksuite/oapi-sdk-go/v3/event/dispatcher"
	"github.com/larksuite/oapi-sdk-go/v3/event/dispatcher/callback"
	larkws "github.com/larksuite/oapi-sdk-go/v3/ws"

	"recallbot/bot"
)

// RunWebsocket takes events over a connection that we open to the platform, instead of an address that it must reach.
// It keeps the connection until ctx is done, and then returns nil once everything that was being delivered is through.
// An event is acknowledged when deliver returns nil; otherwise the platform sends it again. It gives up only when the
// platform refuses our app, or after as many tries to connect again as the platform allows.
func (c *Client) RunWebsocket(ctx context.Context, opener *Opener, deliver func(context.Context, bot.Envelope) error) error {
	s := &socket{opener: opener, deliver: deliver, log: c.log}
	client := larkws.NewClient(c.cfg.AppID, c.cfg.AppSecret.Reveal(),
		larkws.WithDomain(trimSlash(c.cfg.BaseURL)),
		larkws.WithEventHandler(s.handlers()),
		larkws.WithLogger(silence{}),
		larkws.WithHttpClient(newTransport(c.cfg.CallTimeout)),
		larkws.WithOnReady(func() { s.log.InfoContext(ctx, "websocket connected") }),
		larkws.WithOnReconnected(func() { s.log.InfoContext(ctx, "websocket connected again") }),
		larkws.WithOnDisconnected(func() { s.log.InfoContext(ctx, "websocket disconnected") }),
		larkws.WithOnError(func(err error) {
			s.log.WarnContext(ctx, "websocket connection failed", "error", socketError(err))
		}),
	)
	if err := client.Start(ctx); err != nil && ctx.Err() == nil {
		return socketError(err)
	}
	return nil
}

// socket is what the handlers of the SDK's dispatcher share.
type socket struct {
	opener  *Opener
	deliver func(context.Context, bot.Envelope) error
	log     *slog.Logger
}

// socketError keeps the code of a failure, and not its text, which may hold the address with its ticket.
func socketError(err error) error {
	e := &bot.Error{Kind: bot.Unavailable, Op: "connect websocket", Reason: bot.ReasonUnavailable}
	if refused, ok := errors.AsType[*larkws.ClientError](err); ok {
		e.Kind, e.Reason, e.Code = bot.Denied, bot.ReasonCredentials, refused.Code
	}
	if trouble, ok := errors.AsType[*larkws.ServerError](err); ok {
		e.Code = trouble.Code
	}
	return e
}

// handlers gives the SDK's dispatcher one handler for everything. It has to know the types by name, and has what it
// does not know sent again, so the types that an app may have subscribed to without our using them are named too.
func (s *socket) handlers() *dispatcher.EventDispatcher {
	d := dispatcher.NewEventDispatcher("", "")
	d.InitConfig(larkevent.WithLogger(silence{}), larkevent.WithLogLevel(larkcore.LogLevelError))
	for _, kind := range append(wantedEvents(), bot.TypeRevoked) {
		d.OnCustomizedEvent(kind, s.take)
	}
	d.OnP2CardActionTrigger(s.press)
	ignore := func(context.Context, *larkevent.EventReq) error { return nil }
	for _, kind := range []string{
		"im.message.message_read_v1", "im.message.updated_v1",
		"im.message.bot_muted_v1", "im.chat.member.bot.added_v1", "im.chat.member.user.added_v1",
		"im.chat.member.user.deleted_v1", "im.chat.member.user.withdrawn_v1",
		"im.chat.access_event.bot_p2p_chat_entered_v1", "application.bot.menu_v6",
		"p2p_chat_create", "message", "message_read", "add_bot", "remove_bot", "chat_disband",
		"add_user_to_chat", "remove_user_from_chat", "revoke_add_user_from_chat", "group_setting_update",
	} {
		d.OnCustomizedEvent(kind, ignore)
	}
	return d
}

// take opens an event and delivers it. One that can't be opened is dropped: sent again it would be the same.
func (s *socket) take(ctx context.Context, req *larkevent.EventReq) error {
	envelope, err := s.opener.OpenTrusted(req.Body)
	if err != nil {
		s.log.WarnContext(ctx, "event dropped", "error", err)
		return nil
	}
	return s.deliver(ctx, envelope)
}

// press takes the press of a button, as the SDK hands it on with its body as it came; what it returns goes back in the
// acknowledgement. The SDK itself turns down a value that is no object: none of ours.
func (s *socket) press(ctx context.Context, e *callback.CardActionTriggerEvent) (*callback.CardActionTriggerResponse, error) {
	response := new(callback.CardActionTriggerResponse)
	envelope, err := s.opener.OpenTrusted(e.Body)
	if err != nil {
		s.log.WarnContext(ctx, "press dropped", "error", err)
		return response, nil
	}
	if err := s.deliver(ctx, envelope); err != nil {
		return nil, err
	}
	return response, json.Unmarshal(Answer(envelope.Event), response)
}

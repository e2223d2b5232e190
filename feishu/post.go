package feishu

import (
	"cmp"
	"context"

	larkcore "github.com/larksuite/oapi-sdk-go/v3/core"
	larkim "github.com/larksuite/oapi-sdk-go/v3/service/im/v1"

	"recallbot/bot"
)

// Publish sends a post into a chat or to a person (POST im/v1/messages), for its author. Within an hour the same key
// sends it once and returns the same message.
func (c *Client) Publish(ctx context.Context, post bot.Outgoing) (bot.Message, error) {
	idType, id, limitKey := "chat_id", string(post.Chat), sendsKey(post.Chat)
	if post.To != "" {
		idType, id, limitKey = "open_id", string(post.To), sendsKey(post.To)
	}
	req := larkim.NewCreateMessageReqBuilder().ReceiveIdType(idType).
		Body(larkim.NewCreateMessageReqBodyBuilder().ReceiveId(id).MsgType(post.Type).
			Content(post.Body).Uuid(uuidOf(post.Key)).Build()).Build()
	var data larkim.CreateMessageRespData
	err := c.call(ctx, request{
		api: "message.create", limitKey: limitKey, op: "post to " + id,
		do: func(ctx context.Context, token larkcore.RequestOptionFunc) (response, error) {
			resp, err := c.im.Message.Create(ctx, req, token)
			if err != nil {
				return response{}, err
			}
			data = value(resp.Data)
			return response{resp.ApiResp, resp.CodeError}, nil
		},
	})
	if err != nil {
		return bot.Message{}, err
	}
	m := bot.Message{
		ID: bot.MessageID(value(data.MessageId)), Chat: bot.ChatID(cmp.Or(value(data.ChatId), string(post.Chat))),
		Kind: bot.KindOwn, Sender: bot.Hash64Of(post.Author), Thread: bot.Hash64Of(value(data.ThreadId)), At: c.cfg.now(),
	}
	if at, ok := parseTime(value(data.CreateTime)); ok {
		m.At = at
	}
	if m.ID == "" {
		return bot.Message{}, noMessageID("post to " + id)
	}
	if c.cfg.OnPost != nil && m.Chat != "" {
		c.cfg.OnPost(ctx, m, nil)
	}
	return m, nil
}

// noMessageID is the error of a send whose response has no message id: the message may exist.
func noMessageID(op string) error {
	return &bot.Error{
		Kind: bot.Unavailable, Op: op + ": the answer has no message id", Reason: bot.ReasonUnavailable, MayHaveActed: true,
	}
}

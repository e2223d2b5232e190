package feishu

import (
	"context"

	larkcore "github.com/larksuite/oapi-sdk-go/v3/core"
	larkim "github.com/larksuite/oapi-sdk-go/v3/service/im/v1"

	"recallbot/bot"
)

// Recall recalls a message (DELETE im/v1/messages/:message_id). The platform decides whether our app may. A message
// that is gone already is NotFound with ReasonGone. If the response was lost the error has MayHaveActed: the message
// may be gone.
func (c *Client) Recall(ctx context.Context, id bot.MessageID) error {
	op := "recall " + string(id)
	if err := checkID(op, id); err != nil {
		return err
	}
	return c.call(ctx, c.deletion(op, id))
}

// RecallAs is Recall with the user token of a group's owner, who may recall every message of the group. Denied with
// ReasonConsentGone means that the platform rejects the token.
func (c *Client) RecallAs(ctx context.Context, token bot.Secret, id bot.MessageID) error {
	op := "recall " + string(id) + " as its owner"
	if err := checkID(op, id); err != nil {
		return err
	}
	return c.callAs(ctx, token, c.deletion(op, id))
}

func (c *Client) deletion(op string, id bot.MessageID) request {
	req := larkim.NewDeleteMessageReqBuilder().MessageId(string(id)).Build()
	return request{api: "message.delete", op: op, do: func(ctx context.Context, token larkcore.RequestOptionFunc) (response, error) {
		resp, err := c.im.Message.Delete(ctx, req, token)
		if err != nil {
			return response{}, err
		}
		return response{resp.ApiResp, resp.CodeError}, nil
	}}
}

// checkID rejects ids that would change the path of the URL.
func checkID[T ~string](op string, id T) error {
	if !bot.IsID(string(id)) {
		return &bot.Error{Kind: bot.Invalid, Op: op, Reason: bot.ReasonBadRequest}
	}
	return nil
}

package feishu

import (
	"context"

	larkcore "github.com/larksuite/oapi-sdk-go/v3/core"
	larkim "github.com/larksuite/oapi-sdk-go/v3/service/im/v1"

	"recallbot/bot"
)

// Recall takes a message back (DELETE im/v1/messages/:message_id). The platform decides whether our app may. A
// message that is gone already is NotFound with ReasonGone. Where the answer was lost the error says so in
// MayHaveActed: then the message may be gone by now.
func (c *Client) Recall(ctx context.Context, id bot.MessageID) error {
	op := "recall " + string(id)
	if err := checkID(op, id); err != nil {
		return err
	}
	return c.call(ctx, c.deletion(op, id))
}

// RecallAs is Recall as a person: the platform lets the owner of a group take anybody's message back. Denied with
// ReasonConsentGone means that it takes the token no longer.
func (c *Client) RecallAs(ctx context.Context, token bot.Secret, id bot.MessageID) error {
	op := "recall " + string(id) + " as its owner"
	if err := checkID(op, id); err != nil {
		return err
	}
	return c.callAs(ctx, token, c.deletion(op, id))
}

func (c *Client) deletion(op string, id bot.MessageID) request {
	req := larkim.NewDeleteMessageReqBuilder().MessageId(string(id)).Build()
	return request{"message.delete", op, func(ctx context.Context, token larkcore.RequestOptionFunc) (response, error) {
		resp, err := c.im.Message.Delete(ctx, req, token)
		if err != nil {
			return response{}, err
		}
		return response{resp.ApiResp, resp.CodeError}, nil
	}}
}

// checkID refuses ids that would make another path of the URL than the one meant.
func checkID[T ~string](op string, id T) error {
	if !bot.IsID(string(id)) {
		return &bot.Error{Kind: bot.Invalid, Op: op, Reason: bot.ReasonBadRequest}
	}
	return nil
}

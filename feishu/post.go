package feishu

import (
	"context"

	larkcore "github.com/larksuite/oapi-sdk-go/v3/core"
	larkim "github.com/larksuite/oapi-sdk-go/v3/service/im/v1"

	"recallbot/bot"
)

// Post asks for one message with its content, for cards with their original JSON. A recalled one comes with Gone set, or
// as NotFound with ReasonGone, as the platform pleases.
func (c *Client) Post(ctx context.Context, id bot.MessageID) (bot.Seen, error) {
	op := "read the content of " + string(id)
	if err := checkID(op, id); err != nil {
		return bot.Seen{}, err
	}
	var items []*larkim.Message
	req := larkim.NewGetMessageReqBuilder().MessageId(string(id)).UserIdType("open_id").
		CardMsgContentType("user_card_content").Build()
	err := c.call(ctx, request{"message.get", op, func(ctx context.Context, token larkcore.RequestOptionFunc) (answer, error) {
		resp, err := c.im.Message.Get(ctx, req, token)
		if err != nil {
			return answer{}, err
		}
		if resp.Data != nil {
			items = resp.Data.Items
		}
		return answer{resp.ApiResp, resp.CodeError}, nil
	}})
	if err != nil {
		return bot.Seen{}, err
	}
	if len(items) == 0 || items[0] == nil {
		return bot.Seen{}, &bot.Error{Kind: bot.NotFound, Op: op, Reason: bot.ReasonUnknownMessage}
	}
	return c.seenOf(items[0]), nil
}

// seenOf reads the API's shape of a message with its content.
func (c *Client) seenOf(item *larkim.Message) bot.Seen {
	body, sender := value(item.Body), value(item.Sender)
	seen := bot.Seen{
		Message: c.messageOf(item), Topic: bot.ThreadID(value(item.ThreadId)), Root: bot.MessageID(value(item.RootId)),
		Parent: bot.MessageID(value(item.ParentId)), Type: value(item.MsgType), Body: value(body.Content),
		From: value(sender.Id),
	}
	if seen.Gone {
		seen.Body = ""
	}
	for _, mention := range item.Mentions {
		if mention != nil {
			seen.Mentions = append(seen.Mentions, bot.Mentioned{Key: value(mention.Key), ID: bot.UserID(value(mention.Id))})
		}
	}
	return seen
}

package feishu

import (
	"cmp"
	"context"

	"recallbot/bot"
)

// Publish sends a post into a chat or to a person (POST im/v1/messages), for its author. Within an hour the same key
// sends it once and returns the same message.
func (c *Client) Publish(ctx context.Context, post bot.Outgoing) (bot.Message, error) {
	op := "post to " + cmp.Or(string(post.To), string(post.Chat))
	data, err := c.create(ctx, op, post)
	if err != nil {
		return bot.Message{}, err
	}
	m := c.sent(data)
	m.Sender, m.Chat = bot.HashOf(post.Author), cmp.Or(m.Chat, post.Chat)
	if m.ID == "" {
		return bot.Message{}, noMessageID(op)
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

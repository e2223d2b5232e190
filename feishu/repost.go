package feishu

import (
	"cmp"
	"context"
	"encoding/json"

	larkim "github.com/larksuite/oapi-sdk-go/v3/service/im/v1"

	"recallbot/bot"
)

// Repost sends a message of ours again: as a reply to the first of post.To that exists, else to any message of its
// topic, else into the chat. Within an hour the same key sends it once. A message that can't be sent again is
// Invalid, with ReasonType or ReasonBadRequest.
func (c *Client) Repost(ctx context.Context, post bot.Repost) (bot.Message, error) {
	op := "post " + string(post.ID) + " again"
	content, err := repostContent(post)
	if err != nil {
		return bot.Message{}, &bot.Error{Kind: bot.Invalid, Op: op, Reason: bot.ReasonType, Err: err}
	}
	for _, id := range post.To {
		m, err := c.repostAsReply(ctx, id, post, content)
		if err == nil || !isNotAnswerable(err) {
			return m, err
		}
	}
	if post.Topic == "" || len(post.To) == 0 {
		return c.repostToChat(ctx, post, content)
	}
	id, err := c.existingMessage(ctx, post.Topic)
	if err != nil || id == "" {
		if bot.Retryable(err) {
			return bot.Message{}, err
		}
		return c.repostToChat(ctx, post, content)
	}
	return c.repostAsReply(ctx, id, post, content)
}

// isNotAnswerable reports that a message can't be replied to any more.
func isNotAnswerable(err error) bool {
	detail := bot.Detail(err)
	return detail.Kind == bot.NotFound || detail.Reason == bot.ReasonInvisible
}

// existingMessage returns a message of a topic that exists, among its newest; empty if there is none.
func (c *Client) existingMessage(ctx context.Context, topic bot.ThreadID) (bot.MessageID, error) {
	page, err := c.History(ctx, bot.HistoryQuery{Topic: topic})
	if err != nil {
		return "", err
	}
	for _, m := range page.Messages {
		if !m.Gone && m.ID != "" {
			return m.ID, nil
		}
	}
	return "", nil
}

func (c *Client) repostAsReply(
	ctx context.Context, id bot.MessageID, post bot.Repost, content string,
) (bot.Message, error) {
	op := "post " + string(post.ID) + " again under " + string(id)
	data, err := c.createReply(ctx, op, id, outgoing(post, content), post.Topic != "")
	return c.reposted(ctx, post, op, data, err)
}

func (c *Client) repostToChat(ctx context.Context, post bot.Repost, content string) (bot.Message, error) {
	op := "post " + string(post.ID) + " again"
	data, err := c.create(ctx, op, outgoing(post, content))
	return c.reposted(ctx, post, op, data, err)
}

func outgoing(post bot.Repost, content string) bot.Outgoing {
	return bot.Outgoing{Chat: post.Chat, Type: post.Type, Body: content, Key: post.Key}
}

// reposted reports the new post with its author.
func (c *Client) reposted(
	ctx context.Context, post bot.Repost, op string, data larkim.CreateMessageRespData, err error,
) (bot.Message, error) {
	if err != nil {
		return bot.Message{}, err
	}
	m := c.sent(data)
	m.Sender, m.Chat = post.Sender, cmp.Or(m.Chat, post.Chat)
	if m.ID == "" && (c.cfg.Hold == nil || !c.cfg.Hold()) {
		return bot.Message{}, noMessageID(op)
	}
	if c.cfg.OnPost != nil && m.ID != "" {
		c.cfg.OnPost(ctx, m, repliedTo(data))
	}
	return m, nil
}

// repostContent converts a message's content as the platform shows it into content for sending.
func repostContent(post bot.Repost) (string, error) {
	content, err := sendableContent(post)
	if err != nil {
		return "", err
	}
	text, err := json.Marshal(content)
	if err != nil || post.Button == nil || post.Type != typeCard {
		return string(text), err
	}
	decorated, _ := WithButton(string(text), *post.Button)
	return decorated, nil
}

func sendableContent(post bot.Repost) (any, error) {
	switch post.Type {
	case "text":
		return sendableText(post)
	case "post":
		return sendableRichText(post)
	case typeCard:
		return sendableCard(post)
	case "image":
		return pickKeys(post.Body, "image_key")
	case "file", "audio", "sticker":
		return pickKeys(post.Body, "file_key")
	case "media":
		return pickKeys(post.Body, "file_key", "image_key")
	case "share_chat":
		return pickKeys(post.Body, "chat_id")
	case "share_user":
		return pickKeys(post.Body, "user_id")
	default:
		return nil, bot.Errorf(bot.Invalid, "messages of type %q can't be sent again", post.Type)
	}
}

// pickKeys keeps the keys that a send accepts; the first one is required.
func pickKeys(body string, keys ...string) (map[string]any, error) {
	var shown map[string]any
	if err := json.Unmarshal([]byte(body), &shown); err != nil {
		return nil, bot.Errorf(bot.Invalid, "read the content: %w", err)
	}
	if text, _ := shown[keys[0]].(string); text == "" {
		return nil, bot.Errorf(bot.Invalid, "the content has no %s", keys[0])
	}
	kept := map[string]any{}
	for _, key := range keys {
		if found, ok := shown[key]; ok {
			kept[key] = found
		}
	}
	return kept, nil
}

package feishu

import (
	"cmp"
	"context"
	"encoding/json"

	larkcore "github.com/larksuite/oapi-sdk-go/v3/core"
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
	if err := checkID(op, id); err != nil {
		return bot.Message{}, err
	}
	req := larkim.NewReplyMessageReqBuilder().MessageId(string(id)).
		Body(larkim.NewReplyMessageReqBodyBuilder().MsgType(post.Type).Content(content).
			ReplyInThread(post.Topic != "").Uuid(uuidOf(post.Key)).Build()).Build()
	return c.repost(ctx, post, request{api: "message.reply", limitKey: sendsKey(post.Chat), op: op}, func(
		ctx context.Context, token larkcore.RequestOptionFunc,
	) (response, larkim.CreateMessageRespData, error) {
		resp, err := c.im.Message.Reply(ctx, req, token)
		if err != nil {
			return response{}, larkim.CreateMessageRespData{}, err
		}
		return response{resp.ApiResp, resp.CodeError}, larkim.CreateMessageRespData(value(resp.Data)), nil
	})
}

func (c *Client) repostToChat(ctx context.Context, post bot.Repost, content string) (bot.Message, error) {
	req := larkim.NewCreateMessageReqBuilder().ReceiveIdType("chat_id").
		Body(larkim.NewCreateMessageReqBodyBuilder().ReceiveId(string(post.Chat)).MsgType(post.Type).
			Content(content).Uuid(uuidOf(post.Key)).Build()).Build()
	op := "post " + string(post.ID) + " again"
	return c.repost(ctx, post, request{api: "message.create", limitKey: sendsKey(post.Chat), op: op}, func(
		ctx context.Context, token larkcore.RequestOptionFunc,
	) (response, larkim.CreateMessageRespData, error) {
		resp, err := c.im.Message.Create(ctx, req, token)
		if err != nil {
			return response{}, larkim.CreateMessageRespData{}, err
		}
		return response{resp.ApiResp, resp.CodeError}, value(resp.Data), nil
	})
}

// sendFunc is a call that sends a message.
type sendFunc func(context.Context, larkcore.RequestOptionFunc) (response, larkim.CreateMessageRespData, error)

// repost makes the call and reports the new post with its author.
func (c *Client) repost(ctx context.Context, post bot.Repost, r request, send sendFunc) (bot.Message, error) {
	var data larkim.CreateMessageRespData
	r.do = func(ctx context.Context, token larkcore.RequestOptionFunc) (response, error) {
		got, sent, err := send(ctx, token)
		data = sent
		return got, err
	}
	if err := c.call(ctx, r); err != nil {
		return bot.Message{}, err
	}
	at, ok := parseTime(value(data.CreateTime))
	if !ok {
		at = c.cfg.now()
	}
	m := bot.Message{
		ID: bot.MessageID(value(data.MessageId)), Chat: bot.ChatID(cmp.Or(value(data.ChatId), string(post.Chat))),
		Kind: bot.KindOwn, Sender: post.Sender, Thread: bot.Hash64Of(value(data.ThreadId)), At: at,
	}
	if m.ID == "" && (c.cfg.Hold == nil || !c.cfg.Hold()) {
		return bot.Message{}, noMessageID(r.op)
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

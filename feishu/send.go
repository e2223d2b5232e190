package feishu

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"

	larkcore "github.com/larksuite/oapi-sdk-go/v3/core"
	larkim "github.com/larksuite/oapi-sdk-go/v3/service/im/v1"

	"recallbot/bot"
)

// maxUUID is the longest uuid; the platform deduplicates sends by it for an hour.
const maxUUID = 50

// typeText is the msg_type of plain text.
const typeText = "text"

// React adds an emoji to a message.
func (c *Client) React(ctx context.Context, id bot.MessageID, emoji string) error {
	op := "react to " + string(id)
	if err := checkID(op, id); err != nil {
		return err
	}
	req := larkim.NewCreateMessageReactionReqBuilder().MessageId(string(id)).
		Body(larkim.NewCreateMessageReactionReqBodyBuilder().
			ReactionType(larkim.NewEmojiBuilder().EmojiType(emoji).Build()).Build()).Build()
	return c.call(ctx, request{api: "reaction.create", op: op, do: func(ctx context.Context, token larkcore.RequestOptionFunc) (response, error) {
		resp, err := c.im.MessageReaction.Create(ctx, req, token)
		if err != nil {
			return response{}, err
		}
		return response{resp.ApiResp, resp.CodeError}, nil
	}})
}

// Whisper shows an ephemeral card to one member of a group. Topic groups and p2p chats do not support it; after a
// final error use another way.
func (c *Client) Whisper(ctx context.Context, chat bot.ChatID, user bot.UserID, text string) error {
	_, err := c.whisper(ctx, chat, user, cardOf(text))
	return err
}

func (c *Client) whisper(ctx context.Context, chat bot.ChatID, user bot.UserID, shown card) (bot.MessageID, error) {
	var body struct {
		larkcore.CodeError
		Data struct {
			ID bot.MessageID `json:"message_id"`
		} `json:"data"`
	}
	req := &larkcore.ApiReq{
		HttpMethod: http.MethodPost,
		ApiPath:    "/open-apis/ephemeral/v1/send",
		Body:       ephemeral{Chat: string(chat), User: string(user), Type: typeCard, Card: shown},
	}
	if err := c.waitLimit(ctx, sendsKey(chat)); err != nil {
		return "", notSent("whisper in "+string(chat), "wait for the chat's limit", err)
	}
	_, err := c.raw(ctx, "ephemeral.send", "whisper in "+string(chat), req, &body, &body.CodeError)
	return body.Data.ID, err
}

type ephemeral struct {
	Chat string `json:"chat_id"`
	User string `json:"open_id"`
	Type string `json:"msg_type"`
	Card card   `json:"card"`
}

// Tell sends a text to a person in the p2p chat, which is created if needed. The same key sends it once within an
// hour.
func (c *Client) Tell(ctx context.Context, user bot.UserID, text, key string) error {
	_, err := c.answer(ctx, user, typeText, textContent(text), key)
	return err
}

// Say shows a text to all in a chat, as a card, which is known as an answer of ours by itself. It has no author. The same key
// shows it once within an hour.
func (c *Client) Say(ctx context.Context, chat bot.ChatID, text, key string) error {
	content, _ := json.Marshal(cardOf(text)) // strings always marshal
	data, err := c.create(ctx, "say in "+string(chat), bot.Outgoing{Chat: chat, Type: typeCard, Body: string(content), Key: key})
	if err == nil {
		c.reportAnswer(ctx, data, "")
	}
	return err
}

// answer sends a message to a person in the p2p chat, and reports it as an answer of ours.
func (c *Client) answer(ctx context.Context, user bot.UserID, kind, content, key string) (larkim.CreateMessageRespData, error) {
	data, err := c.create(ctx, "tell "+string(user), bot.Outgoing{To: user, Type: kind, Body: content, Key: key})
	if err == nil {
		c.reportAnswer(ctx, data, user)
	}
	return data, err
}

// create sends a message to a chat or a person, once for a key within an hour. Op names it in errors.
func (c *Client) create(ctx context.Context, op string, out bot.Outgoing) (data larkim.CreateMessageRespData, err error) {
	idType, id, limitKey := "chat_id", string(out.Chat), sendsKey(out.Chat)
	if out.To != "" {
		idType, id, limitKey = "open_id", string(out.To), sendsKey(out.To)
	}
	req := larkim.NewCreateMessageReqBuilder().ReceiveIdType(idType).
		Body(larkim.NewCreateMessageReqBodyBuilder().ReceiveId(id).MsgType(out.Type).
			Content(out.Body).Uuid(uuidOf(out.Key)).Build()).Build()
	err = c.call(ctx, request{
		api: "message.create", limitKey: limitKey, op: op,
		do: func(ctx context.Context, token larkcore.RequestOptionFunc) (response, error) {
			resp, err := c.im.Message.Create(ctx, req, token)
			if err != nil {
				return response{}, err
			}
			data = value(resp.Data)
			return response{resp.ApiResp, resp.CodeError}, nil
		},
	})
	return data, err
}

// Reply replies to a message, in its topic if it is in one. The author of the answer is the person who caused it. The
// same key sends it once within an hour.
func (c *Client) Reply(ctx context.Context, id bot.MessageID, author bot.UserID, text, key string) error {
	_, err := c.reply(ctx, id, author, typeText, textContent(text), key)
	return err
}

func (c *Client) reply(
	ctx context.Context, id bot.MessageID, author bot.UserID, kind, content, key string,
) (larkim.CreateMessageRespData, error) {
	out := bot.Outgoing{Type: kind, Body: content, Key: key}
	if c.cfg.ChatOf != nil {
		out.Chat = c.cfg.ChatOf(ctx, id)
	}
	data, err := c.createReply(ctx, "reply to "+string(id), id, out, false)
	if err == nil {
		c.reportAnswer(ctx, data, author)
	}
	return data, err
}

// createReply sends a message as a reply, once for a key within an hour. The chat counts for the limit of sends, where it is
// known. Op names the reply in errors.
func (c *Client) createReply(
	ctx context.Context, op string, to bot.MessageID, out bot.Outgoing, inThread bool,
) (data larkim.CreateMessageRespData, err error) {
	if err := checkID(op, to); err != nil {
		return data, err
	}
	body := larkim.NewReplyMessageReqBodyBuilder().MsgType(out.Type).Content(out.Body).Uuid(uuidOf(out.Key))
	if inThread {
		body.ReplyInThread(true)
	}
	req := larkim.NewReplyMessageReqBuilder().MessageId(string(to)).Body(body.Build()).Build()
	err = c.call(ctx, request{
		api: "message.reply", limitKey: sendsKey(out.Chat), op: op,
		do: func(ctx context.Context, token larkcore.RequestOptionFunc) (response, error) {
			resp, err := c.im.Message.Reply(ctx, req, token)
			if err != nil {
				return response{}, err
			}
			data = larkim.CreateMessageRespData(value(resp.Data))
			return response{resp.ApiResp, resp.CodeError}, nil
		},
	})
	return data, err
}

// sent is the message of ours that a response describes. Its time is now if the response has none.
func (c *Client) sent(data larkim.CreateMessageRespData) bot.Message {
	at, ok := parseTime(value(data.CreateTime))
	if !ok {
		at = c.cfg.now()
	}
	return bot.Message{
		ID: bot.MessageID(value(data.MessageId)), Chat: bot.ChatID(value(data.ChatId)), Kind: bot.KindOwn,
		Thread: bot.HashOf(value(data.ThreadId)), At: at,
	}
}

// reportAnswer reports an answer of our bot to OnPost, since the platform sends no event for it.
func (c *Client) reportAnswer(ctx context.Context, data larkim.CreateMessageRespData, author bot.UserID) {
	m := c.sent(data)
	m.Sender, m.Answer = bot.HashOf(author), true
	if c.cfg.OnPost != nil && m.ID != "" && m.Chat != "" {
		c.cfg.OnPost(ctx, m, repliedTo(data))
	}
}

// repliedTo returns the messages that a post replies to.
func repliedTo(data larkim.CreateMessageRespData) []bot.MessageID {
	parent, root := bot.MessageID(value(data.ParentId)), bot.MessageID(value(data.RootId))
	switch {
	case parent == "" && root == "":
		return nil
	case parent == "" || parent == root:
		return []bot.MessageID{root}
	case root == "":
		return []bot.MessageID{parent}
	default:
		return []bot.MessageID{parent, root}
	}
}

// uuidOf returns a uuid for a key of any length, the same for the same key.
func uuidOf(key string) string {
	if len(key) <= maxUUID {
		return key
	}
	sum := sha256.Sum256([]byte(key))
	return hex.EncodeToString(sum[:maxUUID/2])
}

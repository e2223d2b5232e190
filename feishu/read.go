package feishu

import (
	"context"
	"errors"
	"time"

	larkcore "github.com/larksuite/oapi-sdk-go/v3/core"
	larkim "github.com/larksuite/oapi-sdk-go/v3/service/im/v1"

	"recallbot/bot"
)

const (
	pageSize = 50
	// maxPages limits the search in a topic to its newest 500 messages.
	maxPages = 10
)

// Message returns one message. For a recalled message the platform returns either Gone or NotFound with ReasonGone.
func (c *Client) Message(ctx context.Context, id bot.MessageID) (bot.Message, error) {
	op := "read " + string(id)
	if err := checkID(op, id); err != nil {
		return bot.Message{}, err
	}
	items, err := c.items(ctx, op, larkim.NewGetMessageReqBuilder().MessageId(string(id)).UserIdType("open_id").
		CardMsgContentType(originalCards).Build())
	if err != nil {
		return bot.Message{}, err
	}
	m := c.messageOf(items[0])
	m.ID = id
	return m, nil
}

// codeNotSender: the message was sent by another sender.
const codeNotSender = 230012

// IsSender reports whether our app sent a message, also one that the app can't read: only the sender may list the
// readers (GET im/v1/messages/:message_id/read_users, docs/platform.md#other-calls). It returns Denied for a message
// older than seven days or in an external group, and if the platform does not have this API.
func (c *Client) IsSender(ctx context.Context, id bot.MessageID) (bool, error) {
	op := "ask who sent " + string(id)
	if err := checkID(op, id); err != nil {
		return false, err
	}
	req := larkim.NewReadUsersMessageReqBuilder().MessageId(string(id)).UserIdType("open_id").PageSize(1).Build()
	var data *larkim.ReadUsersMessageRespData
	err := c.call(ctx, request{api: "message.read_users", op: op, do: func(ctx context.Context, token larkcore.RequestOptionFunc) (response, error) {
		resp, err := c.im.Message.ReadUsers(ctx, req, token)
		if err != nil {
			return response{}, err
		}
		data = resp.Data
		return response{resp.ApiResp, resp.CodeError}, nil
	}})
	switch {
	case bot.Detail(err).Code == codeNotSender:
		return false, nil
	case errors.Is(err, errNoCall):
		return false, &bot.Error{Kind: bot.Denied, Op: op, Err: err}
	case err == nil && (data == nil || data.HasMore == nil):
		return false, emptyResponse(op)
	default:
		return err == nil, err
	}
}

// items returns one message, followed by its parts if it is a merged forward. It returns at least one item.
func (c *Client) items(ctx context.Context, op string, req *larkim.GetMessageReq) ([]*larkim.Message, error) {
	var data *larkim.GetMessageRespData
	err := c.call(ctx, request{api: "message.get", op: op, do: func(ctx context.Context, token larkcore.RequestOptionFunc) (response, error) {
		resp, err := c.im.Message.Get(ctx, req, token)
		if err != nil {
			return response{}, err
		}
		data = resp.Data
		return response{resp.ApiResp, resp.CodeError}, nil
	}})
	items := value(data).Items
	switch {
	case err != nil:
		return nil, err
	case data == nil:
		return nil, emptyResponse(op)
	case len(items) == 0 || items[0] == nil:
		return nil, &bot.Error{Kind: bot.NotFound, Op: op, Reason: bot.ReasonUnknownMessage}
	default:
		return items, nil
	}
}

// NewestOwn returns our app's newest message in a topic, or without one in a chat, that exists, is not newer than before, and is a
// post. Without one among the newest messages there the error is NotFound with ReasonNothingHere.
func (c *Client) NewestOwn(
	ctx context.Context, chat bot.ChatID, thread bot.ThreadID, before time.Time, isPost func(context.Context, bot.Message) (bool, error),
) (bot.Message, error) {
	container, id := containerThread, string(thread)
	if thread == "" {
		container, id = containerChat, string(chat)
	}
	op := "newest own post in " + id
	pageToken := ""
	for range maxPages {
		page, err := c.page(ctx, op, newestFirst(container, id, pageToken).CardMsgContentType(originalCards))
		if err != nil {
			return bot.Message{}, err
		}
		for _, item := range page.Items {
			if item == nil {
				continue
			}
			m := c.messageOf(item)
			if !isOwnBefore(m, before) {
				continue
			}
			if post, err := isPost(ctx, m); post || err != nil {
				return m, err
			}
		}
		pageToken = value(page.PageToken)
		if !value(page.HasMore) || pageToken == "" {
			break
		}
	}
	return bot.Message{}, &bot.Error{Kind: bot.NotFound, Op: op, Reason: bot.ReasonNothingHere}
}

func isOwnBefore(m bot.Message, before time.Time) bool {
	return m.Kind == bot.KindOwn && m.ID != "" && !m.Gone && !m.At.After(before)
}

// Container types of messages.
const (
	containerChat   = "chat"
	containerThread = "thread"
)

// newestFirst builds the request for a page of a container.
func newestFirst(container, id, pageToken string) *larkim.ListMessageReqBuilder {
	builder := larkim.NewListMessageReqBuilder().ContainerIdType(container).ContainerId(id).
		SortType("ByCreateTimeDesc").PageSize(pageSize)
	if pageToken != "" {
		builder = builder.PageToken(pageToken)
	}
	return builder
}

func (c *Client) page(ctx context.Context, op string, builder *larkim.ListMessageReqBuilder) (larkim.ListMessageRespData, error) {
	req := builder.Build()
	var page *larkim.ListMessageRespData
	err := c.call(ctx, request{api: "message.list", op: op, do: func(ctx context.Context, token larkcore.RequestOptionFunc) (response, error) {
		resp, err := c.im.Message.List(ctx, req, token)
		if err != nil {
			return response{}, err
		}
		page = resp.Data
		return response{resp.ApiResp, resp.CodeError}, nil
	}})
	if err == nil && page == nil {
		err = emptyResponse(op)
	}
	return value(page), err
}

// messageOf converts the API's message, without its text. A time that can't be parsed is zero.
func (c *Client) messageOf(item *larkim.Message) bot.Message {
	at, _ := parseTime(value(item.CreateTime))
	m := bot.Message{
		ID:     bot.MessageID(value(item.MessageId)),
		Chat:   bot.ChatID(value(item.ChatId)),
		Thread: bot.HashOf(value(item.ThreadId)),
		At:     at,
		Gone:   value(item.Deleted),
	}
	sender := value(item.Sender)
	id := value(sender.Id)
	switch value(sender.SenderType) {
	case "user":
		m.Kind, m.Sender = bot.KindPerson, bot.HashOf(id)
	case "app", "bot":
		m.Kind, m.Sender = bot.KindBot, bot.HashOf(id)
		if id == c.cfg.AppID {
			m.Kind, m.Sender = bot.KindOwn, 0
			m.Answer = value(item.MsgType) == typeCard && isAnswer(withoutRecallButton(originalCard(value(value(item.Body).Content))))
		}
	}
	return m
}

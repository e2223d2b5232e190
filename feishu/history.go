package feishu

import (
	"context"
	"strconv"
	"time"

	larkcore "github.com/larksuite/oapi-sdk-go/v3/core"
	larkim "github.com/larksuite/oapi-sdk-go/v3/service/im/v1"

	"recallbot/bot"
)

const (
	// pressKey is in every card of ours with buttons; see pressValue.
	pressKey = `"recallbot"`
	// originalCards requests cards as they were sent, not as the platform renders them.
	originalCards = "user_card_content"
	// maxPinPages limits the pages of pinned messages, in case the list never ends.
	maxPinPages = 200
)

// History returns a page of the messages of a chat or topic, the newest first. A missing permission is a final error,
// usually Denied.
func (c *Client) History(ctx context.Context, q bot.HistoryQuery) (bot.HistoryPage, error) {
	op := "read the history of " + string(q.Chat)
	builder := newestFirst(containerChat, string(q.Chat), q.Page)
	if q.Topic != "" {
		op += " in " + string(q.Topic)
		builder = newestFirst(containerThread, string(q.Topic), q.Page)
	} else {
		if !q.Since.IsZero() {
			builder = builder.StartTime(strconv.FormatInt(q.Since.Unix(), 10))
		}
		if !q.Until.IsZero() {
			builder = builder.EndTime(strconv.FormatInt(q.Until.Add(time.Second-1).Unix(), 10))
		}
	}
	got, err := c.page(ctx, op, builder.CardMsgContentType(originalCards).WithSenderName(true))
	if err != nil {
		return bot.HistoryPage{}, err
	}
	page := bot.HistoryPage{Messages: make([]bot.Seen, 0, len(got.Items))}
	for _, item := range got.Items {
		if item == nil || value(item.MessageId) == "" || value(item.UpperMessageId) != "" { // part of a merged forward
			continue
		}
		page.Messages = append(page.Messages, c.seenOf(item))
	}
	if value(got.HasMore) {
		page.Next = value(got.PageToken)
	}
	return page, nil
}

// Pinned returns the pinned messages of a chat, with the same errors as History.
func (c *Client) Pinned(ctx context.Context, chat bot.ChatID) (map[bot.MessageID]bool, error) {
	op := "read the pins of " + string(chat)
	pinned, pageToken := map[bot.MessageID]bool{}, ""
	for range maxPinPages {
		builder := larkim.NewListPinReqBuilder().ChatId(string(chat)).PageSize(pageSize)
		if pageToken != "" {
			builder = builder.PageToken(pageToken)
		}
		page, err := c.pins(ctx, op, builder.Build())
		if err != nil {
			return nil, err
		}
		for _, pin := range page.Items {
			if pin != nil {
				pinned[bot.MessageID(value(pin.MessageId))] = true
			}
		}
		pageToken = value(page.PageToken)
		if !value(page.HasMore) || pageToken == "" {
			return pinned, nil
		}
	}
	return nil, &bot.Error{Kind: bot.Denied, Op: op + ": too many", Reason: bot.ReasonOther}
}

func (c *Client) pins(ctx context.Context, op string, req *larkim.ListPinReq) (larkim.ListPinRespData, error) {
	var page *larkim.ListPinRespData
	err := c.call(ctx, request{api: "pin.list", op: op, do: func(ctx context.Context, token larkcore.RequestOptionFunc) (response, error) {
		resp, err := c.im.Pin.List(ctx, req, token)
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

// Post returns a message with its content, for cards their original JSON. For a recalled message the platform returns
// either Gone or NotFound with ReasonGone.
func (c *Client) Post(ctx context.Context, id bot.MessageID) (bot.Seen, error) {
	op := "read the content of " + string(id)
	if err := checkID(op, id); err != nil {
		return bot.Seen{}, err
	}
	items, err := c.items(ctx, op, larkim.NewGetMessageReqBuilder().MessageId(string(id)).UserIdType("open_id").
		CardMsgContentType(originalCards).WithSenderName(true).Build())
	if err != nil {
		return bot.Seen{}, err
	}
	return c.seenOf(items[0]), nil
}

// seenOf converts the API's message. The content of a recalled message is a text of the platform and is dropped.
func (c *Client) seenOf(item *larkim.Message) bot.Seen {
	sender := value(item.Sender)
	seen := bot.Seen{
		Message: c.messageOf(item), Topic: bot.ThreadID(value(item.ThreadId)), Root: bot.MessageID(value(item.RootId)),
		Parent: bot.MessageID(value(item.ParentId)), Type: value(item.MsgType),
		From: value(sender.Id), Name: value(sender.SenderName), Open: bot.UserID(value(sender.OpenBotId)),
		Link: value(item.MessageAppLink),
	}
	if !seen.Gone {
		seen.Body = withoutRecallButton(contentOf(seen.Type, value(value(item.Body).Content)))
		seen.Text = visibleText(seen.Type, seen.Body, item.Mentions)
		seen.Opaque = isOpaque(seen.Type, seen.Body)
	}
	for _, mention := range item.Mentions {
		if mention != nil {
			seen.Mentions = append(seen.Mentions, bot.Mentioned{Key: value(mention.Key), ID: bot.UserID(value(mention.Id))})
		}
	}
	return seen
}

package feishu

import (
	"context"

	larkcore "github.com/larksuite/oapi-sdk-go/v3/core"
	larkim "github.com/larksuite/oapi-sdk-go/v3/service/im/v1"

	"recallbot/bot"
)

// Chats returns a page of the groups that our bot is in, with their names, and the cursor of the next page; empty at
// the end. An unknown cursor is Invalid.
func (c *Client) Chats(ctx context.Context, limit int, cursor string) (page []bot.Chat, next string, err error) {
	const op = "list chats"
	var data *larkim.ListChatRespData
	build := larkim.NewListChatReqBuilder().UserIdType("open_id").PageSize(limit)
	if cursor != "" {
		build = build.PageToken(cursor)
	}
	req := build.Build()
	err = c.call(ctx, request{api: "chat.list", op: op, do: func(ctx context.Context, token larkcore.RequestOptionFunc) (response, error) {
		resp, err := c.im.Chat.List(ctx, req, token)
		if err != nil {
			return response{}, err
		}
		data = resp.Data
		return response{resp.ApiResp, resp.CodeError}, nil
	}})
	if err == nil && data == nil {
		err = emptyResponse(op)
	}
	if err != nil {
		return nil, "", err
	}
	for _, item := range data.Items {
		if item == nil || value(item.ChatId) == "" {
			continue
		}
		page = append(page, bot.Chat{ID: bot.ChatID(*item.ChatId), Name: value(item.Name)})
	}
	if value(data.HasMore) {
		next = value(data.PageToken)
	}
	return page, next, nil
}

package feishu

import (
	"context"
	"net/http"
	"reflect"

	larkcore "github.com/larksuite/oapi-sdk-go/v3/core"
	larkim "github.com/larksuite/oapi-sdk-go/v3/service/im/v1"

	"recallbot/bot"
)

// Chat returns a chat's owner, managers and type. A dissolved chat is Denied with ReasonDissolved.
func (c *Client) Chat(ctx context.Context, id bot.ChatID) (bot.Chat, error) {
	op := "read chat " + string(id)
	if err := checkID(op, id); err != nil {
		return bot.Chat{}, err
	}
	var data *larkim.GetChatRespData
	req := larkim.NewGetChatReqBuilder().ChatId(string(id)).UserIdType("open_id").Build()
	err := c.call(ctx, request{api: "chat.get", op: op, do: func(ctx context.Context, token larkcore.RequestOptionFunc) (response, error) {
		resp, err := c.im.Chat.Get(ctx, req, token)
		if err != nil {
			return response{}, err
		}
		data = resp.Data
		return response{resp.ApiResp, resp.CodeError}, nil
	}})
	if err != nil {
		return bot.Chat{}, err
	}
	if data == nil || reflect.ValueOf(*data).IsZero() {
		return bot.Chat{}, emptyResponse(op)
	}
	if status := value(data.ChatStatus); status == "dissolved" || status == "dissolved_save" {
		return bot.Chat{}, &bot.Error{Kind: bot.Denied, Op: op, Reason: bot.ReasonDissolved}
	}
	chat := bot.Chat{
		ID:      id,
		Name:    value(data.Name),
		P2P:     value(data.ChatMode) == "p2p",
		Topics:  value(data.ChatMode) == "topic" || value(data.GroupMessageType) == "thread",
		Owner:   bot.UserID(value(data.OwnerId)),
		Member:  isMember(data),
		Learned: c.cfg.now(),
	}
	for _, user := range data.UserManagerIdList {
		chat.Managers = append(chat.Managers, bot.UserID(user))
	}
	for _, app := range data.BotManagerIdList {
		chat.BotManagers = append(chat.BotManagers, bot.AppID(app))
	}
	return chat, nil
}

// Bots returns the bots in a group (GET im/v1/chats/:chat_id/members/bots).
func (c *Client) Bots(ctx context.Context, id bot.ChatID) ([]bot.ChatBot, error) {
	op := "list the bots of " + string(id)
	if err := checkID(op, id); err != nil {
		return nil, err
	}
	self, err := c.Self(ctx)
	if err != nil {
		return nil, err
	}
	var body struct {
		larkcore.CodeError
		Data struct {
			Items []struct {
				ID   bot.UserID `json:"bot_id"`
				Name string     `json:"bot_name"`
			} `json:"items"`
		} `json:"data"`
	}
	req := &larkcore.ApiReq{HttpMethod: http.MethodGet, ApiPath: "/open-apis/im/v1/chats/" + string(id) + "/members/bots"}
	if _, err := c.raw(ctx, "chat.bots", op, req, &body, &body.CodeError); err != nil {
		return nil, err
	}
	bots := make([]bot.ChatBot, 0, len(body.Data.Items))
	for _, item := range body.Data.Items {
		bots = append(bots, bot.ChatBot{Open: item.ID, Name: item.Name, Self: item.ID == self.OpenID})
	}
	return bots, nil
}

// RemoveBot removes a bot from a group (im-v1/chat-members/delete). The platform allows it to the owner, an admin, or the creator with
// the scope im:chat:operate_as_owner.
func (c *Client) RemoveBot(ctx context.Context, id bot.ChatID, app bot.AppID) error {
	op := "remove the bot " + string(app) + " from " + string(id)
	if err := checkID(op, id); err != nil {
		return err
	}
	var body larkcore.CodeError
	req := &larkcore.ApiReq{
		HttpMethod: http.MethodDelete, ApiPath: "/open-apis/im/v1/chats/" + string(id) + "/members",
		QueryParams: larkcore.QueryParams{"member_id_type": {"app_id"}}, Body: map[string][]string{"id_list": {string(app)}},
	}
	_, err := c.raw(ctx, "chat.remove_bot", op, req, &body, &body)
	return err
}

// isMember reports whether a response is the full one that members get; others get only name, avatar, counts and
// status. It checks the fields that every group has: the owner alone would not do, since it is empty when a bot owns
// the group. A wrong result grants nothing, since rights depend on owners and managers.
func isMember(data *larkim.GetChatRespData) bool {
	return data.ChatMode != nil || data.GroupMessageType != nil || data.AddMemberPermission != nil || data.OwnerId != nil
}

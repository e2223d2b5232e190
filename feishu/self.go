package feishu

import (
	"context"
	"net/http"

	larkcore "github.com/larksuite/oapi-sdk-go/v3/core"

	"recallbot/bot"
)

// Self is the bot as the platform describes it.
type Self struct {
	OpenID bot.UserID
	Name   string
	// Active is false if the tenant disabled the bot, or its licence or plan ended.
	Active bool
}

// Self returns our bot's identity (GET bot/v3/info).
func (c *Client) Self(ctx context.Context) (Self, error) {
	self, _, err := c.self(ctx)
	return self, err
}

func (c *Client) self(ctx context.Context) (Self, http.Header, error) {
	const enabled = 2
	var body struct {
		larkcore.CodeError
		Bot struct {
			OpenID string `json:"open_id"`
			Name   string `json:"app_name"`
			Status int    `json:"activate_status"`
		} `json:"bot"`
	}
	req := &larkcore.ApiReq{HttpMethod: http.MethodGet, ApiPath: "/open-apis/bot/v3/info"}
	header, err := c.raw(ctx, "bot.info", "read bot info", req, &body, &body.CodeError)
	if err != nil {
		return Self{}, nil, err
	}
	return Self{OpenID: bot.UserID(body.Bot.OpenID), Name: body.Bot.Name, Active: body.Bot.Status == enabled}, header, nil
}

// raw makes a call that the SDK has no service for; body receives the response, and report, a part of it, the code.
func (c *Client) raw(ctx context.Context, api, op string, req *larkcore.ApiReq, body any, report *larkcore.CodeError) (http.Header, error) {
	var header http.Header
	req.SupportedAccessTokenTypes = []larkcore.AccessTokenType{larkcore.AccessTokenTypeTenant}
	err := c.call(ctx, request{api: api, op: op, do: func(ctx context.Context, token larkcore.RequestOptionFunc) (response, error) {
		resp, err := larkcore.Request(ctx, req, c.sdk, token)
		if err != nil {
			return response{}, err
		}
		header = resp.Header
		if err := resp.JSONUnmarshalBody(body, c.sdk); err != nil {
			return response{}, err
		}
		return response{resp, *report}, nil
	}})
	return header, err
}

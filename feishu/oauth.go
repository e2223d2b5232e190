package feishu

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	larkcore "github.com/larksuite/oapi-sdk-go/v3/core"
	"golang.org/x/oauth2"

	"recallbot/bot"
)

// ownerRecall is the scope for recalling as a person.
const ownerRecall = "im:message:recall"

// ConsentURL is the page where a person authorises us (docs/platform.md#authorisation-by-a-person). It is on the
// accounts. host that belongs to the API's open. host; the sandbox serves both on one host.
func (c *Client) ConsentURL(redirect, state, verifier string) string {
	base := trimSlash(c.cfg.BaseURL)
	if u, err := url.Parse(base); err == nil {
		if rest, ok := strings.CutPrefix(u.Host, "open."); ok {
			u.Host = "accounts." + rest
			base = u.String()
		}
	}
	config := oauth2.Config{
		ClientID: c.cfg.AppID, RedirectURL: redirect, Scopes: []string{ownerRecall, "offline_access"},
		Endpoint: oauth2.Endpoint{AuthURL: base + "/open-apis/authen/v1/authorize"},
	}
	link := config.AuthCodeURL(state, oauth2.S256ChallengeOption(verifier), oauth2.SetAuthURLParam("prompt", "consent"))
	return strings.ReplaceAll(link, "+", "%20")
}

// Exchange returns the tokens for an authorisation code. An expired, used or foreign code is Denied with
// ReasonConsentGone.
func (c *Client) Exchange(ctx context.Context, code, redirect, verifier string) (bot.Grant, error) {
	return c.grant(ctx, "exchange a code", map[string]string{
		"grant_type": "authorization_code", "code": code, "redirect_uri": redirect, "code_verifier": verifier,
	})
}

// Refresh returns new tokens for a refresh token, which can be used once. An expired, used or revoked one is Denied
// with ReasonConsentGone.
func (c *Client) Refresh(ctx context.Context, token bot.Secret) (bot.Grant, error) {
	return c.grant(ctx, "refresh a token", map[string]string{
		"grant_type": "refresh_token", "refresh_token": token.Reveal(),
	})
}

// wireGrant is the response of the token endpoint. It is flat, and its "error" is a string where other APIs have an
// object, so the SDK can't decode it.
type wireGrant struct {
	Code           int    `json:"code"`
	Access         string `json:"access_token"`
	AccessSeconds  int    `json:"expires_in"`
	Refresh        string `json:"refresh_token"`
	RefreshSeconds int    `json:"refresh_token_expires_in"`
}

// grant requests tokens (POST authen/v2/oauth/token).
func (c *Client) grant(ctx context.Context, op string, params map[string]string) (bot.Grant, error) {
	params["client_id"], params["client_secret"] = c.cfg.AppID, c.cfg.AppSecret.Reveal()
	payload, err := json.Marshal(params)
	if err != nil {
		return bot.Grant{}, &bot.Error{Kind: bot.Internal, Op: op, Err: err}
	}
	now := c.cfg.now()
	var body wireGrant
	err = c.do(ctx, request{api: "user_token.fetch", op: op, bypassHold: true, do: func(ctx context.Context, _ larkcore.RequestOptionFunc) (response, error) {
		raw, err := c.post(ctx, "/open-apis/authen/v2/oauth/token", payload)
		if err == nil {
			err = json.Unmarshal(raw.RawBody, &body)
		}
		return response{raw, larkcore.CodeError{Code: body.Code}}, err
	}}, nil)
	if err != nil {
		return bot.Grant{}, err
	}
	if body.Access == "" {
		return bot.Grant{}, emptyResponse(op)
	}
	return bot.Grant{
		Access: bot.Secret(body.Access), AccessEnds: now.Add(time.Duration(body.AccessSeconds) * time.Second),
		Refresh: bot.Secret(body.Refresh), RefreshEnds: now.Add(time.Duration(body.RefreshSeconds) * time.Second),
	}, nil
}

// post makes a call without a token, which the SDK does not support.
func (c *Client) post(ctx context.Context, path string, payload []byte) (*larkcore.ApiResp, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.sdk.BaseUrl+path, bytes.NewReader(payload))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/json; charset=utf-8")
	resp, err := c.sdk.HttpClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	raw, err := io.ReadAll(resp.Body)
	return &larkcore.ApiResp{StatusCode: resp.StatusCode, Header: resp.Header, RawBody: raw}, err
}

// WhoIs returns the person to whom a user token belongs (GET authen/v1/user_info).
func (c *Client) WhoIs(ctx context.Context, token bot.Secret) (bot.UserID, error) {
	req := &larkcore.ApiReq{
		HttpMethod: http.MethodGet, ApiPath: "/open-apis/authen/v1/user_info",
		SupportedAccessTokenTypes: []larkcore.AccessTokenType{larkcore.AccessTokenTypeUser},
	}
	var body struct {
		larkcore.CodeError
		Data struct {
			OpenID bot.UserID `json:"open_id"`
		} `json:"data"`
	}
	const op = "ask whose a token is"
	err := c.callAs(ctx, token, request{api: "user.info", op: op, do: func(ctx context.Context, token larkcore.RequestOptionFunc) (response, error) {
		resp, err := larkcore.Request(ctx, req, c.sdk, token)
		if err != nil {
			return response{}, err
		}
		if err := resp.JSONUnmarshalBody(&body, c.sdk); err != nil {
			return response{}, err
		}
		return response{resp, body.CodeError}, nil
	}})
	if err == nil && body.Data.OpenID == "" {
		err = emptyResponse(op)
	}
	return body.Data.OpenID, err
}

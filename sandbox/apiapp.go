package sandbox

import (
	"encoding/hex"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// tenantToken is POST /auth/v3/tenant_access_token/internal: it returns the same token until 30 minutes before its
// expiry.
func (f *Feishu) tenantToken(c *call) (any, error) {
	t, err := f.freshToken(c)
	return flatBody{"tenant_access_token": t.value, "expire": int(t.expires.Sub(c.start).Seconds())}, err
}

// appToken is POST /auth/v3/app_access_token/internal, which returns the same token with two names.
func (f *Feishu) appToken(c *call) (any, error) {
	t, err := f.freshToken(c)
	return flatBody{
		"app_access_token": t.value, "tenant_access_token": t.value, "expire": int(t.expires.Sub(c.start).Seconds()),
	}, err
}

func (f *Feishu) freshToken(c *call) (token, error) {
	var in struct {
		AppID     string `json:"app_id"`
		AppSecret string `json:"app_secret"`
	}
	err := c.decode(&in)
	a := f.world.apps[in.AppID]
	switch {
	case err != nil, !isAppID(in.AppID), a != nil && a.onOtherPlatform:
		return token{}, &Error{Status: http.StatusOK, Code: codeInvalidParam, Msg: codeText(codeInvalidParam), shape: withData}
	case a == nil:
		return token{}, &Error{Status: http.StatusOK, Code: codeAppUnknown, Msg: codeText(codeAppUnknown), shape: withNothing}
	case a.AppSecret != in.AppSecret && f.cfg.Documented:
		return token{}, refuse(codeWrongSecret, "")
	case a.AppSecret != in.AppSecret:
		return token{}, &Error{Status: http.StatusOK, Code: codeAppUnknown, Msg: "app secret invalid", shape: withNothing}
	}
	a.tokens = slices.DeleteFunc(a.tokens, func(t token) bool { return c.start.After(t.expires) })
	if n := len(a.tokens); n == 0 || a.tokens[n-1].expires.Sub(c.start) < 30*time.Minute {
		a.tokens = append(a.tokens, token{value: "t-" + f.ids.hex(40), expires: c.start.Add(f.cfg.TokenLife)})
	}
	return a.tokens[len(a.tokens)-1], nil
}

// isAppID reports whether an id has the form of an app's: cli_ and 16 hex digits.
func isAppID(id string) bool {
	digits, ok := strings.CutPrefix(id, "cli_")
	_, err := hex.DecodeString(digits)
	return ok && err == nil && len(digits) == 16
}

// botInfo is GET /bot/v3/info.
func (f *Feishu) botInfo(c *call) (any, error) {
	status := 2
	if c.app.disabled {
		status = 1
	}
	return flatBody{"bot": map[string]any{
		"activate_status": status, "app_name": c.app.Name, "avatar_url": f.avatar(c.app.ID), "ip_white_list": []string{},
		"open_id": f.openIDFor(c.app, c.app.OpenID),
	}}, nil
}

// avatar is the URL of a picture, which the sandbox does not serve.
func (f *Feishu) avatar(of string) string { return f.brand().files + "/avatar/" + of + ".png" }

// listScopes is GET /application/v6/scopes: all scopes with their grant status.
func (f *Feishu) listScopes(c *call) (any, error) {
	type scope struct {
		Name   string `json:"scope_name"`
		Status int    `json:"grant_status"` // 1 granted, 2 not
		Type   string `json:"scope_type"`
	}
	all := maps.Clone(c.app.scopes)
	for _, s := range DefaultScopes() {
		all[s] = true
	}
	var out []scope
	for _, s := range sorted(all) {
		status := 2
		if c.app.scopes[s] {
			status = 1
		}
		out = append(out, scope{s, status, "tenant"}, scope{s, status, "user"}) // the sandbox grants both
	}
	return map[string]any{"scopes": out}, nil
}

// eventTypes are the event types that an app subscribes to by default.
func eventTypes() []string {
	return []string{
		"im.message.receive_v1", "im.message.reaction.created_v1", "im.message.reaction.deleted_v1",
		"im.message.recalled_v1", "im.chat.updated_v1", "im.chat.disbanded_v1", "im.chat.member.bot.added_v1",
		"im.chat.member.bot.deleted_v1", "im.chat.member.user.added_v1", "im.chat.member.user.deleted_v1",
		"im.message.message_read_v1", "auth.user_access_token.revoked_v4",
	}
}

func (a *app) subscribed() []string {
	return slices.DeleteFunc(eventTypes(), func(t string) bool { return a.unsubscribed[t] })
}

func (a *app) callbacks() []string {
	if a.unsubscribed[cardAction] {
		return []string{}
	}
	return []string{cardAction}
}

// mode is the app's subscription type.
func (a *app) mode() string {
	if a.eventURL == "" {
		return "websocket"
	}
	return "webhook"
}

// ownApp accepts the caller's app id and "me".
func (f *Feishu) ownApp(c *call) error {
	if id := c.path("app_id"); id != c.app.ID && id != "me" {
		return refuse(codeParam, "invalid app_id")
	}
	return nil
}

type scopeView struct {
	Scope      string   `json:"scope"`
	TokenTypes []string `json:"token_types"`
}

func (a *app) scopeViews() []scopeView {
	var out []scopeView
	for _, s := range sorted(a.scopes) {
		out = append(out, scopeView{s, []string{"tenant"}})
	}
	return out
}

// i18n are an app's texts in its only language.
func i18n(name string) []map[string]string {
	return []map[string]string{{"i18n_key": "zh_cn", "name": name, "description": name, "help_use": ""}}
}

// creatorID is the creator and owner of every app: the first person, if there is one.
func (f *Feishu) creatorID(c *call) string {
	return f.idOf(c, "user_id_type", f.world.firstUser())
}

// getApp is GET /application/v6/applications/:app_id.
func (f *Feishu) getApp(c *call) (any, error) {
	if err := f.ownApp(c); err != nil {
		return nil, err
	}
	a := c.app
	return map[string]any{"app": map[string]any{
		"app_id": a.ID, "app_name": a.Name, "creator_id": f.creatorID(c), "status": 1, "scene_type": 0, "payment_type": 0,
		"create_source": "developer_console", "redirect_urls": append([]string{}, a.redirects...),
		"online_version_id": f.versionID(a), "unaudit_version_id": "", "description": a.Name, "avatar_url": f.avatar(a.ID),
		"scopes": a.scopeViews(), "back_home_url": "", "i18n": i18n(a.Name), "primary_language": "zh_cn",
		"common_categories": []string{}, "mobile_default_ability": "bot", "pc_default_ability": "bot",
		"owner":         map[string]any{"type": 2, "owner_id": f.creatorID(c), "name": "", "help_desk": "", "email": "", "phone": ""},
		"event":         map[string]any{"subscription_type": a.mode(), "request_url": a.eventURL, "subscribed_events": a.subscribed()},
		"callback_info": map[string]any{"callback_type": a.mode(), "request_url": a.eventURL, "subscribed_callbacks": a.callbacks()},
	}}, nil
}

func (f *Feishu) versionID(a *app) string {
	return "oav_" + f.world.tenant + strings.TrimPrefix(a.ID, "cli_")
}

// listVersions is GET /application/v6/applications/:app_id/app_versions: one published version with the current
// settings.
func (f *Feishu) listVersions(c *call) (any, error) {
	if err := f.ownApp(c); err != nil {
		return nil, err
	}
	type info struct {
		Type        string `json:"event_type"`
		Name        string `json:"event_name"`
		Description string `json:"event_description"`
	}
	a, infos := c.app, []info{}
	for _, t := range a.subscribed() {
		infos = append(infos, info{t, t, t})
	}
	published := strconv.FormatInt(c.start.Add(-24*time.Hour).Unix(), 10)
	version := map[string]any{
		"app_id": a.ID, "app_name": a.Name, "version": "1.0.0", "version_id": f.versionID(a), "avatar_url": f.avatar(a.ID),
		"status": 1, "create_time": published, "publish_time": published, "scopes": a.scopeViews(), "i18n": i18n(a.Name),
		"events": a.subscribed(), "event_infos": infos,
		"ability": map[string]any{"bot": map[string]any{"card_request_url": a.eventURL}},
	}
	return map[string]any{"items": []any{version}, "has_more": false}, nil
}

package sandbox

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"time"
)

// tenantToken is POST /auth/v3/tenant_access_token/internal: the same token while 30 minutes of it remain.
func (f *Feishu) tenantToken(c *call) (any, error) {
	var in struct {
		AppID     string `json:"app_id"`
		AppSecret string `json:"app_secret"`
	}
	if err := json.Unmarshal(c.body, &in); err != nil || in.AppID == "" {
		return nil, &Error{Status: 200, Code: codeBatchNobody, Msg: "invalid param"}
	}
	if f.elsewhere {
		return nil, &Error{Status: 200, Code: codeBatchNobody, Msg: "invalid param"} // as of any app that is not known
	}
	if in.AppID != f.world.app.ID || in.AppSecret != f.cfg.AppSecret {
		return nil, refuse(codeBadSecret, "")
	}
	now := time.Now()
	f.tokens = slices.DeleteFunc(f.tokens, func(t token) bool { return now.After(t.expires) })
	if n := len(f.tokens); n == 0 || f.tokens[n-1].expires.Sub(now) < 30*time.Minute {
		f.tokens = append(f.tokens, token{value: "t-" + f.ids.hex(40), expires: now.Add(f.cfg.TokenLife)})
	}
	t := f.tokens[len(f.tokens)-1]
	return flat{"tenant_access_token": t.value, "expire": int(t.expires.Sub(now).Seconds())}, nil
}

// botInfo is GET /bot/v3/info.
func (f *Feishu) botInfo(*call) (any, error) {
	status := 2
	if f.world.disabled {
		status = 1
	}
	return flat{"bot": map[string]any{
		"activate_status": status, "app_name": f.world.app.Name, "avatar_url": "", "ip_white_list": []string{},
		"open_id": f.world.app.OpenID,
	}}, nil
}

// listScopes is GET /application/v6/scopes: what was ever asked for, with its grant status.
func (f *Feishu) listScopes(*call) (any, error) {
	type scope struct {
		Name   string `json:"scope_name"`
		Status int    `json:"grant_status"` // 1 granted, 2 not
		Type   string `json:"scope_type"`
	}
	all := maps.Clone(f.world.scopes)
	for _, s := range DefaultScopes() {
		all[s] = true
	}
	var out []scope
	for _, s := range sorted(all) {
		status := 2
		if f.world.scopes[s] {
			status = 1
		}
		out = append(out, scope{s, status, "tenant"}, scope{s, status, "user"}) // the sandbox grants both together
	}
	return map[string]any{"scopes": out}, nil
}

// eventTypes is what an app of this sandbox is subscribed to unless switched off.
func eventTypes() []string {
	return []string{
		"im.message.receive_v1", "im.message.reaction.created_v1", "im.message.reaction.deleted_v1",
		"im.message.recalled_v1", "im.chat.updated_v1", "im.chat.disbanded_v1", "im.chat.member.bot.added_v1",
		"im.chat.member.bot.deleted_v1", "im.chat.member.user.added_v1", "im.chat.member.user.deleted_v1",
		"auth.user_access_token.revoked_v4",
	}
}

func (f *Feishu) subscribed() []string {
	return slices.DeleteFunc(eventTypes(), func(t string) bool { return f.world.unsent[t] })
}

// ownApp accepts our app id and "me".
func (f *Feishu) ownApp(c *call) error {
	if id := c.path("app_id"); id != f.world.app.ID && id != "me" {
		return refuse(codeParam, "app_id")
	}
	return nil
}

type scopeView struct {
	Scope      string   `json:"scope"`
	TokenTypes []string `json:"token_types"`
}

func (f *Feishu) scopeViews() []scopeView {
	var out []scopeView
	for _, s := range sorted(f.world.scopes) {
		out = append(out, scopeView{s, []string{"tenant"}})
	}
	return out
}

// getApp is GET /application/v6/applications/:app_id.
func (f *Feishu) getApp(c *call) (any, error) {
	if err := f.ownApp(c); err != nil {
		return nil, err
	}
	mode := "webhook"
	if f.push.url == "" {
		mode = "websocket"
	}
	return map[string]any{"app": map[string]any{
		"app_id": f.world.app.ID, "app_name": f.world.app.Name, "status": 1, "scopes": f.scopeViews(),
		"online_version_id": "oav_" + f.world.tenant, "primary_language": "zh_cn",
		"redirect_urls": append([]string{}, f.consents.redirects...),
		"event":         map[string]any{"subscription_type": mode, "request_url": f.push.url, "subscribed_events": f.subscribed()},
		"callback_info": map[string]any{"callback_type": mode, "request_url": f.push.url, "subscribed_callbacks": f.callbacks()},
	}}, nil
}

func (f *Feishu) callbacks() []string {
	if f.world.unsent[cardAction] {
		return []string{}
	}
	return []string{cardAction}
}

// listVersions is GET /application/v6/applications/:app_id/app_versions: one published version, always up to date.
func (f *Feishu) listVersions(c *call) (any, error) {
	if err := f.ownApp(c); err != nil {
		return nil, err
	}
	type info struct {
		Type string `json:"event_type"`
		Name string `json:"event_name"`
	}
	var infos []info
	for _, t := range f.subscribed() {
		infos = append(infos, info{t, t})
	}
	published := strconv.FormatInt(c.start.Add(-24*time.Hour).Unix(), 10)
	version := map[string]any{
		"app_id": f.world.app.ID, "app_name": f.world.app.Name, "version": "1.0.0", "version_id": "oav_" + f.world.tenant,
		"status": 1, "create_time": published, "publish_time": published, "scopes": f.scopeViews(),
		"events": f.subscribed(), "event_infos": infos,
		"ability": map[string]any{"bot": map[string]any{"card_request_url": f.push.url}},
	}
	return map[string]any{"items": []any{version}, "has_more": false}, nil
}

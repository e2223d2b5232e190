package feishu

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	larkcore "github.com/larksuite/oapi-sdk-go/v3/core"

	"recallbot/bot"
)

// skewWarn is the difference of clocks that is a warning; beyond MaxEventAge it is an error.
const skewWarn = time.Minute

// Diagnosis is the result of Diagnose.
type Diagnosis struct {
	Findings []bot.Finding
	// Self has no OpenID if the platform did not answer.
	Self Self
	// Redirects are the app's redirect URLs for OAuth; nil if not known.
	Redirects []string
	// RequestURL is the app's request URL for events; empty if not known.
	RequestURL string
}

// Diagnose checks what the bot needs of the platform: credentials, scopes, event subscriptions, the bot's state, the
// clock. Without valid credentials it checks nothing else.
func (c *Client) Diagnose(ctx context.Context) Diagnosis {
	if _, err := c.tokens.token(ctx); err != nil {
		return Diagnosis{Findings: []bot.Finding{c.diagnoseRefusal(ctx, err)}}
	}
	scopes := append(c.diagnoseScopes(ctx), c.diagnoseEvents(ctx))
	app, diagnosis := c.diagnoseApp(ctx)
	found := []bot.Finding{{Name: "credentials", Args: []string{c.cfg.AppID, trimSlash(c.cfg.BaseURL)}}}
	self, own := c.diagnoseSelf(ctx)
	found = append(found, own...)
	diagnosis.Findings, diagnosis.Self = append(append(found, scopes...), app...), self
	return diagnosis
}

// diagnoseRefusal distinguishes an app of the other platform from wrong credentials.
func (c *Client) diagnoseRefusal(ctx context.Context, refusal error) bot.Finding {
	if c.CheckDomain(ctx) != nil {
		other := cmp.Or(c.cfg.otherPlatform(), addressFeishu+" | "+addressLark)
		return bot.Finding{Name: "domain", Level: bot.LevelBad, Args: []string{trimSlash(c.cfg.BaseURL), other}}
	}
	if found, ok := unreachable(refusal, trimSlash(c.cfg.BaseURL)); ok {
		return found
	}
	if other := c.cfg.otherPlatform(); other != "" && bot.Detail(refusal).Reason == bot.ReasonCredentials {
		cfg := c.cfg
		cfg.BaseURL, cfg.TokenCache, cfg.Observe = other, nil, nil
		if _, err := NewClient(cfg, c.limiter, c.log).tokens.token(ctx); err == nil {
			return bot.Finding{Name: "domain", Level: bot.LevelBad, Args: []string{trimSlash(c.cfg.BaseURL), other}}
		}
	}
	return bot.Finding{Name: "credentials", Level: bot.LevelBad, Args: []string{reasonOf(refusal), trimSlash(c.cfg.BaseURL)}}
}

// unreachable is the finding if the platform did not answer at all.
func unreachable(err error, address string) (bot.Finding, bool) {
	if fault := bot.CertificateFault(err); fault != "" {
		return bot.Finding{Name: "tls_" + fault, Level: bot.LevelBad, Args: []string{address}}, true
	}
	e := bot.Detail(err)
	if e.Code != 0 || e.Reason != bot.ReasonUnavailable || e.Err == nil {
		return bot.Finding{}, false
	}
	return bot.Finding{Name: "platform_away", Level: bot.LevelBad, Args: []string{address, bot.NetworkText(e.Err)}}, true
}

func (c *Client) diagnoseSelf(ctx context.Context) (Self, []bot.Finding) {
	self, header, err := c.self(ctx)
	if err != nil {
		return Self{}, []bot.Finding{{Name: "bot", Level: bot.LevelBad, Args: []string{reasonOf(err)}}}
	}
	state := bot.Finding{Name: "bot", Args: []string{self.Name}}
	if !self.Active {
		state = bot.Finding{Name: "bot", Level: bot.LevelBad, Args: []string{"not enabled"}}
	}
	return self, []bot.Finding{state, c.diagnoseClock(header)}
}

func (c *Client) diagnoseClock(header http.Header) bot.Finding {
	platformTime, err := http.ParseTime(header.Get("Date"))
	if err != nil {
		return bot.Finding{Name: "clock", Level: bot.LevelWarn, Args: []string{"?"}}
	}
	skew := c.cfg.now().Sub(platformTime).Round(time.Second)
	level := bot.LevelOK
	switch {
	case skew.Abs() > c.cfg.MaxEventAge:
		level = bot.LevelBad
	case skew.Abs() > skewWarn:
		level = bot.LevelWarn
	}
	return bot.Finding{Name: "clock", Level: level, Args: []string{skew.String()}}
}

// scopeNeed is a feature that any one of its scopes allows.
type scopeNeed struct {
	name   string
	level  bot.Level // if no scope is granted
	scopes []string
}

func scopeNeeds() []scopeNeed {
	return []scopeNeed{
		{"scope_recall", bot.LevelBad, []string{"im:message:recall", "im:message", "im:message:send_as_bot"}},
		{"scope_send", bot.LevelBad, []string{"im:message:send_as_bot", "im:message", "im:message:send"}},
		{"scope_chat", bot.LevelBad, []string{"im:chat:read", "im:chat", "im:chat:readonly"}},
		{"scope_group", bot.LevelBad, []string{
			"im:message.group_at_msg:readonly", "im:message.group_at_msg", "im:message.group_at_msg.include_bot:readonly",
			"im:message.group_msg", "im:message.group_msg:readonly",
		}},
		{"scope_group_all", bot.LevelWarn, []string{"im:message.group_msg", "im:message.group_msg:readonly"}},
		{"scope_p2p", bot.LevelWarn, []string{"im:message.p2p_msg:readonly", "im:message.p2p_msg"}},
		{"scope_history", bot.LevelWarn, []string{"im:message:readonly", "im:message.history:readonly", "im:message"}},
		{"scope_read", bot.LevelWarn, []string{"im:message:readonly", "im:message"}},
		{"scope_reactions", bot.LevelWarn, []string{"im:message.reactions:read", "im:message:readonly"}},
		{"scope_react", bot.LevelWarn, []string{"im:message.reactions:write_only", "im:message"}},
	}
}

// Scopes are what the tenant granted to the app, for itself and for people who authorise it.
type Scopes struct{ Tenant, User map[string]bool }

// Has reports whether one of the scopes is granted to the app.
func (s Scopes) Has(any ...string) bool {
	return slices.ContainsFunc(any, func(scope string) bool { return s.Tenant[scope] })
}

// Scopes lists the granted scopes (application-v6/scope/list).
func (c *Client) Scopes(ctx context.Context) (Scopes, error) {
	const isGranted = 1
	var body struct {
		larkcore.CodeError
		Data struct {
			Scopes []struct {
				Name  string `json:"scope_name"`
				Grant int    `json:"grant_status"`
				Type  string `json:"scope_type"`
			} `json:"scopes"`
		} `json:"data"`
	}
	req := &larkcore.ApiReq{HttpMethod: http.MethodGet, ApiPath: "/open-apis/application/v6/scopes"}
	if _, err := c.raw(ctx, "scope.list", "list scopes", req, &body, &body.CodeError); err != nil {
		return Scopes{}, err
	}
	granted := Scopes{map[string]bool{}, map[string]bool{}}
	for _, scope := range body.Data.Scopes {
		if scope.Grant == isGranted && scope.Type != "user" {
			granted.Tenant[scope.Name] = true
		}
		if scope.Grant == isGranted && scope.Type != "tenant" {
			granted.User[scope.Name] = true
		}
	}
	return granted, nil
}

// Visibility returns how the app sees its own posts, which never arrive as events, or those of other bots, by its scopes: see
// docs/platform.md#other-bots.
func (s Scopes) Visibility(own bool) bot.Visibility {
	switch {
	case !own && s.Has("im:message.group_msg.include_bot:read"):
		return bot.VisibilityEvents
	case s.Has("im:message.group_msg", "im:message.group_msg:readonly"):
		return bot.VisibilityPolled
	default:
		return bot.VisibilityNone
	}
}

func (c *Client) diagnoseScopes(ctx context.Context) []bot.Finding {
	granted, err := c.Scopes(ctx)
	if err != nil {
		return []bot.Finding{{Name: "scopes", Level: bot.LevelWarn, Args: []string{reasonOf(err)}}}
	}
	var findings []bot.Finding
	if c.cfg.Owners {
		findings = append(findings, ownerScope(granted.User))
	}
	for _, n := range scopeNeeds() {
		i := slices.IndexFunc(n.scopes, func(scope string) bool { return granted.Tenant[scope] })
		if i >= 0 {
			findings = append(findings, bot.Finding{Name: n.name, Args: n.scopes[i : i+1]})
			continue
		}
		findings = append(findings, bot.Finding{Name: n.name, Level: n.level, Args: n.scopes[:1]})
	}
	return append(findings, bot.Finding{Name: "visibility_" + string(granted.Visibility(false)), Args: []string{"im:message.group_msg.include_bot:read"}})
}

// ownerScope checks the user scope for recalling as an owner: without it the platform shows no consent page.
func ownerScope(granted map[string]bool) bot.Finding {
	found := bot.Finding{Name: "scope_owner", Args: []string{ownerRecall}}
	if !granted[ownerRecall] {
		found.Level = bot.LevelWarn
	}
	return found
}

func (c *Client) diagnoseEvents(ctx context.Context) bot.Finding {
	wanted := wantedEvents()
	if c.cfg.Owners {
		wanted = append(wanted, bot.TypeRevoked)
	}
	subscribed, published, err := c.subscriptions(ctx)
	if err != nil {
		return bot.Finding{Name: "events_unread", Level: bot.LevelWarn, Args: []string{reasonOf(err), strings.Join(wanted, ", ")}}
	}
	if !published {
		return bot.Finding{Name: "version", Level: bot.LevelBad}
	}
	missing := slices.DeleteFunc(wanted, func(kind string) bool { return slices.Contains(subscribed, kind) })
	level := bot.LevelOK
	switch {
	case slices.Contains(missing, bot.TypeSaid):
		level = bot.LevelBad
	case len(missing) > 0:
		level = bot.LevelWarn
	}
	return bot.Finding{Name: "events", Level: level, Args: []string{strings.Join(missing, ", ")}}
}

// subscriptions returns the event types of the app's live version: the first published one in the list.
func (c *Client) subscriptions(ctx context.Context) (kinds []string, published bool, err error) {
	const isPublished = 1
	var body struct {
		larkcore.CodeError
		Data struct {
			Items []struct {
				Status      int    `json:"status"`
				PublishTime string `json:"publish_time"`
				Events      []struct {
					Type string `json:"event_type"`
				} `json:"event_infos"`
			} `json:"items"`
		} `json:"data"`
	}
	req := &larkcore.ApiReq{
		HttpMethod:  http.MethodGet,
		ApiPath:     "/open-apis/application/v6/applications/:app_id/app_versions",
		PathParams:  larkcore.PathParams{"app_id": c.cfg.AppID},
		QueryParams: larkcore.QueryParams{"lang": {"zh_cn"}, "page_size": {"10"}},
	}
	if _, err := c.raw(ctx, "app_version.list", "list app versions", req, &body, &body.CodeError); err != nil {
		return nil, false, err
	}
	for _, version := range body.Data.Items {
		if version.Status != isPublished || version.PublishTime == "" {
			continue
		}
		for _, event := range version.Events {
			kinds = append(kinds, event.Type)
		}
		return kinds, true, nil
	}
	return nil, false, nil
}

// diagnoseApp checks the app's settings: transport, callback of buttons, request URL. The platform returns them to
// some apps only; missing ones are not checked.
func (c *Client) diagnoseApp(ctx context.Context) (found []bot.Finding, diagnosis Diagnosis) {
	var body struct {
		larkcore.CodeError
		Data struct {
			App struct {
				Redirects []string `json:"redirect_urls"`
				Event     struct {
					Type string `json:"subscription_type"`
					URL  string `json:"request_url"`
				} `json:"event"`
				Callback *struct {
					Subscribed []string `json:"subscribed_callbacks"`
				} `json:"callback_info"`
			} `json:"app"`
		} `json:"data"`
	}
	req := &larkcore.ApiReq{
		HttpMethod:  http.MethodGet,
		ApiPath:     "/open-apis/application/v6/applications/:app_id",
		PathParams:  larkcore.PathParams{"app_id": c.cfg.AppID},
		QueryParams: larkcore.QueryParams{"lang": {"zh_cn"}},
	}
	if _, err := c.raw(ctx, "app.get", "read the app", req, &body, &body.CodeError); err != nil {
		return nil, Diagnosis{}
	}
	app := body.Data.App
	diagnosis.Redirects = app.Redirects
	if callback := app.Callback; callback != nil {
		press := bot.Finding{Name: "callback", Args: []string{bot.TypePressed}}
		if !slices.Contains(callback.Subscribed, bot.TypePressed) {
			press.Level = bot.LevelWarn
		}
		found = append(found, press)
	}
	if transport := Transport(app.Event.Type); (transport == Webhook || transport == Websocket) && transport != c.cfg.Transport && (transport != Webhook || app.Event.URL != "") {
		found = append(found, bot.Finding{Name: "transport", Level: bot.LevelWarn, Args: []string{string(transport), string(c.cfg.Transport)}})
	}
	if c.cfg.Transport == Webhook {
		diagnosis.RequestURL = app.Event.URL
	}
	return found, diagnosis
}

// reasonOf is the code, quoted message and log id for a person to look up, or the kind of the error.
func reasonOf(err error) string {
	e := bot.Detail(err)
	if e.Code == 0 {
		return e.Kind.String()
	}
	text := strconv.Itoa(e.Code)
	if e.Err != nil {
		text += " " + e.Err.Error()
	}
	if e.LogID != "" {
		text += ", log id " + e.LogID
	}
	return text
}

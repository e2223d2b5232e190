package feishu

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	larkcore "github.com/larksuite/oapi-sdk-go/v3/core"

	"recallbot/bot"
)

// Level says how bad a finding is.
type Level uint8

// The levels of findings.
const (
	// LevelOK: as it should be.
	LevelOK Level = iota
	// LevelWarn: it works, and something is missing or could not be checked.
	LevelWarn
	// LevelBad: it can't work like this.
	LevelBad
)

// String is the word used in JSON and on the command line.
func (l Level) String() string {
	switch l {
	case LevelOK:
		return "ok"
	case LevelWarn:
		return "warn"
	default:
		return "bad"
	}
}

// Finding is what a check of our app's set-up came to; Text says it, and what to do about it, to a person.
type Finding struct {
	Name  string
	Level Level
	// Args fill the sentence: names of scopes or events, a code, a time.
	Args []string
}

// skewWarn is the difference of clocks from which on it is worth a word; beyond the window of events it is a fault.
const skewWarn = time.Minute

// Diagnose checks on the platform's side what the bot needs: credentials, the bot's state, the clock, scopes and event
// subscriptions. Without credentials nothing else can be checked.
func (c *Client) Diagnose(ctx context.Context) []Finding {
	if _, err := c.tokens.token(ctx); err != nil {
		return []Finding{{"credentials", LevelBad, []string{reasonOf(err)}}}
	}
	findings := []Finding{{"credentials", LevelOK, []string{c.cfg.AppID}}}
	findings = append(findings, c.diagnoseSelf(ctx)...)
	findings = append(findings, c.diagnoseScopes(ctx)...)
	return append(findings, c.diagnoseEvents(ctx))
}

func (c *Client) diagnoseSelf(ctx context.Context) []Finding {
	self, header, err := c.self(ctx)
	if err != nil {
		return []Finding{{"bot", LevelBad, []string{reasonOf(err)}}}
	}
	state := Finding{"bot", LevelOK, []string{self.Name}}
	if !self.Active {
		state = Finding{"bot", LevelBad, []string{"not enabled"}}
	}
	return []Finding{state, c.diagnoseClock(header)}
}

func (c *Client) diagnoseClock(header http.Header) Finding {
	theirs, err := http.ParseTime(header.Get("Date"))
	if err != nil {
		return Finding{"clock", LevelWarn, []string{"?"}}
	}
	skew := c.cfg.now().Sub(theirs).Round(time.Second)
	level := LevelOK
	switch {
	case skew.Abs() > c.cfg.MaxEventAge:
		level = LevelBad
	case skew.Abs() > skewWarn:
		level = LevelWarn
	}
	return Finding{"clock", level, []string{skew.String()}}
}

// need is something that any one of some scopes allows.
type need struct {
	name   string
	level  Level // of its absence
	scopes []string
}

func needs() []need {
	return []need{
		{"scope_recall", LevelBad, []string{"im:message:recall", "im:message", "im:message:send_as_bot"}},
		{"scope_send", LevelBad, []string{"im:message:send_as_bot", "im:message", "im:message:send"}},
		{"scope_chat", LevelBad, []string{"im:chat:read", "im:chat", "im:chat:readonly"}},
		{"scope_group", LevelBad, []string{
			"im:message.group_at_msg:readonly", "im:message.group_at_msg", "im:message.group_at_msg.include_bot:readonly",
			"im:message.group_msg", "im:message.group_msg:readonly",
		}},
		{"scope_group_all", LevelWarn, []string{"im:message.group_msg", "im:message.group_msg:readonly"}},
		{"scope_p2p", LevelWarn, []string{"im:message.p2p_msg:readonly", "im:message.p2p_msg"}},
		{"scope_read", LevelWarn, []string{"im:message:readonly", "im:message"}},
		{"scope_reactions", LevelWarn, []string{"im:message.reactions:read", "im:message:readonly"}},
		{"scope_react", LevelWarn, []string{"im:message.reactions:write_only", "im:message"}},
	}
}

func (c *Client) diagnoseScopes(ctx context.Context) []Finding {
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
		return []Finding{{"scopes", LevelWarn, []string{reasonOf(err)}}}
	}
	granted := map[string]bool{}
	for _, scope := range body.Data.Scopes {
		if scope.Grant == isGranted && scope.Type != "user" {
			granted[scope.Name] = true
		}
	}
	var findings []Finding
	for _, n := range needs() {
		have := slices.IndexFunc(n.scopes, func(scope string) bool { return granted[scope] })
		if have >= 0 {
			findings = append(findings, Finding{n.name, LevelOK, n.scopes[have : have+1]})
			continue
		}
		findings = append(findings, Finding{n.name, n.level, n.scopes[:1]})
	}
	return findings
}

func (c *Client) diagnoseEvents(ctx context.Context) Finding {
	wanted := wantedEvents()
	subscribed, published, err := c.subscriptions(ctx)
	if err != nil {
		return Finding{"events_unread", LevelWarn, []string{reasonOf(err), strings.Join(wanted, ", ")}}
	}
	if !published {
		return Finding{"version", LevelBad, nil}
	}
	missing := slices.DeleteFunc(wanted, func(kind string) bool { return slices.Contains(subscribed, kind) })
	level := LevelOK
	switch {
	case slices.Contains(missing, bot.TypeSaid):
		level = LevelBad
	case len(missing) > 0:
		level = LevelWarn
	}
	return Finding{"events", level, []string{strings.Join(missing, ", ")}}
}

// subscriptions reads the events of the app's live version: the first in the list that is published.
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

// reasonOf is what a person can look up: the code and log id, or the kind of the error.
func reasonOf(err error) string {
	e := bot.Detail(err)
	if e.Code == 0 {
		return e.Kind.String()
	}
	text := strconv.Itoa(e.Code)
	if e.LogID != "" {
		text += ", log id " + e.LogID
	}
	return text
}

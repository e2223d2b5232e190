// Package doctor checks the set-up: Redis, the platform's side, the webhook, public addresses and one chat.
package doctor

import (
	"context"
	"net"
	"strconv"
	"strings"

	"recallbot/bot"
	"recallbot/feishu"
	"recallbot/handlers/text"
	"recallbot/recall"
	"recallbot/recall/policy"
	"recallbot/store"
)

// Doctor checks the set-up, for `recallbot doctor`, `/recall doctor` and the report at the start.
type Doctor struct {
	Config   feishu.Config
	Client   *feishu.Client
	Store    *store.Store
	Recaller *recall.Recaller
	// Address is the address on which our server listens.
	Address    func() string
	PublicURLs PublicURLs
}

// CheckSetup runs the checks that do not depend on a chat. Self has no OpenID if the platform did not answer.
func (d *Doctor) CheckSetup(ctx context.Context) ([]bot.Finding, feishu.Self) {
	found := d.Store.Diagnose(ctx)
	diagnosis := d.Client.Diagnose(ctx)
	found = append(append(diagnosis.Findings, d.PublicURLs.checkRedirect(diagnosis.Redirects)...), found...)
	if d.Config.Transport != feishu.Webhook {
		return found, diagnosis.Self
	}
	own := WebhookAt(d.Address())
	for _, address := range []string{own, diagnosis.RequestURL} {
		if address != "" {
			found = append(found, feishu.Probe(ctx, d.Config, address))
		}
		if diagnosis.RequestURL == own {
			break
		}
	}
	return found, diagnosis.Self
}

// WebhookAt is the local URL of the webhook of a server that listens there; empty for a random port.
func WebhookAt(listen string) string {
	host, port, err := net.SplitHostPort(listen)
	if err != nil || port == "0" {
		return ""
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return "http://" + net.JoinHostPort(host, port) + "/webhook/event"
}

// CheckChat reports whether the bot is in a chat, what it may do there, and who may recall there by which rule. called returns a
// person's name or mention.
func (d *Doctor) CheckChat(ctx context.Context, id bot.ChatID, called func(bot.UserID) string) []bot.Finding {
	chat, grants, err := d.Recaller.Explain(ctx, id)
	if err != nil {
		detail := bot.Detail(err)
		why := detail.Kind.String()
		if detail.Code != 0 {
			why = strconv.Itoa(detail.Code)
		}
		return []bot.Finding{{Name: "chat", Level: bot.LevelBad, Args: []string{string(id) + ", " + why}}}
	}
	rank := map[bot.Rank]string{
		bot.RankManager: "rank_manager", bot.RankMaybe: "rank_maybe", bot.RankNone: "rank_none",
	}[chat.Rank(bot.AppID(d.Config.AppID))]
	in := bot.Finding{Name: "chat", Args: []string{string(id)}}
	switch {
	case chat.P2P:
		rank = "rank_p2p"
	case rank == "":
		in.Level = bot.LevelBad
		return []bot.Finding{in}
	}
	found := []bot.Finding{in, {Name: rank}}
	for _, grant := range grants {
		found = append(found, explained(grant, called))
	}
	return append(found, bot.Finding{Name: "may_" + string(policy.RuleNobody)})
}

func explained(grant policy.Grant, called func(bot.UserID) string) bot.Finding {
	f := bot.Finding{Name: "may_" + string(grant.Rule)}
	if grant.Quorum > 0 {
		f.Args = []string{strconv.Itoa(grant.Quorum)}
		return f
	}
	names := make([]string, len(grant.People))
	for i, person := range grant.People {
		names[i] = called(person)
	}
	if len(names) > 0 {
		f.Args = []string{strings.Join(names, ", ")}
	}
	return f
}

// Check returns the findings of CheckChat, with mentions of people, and of CheckSetup.
func (d *Doctor) Check(ctx context.Context, chat bot.ChatID) []bot.Finding {
	found, _ := d.CheckSetup(ctx)
	return append(d.CheckChat(ctx, chat, bot.Mention), found...)
}

// Format is a finding as text: the fix and the link are on separate lines.
func (d *Doctor) Format(f bot.Finding, lang text.Language) string {
	advice := text.Advise(f, lang, d.Site())
	parts := []string{text.Sign(f.Level) + " " + advice.Text}
	for _, more := range []string{advice.Fix, advice.Link} {
		if more != "" {
			parts = append(parts, more)
		}
	}
	return strings.Join(parts, "\n   → ")
}

// Site is the app in the developer console.
func (d *Doctor) Site() text.Site {
	return text.Site{BaseURL: d.Config.BaseURL, App: bot.AppID(d.Config.AppID)}
}

package policy_test

import (
	"testing"

	"recallbot/bot"
	"recallbot/recall/policy"
)

// TestToken holds what a token may recall: never what another team had posted, others' posts by our bot's rank only.
func TestToken(t *testing.T) {
	t.Parallel()
	const here, there = bot.ChatID("oc_here"), bot.ChatID("oc_there")
	ours := &bot.Post{Team: "red"}
	theirs := &bot.Post{Team: "blue"}
	claimed := &bot.Post{Team: "blue", Registered: true}
	own := bot.Principal{Token: "t", Team: "red", Own: true}
	anyone := bot.Principal{Token: "t", Team: "red", Any: true}
	over := bot.Principal{Token: "t", Team: "red", Own: true, Any: true, Over: true}
	operator := bot.Principal{Token: "t", Any: true}
	plain := &bot.Chat{ID: here, Owner: "ou_owner", Member: true}
	ranked := &bot.Chat{ID: here, Owner: "ou_owner", Member: true, BotManagers: []bot.AppID{"cli_us"}}
	for name, row := range map[string]struct {
		by     bot.Principal
		kind   bot.Kind
		posted *bot.Post
		chat   *bot.Chat
		allow  bool
		rule   policy.Rule
	}{
		"its team's post":                {own, bot.KindOwn, ours, plain, true, policy.RuleTeam},
		"its team's post, any":           {anyone, bot.KindOwn, ours, plain, true, policy.RuleTeam},
		"another team's post":            {own, bot.KindOwn, theirs, plain, false, policy.RuleNobody},
		"another team's post, any":       {anyone, bot.KindOwn, theirs, plain, false, policy.RuleNobody},
		"nobody's post":                  {own, bot.KindOwn, nil, plain, false, policy.RuleNobody},
		"nobody's post, any":             {anyone, bot.KindOwn, nil, plain, true, policy.RuleToken},
		"another team's, operator":       {operator, bot.KindOwn, theirs, plain, true, policy.RuleToken},
		"no scope":                       {bot.Principal{Token: "t", Team: "red"}, bot.KindOwn, ours, plain, false, policy.RuleNobody},
		"no token":                       {bot.Principal{Team: "red", Own: true, Any: true}, bot.KindOwn, ours, plain, false, policy.RuleNobody},
		"no team owns what has no team":  {bot.Principal{Token: "t", Own: true}, bot.KindOwn, &bot.Post{}, plain, false, policy.RuleNobody},
		"another bot's":                  {own, bot.KindBot, nil, ranked, false, policy.RuleNobody},
		"another bot's, any, no rank":    {anyone, bot.KindBot, nil, plain, false, policy.RuleOtherBot},
		"another bot's, any, rank":       {anyone, bot.KindBot, nil, ranked, true, policy.RuleToken},
		"a person's, any, rank":          {anyone, bot.KindPerson, nil, ranked, false, policy.RulePersons},
		"registered, not seen, no rank":  {own, bot.KindUnknown, ours, plain, false, policy.RuleUnseenTarget},
		"registered, not seen, rank":     {own, bot.KindUnknown, ours, ranked, false, policy.RuleUnseenTarget},
		"registered by another team":     {own, bot.KindOwn, claimed, plain, false, policy.RuleNobody},
		"registered by another, any":     {anyone, bot.KindOwn, claimed, plain, true, policy.RuleToken},
		"a token that is over":           {over, bot.KindOwn, ours, plain, false, policy.RuleNobody},
		"unknown, any":                   {anyone, bot.KindUnknown, nil, plain, false, policy.RuleUnseenTarget},
		"in a chat of the token":         {bot.Principal{Token: "t", Team: "red", Own: true, Chats: []bot.ChatID{here}}, bot.KindOwn, ours, plain, true, policy.RuleTeam},
		"in a chat that the token lacks": {bot.Principal{Token: "t", Team: "red", Own: true, Chats: []bot.ChatID{there}}, bot.KindOwn, ours, plain, false, policy.RuleNobody},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := policy.New(policy.Config{}).Decide(policy.Facts{
				By: &row.by, Via: bot.ViaAPI, Asked: here, Self: "cli_us", Chat: row.chat, Posted: row.posted,
				Target: bot.Message{ID: "om_1", Chat: here, Kind: row.kind},
			})
			if got.Allow != row.allow || got.Rule != row.rule {
				t.Errorf("allow %t by %s, want %t by %s", got.Allow, got.Rule, row.allow, row.rule)
			}
		})
	}
}

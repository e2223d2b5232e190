package policy_test

import (
	"testing"

	"recallbot/bot"
	"recallbot/recall/policy"
)

// allVias are all values of Via, and an unknown one.
var allVias = []bot.Via{
	bot.ViaReply, bot.ViaReaction, bot.ViaP2P, bot.ViaTidy, bot.ViaClean, bot.ViaButton, bot.ViaQuorum, bot.ViaCascade, bot.ViaUndo,
	bot.ViaSettings, bot.ViaOperator, bot.ViaAPI, bot.ViaLifetime, bot.ViaCancelled, bot.ViaConsent, "", "unheard_of",
}

// TestBlindRecalls: for every actor, way and right, an unidentified message is recalled only for a person's reply, and only if our
// bot has no rank. A claimed chat changes nothing.
func TestBlindRecalls(t *testing.T) {
	t.Parallel()
	const us = "cli_us"
	p := policy.New(policy.Config{Moderators: []string{"ou_mod"}})
	chats := map[string]*bot.Chat{
		"unknown": nil,
		"plain":   {ID: here, Member: true, Owner: "ou_owner", Managers: []bot.UserID{"ou_manager"}},
		"ranked":  {ID: here, Member: true, Owner: "ou_owner", BotManagers: []bot.AppID{us}},
		"maybe":   {ID: here, Member: true, Managers: []bot.UserID{"ou_manager"}},
		"outside": {ID: here},
		"p2p":     {ID: here, Member: true, P2P: true},
	}
	tokens := []*bot.Principal{nil, {}, {Token: "t", Team: "red", Own: true}, {Token: "t", Team: "red", Own: true, Any: true}, {Token: "t", Any: true}}
	settings := bot.Settings{People: true, Quorum: 1, Cascade: true}
	posts := []*bot.Post{
		nil, {Team: "red", State: bot.PostSent, Message: "om_1", Registered: true}, {Team: "red", State: bot.PostCancelled, Message: "om_1"},
	}
	tried, blind := 0, 0
	for _, via := range allVias {
		for name, chat := range chats {
			for _, by := range tokens {
				for _, posted := range posts {
					for _, who := range []bot.UserID{"", "ou_owner", "ou_manager", "ou_mod", "ou_member"} {
						for _, claimed := range []bot.ChatID{"", here} {
							for _, p2p := range []bool{false, true} {
								tried++
								d := p.Decide(policy.Facts{
									Actor: who, Via: via, Asked: here, P2P: p2p, Chat: chat, Self: us, Settings: settings, HasGrant: true,
									With: []bot.UserID{"ou_a"}, By: by, Posted: posted, Target: bot.Message{ID: "om_1", Chat: claimed},
								})
								if !d.Allow {
									continue
								}
								blind++
								reply := via == bot.ViaReply || via == bot.ViaP2P
								if !d.Blind || !reply || by != nil || who == "" || (!p2p && name != "plain" && name != "p2p") {
									t.Errorf("%s by %q (%+v) in %s, p2p %t: %+v", via, who, by, name, p2p, d)
								}
							}
						}
					}
				}
			}
		}
	}
	if blind == 0 || tried < 10_000 {
		t.Errorf("%d of %d were allowed", blind, tried)
	}
}

// TestCounterpart: in a two-person chat only the other person has a say. That the chat is one does not make the actor that
// person.
func TestCounterpart(t *testing.T) {
	t.Parallel()
	p := policy.New(policy.Config{})
	chat := &bot.Chat{ID: here, Member: true, P2P: true}
	target := bot.Message{ID: "om_1", Chat: here, Kind: bot.KindOwn, Sender: bot.HashOf("ou_author")}
	for _, via := range allVias {
		if via == bot.ViaOperator || via == bot.ViaLifetime {
			continue // no person asks
		}
		d := p.Decide(policy.Facts{Actor: "ou_stranger", Via: via, Asked: here, Chat: chat, Target: target, Self: "cli_us"})
		if d.Allow || d.Reason == bot.ReasonUnchecked {
			t.Errorf("a stranger by %q: %+v", via, d)
		}
		if via == bot.ViaTidy || via == bot.ViaCascade || via == bot.ViaCancelled {
			continue
		}
		d = p.Decide(policy.Facts{Actor: "ou_other", P2P: true, Via: via, Asked: here, Chat: chat, Target: target, Self: "cli_us"})
		if !d.Allow || d.Rule != policy.RuleCounterpart {
			t.Errorf("the other person by %q: %+v", via, d)
		}
	}
}

// TestCancelled: the message of a post that was cancelled while it was being sent goes; nothing else goes that way.
func TestCancelled(t *testing.T) {
	t.Parallel()
	p := policy.New(policy.Config{})
	target := bot.Message{ID: "om_1", Chat: here, Kind: bot.KindOwn}
	for name, row := range map[string]struct {
		via    bot.Via
		posted *bot.Post
		allow  bool
	}{
		"cancelled":       {bot.ViaCancelled, &bot.Post{State: bot.PostCancelled, Message: "om_1"}, true},
		"not cancelled":   {bot.ViaCancelled, &bot.Post{State: bot.PostSent, Message: "om_1"}, false},
		"another message": {bot.ViaCancelled, &bot.Post{State: bot.PostCancelled, Message: "om_2"}, false},
		"no message":      {bot.ViaCancelled, &bot.Post{State: bot.PostCancelled}, false},
		"no post":         {bot.ViaCancelled, nil, false},
		"another way":     {bot.ViaButton, &bot.Post{State: bot.PostCancelled, Message: "om_1"}, false},
	} {
		d := p.Decide(policy.Facts{Actor: "ou_x", Via: row.via, Chat: chat("ou_owner"), Posted: row.posted, Target: target})
		if d.Allow != row.allow || (row.allow && d.Rule != policy.RuleCancelled) {
			t.Errorf("%s: %+v", name, d)
		}
	}
	other := bot.Message{ID: "om_1", Chat: here, Kind: bot.KindBot}
	d := p.Decide(policy.Facts{Via: bot.ViaCancelled, Chat: chat("ou_owner"), Posted: &bot.Post{State: bot.PostCancelled, Message: "om_1"}, Target: other})
	if d.Allow {
		t.Errorf("another bot's: %+v", d)
	}
}

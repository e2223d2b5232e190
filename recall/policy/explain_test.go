package policy_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"recallbot/bot"
	"recallbot/recall/policy"
)

func TestExplain(t *testing.T) {
	t.Parallel()
	p := policy.New(policy.Config{Moderators: []string{"ou_everywhere", "oc_1/ou_here", "oc_2/ou_there"}})
	chat := bot.Chat{ID: "oc_1", Member: true, Owner: "ou_owner", Managers: []bot.UserID{"ou_manager"}}
	settings := bot.Settings{Moderators: []bot.UserID{"ou_set", "ou_here"}, Quorum: 3}
	want := []policy.Grant{
		{Rule: policy.RuleOwner, People: []bot.UserID{"ou_owner"}},
		{Rule: policy.RuleManager, People: []bot.UserID{"ou_manager"}},
		{Rule: policy.RuleModerator, People: []bot.UserID{"ou_everywhere", "ou_here", "ou_set"}},
		{Rule: policy.RuleAuthor},
		{Rule: policy.RuleQuorum, Quorum: 3},
	}
	got := p.Explain(chat, settings)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	// Exactly the named people may, by that rule.
	target := bot.Message{ID: "om_1", Chat: "oc_1", Kind: bot.KindOwn}
	for _, grant := range got {
		for _, person := range grant.People {
			d := p.Decide(policy.Facts{Actor: person, Asked: "oc_1", Chat: &chat, Target: target, Settings: settings})
			if !d.Allow || d.Rule != grant.Rule {
				t.Errorf("%s: %+v, want %s", person, d, grant.Rule)
			}
		}
	}
	if d := p.Decide(policy.Facts{Actor: "ou_there", Asked: "oc_1", Chat: &chat, Target: target, Settings: settings}); d.Allow {
		t.Errorf("the moderator of another chat: %+v", d)
	}
	alone := []policy.Grant{{Rule: policy.RuleAuthor}, {Rule: policy.RuleCounterpart}}
	if diff := cmp.Diff(alone, policy.New(policy.Config{}).Explain(bot.Chat{ID: "oc_3", P2P: true}, bot.Settings{})); diff != "" {
		t.Errorf("p2p (-want +got):\n%s", diff)
	}
}

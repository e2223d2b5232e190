package policy_test

import (
	"testing"

	"recallbot/bot"
	"recallbot/recall/policy"
)

// TestAnswersAreNoPosts: an answer is recalled where a person with the right names it, or with the message that it answers, and not
// by a selection of posts.
func TestAnswersAreNoPosts(t *testing.T) {
	t.Parallel()
	p := policy.New(policy.Config{})
	answer := target(bot.KindOwn, "ou_author")
	answer.Answer = true
	facts := func(via bot.Via) policy.Facts {
		return policy.Facts{Actor: "ou_owner", Via: via, Chat: chat("ou_owner"), Target: answer, Settings: bot.Settings{Quorum: 1, Cascade: true}, With: []bot.UserID{"ou_owner"}}
	}
	for via, allow := range map[bot.Via]bool{
		bot.ViaReply: true, bot.ViaP2P: true, bot.ViaReaction: true, bot.ViaCascade: true, bot.ViaOperator: true,
		bot.ViaClean: false, bot.ViaButton: false, bot.ViaQuorum: false, bot.ViaUndo: false, bot.ViaAPI: false, bot.ViaLifetime: false,
	} {
		d := p.Decide(facts(via))
		if d.Allow != allow || !allow && (d.Rule != policy.RuleAnswer || d.Reason != bot.ReasonAnswer) {
			t.Errorf("%s: %+v", via, d)
		}
	}
	token := facts(bot.ViaAPI)
	token.Actor, token.By = "", &bot.Principal{Token: "t1", Any: true}
	if d := p.Decide(token); d.Allow || d.Rule != policy.RuleAnswer {
		t.Errorf("a token: %+v", d)
	}
	outsider := facts(bot.ViaReply)
	outsider.Actor = "ou_x"
	if d := p.Decide(outsider); d.Allow || d.Rule != policy.RuleNobody {
		t.Errorf("a member: %+v", d)
	}
	tidy := facts(bot.ViaTidy)
	tidy.Actor = "ou_author"
	if d := p.Decide(tidy); !d.Allow || d.Rule != policy.RuleOwnCommand {
		t.Errorf("what is tidied away: %+v", d)
	}
}

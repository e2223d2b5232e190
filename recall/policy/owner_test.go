package policy_test

import (
	"testing"

	"recallbot/bot"
	"recallbot/recall/policy"
)

// TestAsOwner: only what the owner of a group asks for in person, of a message that is known, can go as the owner.
func TestAsOwner(t *testing.T) {
	t.Parallel()
	ok := func() policy.Facts {
		return policy.Facts{
			Actor: "ou_owner", Via: bot.ViaReply, Asked: here, Chat: chat("ou_owner"), Target: target(bot.KindBot, "ou_bot2"), HasGrant: true,
		}
	}
	for name, row := range map[string]struct {
		change func(*policy.Facts)
		could  bool
		does   bool
	}{
		"the owner":                  {func(*policy.Facts) {}, true, true},
		"by a reaction":              {func(f *policy.Facts) { f.Via = bot.ViaReaction }, true, true},
		"by a clean-up":              {func(f *policy.Facts) { f.Via = bot.ViaClean }, true, true},
		"by a button":                {func(f *policy.Facts) { f.Via = bot.ViaButton }, true, true},
		"who has not authorised us":  {func(f *policy.Facts) { f.HasGrant = false }, true, false},
		"a manager":                  {func(f *policy.Facts) { f.Actor = "ou_manager" }, false, false},
		"nobody":                     {func(f *policy.Facts) { f.Actor, f.Chat = "", chat("") }, false, false},
		"roles unknown":              {func(f *policy.Facts) { f.Chat = nil }, false, false},
		"in a two-person chat":       {func(f *policy.Facts) { f.P2P = true }, false, false},
		"an API token":               {func(f *policy.Facts) { f.By = &bot.Principal{Token: "t1", Any: true} }, false, false},
		"a lifetime":                 {func(f *policy.Facts) { f.Via = bot.ViaLifetime }, false, false},
		"a cascade":                  {func(f *policy.Facts) { f.Via = bot.ViaCascade }, false, false},
		"a quorum":                   {func(f *policy.Facts) { f.Via = bot.ViaQuorum }, false, false},
		"the operator":               {func(f *policy.Facts) { f.Via = bot.ViaOperator }, false, false},
		"a message nobody can know":  {func(f *policy.Facts) { f.Target.Kind = bot.KindUnknown }, false, false},
		"a message that has no chat": {func(f *policy.Facts) { f.Target.Chat = "" }, false, false},
	} {
		facts := ok()
		row.change(&facts)
		if got := policy.GrantMatters(facts); got != row.could {
			t.Errorf("%s: GrantMatters = %v", name, got)
		}
		if got := policy.AsOwner(facts); got != row.does {
			t.Errorf("%s: AsOwner = %v", name, got)
		}
	}
}

func TestMayGrant(t *testing.T) {
	t.Parallel()
	p := policy.New(policy.Config{})
	for name, row := range map[string]struct {
		facts  policy.Facts
		allow  bool
		reason bot.Reason
	}{
		"the owner":     {policy.Facts{Actor: "ou_owner", Asked: here, Chat: chat("ou_owner")}, true, ""},
		"a manager":     {policy.Facts{Actor: "ou_manager", Asked: here, Chat: chat("ou_owner")}, false, bot.ReasonOnlyOwner},
		"a member":      {policy.Facts{Actor: "ou_x", Asked: here, Chat: chat("ou_owner")}, false, bot.ReasonOnlyOwner},
		"no owner":      {policy.Facts{Actor: "", Asked: here, Chat: chat("")}, false, bot.ReasonOnlyOwner},
		"roles unknown": {policy.Facts{Actor: "ou_owner", Asked: here}, false, bot.ReasonUnchecked},
	} {
		got := p.MayGrant(row.facts)
		if got.Allow != row.allow || got.Reason != row.reason {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

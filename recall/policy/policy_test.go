package policy_test

import (
	"strings"
	"testing"
	"time"

	"recallbot/bot"
	"recallbot/recall/policy"
)

const (
	self  = bot.AppID("cli_self")
	here  = bot.ChatID("oc_here")
	there = bot.ChatID("oc_there")
)

func chat(owner bot.UserID, botManagers ...bot.AppID) *bot.Chat {
	return &bot.Chat{
		ID: here, Owner: owner, Managers: []bot.UserID{"ou_manager"}, BotManagers: botManagers,
		Member: true, Learned: time.Unix(1, 0),
	}
}

func target(kind bot.Kind, sender bot.UserID) bot.Message {
	return bot.Message{ID: "om_1", Chat: here, Kind: kind, Sender: bot.HashOf(sender)}
}

func TestDecide(t *testing.T) {
	t.Parallel()
	plain, ranked, botOwned := chat("ou_owner"), chat("ou_owner", self), chat("")
	unseen := bot.Message{ID: "om_1"}
	own, other, person := target(bot.KindOwn, "ou_author"), target(bot.KindBot, "ou_bot2"), target(bot.KindPerson, "ou_x")
	rows := []struct {
		name   string
		facts  policy.Facts
		allow  bool
		blind  bool
		rule   policy.Rule
		reason bot.Reason
	}{
		{"owner, own post", policy.Facts{Actor: "ou_owner", Chat: plain, Target: own}, true, false, "owner", ""},
		{"manager, own post", policy.Facts{Actor: "ou_manager", Chat: plain, Target: own}, true, false, "manager", ""},
		{"moderator everywhere", policy.Facts{Actor: "ou_mod", Chat: plain, Target: own}, true, false, "moderator", ""},
		{"moderator of this chat", policy.Facts{Actor: "ou_here", Chat: plain, Target: own}, true, false, "moderator", ""},
		{"moderator of another chat", policy.Facts{Actor: "ou_there", Chat: plain, Target: own}, false, false, "nobody", bot.ReasonNoRight},
		{"author, own post", policy.Facts{Actor: "ou_author", Chat: plain, Target: own}, true, false, "author", ""},
		{"author of another post", policy.Facts{Actor: "ou_author", Chat: plain, Target: target(bot.KindOwn, "ou_else")}, false, false, "nobody", bot.ReasonNoRight},
		{"sender mark of a bot's post is no author", policy.Facts{Actor: "ou_bot2", Chat: ranked, Target: other}, false, false, "nobody", bot.ReasonNoRight},
		{"member", policy.Facts{Actor: "ou_x", Chat: plain, Target: own}, false, false, "nobody", bot.ReasonNoRight},
		{"nobody", policy.Facts{Actor: "", Chat: chat(""), Target: target(bot.KindOwn, "")}, false, false, "nobody", bot.ReasonNoRight},
		{"absent owner matches nobody", policy.Facts{Actor: "ou_x", Chat: botOwned, Target: own}, false, false, "nobody", bot.ReasonNoRight},
		{"counterpart, own post", policy.Facts{Actor: "ou_x", P2P: true, Target: own}, true, false, "counterpart", ""},
		{"counterpart, their message", policy.Facts{Actor: "ou_x", P2P: true, Target: person}, false, false, "persons_message", bot.ReasonPerson},
		{"counterpart, unknown", policy.Facts{Actor: "ou_x", Via: bot.ViaP2P, P2P: true, Asked: here, Target: unseen}, true, true, "counterpart", ""},
		{"roles unknown", policy.Facts{Actor: "ou_owner", Target: own}, false, false, "role_unknown", bot.ReasonUnchecked},
		{"roles unknown, moderator", policy.Facts{Actor: "ou_mod", Target: own}, true, false, "moderator", ""},
		{"roles unknown, moderator, other bot", policy.Facts{Actor: "ou_mod", Target: other}, false, false, "role_unknown", bot.ReasonUnchecked},
		{"roles unknown, moderator, unknown target", policy.Facts{Actor: "ou_mod", Via: bot.ViaReply, Asked: here, Target: unseen}, false, false, "role_unknown", bot.ReasonUnchecked},
		{"other bot, plain member", policy.Facts{Actor: "ou_owner", Chat: plain, Target: other}, false, false, "other_bot_without_rank", bot.ReasonNoRank},
		{"other bot, manager bot", policy.Facts{Actor: "ou_owner", Chat: ranked, Target: other}, true, false, "owner", ""},
		{"other bot, a bot owns the chat", policy.Facts{Actor: "ou_manager", Chat: botOwned, Target: other}, true, false, "manager", ""},
		{"person, even with rank", policy.Facts{Actor: "ou_owner", Chat: ranked, Target: person}, false, false, "persons_message", bot.ReasonPerson},
		{"unknown, plain member", policy.Facts{Actor: "ou_owner", Via: bot.ViaReply, Chat: plain, Asked: here, Target: unseen}, true, true, "owner", ""},
		{"unknown, manager bot", policy.Facts{Actor: "ou_owner", Via: bot.ViaReply, Chat: ranked, Asked: here, Target: unseen}, false, false, "unknown_target", bot.ReasonUnknownTarget},
		{"unknown, a bot owns the chat", policy.Facts{Actor: "ou_manager", Via: bot.ViaReply, Chat: botOwned, Asked: here, Target: unseen}, false, false, "unknown_target", bot.ReasonUnknownTarget},
		{"unknown, by reaction", policy.Facts{Actor: "ou_owner", Via: bot.ViaReaction, Target: unseen}, false, false, "unseen_target", bot.ReasonUnseen},
		{"other chat", policy.Facts{Actor: "ou_owner", Chat: plain, Asked: there, Target: own}, false, false, "other_chat", bot.ReasonOtherChat},
		{"tidy own command with rank", policy.Facts{Actor: "ou_x", Via: bot.ViaTidy, Chat: ranked, Target: person}, true, false, "own_command", ""},
		{"tidy somebody's message", policy.Facts{Actor: "ou_owner", Via: bot.ViaTidy, Chat: ranked, Target: person}, false, false, "other_bot_without_rank", bot.ReasonNoRank},
		{"tidy without rank", policy.Facts{Actor: "ou_x", Via: bot.ViaTidy, Chat: plain, Target: person}, false, false, "other_bot_without_rank", bot.ReasonNoRank},
	}
	p := policy.New(policy.Config{Moderators: []string{"ou_mod", "oc_here/ou_here", "oc_there/ou_there"}})
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			row.facts.Self = self
			got := p.Decide(row.facts)
			want := policy.Decision{Allow: row.allow, Rule: row.rule, Reason: row.reason, Blind: row.blind}
			if got != want {
				t.Errorf("Decide = %+v, want %+v", got, want)
			}
		})
	}
}

func TestDecideBySettings(t *testing.T) {
	t.Parallel()
	plain, ranked, botOwned := chat("ou_owner"), chat("ou_owner", self), chat("")
	own, other, person := target(bot.KindOwn, "ou_author"), target(bot.KindBot, "ou_bot2"), target(bot.KindPerson, "ou_x")
	unseen := bot.Message{ID: "om_1"}
	mods := bot.Settings{Moderators: []bot.UserID{"ou_set"}}
	open, two := bot.Settings{People: true}, bot.Settings{Quorum: 2, People: true}
	cascade := bot.Settings{Cascade: true, People: true}
	with := func(ids ...bot.UserID) []bot.UserID { return ids }
	rows := []struct {
		name   string
		facts  policy.Facts
		allow  bool
		rule   policy.Rule
		reason bot.Reason
	}{
		{"moderator by settings", policy.Facts{Actor: "ou_set", Chat: plain, Target: own, Settings: mods}, true, "moderator", ""},
		{"moderator by settings, roles unknown", policy.Facts{Actor: "ou_set", Target: own, Settings: mods}, true, "moderator", ""},
		{"moderator nowhere", policy.Facts{Actor: "ou_set", Chat: plain, Target: own}, false, "nobody", bot.ReasonNoRight},
		{"nobody is no moderator", policy.Facts{Chat: plain, Target: own, Settings: bot.Settings{Moderators: with("")}}, false, "nobody", bot.ReasonNoRight},

		{"person, switched on, with rank", policy.Facts{Actor: "ou_owner", Chat: ranked, Target: person, Settings: open}, true, "owner", ""},
		{"person, switched on, a bot owns the chat", policy.Facts{Actor: "ou_manager", Chat: botOwned, Target: person, Settings: open}, true, "manager", ""},
		{"person, switched on, without rank", policy.Facts{Actor: "ou_owner", Chat: plain, Target: person, Settings: open}, false, "persons_message", bot.ReasonNoRank},
		{"person, switched on, rank unknown", policy.Facts{Actor: "ou_mod", Target: person, Settings: open}, false, "role_unknown", bot.ReasonUnchecked},
		{"person, switched on, by a member", policy.Facts{Actor: "ou_y", Chat: ranked, Target: person, Settings: open}, false, "nobody", bot.ReasonNoRight},
		{"person, switched on, by its writer", policy.Facts{Actor: "ou_x", Chat: ranked, Target: person, Settings: open}, false, "nobody", bot.ReasonNoRight},
		{"person, switched on, by reaction", policy.Facts{Actor: "ou_owner", Via: bot.ViaReaction, Chat: ranked, Target: person, Settings: open}, false, "persons_message", bot.ReasonPerson},
		{"person, switched on, in p2p", policy.Facts{Actor: "ou_x", P2P: true, Target: person, Settings: open}, false, "persons_message", bot.ReasonPerson},

		{"quorum", policy.Facts{Actor: "ou_b", Via: bot.ViaQuorum, Chat: plain, Target: own, Settings: two, With: with("ou_a", "ou_b")}, true, "quorum", ""},
		{"quorum, roles unknown", policy.Facts{Actor: "ou_b", Via: bot.ViaQuorum, Target: own, Settings: two, With: with("ou_a", "ou_b")}, true, "quorum", ""},
		{"quorum, too few", policy.Facts{Actor: "ou_b", Via: bot.ViaQuorum, Chat: plain, Target: own, Settings: two, With: with("ou_b")}, false, "nobody", bot.ReasonNoRight},
		{"quorum, one person twice", policy.Facts{Actor: "ou_b", Via: bot.ViaQuorum, Chat: plain, Target: own, Settings: two, With: with("ou_b", "ou_b", "")}, false, "nobody", bot.ReasonNoRight},
		{"quorum, switched off", policy.Facts{Actor: "ou_b", Via: bot.ViaQuorum, Chat: plain, Target: own, With: with("ou_a", "ou_b")}, false, "nobody", bot.ReasonNoRight},
		{"quorum, said to be there by a reply", policy.Facts{Actor: "ou_b", Via: bot.ViaReply, Chat: plain, Target: own, Settings: two, With: with("ou_a", "ou_b")}, false, "nobody", bot.ReasonNoRight},
		{"quorum, other bot, with rank", policy.Facts{Actor: "ou_b", Via: bot.ViaQuorum, Chat: ranked, Target: other, Settings: two, With: with("ou_a", "ou_b")}, true, "quorum", ""},
		{"quorum, other bot, without rank", policy.Facts{Actor: "ou_b", Via: bot.ViaQuorum, Chat: plain, Target: other, Settings: two, With: with("ou_a", "ou_b")}, false, "other_bot_without_rank", bot.ReasonNoRank},
		{"quorum, person", policy.Facts{Actor: "ou_b", Via: bot.ViaQuorum, Chat: ranked, Target: person, Settings: two, With: with("ou_a", "ou_b")}, false, "persons_message", bot.ReasonPerson},
		{"quorum, unknown", policy.Facts{Actor: "ou_b", Via: bot.ViaQuorum, Asked: here, Chat: plain, Target: unseen, Settings: two, With: with("ou_a", "ou_b")}, false, "unseen_target", bot.ReasonUnseen},

		{"cascade", policy.Facts{Via: bot.ViaCascade, Asked: here, Chat: plain, Target: own, Settings: cascade}, true, "cascade", ""},
		{"cascade, switched off", policy.Facts{Via: bot.ViaCascade, Asked: here, Chat: plain, Target: own}, false, "nobody", bot.ReasonNoRight},
		{"cascade, other bot", policy.Facts{Via: bot.ViaCascade, Asked: here, Chat: ranked, Target: other, Settings: cascade}, false, "other_bot_without_rank", bot.ReasonNoRank},
		{"cascade, person", policy.Facts{Via: bot.ViaCascade, Asked: here, Chat: ranked, Target: person, Settings: cascade}, false, "persons_message", bot.ReasonPerson},
		{"cascade, unknown", policy.Facts{Via: bot.ViaCascade, Asked: here, Chat: plain, Target: unseen, Settings: cascade}, false, "unseen_target", bot.ReasonUnseen},
		{"cascade, another chat", policy.Facts{Via: bot.ViaCascade, Asked: there, Chat: plain, Target: own, Settings: cascade}, false, "other_chat", bot.ReasonOtherChat},
		{"cascade, p2p, without an actor", policy.Facts{Via: bot.ViaCascade, P2P: true, Asked: here, Target: own}, false, "nobody", bot.ReasonNoRight},

		{"operator, own post", policy.Facts{Via: bot.ViaOperator, Target: own}, true, "operator", ""},
		{"operator, other bot", policy.Facts{Via: bot.ViaOperator, Chat: ranked, Target: other}, false, "other_bot_without_rank", bot.ReasonNoRank},
		{"operator, person", policy.Facts{Via: bot.ViaOperator, Chat: ranked, Target: person, Settings: open}, false, "persons_message", bot.ReasonPerson},

		{"tidy what was made for one", policy.Facts{Actor: "ou_author", Via: bot.ViaTidy, Chat: plain, Target: own}, true, "own_command", ""},
		{"tidy what was made for another", policy.Facts{Actor: "ou_owner", Via: bot.ViaTidy, Chat: ranked, Target: own}, false, "other_bot_without_rank", bot.ReasonNoRank},
		{"tidy what was made for nobody", policy.Facts{Via: bot.ViaTidy, Chat: plain, Target: target(bot.KindOwn, "")}, false, "other_bot_without_rank", bot.ReasonNoRank},
	}
	p := policy.New(policy.Config{Moderators: []string{"ou_mod"}})
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			row.facts.Self = self
			got := p.Decide(row.facts)
			want := policy.Decision{Allow: row.allow, Rule: row.rule, Reason: row.reason}
			if got != want {
				t.Errorf("Decide = %+v, want %+v", got, want)
			}
		})
	}
}

func TestMayManage(t *testing.T) {
	t.Parallel()
	plain := chat("ou_owner")
	mods := bot.Settings{Moderators: []bot.UserID{"ou_set"}}
	rows := []struct {
		name  string
		facts policy.Facts
		want  policy.Decision
	}{
		{"owner", policy.Facts{Actor: "ou_owner", Chat: plain}, policy.Decision{Allow: true, Rule: "owner"}},
		{"manager", policy.Facts{Actor: "ou_manager", Chat: plain}, policy.Decision{Allow: true, Rule: "manager"}},
		{"counterpart", policy.Facts{Actor: "ou_x", P2P: true}, policy.Decision{Allow: true, Rule: "counterpart"}},
		{"operator", policy.Facts{Via: bot.ViaOperator}, policy.Decision{Allow: true, Rule: "operator"}},
		{"moderator everywhere", policy.Facts{Actor: "ou_mod", Chat: plain}, policy.Decision{Rule: "nobody", Reason: bot.ReasonOnlyOwners}},
		{"moderator by settings", policy.Facts{Actor: "ou_set", Chat: plain, Settings: mods}, policy.Decision{Rule: "nobody", Reason: bot.ReasonOnlyOwners}},
		{"member", policy.Facts{Actor: "ou_x", Chat: plain}, policy.Decision{Rule: "nobody", Reason: bot.ReasonOnlyOwners}},
		{"absent owner matches nobody", policy.Facts{Actor: "", Chat: chat("")}, policy.Decision{Rule: "nobody", Reason: bot.ReasonOnlyOwners}},
		{"nobody in p2p", policy.Facts{P2P: true}, policy.Decision{Rule: "nobody", Reason: bot.ReasonOnlyOwners}},
		{"roles unknown", policy.Facts{Actor: "ou_owner"}, policy.Decision{Rule: "role_unknown", Reason: bot.ReasonUnchecked}},
	}
	p := policy.New(policy.Config{Moderators: []string{"ou_mod"}})
	for _, row := range rows {
		row.facts.Self = self
		if got := p.MayManage(row.facts); got != row.want {
			t.Errorf("%s: %+v, want %+v", row.name, got, row.want)
		}
	}
}

func TestOutsiderOfAForeignChatHasNoRank(t *testing.T) {
	t.Parallel()
	outsider := &bot.Chat{ID: here, Managers: []bot.UserID{"ou_manager"}}
	got := policy.New(policy.Config{}).Decide(policy.Facts{
		Actor: "ou_manager", Chat: outsider, Target: target(bot.KindBot, "ou_bot2"), Self: self,
	})
	if got.Allow || got.Reason != bot.ReasonUnchecked {
		t.Errorf("Decide = %+v, want a refusal because the rank is not known", got)
	}
}

func TestValidateNamesTheEntry(t *testing.T) {
	t.Parallel()
	good := policy.Config{Moderators: []string{"ou_a", "oc_b/ou_c"}}
	if err := good.Validate(); err != nil {
		t.Errorf("Validate(%v) = %v", good, err)
	}
	for _, bad := range []string{"", "tom", "oc_b", "ou_a/oc_b", "oc_b/ou_c/ou_d"} {
		if err := (policy.Config{Moderators: []string{bad}}).Validate(); err == nil {
			t.Errorf("Validate accepts %q", bad)
		}
	}
	err := policy.Config{Moderators: []string{"tom", "ou_a", "jerry"}}.Validate()
	if err == nil || !strings.Contains(err.Error(), "tom") || !strings.Contains(err.Error(), "jerry") {
		t.Errorf("Validate = %v, want both bad entries named", err)
	}
}

func TestBatchesAreForModeratorsOfAllChats(t *testing.T) {
	t.Parallel()
	p := policy.New(policy.Config{Moderators: []string{"ou_mod", "oc_here/ou_here"}})
	rows := []struct {
		name  string
		facts policy.Facts
		allow bool
		rule  policy.Rule
	}{
		{"moderator of all chats", policy.Facts{Actor: "ou_mod"}, true, policy.RuleModerator},
		{"moderator of one chat", policy.Facts{Actor: "ou_here", Asked: here}, false, policy.RuleNobody},
		{"moderator by a chat's setting", policy.Facts{Actor: "ou_set", Settings: bot.Settings{Moderators: []bot.UserID{"ou_set"}}}, false, policy.RuleNobody},
		{"counterpart", policy.Facts{Actor: "ou_x", P2P: true}, false, policy.RuleNobody},
		{"nobody", policy.Facts{}, false, policy.RuleNobody},
		{"operator", policy.Facts{Via: bot.ViaOperator}, true, policy.RuleOperator},
	}
	for _, row := range rows {
		if got := p.MayBatch(row.facts); got.Allow != row.allow || got.Rule != row.rule {
			t.Errorf("%s: MayBatch = %+v, want %v by %s", row.name, got, row.allow, row.rule)
		}
	}
}

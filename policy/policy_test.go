package policy_test

import (
	"strings"
	"testing"
	"time"

	"recallbot/bot"
	"recallbot/policy"
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
	return bot.Message{ID: "om_1", Chat: here, Kind: kind, Sender: bot.MarkOf(sender)}
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
		{"counterpart, unknown", policy.Facts{Actor: "ou_x", P2P: true, Asked: here, Target: unseen}, true, true, "counterpart", ""},
		{"roles unknown", policy.Facts{Actor: "ou_owner", Target: own}, false, false, "role_unknown", bot.ReasonUnchecked},
		{"roles unknown, moderator", policy.Facts{Actor: "ou_mod", Target: own}, true, false, "moderator", ""},
		{"roles unknown, moderator, other bot", policy.Facts{Actor: "ou_mod", Target: other}, false, false, "role_unknown", bot.ReasonUnchecked},
		{"roles unknown, moderator, unknown target", policy.Facts{Actor: "ou_mod", Asked: here, Target: unseen}, false, false, "role_unknown", bot.ReasonUnchecked},
		{"other bot, plain member", policy.Facts{Actor: "ou_owner", Chat: plain, Target: other}, false, false, "other_bot_without_rank", bot.ReasonNoRank},
		{"other bot, manager bot", policy.Facts{Actor: "ou_owner", Chat: ranked, Target: other}, true, false, "owner", ""},
		{"other bot, a bot owns the chat", policy.Facts{Actor: "ou_manager", Chat: botOwned, Target: other}, true, false, "manager", ""},
		{"person, even with rank", policy.Facts{Actor: "ou_owner", Chat: ranked, Target: person}, false, false, "persons_message", bot.ReasonPerson},
		{"unknown, plain member", policy.Facts{Actor: "ou_owner", Chat: plain, Asked: here, Target: unseen}, true, true, "owner", ""},
		{"unknown, manager bot", policy.Facts{Actor: "ou_owner", Chat: ranked, Asked: here, Target: unseen}, false, false, "unknown_target", bot.ReasonUnknownTarget},
		{"unknown, a bot owns the chat", policy.Facts{Actor: "ou_manager", Chat: botOwned, Asked: here, Target: unseen}, false, false, "unknown_target", bot.ReasonUnknownTarget},
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

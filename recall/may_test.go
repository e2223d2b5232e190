package recall_test

import (
	"testing"

	"recallbot/bot"
	"recallbot/recall/policy"
	"recallbot/recall/recalltest"
)

// TestAlone: only a person who may change the settings can be alone, and only with known roles.
func TestAlone(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		who   bot.UserID
		p2p   bool
		chat  func(*bot.Chat)
		set   bot.Settings
		fault error
		want  bool
	}{
		"with an admin":                   {who: "ou_owner"},
		"an owner without admins":         {who: "ou_owner", chat: func(c *bot.Chat) { c.Managers = nil }, want: true},
		"who is their own moderator":      {who: "ou_owner", chat: func(c *bot.Chat) { c.Managers = nil }, set: bot.Settings{Moderators: []bot.UserID{"ou_owner"}}, want: true},
		"with a moderator":                {who: "ou_owner", chat: func(c *bot.Chat) { c.Managers = nil }, set: bot.Settings{Moderators: []bot.UserID{"ou_member"}}},
		"an admin whose owner is our bot": {who: "ou_manager", chat: func(c *bot.Chat) { c.Owner = "" }, want: true},
		"a moderator alone": {
			who: "ou_member", chat: func(c *bot.Chat) { c.Owner, c.Managers = "", nil }, set: bot.Settings{Moderators: []bot.UserID{"ou_member"}},
		},
		"a member":            {who: "ou_member"},
		"in p2p":              {who: "ou_member", p2p: true, want: true},
		"nobody can tell who": {who: "ou_owner", chat: func(c *bot.Chat) { c.Managers = nil }, fault: &bot.Error{Kind: bot.Denied}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := recalltest.New(t)
			s.Rules.Policy = policy.New(policy.Config{}) // no moderators of all chats
			chat := s.Platform.Chats[recalltest.Here]
			if row.chat != nil {
				row.chat(&chat)
			}
			s.Platform.Chats[recalltest.Here] = chat
			s.Settings.Chats[recalltest.Here] = row.set
			if row.fault != nil {
				s.Cached(recalltest.RolesTTL / 2)
				s.Platform.Fail("CHAT "+string(recalltest.Here), row.fault)
			}
			if got, err := s.Recaller.Alone(t.Context(), row.who, recalltest.Here, row.p2p); err != nil || got != row.want {
				t.Errorf("alone: %t, %v, want %t", got, err, row.want)
			}
		})
	}
}

package recall_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"recallbot/audit"
	"recallbot/bot"
	"recallbot/recall"
	"recallbot/recall/policy"
	"recallbot/recall/recalltest"
)

func TestSettingsDecideWithTheRoles(t *testing.T) {
	t.Parallel()
	rows := []struct {
		name  string
		set   bot.Settings
		ask   func(*recalltest.Env) recall.Request
		given func(*recalltest.Env)
		want  recalltest.Ended
	}{
		{
			"a moderator of the chat",
			bot.Settings{Moderators: []bot.UserID{"ou_member"}},
			func(s *recalltest.Env) recall.Request { return s.Reply("ou_member", "om_own") }, nil,
			recalltest.End(bot.Done, "moderator", "", 0),
		},
		{
			"a moderator by reaction, whose chat is learned",
			bot.Settings{Moderators: []bot.UserID{"ou_member"}},
			func(s *recalltest.Env) recall.Request { return s.Reaction("ou_member", "om_own") }, nil,
			recalltest.End(bot.Done, "moderator", "", 0),
		},
		{
			"a moderator of this chat only",
			bot.Settings{Moderators: []bot.UserID{"ou_member"}},
			func(s *recalltest.Env) recall.Request { return s.Reaction("ou_member", "om_far") }, nil,
			recalltest.End(bot.Refused, "nobody", bot.ReasonNoRight, 0),
		},
		{
			"a person's message",
			bot.Settings{People: true},
			func(s *recalltest.Env) recall.Request { return s.Reply("ou_owner", "om_person") },
			func(s *recalltest.Env) { s.Platform.Promote(nil, recalltest.Self) },
			recalltest.End(bot.Done, "owner", "", 0),
		},
		{
			"a person's message, switched off",
			bot.Settings{},
			func(s *recalltest.Env) recall.Request { return s.Reply("ou_owner", "om_person") },
			func(s *recalltest.Env) { s.Platform.Promote(nil, recalltest.Self) },
			recalltest.End(bot.Refused, "persons_message", bot.ReasonPerson, 0),
		},
		{
			"a quorum",
			bot.Settings{Quorum: 2},
			func(s *recalltest.Env) recall.Request {
				req := s.Reaction("ou_member", "om_own")
				req.Via, req.With = bot.ViaQuorum, []bot.UserID{"ou_x", "ou_member"}
				return req
			}, nil,
			recalltest.End(bot.Done, "quorum", "", 0),
		},
		{
			"a cascade",
			bot.Settings{Cascade: true},
			func(s *recalltest.Env) recall.Request {
				return recall.Request{CauseID: "e1", Via: bot.ViaCascade, Asked: s.Clock, Chat: recalltest.Here, Target: "om_own"}
			}, nil,
			recalltest.End(bot.Done, "cascade", "", 0),
		},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			s := recalltest.New(t)
			s.Settings.Chats[recalltest.Here] = row.set
			if row.given != nil {
				row.given(s)
			}
			s.Settles(t, row.ask(s), row.want)
		})
	}
}

// TestUnreadSettingsAreTriedAgain: settings that can't be read are an error, never the defaults.
func TestUnreadSettingsAreTriedAgain(t *testing.T) {
	t.Parallel()
	s := recalltest.New(t)
	s.Settings.Err = bot.Errorf(bot.Unavailable, "no")
	req := s.Reply("ou_owner", "om_own")
	s.Fails(t, req)
	req.BestEffort = true
	s.Fails(t, req)
	for name, ask := range map[string]func(context.Context, bot.UserID, bot.ChatID, bool) (policy.Decision, error){
		"May": s.Recaller.May, "Manage": s.Recaller.Manage,
	} {
		if got, err := ask(t.Context(), "ou_owner", recalltest.Here, false); bot.KindOf(err) != bot.Unavailable || got.Allow {
			t.Errorf("%s = %+v, %v", name, got, err)
		}
	}
	s.Was(t, nil, nil)
}

func TestUnwantedRequestIsNotRecorded(t *testing.T) {
	t.Parallel()
	s := recalltest.New(t)
	s.Settings.Chats[recalltest.Here] = bot.Settings{Emoji: []string{"BOMB"}}
	req := s.Reaction("ou_owner", "om_own")
	req.Wanted = func(set bot.Settings) bool { return set.Wants("CrossMark", []string{"CrossMark"}) }
	out, err := s.Recaller.Recall(t.Context(), req)
	if out.Result != "" || err != nil {
		t.Errorf("Recall = %+v, %v", out, err)
	}
	s.Was(t, nil, nil)
	req.Wanted = func(set bot.Settings) bool { return set.Wants("BOMB", []string{"CrossMark"}) }
	s.Settles(t, req, recalltest.End(bot.Done, "owner", "", 0))
}

func TestManageIsForOwnersAndManagers(t *testing.T) {
	t.Parallel()
	s := recalltest.New(t)
	s.Settings.Chats[recalltest.Here] = bot.Settings{Moderators: []bot.UserID{"ou_set"}}
	rows := []struct {
		who  bot.UserID
		chat bot.ChatID
		p2p  bool
		want policy.Decision
	}{
		{"ou_owner", recalltest.Here, false, policy.Decision{Allow: true, Rule: "owner"}},
		{"ou_manager", recalltest.Here, false, policy.Decision{Allow: true, Rule: "manager"}},
		{"ou_mod", recalltest.Here, false, policy.Decision{Rule: "nobody", Reason: bot.ReasonOnlyOwners}},
		{"ou_set", recalltest.Here, false, policy.Decision{Rule: "nobody", Reason: bot.ReasonOnlyOwners}},
		{"ou_member", recalltest.Here, false, policy.Decision{Rule: "nobody", Reason: bot.ReasonOnlyOwners}},
		{"ou_owner", recalltest.There, false, policy.Decision{Rule: "nobody", Reason: bot.ReasonOnlyOwners}},
		{"ou_member", recalltest.P2P, true, policy.Decision{Allow: true, Rule: "counterpart"}},
	}
	for _, row := range rows {
		got, err := s.Recaller.Manage(t.Context(), row.who, row.chat, row.p2p)
		if err != nil || got != row.want {
			t.Errorf("%s in %s: %+v, %v; want %+v", row.who, row.chat, got, err, row.want)
		}
	}
	// A new manager need not wait until the cached roles expire.
	s.Cached(time.Minute / 2)
	s.Platform.Promote([]bot.UserID{"ou_member"})
	if got, err := s.Recaller.Manage(t.Context(), "ou_member", recalltest.Here, false); err != nil || !got.Allow {
		t.Errorf("a new manager: %+v, %v", got, err)
	}
}

func TestConfigureRecordsEachChangeOnce(t *testing.T) {
	t.Parallel()
	s := recalltest.New(t)
	req := s.Configure("ou_owner", func(set bot.Settings) (bot.Settings, error) {
		set.Quorum, set.People = 3, true
		return set, nil
	})
	want := []bot.SettingDiff{{Key: "quorum", Before: "off", After: "3"}, {Key: "people", Before: "off", After: "on"}}
	lost := bot.Errorf(bot.Unavailable, "no")
	s.Audit.Err = lost // the first run changes, and can't record it
	if _, _, err := s.Recaller.Configure(t.Context(), req); bot.KindOf(err) != bot.Unavailable {
		t.Errorf("Configure = %v, want the audit's error", err)
	}
	s.Audit.Err = nil
	for range 2 {
		decision, changed, err := s.Recaller.Configure(t.Context(), req)
		if err != nil || !decision.Allow {
			t.Errorf("Configure = %+v, %v", decision, err)
		}
		if diff := cmp.Diff(want, changed); diff != "" {
			t.Errorf("changed (-want +got):\n%s", diff)
		}
	}
	entry := audit.Entry{
		At: s.Clock, Who: "ou_owner", Via: bot.ViaSettings, Chat: recalltest.Here, Command: "om_cmd", Rule: "owner", Result: bot.Changed, Latency: 1000,
	}
	quorum, people := entry, entry
	quorum.Comment, people.Comment = "quorum off → 3", "people off → on"
	if diff := cmp.Diff([]audit.Entry{quorum, people}, s.Audit.Entries); diff != "" {
		t.Errorf("records (-want +got):\n%s", diff)
	}
	if len(s.Audit.Observed) != 2 {
		t.Errorf("observed %d records, want 2", len(s.Audit.Observed))
	}
}

func TestConfigureRefusesAndRecordsThat(t *testing.T) {
	t.Parallel()
	s := recalltest.New(t)
	req := s.Configure("ou_mod", func(bot.Settings) (bot.Settings, error) {
		t.Error("changed without a right")
		return bot.Settings{}, nil
	})
	decision, changed, err := s.Recaller.Configure(t.Context(), req)
	if err != nil || decision.Allow || decision.Reason != bot.ReasonOnlyOwners || changed != nil {
		t.Errorf("Configure = %+v, %v, %v", decision, changed, err)
	}
	want := []audit.Entry{{
		At: s.Clock, Who: "ou_mod", Via: bot.ViaSettings, Chat: recalltest.Here, Command: "om_cmd", Rule: "nobody",
		Result: bot.Refused, Reason: bot.ReasonOnlyOwners, Latency: 1000,
	}}
	if diff := cmp.Diff(want, s.Audit.Entries); diff != "" {
		t.Errorf("records (-want +got):\n%s", diff)
	}
}

func TestOperatorConfiguresWithoutAskingThePlatform(t *testing.T) {
	t.Parallel()
	s := recalltest.New(t)
	req := s.Configure("", func(set bot.Settings) (bot.Settings, error) { set.Cascade = true; return set, nil })
	req.Via, req.Command = bot.ViaOperator, ""
	decision, changed, err := s.Recaller.Configure(t.Context(), req)
	if err != nil || decision.Rule != policy.RuleOperator || len(changed) != 1 {
		t.Errorf("Configure = %+v, %v, %v", decision, changed, err)
	}
	s.Was(t, nil, []string{" changed for  via operator (operator)"})
}

// TestTidiedMessagesAreMarked: a message that the bot removes is marked first, where its recall would cascade.
func TestTidiedMessagesAreMarked(t *testing.T) {
	t.Parallel()
	for _, cascades := range []bool{true, false} {
		s := recalltest.New(t)
		s.Platform.Promote(nil, recalltest.Self)
		s.Settings.Chats[recalltest.Here] = bot.Settings{Cascade: cascades}
		s.Settles(t, s.Tidy("ou_owner"), recalltest.End(bot.Done, "own_command", "", 0))
		if s.Marks[recall.TidiedKey("om_cmd")] != cascades {
			t.Errorf("cascade %t: marks %v", cascades, s.Marks)
		}
	}
}

// TestMayReturnsTheRank: the decision of May says whether the bot may remove commands, also where it refuses.
func TestMayReturnsTheRank(t *testing.T) {
	t.Parallel()
	for _, ranked := range []bool{true, false} {
		s := recalltest.New(t)
		if ranked {
			s.Platform.Promote(nil, recalltest.Self)
		}
		for who, allowed := range map[bot.UserID]bool{"ou_owner": true, "ou_member": false} {
			decision, err := s.Recaller.May(t.Context(), who, recalltest.Here, false)
			if err != nil || decision.Allow != allowed || decision.Ranked != ranked {
				t.Errorf("May %s = %+v, %v; want the rank %t", who, decision, err, ranked)
			}
		}
	}
}

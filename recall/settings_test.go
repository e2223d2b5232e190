package recall_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"recallbot/bot"
	"recallbot/recall"
	"recallbot/recall/policy"
)

// settings are what is set in each chat, and what each piece of work changed.
type settings struct {
	chats map[bot.ChatID]bot.Settings
	done  map[bot.EventID][2]bot.Settings
	err   error
}

func (s *settings) Settings(_ context.Context, chat bot.ChatID) (bot.Settings, error) {
	return s.chats[chat], s.err
}

func (s *settings) Change(
	_ context.Context, work bot.EventID, chat bot.ChatID, change func(bot.Settings) (bot.Settings, error),
) (before, after bot.Settings, err error) {
	if s.err != nil {
		return before, after, s.err
	}
	if done, again := s.done[work]; again {
		return done[0], done[1], nil
	}
	before = s.chats[chat]
	if after, err = change(before); err != nil {
		return before, after, err
	}
	s.chats[chat], s.done[work] = after, [2]bot.Settings{before, after}
	return before, after, nil
}

// marks are the keys that came.
type marks map[string]bool

func (m marks) First(_ context.Context, key string, _ time.Duration) (bool, error) {
	first := !m[key]
	m[key] = true
	return first, nil
}

func TestSettingsDecideWithTheRoles(t *testing.T) {
	t.Parallel()
	rows := []struct {
		name  string
		set   bot.Settings
		ask   func(*scene) recall.Request
		given func(*scene)
		want  end
	}{
		{
			"a moderator of the chat",
			bot.Settings{Moderators: []bot.UserID{"ou_member"}},
			func(s *scene) recall.Request { return s.reply("ou_member", "om_own") }, nil,
			end{bot.Done, "moderator", "", 0},
		},
		{
			"a moderator by reaction, whose chat is learned",
			bot.Settings{Moderators: []bot.UserID{"ou_member"}},
			func(s *scene) recall.Request { return s.reaction("ou_member", "om_own") }, nil,
			end{bot.Done, "moderator", "", 0},
		},
		{
			"a moderator of this chat only",
			bot.Settings{Moderators: []bot.UserID{"ou_member"}},
			func(s *scene) recall.Request { return s.reaction("ou_member", "om_far") }, nil,
			end{bot.Refused, "nobody", bot.ReasonNoRight, 0},
		},
		{
			"a person's message",
			bot.Settings{People: true},
			func(s *scene) recall.Request { return s.reply("ou_owner", "om_person") },
			func(s *scene) { s.platform.promote(nil, self) },
			end{bot.Done, "owner", "", 0},
		},
		{
			"a person's message, switched off",
			bot.Settings{},
			func(s *scene) recall.Request { return s.reply("ou_owner", "om_person") },
			func(s *scene) { s.platform.promote(nil, self) },
			end{bot.Refused, "persons_message", bot.ReasonPerson, 0},
		},
		{
			"a quorum",
			bot.Settings{Quorum: 2},
			func(s *scene) recall.Request {
				req := s.reaction("ou_member", "om_own")
				req.Via, req.With = bot.ViaQuorum, []bot.UserID{"ou_x", "ou_member"}
				return req
			}, nil,
			end{bot.Done, "quorum", "", 0},
		},
		{
			"a cascade",
			bot.Settings{Cascade: true},
			func(s *scene) recall.Request {
				return recall.Request{Work: "e1", Via: bot.ViaCascade, Asked: s.clock, Chat: here, Target: "om_own"}
			}, nil,
			end{bot.Done, "cascade", "", 0},
		},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			s := newScene(t, recall.Config{})
			s.settings.chats[here] = row.set
			if row.given != nil {
				row.given(s)
			}
			s.settles(t, row.ask(s), row.want)
		})
	}
}

// Settings that can't be read are never taken for a chat where nothing is set, nor for one where all is allowed.
func TestUnreadSettingsAreTriedAgain(t *testing.T) {
	t.Parallel()
	s := newScene(t, recall.Config{})
	s.settings.err = bot.Errorf(bot.Unavailable, "no")
	req := s.reply("ou_owner", "om_own")
	s.fails(t, req)
	req.Hurry = true
	s.fails(t, req)
	for name, ask := range map[string]func(context.Context, bot.UserID, bot.ChatID, bool) (policy.Decision, error){
		"May": s.recaller.May, "Manage": s.recaller.Manage,
	} {
		if got, err := ask(t.Context(), "ou_owner", here, false); bot.KindOf(err) != bot.Unavailable || got.Allow {
			t.Errorf("%s = %+v, %v", name, got, err)
		}
	}
	s.was(t, nil, nil)
}

func TestWhatTheChatDoesNotWantLeavesNoTrace(t *testing.T) {
	t.Parallel()
	s := newScene(t, recall.Config{})
	s.settings.chats[here] = bot.Settings{Emoji: []string{"BOMB"}}
	req := s.reaction("ou_owner", "om_own")
	req.Wanted = func(set bot.Settings) bool { return set.Wants("CrossMark", []string{"CrossMark"}) }
	out, err := s.recaller.Recall(t.Context(), req)
	if out.Result != "" || err != nil {
		t.Errorf("Recall = %+v, %v", out, err)
	}
	s.was(t, nil, nil)
	req.Wanted = func(set bot.Settings) bool { return set.Wants("BOMB", []string{"CrossMark"}) }
	s.settles(t, req, end{bot.Done, "owner", "", 0})
}

func TestManageIsForOwnersAndManagers(t *testing.T) {
	t.Parallel()
	s := newScene(t, recall.Config{})
	s.settings.chats[here] = bot.Settings{Moderators: []bot.UserID{"ou_set"}}
	rows := []struct {
		who  bot.UserID
		chat bot.ChatID
		p2p  bool
		want policy.Decision
	}{
		{"ou_owner", here, false, policy.Decision{Allow: true, Rule: "owner"}},
		{"ou_manager", here, false, policy.Decision{Allow: true, Rule: "manager"}},
		{"ou_mod", here, false, policy.Decision{Rule: "nobody", Reason: bot.ReasonOnlyOwners}},
		{"ou_set", here, false, policy.Decision{Rule: "nobody", Reason: bot.ReasonOnlyOwners}},
		{"ou_member", here, false, policy.Decision{Rule: "nobody", Reason: bot.ReasonOnlyOwners}},
		{"ou_owner", there, false, policy.Decision{Rule: "nobody", Reason: bot.ReasonOnlyOwners}},
		{"ou_member", p2p, true, policy.Decision{Allow: true, Rule: "counterpart"}},
	}
	for _, row := range rows {
		got, err := s.recaller.Manage(t.Context(), row.who, row.chat, row.p2p)
		if err != nil || got != row.want {
			t.Errorf("%s in %s: %+v, %v; want %+v", row.who, row.chat, got, err, row.want)
		}
	}
	// Somebody who has just been made a manager need not wait until the roles are old.
	s.cached(time.Minute / 2)
	s.platform.promote([]bot.UserID{"ou_member"})
	if got, err := s.recaller.Manage(t.Context(), "ou_member", here, false); err != nil || !got.Allow {
		t.Errorf("a new manager: %+v, %v", got, err)
	}
}

// configure is a change by a person in the group.
func (s *scene) configure(who bot.UserID, change func(bot.Settings) (bot.Settings, error)) recall.SettingRequest {
	return recall.SettingRequest{
		Work: "e1", Via: bot.ViaSettings, Who: who, Asked: s.clock.Add(-time.Second), Chat: here, Command: "om_cmd", Change: change,
	}
}

func TestConfigureRecordsEachChangeOnce(t *testing.T) {
	t.Parallel()
	s := newScene(t, recall.Config{})
	req := s.configure("ou_owner", func(set bot.Settings) (bot.Settings, error) {
		set.Quorum, set.People = 3, true
		return set, nil
	})
	want := []bot.SettingDiff{{Key: "quorum", Before: "off", After: "3"}, {Key: "people", Before: "off", After: "on"}}
	lost := bot.Errorf(bot.Unavailable, "no")
	s.audit.err = lost // the first run changes, and can't record it
	if _, _, err := s.recaller.Configure(t.Context(), req); bot.KindOf(err) != bot.Unavailable {
		t.Errorf("Configure = %v, want the audit's error", err)
	}
	s.audit.err = nil
	for range 2 {
		decision, changed, err := s.recaller.Configure(t.Context(), req)
		if err != nil || !decision.Allow {
			t.Errorf("Configure = %+v, %v", decision, err)
		}
		if diff := cmp.Diff(want, changed); diff != "" {
			t.Errorf("changed (-want +got):\n%s", diff)
		}
	}
	entry := bot.AuditEntry{
		At: s.clock, Who: "ou_owner", Via: bot.ViaSettings, Chat: here, Command: "om_cmd", Rule: "owner", Result: bot.Changed, Latency: 1000,
	}
	quorum, people := entry, entry
	quorum.Words, people.Words = "quorum off → 3", "people off → on"
	if diff := cmp.Diff([]bot.AuditEntry{quorum, people}, s.audit.entries); diff != "" {
		t.Errorf("records (-want +got):\n%s", diff)
	}
	if len(s.audit.observed) != 2 {
		t.Errorf("observed %d records, want 2", len(s.audit.observed))
	}
}

func TestConfigureRefusesAndRecordsThat(t *testing.T) {
	t.Parallel()
	s := newScene(t, recall.Config{})
	req := s.configure("ou_mod", func(bot.Settings) (bot.Settings, error) {
		t.Error("changed without a right")
		return bot.Settings{}, nil
	})
	decision, changed, err := s.recaller.Configure(t.Context(), req)
	if err != nil || decision.Allow || decision.Reason != bot.ReasonOnlyOwners || changed != nil {
		t.Errorf("Configure = %+v, %v, %v", decision, changed, err)
	}
	want := []bot.AuditEntry{{
		At: s.clock, Who: "ou_mod", Via: bot.ViaSettings, Chat: here, Command: "om_cmd", Rule: "nobody",
		Result: bot.Refused, Reason: bot.ReasonOnlyOwners, Latency: 1000,
	}}
	if diff := cmp.Diff(want, s.audit.entries); diff != "" {
		t.Errorf("records (-want +got):\n%s", diff)
	}
}

func TestOperatorConfiguresWithoutAskingThePlatform(t *testing.T) {
	t.Parallel()
	s := newScene(t, recall.Config{})
	req := s.configure("", func(set bot.Settings) (bot.Settings, error) { set.Cascade = true; return set, nil })
	req.Via, req.Command = bot.ViaOperator, ""
	decision, changed, err := s.recaller.Configure(t.Context(), req)
	if err != nil || decision.Rule != policy.RuleOperator || len(changed) != 1 {
		t.Errorf("Configure = %+v, %v, %v", decision, changed, err)
	}
	s.was(t, nil, []string{" changed for  via operator (operator)"})
}

// What is tidied away is marked first, where its recall would cascade.
func TestTidiedMessagesAreMarked(t *testing.T) {
	t.Parallel()
	for _, cascades := range []bool{true, false} {
		s := newScene(t, recall.Config{})
		s.platform.promote(nil, self)
		s.settings.chats[here] = bot.Settings{Cascade: cascades}
		s.settles(t, s.tidy("ou_owner"), end{bot.Done, "own_command", "", 0})
		if s.marks[recall.TidiedKey("om_cmd")] != cascades {
			t.Errorf("cascade %t: marks %v", cascades, s.marks)
		}
	}
}

// Who is told whether commands may be tidied away is told it along with who may ask.
func TestMayTellsTheRank(t *testing.T) {
	t.Parallel()
	for _, ranked := range []bool{true, false} {
		s := newScene(t, recall.Config{})
		if ranked {
			s.platform.promote(nil, self)
		}
		for who, allowed := range map[bot.UserID]bool{"ou_owner": true, "ou_member": false} {
			decision, err := s.recaller.May(t.Context(), who, here, false)
			if err != nil || decision.Allow != allowed || decision.Ranked != ranked {
				t.Errorf("May %s = %+v, %v; want the rank %t", who, decision, err, ranked)
			}
		}
	}
}

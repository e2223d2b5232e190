// Package recalltest has a recaller with chats, people, messages and a platform in memory, for tests.
package recalltest

import (
	"log/slog"
	"maps"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"recallbot/bot"
	"recallbot/recall"
	"recallbot/recall/policy"
)

// The chats, and for how long roles are cached.
const (
	Here  = bot.ChatID("oc_here")
	There = bot.ChatID("oc_there")
	P2P   = bot.ChatID("oc_p2p")

	RolesTTL = time.Minute
)

// Env is a group with an owner, a manager, our bot as a plain member and a message of each kind in the index; another group, and a
// p2p chat. Nothing is cached, and the clock does not run.
type Env struct {
	Platform *platform
	Index    *index
	Audit    *Audit
	Cache    *cache
	Roles    *recall.Roles
	Settings *settings
	Marks    marks
	Owners   *owners
	Recaller *recall.Recaller
	Rules    recall.Rules
	Clock    time.Time
	// RoundTrip is how long a read of the store takes.
	RoundTrip time.Duration
}

// New makes one.
func New(t *testing.T) *Env {
	t.Helper()
	s := &Env{Clock: time.Date(2026, 9, 1, 10, 0, 0, 0, time.UTC)}
	s.Build(func() time.Time { return s.Clock })
	return s
}

// Build makes all of it, with a clock.
func (s *Env) Build(now func() time.Time) {
	s.Rules.Policy = policy.New(policy.Config{Moderators: []string{"ou_mod"}})
	messages := map[bot.MessageID]bot.Message{}
	for _, m := range []bot.Message{
		{ID: "om_own", Chat: Here, Kind: bot.KindOwn, Sender: bot.HashOf(bot.UserID("ou_author"))},
		{ID: "om_bot", Chat: Here, Kind: bot.KindBot, Sender: bot.HashOf("cli_other")},
		{ID: "om_person", Chat: Here, Kind: bot.KindPerson, Sender: bot.HashOf(bot.UserID("ou_member"))},
		{ID: "om_cmd", Chat: Here, Kind: bot.KindPerson, Sender: bot.HashOf(bot.UserID("ou_owner"))},
		{ID: "om_far", Chat: There, Kind: bot.KindOwn},
		{ID: "om_p2p", Chat: P2P, Kind: bot.KindOwn},
		{ID: "om_said", Chat: P2P, Kind: bot.KindPerson, Sender: bot.HashOf(bot.UserID("ou_member"))},
	} {
		messages[m.ID] = m
	}
	s.Platform = &platform{
		Messages: messages, faults: map[string][]fault{},
		Chats: map[bot.ChatID]bot.Chat{
			Here:  {ID: Here, Owner: "ou_owner", Managers: []bot.UserID{"ou_manager"}, Member: true},
			There: {ID: There, Owner: "ou_stranger", Member: true},
			P2P:   {ID: P2P, P2P: true, Member: true},
		},
	}
	s.Index = &index{Messages: maps.Clone(messages), trip: &s.RoundTrip}
	s.Audit = &Audit{Keys: map[string]bool{}}
	s.Cache = &cache{chats: map[bot.ChatID]bot.Chat{}, versions: map[bot.ChatID]int64{Here: 1}, trip: &s.RoundTrip}
	s.Roles = recall.NewRoles(s.Platform.Chat, s.Cache, func() time.Duration { return RolesTTL }, now)
	s.Settings, s.Marks = &settings{Chats: map[bot.ChatID]bot.Settings{}, done: map[bot.EventID][2]bot.Settings{}, trip: &s.RoundTrip}, marks{}
	s.Owners = &owners{platform: s.Platform, Granted: map[bot.UserID]bot.ChatID{}}
	s.Recaller = recall.New(recall.Config{Self: Self, Observe: s.Audit.Observe}, recall.Deps{
		Decision: recall.DecisionDeps{
			Rules: s.CurrentRules, Roles: s.Roles, Settings: s.Settings, Grants: s.Owners,
		},
		Platform: s.Platform, Index: s.Index, Record: s.Audit.Record, Once: s.Marks.First,
		Log: slog.New(slog.DiscardHandler), Now: now,
	})
}

// CurrentRules are the env's rules of now.
func (s *Env) CurrentRules() recall.Rules { return s.Rules }

// Unseen removes messages from the index, and makes the platform refuse to show any.
func (s *Env) Unseen(ids ...bot.MessageID) {
	s.Platform.Unreadable = true
	for _, id := range ids {
		delete(s.Index.Messages, id)
	}
}

// LookedUp removes a message from the index only.
func (s *Env) LookedUp(id bot.MessageID) {
	msg := s.Platform.Messages[id]
	msg.At = s.Clock
	s.Platform.Messages[id] = msg
	delete(s.Index.Messages, id)
}

// Cached puts the chat's present roles into the cache, with an age.
func (s *Env) Cached(age time.Duration) {
	chat := s.Platform.Chats[Here]
	chat.Learned = s.Clock.Add(-age)
	s.Cache.chats[Here] = chat
}

// Reply is /recall as a reply in the group.
func (s *Env) Reply(who bot.UserID, target bot.MessageID) recall.Request {
	return recall.Request{
		CauseID: "e1", Via: bot.ViaReply, Who: who, Asked: s.Clock.Add(-250 * time.Millisecond), Chat: Here,
		Target: target, Command: "om_cmd",
	}
}

// Reaction is a reaction to the target, without its chat.
func (s *Env) Reaction(who bot.UserID, target bot.MessageID) recall.Request {
	return recall.Request{CauseID: "e1", Via: bot.ViaReaction, Who: who, Asked: s.Clock, Target: target}
}

// Private is /recall as a reply in the p2p chat.
func (s *Env) Private(who bot.UserID, target bot.MessageID) recall.Request {
	return recall.Request{CauseID: "e1", Via: bot.ViaP2P, Who: who, Asked: s.Clock, Chat: P2P, P2P: true, Target: target}
}

// Tidy is our bot removing the command.
func (s *Env) Tidy(who bot.UserID) recall.Request {
	cmd := s.Platform.Messages["om_cmd"]
	return recall.Request{
		CauseID: "e1", Via: bot.ViaTidy, Who: who, Asked: s.Clock, Chat: Here, Target: "om_cmd", Known: &cmd, Command: "om_cmd",
	}
}

// Ended is the part of an outcome that tests compare.
type Ended struct {
	Result bot.Result
	Rule   policy.Rule
	Reason bot.Reason
	Code   int
}

// End makes one.
func End(result bot.Result, rule policy.Rule, reason bot.Reason, code int) Ended {
	return Ended{result, rule, reason, code}
}

// Settles makes the request and compares its outcome.
func (s *Env) Settles(t *testing.T, req recall.Request, want Ended) recall.Outcome {
	t.Helper()
	out, err := s.Recaller.Recall(t.Context(), req)
	if err != nil {
		t.Fatalf("Recall = %v", err)
	}
	got := Ended{out.Result, out.Rule, out.Reason, out.Code}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("outcome (-want +got):\n%s", diff)
	}
	return out
}

// Fails makes the request, which must be Unavailable.
func (s *Env) Fails(t *testing.T, req recall.Request) {
	t.Helper()
	out, err := s.Recaller.Recall(t.Context(), req)
	if bot.KindOf(err) != bot.Unavailable {
		t.Errorf("Recall = %v, want unavailable", err)
	}
	if out.Result != "" {
		t.Errorf("Recall = %+v along with an error that nothing is settled", out)
	}
}

// Was compares all calls of the platform, and all records.
func (s *Env) Was(t *testing.T, calls, records []string) {
	t.Helper()
	if diff := cmp.Diff(calls, s.Platform.Calls); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(records, s.Audit.Results()); diff != "" {
		t.Errorf("records (-want +got):\n%s", diff)
	}
}

// Indexed changes a message in the index.
func (s *Env) Indexed(id bot.MessageID, change func(*bot.Message)) {
	m := s.Index.Messages[id]
	change(&m)
	s.Index.Messages[id] = m
}

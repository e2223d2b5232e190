package recall_test

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

const (
	here  = bot.ChatID("oc_here")
	there = bot.ChatID("oc_there")
	p2p   = bot.ChatID("oc_p2p")

	rolesTTL = time.Minute
)

// scene is a group with an owner, a manager, our bot as a plain member and a message of each kind, all of which the
// index knows; another group, and a p2p chat. Nothing is cached, and the clock stands still.
type scene struct {
	platform *platform
	index    *index
	audit    *audit
	cache    *cache
	roles    *recall.Roles
	settings *settings
	marks    marks
	owners   *owners
	recaller *recall.Recaller
	clock    time.Time
}

func newScene(t *testing.T, config recall.Config) *scene {
	t.Helper()
	s := &scene{clock: time.Date(2026, 9, 1, 10, 0, 0, 0, time.UTC)}
	s.build(config, func() time.Time { return s.clock })
	return s
}

func (s *scene) build(config recall.Config, now func() time.Time) {
	messages := map[bot.MessageID]bot.Message{}
	for _, m := range []bot.Message{
		{ID: "om_own", Chat: here, Kind: bot.KindOwn, Sender: bot.MarkOf(bot.UserID("ou_author"))},
		{ID: "om_bot", Chat: here, Kind: bot.KindBot, Sender: bot.MarkOf("cli_other")},
		{ID: "om_person", Chat: here, Kind: bot.KindPerson, Sender: bot.MarkOf(bot.UserID("ou_member"))},
		{ID: "om_cmd", Chat: here, Kind: bot.KindPerson, Sender: bot.MarkOf(bot.UserID("ou_owner"))},
		{ID: "om_far", Chat: there, Kind: bot.KindOwn},
		{ID: "om_p2p", Chat: p2p, Kind: bot.KindOwn},
		{ID: "om_said", Chat: p2p, Kind: bot.KindPerson, Sender: bot.MarkOf(bot.UserID("ou_member"))},
	} {
		messages[m.ID] = m
	}
	s.platform = &platform{
		messages: messages, faults: map[string][]fault{},
		chats: map[bot.ChatID]bot.Chat{
			here:  {ID: here, Owner: "ou_owner", Managers: []bot.UserID{"ou_manager"}, Member: true},
			there: {ID: there, Owner: "ou_stranger", Member: true},
			p2p:   {ID: p2p, P2P: true, Member: true},
		},
	}
	s.index = &index{messages: maps.Clone(messages)}
	s.audit = &audit{keys: map[string]bool{}}
	s.cache = &cache{chats: map[bot.ChatID]bot.Chat{}, versions: map[bot.ChatID]int64{here: 1}}
	s.roles = recall.NewRoles(s.platform, s.cache, rolesTTL, now)
	s.settings, s.marks = &settings{chats: map[bot.ChatID]bot.Settings{}, done: map[bot.EventID][2]bot.Settings{}}, marks{}
	s.owners = &owners{platform: s.platform, lent: map[bot.UserID]bot.ChatID{}}
	config.Self = self
	config.Observe = s.audit.observe
	s.recaller = recall.New(config, recall.Parts{
		Policy:   policy.New(policy.Config{Moderators: []string{"ou_mod"}}),
		Platform: s.platform, Index: s.index, Roles: s.roles, Audit: s.audit,
		Settings: s.settings, Marks: s.marks, Owners: s.owners,
		Log: slog.New(slog.DiscardHandler), Now: now,
	})
}

// unseen makes the messages such that the index has never seen them, and the platform doesn't show them.
func (s *scene) unseen(ids ...bot.MessageID) {
	s.platform.unreadable = true
	for _, id := range ids {
		delete(s.index.messages, id)
	}
}

// lookedUp makes the message such that only the platform knows it.
func (s *scene) lookedUp(id bot.MessageID) {
	msg := s.platform.messages[id]
	msg.At = s.clock
	s.platform.messages[id] = msg
	delete(s.index.messages, id)
}

// cached puts the chat's present roles into the cache, as learned some time ago.
func (s *scene) cached(age time.Duration) {
	chat := s.platform.chats[here]
	chat.Learned = s.clock.Add(-age)
	s.cache.chats[here] = chat
}

// reply is /recall as a reply in the group.
func (s *scene) reply(who bot.UserID, target bot.MessageID) recall.Request {
	return recall.Request{
		Work: "e1", Via: bot.ViaReply, Who: who, Asked: s.clock.Add(-250 * time.Millisecond), Chat: here,
		Target: target, Command: "om_cmd",
	}
}

// reaction is an emoji on the target; the platform doesn't say where that stands.
func (s *scene) reaction(who bot.UserID, target bot.MessageID) recall.Request {
	return recall.Request{Work: "e1", Via: bot.ViaReaction, Who: who, Asked: s.clock, Target: target}
}

// private is /recall as a reply in the p2p chat.
func (s *scene) private(who bot.UserID, target bot.MessageID) recall.Request {
	return recall.Request{Work: "e1", Via: bot.ViaP2P, Who: who, Asked: s.clock, Chat: p2p, P2P: true, Target: target}
}

// tidy is our bot taking the command away.
func (s *scene) tidy(who bot.UserID) recall.Request {
	cmd := s.platform.messages["om_cmd"]
	return recall.Request{
		Work: "e1", Via: bot.ViaTidy, Who: who, Asked: s.clock, Chat: here, Target: "om_cmd", Known: &cmd, Command: "om_cmd",
	}
}

// end is what matters of an outcome.
type end struct {
	Result bot.Result
	Rule   policy.Rule
	Reason bot.Reason
	Code   int
}

// settles makes the request, which must end as wanted.
func (s *scene) settles(t *testing.T, req recall.Request, want end) recall.Outcome {
	t.Helper()
	out, err := s.recaller.Recall(t.Context(), req)
	if err != nil {
		t.Fatalf("Recall = %v", err)
	}
	got := end{out.Result, out.Rule, out.Reason, out.Code}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("outcome (-want +got):\n%s", diff)
	}
	return out
}

// fails makes the request, which must come to nothing yet.
func (s *scene) fails(t *testing.T, req recall.Request) {
	t.Helper()
	out, err := s.recaller.Recall(t.Context(), req)
	if bot.KindOf(err) != bot.Unavailable {
		t.Errorf("Recall = %v, want unavailable", err)
	}
	if out.Result != "" {
		t.Errorf("Recall = %+v along with an error that nothing is settled", out)
	}
}

// was compares all calls to the platform, and all records, with what they should have been.
func (s *scene) was(t *testing.T, calls, records []string) {
	t.Helper()
	if diff := cmp.Diff(calls, s.platform.calls); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(records, s.audit.results()); diff != "" {
		t.Errorf("records (-want +got):\n%s", diff)
	}
}

// indexed changes what the index knows of a message.
func (s *scene) indexed(id bot.MessageID, change func(*bot.Message)) {
	m := s.index.messages[id]
	change(&m)
	s.index.messages[id] = m
}

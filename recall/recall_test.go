package recall_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"recallbot/audit"
	"recallbot/bot"
	"recallbot/recall"
	"recallbot/recall/recalltest"
)

type row struct {
	name  string
	given func(*recalltest.Env)
	ask   func(*recalltest.Env) recall.Request
	want  recalltest.Ended
	calls []string
}

// decisions are requests whose outcome stays the same when they are repeated.
func decisions() []row {
	reply := func(who bot.UserID, id bot.MessageID) func(*recalltest.Env) recall.Request {
		return func(s *recalltest.Env) recall.Request { return s.Reply(who, id) }
	}
	reaction := func(who bot.UserID, id bot.MessageID) func(*recalltest.Env) recall.Request {
		return func(s *recalltest.Env) recall.Request { return s.Reaction(who, id) }
	}
	private := func(id bot.MessageID) func(*recalltest.Env) recall.Request {
		return func(s *recalltest.Env) recall.Request { return s.Private("ou_member", id) }
	}
	tidy := func(who bot.UserID) func(*recalltest.Env) recall.Request {
		return func(s *recalltest.Env) recall.Request { return s.Tidy(who) }
	}
	manager := func(s *recalltest.Env) { s.Platform.Promote(nil, recalltest.Self) }
	unseen := func(ids ...bot.MessageID) func(*recalltest.Env) { return func(s *recalltest.Env) { s.Unseen(ids...) } }
	sent := func(id string) string { return "SENT " + id }
	unknownSender := func(id string) func(*recalltest.Env) {
		return func(s *recalltest.Env) {
			s.Platform.Fail(sent(id), recalltest.Fault(bot.Denied, "ask who sent "+id, 230033, ""))
		}
	}
	unread := func(ids ...bot.MessageID) func(*recalltest.Env) {
		return func(s *recalltest.Env) { s.Unseen(ids...); s.Platform.Unreadable = false }
	}
	both := func(a, b func(*recalltest.Env)) func(*recalltest.Env) { return func(s *recalltest.Env) { a(s); b(s) } }
	goneAtPlatform := func(s *recalltest.Env) { _ = s.Platform.Delete("om_own") }
	goneInIndex := func(s *recalltest.Env) {
		s.Index.Messages["om_own"] = bot.Message{ID: "om_own", Chat: recalltest.Here, Kind: bot.KindOwn, Gone: true}
	}
	noRoles := func(s *recalltest.Env) { delete(s.Platform.Chats, recalltest.Here) }

	none := []string(nil)
	chat, del := "CHAT oc_here", func(id string) string { return "DELETE " + id }
	get := func(id string) string { return "GET " + id }
	return []row{
		{"own post, owner", nil, reply("ou_owner", "om_own"), recalltest.End(bot.Done, "owner", "", 0), []string{chat, del("om_own")}},
		{"own post, manager", nil, reply("ou_manager", "om_own"), recalltest.End(bot.Done, "manager", "", 0), []string{chat, del("om_own")}},
		{"own post, moderator", nil, reply("ou_mod", "om_own"), recalltest.End(bot.Done, "moderator", "", 0), []string{chat, del("om_own")}},
		{"own post, author", nil, reply("ou_author", "om_own"), recalltest.End(bot.Done, "author", "", 0), []string{chat, del("om_own")}},
		{"own post, member", nil, reply("ou_member", "om_own"), recalltest.End(bot.Refused, "nobody", bot.ReasonNoRight, 0), []string{chat}},
		{"own post, nobody", nil, reply("", "om_own"), recalltest.End(bot.Refused, "nobody", bot.ReasonNoRight, 0), []string{chat}},
		{"own post, owner's emoji", nil, reaction("ou_owner", "om_own"), recalltest.End(bot.Done, "owner", "", 0), []string{chat, del("om_own")}},
		{"own post, outsider's emoji", nil, reaction("ou_x", "om_own"), recalltest.End(bot.Refused, "nobody", bot.ReasonNoRight, 0), []string{chat}},
		{"own post, p2p", nil, private("om_p2p"), recalltest.End(bot.Done, "counterpart", "", 0), []string{del("om_p2p")}},
		{"own post, emoji in p2p", nil, reaction("ou_member", "om_p2p"), recalltest.End(bot.Done, "counterpart", "", 0), []string{"CHAT oc_p2p", del("om_p2p")}},

		{"other bot's, bot is member", nil, reply("ou_owner", "om_bot"), recalltest.End(bot.Refused, "other_bot_without_rank", bot.ReasonNoRank, 0), []string{chat}},
		{"other bot's, bot is manager", manager, reply("ou_owner", "om_bot"), recalltest.End(bot.Done, "owner", "", 0), []string{chat, del("om_bot")}},
		{"other bot's, member asks a manager bot", manager, reply("ou_member", "om_bot"), recalltest.End(bot.Refused, "nobody", bot.ReasonNoRight, 0), []string{chat}},
		{"person's, bot is manager", manager, reply("ou_owner", "om_person"), recalltest.End(bot.Refused, "persons_message", bot.ReasonPerson, 0), []string{chat}},
		{"person's, owner's emoji", manager, reaction("ou_owner", "om_person"), recalltest.End(bot.Refused, "persons_message", bot.ReasonPerson, 0), []string{chat}},
		{"person's, p2p", nil, private("om_said"), recalltest.End(bot.Refused, "persons_message", bot.ReasonPerson, 0), none},
		{"another chat's", nil, reply("ou_owner", "om_far"), recalltest.End(bot.Refused, "other_chat", bot.ReasonOtherChat, 0), none},

		{"unseen, own", unseen("om_own"), reply("ou_owner", "om_own"), recalltest.End(bot.Done, "owner", "", 0), []string{get("om_own"), sent("om_own"), chat, del("om_own")}},
		{"unseen, own, bot is manager", both(manager, unseen("om_own")), reply("ou_owner", "om_own"), recalltest.End(bot.Done, "owner", "", 0), []string{get("om_own"), sent("om_own"), chat, del("om_own")}},
		{"unseen, other bot's", unseen("om_bot"), reply("ou_owner", "om_bot"), recalltest.End(bot.Refused, "unknown_target", bot.ReasonNotAllowed, 0), []string{get("om_bot"), sent("om_bot"), chat}},
		{"unseen, person's", unseen("om_person"), reply("ou_owner", "om_person"), recalltest.End(bot.Refused, "unknown_target", bot.ReasonNotAllowed, 0), []string{get("om_person"), sent("om_person"), chat}},
		{"unseen, bot is manager", both(manager, unseen("om_person")), reply("ou_owner", "om_person"), recalltest.End(bot.Refused, "unknown_target", bot.ReasonUnknownTarget, 0), []string{get("om_person"), sent("om_person"), chat}},
		{"unseen, member asks", unseen("om_own"), reply("ou_member", "om_own"), recalltest.End(bot.Refused, "nobody", bot.ReasonNoRight, 0), []string{get("om_own"), sent("om_own"), chat}},
		{"sender unknown", both(unseen("om_own"), unknownSender("om_own")), reply("ou_owner", "om_own"), recalltest.End(bot.Done, "owner", "", 0), []string{get("om_own"), sent("om_own"), chat, del("om_own")}},
		{"sender unknown, a person's", both(unseen("om_person"), unknownSender("om_person")), reply("ou_owner", "om_person"), recalltest.End(bot.Failed, "owner", bot.ReasonNotAllowed, 230026), []string{get("om_person"), sent("om_person"), chat, del("om_person")}},
		{"sender unknown, bot is manager", both(manager, both(unseen("om_person"), unknownSender("om_person"))), reply("ou_owner", "om_person"), recalltest.End(bot.Refused, "unknown_target", bot.ReasonUnknownTarget, 230027), []string{get("om_person"), sent("om_person"), chat}},
		{"unseen, emoji", unseen("om_own"), reaction("ou_owner", "om_own"), recalltest.End(bot.Refused, "unseen_target", bot.ReasonUnseen, 230027), []string{get("om_own")}},
		{"unseen, p2p", unseen("om_p2p"), private("om_p2p"), recalltest.End(bot.Done, "counterpart", "", 0), []string{get("om_p2p"), sent("om_p2p"), del("om_p2p")}},
		{"looked up, own", unread("om_own"), reply("ou_owner", "om_own"), recalltest.End(bot.Done, "owner", "", 0), []string{get("om_own"), chat, del("om_own")}},
		{"looked up, emoji", unread("om_own"), reaction("ou_owner", "om_own"), recalltest.End(bot.Done, "owner", "", 0), []string{get("om_own"), chat, del("om_own")}},
		{"looked up, person's", both(manager, unread("om_person")), reply("ou_owner", "om_person"), recalltest.End(bot.Refused, "persons_message", bot.ReasonPerson, 0), []string{get("om_person"), chat}},
		{"looked up, another chat's", unread("om_far"), reply("ou_owner", "om_far"), recalltest.End(bot.Refused, "other_chat", bot.ReasonOtherChat, 0), []string{get("om_far")}},

		{"gone, says the index", goneInIndex, reply("ou_owner", "om_own"), recalltest.End(bot.AlreadyGone, "owner", "", 0), []string{chat}},
		{"gone, member asks", goneInIndex, reply("ou_member", "om_own"), recalltest.End(bot.Refused, "nobody", bot.ReasonNoRight, 0), []string{chat}},
		{"gone, says the platform", goneAtPlatform, reply("ou_owner", "om_own"), recalltest.End(bot.AlreadyGone, "owner", "", 0), []string{chat, del("om_own")}},
		{"gone, says the look-up", both(goneAtPlatform, unread("om_own")), reply("ou_owner", "om_own"), recalltest.End(bot.AlreadyGone, "owner", "", 0), []string{get("om_own"), chat}},
		{"never was", nil, reply("ou_owner", "om_none"), recalltest.End(bot.AlreadyGone, "owner", "", 0), []string{get("om_none"), chat}},
		{"never was, bot is manager", manager, reply("ou_owner", "om_none"), recalltest.End(bot.AlreadyGone, "owner", "", 0), []string{get("om_none"), chat}},
		{"never was, member asks", nil, reply("ou_member", "om_none"), recalltest.End(bot.Refused, "nobody", bot.ReasonNoSay, 99992354), []string{get("om_none"), chat}},

		{"roles refused", noRoles, reply("ou_owner", "om_own"), recalltest.End(bot.Refused, "role_unknown", bot.ReasonUnchecked, 232011), []string{chat}},
		{"roles refused, moderator", noRoles, reply("ou_mod", "om_own"), recalltest.End(bot.Done, "moderator", "", 0), []string{chat, del("om_own")}},
		{"roles refused, author", noRoles, reply("ou_author", "om_own"), recalltest.End(bot.Done, "author", "", 0), []string{chat, del("om_own")}},
		{"roles refused, moderator, other bot's", noRoles, reply("ou_mod", "om_bot"), recalltest.End(bot.Refused, "role_unknown", bot.ReasonUnchecked, 232011), []string{chat}},

		{"command, bot is manager", manager, tidy("ou_owner"), recalltest.End(bot.Done, "own_command", "", 0), []string{chat, del("om_cmd")}},
		{"command, bot is member", nil, tidy("ou_owner"), recalltest.End(bot.Refused, "other_bot_without_rank", bot.ReasonNoRank, 0), []string{chat}},
		{"somebody else's command", manager, tidy("ou_manager"), recalltest.End(bot.Refused, "other_bot_without_rank", bot.ReasonNoRank, 0), []string{chat}},
	}
}

func TestEveryAttemptIsDecidedCarriedOutAndRecorded(t *testing.T) {
	t.Parallel()
	for _, row := range decisions() {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			s := recalltest.New(t)
			if row.given != nil {
				row.given(s)
			}
			req := row.ask(s)
			out := s.Settles(t, req, row.want)
			record := string(req.Target) + " " + string(out.Result) + " for " + string(req.Who) + " via " + string(req.Via) + " (" + string(out.Rule) + ")"
			s.Was(t, row.calls, []string{record})
			if gone := s.Index.Messages[req.Target].Gone; out.OK() && slices.Contains(s.Platform.Calls, "DELETE "+string(req.Target)) && !gone {
				t.Error("the index does not know that the message is gone")
			}
		})
	}
}

// With dry_run no request acts: each of the requests above has the result of a dry run.
func TestDryRunDeletesNothingOnAnyPath(t *testing.T) {
	t.Parallel()
	for _, row := range decisions() {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			s := recalltest.New(t)
			s.Rules.DryRun = true
			if row.given != nil {
				row.given(s)
			}
			asks := slices.ContainsFunc(row.calls, isDelete)
			out, err := s.Recaller.Recall(t.Context(), row.ask(s))
			if err != nil || slices.ContainsFunc(s.Platform.Calls, isDelete) {
				t.Errorf("Recall = %v with the calls %q", err, s.Platform.Calls)
			}
			if asks != (out.Result == bot.DryRun) {
				t.Errorf("Recall ends as %q, where a real run makes the calls %q", out.Result, row.calls)
			}
			if out.Result == bot.DryRun && (out.Reason != bot.ReasonDryRun || out.OK()) {
				t.Errorf("outcome %+v, want the reason dry_run and no success", out)
			}
			if len(s.Audit.Entries) != 1 || s.Audit.Entries[0].Result != out.Result {
				t.Errorf("records %q, want one of the result %q", s.Audit.Results(), out.Result)
			}
		})
	}
}

func isDelete(call string) bool { return strings.HasPrefix(call, "DELETE ") }

func TestFinalCodesAreToldWithCodeAndLogID(t *testing.T) {
	t.Parallel()
	rows := []struct {
		err  *bot.Error
		want bot.Reason
	}{
		{&bot.Error{Kind: bot.Expired, Code: 230009, LogID: "l1", Reason: bot.ReasonTooOld}, bot.ReasonTooOld},
		{&bot.Error{Kind: bot.Denied, Code: 230002, LogID: "l2", Reason: bot.ReasonNotInChat}, bot.ReasonNotInChat},
		{&bot.Error{Kind: bot.Denied, Code: 230054, LogID: "l3", Reason: bot.ReasonType}, bot.ReasonType},
		{&bot.Error{Kind: bot.Invalid, Code: 230001, LogID: "l4", Reason: bot.ReasonBadRequest}, bot.ReasonBadRequest},
		{&bot.Error{Kind: bot.Denied, Code: 777777, LogID: "l5"}, bot.ReasonOther},
	}
	for _, row := range rows {
		s := recalltest.New(t)
		s.Platform.Fail("DELETE om_own", row.err)
		out := s.Settles(t, s.Reply("ou_owner", "om_own"), recalltest.End(bot.Failed, "owner", row.want, row.err.Code))
		if out.LogID != row.err.LogID || out.OK() {
			t.Errorf("outcome %+v, want the log id %s and no success", out, row.err.LogID)
		}
		if s.Index.Messages["om_own"].Gone {
			t.Errorf("code %d: the index takes the message for gone", row.err.Code)
		}
	}
}

func TestRecordHoldsAllThatIsAskedLater(t *testing.T) {
	t.Parallel()
	s := recalltest.New(t)
	s.Unseen("om_bot")
	s.Platform.Fail("SENT om_bot", recalltest.Fault(bot.Denied, "ask who sent om_bot", 230033, ""))
	req := s.Reply("ou_owner", "om_bot")
	req.Comment = "spam"
	s.Settles(t, req, recalltest.End(bot.Failed, "owner", bot.ReasonNotAllowed, 230026))
	want := []audit.Entry{{
		At: s.Clock, Who: "ou_owner", Via: bot.ViaReply, Chat: recalltest.Here, Message: "om_bot", Command: "om_cmd", Target: "unknown",
		Rule: "owner", Result: bot.Failed, Reason: bot.ReasonNotAllowed, Code: 230026, LogID: "log_recall om_bot",
		Latency: 250, Comment: "spam",
	}}
	if diff := cmp.Diff(want, s.Audit.Entries); diff != "" {
		t.Errorf("record (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(want, s.Audit.Observed); diff != "" {
		t.Errorf("observed (-want +got):\n%s", diff)
	}
}

func TestRecordOfAReactionHasTheChatOfItsTarget(t *testing.T) {
	t.Parallel()
	s := recalltest.New(t)
	req := s.Reaction("ou_owner", "om_own")
	req.Asked = s.Clock.Add(time.Minute) // the platform's clock is ahead of ours
	s.Settles(t, req, recalltest.End(bot.Done, "owner", "", 0))
	if got := s.Audit.Entries[0]; got.Chat != recalltest.Here || got.Target != "own" || got.Latency != 0 {
		t.Errorf("record %+v, want the chat %s, an own target and no latency below zero", got, recalltest.Here)
	}
}

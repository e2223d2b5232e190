package recall_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"recallbot/bot"
	"recallbot/recall/recalltest"
)

const forAges = 24 * time.Hour

// bubble returns an env whose clock is that of the synctest bubble in which it is made.
func bubble() *recalltest.Env {
	s := &recalltest.Env{Clock: time.Now()}
	s.Build(time.Now)
	return s
}

func TestAHundredCommandsAskOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := bubble()
		const commands = 100
		s.Platform.Slow = make(chan struct{})
		errs := make(chan error, commands)
		for i := range commands {
			req := s.Reply("ou_member", "om_own")
			req.CauseID = bot.EventID(fmt.Sprintf("e%d", i))
			go func() {
				_, err := s.Recaller.Recall(t.Context(), req)
				errs <- err
			}()
		}
		synctest.Wait()
		close(s.Platform.Slow)
		for range commands {
			if err := <-errs; err != nil {
				t.Error(err)
			}
		}
		if n := s.Platform.Asked(recalltest.AskChat); n != 1 {
			t.Errorf("the platform was asked %d times, want once", n)
		}
		if n := len(s.Audit.Entries); n != commands {
			t.Errorf("%d records, want %d", n, commands)
		}
	})
}

func TestRolesAreKeptForAWhile(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := bubble()
		for range 3 {
			if got := <-s.Ask(t.Context(), forAges); got.Err != nil || got.Chat.Owner != "ou_owner" || got.Chat.ID != recalltest.Here {
				t.Fatalf("Chat = %+v, %v", got.Chat, got.Err)
			}
		}
		if n := s.Platform.Asked(recalltest.AskChat); n != 1 || s.Cache.TTL != recalltest.RolesTTL {
			t.Errorf("asked %d times, kept for %s; want once, for %s", n, s.Cache.TTL, recalltest.RolesTTL)
		}
	})
}

func TestRolesAreAsOldAsTheQuestion(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := bubble()
		s.Platform.Slow = make(chan struct{})
		begun := time.Now()
		answer := s.Ask(t.Context(), forAges)
		time.Sleep(5 * time.Second)
		close(s.Platform.Slow)
		if got := <-answer; !got.Chat.Learned.Equal(begun) {
			t.Errorf("learned %s after the question, want at the question", got.Chat.Learned.Sub(begun))
		}
	})
}

func TestRolesDroppedWhileBeingAskedForAreNotKept(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := bubble()
		slow := make(chan struct{})
		s.Platform.Slow = slow
		before := s.Ask(t.Context(), forAges)
		s.Platform.Promote([]bot.UserID{"ou_new"})
		s.Cache.Drop(recalltest.Here)
		after := s.Ask(t.Context(), forAges)
		if n := s.Platform.Asked(recalltest.AskChat); n != 2 {
			t.Fatalf("asked %d times, want again after the drop", n)
		}
		close(slow)
		if got := <-before; len(got.Chat.Managers) != 1 {
			t.Errorf("the old question was answered %+v", got.Chat)
		}
		if got := <-after; len(got.Chat.Managers) != 2 {
			t.Errorf("the new question was answered %+v", got.Chat)
		}
		if got := <-s.Ask(t.Context(), forAges); len(got.Chat.Managers) != 2 {
			t.Errorf("the cache holds %+v, want what is true since the drop", got.Chat)
		}
	})
}

func TestFreshRolesAreNotThoseOfAnEarlierQuestion(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := bubble()
		slow := make(chan struct{})
		s.Platform.Slow = slow
		before := s.Ask(t.Context(), forAges)
		time.Sleep(5 * time.Second)
		s.Platform.Promote([]bot.UserID{"ou_new"})
		fresh := s.Ask(t.Context(), 2*time.Second)
		close(slow)
		if got := <-before; len(got.Chat.Managers) != 1 {
			t.Errorf("the old question was answered %+v", got.Chat)
		}
		if got := <-fresh; len(got.Chat.Managers) != 2 {
			t.Errorf("a question for fresh roles was answered %+v, which is 5 s old", got.Chat)
		}
	})
}

func TestWhoLeavesDoesNotStopTheQuestion(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := bubble()
		s.Platform.Slow = make(chan struct{})
		ctx, cancel := context.WithCancel(t.Context())
		leaver, stayer := s.Ask(ctx, forAges), s.Ask(t.Context(), forAges)
		cancel()
		if got := <-leaver; bot.KindOf(got.Err) != bot.Unavailable {
			t.Errorf("who left was told %v, want unavailable", got.Err)
		}
		close(s.Platform.Slow)
		if got := <-stayer; got.Err != nil || got.Chat.Owner != "ou_owner" {
			t.Errorf("who stayed was told %+v, %v", got.Chat, got.Err)
		}
		if n := s.Platform.Asked(recalltest.AskChat); n != 1 {
			t.Errorf("asked %d times, want once", n)
		}
	})
}

func TestRoleLookupTimesOut(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := bubble()
		s.Platform.Slow = make(chan struct{})
		begun := time.Now()
		got := <-s.Ask(t.Context(), forAges)
		if bot.KindOf(got.Err) != bot.Unavailable || time.Since(begun) != 10*time.Second {
			t.Errorf("after %s: %v; want unavailable after 10 s", time.Since(begun), got.Err)
		}
	})
}

func TestFailureToLearnIsNotKept(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := bubble()
		s.Platform.Fail(recalltest.AskChat, recalltest.ErrAway)
		if got := <-s.Ask(t.Context(), forAges); bot.KindOf(got.Err) != bot.Unavailable {
			t.Errorf("Chat = %v, want unavailable", got.Err)
		}
		if got := <-s.Ask(t.Context(), forAges); got.Err != nil {
			t.Errorf("Chat, when all is back = %v", got.Err)
		}
	})
}

func TestCacheThatDoesNotAnswerIsAnError(t *testing.T) {
	t.Parallel()
	s := recalltest.New(t)
	s.Cache.KeepErr = recalltest.ErrAway
	s.Fails(t, s.Reply("ou_owner", "om_own"))
	s.Cache.KeepErr, s.Cache.LoadErr = nil, recalltest.ErrAway
	s.Fails(t, s.Reply("ou_owner", "om_own"))
	s.Was(t, []string{recalltest.AskChat}, nil)
}

func TestDecisionsOnStaleRoles(t *testing.T) {
	t.Parallel()
	rolesUnknown := func(s *recalltest.Env) {
		s.Unseen("om_own")
		s.Platform.Fail("SENT om_own", recalltest.Fault(bot.Denied, "ask who sent om_own", 230033, ""))
	}
	rows := []struct {
		name string
		age  time.Duration
		// given happens after the roles were cached.
		given func(*recalltest.Env)
		who   bot.UserID
		id    bot.MessageID
		want  recalltest.Ended
		calls []string
	}{
		{
			"denial, made a manager since", time.Minute, func(s *recalltest.Env) { s.Platform.Promote([]bot.UserID{"ou_new"}) },
			"ou_new", "om_own",
			recalltest.End(bot.Done, "manager", "", 0),
			[]string{recalltest.AskChat, recalltest.TakeOwn},
		},
		{"denial that stays", time.Minute, nil, "ou_member", "om_own", recalltest.End(bot.Refused, "nobody", bot.ReasonNoRight, 0), []string{recalltest.AskChat}},
		{"denial on fresh roles", time.Second, nil, "ou_member", "om_own", recalltest.End(bot.Refused, "nobody", bot.ReasonNoRight, 0), nil},
		{
			"other bot's, our bot made a manager since", time.Minute, func(s *recalltest.Env) { s.Platform.Promote(nil, recalltest.Self) },
			"ou_owner", "om_bot",
			recalltest.End(bot.Done, "owner", "", 0),
			[]string{recalltest.AskChat, "DELETE om_bot"},
		},
		{
			"unknown, our bot made a manager since", 3 * time.Second,
			func(s *recalltest.Env) { s.Unseen("om_person"); s.Platform.Promote(nil, recalltest.Self) },
			"ou_owner", "om_person",
			recalltest.End(bot.Refused, "unknown_target", bot.ReasonUnknownTarget, 0),
			[]string{"GET om_person", "SENT om_person", recalltest.AskChat},
		},
		{
			"unknown, nothing changed", 3 * time.Second, rolesUnknown,
			"ou_owner", "om_own",
			recalltest.End(bot.Done, "owner", "", 0),
			[]string{recalltest.ReadOwn, "SENT om_own", recalltest.AskChat, recalltest.TakeOwn},
		},
		{
			"unknown, fresh roles", 2 * time.Second, rolesUnknown,
			"ou_owner", "om_own",
			recalltest.End(bot.Done, "owner", "", 0),
			[]string{recalltest.ReadOwn, "SENT om_own", recalltest.TakeOwn},
		},
		{
			"only known to be ours", time.Hour, func(s *recalltest.Env) { s.Unseen("om_own") },
			"ou_owner", "om_own",
			recalltest.End(bot.Done, "owner", "", 0),
			[]string{recalltest.ReadOwn, "SENT om_own", recalltest.TakeOwn},
		},
		{"leave for what is known", time.Hour, nil, "ou_owner", "om_own", recalltest.End(bot.Done, "owner", "", 0), []string{recalltest.TakeOwn}},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			s := recalltest.New(t)
			s.Cached(row.age)
			if row.given != nil {
				row.given(s)
			}
			s.Settles(t, s.Reply(row.who, row.id), row.want)
			if !slices.Equal(row.calls, s.Platform.Calls) {
				t.Errorf("calls %q, want %q", s.Platform.Calls, row.calls)
			}
		})
	}
}

func TestFailedFreshRolesAllowNothing(t *testing.T) {
	t.Parallel()
	s := recalltest.New(t)
	s.Unseen("om_person")
	s.Cached(time.Minute)
	s.Platform.Promote(nil, recalltest.Self)
	s.Platform.Fail(recalltest.AskChat, recalltest.ErrFaulty)
	s.Platform.Fail(recalltest.AskChat, recalltest.ErrFaulty)
	req := s.Reply("ou_owner", "om_person")
	s.Fails(t, req)
	req.BestEffort = true
	s.Settles(t, again(req), recalltest.End(bot.Refused, "role_unknown", bot.ReasonUnchecked, 0))
	if n := s.Platform.Asked("DELETE om_person"); n != 0 {
		t.Errorf("%d DELETEs of a person's message", n)
	}
}

func TestMay(t *testing.T) {
	t.Parallel()
	limited := &bot.Error{Kind: bot.RateLimited, Op: "chat"}
	rows := []struct {
		name   string
		who    bot.UserID
		chat   bot.ChatID
		p2p    bool
		fault  error
		rule   string
		reason bot.Reason
		kind   bot.ErrorKind
	}{
		{"owner", "ou_owner", recalltest.Here, false, nil, "owner", "", 0},
		{"manager", "ou_manager", recalltest.Here, false, nil, "manager", "", 0},
		{"moderator", "ou_mod", recalltest.Here, false, nil, "moderator", "", 0},
		{"member", "ou_member", recalltest.Here, false, nil, "nobody", bot.ReasonNoSay, 0},
		{"nobody", "", recalltest.Here, false, nil, "nobody", bot.ReasonNoSay, 0},
		{"counterpart", "ou_member", recalltest.P2P, true, nil, "counterpart", "", 0},
		{"owner, roles away", "ou_owner", recalltest.Here, false, recalltest.ErrFaulty, "", bot.ReasonUnchecked, bot.Unavailable},
		{"moderator, roles away", "ou_mod", recalltest.Here, false, recalltest.ErrFaulty, "", bot.ReasonUnchecked, bot.Unavailable},
		{"owner, roles refused", "ou_owner", recalltest.Here, false, recalltest.Fault(bot.Denied, "chat", 232011, bot.ReasonNotInChat), "role_unknown", bot.ReasonUnchecked, 0},
		{"rate limit", "ou_owner", recalltest.Here, false, limited, "", bot.ReasonUnchecked, bot.RateLimited},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			s := recalltest.New(t)
			if row.fault != nil {
				s.Platform.Fail(recalltest.AskChat, row.fault)
			}
			got, err := s.Recaller.May(t.Context(), row.who, row.chat, row.p2p)
			if (err != nil) != (row.kind != 0) || err != nil && bot.KindOf(err) != row.kind {
				t.Fatalf("May = %v", err)
			}
			if err != nil {
				got.Reason = bot.Detail(err).Reason
			}
			if string(got.Rule) != row.rule || got.Reason != row.reason || got.Allow != (row.rule != "" && row.reason == "") {
				t.Errorf("May = %+v, want rule %q, reason %q", got, row.rule, row.reason)
			}
		})
	}
}

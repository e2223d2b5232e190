package recall_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"recallbot/bot"
	"recallbot/recall"
)

const forAges = 24 * time.Hour

// bubble is a scene by the clock of the bubble that it is made in.
func bubble() *scene {
	s := &scene{clock: time.Now()}
	s.build(recall.Config{}, time.Now)
	return s
}

type answer struct {
	chat bot.Chat
	err  error
}

// ask asks for the roles beside the story.
func (s *scene) ask(ctx context.Context, age time.Duration) <-chan answer {
	answers := make(chan answer, 1)
	go func() {
		chat, err := s.roles.Chat(ctx, here, age)
		answers <- answer{chat, err}
	}()
	synctest.Wait()
	return answers
}

func TestAHundredCommandsAskOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := bubble()
		const commands = 100
		s.platform.slow = make(chan struct{})
		errs := make(chan error, commands)
		for i := range commands {
			req := s.reply("ou_member", "om_own")
			req.Work = bot.EventID(fmt.Sprintf("e%d", i))
			go func() {
				_, err := s.recaller.Recall(t.Context(), req)
				errs <- err
			}()
		}
		synctest.Wait()
		close(s.platform.slow)
		for range commands {
			if err := <-errs; err != nil {
				t.Error(err)
			}
		}
		if n := s.platform.asked(askChat); n != 1 {
			t.Errorf("the platform was asked %d times, want once", n)
		}
		if n := len(s.audit.entries); n != commands {
			t.Errorf("%d records, want %d", n, commands)
		}
	})
}

func TestRolesAreKeptForAWhile(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := bubble()
		for range 3 {
			if got := <-s.ask(t.Context(), forAges); got.err != nil || got.chat.Owner != "ou_owner" || got.chat.ID != here {
				t.Fatalf("Chat = %+v, %v", got.chat, got.err)
			}
		}
		if n := s.platform.asked(askChat); n != 1 || s.cache.ttl != rolesTTL {
			t.Errorf("asked %d times, kept for %s; want once, for %s", n, s.cache.ttl, rolesTTL)
		}
	})
}

func TestRolesAreAsOldAsTheQuestion(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := bubble()
		s.platform.slow = make(chan struct{})
		begun := time.Now()
		answer := s.ask(t.Context(), forAges)
		time.Sleep(5 * time.Second)
		close(s.platform.slow)
		if got := <-answer; !got.chat.Learned.Equal(begun) {
			t.Errorf("learned %s after the question, want at the question", got.chat.Learned.Sub(begun))
		}
	})
}

func TestRolesDroppedWhileBeingAskedForAreNotKept(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := bubble()
		slow := make(chan struct{})
		s.platform.slow = slow
		before := s.ask(t.Context(), forAges)
		s.platform.promote([]bot.UserID{"ou_new"})
		s.cache.drop(here)
		after := s.ask(t.Context(), forAges)
		if n := s.platform.asked(askChat); n != 2 {
			t.Fatalf("asked %d times, want again after the drop", n)
		}
		close(slow)
		if got := <-before; len(got.chat.Managers) != 1 {
			t.Errorf("the old question was answered %+v", got.chat)
		}
		if got := <-after; len(got.chat.Managers) != 2 {
			t.Errorf("the new question was answered %+v", got.chat)
		}
		if got := <-s.ask(t.Context(), forAges); len(got.chat.Managers) != 2 {
			t.Errorf("the cache holds %+v, want what is true since the drop", got.chat)
		}
	})
}

func TestFreshRolesAreNotThoseOfAnEarlierQuestion(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := bubble()
		slow := make(chan struct{})
		s.platform.slow = slow
		before := s.ask(t.Context(), forAges)
		time.Sleep(5 * time.Second)
		s.platform.promote([]bot.UserID{"ou_new"})
		fresh := s.ask(t.Context(), 2*time.Second)
		close(slow)
		if got := <-before; len(got.chat.Managers) != 1 {
			t.Errorf("the old question was answered %+v", got.chat)
		}
		if got := <-fresh; len(got.chat.Managers) != 2 {
			t.Errorf("a question for fresh roles was answered %+v, which is 5 s old", got.chat)
		}
	})
}

func TestWhoLeavesDoesNotStopTheQuestion(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := bubble()
		s.platform.slow = make(chan struct{})
		ctx, cancel := context.WithCancel(t.Context())
		leaver, stayer := s.ask(ctx, forAges), s.ask(t.Context(), forAges)
		cancel()
		if got := <-leaver; bot.KindOf(got.err) != bot.Unavailable {
			t.Errorf("who left was told %v, want unavailable", got.err)
		}
		close(s.platform.slow)
		if got := <-stayer; got.err != nil || got.chat.Owner != "ou_owner" {
			t.Errorf("who stayed was told %+v, %v", got.chat, got.err)
		}
		if n := s.platform.asked(askChat); n != 1 {
			t.Errorf("asked %d times, want once", n)
		}
	})
}

func TestAQuestionEnds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := bubble()
		s.platform.slow = make(chan struct{})
		begun := time.Now()
		got := <-s.ask(t.Context(), forAges)
		if bot.KindOf(got.err) != bot.Unavailable || time.Since(begun) != 10*time.Second {
			t.Errorf("after %s: %v; want unavailable after 10 s", time.Since(begun), got.err)
		}
	})
}

func TestFailureToLearnIsNotKept(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := bubble()
		s.platform.fail(askChat, errAway)
		if got := <-s.ask(t.Context(), forAges); bot.KindOf(got.err) != bot.Unavailable {
			t.Errorf("Chat = %v, want unavailable", got.err)
		}
		if got := <-s.ask(t.Context(), forAges); got.err != nil {
			t.Errorf("Chat, when all is back = %v", got.err)
		}
	})
}

func TestCacheThatDoesNotAnswerIsAnError(t *testing.T) {
	t.Parallel()
	s := newScene(t, recall.Config{})
	s.cache.keepErr = errAway
	s.fails(t, s.reply("ou_owner", "om_own"))
	s.cache.keepErr, s.cache.loadErr = nil, errAway
	s.fails(t, s.reply("ou_owner", "om_own"))
	s.was(t, []string{askChat}, nil)
}

func TestDecisionsOnStaleRoles(t *testing.T) {
	t.Parallel()
	untold := func(s *scene) {
		s.unseen("om_own")
		s.platform.fail("SENT om_own", said(bot.Denied, "ask who sent om_own", 230033, ""))
	}
	rows := []struct {
		name string
		age  time.Duration
		// given happens after the roles were cached.
		given func(*scene)
		who   bot.UserID
		id    bot.MessageID
		want  end
		calls []string
	}{
		{
			"denial, made a manager since", time.Minute, func(s *scene) { s.platform.promote([]bot.UserID{"ou_new"}) },
			"ou_new", "om_own",
			end{bot.Done, "manager", "", 0},
			[]string{askChat, takeOwn},
		},
		{"denial that stays", time.Minute, nil, "ou_member", "om_own", end{bot.Refused, "nobody", bot.ReasonNoRight, 0}, []string{askChat}},
		{"denial on fresh roles", time.Second, nil, "ou_member", "om_own", end{bot.Refused, "nobody", bot.ReasonNoRight, 0}, nil},
		{
			"other bot's, our bot made a manager since", time.Minute, func(s *scene) { s.platform.promote(nil, self) },
			"ou_owner", "om_bot",
			end{bot.Done, "owner", "", 0},
			[]string{askChat, "DELETE om_bot"},
		},
		{
			"unknown, our bot made a manager since", 3 * time.Second,
			func(s *scene) { s.unseen("om_person"); s.platform.promote(nil, self) },
			"ou_owner", "om_person",
			end{bot.Refused, "unknown_target", bot.ReasonUnknownTarget, 0},
			[]string{"GET om_person", "SENT om_person", askChat},
		},
		{
			"unknown, nothing changed", 3 * time.Second, untold,
			"ou_owner", "om_own",
			end{bot.Done, "owner", "", 0},
			[]string{readOwn, "SENT om_own", askChat, takeOwn},
		},
		{
			"unknown, fresh roles", 2 * time.Second, untold,
			"ou_owner", "om_own",
			end{bot.Done, "owner", "", 0},
			[]string{readOwn, "SENT om_own", takeOwn},
		},
		{
			"only known to be ours", time.Hour, func(s *scene) { s.unseen("om_own") },
			"ou_owner", "om_own",
			end{bot.Done, "owner", "", 0},
			[]string{readOwn, "SENT om_own", takeOwn},
		},
		{"leave for what is known", time.Hour, nil, "ou_owner", "om_own", end{bot.Done, "owner", "", 0}, []string{takeOwn}},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			s := newScene(t, recall.Config{})
			s.cached(row.age)
			if row.given != nil {
				row.given(s)
			}
			s.settles(t, s.reply(row.who, row.id), row.want)
			if !slices.Equal(row.calls, s.platform.calls) {
				t.Errorf("calls %q, want %q", s.platform.calls, row.calls)
			}
		})
	}
}

func TestFreshLookThatFailsIsNoLeave(t *testing.T) {
	t.Parallel()
	s := newScene(t, recall.Config{})
	s.unseen("om_person")
	s.cached(time.Minute)
	s.platform.promote(nil, self)
	s.platform.fail(askChat, errFaulty)
	s.platform.fail(askChat, errFaulty)
	req := s.reply("ou_owner", "om_person")
	s.fails(t, req)
	req.Hurry = true
	s.settles(t, again(req), end{bot.Refused, "role_unknown", bot.ReasonUnchecked, 0})
	if n := s.platform.asked("DELETE om_person"); n != 0 {
		t.Errorf("%d DELETEs of somebody's message", n)
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
		{"owner", "ou_owner", here, false, nil, "owner", "", 0},
		{"manager", "ou_manager", here, false, nil, "manager", "", 0},
		{"moderator", "ou_mod", here, false, nil, "moderator", "", 0},
		{"member", "ou_member", here, false, nil, "nobody", bot.ReasonNoSay, 0},
		{"nobody", "", here, false, nil, "nobody", bot.ReasonNoSay, 0},
		{"counterpart", "ou_member", p2p, true, nil, "counterpart", "", 0},
		{"owner, roles away", "ou_owner", here, false, errFaulty, "", bot.ReasonUnchecked, bot.Unavailable},
		{"moderator, roles away", "ou_mod", here, false, errFaulty, "", bot.ReasonUnchecked, bot.Unavailable},
		{"owner, roles refused", "ou_owner", here, false, said(bot.Denied, "chat", 232011, bot.ReasonNotInChat), "role_unknown", bot.ReasonUnchecked, 0},
		{"rate limit", "ou_owner", here, false, limited, "", bot.ReasonUnchecked, bot.RateLimited},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			s := newScene(t, recall.Config{})
			if row.fault != nil {
				s.platform.fail(askChat, row.fault)
			}
			got, err := s.recaller.May(t.Context(), row.who, row.chat, row.p2p)
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

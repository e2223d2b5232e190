package recall_test

import (
	"errors"
	"testing"
	"time"

	"recallbot/bot"
	"recallbot/recall"
)

// errAway is somebody who can't be reached, errFaulty one who answers that it does not work now.
var (
	errAway   = bot.Errorf(bot.Unavailable, "no answer")
	errFaulty = &bot.Error{Kind: bot.Unavailable, Op: "ask", Reason: bot.ReasonUnavailable, LogID: "log_ask", MayHaveActed: true}
)

// again is the same work, run once more after an error.
func again(req recall.Request) recall.Request {
	req.Again = true
	return req
}

const (
	askChat = "CHAT oc_here"
	readOwn = "GET om_own"
	takeOwn = "DELETE om_own"

	recorded = "om_own recalled for ou_owner via reply (owner)"
)

func TestOneRecordHoweverOftenItRuns(t *testing.T) {
	t.Parallel()
	s := newScene(t, recall.Config{})
	req := s.reply("ou_owner", "om_own")
	s.settles(t, req, end{bot.Done, "owner", "", 0})
	s.settles(t, again(req), end{bot.Done, "owner", "", 0})
	s.was(t, []string{askChat, takeOwn}, []string{recorded})
}

func TestLostAnswerIsLookedUp(t *testing.T) {
	t.Parallel()
	t.Run("it had happened", func(t *testing.T) {
		t.Parallel()
		s := newScene(t, recall.Config{})
		s.platform.loseAnswer(true)
		s.settles(t, s.reply("ou_owner", "om_own"), end{bot.Done, "owner", "", 0})
		s.was(t, []string{askChat, takeOwn, readOwn}, []string{recorded})
	})
	t.Run("it had happened, and the platform knows the message no more", func(t *testing.T) {
		t.Parallel()
		s := newScene(t, recall.Config{})
		s.platform.loseAnswer(true)
		s.platform.fail(readOwn, said(bot.NotFound, "read om_own", 230110, bot.ReasonGone))
		s.settles(t, s.reply("ou_owner", "om_own"), end{bot.Done, "owner", "", 0})
		s.was(t, []string{askChat, takeOwn, readOwn}, []string{recorded})
	})
	t.Run("it had not", func(t *testing.T) {
		t.Parallel()
		s := newScene(t, recall.Config{})
		s.platform.loseAnswer(false)
		req := s.reply("ou_owner", "om_own")
		s.fails(t, req)
		s.was(t, []string{askChat, takeOwn, readOwn}, nil)
		s.settles(t, again(req), end{bot.Done, "owner", "", 0})
		s.was(t, []string{askChat, takeOwn, readOwn, takeOwn}, []string{recorded})
	})
}

func TestLostAnswerThatMayNotBeLookedUpIsAskedAgain(t *testing.T) {
	t.Parallel()
	for name, acted := range map[string]bool{"it had happened": true, "it had not": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newScene(t, recall.Config{})
			s.platform.unreadable = true
			s.platform.loseAnswer(acted)
			req := s.reply("ou_owner", "om_own")
			s.fails(t, req)
			s.settles(t, again(req), end{bot.Done, "owner", "", 0})
			s.was(t, []string{askChat, takeOwn, readOwn, takeOwn}, []string{recorded})
		})
	}
}

func TestPlainFailureIsNotLookedUp(t *testing.T) {
	t.Parallel()
	s := newScene(t, recall.Config{})
	s.platform.fail(takeOwn, errAway)
	req := s.reply("ou_owner", "om_own")
	s.fails(t, req)
	s.settles(t, again(req), end{bot.Done, "owner", "", 0})
	s.was(t, []string{askChat, takeOwn, takeOwn}, []string{recorded})
}

func TestLastFailureIsRecordedAndReturned(t *testing.T) {
	t.Parallel()
	s := newScene(t, recall.Config{})
	s.platform.fail(takeOwn, said(bot.Unavailable, "recall om_own", 1000, bot.ReasonUnavailable))
	req := s.reply("ou_owner", "om_own")
	req.Last = true
	out, err := s.recaller.Recall(t.Context(), req)
	if bot.KindOf(err) != bot.Unavailable {
		t.Errorf("Recall = %v, want unavailable", err)
	}
	if out.Result != bot.Failed || out.Reason != bot.ReasonUnavailable || out.Code != 1000 || out.LogID == "" || out.Rule != "owner" {
		t.Errorf("outcome %+v, want a failure with all that the platform said", out)
	}
	const givenUp = "om_own failed for ou_owner via reply (owner)"
	s.was(t, []string{askChat, takeOwn}, []string{givenUp})

	s.settles(t, again(req), end{bot.Done, "owner", "", 0}) // replayed by hand, later
	s.was(t, []string{askChat, takeOwn, takeOwn}, []string{givenUp, recorded})
}

func TestLastFailureBeforeAnyDecisionIsRecordedToo(t *testing.T) {
	t.Parallel()
	s := newScene(t, recall.Config{})
	s.index.findErr = errAway
	req := s.reply("ou_owner", "om_own")
	req.Last = true
	out, err := s.recaller.Recall(t.Context(), req)
	if !errors.Is(err, errAway) || out.Result != bot.Failed || out.Reason != bot.ReasonUnavailable {
		t.Errorf("Recall = %+v, %v; want a failure, as somebody's who did not answer, along with the error", out, err)
	}
	s.was(t, nil, []string{"om_own failed for ou_owner via reply ()"})
}

func TestRateLimitIsAlwaysWaitedFor(t *testing.T) {
	t.Parallel()
	limited := &bot.Error{Kind: bot.RateLimited, Op: "call", RetryAfter: 3 * time.Second}
	for _, call := range []string{askChat, readOwn, takeOwn} {
		t.Run(call, func(t *testing.T) {
			t.Parallel()
			s := newScene(t, recall.Config{})
			if call == readOwn {
				s.unseen("om_own")
				s.platform.unreadable = false
			}
			s.platform.fail(call, limited)
			req := s.reply("ou_owner", "om_own")
			req.Hurry, req.Last = true, true
			out, err := s.recaller.Recall(t.Context(), req)
			if bot.Detail(err).RetryAfter != limited.RetryAfter || out.Result != "" {
				t.Errorf("Recall = %+v, %v; want nothing but the time to wait", out, err)
			}
			if records := s.audit.results(); records != nil {
				t.Errorf("recorded %q before anything is settled", records)
			}
			s.settles(t, req, end{bot.Done, "owner", "", 0})
		})
	}
}

func TestHurryTakesWhatIsNotLearnedForUnknown(t *testing.T) {
	t.Parallel()
	away := &bot.Error{Kind: bot.Unavailable, Op: "ask for oc_here", Code: 500, LogID: "log_ask", MayHaveActed: true}
	rows := []struct {
		name string
		call string
		who  bot.UserID
		want end
	}{
		{"roles, owner", askChat, "ou_owner", end{bot.Refused, "role_unknown", bot.ReasonUnchecked, 500}},
		{"roles, moderator", askChat, "ou_mod", end{bot.Done, "moderator", "", 0}},
		{"roles, author", askChat, "ou_author", end{bot.Done, "author", "", 0}},
		{"target, owner", readOwn, "ou_owner", end{bot.Done, "owner", "", 0}},
		{"target, member", readOwn, "ou_member", end{bot.Refused, "nobody", bot.ReasonNoRight, 0}},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			s := newScene(t, recall.Config{})
			if row.call == readOwn {
				s.unseen("om_own")
			}
			s.platform.fail(row.call, away)
			s.platform.fail(row.call, away)
			req := s.reply(row.who, "om_own")
			s.fails(t, req)
			req.Hurry = true
			s.settles(t, again(req), row.want)
		})
	}
}

// A refusal that nobody could be told of may become a recall, and then the record must say so.
func TestRefusalThatBecomesARecallIsRecordedAsBoth(t *testing.T) {
	t.Parallel()
	s := newScene(t, recall.Config{})
	s.platform.fail(askChat, errFaulty)
	req := s.reply("ou_owner", "om_own")
	req.Hurry = true
	s.settles(t, req, end{bot.Refused, "role_unknown", bot.ReasonUnchecked, 0})
	s.settles(t, again(req), end{bot.Done, "owner", "", 0})
	s.was(t, []string{askChat, askChat, takeOwn},
		[]string{"om_own refused for ou_owner via reply (role_unknown)", recorded})
}

func TestPlatformThatIsOutOfReachIsWaitedForEvenInAHurry(t *testing.T) {
	t.Parallel()
	cut := &bot.Error{Kind: bot.Unavailable, Op: "ask", Reason: bot.ReasonUnavailable, MayHaveActed: true}
	for _, call := range []string{askChat, readOwn} {
		for _, fault := range []error{errAway, cut} {
			s := newScene(t, recall.Config{})
			if call == readOwn {
				s.unseen("om_own")
			}
			s.platform.fail(call, fault)
			req := s.reply("ou_owner", "om_own")
			req.Hurry = true
			s.fails(t, req)
			if records := s.audit.results(); records != nil {
				t.Errorf("%s: recorded %q before anything is settled", call, records)
			}
		}
	}
}

func TestIndexThatDoesNotAnswerIsWaitedForEvenInAHurry(t *testing.T) {
	t.Parallel()
	s := newScene(t, recall.Config{})
	s.index.findErr = errAway
	req := s.reply("ou_owner", "om_own")
	req.Hurry = true
	s.fails(t, req)
	s.was(t, nil, nil)
}

// A reaction names no chat: once the message is gone, nobody else could tell a second run where it stood.
func TestWhatWasLookedUpIsKeptForASecondRun(t *testing.T) {
	t.Parallel()
	s := newScene(t, recall.Config{})
	s.lookedUp("om_own")
	s.audit.err = errAway
	req := s.reaction("ou_owner", "om_own")
	s.fails(t, req)
	s.audit.err = nil
	s.settles(t, again(req), end{bot.Done, "owner", "", 0})
	s.was(t, []string{readOwn, askChat, takeOwn}, []string{"om_own recalled for ou_owner via reaction (owner)"})
}

func TestIndexThatCannotKeepCostsNothing(t *testing.T) {
	t.Parallel()
	s := newScene(t, recall.Config{})
	s.lookedUp("om_own")
	s.index.addErr = errAway
	s.settles(t, s.reply("ou_owner", "om_own"), end{bot.Done, "owner", "", 0})
	s.was(t, []string{readOwn, askChat, takeOwn}, []string{recorded})
}

func TestIndexThatCannotForgetCostsNothing(t *testing.T) {
	t.Parallel()
	s := newScene(t, recall.Config{})
	s.index.forgetErr = errAway
	req := s.reply("ou_owner", "om_own")
	s.settles(t, req, end{bot.Done, "owner", "", 0})
	s.settles(t, again(req), end{bot.Done, "owner", "", 0})
	s.was(t, []string{askChat, takeOwn, takeOwn}, []string{recorded})
}

func TestWhatIsNotRecordedIsNotSettled(t *testing.T) {
	t.Parallel()
	s := newScene(t, recall.Config{})
	s.audit.err = errAway
	req := s.reply("ou_owner", "om_own")
	s.fails(t, req)
	req.Last = true
	s.fails(t, again(req))
	s.was(t, []string{askChat, takeOwn}, nil)
	if s.audit.observed != nil {
		t.Errorf("observed %+v, of which there is no record", s.audit.observed)
	}
	s.audit.err = nil
	s.settles(t, again(req), end{bot.Done, "owner", "", 0})
	s.was(t, []string{askChat, takeOwn}, []string{recorded})
}

func TestRecordWhoseAnswerWasLostIsNotMadeTwice(t *testing.T) {
	t.Parallel()
	s := newScene(t, recall.Config{})
	s.audit.lost = errAway
	req := s.reply("ou_owner", "om_own")
	s.fails(t, req)
	s.audit.lost = nil
	s.settles(t, again(req), end{bot.Done, "owner", "", 0})
	s.was(t, []string{askChat, takeOwn}, []string{recorded})
}

func TestOneCauseIsRecordedForEachTarget(t *testing.T) {
	t.Parallel()
	s := newScene(t, recall.Config{})
	s.platform.promote(nil, self)
	s.settles(t, s.reply("ou_owner", "om_own"), end{bot.Done, "owner", "", 0})
	s.settles(t, s.tidy("ou_owner"), end{bot.Done, "own_command", "", 0})
	s.was(t, []string{askChat, takeOwn, "DELETE om_cmd"},
		[]string{recorded, "om_cmd recalled for ou_owner via tidy (own_command)"})
}

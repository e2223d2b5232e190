package recall_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"recallbot/bot"
	"recallbot/recall"
	"recallbot/recall/recalltest"
)

// again is the same work, run once more after an error.
func again(req recall.Request) recall.Request {
	req.Redelivered = true
	return req
}

func TestOneRecordHoweverOftenItRuns(t *testing.T) {
	t.Parallel()
	s := recalltest.New(t)
	req := s.Reply("ou_owner", "om_own")
	s.Settles(t, req, recalltest.End(bot.Done, "owner", "", 0))
	s.Settles(t, again(req), recalltest.End(bot.Done, "owner", "", 0))
	s.Was(t, []string{recalltest.AskChat, recalltest.TakeOwn}, []string{recalltest.Recorded})
}

func TestLostAnswerIsLookedUp(t *testing.T) {
	t.Parallel()
	t.Run("it had happened", func(t *testing.T) {
		t.Parallel()
		s := recalltest.New(t)
		s.Platform.LoseAnswer(true)
		s.Settles(t, s.Reply("ou_owner", "om_own"), recalltest.End(bot.Done, "owner", "", 0))
		s.Was(t, []string{recalltest.AskChat, recalltest.TakeOwn, recalltest.ReadOwn}, []string{recalltest.Recorded})
	})
	t.Run("it had happened, and the platform knows the message no more", func(t *testing.T) {
		t.Parallel()
		s := recalltest.New(t)
		s.Platform.LoseAnswer(true)
		s.Platform.Fail(recalltest.ReadOwn, recalltest.Fault(bot.NotFound, "read om_own", 230110, bot.ReasonGone))
		s.Settles(t, s.Reply("ou_owner", "om_own"), recalltest.End(bot.Done, "owner", "", 0))
		s.Was(t, []string{recalltest.AskChat, recalltest.TakeOwn, recalltest.ReadOwn}, []string{recalltest.Recorded})
	})
	t.Run("it had not", func(t *testing.T) {
		t.Parallel()
		s := recalltest.New(t)
		s.Platform.LoseAnswer(false)
		req := s.Reply("ou_owner", "om_own")
		s.Fails(t, req)
		s.Was(t, []string{recalltest.AskChat, recalltest.TakeOwn, recalltest.ReadOwn}, nil)
		s.Settles(t, again(req), recalltest.End(bot.Done, "owner", "", 0))
		s.Was(t, []string{recalltest.AskChat, recalltest.TakeOwn, recalltest.ReadOwn, recalltest.TakeOwn}, []string{recalltest.Recorded})
	})
}

func TestLostAnswerThatMayNotBeLookedUpIsAskedAgain(t *testing.T) {
	t.Parallel()
	for name, acted := range map[string]bool{"it had happened": true, "it had not": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := recalltest.New(t)
			s.Platform.Unreadable = true
			s.Platform.LoseAnswer(acted)
			req := s.Reply("ou_owner", "om_own")
			s.Fails(t, req)
			s.Settles(t, again(req), recalltest.End(bot.Done, "owner", "", 0))
			s.Was(t, []string{recalltest.AskChat, recalltest.TakeOwn, recalltest.ReadOwn, recalltest.TakeOwn}, []string{recalltest.Recorded})
		})
	}
}

func TestPlainFailureIsNotLookedUp(t *testing.T) {
	t.Parallel()
	s := recalltest.New(t)
	s.Platform.Fail(recalltest.TakeOwn, recalltest.ErrAway)
	req := s.Reply("ou_owner", "om_own")
	s.Fails(t, req)
	s.Settles(t, again(req), recalltest.End(bot.Done, "owner", "", 0))
	s.Was(t, []string{recalltest.AskChat, recalltest.TakeOwn, recalltest.TakeOwn}, []string{recalltest.Recorded})
}

func TestLastFailureIsRecordedAndReturned(t *testing.T) {
	t.Parallel()
	s := recalltest.New(t)
	s.Platform.Fail(recalltest.TakeOwn, recalltest.Fault(bot.Unavailable, "recall om_own", 1000, bot.ReasonUnavailable))
	req := s.Reply("ou_owner", "om_own")
	req.Last = true
	out, err := s.Recaller.Recall(t.Context(), req)
	if bot.KindOf(err) != bot.Unavailable {
		t.Errorf("Recall = %v, want unavailable", err)
	}
	if out.Result != bot.Failed || out.Reason != bot.ReasonUnavailable || out.Code != 1000 || out.LogID == "" || out.Rule != "owner" {
		t.Errorf("outcome %+v, want a failure with all that the platform said", out)
	}
	const givenUp = "om_own failed for ou_owner via reply (owner)"
	s.Was(t, []string{recalltest.AskChat, recalltest.TakeOwn}, []string{givenUp})

	s.Settles(t, again(req), recalltest.End(bot.Done, "owner", "", 0)) // replayed by hand, later
	s.Was(t, []string{recalltest.AskChat, recalltest.TakeOwn, recalltest.TakeOwn}, []string{givenUp, recalltest.Recorded})
}

// TestLastFailureWithoutAnAnswer: the record has what the platform said at the attempt before.
func TestLastFailureWithoutAnAnswer(t *testing.T) {
	t.Parallel()
	s := recalltest.New(t)
	s.Platform.Fail(recalltest.TakeOwn, recalltest.ErrAway)
	req := s.Reply("ou_owner", "om_own")
	req.Last, req.Before = true, recalltest.Fault(bot.Unavailable, "recall om_own", 1000, bot.ReasonUnavailable)
	out, err := s.Recaller.Recall(t.Context(), req)
	if !errors.Is(err, recalltest.ErrAway) || out.Result != bot.Failed || out.Reason != bot.ReasonUnavailable ||
		out.Code != 1000 || out.LogID != bot.Detail(req.Before).LogID || out.LogID == "" {
		t.Errorf("Recall = %+v, %v; want what was said before", out, err)
	}
}

func TestLastFailureBeforeAnyDecisionIsRecordedToo(t *testing.T) {
	t.Parallel()
	s := recalltest.New(t)
	s.Index.FindErr = recalltest.ErrAway
	req := s.Reply("ou_owner", "om_own")
	req.Last = true
	out, err := s.Recaller.Recall(t.Context(), req)
	if !errors.Is(err, recalltest.ErrAway) || out.Result != bot.Failed || out.Reason != bot.ReasonUnavailable {
		t.Errorf("Recall = %+v, %v; want a failed outcome (unavailable) and the error", out, err)
	}
	s.Was(t, nil, []string{"om_own failed for ou_owner via reply ()"})
}

func TestRateLimitIsAlwaysWaitedFor(t *testing.T) {
	t.Parallel()
	limited := &bot.Error{Kind: bot.RateLimited, Op: "call", RetryAfter: 3 * time.Second}
	for _, call := range []string{recalltest.AskChat, recalltest.ReadOwn, recalltest.TakeOwn} {
		t.Run(call, func(t *testing.T) {
			t.Parallel()
			s := recalltest.New(t)
			if call == recalltest.ReadOwn {
				s.Unseen("om_own")
				s.Platform.Unreadable = false
			}
			s.Platform.Fail(call, limited)
			req := s.Reply("ou_owner", "om_own")
			req.BestEffort, req.Last = true, true
			out, err := s.Recaller.Recall(t.Context(), req)
			if bot.Detail(err).RetryAfter != limited.RetryAfter || out.Result != "" {
				t.Errorf("Recall = %+v, %v; want nothing but the time to wait", out, err)
			}
			if records := s.Audit.Results(); records != nil {
				t.Errorf("recorded %q before anything is settled", records)
			}
			s.Settles(t, req, recalltest.End(bot.Done, "owner", "", 0))
		})
	}
}

func TestBestEffortTreatsFailuresAsUnknown(t *testing.T) {
	t.Parallel()
	away := &bot.Error{Kind: bot.Unavailable, Op: "ask for oc_here", Code: 500, LogID: "log_ask", MayHaveActed: true}
	rows := []struct {
		name string
		call string
		who  bot.UserID
		want recalltest.Ended
	}{
		{"roles, owner", recalltest.AskChat, "ou_owner", recalltest.End(bot.Refused, "role_unknown", bot.ReasonUnchecked, 500)},
		{"roles, moderator", recalltest.AskChat, "ou_mod", recalltest.End(bot.Done, "moderator", "", 0)},
		{"roles, author", recalltest.AskChat, "ou_author", recalltest.End(bot.Done, "author", "", 0)},
		{"target, owner", recalltest.ReadOwn, "ou_owner", recalltest.End(bot.Done, "owner", "", 0)},
		{"target, member", recalltest.ReadOwn, "ou_member", recalltest.End(bot.Refused, "nobody", bot.ReasonNoRight, 0)},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			s := recalltest.New(t)
			if row.call == recalltest.ReadOwn {
				s.Unseen("om_own")
			}
			s.Platform.Fail(row.call, away)
			s.Platform.Fail(row.call, away)
			req := s.Reply(row.who, "om_own")
			s.Fails(t, req)
			req.BestEffort = true
			s.Settles(t, again(req), row.want)
		})
	}
}

// A refusal that is retried may become a recall, which is a second record.
func TestRefusalThatBecomesARecallIsRecordedAsBoth(t *testing.T) {
	t.Parallel()
	s := recalltest.New(t)
	s.Platform.Fail(recalltest.AskChat, recalltest.ErrFaulty)
	req := s.Reply("ou_owner", "om_own")
	req.BestEffort = true
	s.Settles(t, req, recalltest.End(bot.Refused, "role_unknown", bot.ReasonUnchecked, 0))
	s.Settles(t, again(req), recalltest.End(bot.Done, "owner", "", 0))
	s.Was(t, []string{recalltest.AskChat, recalltest.AskChat, recalltest.TakeOwn},
		[]string{"om_own refused for ou_owner via reply (role_unknown)", recalltest.Recorded})
}

func TestUnreachablePlatformIsWaitedForEvenWithBestEffort(t *testing.T) {
	t.Parallel()
	cut := &bot.Error{Kind: bot.Unavailable, Op: "ask", Reason: bot.ReasonUnavailable, MayHaveActed: true}
	for _, call := range []string{recalltest.AskChat, recalltest.ReadOwn} {
		for _, fault := range []error{recalltest.ErrAway, cut} {
			s := recalltest.New(t)
			if call == recalltest.ReadOwn {
				s.Unseen("om_own")
			}
			s.Platform.Fail(call, fault)
			req := s.Reply("ou_owner", "om_own")
			req.BestEffort = true
			s.Fails(t, req)
			if records := s.Audit.Results(); records != nil {
				t.Errorf("%s: recorded %q before anything is settled", call, records)
			}
		}
	}
}

func TestUnavailableIndexIsWaitedForEvenWithBestEffort(t *testing.T) {
	t.Parallel()
	s := recalltest.New(t)
	s.Index.FindErr = recalltest.ErrAway
	req := s.Reply("ou_owner", "om_own")
	req.BestEffort = true
	s.Fails(t, req)
	s.Was(t, nil, nil)
}

// A reaction names no chat: once the message is gone, only the index has its chat.
func TestLookedUpMessageIsIndexed(t *testing.T) {
	t.Parallel()
	s := recalltest.New(t)
	s.LookedUp("om_own")
	s.Audit.Err = recalltest.ErrAway
	req := s.Reaction("ou_owner", "om_own")
	s.Fails(t, req)
	s.Audit.Err = nil
	s.Settles(t, again(req), recalltest.End(bot.Done, "owner", "", 0))
	s.Was(t, []string{recalltest.ReadOwn, recalltest.AskChat, recalltest.TakeOwn}, []string{"om_own recalled for ou_owner via reaction (owner)"})
}

func TestFailedAddToIndexIsIgnored(t *testing.T) {
	t.Parallel()
	s := recalltest.New(t)
	s.LookedUp("om_own")
	s.Index.AddErr = recalltest.ErrAway
	s.Settles(t, s.Reply("ou_owner", "om_own"), recalltest.End(bot.Done, "owner", "", 0))
	s.Was(t, []string{recalltest.ReadOwn, recalltest.AskChat, recalltest.TakeOwn}, []string{recalltest.Recorded})
}

func TestFailedForgetIsIgnored(t *testing.T) {
	t.Parallel()
	s := recalltest.New(t)
	s.Index.ForgetErr = recalltest.ErrAway
	req := s.Reply("ou_owner", "om_own")
	s.Settles(t, req, recalltest.End(bot.Done, "owner", "", 0))
	s.Settles(t, again(req), recalltest.End(bot.Done, "owner", "", 0))
	s.Was(t, []string{recalltest.AskChat, recalltest.TakeOwn, recalltest.TakeOwn}, []string{recalltest.Recorded})
}

func TestUnrecordedOutcomeIsRetried(t *testing.T) {
	t.Parallel()
	s := recalltest.New(t)
	s.Audit.Err = recalltest.ErrAway
	req := s.Reply("ou_owner", "om_own")
	s.Fails(t, req)
	req.Last = true
	s.Fails(t, again(req))
	s.Was(t, []string{recalltest.AskChat, recalltest.TakeOwn}, nil)
	if s.Audit.Observed != nil {
		t.Errorf("observed %+v, of which there is no record", s.Audit.Observed)
	}
	s.Audit.Err = nil
	s.Settles(t, again(req), recalltest.End(bot.Done, "owner", "", 0))
	s.Was(t, []string{recalltest.AskChat, recalltest.TakeOwn}, []string{recalltest.Recorded})
}

// TestUnrecordedRecallMayHaveActed: only a recall that was made and not recorded makes the next run take what is gone for its own.
func TestUnrecordedRecallMayHaveActed(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		fault error
		acted bool
	}{
		"recalled":     {acted: true},
		"already gone": {fault: recalltest.Fault(bot.NotFound, "recall om_own", 230110, bot.ReasonGone)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := recalltest.New(t)
			if row.fault != nil {
				s.Platform.Fail(recalltest.TakeOwn, row.fault)
			}
			s.Audit.Err = recalltest.ErrAway
			_, err := s.Recaller.Recall(t.Context(), s.Reply("ou_owner", "om_own"))
			if bot.KindOf(err) != bot.Unavailable || bot.Detail(err).MayHaveActed != row.acted {
				t.Errorf("Recall = %v, may have acted: %t", err, bot.Detail(err).MayHaveActed)
			}
		})
	}
}

func TestInsistTakesForItsOwnOnlyWhatItMayHaveRecalled(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		req   recall.Request
		fault error
		again bool
	}{
		"our store was away":          {fault: recalltest.ErrAway},
		"the answer was lost":         {fault: recalltest.ErrFaulty, again: true},
		"a post may be cancelled":     {req: recall.Request{Post: "p1"}, fault: recalltest.ErrAway, again: true},
		"an earlier run of this work": {req: recall.Request{Redelivered: true}, fault: recalltest.ErrAway, again: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var again []bool
				_, err := recall.Insist(t.Context(), row.req, func(_ context.Context, req recall.Request) (recall.Outcome, error) {
					again = append(again, req.Redelivered)
					if len(again) == 1 {
						return recall.Outcome{}, row.fault
					}
					return recall.Outcome{Result: bot.Done}, nil
				})
				if want := []bool{row.req.Redelivered, row.again}; err != nil || !slices.Equal(again, want) {
					t.Errorf("redelivered %v, want %v; %v", again, want, err)
				}
			})
		})
	}
}

func TestRecordWhoseAnswerWasLostIsNotMadeTwice(t *testing.T) {
	t.Parallel()
	s := recalltest.New(t)
	s.Audit.Lost = recalltest.ErrAway
	req := s.Reply("ou_owner", "om_own")
	s.Fails(t, req)
	s.Audit.Lost = nil
	s.Settles(t, again(req), recalltest.End(bot.Done, "owner", "", 0))
	s.Was(t, []string{recalltest.AskChat, recalltest.TakeOwn}, []string{recalltest.Recorded})
}

func TestOneCauseIsRecordedForEachTarget(t *testing.T) {
	t.Parallel()
	s := recalltest.New(t)
	s.Platform.Promote(nil, recalltest.Self)
	s.Settles(t, s.Reply("ou_owner", "om_own"), recalltest.End(bot.Done, "owner", "", 0))
	s.Settles(t, s.Tidy("ou_owner"), recalltest.End(bot.Done, "own_command", "", 0))
	s.Was(t, []string{recalltest.AskChat, recalltest.TakeOwn, "DELETE om_cmd"},
		[]string{recalltest.Recorded, "om_cmd recalled for ou_owner via tidy (own_command)"})
}

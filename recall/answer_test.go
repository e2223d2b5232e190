package recall_test

import (
	"context"
	"testing"

	"recallbot/bot"
	"recallbot/recall"
	"recallbot/recall/recalltest"
)

// TestAnswersAreRecalledWhenNamed: by a reply or a reaction, but not by a selection of posts.
func TestAnswersAreRecalledWhenNamed(t *testing.T) {
	t.Parallel()
	answering := func(t *testing.T, known bool) *recalltest.Env {
		t.Helper()
		s := recalltest.New(t)
		answer := s.Platform.Messages["om_own"]
		answer.Answer, answer.At = true, s.Clock
		s.Platform.Messages["om_own"], s.Index.Messages["om_own"] = answer, answer
		if !known {
			delete(s.Index.Messages, "om_own")
		}
		return s
	}
	refused := recalltest.End(bot.Refused, "own_answer", bot.ReasonAnswer, 0)
	for _, known := range []bool{true, false} {
		s := answering(t, known)
		req := s.Reply("ou_owner", "om_own")
		req.Via = bot.ViaClean
		s.Settles(t, req, refused)
		token := recall.Request{CauseID: "e2", Via: bot.ViaAPI, By: &bot.Principal{Token: "t1", Any: true}, Asked: s.Clock, Target: "om_own"}
		s.Settles(t, token, refused)
		s.Settles(t, s.Reaction("ou_member", "om_own"), recalltest.End(bot.Refused, "nobody", bot.ReasonNoRight, 0))
		s.Settles(t, s.Reply("ou_owner", "om_own"), recalltest.End(bot.Done, "owner", "", 0))
		if !known && !s.Index.Messages["om_own"].Answer {
			t.Error("what was looked up is not kept as an answer")
		}
	}
	s := answering(t, true)
	s.Settles(t, s.Reaction("ou_author", "om_own"), recalltest.End(bot.Done, "author", "", 0))
}

// TestAnswersAreNotKept: an undo does not restore answers of the bot, which may contain a link that is valid once.
func TestAnswersAreNotKept(t *testing.T) {
	t.Parallel()
	s := recalltest.New(t)
	s.Indexed("om_own", func(m *bot.Message) { m.Answer = true })
	kept, req := recalltest.NewArchive(s.Platform), s.Reply("ou_owner", "om_own")
	if out, err := s.WithArchive(kept).Recall(t.Context(), req); err != nil || out.Result != bot.Done {
		t.Fatalf("outcome %+v, %v", out, err)
	}
	take := recall.TakeOf(req.CauseID)
	if len(kept.Takes[take]) != 0 || kept.Lost[take]["om_own"] != bot.CauseAnswer {
		t.Errorf("kept %+v, and can't come back: %v", kept.Takes, kept.Lost)
	}
}

// TestOwnOnly: a message that is not known to be ours is left alone, without an answer or a record.
func TestOwnOnly(t *testing.T) {
	t.Parallel()
	s := recalltest.New(t)
	s.Platform.Promote(nil, recalltest.Self)
	s.Unseen("om_person")
	for _, target := range []bot.MessageID{"om_bot", "om_person", "om_none"} {
		req := s.Reply("ou_owner", target)
		req.OwnOnly = true
		s.Settles(t, req, recalltest.Ended{})
	}
	s.Was(t, []string{"GET om_person", "SENT om_person", "GET om_none", "SENT om_none"}, nil)
	req := s.Reply("ou_owner", "om_own")
	req.OwnOnly = true
	s.Settles(t, req, recalltest.End(bot.Done, "owner", "", 0))
}

// TestOnAnswer: OnAnswer can postpone the recall of an answer only.
func TestOnAnswer(t *testing.T) {
	t.Parallel()
	s := recalltest.New(t)
	s.Indexed("om_own", func(m *bot.Message) { m.Answer = true })
	req := s.Reply("ou_owner", "om_own")
	req.OnAnswer = func(_ context.Context, m bot.Message) error { return bot.Errorf(bot.Unavailable, "wait with %s", m.ID) }
	s.Fails(t, req)
	req.Target = "om_p2p"
	req.Chat, req.P2P, req.Via, req.Who = recalltest.P2P, true, bot.ViaP2P, "ou_member"
	s.Settles(t, req, recalltest.End(bot.Done, "counterpart", "", 0))
}

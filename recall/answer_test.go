package recall_test

import (
	"context"
	"testing"

	"recallbot/bot"
	"recallbot/recall"
)

// TestAnswersGoWhenPointedAt: by a reply or a reaction of who may, whoever looks it up; not by what means posts.
func TestAnswersGoWhenPointedAt(t *testing.T) {
	t.Parallel()
	answering := func(t *testing.T, known bool) *scene {
		t.Helper()
		s := newScene(t, recall.Config{})
		answer := s.platform.messages["om_own"]
		answer.Answer, answer.At = true, s.clock
		s.platform.messages["om_own"], s.index.messages["om_own"] = answer, answer
		if !known {
			delete(s.index.messages, "om_own")
		}
		return s
	}
	refused := end{bot.Refused, "own_answer", bot.ReasonAnswer, 0}
	for _, known := range []bool{true, false} {
		s := answering(t, known)
		req := s.reply("ou_owner", "om_own")
		req.Via = bot.ViaClean
		s.settles(t, req, refused)
		token := recall.Request{Work: "e2", Via: bot.ViaAPI, By: &bot.Principal{Token: "t1", Any: true}, Asked: s.clock, Target: "om_own"}
		s.settles(t, token, refused)
		s.settles(t, s.reaction("ou_member", "om_own"), end{bot.Refused, "nobody", bot.ReasonNoRight, 0})
		s.settles(t, s.reply("ou_owner", "om_own"), end{bot.Done, "owner", "", 0})
		if !known && !s.index.messages["om_own"].Answer {
			t.Error("what was looked up is not kept as an answer")
		}
	}
	s := answering(t, true)
	s.settles(t, s.reaction("ou_author", "om_own"), end{bot.Done, "author", "", 0})
}

// TestAnswersAreNotKept: what the bot said itself, a link that works once even, does not come back by an undo.
func TestAnswersAreNotKept(t *testing.T) {
	t.Parallel()
	s := newScene(t, recall.Config{})
	s.indexed("om_own", func(m *bot.Message) { m.Answer = true })
	kept, req := newShelf(s.platform), s.reply("ou_owner", "om_own")
	if out, err := s.door(recall.Config{}, kept).Recall(t.Context(), req); err != nil || out.Result != bot.Done {
		t.Fatalf("outcome %+v, %v", out, err)
	}
	take := recall.TakeOf(req.Work)
	if len(kept.takes[take]) != 0 || kept.lost[take]["om_own"] != bot.CauseAnswer {
		t.Errorf("kept %+v, and can't come back: %v", kept.takes, kept.lost)
	}
}

// TestOwnOnly: what is not known to be ours is left alone, and nothing is said or written about it.
func TestOwnOnly(t *testing.T) {
	t.Parallel()
	s := newScene(t, recall.Config{})
	s.platform.promote(nil, self)
	s.unseen("om_person")
	for _, target := range []bot.MessageID{"om_bot", "om_person", "om_none"} {
		req := s.reply("ou_owner", target)
		req.OwnOnly = true
		s.settles(t, req, end{})
	}
	s.was(t, []string{"GET om_person", "SENT om_person", "GET om_none", "SENT om_none"}, nil)
	req := s.reply("ou_owner", "om_own")
	req.OwnOnly = true
	s.settles(t, req, end{bot.Done, "owner", "", 0})
}

// TestOnAnswer: whoever asks can wait with an answer of ours, and with nothing else.
func TestOnAnswer(t *testing.T) {
	t.Parallel()
	s := newScene(t, recall.Config{})
	s.indexed("om_own", func(m *bot.Message) { m.Answer = true })
	req := s.reply("ou_owner", "om_own")
	req.OnAnswer = func(_ context.Context, m bot.Message) error { return bot.Errorf(bot.Unavailable, "wait with %s", m.ID) }
	s.fails(t, req)
	req.Target = "om_p2p"
	req.Chat, req.P2P, req.Via, req.Who = p2p, true, bot.ViaP2P, "ou_member"
	s.settles(t, req, end{bot.Done, "counterpart", "", 0})
}

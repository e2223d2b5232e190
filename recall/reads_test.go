package recall_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"recallbot/bot"
	"recallbot/recall"
	"recallbot/recall/recalltest"
)

// TestRoundTripsOfADecision: what a decision needs of the store is read at once, as far as the chat is known.
func TestRoundTripsOfADecision(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		target  bot.MessageID
		request func(*recalltest.Env, bot.UserID, bot.MessageID) recall.Request
		want    int
	}{
		"a reply":                          {"om_own", (*recalltest.Env).Reply, 1},
		"a reply to an unknown message":    {"om_own", unknown((*recalltest.Env).Reply), 1},
		"a reaction":                       {"om_own", (*recalltest.Env).Reaction, 3}, // its target, then the settings and the roles of that chat
		"in the two-person chat":           {"om_p2p", (*recalltest.Env).Private, 1},
		"a reply to another chat's post":   {"om_far", (*recalltest.Env).Reply, 2},
		"a reply to another bot's post":    {"om_bot", (*recalltest.Env).Reply, 1},
		"a reply to a message of a person": {"om_person", (*recalltest.Env).Reply, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := bubble()
				s.Cached(0)
				s.RoundTrip = time.Second
				req := row.request(s, "ou_owner", row.target)
				req.Unless = func(context.Context) bool {
					time.Sleep(s.RoundTrip)
					return false
				}
				began := time.Now()
				if _, err := s.Recaller.Recall(t.Context(), req); err != nil {
					t.Fatal(err)
				}
				if got := int(time.Since(began) / s.RoundTrip); got != row.want {
					t.Errorf("%d round trips, want %d", got, row.want)
				}
			})
		})
	}
}

func unknown(
	request func(*recalltest.Env, bot.UserID, bot.MessageID) recall.Request,
) func(*recalltest.Env, bot.UserID, bot.MessageID) recall.Request {
	return func(s *recalltest.Env, who bot.UserID, target bot.MessageID) recall.Request {
		s.LookedUp(target)
		return request(s, who, target)
	}
}

// TestUnless: what Unless names is neither tried nor recorded, nor asked of the platform, whatever could not be read meanwhile.
func TestUnless(t *testing.T) {
	t.Parallel()
	s := recalltest.New(t)
	s.LookedUp("om_own")
	s.Index.FindErr = recalltest.ErrAway
	req := s.Reply("ou_owner", "om_own")
	req.Unless = func(context.Context) bool { return true }
	s.Settles(t, req, recalltest.Ended{})
	s.Was(t, nil, nil)
}

// TestRolesThatWereReadLongAgo: roles that changed while the store or the platform was slow do not count.
func TestRolesThatWereReadLongAgo(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := bubble()
		s.Cached(0)
		s.RoundTrip = 3 * time.Second
		time.AfterFunc(time.Second, func() {
			chat := s.Platform.Chats[recalltest.Here]
			chat.Owner = "ou_manager"
			s.Platform.Chats[recalltest.Here] = chat
			s.Cache.Drop(recalltest.Here)
		})
		out, err := s.Recaller.Recall(t.Context(), s.Reply("ou_owner", "om_own"))
		if err != nil || out.Result != bot.Refused {
			t.Errorf("the owner of before: %+v, %v", out, err)
		}
	})
}

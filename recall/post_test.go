package recall_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"recallbot/bot"
	"recallbot/recall"
	"recallbot/recall/recalltest"
)

// posted are posts of the API, and the present rights of tokens. meanwhile is called before a post is cancelled.
type posted struct {
	posts     map[bot.PostID]bot.Post
	over      map[bot.TokenID]bool
	meanwhile func(*bot.Post)
}

func (p *posted) Of(_ context.Context, id bot.MessageID) (*bot.Post, error) {
	for _, post := range p.posts {
		if post.Message == id {
			return &post, nil
		}
	}
	return nil, nil
}

func (p *posted) OfAll(ctx context.Context, ids []bot.MessageID) ([]*bot.Post, error) {
	posts := make([]*bot.Post, len(ids))
	for i, id := range ids {
		posts[i], _ = p.Of(ctx, id)
	}
	return posts, nil
}

func (p *posted) Find(_ context.Context, id bot.PostID) (bot.Post, error) {
	post, ok := p.posts[id]
	if !ok {
		return bot.Post{}, bot.Errorf(bot.NotFound, "no post %s", id)
	}
	return post, nil
}

func (p *posted) Cancel(_ context.Context, id bot.PostID, by bot.Cancellation) (bot.Post, bool, error) {
	post := p.posts[id]
	if p.meanwhile != nil {
		p.meanwhile(&post)
	}
	fresh := post.State == bot.PostQueued
	if fresh {
		post.State, post.CancelledBy = bot.PostCancelled, &by
	}
	p.posts[id] = post
	return post, fresh, nil
}

func (p *posted) Principal(_ context.Context, id bot.TokenID) (*bot.Principal, error) {
	switch id {
	case "own":
		return &bot.Principal{Token: id, Team: "red", Own: true, Over: p.over[id]}, nil
	case "bound":
		return &bot.Principal{Token: id, Team: "red", Own: true, Chats: []bot.ChatID{recalltest.There}}, nil
	case "any":
		return &bot.Principal{Token: id, Team: "red", Any: true, Own: true}, nil
	case "operator":
		return &bot.Principal{Token: id, Any: true, Own: true}, nil
	default:
		return &bot.Principal{Token: id, Team: "blue", Any: true, Own: true}, nil
	}
}

// newPosted returns an env with posts of the team red: one that waits to be sent to the group, one for a person and one that
// was sent; and one that blue registered.
func newPosted(t *testing.T) (*recalltest.Env, *posted) {
	t.Helper()
	s := recalltest.New(t)
	post := bot.Post{State: bot.PostQueued, Team: "red", Author: "ou_author", Chat: recalltest.Here, Kind: bot.KindOwn}
	person, sent, claimed := post, post, post
	person.Chat, person.To = "", "ou_member"
	sent.State, sent.Message = bot.PostSent, "om_own"
	claimed.State, claimed.Message, claimed.Chat, claimed.Team, claimed.Registered = bot.PostSent, "om_far", recalltest.There, "blue", true
	p := &posted{posts: map[bot.PostID]bot.Post{"p_queued": post, "p_person": person, "p_sent": sent, "p_claimed": claimed}, over: map[bot.TokenID]bool{}}
	for id, post := range p.posts {
		post.ID = id
		p.posts[id] = post
	}
	s.Recaller = recall.New(recall.Config{Self: recalltest.Self, Observe: s.Audit.Observe}, recall.Deps{
		Decision: recall.DecisionDeps{
			Rules: s.CurrentRules, Roles: s.Roles, Settings: s.Settings, Posts: p, Principal: p.Principal,
		},
		Platform: s.Platform, Index: s.Index, Record: s.Audit.Record, Log: slog.New(slog.DiscardHandler), Now: func() time.Time { return s.Clock },
	})
	return s, p
}

// TestRecallOfPosts: a post of the API is recalled by those who may recall its message, sent or not, and each attempt is on
// record in the post's chat.
func TestRecallOfPosts(t *testing.T) {
	t.Parallel()
	sent := func(p *bot.Post) { p.State, p.Message = bot.PostSent, "om_own" }
	for name, row := range map[string]struct {
		post  bot.PostID
		who   bot.UserID
		token bot.TokenID
		does  func(*posted)
		want  recalltest.Ended
		state bot.PostState
	}{
		"its author":                  {"p_queued", "ou_author", "", nil, recalltest.End(bot.Cancelled, "author", "", 0), bot.PostCancelled},
		"the chat's owner":            {"p_queued", "ou_owner", "", nil, recalltest.End(bot.Cancelled, "owner", "", 0), bot.PostCancelled},
		"a moderator":                 {"p_queued", "ou_mod", "", nil, recalltest.End(bot.Cancelled, "moderator", "", 0), bot.PostCancelled},
		"a member":                    {"p_queued", "ou_member", "", nil, recalltest.End(bot.Refused, "nobody", bot.ReasonNoRight, 0), bot.PostQueued},
		"its team":                    {"p_queued", "", "own", nil, recalltest.End(bot.Cancelled, "team", "", 0), bot.PostCancelled},
		"its team, elsewhere":         {"p_queued", "", "bound", nil, recalltest.End(bot.Refused, "nobody", bot.ReasonNoRight, 0), bot.PostQueued},
		"another team":                {"p_queued", "", "blue", nil, recalltest.End(bot.Refused, "nobody", bot.ReasonNoRight, 0), bot.PostQueued},
		"the operator":                {"p_queued", "", "operator", nil, recalltest.End(bot.Cancelled, "token", "", 0), bot.PostCancelled},
		"a token that is over":        {"p_queued", "", "own", func(p *posted) { p.over["own"] = true }, recalltest.End(bot.Refused, "nobody", bot.ReasonTokenOver, 0), bot.PostQueued},
		"to a person, its author":     {"p_person", "ou_author", "", nil, recalltest.End(bot.Cancelled, "author", "", 0), bot.PostCancelled},
		"to a person, the person":     {"p_person", "ou_member", "", nil, recalltest.End(bot.Refused, "role_unknown", bot.ReasonUnchecked, 0), bot.PostQueued},
		"to a person, its team":       {"p_person", "", "own", nil, recalltest.End(bot.Cancelled, "team", "", 0), bot.PostCancelled},
		"to a person, a bound token":  {"p_person", "", "bound", nil, recalltest.End(bot.Refused, "nobody", bot.ReasonNoRight, 0), bot.PostQueued},
		"sent meanwhile":              {"p_queued", "ou_author", "", func(p *posted) { p.meanwhile = sent }, recalltest.End(bot.Done, "author", "", 0), bot.PostSent},
		"cancelled by somebody else":  {"p_queued", "ou_author", "", func(p *posted) { p.meanwhile = func(p *bot.Post) { p.State = bot.PostCancelled } }, recalltest.End(bot.AlreadyGone, "author", "", 0), bot.PostCancelled},
		"sent, by its author":         {"p_sent", "ou_author", "", nil, recalltest.End(bot.Done, "author", "", 0), bot.PostSent},
		"sent, by another team":       {"p_sent", "", "blue", nil, recalltest.End(bot.Refused, "nobody", bot.ReasonNoRight, 0), bot.PostSent},
		"sent, by a member":           {"p_sent", "ou_member", "", nil, recalltest.End(bot.Refused, "nobody", bot.ReasonNoRight, 0), bot.PostSent},
		"registered by another, any":  {"p_claimed", "", "any", nil, recalltest.End(bot.Done, "token", "", 0), bot.PostSent},
		"registered by another, own":  {"p_claimed", "", "own", nil, recalltest.End(bot.Refused, "nobody", bot.ReasonNoRight, 0), bot.PostSent},
		"registered, by its own team": {"p_claimed", "", "blue", nil, recalltest.End(bot.Done, "team", "", 0), bot.PostSent},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, p := newPosted(t)
			if row.does != nil {
				row.does(p)
			}
			req := recall.Request{CauseID: "e1", Via: bot.ViaButton, Who: row.who, Asked: s.Clock, Post: row.post}
			if row.token != "" {
				req.Via, req.By = bot.ViaAPI, &bot.Principal{Token: row.token, Team: "red", Own: true, Any: true} // as it was once
			}
			out := s.Settles(t, req, row.want)
			if got := p.posts[row.post].State; got != row.state {
				t.Errorf("the post is %s, want %s", got, row.state)
			}
			entry := s.Audit.Entries[len(s.Audit.Entries)-1]
			if entry.Chat != p.posts[row.post].Chat || entry.Rule != string(out.Rule) || entry.Token != row.token || entry.Who != row.who {
				t.Errorf("on record: %+v", entry)
			}
			if by := p.posts[row.post].CancelledBy; row.want.Result == bot.Cancelled && (by == nil || by.Who != row.who || by.Token != row.token) {
				t.Errorf("cancelled by %+v", by)
			}
		})
	}
}

// TestPostsInADryRun: nothing is cancelled in a dry run.
func TestPostsInADryRun(t *testing.T) {
	t.Parallel()
	s, p := newPosted(t)
	s.Rules.DryRun = true
	s.Settles(t, recall.Request{CauseID: "e1", Via: bot.ViaButton, Who: "ou_author", Asked: s.Clock, Post: "p_queued"},
		recalltest.End(bot.DryRun, "author", bot.ReasonDryRun, 0))
	if got := p.posts["p_queued"].State; got != bot.PostQueued {
		t.Errorf("the post is %s", got)
	}
}

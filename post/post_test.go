package post_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"recallbot/bot"
	"recallbot/post"
	"recallbot/recall"
	"recallbot/recall/policy"
)

func by() *bot.Principal { return &bot.Principal{Token: "t1", Team: "red", Own: true} }

func order(n int) bot.PostOrder {
	o := bot.PostOrder{CauseID: "w1", By: by(), Type: "text", Body: "hello", Group: "launch", Author: "ou_1"}
	for i := range n {
		o.Chats = append(o.Chats, bot.ChatID(fmt.Sprint("oc_", i)))
	}
	return o
}

func accepted(t *testing.T, p *post.Poster, o bot.PostOrder) []bot.Post {
	t.Helper()
	posts, err := p.Accept(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return posts
}

func (w *env) states() map[bot.PostState]int {
	states := map[bot.PostState]int{}
	for _, p := range w.posts {
		states[p.State]++
	}
	return states
}

func TestBroadcast(t *testing.T) {
	t.Parallel()
	w := newEnv()
	p := w.poster(0)
	o := order(50)
	o.Users = []bot.UserID{"ou_7"}
	posts := accepted(t, p, o)
	if len(posts) != 51 || w.states()[bot.PostQueued] != 51 {
		t.Fatalf("%d posts, %v", len(posts), w.states())
	}
	w.live(t, p, time.Minute)
	if w.states()[bot.PostSent] != 51 || len(w.byKey) != 51 || w.published != 51 {
		t.Errorf("sent %v, %d messages, %d calls", w.states(), len(w.byKey), w.published)
	}
	if len(w.bodies) > 0 || len(w.work) > 0 || len(w.later) > 0 {
		t.Errorf("words of %d orders are kept, and work is left: %v %v", len(w.bodies), w.work, w.later)
	}
	again := accepted(t, p, o)
	w.live(t, p, time.Minute)
	if len(again) != 51 || again[0].State != bot.PostSent || w.published != 51 {
		t.Errorf("the same order again: %d posts, %d calls", len(again), w.published)
	}
	if got := w.posts[posts[50].ID]; got.To != "ou_7" || got.Chat != "oc_p2p_ou_7" || got.Message == "" {
		t.Errorf("the post to a person is %+v", got)
	}
}

// TestBroadcastIsKilledAnywhere kills the process before and after each of its calls: no accepted post is lost or sent twice,
// and the order in each chat stays.
func TestBroadcastIsKilledAnywhere(t *testing.T) {
	t.Parallel()
	for _, after := range []bool{false, true} {
		for _, repeat := range []bool{false, true} {
			for killAfter := 1; ; killAfter++ {
				w := newEnv()
				w.killAfter, w.after = killAfter, after
				o, next := order(20), order(1)
				o.Undo, next.CauseID, next.Body = true, "w2", "second"
				first := w.poster(0)
				_, err := first.Accept(t.Context(), o)
				for i := 0; err == nil && w.killAfter != 0 && i < len(w.work); i++ {
					_ = w.work[i].run(t.Context(), first)
				}
				killed := w.killAfter == 0
				w.killAfter = -1
				p := w.poster(0)
				if repeat {
					accepted(t, p, o)
				}
				accepted(t, p, next)
				w.live(t, p, time.Minute)
				name := fmt.Sprintf("kill %d (after %v, repeated %v)", killAfter, after, repeat)
				stand := len(w.byKey) - 1
				if stand != 20 && (repeat || err == nil || stand != 0) {
					t.Fatalf("%s: %d of 20 stand, accepted with %v", name, stand, err)
				}
				if states := w.states(); states[bot.PostSent] != len(w.byKey) || len(w.bodies) > 0 && stand > 0 {
					t.Fatalf("%s: %v, words of %d orders kept", name, states, len(w.bodies))
				}
				if got := w.chat["oc_0"]; repeat && !slices.Equal(got, []string{"hello", "second"}) {
					t.Fatalf("%s: the chat reads %q", name, got)
				}
				if slices.Sort(w.offered); len(slices.Compact(w.offered)) != stand {
					t.Fatalf("%s: %d authors have their button", name, len(w.offered))
				}
				if !killed {
					break
				}
			}
		}
	}
}

func TestAnswersOfThePlatform(t *testing.T) {
	t.Parallel()
	lost := &bot.Error{Kind: bot.Unavailable, Reason: bot.ReasonUnavailable, MayHaveActed: true}
	away := &bot.Error{Kind: bot.Unavailable, Reason: bot.ReasonUnavailable}
	busy := &bot.Error{Kind: bot.RateLimited, RetryAfter: 2 * time.Second}
	outside := &bot.Error{Kind: bot.Denied, Reason: bot.ReasonNotInChat, Code: 230002, LogID: "log"}
	for name, row := range map[string]struct {
		answers []answer
		within  time.Duration
		want    bot.PostState
		reason  bot.Reason
		stand   int
	}{
		"refused":              {[]answer{{err: outside}}, time.Minute, bot.PostFailed, bot.ReasonNotInChat, 0},
		"busy":                 {[]answer{{err: busy}, {err: busy}}, time.Minute, bot.PostSent, "", 1},
		"busy, then refused":   {[]answer{{err: busy}, {err: outside}}, time.Minute, bot.PostFailed, bot.ReasonNotInChat, 0},
		"lost":                 {[]answer{{err: lost}}, time.Minute, bot.PostSent, "", 1},
		"lost and acted":       {[]answer{{err: lost, acted: true}, {err: lost, acted: true}}, time.Minute, bot.PostSent, "", 1},
		"lost, then refused":   {[]answer{{err: lost, acted: true}, {err: outside}}, time.Minute, bot.PostUnsure, bot.ReasonNotInChat, 1},
		"lost for an hour":     {slices.Repeat([]answer{{err: lost, acted: true}}, 10_000), 2 * time.Hour, bot.PostUnsure, bot.ReasonUnavailable, 1},
		"away for two hours":   {slices.Repeat([]answer{{err: away}}, 7200), 3 * time.Hour, bot.PostSent, "", 1},
		"away for two days":    {slices.Repeat([]answer{{err: &bot.Error{Kind: bot.RateLimited, RetryAfter: time.Minute}}}, 3000), 48 * time.Hour, bot.PostFailed, bot.ReasonUnavailable, 0},
		"being sent elsewhere": {[]answer{{err: lost, acted: true}, {err: away}}, time.Minute, bot.PostSent, "", 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newEnv()
			w.answers = row.answers
			p := w.poster(0)
			id := accepted(t, p, order(1))[0].ID
			w.live(t, p, row.within)
			got := w.posts[id]
			if got.State != row.want || got.Reason != row.reason || len(w.byKey) != row.stand {
				t.Errorf("%s for %q, %d messages; want %s for %q, %d", got.State, got.Reason, len(w.byKey), row.want, row.reason, row.stand)
			}
			if row.reason == bot.ReasonNotInChat && (got.Code != 230002 || got.LogID != "log") {
				t.Errorf("it failed with %+v", got)
			}
			if len(w.bodies) > 0 {
				t.Error("what it says is kept")
			}
		})
	}
}

// TestPostsStayInOrder: posts behind a post that the platform postpones do not overtake it.
func TestPostsStayInOrder(t *testing.T) {
	t.Parallel()
	w := newEnv()
	w.answers = slices.Repeat([]answer{{err: &bot.Error{Kind: bot.RateLimited, RetryAfter: time.Second}}}, 3)
	p := w.poster(0)
	var want []string
	for i := range 30 {
		o := order(1)
		o.CauseID, o.Body = bot.EventID(fmt.Sprint("w", i)), fmt.Sprint("post ", i)
		want = append(want, o.Body)
		accepted(t, p, o)
	}
	w.live(t, p, 2*time.Minute)
	if got := w.chat["oc_0"]; !slices.Equal(got, want) {
		t.Errorf("the chat reads %q", got)
	}
}

func TestCancelled(t *testing.T) {
	t.Parallel()
	lost := &bot.Error{Kind: bot.Unavailable, MayHaveActed: true}
	for name, row := range map[string]struct {
		// cancel before it is sent, else meanwhile.
		before bool
		lost   bool
		want   bot.PostState
		calls  int
	}{
		"before it is sent":             {true, false, bot.PostCancelled, 0},
		"while it is sent":              {false, false, bot.PostRecalled, 1},
		"while it is sent, answer lost": {false, true, bot.PostRecalled, 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newEnv()
			p := w.poster(0)
			id := accepted(t, p, order(1))[0].ID
			cancel := func() {
				out, err := w.recaller().Recall(t.Context(), recall.Request{CauseID: "e1", Via: bot.ViaButton, Who: "ou_1", Post: id})
				if err != nil || out.Result != bot.Cancelled || out.Rule != policy.RuleAuthor {
					t.Errorf("cancelled: %+v, %v", out, err)
				}
			}
			if row.before {
				cancel()
			} else {
				said := answer{meanwhile: cancel}
				if row.lost {
					said.err, said.acted = lost, true
				}
				w.answers = []answer{said}
			}
			w.live(t, p, time.Minute)
			if got := w.posts[id]; got.State != row.want || w.published != row.calls {
				t.Errorf("%s after %d calls, want %s after %d", got.State, w.published, row.want, row.calls)
			}
			want := map[bot.Result]int{bot.Cancelled: 1}
			if row.want == bot.PostRecalled {
				want[bot.Done] = 1
			}
			if got := w.results(); !maps.Equal(got, want) || len(w.gone) != want[bot.Done] {
				t.Errorf("on record %v, %d gone, want %v", got, len(w.gone), want)
			}
			for _, entry := range w.record {
				if entry.Who != "ou_1" || entry.Chat != "oc_0" || entry.Rule != "author" {
					t.Errorf("on record: %+v", entry)
				}
			}
		})
	}
}

// TestOverTokens: queued posts of a token that was revoked are not sent; its sent posts stay.
func TestOverTokens(t *testing.T) {
	t.Parallel()
	w := newEnv()
	p := w.poster(0)
	sent := accepted(t, p, order(1))[0].ID
	w.live(t, p, time.Minute)
	later := order(2)
	later.CauseID = "w2"
	accepted(t, p, later)
	w.over[by().Token] = true
	w.live(t, p, time.Minute)
	states := w.states()
	if states[bot.PostCancelled] != 2 || states[bot.PostSent] != 1 || w.posts[sent].State != bot.PostSent || len(w.byKey) != 1 {
		t.Errorf("%v, %d messages", states, len(w.byKey))
	}
	for _, got := range w.posts {
		if got.State == bot.PostCancelled && got.Reason != bot.ReasonTokenOver {
			t.Errorf("cancelled for %q", got.Reason)
		}
	}
	if got := w.results(); len(w.record) != 2 || got[bot.Cancelled] != 2 {
		t.Errorf("on record: %v", got)
	}
	for _, entry := range w.record {
		if entry.Rule != "token_over" || entry.Token != by().Token || entry.Chat == "" {
			t.Errorf("on record: %+v", entry)
		}
	}
}

func TestDryRun(t *testing.T) {
	t.Parallel()
	w := newEnv()
	w.dry = true
	p := w.poster(0)
	id := accepted(t, p, order(3))[0].ID
	w.live(t, p, time.Minute)
	if got := w.posts[id]; got.State != bot.PostCancelled || got.Reason != bot.ReasonDryRun || w.published > 0 || len(w.bodies) > 0 {
		t.Errorf("%+v after %d calls", got, w.published)
	}
}

func TestUndoButton(t *testing.T) {
	t.Parallel()
	w := newEnv()
	p := w.poster(0)
	text, card, made, bare := order(1), order(1), order(1), order(1)
	text.Undo, card.Undo, card.Type, card.Body = true, true, "interactive", "{}"
	made.Undo, made.Type, made.Body = true, "interactive", `{"type":"template"}`
	card.CauseID, made.CauseID, bare.CauseID = "w2", "w3", "w4"
	first, second, third := accepted(t, p, text)[0], accepted(t, p, card)[0], accepted(t, p, made)[0]
	accepted(t, p, bare)
	w.live(t, p, time.Minute)
	if !slices.Equal(w.offered, []bot.PostID{first.ID, third.ID}) {
		t.Errorf("offered for %v", w.offered)
	}
	if w.clock = w.clock.Add(25 * time.Hour); p.Offer(t.Context(), first.ID) != nil || len(w.offered) != 2 {
		t.Errorf("offered a day later: %v", w.offered)
	}
	if w.unoffered != nil {
		t.Errorf("removed the button of %v, which stand", w.unoffered)
	}
	recalled := w.posts[first.ID]
	recalled.State = bot.PostRecalled
	w.posts[first.ID] = recalled
	if err := p.Offer(t.Context(), first.ID); err != nil || !slices.Equal(w.unoffered, []bot.PostID{first.ID}) {
		t.Errorf("removed the button of %v, %v", w.unoffered, err)
	}
	if got := w.chat["oc_0"]; !slices.Equal(got, []string{"hello", "{}+" + second.Key, `{"type":"template"}`, "hello"}) {
		t.Errorf("the chat reads %q", got)
	}
}

// TestGiveUp: a post that fails by a fault of ours does not stop the posts after it.
func TestGiveUp(t *testing.T) {
	t.Parallel()
	w := newEnv()
	p := w.poster(0)
	id := accepted(t, p, order(1))[0].ID
	next := order(1)
	next.CauseID = "w2"
	accepted(t, p, next)
	if err := p.GiveUp(t.Context(), "oc_0", bot.Errorf(bot.Internal, "x")); err != nil {
		t.Fatal(err)
	}
	w.live(t, p, time.Minute)
	if got := w.posts[id]; got.State != bot.PostFailed || w.states()[bot.PostSent] != 1 {
		t.Errorf("%+v, %v", got, w.states())
	}
}

func TestOrdersThatCannotBe(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*bot.PostOrder){
		"for nobody":       func(o *bot.PostOrder) { o.By = nil },
		"a zero principal": func(o *bot.PostOrder) { o.By = &bot.Principal{} },
		"to nobody":        func(o *bot.PostOrder) { o.Chats = nil },
		"to no chat":       func(o *bot.PostOrder) { o.Chats = []bot.ChatID{""} },
		"to too many":      func(o *bot.PostOrder) { *o = order(bot.MaxTargets + 1) },
		"of nothing":       func(o *bot.PostOrder) { o.Body = "" },
		"of no type":       func(o *bot.PostOrder) { o.Type = "" },
		"for an instant":   func(o *bot.PostOrder) { o.Life = time.Millisecond },
		"for a past":       func(o *bot.PostOrder) { o.Life = -time.Hour },
		"for ever":         func(o *bot.PostOrder) { o.Life = post.MaxLife + 1 },
		"without a cause":  func(o *bot.PostOrder) { o.CauseID = "" },
		"one id for two":   func(o *bot.PostOrder) { *o = order(2); o.Post = "p_1" },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, o := newEnv(), order(1)
			change(&o)
			if _, err := w.poster(0).Accept(t.Context(), o); err == nil || len(w.orders) > 0 {
				t.Errorf("accepted, %v", err)
			}
		})
	}
}

func TestChosenID(t *testing.T) {
	t.Parallel()
	w := newEnv()
	p := w.poster(0)
	for _, body := range []string{"first", "second"} {
		o := order(1)
		o.CauseID, o.Post, o.Body = bot.EventID(body), "p_mine", body
		if made := accepted(t, p, o); len(made) != 1 || made[0].ID != "p_mine" {
			t.Fatalf("made %+v", made)
		}
		w.live(t, p, time.Minute)
	}
	if got := w.chat["oc_0"]; !slices.Equal(got, []string{"first"}) {
		t.Errorf("the chat reads %q", got)
	}
}

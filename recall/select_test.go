package recall_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"recallbot/bot"
	"recallbot/recall"
)

// square is a chat with a little of everything; the command is said at second 1000.
func square() *town {
	w := &town{pinned: map[bot.MessageID]bool{"om_pin": true}, refused: map[string]error{}}
	w.say("a1", 10, "me", says("Build 1 failed"))
	w.say("x1", 20, "cli_x", says("Disk  is full"), called("Report"))
	w.say("p1", 30, "ou_amy", says("please stop"))
	w.say("pin", 40, "me", says("Rules"))
	w.say("x2", 50, "cli_x", says("Disk is full"), called("Report"))
	w.say("y1", 60, "cli_y", says("disk is full"), called("Alerts"))
	w.say("img", 70, "me", holds("image", `{"image_key":"img_1"}`), says(""), holds("image", `{"image_key":"img_1"}`))
	w.say("sys", 80, "me", holds("system", `{}`))
	w.say("old", 85, "me", gone)
	w.say("a2", 90, "me", says("Build 2 FAILED badly"))
	w.say("x3", 95, "cli_x", says("Disk is full"), called("Report"))
	w.say("command", 1000, "ou_amy", says("/recall clean"))
	w.say("late", 1001, "me", says("Build 3 failed"))
	w.know("a2", 90, "me", forWhom("ou_amy"))
	w.know("a1", 10, "me", forWhom("ou_bob"))
	return w
}

func TestSelectFilters(t *testing.T) {
	t.Parallel()
	x, y, any := bot.BotRef{App: "cli_x"}, bot.BotRef{Name: "alerts"}, bot.BotRef{Any: true}
	for _, tt := range []struct {
		name   string
		filter bot.Filter
		want   string
	}{
		{"our own", bot.Filter{}, "a2 img a1"},
		{"the last", bot.Filter{Last: 2}, "a2 img"},
		{"more than there are", bot.Filter{Last: 9}, "a2 img a1"},
		{"me", bot.Filter{Bots: []bot.BotRef{{Me: true}}}, "a2 img a1"},
		{"by our app id", bot.Filter{Bots: []bot.BotRef{{App: self}}}, "a2 img a1"},
		{"pinned too", bot.Filter{WithPinned: true}, "a2 img pin a1"},
		{"an app", bot.Filter{Bots: []bot.BotRef{x}}, "x3 x2 x1"},
		{"a name", bot.Filter{Bots: []bot.BotRef{y}}, "y1"},
		{"two apps", bot.Filter{Bots: []bot.BotRef{x, y}}, "x3 y1 x2 x1"},
		{"every app", bot.Filter{Bots: []bot.BotRef{any}}, "x3 a2 img y1 x2 x1 a1"},
		{"a person, and what we posted for them", bot.Filter{By: []bot.UserID{"ou_amy"}}, "a2 p1"},
		{"ours for somebody", bot.Filter{By: []bot.UserID{"ou_amy"}, Bots: []bot.BotRef{{Me: true}}}, "a2"},
		{"nobody's", bot.Filter{By: []bot.UserID{"ou_zoe"}}, ""},
		{"since, inclusive", bot.Filter{Since: at(70)}, "a2 img"},
		{"until, inclusive", bot.Filter{Until: at(70)}, "img a1"},
		{"since and until", bot.Filter{Since: at(20), Until: at(60), Bots: []bot.BotRef{x}}, "x2 x1"},
		{"half a second", bot.Filter{Since: at(90).Add(time.Millisecond)}, ""},
		{"from a message", bot.Filter{From: bot.MessageRef{ID: "om_img"}}, "a2 img"},
		{"to a message", bot.Filter{To: bot.MessageRef{ID: "om_img"}}, "img a1"},
		{"from and to", bot.Filter{From: bot.MessageRef{ID: "om_x1"}, To: bot.MessageRef{ID: "om_y1"}, Bots: []bot.BotRef{any}}, "y1 x2 x1"},
		{"from a recalled one", bot.Filter{From: bot.MessageRef{ID: "om_old"}}, "a2"},
		{"from after to", bot.Filter{From: bot.MessageRef{ID: "om_y1"}, To: bot.MessageRef{ID: "om_x1"}, Bots: []bot.BotRef{any}}, ""},
		{"words in any case", bot.Filter{Match: []string{"build", "fAiled"}}, "a2 a1"},
		{"words and a bot", bot.Filter{Match: []string{"disk is full"}, Bots: []bot.BotRef{any}}, "x3 y1 x2 x1"},
		{"words that nobody says", bot.Filter{Match: []string{"build", "disk"}, Bots: []bot.BotRef{any}}, ""},
		{"words of no width", bot.Filter{Match: []string{"\u200b"}}, ""},
		{"an expression", bot.Filter{Regex: []string{`^Build \d failed$`}}, "a1"},
		{"both", bot.Filter{Regex: []string{`\d`}, Match: []string{"badly"}}, "a2"},
		{"a type", bot.Filter{Types: []string{"image", "file"}}, "img"},
		{"the same again", bot.Filter{Dup: true, Bots: []bot.BotRef{any}}, "x2 x1"},
		{"the same again of ours", bot.Filter{Dup: true}, ""},
		{"the last of the same", bot.Filter{Dup: true, Last: 1, Bots: []bot.BotRef{any}}, "x2"},
		{"any of ours", bot.Filter{Any: true, Types: []string{"image"}, Match: []string{"badly"}}, "a2 img"},
		{"any of all", bot.Filter{Any: true, Types: []string{"image"}, Bots: []bot.BotRef{y}}, "img y1"},
		{"any, by somebody or the same again", bot.Filter{Any: true, By: []bot.UserID{"ou_amy"}, Dup: true}, "a2 x2 p1 x1"},
		{"any within a range", bot.Filter{Any: true, By: []bot.UserID{"ou_amy"}, Dup: true, Since: at(50)}, "a2 x2"},
		{"any of nothing", bot.Filter{Any: true}, "a2 img a1"},
		{"everything at once", bot.Filter{
			Last: 1, Since: at(1), Until: at(999), From: bot.MessageRef{ID: "om_a1"}, To: bot.MessageRef{ID: "om_x3"}, Bots: []bot.BotRef{x},
			Match: []string{"disk"}, Regex: []string{"full"}, Types: []string{"text"}, Dup: true,
		}, "x2"},
	} {
		for _, page := range []int{50, 1, 3} {
			t.Run(fmt.Sprintf("%s in pages of %d", tt.name, page), func(t *testing.T) {
				t.Parallel()
				w := square()
				w.page = page
				got, preview, err := w.choose(t, scope(tt.filter))
				if err != nil || strings.Join(got, " ") != tt.want || preview.Unseen != nil {
					t.Errorf("got %v, want %q, unseen %v, %v", got, tt.want, preview.Unseen, err)
				}
			})
		}
	}
}

func TestSelectSkips(t *testing.T) {
	t.Parallel()
	everyone := bot.Filter{Any: true, Bots: []bot.BotRef{{Any: true}}, By: []bot.UserID{"ou_amy"}}
	for _, tt := range []struct {
		name   string
		filter bot.Filter
		change func(*recall.Scope)
		want   string
		skips  bot.Counts
	}{
		{"all may go", everyone, func(*recall.Scope) {}, "x3 a2 img y1 x2 p1 x1 a1", bot.Counts{bot.CausePinned: 1}},
		{"no rank", everyone, func(s *recall.Scope) { s.Ranked = false }, "a2 img a1", bot.Counts{bot.CausePinned: 1, bot.CauseNoRank: 5}},
		{"no people", everyone, func(s *recall.Scope) { s.Settings.People = false }, "x3 a2 img y1 x2 x1 a1", bot.Counts{bot.CausePinned: 1, bot.CausePerson: 1}},
		{"nobody", everyone, func(s *recall.Scope) { s.Ranked, s.Settings.People = false, false }, "a2 img a1", bot.Counts{bot.CausePinned: 1, bot.CauseNoRank: 4, bot.CausePerson: 1}},
		{"two years later", everyone, func(s *recall.Scope) { s.Asked = s.Asked.Add(2 * 365 * 24 * time.Hour) }, "late a2 img a1", bot.Counts{bot.CausePinned: 1, bot.CauseTooOld: 5}},
		{"only what matches is skipped", bot.Filter{Match: []string{"build"}}, func(*recall.Scope) {}, "a2 a1", nil},
		{"the skipped don't count", bot.Filter{Last: 3}, func(*recall.Scope) {}, "a2 img a1", bot.Counts{bot.CausePinned: 1}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := scope(tt.filter)
			tt.change(&s)
			got, preview, err := square().choose(t, s)
			if err != nil || strings.Join(got, " ") != tt.want {
				t.Errorf("got %v, want %q, %v", got, tt.want, err)
			}
			if diff := cmp.Diff(tt.skips, preview.Skipped); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestSelectUnreadable(t *testing.T) {
	t.Parallel()
	denied := said(bot.Denied, "list", 230027, bot.ReasonScope)
	w := square()
	w.refused["history"] = denied
	got, preview, err := w.choose(t, scope(bot.Filter{}))
	if err != nil || strings.Join(got, " ") != "a2 a1" || !slices.Equal(preview.Unseen, []bot.Unseen{bot.UnseenHistory}) {
		t.Errorf("got %v, unseen %v, %v", got, preview.Unseen, err)
	}
	for _, f := range []bot.Filter{
		{Match: []string{"x"}}, {Regex: []string{"x"}}, {Types: []string{"text"}}, {Dup: true}, {Any: true, Dup: true, Bots: []bot.BotRef{{Me: true}}},
	} {
		got, _, err := w.choose(t, scope(f))
		detail := bot.Detail(err)
		if len(got) > 0 || detail.Kind != bot.Denied || detail.Reason != bot.ReasonNoHistory || detail.Code != 230027 || detail.LogID == "" {
			t.Errorf("%+v: got %v, %v", f, got, err)
		}
	}
	w.refused["posts"] = denied
	if got, _, err := w.choose(t, scope(bot.Filter{From: bot.MessageRef{ID: "om_a2"}})); err != nil || strings.Join(got, " ") != "a2" {
		t.Errorf("from what the index knows: got %v, %v", got, err)
	}

	w = square()
	w.refused["pins"] = denied
	got, preview, err = w.choose(t, scope(bot.Filter{}))
	if err != nil || len(got) != 4 || !slices.Equal(preview.Unseen, []bot.Unseen{bot.UnseenPins}) {
		t.Errorf("without pins: got %v, unseen %v, %v", got, preview.Unseen, err)
	}
	if _, preview, err = w.choose(t, scope(bot.Filter{Match: []string{"nothing"}})); err != nil || preview.Unseen != nil {
		t.Errorf("nothing to take: unseen %v, %v", preview.Unseen, err)
	}
}

func TestSelectPassesOnWhatMayPass(t *testing.T) {
	t.Parallel()
	for _, what := range []string{"history", "pins", "posts"} {
		for _, kind := range []bot.ErrorKind{bot.Unavailable, bot.Internal} {
			w := square()
			w.refused[what] = bot.Errorf(kind, "not now")
			_, preview, err := w.choose(t, scope(bot.Filter{From: bot.MessageRef{ID: "om_a1"}}))
			if bot.KindOf(err) != kind || err == nil || preview.Total != 0 {
				t.Errorf("%s %s: %v", what, kind, err)
			}
		}
	}
	broken := errors.New("can't keep it")
	_, err := recall.NewSelector(square(), square(), self, slog.New(slog.DiscardHandler)).Select(t.Context(), scope(bot.Filter{}),
		func(context.Context, []bot.Seen) error { return broken })
	if !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
	_, _, err = square().choose(t, scope(bot.Filter{Regex: []string{"("}}))
	if bot.KindOf(err) != bot.Invalid {
		t.Errorf("a broken expression: %v", err)
	}
	_, _, err = square().choose(t, scope(bot.Filter{Thread: true}))
	if bot.KindOf(err) != bot.Invalid {
		t.Errorf("a topic that is none: %v", err)
	}
}

// TestSelectWaitsForItsTurn: a page for which there is no room in the limit is asked for again, and no other.
func TestSelectWaitsForItsTurn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := square()
		w.refused["history"] = &bot.Error{Kind: bot.RateLimited, RetryAfter: time.Second}
		begin := time.Now()
		_, _, err := w.choose(t, scope(bot.Filter{}))
		if bot.KindOf(err) != bot.RateLimited || w.pages != 10 || time.Since(begin) != 9*time.Second {
			t.Errorf("%d pages in %s, %v", w.pages, time.Since(begin), err)
		}
	})
}

// TestSelectBorders: nothing that may be newer than the command, and nothing of another chat.
func TestSelectBorders(t *testing.T) {
	t.Parallel()
	w := &town{}
	elsewhere := func(m *bot.Seen) { m.Chat = "oc_elsewhere" }
	w.say("before", 1000, "me")
	w.say("command", 1000, "ou_amy")
	w.say("after", 1000, "me")
	w.say("other", 500, "me", elsewhere)
	w.say("torn", 501, "me")
	w.know("torn", 501, "me", elsewhere)
	w.say("timeless", 0, "me", func(m *bot.Seen) { m.At = time.Time{} })
	w.know("same", 1000, "me")
	w.know("unlisted", 900, "me")
	w.know("newer", 1001, "me")
	w.know("away", 800, "me", gone)
	w.say("away", 800, "me")
	if got, _, err := w.choose(t, scope(bot.Filter{})); err != nil || strings.Join(got, " ") != "before unlisted" {
		t.Errorf("got %v, %v", got, err)
	}
	s := scope(bot.Filter{})
	s.Command = ""
	if got, _, err := w.choose(t, s); err != nil || strings.Join(got, " ") != "unlisted" {
		t.Errorf("without a command's place: got %v, %v", got, err)
	}
	w.refused = map[string]error{"history": said(bot.Denied, "list", 230027, bot.ReasonScope)}
	if got, _, err := w.choose(t, scope(bot.Filter{})); err != nil || strings.Join(got, " ") != "unlisted" {
		t.Errorf("without a history: got %v, %v", got, err)
	}
}

// TestSelectRangeInOneMillisecond: where several were said at once their order in the listing counts, and who has no
// place there is left out.
func TestSelectRangeInOneMillisecond(t *testing.T) {
	t.Parallel()
	w := &town{}
	for _, id := range []string{"a", "b", "c", "d", "e"} {
		w.say(id, 100, "me")
	}
	w.know("unlisted", 100, "me")
	for _, tt := range []struct {
		from, to bot.MessageID
		want     string
	}{
		{"om_b", "om_d", "d c b"}, {"om_c", "", "e d c"}, {"", "om_c", "c b a"}, {"om_c", "om_c", "c"}, {"om_d", "om_b", ""},
	} {
		for _, page := range []int{50, 2} {
			w.page = page
			f := bot.Filter{From: bot.MessageRef{ID: tt.from}, To: bot.MessageRef{ID: tt.to}}
			if got, _, err := w.choose(t, scope(f)); err != nil || strings.Join(got, " ") != tt.want {
				t.Errorf("from %s to %s: got %v, want %q, %v", tt.from, tt.to, got, tt.want, err)
			}
		}
	}
}

func TestSelectUnknownStart(t *testing.T) {
	t.Parallel()
	const link = "https://applink.feishu.cn/client/message/link/open?token="
	linked := func(token string) func(*bot.Seen) { return func(m *bot.Seen) { m.Link = link + token } }
	w := &town{refused: map[string]error{}}
	w.say("a", 10, "me", linked("A"))
	w.say("b", 20, "me", linked("B"))
	w.say("c", 30, "me")
	w.say("far", 15, "me", func(m *bot.Seen) { m.Chat = "oc_elsewhere" })
	w.know("known", 25, "me")
	for _, tt := range []struct {
		name   string
		filter bot.Filter
		want   string
		known  bool
	}{
		{"a link", bot.Filter{From: bot.MessageRef{Link: link + "B"}}, "c known b", true},
		{"a link's token", bot.Filter{To: bot.MessageRef{Link: "https://x.larksuite.com/open?a=1&token=B"}}, "b a", true},
		{"what only the index knows", bot.Filter{From: bot.MessageRef{ID: "om_known"}}, "c known", true},
		{"another link", bot.Filter{From: bot.MessageRef{Link: link + "C"}}, "", false},
		{"a link without a token", bot.Filter{From: bot.MessageRef{Link: "https://applink.feishu.cn/x"}}, "", false},
		{"no such message", bot.Filter{To: bot.MessageRef{ID: "om_nobody"}}, "", false},
		{"in another chat", bot.Filter{From: bot.MessageRef{ID: "om_far"}}, "", false},
		{"one of both", bot.Filter{From: bot.MessageRef{ID: "om_a"}, To: bot.MessageRef{ID: "om_nobody"}}, "", false},
	} {
		got, _, err := w.choose(t, scope(tt.filter))
		if strings.Join(got, " ") != tt.want || (err == nil) != tt.known {
			t.Errorf("%s: got %v, %v", tt.name, got, err)
		}
		if detail := bot.Detail(err); err != nil && (detail.Kind != bot.Denied || detail.Reason != bot.ReasonUnknownStart) {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}

func TestSelectNamedBots(t *testing.T) {
	t.Parallel()
	alerts := bot.Filter{Bots: []bot.BotRef{{User: "ou_bot_x", Name: "Alerts"}}}
	for _, tt := range []struct {
		name    string
		build   func(*town)
		filter  bot.Filter
		want    string
		unclear bool
	}{
		{"the history names it", func(w *town) {
			w.say("x", 10, "cli_x", called("alerts"))
			w.say("y", 20, "cli_y", called("Report"))
		}, alerts, "x", false},
		{"the history tells its open_id", func(w *town) {
			w.say("x", 10, "cli_x", func(m *bot.Seen) { m.Open = "ou_bot_x" })
			w.say("y", 20, "cli_y", called("Alerts"), func(m *bot.Seen) { m.Open = "ou_bot_y" })
		}, alerts, "x", false},
		{"the index was told of an older one", func(w *town) {
			w.say("x1", 10, "cli_x")
			w.know("x1", 10, "cli_x", forWhom("ou_bot_x"))
			w.say("x2", 20, "cli_x")
			w.say("y", 30, "cli_y", called("Alerts"))
			w.know("y", 30, "cli_y", forWhom("ou_bot_y"))
		}, alerts, "x2 x1", false},
		{"the index alone", func(w *town) {
			w.know("x", 10, "cli_x", forWhom("ou_bot_x"))
			w.know("y", 20, "cli_y", forWhom("ou_bot_y"))
			w.refused["history"] = said(bot.Denied, "list", 230027, bot.ReasonScope)
		}, alerts, "x", false},
		{"two of that name", func(w *town) {
			w.say("x", 10, "cli_x", called("Alerts"))
			w.say("y", 20, "cli_y", called("Alerts"))
		}, alerts, "", true},
		{"nobody says who it is", func(w *town) {
			w.say("x", 10, "cli_x")
			w.know("x", 10, "cli_x") // by its app id, as when it was looked up
		}, alerts, "", true},
		{"a name that nobody tells", func(w *town) { w.say("x", 10, "cli_x") }, bot.Filter{Bots: []bot.BotRef{{Name: "Alerts"}}}, "", true},
		{"it has posted nothing", func(w *town) { w.say("y", 10, "cli_y", called("Report")) }, alerts, "", false},
		{"our own name", func(w *town) { w.say("a", 10, "me", called("Recall")) }, bot.Filter{Bots: []bot.BotRef{{Name: "recall"}}}, "a", false},
		{"a person of that name", func(w *town) { w.say("p", 10, "ou_p", called("Alerts")) }, alerts, "", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := &town{refused: map[string]error{}}
			tt.build(w)
			got, _, err := w.choose(t, scope(tt.filter))
			detail := bot.Detail(err)
			if tt.unclear != (err != nil && detail.Kind == bot.Denied && detail.Reason == bot.ReasonUnknownBot) || strings.Join(got, " ") != tt.want {
				t.Errorf("got %v, %v", got, err)
			}
		})
	}
}

func TestSelectTopics(t *testing.T) {
	t.Parallel()
	build := func() *town {
		w := &town{refused: map[string]error{}}
		w.say("root", 10, "me", inTopic("omt_1", ""))
		w.say("a", 20, "me")
		w.say("r1", 30, "me", inTopic("omt_1", "root"))
		w.say("b", 40, "me")
		w.say("r2", 50, "me", inTopic("omt_1", "root"))
		w.know("r2", 50, "me", inTopic("omt_1", "root"), forWhom("ou_amy"))
		w.say("q1", 60, "cli_x", inTopic("omt_2", ""))
		w.say("q2", 70, "me", inTopic("omt_2", "q1"))
		return w
	}
	in1 := func(s *recall.Scope) { s.Topic = "omt_1" }
	same := func(*recall.Scope) {}
	for _, tt := range []struct {
		name   string
		filter bot.Filter
		change func(*recall.Scope)
		want   string
	}{
		{"replies in their order", bot.Filter{Last: 10}, same, "q2 r2 b r1 a root"},
		{"the newest are replies", bot.Filter{Last: 2}, same, "q2 r2"},
		{"one topic alone", bot.Filter{Thread: true}, in1, "r2 r1 root"},
		{"one topic's newest", bot.Filter{Thread: true, Last: 1}, in1, "r2"},
		{"one topic since", bot.Filter{Thread: true, Since: at(30)}, in1, "r2 r1"},
		{"from a reply", bot.Filter{Last: 9, From: bot.MessageRef{ID: "om_r1"}}, same, "q2 r2 b r1"},
		{"by whom a reply was caused", bot.Filter{By: []bot.UserID{"ou_amy"}}, same, "r2"},
		{"what replies say", bot.Filter{Match: []string{"words of r"}, Last: 9}, same, "r2 r1 root"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := scope(tt.filter)
			tt.change(&s)
			got, preview, err := build().choose(t, s)
			if err != nil || strings.Join(got, " ") != tt.want || preview.Unseen != nil {
				t.Errorf("got %v, unseen %v, %v", got, preview.Unseen, err)
			}
		})
	}
	t.Run("a topic that can't be seen", func(t *testing.T) {
		t.Parallel()
		w := build()
		w.refused["omt_1"] = said(bot.Denied, "list", 230073, bot.ReasonInvisible)
		got, preview, err := w.choose(t, scope(bot.Filter{}))
		if err != nil || strings.Join(got, " ") != "q2 r2 b a root" || !slices.Equal(preview.Unseen, []bot.Unseen{bot.UnseenTopics}) {
			t.Errorf("got %v, unseen %v, %v", got, preview.Unseen, err)
		}
	})
}

// TestSelectOldTopics: the first message of a topic is met long after its replies' time.
func TestSelectOldTopics(t *testing.T) {
	t.Parallel()
	w := &town{page: 2}
	w.say("root", 1, "me", inTopic("omt_1", ""), says("x"))
	for i := range 20 {
		w.say(fmt.Sprint("m", i), 10+i, "ou_amy", says("x"))
	}
	w.say("reply", 100, "me", inTopic("omt_1", "root"), says("x"))
	w.know("reply", 100, "me", inTopic("omt_1", "root"))
	got, preview, err := w.choose(t, scope(bot.Filter{Match: []string{"x"}}))
	if err != nil || strings.Join(got, " ") != "reply root" || preview.Unseen != nil {
		t.Errorf("where the order says nothing: got %v, unseen %v, %v", got, preview.Unseen, err)
	}
	if got := []bot.MessageID{preview.Excerpts[0].ID, preview.Excerpts[1].ID}; !slices.Equal(got, []bot.MessageID{"om_reply", "om_root"}) {
		t.Errorf("excerpts %v", got)
	}
	// Of two that say the same the older goes, and which that is can't be told any more.
	got, preview, err = w.choose(t, scope(bot.Filter{Dup: true}))
	if err != nil || len(got) != 0 || !slices.Equal(preview.Unseen, []bot.Unseen{bot.UnseenTopics}) {
		t.Errorf("where it does: got %v, unseen %v, %v", got, preview.Unseen, err)
	}
	// The index knows a reply in a topic that began before the range.
	got, preview, err = w.choose(t, scope(bot.Filter{Since: at(15), Bots: []bot.BotRef{{Any: true}}}))
	if err != nil || strings.Join(got, " ") != "reply" || !slices.Equal(preview.Unseen, []bot.Unseen{bot.UnseenTopics}) {
		t.Errorf("a topic out of range: got %v, unseen %v, %v", got, preview.Unseen, err)
	}
	// Our own posts are all in the index.
	got, preview, err = w.choose(t, scope(bot.Filter{Last: 1}))
	if err != nil || strings.Join(got, " ") != "reply" || preview.Unseen != nil {
		t.Errorf("our newest: got %v, unseen %v, %v", got, preview.Unseen, err)
	}
}

func TestSelectDuplicates(t *testing.T) {
	t.Parallel()
	const card = `{"header":{"title":{"content":"Build"}},"elements":[{"tag":"markdown","content":"failed","element_id":"%s"}]}`
	at := func(who bot.UserID) func(*bot.Seen) {
		return func(m *bot.Seen) { m.Mentions = []bot.Mentioned{{Key: "@_user_1", ID: who}} }
	}
	for _, tt := range []struct {
		name       string
		newer, old []func(*bot.Seen)
		same       bool
	}{
		{"space", []func(*bot.Seen){says("a  b")}, []func(*bot.Seen){says(" a\nb")}, true},
		{"digits", []func(*bot.Seen){says("a 1")}, []func(*bot.Seen){says("a 2")}, false},
		{"cards", []func(*bot.Seen){holds("interactive", fmt.Sprintf(card, "1"))}, []func(*bot.Seen){holds("interactive", " "+fmt.Sprintf(card, "2"))}, true},
		{"other cards", []func(*bot.Seen){holds("interactive", card)}, []func(*bot.Seen){holds("interactive", strings.Replace(card, "failed", "ok", 1))}, false},
		{"files", []func(*bot.Seen){holds("file", `{"file_key":"f1","file_name":"a"}`)}, []func(*bot.Seen){holds("file", `{"file_name":"a","file_key":"f1"}`)}, true},
		{"other files", []func(*bot.Seen){holds("file", `{"file_key":"f1"}`)}, []func(*bot.Seen){holds("file", `{"file_key":"f2"}`)}, false},
		{"fields are not values", []func(*bot.Seen){holds("post", `{"a":["b"]}`)}, []func(*bot.Seen){holds("post", `{"a":"b"}`)}, false},
		{"for the same person", []func(*bot.Seen){says("@_user_1 !"), at("ou_1")}, []func(*bot.Seen){says("@_user_1 !"), at("ou_1")}, true},
		{"for somebody else", []func(*bot.Seen){says("@_user_1 !"), at("ou_1")}, []func(*bot.Seen){says("@_user_1 !"), at("ou_2")}, false},
		{"no content", []func(*bot.Seen){holds("text", "")}, []func(*bot.Seen){holds("text", "")}, false},
		{"unreadable", []func(*bot.Seen){holds("text", "{")}, []func(*bot.Seen){holds("text", "{")}, false},
	} {
		w := &town{}
		w.say("old", 10, "me", tt.old...)
		w.say("between", 20, "cli_x", tt.old...)
		w.say("newer", 30, "me", tt.newer...)
		got, _, err := w.choose(t, scope(bot.Filter{Dup: true, Bots: []bot.BotRef{{Any: true}}}))
		if want := map[bool]string{true: "old"}[tt.same]; err != nil || strings.Join(got, " ") != want {
			t.Errorf("%s: got %v, want %q, %v", tt.name, got, want, err)
		}
	}
}

func TestSelectPreview(t *testing.T) {
	t.Parallel()
	w := square()
	w.say("mark", 99, "me", says("see\u0007 @{ou_1} "+strings.Repeat("长", 100)))
	_, got, err := w.choose(t, scope(bot.Filter{Bots: []bot.BotRef{{Any: true}}, Since: at(60)}))
	if err != nil {
		t.Fatal(err)
	}
	want := bot.Preview{
		Total: 5, Oldest: at(60), Newest: at(99), Scanned: 6,
		Authors: []bot.AuthorCount{
			{Kind: bot.KindOwn, From: string(self), Count: 3},
			{Kind: bot.KindBot, From: "cli_x", Name: "Report", Count: 1},
			{Kind: bot.KindBot, From: "cli_y", Name: "Alerts", Count: 1},
		},
		Excerpts: []bot.Excerpt{
			{ID: "om_mark", At: at(99), Kind: bot.KindOwn, From: string(self), Type: "text", Text: "see @ {ou_1} " + strings.Repeat("长", 67)},
			{ID: "om_x3", At: at(95), Kind: bot.KindBot, From: "cli_x", Type: "text", Text: "Disk is full"},
			{ID: "om_a2", At: at(90), Kind: bot.KindOwn, From: string(self), Type: "text", Text: "Build 2 FAILED badly"},
			{ID: "om_img", At: at(70), Kind: bot.KindOwn, From: string(self), Type: "image"},
			{ID: "om_y1", At: at(60), Kind: bot.KindBot, From: "cli_y", Type: "text", Text: "disk is full"},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestSelectBounds(t *testing.T) {
	t.Parallel()
	w := &town{}
	for i := range 120 {
		w.say(fmt.Sprint("m", i), i, fmt.Sprint("cli_", i%60))
	}
	_, preview, err := w.choose(t, scope(bot.Filter{Bots: []bot.BotRef{{Any: true}}}))
	if err != nil || preview.Total != 120 || len(preview.Authors) != 50 || preview.Others != 10 || len(preview.Excerpts) != 10 {
		t.Errorf("%d of %d authors and %d more, %d excerpts, %v", preview.Total, len(preview.Authors), preview.Others, len(preview.Excerpts), err)
	}
	topics := &town{}
	for i := range 120 {
		topics.say(fmt.Sprint("m", i), i, "ou_amy", inTopic(bot.ThreadID(fmt.Sprint("omt_", i)), ""))
	}
	_, preview, err = topics.choose(t, scope(bot.Filter{}))
	if err != nil || !slices.Equal(preview.Unseen, []bot.Unseen{bot.UnseenTopics}) || topics.pages > 110 {
		t.Errorf("too many topics: unseen %v after %d pages, %v", preview.Unseen, topics.pages, err)
	}
	deep := &town{}
	deep.say("root", 1, "me", inTopic("omt_1", ""))
	for i := range 2100 {
		deep.say(fmt.Sprint("m", i), 900, "me", inTopic("omt_1", "root"))
	}
	got, preview, err := deep.choose(t, scope(bot.Filter{}))
	if err != nil || len(got) != 2001 || !slices.Equal(preview.Unseen, []bot.Unseen{bot.UnseenTopics}) {
		t.Errorf("too many replies: %d, unseen %v, %v", len(got), preview.Unseen, err)
	}
}

// stream is a chat of any size that is made up while it is read.
type stream struct {
	town

	size, words int
	who         string
	step        time.Duration
}

func (s *stream) History(_ context.Context, q bot.HistoryQuery) (bot.HistoryPage, error) {
	var page bot.HistoryPage
	start := 0
	_, _ = fmt.Sscan(q.Page, &start)
	for i := start; i < min(start+50, s.size); i++ {
		m := message(fmt.Sprintf("%08d", i), 0, s.who, says(fmt.Sprint(i)+strings.Repeat("w", s.words)))
		m.At = at(999).Add(-time.Duration(i) * s.step)
		page.Messages = append(page.Messages, m)
	}
	if start+50 < s.size {
		page.Next = fmt.Sprint(start + 50)
	}
	return page, nil
}

func TestSelectEndsSomewhere(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name           string
		who            string
		total, scanned int
		unseen         bot.Unseen
	}{
		{"more than a job takes", "me", bot.MostLast, bot.MostLast + 1, bot.UnseenMore},
		{"more than is looked at", "ou_amy", 0, 50_000, bot.UnseenOlder},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := &stream{size: 1 << 30, who: tt.who, step: time.Millisecond}
			preview, err := recall.NewSelector(s, s, self, slog.New(slog.DiscardHandler)).Select(t.Context(), scope(bot.Filter{}),
				func(context.Context, []bot.Seen) error { return nil })
			if err != nil || preview.Total != tt.total || preview.Scanned != tt.scanned || !slices.Equal(preview.Unseen, []bot.Unseen{tt.unseen}) {
				t.Errorf("%d of %d, unseen %v, %v", preview.Total, preview.Scanned, preview.Unseen, err)
			}
		})
	}
}

// TestSelectMemory: 10,000 messages of 6 KB with their bodies are 120 MB; what lives at any moment is a few pages of them. It runs by
// itself, since the heap is everybody's.
func TestSelectMemory(t *testing.T) { //nolint:paralleltest // see above
	const most = 12 << 20
	s := &stream{size: bot.MostLast, words: 6 << 10, who: "me", step: time.Millisecond}
	live := func() uint64 {
		var stats runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&stats)
		return stats.HeapAlloc
	}
	before, peak, pages := live(), uint64(0), 0
	for _, f := range []bot.Filter{{}, {Last: bot.MostLast, Match: []string{"w"}}, {Any: true, Dup: true, Match: []string{"w"}}} {
		preview, err := recall.NewSelector(s, s, self, slog.New(slog.DiscardHandler)).Select(t.Context(), scope(f),
			func(context.Context, []bot.Seen) error {
				if pages++; pages%40 == 0 {
					peak = max(peak, live())
				}
				return nil
			})
		if err != nil || preview.Total != bot.MostLast {
			t.Fatalf("%d, %v", preview.Total, err)
		}
	}
	if peak > before+most {
		t.Errorf("%d MB live, %d before", peak>>20, before>>20)
	}
}

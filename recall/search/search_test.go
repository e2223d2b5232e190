package search_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"recallbot/bot"
	"recallbot/recall/recalltest"
	"recallbot/recall/search"
)

// square is a chat with a message of each kind; the command is at second 1000.
func square() *env {
	w := &env{pinned: map[bot.MessageID]bool{"om_pin": true}, refused: map[string]error{}}
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
		{"by our app id", bot.Filter{Bots: []bot.BotRef{{App: recalltest.Self}}}, "a2 img a1"},
		{"pinned too", bot.Filter{WithPinned: true}, "a2 img pin a1"},
		{"an app", bot.Filter{Bots: []bot.BotRef{x}}, "x3 x2 x1"},
		{"a name", bot.Filter{Bots: []bot.BotRef{y}}, "y1"},
		{"two apps", bot.Filter{Bots: []bot.BotRef{x, y}}, "x3 y1 x2 x1"},
		{"every app", bot.Filter{Bots: []bot.BotRef{any}}, "x3 a2 img y1 x2 x1 a1"},
		{"a person, and what we posted for them", bot.Filter{By: []bot.UserID{"ou_amy"}}, "a2 p1"},
		{"our posts for a person", bot.Filter{By: []bot.UserID{"ou_amy"}, Bots: []bot.BotRef{{Me: true}}}, "a2"},
		{"an author without messages", bot.Filter{By: []bot.UserID{"ou_zoe"}}, ""},
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
		{"words in no message", bot.Filter{Match: []string{"build", "disk"}, Bots: []bot.BotRef{any}}, ""},
		{"words of no width", bot.Filter{Match: []string{"\u200b"}}, ""},
		{"an expression", bot.Filter{Regex: []string{`^Build \d failed$`}}, "a1"},
		{"both", bot.Filter{Regex: []string{`\d`}, Match: []string{"badly"}}, "a2"},
		{"a type", bot.Filter{Types: []string{"image", "file"}}, "img"},
		{"the same again", bot.Filter{Dup: true, Bots: []bot.BotRef{any}}, "x2 x1"},
		{"the same again of ours", bot.Filter{Dup: true}, ""},
		{"the last of the same", bot.Filter{Dup: true, Last: 1, Bots: []bot.BotRef{any}}, "x2"},
		{"any of ours", bot.Filter{Any: true, Types: []string{"image"}, Match: []string{"badly"}}, "a2 img"},
		{"any of all", bot.Filter{Any: true, Types: []string{"image"}, Bots: []bot.BotRef{y}}, "img y1"},
		{"any, by a person or duplicate", bot.Filter{Any: true, By: []bot.UserID{"ou_amy"}, Dup: true}, "a2 x2 p1 x1"},
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
		change func(*search.Scope)
		want   string
		skips  bot.Counts
	}{
		{"all may go", everyone, func(*search.Scope) {}, "x3 a2 img y1 x2 p1 x1 a1", bot.Counts{bot.CausePinned: 1}},
		{"no rank", everyone, func(s *search.Scope) { s.Ranked = false }, "a2 img a1", bot.Counts{bot.CausePinned: 1, bot.CauseNoRank: 5}},
		{"no people", everyone, func(s *search.Scope) { s.Settings.People = false }, "x3 a2 img y1 x2 x1 a1", bot.Counts{bot.CausePinned: 1, bot.CausePerson: 1}},
		{"nobody", everyone, func(s *search.Scope) { s.Ranked, s.Settings.People = false, false }, "a2 img a1", bot.Counts{bot.CausePinned: 1, bot.CauseNoRank: 4, bot.CausePerson: 1}},
		{"two years later", everyone, func(s *search.Scope) { s.Asked = s.Asked.Add(2 * 365 * 24 * time.Hour) }, "late a2 img a1", bot.Counts{bot.CausePinned: 1, bot.CauseTooOld: 5}},
		{"only what matches is skipped", bot.Filter{Match: []string{"build"}}, func(*search.Scope) {}, "a2 a1", nil},
		{"the skipped don't count", bot.Filter{Last: 3}, func(*search.Scope) {}, "a2 img a1", bot.Counts{bot.CausePinned: 1}},
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
	denied := recalltest.Fault(bot.Denied, "list", 230027, bot.ReasonScope)
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
		t.Errorf("from a message of the index: got %v, %v", got, err)
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

func TestSelectReturnsTransientErrors(t *testing.T) {
	t.Parallel()
	for _, what := range []string{"history", "pins", "posts"} {
		for _, kind := range []bot.ErrorKind{bot.Unavailable, bot.Internal} {
			synctest.Test(t, func(t *testing.T) {
				w := square()
				w.refused[what] = bot.Errorf(kind, "not now")
				_, preview, err := w.choose(t, scope(bot.Filter{From: bot.MessageRef{ID: "om_a1"}}))
				if bot.KindOf(err) != kind || preview.Total != 0 {
					t.Errorf("%s %s: %v", what, kind, err)
				}
			})
		}
	}
	broken := errors.New("can't keep it")
	_, err := search.NewSelector(square(), square(), noBots, recalltest.Self, slog.New(slog.DiscardHandler)).Select(t.Context(), scope(bot.Filter{}),
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

// TestSelectRetriesRateLimits: only the page that was rate limited is requested again.
func TestSelectRetriesRateLimits(t *testing.T) {
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

// TestSelectBorders: messages that may be newer than the command, and those of other chats, are not selected.
func TestSelectBorders(t *testing.T) {
	t.Parallel()
	w := &env{}
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
	w.refused = map[string]error{"history": recalltest.Fault(bot.Denied, "list", 230027, bot.ReasonScope)}
	if got, _, err := w.choose(t, scope(bot.Filter{})); err != nil || strings.Join(got, " ") != "unlisted" {
		t.Errorf("without a history: got %v, %v", got, err)
	}
}

// TestSelectRangeInOneMillisecond: messages of the same millisecond have the order of the listing. Those that are not listed are
// left out.
func TestSelectRangeInOneMillisecond(t *testing.T) {
	t.Parallel()
	w := &env{}
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
	w := &env{refused: map[string]error{}}
	w.say("a", 10, "me", linked("A"))
	w.say("b", 20, "me", linked("B"))
	w.say("c", 30, "me")
	w.say("far", 15, "me", func(m *bot.Seen) { m.Chat = "oc_elsewhere" })
	w.know("known", 25, "me")
	for _, tt := range []struct {
		name   string
		filter bot.Filter
		want   string
		reason bot.Reason
	}{
		{"a link", bot.Filter{From: bot.MessageRef{Link: link + "B"}}, "c known b", ""},
		{"a link's token", bot.Filter{To: bot.MessageRef{Link: "https://x.larksuite.com/open?a=1&token=B"}}, "b a", ""},
		{"only in the index", bot.Filter{From: bot.MessageRef{ID: "om_known"}}, "c known", ""},
		{"another link", bot.Filter{From: bot.MessageRef{Link: link + "C"}}, "", bot.ReasonCopiedLink},
		{"a link without a token", bot.Filter{From: bot.MessageRef{Link: "https://applink.feishu.cn/x"}}, "", bot.ReasonCopiedLink},
		{"no such message", bot.Filter{To: bot.MessageRef{ID: "om_unknown"}}, "", bot.ReasonUnknownStart},
		{"in another chat", bot.Filter{From: bot.MessageRef{ID: "om_far"}}, "", bot.ReasonUnknownStart},
		{"one of both", bot.Filter{From: bot.MessageRef{ID: "om_a"}, To: bot.MessageRef{ID: "om_unknown"}}, "", bot.ReasonUnknownStart},
	} {
		got, _, err := w.choose(t, scope(tt.filter))
		if strings.Join(got, " ") != tt.want || (err == nil) != (tt.reason == "") {
			t.Errorf("%s: got %v, %v", tt.name, got, err)
		}
		if detail := bot.Detail(err); err != nil && (detail.Kind != bot.Denied || detail.Reason != tt.reason) {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
	// Where the platform gives no links, the search ends early.
	w = &env{}
	for i := range 500 {
		w.say(fmt.Sprint("m", i), i, "me")
	}
	_, _, err := w.choose(t, scope(bot.Filter{From: bot.MessageRef{Link: link + "A"}}))
	if bot.Detail(err).Reason != bot.ReasonCopiedLink || w.pages > 2 {
		t.Errorf("after %d pages: %v", w.pages, err)
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
		{"for another person", []func(*bot.Seen){says("@_user_1 !"), at("ou_1")}, []func(*bot.Seen){says("@_user_1 !"), at("ou_2")}, false},
		{"composed and decomposed", []func(*bot.Seen){says("résumé ガイド")}, []func(*bot.Seen){says("re\u0301sume\u0301 カ\u3099イト\u3099")}, true},
		{"a card of a template", []func(*bot.Seen){holds("interactive", `{"type":"template"}`), opaque}, []func(*bot.Seen){holds("interactive", `{"type":"template"}`), opaque}, false},
		{"other cards by id", []func(*bot.Seen){holds("interactive", `{"card_id":"1"}`)}, []func(*bot.Seen){holds("interactive", `{"card_id":"2"}`)}, false},
		{"no content", []func(*bot.Seen){holds("text", "")}, []func(*bot.Seen){holds("text", "")}, false},
		{"unreadable", []func(*bot.Seen){holds("text", "{")}, []func(*bot.Seen){holds("text", "{")}, false},
	} {
		w := &env{}
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
			{Kind: bot.KindOwn, From: string(recalltest.Self), Count: 3},
			{Kind: bot.KindBot, From: "cli_x", Name: "Report", Count: 1},
			{Kind: bot.KindBot, From: "cli_y", Name: "Alerts", Count: 1},
		},
		Samples: []bot.Sample{
			{ID: "om_mark", At: at(99), Kind: bot.KindOwn},
			{ID: "om_x3", At: at(95), Kind: bot.KindBot},
			{ID: "om_a2", At: at(90), Kind: bot.KindOwn},
			{ID: "om_img", At: at(70), Kind: bot.KindOwn},
			{ID: "om_y1", At: at(60), Kind: bot.KindBot},
		},
		Groups: []bot.Group{
			{Count: 1, Newest: at(99), Kind: bot.KindOwn, From: string(recalltest.Self), Type: "text", Text: "see @ {ou_1} " + strings.Repeat("长", 67)},
			{Count: 1, Newest: at(95), Kind: bot.KindBot, From: "cli_x", Name: "Report", Type: "text", Text: "Disk is full"},
			{Count: 1, Newest: at(90), Kind: bot.KindOwn, From: string(recalltest.Self), Type: "text", Text: "Build 2 FAILED badly"},
			{Count: 1, Newest: at(70), Kind: bot.KindOwn, From: string(recalltest.Self), Type: "image"},
			{Count: 1, Newest: at(60), Kind: bot.KindBot, From: "cli_y", Name: "Alerts", Type: "text", Text: "disk is full"},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestSelectGroups: equal posts of one author are one group, the largest groups come first, and bots have the names of the chat's
// list; where only one bot is left that it can be, the preview says so.
func TestSelectGroups(t *testing.T) {
	t.Parallel()
	w := &env{bots: []bot.ChatBot{{Open: "ou_self", Name: "Recall", Self: true}, {Open: "ou_bot_x", Name: "Report"}}}
	for i := range 7 {
		w.say(fmt.Sprint("x", i), 10+i, "cli_x", says("Flash  sale"))
		w.say(fmt.Sprint("a", i), 20+i, "me", says(fmt.Sprint("build ", i)))
	}
	w.say("a7", 30, "me", says("Flash sale"))
	w.say("p", 31, "ou_amy", says("Flash sale"), called("Amy"))
	_, got, err := w.choose(t, scope(bot.Filter{Bots: []bot.BotRef{{Any: true}}, By: []bot.UserID{"ou_amy"}, Any: true}))
	if err != nil {
		t.Fatal(err)
	}
	own := string(recalltest.Self)
	want := []bot.Group{
		{Count: 7, Newest: at(16), Kind: bot.KindBot, From: "cli_x", Name: "Report", Type: "text", Text: "Flash sale"},
		{Count: 1, Newest: at(31), Kind: bot.KindPerson, From: "ou_amy", Type: "text", Text: "Flash sale"},
		{Count: 1, Newest: at(30), Kind: bot.KindOwn, From: own, Type: "text", Text: "Flash sale"},
		{Count: 1, Newest: at(26), Kind: bot.KindOwn, From: own, Type: "text", Text: "build 6"},
		{Count: 1, Newest: at(25), Kind: bot.KindOwn, From: own, Type: "text", Text: "build 5"},
	}
	if diff := cmp.Diff(want, got.Groups); diff != "" {
		t.Error(diff)
	}
	if got.Authors[1].Name != "Report" || !slices.Equal(got.Unseen, []bot.Unseen{bot.UnseenNames}) {
		t.Errorf("authors %+v, unseen %v", got.Authors, got.Unseen)
	}
}

// TestSelectComposes: canonically equal texts are the same text, in any Unicode form.
func TestSelectComposes(t *testing.T) {
	t.Parallel()
	w := &env{}
	for i, file := range []string{"\u1110\u1166\u1109\u1173\u1110\u1173_1.txt", "\u30ab\u3099\u30a4\u30c8\u3099.pdf", "re\u0301sume\u0301.pdf", "테\u200b스\ufe0f트.txt"} {
		w.say(fmt.Sprint("f", i), 10+i, "me", says(file), called("Bu\u0308ro"))
	}
	w.say("x", 20, "cli_x", says("Cafe\u0301"), called("Bu\u0308ro"))
	for _, tt := range []struct {
		filter bot.Filter
		want   string
	}{
		{bot.Filter{Match: []string{"테스트"}}, "f3 f0"},
		{bot.Filter{Match: []string{"ガイド"}}, "f1"},
		{bot.Filter{Match: []string{"RÉSUMÉ"}}, "f2"},
		{bot.Filter{Match: []string{"re\u0301sum"}}, "f2"},
		{bot.Filter{Match: []string{"resume"}}, ""},
		{bot.Filter{Regex: []string{"^r.sum.\\.pdf$"}}, "f2"},
		{bot.Filter{Regex: []string{"caf[éè]$", "(?i)CAFÉ"}, Bots: []bot.BotRef{{Any: true}}}, ""},
		{bot.Filter{Regex: []string{"(?i)caf[éè]$"}, Bots: []bot.BotRef{{Name: "BÜRO"}}}, "x"},
	} {
		if got, _, err := w.choose(t, scope(tt.filter)); err != nil || strings.Join(got, " ") != tt.want {
			t.Errorf("%s: got %v, want %q, %v", tt.filter, got, tt.want, err)
		}
	}
}

// TestSelectNamelessBots: two bots without a name are different bots.
func TestSelectNamelessBots(t *testing.T) {
	t.Parallel()
	w := &env{}
	nameless := func(m *bot.Seen) { m.From = "" }
	w.say("old", 10, "cli_x", says("a"), nameless)
	w.say("newer", 20, "cli_y", says("a"), nameless)
	if got, _, err := w.choose(t, scope(bot.Filter{Dup: true, Bots: []bot.BotRef{{Any: true}}})); err != nil || len(got) > 0 {
		t.Errorf("got %v, %v", got, err)
	}
}

// TestSelectLeavesAnswers: answers of our bot are not posts: they count neither for Last nor as duplicates. They are recognised by
// the index, else by their content.
func TestSelectLeavesAnswers(t *testing.T) {
	t.Parallel()
	answers := func(m *bot.Seen) { m.Answer = true }
	w := &env{}
	w.say("post", 10, "me", says("done"))
	w.say("known", 20, "me", says("done"))
	w.know("known", 20, "me", answers)
	w.say("shown", 30, "me", says("done"), answers)
	w.know("unlisted", 40, "me", answers)
	// A card of others that looks like ours is still a post.
	w.say("forged", 50, "me", says("done"), answers)
	w.know("forged", 50, "me")
	for _, tt := range []struct {
		filter bot.Filter
		want   string
	}{
		{bot.Filter{}, "forged post"},
		{bot.Filter{Last: 1}, "forged"},
		{bot.Filter{Last: 9, Bots: []bot.BotRef{{Any: true}}}, "forged post"},
		{bot.Filter{Match: []string{"done"}}, "forged post"},
		{bot.Filter{Dup: true}, "post"},
		{bot.Filter{Any: true, Dup: true, Types: []string{"card"}}, "post"},
		{bot.Filter{From: bot.MessageRef{ID: "om_known"}}, "forged"},
		{bot.Filter{To: bot.MessageRef{ID: "om_shown"}}, "post"},
	} {
		got, preview, err := w.choose(t, scope(tt.filter))
		if err != nil || strings.Join(got, " ") != tt.want || preview.Total != len(got) {
			t.Errorf("%s: got %v, want %q, %v", tt.filter, got, tt.want, err)
		}
	}
}

// TestBotsUnavailable: where the list of bots does not come now, a filter that needs it is tried again, and no other one is.
func TestBotsUnavailable(t *testing.T) {
	t.Parallel()
	w := &env{botsErr: &bot.Error{Kind: bot.Unavailable}}
	w.say("x", 10, "cli_x", says("Flash sale"))
	if _, _, err := w.choose(t, scope(bot.Filter{Bots: []bot.BotRef{{User: "ou_bot_x", Name: "Report"}}})); bot.KindOf(err) != bot.Unavailable {
		t.Errorf("a named bot: %v, want an error of the kind unavailable", err)
	}
	if _, got, err := w.choose(t, scope(bot.Filter{Bots: []bot.BotRef{{Any: true}}})); err != nil || got.Total != 1 {
		t.Errorf("all bots: %d messages, %v; want 1", got.Total, err)
	}
}

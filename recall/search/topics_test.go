package search_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"recallbot/bot"
	"recallbot/recall/recalltest"
	"recallbot/recall/search"
)

func TestSelectNamedBots(t *testing.T) {
	t.Parallel()
	alerts := bot.Filter{Bots: []bot.BotRef{{User: "ou_bot_x", Name: "Alerts"}}}
	for _, tt := range []struct {
		name    string
		build   func(*env)
		filter  bot.Filter
		want    string
		unclear bool
	}{
		{"the history names it", func(w *env) {
			w.say("x", 10, "cli_x", called("alerts"))
			w.say("y", 20, "cli_y", called("Report"))
		}, alerts, "x", false},
		{"the history has its open_id", func(w *env) {
			w.say("x", 10, "cli_x", func(m *bot.Seen) { m.Open = "ou_bot_x" })
			w.say("y", 20, "cli_y", called("Alerts"), func(m *bot.Seen) { m.Open = "ou_bot_y" })
		}, alerts, "x", false},
		{"the index has an older message of it", func(w *env) {
			w.say("x1", 10, "cli_x")
			w.know("x1", 10, "cli_x", forWhom("ou_bot_x"))
			w.say("x2", 20, "cli_x")
			w.say("y", 30, "cli_y", called("Alerts"))
			w.know("y", 30, "cli_y", forWhom("ou_bot_y"))
		}, alerts, "x2 x1", false},
		{"the index alone", func(w *env) {
			w.know("x", 10, "cli_x", forWhom("ou_bot_x"))
			w.know("y", 20, "cli_y", forWhom("ou_bot_y"))
			w.refused["history"] = recalltest.Fault(bot.Denied, "list", 230027, bot.ReasonScope)
		}, alerts, "x", false},
		{"two of that name", func(w *env) {
			w.say("x", 10, "cli_x", called("Alerts"))
			w.say("y", 20, "cli_y", called("Alerts"))
		}, alerts, "", true},
		{"it can't be identified", func(w *env) {
			w.say("x", 10, "cli_x")
			w.know("x", 10, "cli_x") // by its app id, as when it was looked up
		}, alerts, "", true},
		{"an unknown name", func(w *env) { w.say("x", 10, "cli_x") }, bot.Filter{Bots: []bot.BotRef{{Name: "Alerts"}}}, "", true},
		{"it has posted nothing", func(w *env) { w.say("y", 10, "cli_y", called("Report")) }, alerts, "", false},
		{"our own name", func(w *env) { w.say("a", 10, "me", called("Recall")) }, bot.Filter{Bots: []bot.BotRef{{Name: "recall"}}}, "a", false},
		{"the list of bots has one that it can be", func(w *env) {
			w.say("x1", 10, "cli_x")
			w.say("a", 15, "me")
			w.say("x2", 20, "cli_x")
			w.bots = []bot.ChatBot{{Open: "ou_self", Name: "Recall", Self: true}, {Open: "ou_bot_x", Name: "Alerts"}}
		}, alerts, "x2 x1", false},
		{"and by its typed name", func(w *env) {
			w.say("x", 10, "cli_x")
			w.say("y", 20, "cli_y", func(m *bot.Seen) { m.Open = "ou_bot_y" })
			w.bots = []bot.ChatBot{{Open: "ou_bot_y", Name: "Report"}, {Open: "ou_bot_x", Name: "Alerts"}}
		}, bot.Filter{Bots: []bot.BotRef{{Name: "alerts"}}}, "x", false},
		{"the list has two that it can be", func(w *env) {
			w.say("x", 10, "cli_x")
			w.bots = []bot.ChatBot{{Open: "ou_bot_y", Name: "Report"}, {Open: "ou_bot_x", Name: "Alerts"}}
		}, alerts, "", true},
		{"two have posted that it can be", func(w *env) {
			w.say("x", 10, "cli_x")
			w.say("y", 20, "cli_y")
			w.bots = []bot.ChatBot{{Open: "ou_bot_x", Name: "Alerts"}}
		}, alerts, "", true},
		{"the list names it by the open_id of the history", func(w *env) {
			w.say("x", 10, "cli_x", func(m *bot.Seen) { m.Open = "ou_bot_x" })
			w.say("y", 20, "cli_y")
			w.bots = []bot.ChatBot{{Open: "ou_bot_x", Name: "Alerts"}, {Open: "ou_bot_y", Name: "Report"}}
		}, bot.Filter{Bots: []bot.BotRef{{Name: "alerts"}}}, "x", false},
		{"a person of that name", func(w *env) { w.say("p", 10, "ou_p", called("Alerts")) }, alerts, "", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := &env{refused: map[string]error{}}
			tt.build(w)
			got, preview, err := w.choose(t, scope(tt.filter))
			if assumed := slices.Contains(preview.Unseen, bot.UnseenBots); assumed != (w.bots != nil && w.bots[len(w.bots)-1].Open == "ou_bot_x" && err == nil) {
				t.Errorf("assumed %t", assumed)
			}
			detail := bot.Detail(err)
			if tt.unclear != (err != nil && detail.Kind == bot.Denied && detail.Reason == bot.ReasonUnknownBot) || strings.Join(got, " ") != tt.want {
				t.Errorf("got %v, %v", got, err)
			}
		})
	}
}

func TestSelectTopics(t *testing.T) {
	t.Parallel()
	build := func() *env {
		w := &env{refused: map[string]error{}}
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
	in1 := func(s *search.Scope) { s.Topic = "omt_1" }
	same := func(*search.Scope) {}
	for _, tt := range []struct {
		name   string
		filter bot.Filter
		change func(*search.Scope)
		want   string
	}{
		{"replies in their order", bot.Filter{Last: 10}, same, "q2 r2 b r1 a root"},
		{"the newest are replies", bot.Filter{Last: 2}, same, "q2 r2"},
		{"one topic alone", bot.Filter{Thread: true}, in1, "r2 r1 root"},
		{"one topic's newest", bot.Filter{Thread: true, Last: 1}, in1, "r2"},
		{"one topic since", bot.Filter{Thread: true, Since: at(30)}, in1, "r2 r1"},
		{"from a reply", bot.Filter{Last: 9, From: bot.MessageRef{ID: "om_r1"}}, same, "q2 r2 b r1"},
		{"by the author of a reply", bot.Filter{By: []bot.UserID{"ou_amy"}}, same, "r2"},
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
		w.refused["omt_1"] = recalltest.Fault(bot.Denied, "list", 230073, bot.ReasonInvisible)
		got, preview, err := w.choose(t, scope(bot.Filter{}))
		if err != nil || strings.Join(got, " ") != "q2 r2 b a root" || !slices.Equal(preview.Unseen, []bot.Unseen{bot.UnseenTopics}) {
			t.Errorf("got %v, unseen %v, %v", got, preview.Unseen, err)
		}
	})
}

// TestSelectOldTopics: the first message of a topic is much older than its replies.
func TestSelectOldTopics(t *testing.T) {
	t.Parallel()
	w := &env{page: 2}
	w.say("root", 1, "me", inTopic("omt_1", ""), says("x"))
	for i := range 20 {
		w.say(fmt.Sprint("m", i), 10+i, "ou_amy", says("x"))
	}
	w.say("reply", 100, "me", inTopic("omt_1", "root"), says("x"))
	w.know("reply", 100, "me", inTopic("omt_1", "root"))
	got, preview, err := w.choose(t, scope(bot.Filter{Match: []string{"x"}}))
	if err != nil || strings.Join(got, " ") != "reply root" || preview.Unseen != nil {
		t.Errorf("where the order does not matter: got %v, unseen %v, %v", got, preview.Unseen, err)
	}
	if got := []bot.MessageID{preview.Samples[0].ID, preview.Samples[1].ID}; !slices.Equal(got, []bot.MessageID{"om_reply", "om_root"}) {
		t.Errorf("samples %v", got)
	}
	// Messages of the index wait for the topic's listing; without one they are read one by one.
	w.know("lone", 99, "me", inTopic("omt_2", "elsewhere"))
	w.know("left", 98, "me", inTopic("omt_2", "elsewhere"))
	w.say("left", 98, "me", inTopic("omt_2", "elsewhere"), gone)
	got, preview, err = w.choose(t, scope(bot.Filter{}))
	if err != nil || strings.Join(got, " ") != "reply root lone" || preview.Groups[0].Text != "x" || preview.Unseen != nil {
		t.Errorf("ours: got %v, %+v, %v", got, preview, err)
	}
	got, preview, err = w.choose(t, scope(bot.Filter{Last: 2}))
	if err != nil || strings.Join(got, " ") != "reply lone" || preview.Groups[0].Text != "x" || preview.Unseen != nil {
		t.Errorf("our last: got %v, %+v, %v", got, preview, err)
	}
	got, preview, err = w.choose(t, scope(bot.Filter{Since: at(50)}))
	if err != nil || strings.Join(got, " ") != "reply lone" || preview.Groups[0].Text != "x" {
		t.Errorf("ours since: got %v, %+v, %v", got, preview, err)
	}
	w.indexed = w.indexed[:1]
	// Of two duplicates the older is selected, and here the order is not known.
	got, preview, err = w.choose(t, scope(bot.Filter{Dup: true}))
	if err != nil || len(got) != 0 || !slices.Equal(preview.Unseen, []bot.Unseen{bot.UnseenTopics}) {
		t.Errorf("where the order matters: got %v, unseen %v, %v", got, preview.Unseen, err)
	}
	// The index has a reply in a topic that began before the range.
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

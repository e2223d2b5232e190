package handlers_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"recallbot/bot"
	"recallbot/recall"
)

// recalled is the event of a message of the group that was recalled.
func recalled() bot.Recalled { return bot.Recalled{Message: "om_asked", Chat: "oc_1"} }

func cascading(t *testing.T) *harness {
	t.Helper()
	d := newHarness(t)
	d.settings.chats["oc_1"] = bot.Settings{Cascade: true}
	d.recaller.out = recall.Outcome{Result: bot.Done}
	return d
}

func TestRecallsAreDroppedWhereNothingCascades(t *testing.T) {
	t.Parallel()
	d := newHarness(t)
	if d.all.Wants(bot.Event{Body: recalled()}) {
		t.Error("a recall is work")
	}
	d.settings.chats["oc_2"] = bot.Settings{Cascade: true}
	d.history.replies["om_asked"] = []bot.MessageID{"om_a"}
	d.does(t, recalled())
	if d.recaller.requests != nil || d.history.asked != nil {
		t.Errorf("asked %+v, %+v for a chat that did not switch it on", d.recaller.requests, d.history.asked)
	}
}

func TestCascadeRecallsTheAnswers(t *testing.T) {
	t.Parallel()
	d := cascading(t)
	at := d.clock.Add(-time.Hour)
	d.history.index["om_asked"] = bot.Message{ID: "om_asked", Chat: "oc_1", Kind: bot.KindPerson, At: at, Gone: true}
	d.history.replies["om_asked"] = []bot.MessageID{"om_a"}
	seen := func(id bot.MessageID, kind bot.Kind, change func(*bot.Seen)) bot.Seen {
		m := bot.Seen{Message: bot.Message{ID: id, Chat: "oc_1", Kind: kind}, Parent: "om_asked"}
		change(&m)
		return m
	}
	same := func(*bot.Seen) {}
	d.history.pages = []bot.HistoryPage{
		{Next: "p2", Messages: []bot.Seen{
			seen("om_a", bot.KindOwn, same),
			seen("om_b", bot.KindOwn, same),
			seen("om_bot", bot.KindBot, same),
			seen("om_person", bot.KindPerson, same),
			seen("om_gone", bot.KindOwn, func(m *bot.Seen) { m.Gone = true }),
		}},
		{Messages: []bot.Seen{
			seen("om_c", bot.KindOwn, func(m *bot.Seen) { m.Parent, m.Root = "om_else", "om_asked" }),
			seen("om_other", bot.KindOwn, func(m *bot.Seen) { m.Parent, m.Root = "om_else", "om_else" }),
			seen("om_plain", bot.KindOwn, func(m *bot.Seen) { m.Parent = "" }),
		}},
	}
	d.does(t, recalled())
	ask := recall.Request{CauseID: "e1", Via: bot.ViaCascade, Asked: d.clock, Chat: "oc_1", Target: "om_a"}
	second, third := ask, ask
	second.Target, second.Known = "om_b", &bot.Message{ID: "om_b", Chat: "oc_1", Kind: bot.KindOwn}
	third.Target, third.Known = "om_c", &bot.Message{ID: "om_c", Chat: "oc_1", Kind: bot.KindOwn}
	if diff := cmp.Diff([]recall.Request{ask, second, third}, d.recaller.requests, requestFields()); diff != "" {
		t.Errorf("requests (-want +got):\n%s", diff)
	}
	queries := []bot.HistoryQuery{{Chat: "oc_1", Since: at}, {Chat: "oc_1", Since: at, Page: "p2"}}
	if diff := cmp.Diff(queries, d.history.asked); diff != "" {
		t.Errorf("history (-want +got):\n%s", diff)
	}
	d.heard(t)
}

func TestCascadeWithoutHistory(t *testing.T) {
	t.Parallel()
	denied := bot.Errorf(bot.Denied, "no")
	for name, given := range map[string]func(*harness){
		"of a message never seen": func(*harness) {},
		"that may not be read": func(d *harness) {
			d.history.index["om_asked"], d.history.err = bot.Message{ID: "om_asked", At: d.clock}, denied
		},
	} {
		d := cascading(t)
		d.history.replies["om_asked"] = []bot.MessageID{"om_a"}
		given(d)
		d.does(t, recalled())
		if len(d.recaller.requests) != 1 || d.recaller.requests[0].Target != "om_a" {
			t.Errorf("%s: requests %+v, want the answer that was remembered", name, d.recaller.requests)
		}
	}
	d := cascading(t)
	d.history.index["om_asked"], d.history.err = bot.Message{ID: "om_asked", At: d.clock}, errLimited
	if err := d.run(t, recalled()); !errors.Is(err, errLimited) || d.recaller.requests != nil {
		t.Errorf("handling = %v with %+v, want to try again", err, d.recaller.requests)
	}
}

func TestCascadeSearchIsBounded(t *testing.T) {
	t.Parallel()
	d := cascading(t)
	d.history.index["om_asked"] = bot.Message{ID: "om_asked", At: d.clock}
	for range 9 {
		d.history.pages = append(d.history.pages, bot.HistoryPage{Next: "more"})
	}
	d.does(t, recalled())
	if len(d.history.asked) != 4 {
		t.Errorf("asked for %d pages, want 4", len(d.history.asked))
	}
}

func TestNothingCascadesFromRemovedCommands(t *testing.T) {
	t.Parallel()
	d := cascading(t)
	d.history.replies["om_asked"] = []bot.MessageID{"om_a"}
	d.keep(t, recall.TidiedKey("om_asked"), "1")
	d.does(t, recalled())
	if d.recaller.requests != nil {
		t.Errorf("requests %+v, want none", d.recaller.requests)
	}
}

// TestCascadeTriesEveryAnswer: an answer that can't be recalled now does not keep the others from being recalled.
func TestCascadeTriesEveryAnswer(t *testing.T) {
	t.Parallel()
	d := cascading(t)
	d.recaller.out, d.recaller.err = recall.Outcome{}, errLimited
	d.history.replies["om_asked"] = []bot.MessageID{"om_a", "om_b"}
	if err := d.run(t, recalled()); bot.KindOf(err) != bot.RateLimited {
		t.Errorf("handling = %v, want the rate limit", err)
	}
	if len(d.recaller.requests) != 2 {
		t.Errorf("requests %+v, want both", d.recaller.requests)
	}
}

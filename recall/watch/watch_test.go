package watch_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"recallbot/bot"
	"recallbot/recall/watch"
)

// memory is the settings of a chat, and windows in memory.
type memory struct {
	set     bot.Settings
	off     bool
	windows map[string]*watch.Window
	err     error
}

func (m *memory) Watched(bot.ChatID) bool { return !m.off }

func (m *memory) Settings(context.Context, bot.ChatID) (bot.Settings, error) { return m.set, m.err }

func (m *memory) Judge(_ context.Context, post bot.WindowPost, windows ...bot.WatchWindow) func() ([]bool, error) {
	verdicts := make([]bool, len(windows))
	for i, w := range windows {
		if m.windows[w.Name] == nil {
			m.windows[w.Name] = &watch.Window{}
		}
		verdicts[i] = m.windows[w.Name].Judge(string(post.ID), post.Sender, post.At, w.When)
	}
	return func() ([]bool, error) { return verdicts, m.err }
}

func newMemory(rules ...bot.WatchRule) *memory {
	return &memory{set: bot.Settings{Watch: rules}, windows: map[string]*watch.Window{}}
}

func rule(kind bot.WatchKind, count int) bot.WatchRule {
	return bot.WatchRule{Name: "rule", State: bot.WatchOn, Act: bot.WatchRecall, When: bot.WatchWhen{Kind: kind, Count: count, Within: time.Minute}}
}

func start() time.Time { return time.Date(2026, 11, 1, 10, 0, 0, 0, time.UTC) }

// textOf is the content of a text message.
func textOf(text string) string {
	data, err := json.Marshal(map[string]string{"text": text})
	if err != nil {
		panic(err) // a string always is JSON
	}
	return string(data)
}

// said is the event of a bot's post, or of a person's message, n seconds after the start.
func said(n int, from, text string) bot.Event {
	m := bot.Message{ID: bot.MessageID(fmt.Sprint("om_", n)), Chat: "oc_1", Kind: bot.KindBot, At: start().Add(time.Duration(n) * time.Second)}
	if from == "" {
		m.Kind = bot.KindPerson
		return bot.Event{Type: bot.TypeSaid, Body: bot.Said{Message: m}}
	}
	if from == "me" {
		m.Kind = bot.KindOwn
	}
	seen := bot.Seen{Message: m, From: from, Type: "text", Body: textOf(text), Text: text}
	return bot.Event{Type: bot.TypeSaid, Body: bot.Said{Message: m, Sender: from, Content: func() bot.Seen { return seen }}}
}

func note(t *testing.T, n *watch.Noter, e bot.Event) bot.Event {
	t.Helper()
	wait, err := n.Note(t.Context(), e)
	if err != nil {
		t.Fatal(err)
	}
	if wait == nil {
		return e
	}
	noted, err := wait()
	if err != nil {
		t.Fatal(err)
	}
	return noted
}

// caught are the numbers of the events whose messages rules caught.
func caught(t *testing.T, n *watch.Noter, events ...bot.Event) []int {
	t.Helper()
	var found []int
	for i, e := range events {
		noted := note(t, n, e)
		if body, ok := noted.Body.(bot.Said); ok && body.Watch != nil && body.Watch.Rules != nil {
			found = append(found, i)
		}
	}
	return found
}

func TestNoter(t *testing.T) {
	t.Parallel()
	own := rule(bot.WatchEach, 0)
	own.Filter.Bots = []bot.BotRef{{Me: true}}
	words := rule(bot.WatchEach, 0)
	words.Filter.Match = []string{"buy"}
	wrong := rule(bot.WatchEach, 0)
	wrong.Filter.Regex = []string{"("}
	off := rule(bot.WatchEach, 0)
	off.State = bot.WatchOff
	for name, row := range map[string]struct {
		rule   bot.WatchRule
		events []bot.Event
		want   []int
	}{
		"each":               {rule(bot.WatchEach, 0), []bot.Event{said(1, "ou_a", "x"), said(2, "", "x"), said(3, "me", "x")}, []int{0}},
		"our own":            {own, []bot.Event{said(1, "ou_a", "x"), said(2, "me", "x")}, []int{1}},
		"words":              {words, []bot.Event{said(1, "ou_a", "Buy now"), said(2, "ou_a", "sell")}, []int{0}},
		"words, invisibly":   {words, []bot.Event{said(1, "ou_a", "b\u200bu\u00ady now")}, []int{0}},
		"a wrong expression": {wrong, []bot.Event{said(1, "ou_a", "(")}, nil},
		"off":                {off, []bot.Event{said(1, "ou_a", "x")}, nil},
		"more than": {
			rule(bot.WatchMoreThan, 1), []bot.Event{said(1, "ou_a", "x"), said(2, "ou_b", "x"), said(3, "ou_a", "x"), said(3, "ou_a", "x")}, []int{2, 3},
		},
		"again": {
			rule(bot.WatchAgain, 2), []bot.Event{said(1, "ou_a", "x  y"), said(2, "ou_a", "X\u200b Y"), said(3, "ou_b", "x y"), said(4, "ou_a", "z")}, []int{1},
		},
		"loop": {
			rule(bot.WatchLoop, 3), []bot.Event{said(1, "ou_a", "1"), said(2, "ou_b", "2"), said(3, "", "stop"), said(4, "ou_a", "3"), said(5, "ou_b", "4"), said(6, "ou_a", "5")}, []int{5},
		},
		"placeholder": {rule(bot.WatchPlaceholder, 0), []bot.Event{said(1, "ou_a", "Hello {{name}}"), said(2, "ou_a", "Hello Nancy")}, []int{0}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newMemory(row.rule)
			if diff := cmp.Diff(row.want, caught(t, watch.NewNoter(m, m), row.events...)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// TestNoterOfHostileBots: a bot that posts under a hundred ids, and texts that only look different, fill no window of others and escape none.
func TestNoterOfHostileBots(t *testing.T) {
	t.Parallel()
	many := newMemory(rule(bot.WatchMoreThan, 2))
	n := watch.NewNoter(many, many)
	for i := range 100 {
		if got := caught(t, n, said(i, "ou_"+strconv.Itoa(i), "x")); got != nil {
			t.Fatalf("bot %d is caught for the posts of others", i)
		}
	}
	again := newMemory(rule(bot.WatchAgain, 2))
	n = watch.NewNoter(again, again)
	marks := []string{"", "\u200b", "\u200e", "\u2060", "\ufeff", "\u00ad", "\u180e", "\u034f", "\U000e0041", "\ufe0f"}
	for i, mark := range marks {
		got := caught(t, n, said(i, "ou_a", "the build"+mark+" failed"))
		if (got == nil) != (i == 0) {
			t.Errorf("the text with %q is caught: %v", mark, got != nil)
		}
	}
}

// TestNoterWithoutRules: nothing is read of a chat without rules.
func TestNoterWithoutRules(t *testing.T) {
	t.Parallel()
	m := newMemory()
	m.off, m.err = true, bot.Errorf(bot.Unavailable, "away")
	read := false
	e := said(1, "ou_a", "x")
	body, _ := e.Body.(bot.Said)
	body.Content = func() bot.Seen { read = true; return bot.Seen{} }
	e.Body = body
	if got := caught(t, watch.NewNoter(m, m), e); got != nil || read {
		t.Errorf("caught %v, read: %v", got, read)
	}
	m.off = false
	if _, err := watch.NewNoter(m, m).Note(t.Context(), e); bot.KindOf(err) != bot.Unavailable {
		t.Errorf("error %v, want that of the store", err)
	}
}

// TestNoterInQuarantine: while a bot is in quarantine the senders of all posts are looked at, and of none after it.
func TestNoterInQuarantine(t *testing.T) {
	t.Parallel()
	m := newMemory()
	m.set.Quarantines = []bot.Quarantine{{Bot: bot.BotRef{App: "cli_a"}, Since: start().Add(2 * time.Second), Until: start().Add(4 * time.Second)}}
	n := watch.NewNoter(m, m)
	for second, want := range map[int]bool{1: false, 2: true, 3: true, 4: false} {
		if body, _ := note(t, n, said(second, "ou_a", "x")).Body.(bot.Said); (body.Watch != nil) != want {
			t.Errorf("second %d: %+v", second, body.Watch)
		}
	}
	if body, _ := note(t, n, said(3, "me", "x")).Body.(bot.Said); body.Watch != nil {
		t.Errorf("our own post: %+v", body.Watch)
	}
}

// entry is a message of the history.
func entry(n int, sender watch.Sender, text string) watch.Entry {
	l := watch.Entry{ID: bot.MessageID(fmt.Sprint("om_", n)), Kind: bot.KindBot, From: sender, At: start().Add(time.Duration(n) * time.Second), Excerpt: text, Matches: true}
	switch {
	case sender.Own:
		l.Kind = bot.KindOwn
	case sender.ID == "":
		l.Kind, l.Matches = bot.KindPerson, false
	}
	l.Content = uint64(len(text))
	return l
}

func TestRehearse(t *testing.T) {
	t.Parallel()
	a, b, person := watch.Sender{ID: "cli_a", Name: "News"}, watch.Sender{ID: "cli_b"}, watch.Sender{}
	messages := []watch.Entry{
		entry(0, a, "1"), entry(1, a, "22"), entry(2, a, "333"), entry(3, person, ""), entry(4, b, "1"), entry(5, a, "1"), entry(6, b, "22"), entry(7, watch.Self(), "1"),
		entry(86400, a, "1"), entry(86401, a, ""), entry(86402, a, "55555"),
	}
	ofB := rule(bot.WatchEach, 0)
	ofB.Filter.Bots = []bot.BotRef{{App: "cli_b"}}
	own := rule(bot.WatchEach, 0)
	own.Filter.Bots = []bot.BotRef{{Me: true}}
	for name, row := range map[string]struct {
		rule       bot.WatchRule
		caught     int
		bots       string
		days       string
		hits, left string
	}{
		"more than": {rule(bot.WatchMoreThan, 2), 3, "cli_a News 3", "2026-11-01 2, 2026-11-02 1", "333 1 55555", "1 22 1"},
		"again":     {rule(bot.WatchAgain, 2), 1, "cli_a News 1", "2026-11-01 1", "1", "22 1 55555"},
		"loop":      {rule(bot.WatchLoop, 3), 1, "cli_b 1", "2026-11-01 1", "22", "1 1 55555"},
		"of one":    {ofB, 2, "cli_b 2", "2026-11-01 2", "1 22", ""},
		"our own":   {own, 1, "me 1", "2026-11-01 1", "1", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := watch.Rehearse(row.rule, messages, time.UTC)
			if got.Read != len(messages) || got.Caught != row.caught {
				t.Errorf("caught %d of %d", got.Caught, got.Read)
			}
			for what, texts := range map[string][2]string{
				"bots": {row.bots, counted(got.Bots)}, "days": {row.days, counted(got.Days)},
				"hits": {row.hits, excerpts(got.Hits)}, "left": {row.left, excerpts(got.Left)},
			} {
				if texts[0] != texts[1] {
					t.Errorf("%s: %q, want %q", what, texts[1], texts[0])
				}
			}
		})
	}
}

func counted(all []watch.Count) string {
	var said []string
	for _, one := range all {
		said = append(said, one.Name+" "+strconv.Itoa(one.Count))
	}
	return strings.Join(said, ", ")
}

func excerpts(all []watch.Entry) string {
	var said []string
	for _, one := range all {
		said = append(said, one.Excerpt)
	}
	return strings.Join(said, " ")
}

func TestReport(t *testing.T) {
	t.Parallel()
	a, b := watch.Sender{ID: "cli_a", Name: "News"}, watch.Sender{ID: "cli_b"}
	opaque := entry(5, b, "")
	messages := []watch.Entry{
		entry(0, a, "1"), entry(1, watch.Sender{}, ""), entry(2, a, "1"), entry(3, b, "1"), entry(4, a, "22"), opaque, entry(6, b, ""), entry(7, watch.Self(), "1"),
	}
	opaque.Content = 0
	got := watch.NewReport(messages, watch.Recalls{"om_0": "", "om_2": "flood", "om_5": "flood", "om_1": ""})
	want := watch.Report{Bots: []watch.BotReport{
		{Sender: "cli_a News", Posts: 3, Repeated: 1, Recalled: 2, By: map[string]int{"": 1, "flood": 1}},
		{Sender: "cli_b", Posts: 3, Recalled: 1, By: map[string]int{"flood": 1}},
		{Sender: "me", Posts: 1, By: map[string]int{}},
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

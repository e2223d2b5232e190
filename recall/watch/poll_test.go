package watch_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"recallbot/bot"
	"recallbot/recall/watch"
)

// polled is what a poller works with: a history, and what it passed on.
type polled struct {
	set        bot.Settings
	visibility bot.Visibility
	now        time.Time
	cursor     time.Time
	mine       bool
	pages      []bot.HistoryPage
	err        error
	known      bot.Message
	asked      []bot.HistoryQuery
	keepErr    error
	kept       []bot.MessageID
}

func newPolled(rules ...bot.WatchRule) *polled {
	return &polled{set: bot.Settings{Watch: rules}, visibility: bot.VisibilityPolled, now: start().Add(time.Minute), cursor: start(), mine: true}
}

func (p *polled) poll(t *testing.T) error {
	t.Helper()
	poller := &watch.Poller{Every: 20 * time.Second, Log: slog.New(slog.DiscardHandler), Now: func() time.Time { return p.now }, PollDeps: watch.PollDeps{
		Chats:      func() []bot.ChatID { return []bot.ChatID{"oc_1"} },
		Settings:   func(context.Context, bot.ChatID) (bot.Settings, error) { return p.set, nil },
		Visibility: func(context.Context, bool) bot.Visibility { return p.visibility },
		Claim:      func(context.Context, string, time.Duration) (bool, error) { return p.mine, nil },
		Cursor:     func(context.Context, bot.ChatID) (time.Time, error) { return p.cursor, nil },
		SetCursor: func(_ context.Context, _ bot.ChatID, at time.Time) error {
			p.cursor = at
			return nil
		},
		History: func(_ context.Context, q bot.HistoryQuery) (bot.HistoryPage, error) {
			p.asked = append(p.asked, q)
			if p.err != nil {
				return bot.HistoryPage{}, p.err
			}
			page := p.pages[0]
			p.pages = p.pages[1:]
			return page, nil
		},
		Known: func(context.Context, []bot.MessageID) ([]bot.Message, error) { return []bot.Message{p.known}, nil },
		Keep: func(_ context.Context, e bot.Event) error {
			body, _ := e.Body.(bot.Said)
			p.kept = append(p.kept, body.Message.ID)
			if (body.Content == nil) != (body.Message.Kind == bot.KindPerson) || e.DedupeID != string(body.Message.ID) {
				t.Errorf("event %+v", e)
			}
			return p.keepErr
		},
	}}
	return poller.Poll(t.Context(), "oc_1")
}

// message is a message of the history, n seconds after the start.
func message(id bot.MessageID, kind bot.Kind, n int) bot.Seen {
	return bot.Seen{Message: bot.Message{ID: id, Chat: "oc_1", Kind: kind, At: start().Add(time.Duration(n) * time.Second)}, From: "cli_a", Type: "text"}
}

func TestPoll(t *testing.T) {
	t.Parallel()
	gone := message("om_gone", bot.KindBot, 4)
	gone.Gone = true
	history := func() []bot.HistoryPage { // the newest first
		return []bot.HistoryPage{
			{Messages: []bot.Seen{message("om_own", bot.KindOwn, 30), message("om_c", bot.KindBot, 20)}, Next: "2"},
			{Messages: []bot.Seen{message("om_b", bot.KindPerson, 10), gone, message("om_a", bot.KindBot, 1)}},
		}
	}
	own := rule(bot.WatchEach, 0)
	own.Filter.Bots = []bot.BotRef{{Me: true}}
	off := rule(bot.WatchEach, 0)
	off.State = bot.WatchOff
	for name, row := range map[string]struct {
		rule   bot.WatchRule
		set    func(*polled)
		kept   []bot.MessageID
		cursor time.Time
	}{
		"other bots, the oldest first":  {rule(bot.WatchEach, 0), nil, []bot.MessageID{"om_a", "om_b", "om_c"}, start().Add(30 * time.Second)},
		"our own":                       {own, nil, []bot.MessageID{"om_own"}, start().Add(30 * time.Second)},
		"our own answers":               {own, func(p *polled) { p.known = bot.Message{Answer: true} }, nil, start().Add(30 * time.Second)},
		"as events":                     {rule(bot.WatchEach, 0), func(p *polled) { p.visibility = bot.VisibilityEvents }, nil, start()},
		"switched off":                  {own, func(p *polled) { p.visibility = bot.VisibilityOff }, nil, start()},
		"no rule that counts":           {off, nil, nil, start()},
		"the turn of another replica":   {rule(bot.WatchEach, 0), func(p *polled) { p.mine = false }, nil, start()},
		"the first time it looks ahead": {rule(bot.WatchEach, 0), func(p *polled) { p.cursor = time.Time{} }, nil, start().Add(time.Minute)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPolled(row.rule)
			p.pages = history()
			if row.set != nil {
				row.set(p)
			}
			if err := p.poll(t); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(row.kept, p.kept); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			if !p.cursor.Equal(row.cursor) {
				t.Errorf("the cursor is at %s, want %s", p.cursor, row.cursor)
			}
		})
	}
}

// TestPollFails: what could not be passed on is listed again.
func TestPollFails(t *testing.T) {
	t.Parallel()
	away := bot.Errorf(bot.Unavailable, "away")
	p := newPolled(rule(bot.WatchEach, 0))
	p.pages, p.keepErr = []bot.HistoryPage{{Messages: []bot.Seen{message("om_a", bot.KindBot, 1)}}}, away
	if err := p.poll(t); bot.KindOf(err) != bot.Unavailable || !p.cursor.Equal(start()) {
		t.Errorf("error %v, the cursor is at %s", err, p.cursor)
	}
	p.err = away
	if err := p.poll(t); bot.KindOf(err) != bot.Unavailable || !p.cursor.Equal(start()) {
		t.Errorf("error %v, the cursor is at %s", err, p.cursor)
	}
}

// TestPollLooksBack: the platform's times are to the second, and a message may become visible late.
func TestPollLooksBack(t *testing.T) {
	t.Parallel()
	p := newPolled(rule(bot.WatchEach, 0))
	p.pages = []bot.HistoryPage{{}}
	if err := p.poll(t); err != nil {
		t.Fatal(err)
	}
	if len(p.asked) != 1 || !p.asked[0].Since.Before(start()) || p.asked[0].Until.Before(p.now) {
		t.Errorf("asked %+v", p.asked)
	}
}

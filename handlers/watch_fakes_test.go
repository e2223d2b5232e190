package handlers_test

import (
	"context"
	"log/slog"
	"maps"
	"slices"
	"time"

	"recallbot/bot"
	"recallbot/handlers"
	"recallbot/recall/watch"
)

// fakeWatch is what is stored for rules: what they caught and recalled, notices and timers; and the history of a chat.
type fakeWatch struct {
	caught     map[string][]bot.MessageID
	spent      map[string]int
	notices    map[string]bot.Notice
	open       map[string]string
	last       string // the key of the newest notice
	timers     map[string]bot.WatchDue
	visibility bot.Visibility
	entries    []watch.Entry
	readErr    error
	reads      func() // called between the pages of the history
	// loads is called when a notice is loaded.
	loads func(key string)
}

func newFakeWatch() *fakeWatch {
	return &fakeWatch{
		caught: map[string][]bot.MessageID{}, spent: map[string]int{}, notices: map[string]bot.Notice{}, open: map[string]string{},
		timers: map[string]bot.WatchDue{}, visibility: bot.VisibilityEvents, loads: func(string) {}, reads: func() {},
	}
}

func (f *fakeWatch) Spend(_ context.Context, _ bot.ChatID, rule string, _ bot.MessageID, limit int) (bool, error) {
	f.spent[rule]++
	return f.spent[rule] <= limit, nil
}

func (f *fakeWatch) Catch(_ context.Context, _ bot.ChatID, rule string, id bot.MessageID, _ time.Time) error {
	if !slices.Contains(f.caught[rule], id) {
		f.caught[rule] = append(f.caught[rule], id)
	}
	return nil
}

func (f *fakeWatch) Caught(_ context.Context, _ bot.ChatID, rules []string, _ time.Time) (map[string]int, error) {
	counts := map[string]int{}
	for _, rule := range rules {
		counts[rule] = len(f.caught[rule])
	}
	return counts, nil
}

func (f *fakeWatch) Add(_ context.Context, about bot.Notice, post bot.WindowPost, _ time.Duration) (key string, isNew bool, err error) {
	key, known := f.open[about.Name()]
	if !known {
		about.Senders = map[string]int{}
		key = about.Key
		f.open[about.Name()], f.notices[key], f.last = key, about, key
	}
	notice := f.notices[key]
	if post.ID != "" && !slices.Contains(notice.Posts, post.ID) {
		notice.Count++
		notice.Posts = append(notice.Posts, post.ID)
		notice.Senders = maps.Clone(notice.Senders)
		notice.Senders[post.Sender]++
	}
	f.notices[key] = notice
	return key, !known, nil
}

func (f *fakeWatch) Open(_ context.Context, _ bot.ChatID, name string) (string, error) {
	return f.open[name], nil
}

func (f *fakeWatch) Close(_ context.Context, about bot.Notice) error {
	delete(f.open, about.Name())
	return nil
}

func (f *fakeWatch) Load(_ context.Context, _ bot.ChatID, key string) (bot.Notice, bool, error) {
	f.loads(key)
	notice, ok := f.notices[key]
	return notice, ok, nil
}

func (f *fakeWatch) Posts(_ context.Context, _ bot.ChatID, key string) ([]bot.MessageID, error) {
	return f.notices[key].Posts, nil
}

func (f *fakeWatch) SetTimer(_ context.Context, name string, _ time.Time, due bot.WatchDue) error {
	f.timers[name] = due
	return nil
}

func (f *fakeWatch) Visibility(context.Context, bool) bot.Visibility { return f.visibility }

// Matches reports cards.
func (f *fakeWatch) Matches(_ bot.WatchRule, post bot.Seen) bool { return post.Type == "interactive" }

// Read returns the entries, a page each.
func (f *fakeWatch) Read(
	_ context.Context, _ bot.ChatID, _, _ time.Time, _ func(bot.Seen) bool, more func(read int) (bool, error),
) (found []watch.Entry, part bool, err error) {
	if f.readErr != nil {
		return nil, false, f.readErr
	}
	for i := range f.entries {
		f.reads()
		goesOn, err := more(i + 1)
		if err != nil || !goesOn {
			return f.entries[:i+1], true, err
		}
	}
	return f.entries, false, nil
}

func (f *fakeWatch) Indexed(context.Context, bot.ChatID, time.Time, time.Time) ([]watch.Entry, error) {
	return f.entries, nil
}

func (d *harness) notices(a *handlers.Answers) *handlers.WatchNotices {
	return &handlers.WatchNotices{
		Answers: a, Rights: d.recaller, Settings: d.settings, Jobs: d.jobs, Notices: d.watched, Read: d.records.Read, SetTimer: d.watched.SetTimer, Now: d.now,
	}
}

// maxRuleRecalls is how many posts a rule recalls in an hour.
const maxRuleRecalls = 2

func (d *harness) watch(notices *handlers.WatchNotices) *handlers.Watch {
	return &handlers.Watch{
		Recaller: d.recaller, Rights: d.recaller, Settings: d.settings, Windows: d.watched, Notices: notices, MaxRecalls: maxRuleRecalls,
		Senders: &handlers.WatchSenders{
			Once: d.once, Read: d.records.Read, Log: slog.New(slog.DiscardHandler),
			Bots: func(context.Context, bot.ChatID) ([]bot.ChatBot, error) { return d.records.bots, nil },
		},
	}
}

// caughtPost is a post of a bot that the rule "loud" caught, some seconds after the harness's time.
func (d *harness) caughtPost(id bot.MessageID, after time.Duration) bot.Said {
	return bot.Said{
		Message: bot.Message{ID: id, Chat: "oc_1", Kind: bot.KindBot, At: d.clock.Add(after)},
		Watch:   &bot.WatchFacts{Rules: []string{"loud"}, Sender: "cli_news", Name: "News"},
	}
}

// withRule gives the chat oc_1 the rule "loud", and the owner ou_1.
func (d *harness) withRule(act bot.WatchAct, state bot.WatchState) {
	d.settings.chats["oc_1"] = bot.Settings{Watch: []bot.WatchRule{{Name: "loud", Act: act, State: state, Since: d.clock}}}
	d.posts.chats = map[bot.ChatID]bot.Chat{"oc_1": {Owner: "ou_1", Managers: []bot.UserID{"ou_2"}}}
}

// showNotices runs the timers of notices.
func (f *fakeWatch) due() []bot.WatchDue {
	var due []bot.WatchDue
	for name, one := range f.timers {
		if one.Notice != "" {
			due = append(due, one)
			delete(f.timers, name)
		}
	}
	return due
}

package handlers_test

import (
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	"recallbot/bot"
	"recallbot/handlers"
	"recallbot/handlers/text"
	"recallbot/recall/policy"
)

// harness is the bot's behaviours with fakes around them.
type harness struct {
	speaker  *speaker
	recaller *recaller
	once     *once
	topic    *topic
	records  *records
	left     *leftChats
	settings *chatSettings
	votes    *votes
	history  *fakeHistory
	cards    *cards
	jobs     *fakeJobs
	archive  *fakeArchive
	posts    *fakePosts
	timers   *fakeTimers
	watched  *fakeWatch
	found    []bot.Finding
	config   handlers.Config
	window   handlers.RecallWindow
	clock    time.Time
	all      *bot.Dispatcher
}

func newHarness(t *testing.T, settings ...func(*handlers.Config)) *harness {
	t.Helper()
	config := handlers.Defaults()
	for _, set := range settings {
		set(&config)
	}
	d := &harness{
		speaker: &speaker{keys: map[string]bool{}, faults: map[string][]fault{}},
		recaller: &recaller{
			may: policy.Decision{Allow: true, Rule: "owner"}, manage: policy.Decision{Allow: true, Rule: "owner"},
		},
		settings: &chatSettings{chats: map[bot.ChatID]bot.Settings{}},
		votes:    &votes{people: map[bot.MessageID][]bot.UserID{}},
		history:  &fakeHistory{index: map[bot.MessageID]bot.Message{}, replies: map[bot.MessageID][]bot.MessageID{}},
		topic:    &topic{},
		records:  &records{},
		left:     &leftChats{},
		jobs:     &fakeJobs{},
		posts:    &fakePosts{},
		timers:   &fakeTimers{set: map[string]bot.Due{}},
		watched:  newFakeWatch(),
		archive:  &fakeArchive{posts: map[bot.JobID][]bot.Archived{}, undoing: map[bot.JobID]bot.JobID{}, lost: map[bot.JobID]bot.Counts{}},
		clock:    time.Date(2026, 9, 1, 10, 0, 0, 0, time.UTC),
	}
	d.cards, d.recaller.set = &cards{speaker: d.speaker}, d.settings
	d.once = &once{now: d.now, until: map[string]time.Time{}, kept: map[string]string{}}
	d.config = config
	d.rebuild(t)
	return d
}

// check is what the doctor finds in the chat oc_1.
func (d *harness) check(_ context.Context, chat bot.ChatID) []bot.Finding {
	if chat != "oc_1" {
		return []bot.Finding{{Name: "chat", Level: bot.LevelBad, Args: []string{string(chat)}}}
	}
	return d.found
}

func (d *harness) now() time.Time { return d.clock }

func (d *harness) answers(t *testing.T) *handlers.Answers {
	t.Helper()
	defaults, err := d.config.ChatDefaults()
	if err != nil {
		t.Fatal(err)
	}
	return &handlers.Answers{
		Speaker: d.speaker, Cards: d.cards, Once: d.once, Settings: d.settings, Recaller: d.recaller, Rights: d.recaller, Chat: d.posts.Chat, MayGrant: true, Self: func() string { return "RecallBot" },
		Log: slog.New(slog.DiscardHandler), Defaults: func() handlers.ChatDefaults { return defaults },
	}
}

// rebuild makes the behaviours again.
func (d *harness) rebuild(t *testing.T) {
	t.Helper()
	a, r, log := d.answers(t), d.recaller, slog.New(slog.DiscardHandler)
	jobCards := handlers.JobCards{Once: d.once, Jobs: d.jobs, Now: d.now}
	notices := d.notices(a)
	rules := &handlers.WatchRules{
		Answers: a, Settings: d.settings, Rights: r, Windows: d.watched, Notices: notices, Rules: d.watched, Reader: d.watched, Visibility: d.watched.Visibility, Now: d.now,
	}
	list := handlers.List(
		&handlers.Recall{JobCards: jobCards, Answers: a, Recaller: r, Rights: r, Read: d.posts.Post, Find: d.history.Find, NewestKnown: d.topic.newestKnown, NewestOwn: d.topic.NewestOwn},
		&handlers.Reactions{JobCards: jobCards, Answers: a, Recaller: r, Settings: d.settings, Vote: d.votes.Vote},
		&handlers.Cascade{JobCards: jobCards, Recaller: r, Settings: d.settings, Find: d.history.Find, Replies: d.history.To, History: d.history.History, Log: log},
		&handlers.Clean{Answers: a, Rights: r, Jobs: d.jobs, Now: d.now},
		&handlers.Ask{Answers: a, Recaller: r, Rights: r, Read: d.posts.Post},
		&handlers.Batch{Answers: a, Jobs: d.jobs, May: d.archive.MayBatch, Now: d.now},
		&handlers.Undo{Answers: a, Rights: r, Jobs: d.jobs, Once: d.once, Archive: d.archive},
		&handlers.JobCommands{Answers: a, Jobs: d.jobs, Now: d.now},
		&handlers.JobButtons{Answers: a, Jobs: d.jobs, Presses: d.jobs.presses()},
		&handlers.Mine{Answers: a, Recaller: r, Posts: d.posts, Jobs: d.jobs, Read: d.posts.Post, Now: d.now},
		&handlers.Log{
			Answers: a, Rights: r, Recent: d.records.Recent, Job: d.jobs.Find, Read: d.records.Read, Excerpt: d.records.Excerpt, Bots: func(context.Context, bot.ChatID) ([]bot.ChatBot, error) { return d.records.bots, nil }, Now: d.now,
		},
		&handlers.Doctor{Answers: a, MayBatch: d.archive.MayBatch, Check: d.check, Site: text.Site{BaseURL: "https://open.feishu.cn", App: "cli_1"}},
		&handlers.Lifetimes{
			Answers: a, Settings: d.settings, Rights: r, Jobs: d.jobs, SetTimer: d.timers.Set, Oldest: d.timers.Oldest, Count: d.timers.Count, Once: d.once,
			Window: d.window, Now: d.now,
		},
		&handlers.ChatSettings{Answers: a, Settings: d.settings, Rights: r, Once: d.once, Cards: d.cards, Now: d.now},
		d.watch(notices), notices, rules, &handlers.Reports{WatchRules: rules, Recent: d.records.Recent, SetTimer: d.watched.SetTimer},
		&handlers.Consent{Answers: a},
		&handlers.ChatLeft{Forget: d.left.Leave},
		&handlers.Help{Answers: a, Rights: r, Settings: d.settings},
	)
	var err error
	if d.all, err = bot.NewDispatcher(list...); err != nil {
		t.Fatal(err)
	}
}

// elsewhere is an answer about the group that is given in the two-person chat.
func elsewhere(said string) []string {
	return []string{"tell ou_1: " + zh(text.AboutChat, "chat", "Room oc_1") + "\n" + said, "react om_cmd GLANCE"}
}

func english(c *handlers.Config) { c.Language = string(text.English) }

// reply is a person's reply to a message of the group, a minute ago.
func (d *harness) reply(cmd bot.Command) bot.Said {
	return bot.Said{
		Message: bot.Message{ID: "om_cmd", Chat: "oc_1", Kind: bot.KindPerson, At: d.clock.Add(-time.Minute)},
		Root:    "om_post", Parent: "om_post", By: "ou_1", Command: &cmd,
	}
}

// run is the first run of the event's work.
func (d *harness) run(t *testing.T, body any) error {
	t.Helper()
	return d.deliver(t, bot.Delivery{Event: bot.Event{ID: "e1", Body: body}, Attempt: 1})
}

func (d *harness) deliver(t *testing.T, delivery bot.Delivery) error {
	t.Helper()
	if !d.all.Wants(delivery.Event) {
		t.Fatalf("nobody wants %+v", delivery.Event.Body)
	}
	return d.all.Dispatch(t.Context(), delivery)
}

// wasShown makes a card one that was shown with a button of that key.
func (d *harness) wasShown(t *testing.T, id bot.MessageID, key string) {
	t.Helper()
	d.keep(t, "shown/"+string(id), key)
}

func (d *harness) keep(t *testing.T, key, value string) {
	t.Helper()
	if _, err := d.once.Keep(t.Context(), key, value, time.Hour); err != nil {
		t.Fatal(err)
	}
}

// does runs the event's work, which must end well.
func (d *harness) does(t *testing.T, body any) {
	t.Helper()
	if err := d.run(t, body); err != nil {
		t.Errorf("handling %T = %v", body, err)
	}
}

// zh and en are a text in Chinese and in English.
func zh(key text.Key, args ...any) string { return text.Chinese.Say(key, args...) }

func en(key text.Key, args ...any) string { return text.English.Say(key, args...) }

// body is the text of the only thing that was said.
func (d *harness) body(t *testing.T) string {
	t.Helper()
	if len(d.speaker.arrived) != 1 {
		t.Fatalf("arrived %q, want one answer", d.speaker.arrived)
	}
	_, said, _ := strings.Cut(d.speaker.arrived[0], ": ")
	return said
}

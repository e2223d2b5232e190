package handlers_test

import (
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
	speaker   *speaker
	recaller  *recaller
	once      *once
	topic     *topic
	records   *records
	rooms     *rooms
	settings  *chatSettings
	votes     *votes
	past      *past
	cards     *cards
	line      *line
	takes     *takes
	shelf     *shelf
	clockwork *clockwork
	config    handlers.Config
	parts     handlers.Parts
	clock     time.Time
	all       *bot.Dispatcher
}

func newDesk(t *testing.T, settings ...func(*handlers.Config)) *harness {
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
		settings:  &chatSettings{chats: map[bot.ChatID]bot.Settings{}},
		votes:     &votes{people: map[bot.MessageID][]bot.UserID{}},
		past:      &past{index: map[bot.MessageID]bot.Message{}, replies: map[bot.MessageID][]bot.MessageID{}},
		topic:     &topic{},
		records:   &records{},
		rooms:     &rooms{},
		line:      &line{},
		shelf:     &shelf{},
		clockwork: &clockwork{set: map[string]bot.Due{}},
		takes:     &takes{posts: map[bot.JobID][]bot.Archived{}, undoing: map[bot.JobID]bot.JobID{}, lost: map[bot.JobID]bot.Counts{}},
		clock:     time.Date(2026, 9, 1, 10, 0, 0, 0, time.UTC),
	}
	d.cards, d.recaller.set = &cards{speaker: d.speaker}, d.settings
	now := func() time.Time { return d.clock }
	d.once = &once{now: now, until: map[string]time.Time{}, kept: map[string]string{}}
	d.parts = handlers.Parts{
		Recaller: d.recaller, Speaker: d.speaker, Topics: d.topic, OwnPosts: indexed{d.topic}, Once: d.once, Log: d.records,
		Doctor: examiner{}, Chats: d.rooms, Cards: d.cards, Settings: d.settings, Votes: d.votes, Messages: d.past,
		Replies: d.past, History: d.past, Jobs: d.line, Presses: d.line,
		Archive: d.takes, BatchRights: d.takes, Posts: d.shelf, Groups: d.shelf, Reads: d.shelf, Rooms: d.shelf,
		Timers: d.clockwork, Oldest: d.clockwork,
		Logger: slog.New(slog.DiscardHandler), Now: now,
	}
	d.config = config
	d.rebuild(t)
	return d
}

// rebuild makes the behaviours of the parts anew.
func (d *harness) rebuild(t *testing.T) {
	t.Helper()
	list, err := handlers.New(d.config, d.parts)
	if err != nil {
		t.Fatal(err)
	}
	if d.all, err = bot.NewDispatcher(list...); err != nil {
		t.Fatal(err)
	}
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

package bot_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"recallbot/bot"
)

// intakeStore is the index, the role cache and the queue. It records the calls in order.
type intakeStore struct {
	log    []string
	seen   map[string]bool
	broken string
}

func (g *intakeStore) do(what, about string) error {
	if g.broken == what {
		return bot.Errorf(bot.Unavailable, "%s %s: no answer", what, about)
	}
	g.log = append(g.log, what+" "+about)
	return nil
}

func (g *intakeStore) Add(_ context.Context, messages ...bot.Message) error {
	for _, m := range messages {
		if err := g.do("add", string(m.ID)); err != nil {
			return err
		}
	}
	return nil
}

func (g *intakeStore) Forget(_ context.Context, id bot.MessageID) error {
	return g.do("forget", string(id))
}

func (g *intakeStore) Drop(_ context.Context, chat bot.ChatID) error {
	return g.do("drop", string(chat))
}

func (g *intakeStore) Put(_ context.Context, e bot.Event, seen ...string) (bool, error) {
	if err := g.do("put", string(e.ID)+" as "+strings.Join(seen, ",")); err != nil {
		return false, err
	}
	fresh := !slices.ContainsFunc(seen, func(id string) bool { return g.seen[id] })
	for _, id := range seen {
		g.seen[id] = true
	}
	return fresh, nil
}

// intake has handlers for commands, reactions and chats that the bot left.
func intake(t *testing.T) (*bot.Intake, *intakeStore) {
	t.Helper()
	nothing := func(context.Context, bot.Delivery) error { return nil }
	wants := func(e bot.Event) bool {
		switch body := e.Body.(type) {
		case bot.Said:
			return body.Command != nil || body.Watch != nil
		case bot.Reacted:
			return body.Emoji == "CrossMark"
		case bot.ChatLeft:
			return true
		default:
			return false
		}
	}
	d, err := bot.NewDispatcher(bot.Handler{Name: "all", Want: wants, Handle: nothing})
	if err != nil {
		t.Fatal(err)
	}
	g := &intakeStore{seen: map[string]bool{}}
	noRule := func(context.Context, bot.Event) (func() (bot.Event, error), error) {
		return nil, nil //nolint:nilnil // no rule is about it
	}
	return &bot.Intake{Index: g, DropRoles: g.Drop, Put: g.Put, Note: noRule, Dispatcher: d}, g
}

func said(event bot.EventID, id bot.MessageID, cmd *bot.Command) bot.Event {
	return bot.Event{
		ID: event, Type: bot.TypeSaid, DedupeID: string(id),
		Body: bot.Said{Message: bot.Message{ID: id, Chat: "oc_1", Kind: bot.KindPerson}, By: "ou_1", Command: cmd},
	}
}

// TestKeepNotesAndQueuesWhatIsWanted: the work of a command does not wait for the index.
func TestKeepNotesAndQueuesWhatIsWanted(t *testing.T) {
	t.Parallel()
	rows := []struct {
		name  string
		event bot.Event
		kept  bot.Kept
		log   []string
	}{
		{"talk", said("e1", "om_1", nil), bot.KeptNoted, []string{"add om_1"}},
		{"a command", said("e1", "om_1", &bot.Command{}), bot.KeptQueued, []string{"put e1 as e1,om_1", "add om_1"}},
		{
			"a wanted reaction",
			bot.Event{ID: "e1", Body: bot.Reacted{Message: "om_1", Emoji: "CrossMark"}},
			bot.KeptQueued,
			[]string{"put e1 as e1"},
		},
		{"another reaction", bot.Event{ID: "e1", Body: bot.Reacted{Message: "om_1", Emoji: "OK"}}, bot.KeptIgnored, nil},
		{"a recall", bot.Event{ID: "e1", Body: bot.Recalled{Message: "om_1", Chat: "oc_1"}}, bot.KeptNoted, []string{"forget om_1"}},
		{"a chat changed", bot.Event{ID: "e1", Body: bot.ChatUpdated{Chat: "oc_1"}}, bot.KeptNoted, []string{"drop oc_1"}},
		{"a chat left", bot.Event{ID: "e1", Body: bot.ChatLeft{Chat: "oc_1"}}, bot.KeptQueued, []string{"put e1 as e1"}},
		{"nothing we know", bot.Event{ID: "e1", Type: "im.message.message_read_v1"}, bot.KeptIgnored, nil},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			in, g := intake(t)
			kept, err := in.Keep(t.Context(), row.event)
			if err != nil || kept != row.kept {
				t.Errorf("Keep = %q, %v; want %q", kept, err, row.kept)
			}
			if diff := cmp.Diff(row.log, g.log); diff != "" {
				t.Errorf("what was done (-want +got):\n%s", diff)
			}
		})
	}
}

func TestKeepDropsRepetitionsByEitherID(t *testing.T) {
	t.Parallel()
	in, g := intake(t)
	steps := []struct {
		name  string
		event bot.Event
		want  bot.Kept
	}{
		{"first", said("e1", "om_1", &bot.Command{}), bot.KeptQueued},
		{"the same event", said("e1", "om_1", &bot.Command{}), bot.KeptRepeated},
		{"the same message by another event", said("e2", "om_1", &bot.Command{}), bot.KeptRepeated},
		{"another message", said("e3", "om_2", &bot.Command{}), bot.KeptQueued},
	}
	for _, step := range steps {
		kept, err := in.Keep(t.Context(), step.event)
		if err != nil || kept != step.want {
			t.Errorf("%s: Keep = %q, %v; want %q", step.name, kept, err, step.want)
		}
	}
	if g.log[3] != "add om_1" {
		t.Errorf("a repeated message is not noted again: %q", g.log)
	}
}

func TestKeepIsNotSafeUntilEverythingIsKept(t *testing.T) {
	t.Parallel()
	rows := []struct {
		name   string
		broken string
		event  bot.Event
		log    []string
	}{
		{"index away, talk", "add", said("e1", "om_1", nil), nil},
		{"index away, command", "add", said("e1", "om_1", &bot.Command{}), []string{"put e1 as e1,om_1"}},
		{"index away, recall", "forget", bot.Event{ID: "e1", Body: bot.Recalled{Message: "om_1"}}, nil},
		{"roles away", "drop", bot.Event{ID: "e1", Body: bot.ChatUpdated{Chat: "oc_1"}}, nil},
		{"queue away", "put", said("e1", "om_1", &bot.Command{}), nil},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			in, g := intake(t)
			g.broken = row.broken
			if _, err := in.Keep(t.Context(), row.event); bot.KindOf(err) != bot.Unavailable {
				t.Errorf("Keep = %v, want unavailable", err)
			}
			if diff := cmp.Diff(row.log, g.log); diff != "" {
				t.Errorf("what was done (-want +got):\n%s", diff)
			}
			g.broken = ""
			if _, err := in.Keep(t.Context(), row.event); err != nil {
				t.Errorf("Keep, when all is back = %v", err)
			}
		})
	}
}

// TestACommandIsQueuedOnceWhereOneOfTheTwoFails: the event comes again until its message is in the index and its work in the queue.
func TestACommandIsQueuedOnceWhereOneOfTheTwoFails(t *testing.T) {
	t.Parallel()
	for broken, want := range map[string]bot.Kept{"add": bot.KeptRepeated, "put": bot.KeptQueued} {
		in, g := intake(t)
		g.broken = broken
		for range 2 {
			if kept, err := in.Keep(t.Context(), said("e1", "om_1", &bot.Command{})); bot.KindOf(err) != bot.Unavailable || kept != "" {
				t.Errorf("%s fails: Keep = %q, %v; want unavailable", broken, kept, err)
			}
		}
		g.broken = ""
		if kept, err := in.Keep(t.Context(), said("e1", "om_1", &bot.Command{})); err != nil || kept != want {
			t.Errorf("%s works again: Keep = %q, %v; want %q", broken, kept, err, want)
		}
		if !slices.Contains(g.log, "add om_1") || !g.seen["e1"] {
			t.Errorf("%s failed: only %q was done", broken, g.log)
		}
	}
}

// TestKeepJudges: the index is written while the rules judge a message, and a command waits for both. What a rule caught is queued.
func TestKeepJudges(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		caught bool
		broken string
		cmd    *bot.Command
		kept   bot.Kept
		log    []string
	}{
		"nothing caught": {kept: bot.KeptNoted, log: []string{"judge om_1", "add om_1", "verdict om_1"}},
		"caught":         {caught: true, kept: bot.KeptQueued, log: []string{"judge om_1", "add om_1", "verdict om_1", "put e1 as e1,om_1"}},
		"a command":      {cmd: &bot.Command{}, kept: bot.KeptQueued, log: []string{"judge om_1", "verdict om_1", "put e1 as e1,om_1", "add om_1"}},
		"rules away":     {broken: "judge"},
		"verdict away":   {broken: "verdict", log: []string{"judge om_1", "add om_1"}},
		"index away":     {caught: true, broken: "add", log: []string{"judge om_1", "verdict om_1"}},
		"queue away":     {caught: true, broken: "put", log: []string{"judge om_1", "add om_1", "verdict om_1"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			in, g := intake(t)
			g.broken = row.broken
			in.Note = func(_ context.Context, e bot.Event) (func() (bot.Event, error), error) {
				body, _ := e.Body.(bot.Said)
				id := string(body.Message.ID)
				return func() (bot.Event, error) {
					if row.caught {
						body.Watch = &bot.WatchFacts{Rules: []string{"flood"}}
						e.Body = body
					}
					return e, g.do("verdict", id)
				}, g.do("judge", id)
			}
			kept, err := in.Keep(t.Context(), said("e1", "om_1", row.cmd))
			if (row.broken == "") != (err == nil) || row.broken != "" && bot.KindOf(err) != bot.Unavailable || kept != row.kept {
				t.Errorf("Keep = %q, %v; want %q", kept, err, row.kept)
			}
			if diff := cmp.Diff(row.log, g.log); diff != "" {
				t.Errorf("what was done (-want +got):\n%s", diff)
			}
		})
	}
}

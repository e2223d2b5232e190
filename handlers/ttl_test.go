package handlers_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"recallbot/bot"
	"recallbot/handlers"
	"recallbot/handlers/text"
	"recallbot/recall/policy"
)

// fakeTimers is the timers that were set, and when the oldest post was made; fail is why that can't be told.
type fakeTimers struct {
	set    map[string]bot.Due
	oldest time.Time
	fail   error
	asked  []bot.Filter
	count  int
}

func (c *fakeTimers) Set(_ context.Context, name string, due bot.Due) error {
	c.set[name] = due
	return nil
}

func (c *fakeTimers) Oldest(_ context.Context, _ bot.ChatID, filter bot.Filter, _ time.Time) (time.Time, error) {
	c.asked = append(c.asked, filter)
	if c.oldest.Before(filter.Since) {
		return time.Time{}, c.fail
	}
	return c.oldest, c.fail
}

// Count is 1 where the oldest post is older than the filter's end.
func (c *fakeTimers) Count(_ context.Context, _ bot.ChatID, filter bot.Filter, _ time.Time) (int, error) {
	if c.oldest.IsZero() || c.oldest.After(filter.Until) {
		return 0, nil
	}
	return c.count, c.fail
}

const ofCards = "ttl/oc_1/interactive"

func TestTTL(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		say    string
		set    func(*harness)
		at     time.Duration // from now; 0 for no timer
		told   string
		rights bool
	}{
		"nothing there":    {"24h --type card", nil, 24 * time.Hour, "My posts here of the type card: recalled after 24 h, next at 09-02 18:00.", true},
		"an old post":      {"24h --type card", func(d *harness) { d.timers.oldest = d.clock.Add(-20 * time.Hour) }, 4 * time.Hour, "next at 22:00.", true},
		"one that is over": {"24h --type card", func(d *harness) { d.timers.oldest = d.clock.Add(-30 * time.Hour) }, time.Nanosecond, "next at 18:00.", true},
		"one that is over, and many need a second person": {
			"24h --type card", func(d *harness) {
				d.timers.oldest = d.clock.Add(-30 * time.Hour)
				d.settings.chats["oc_1"] = bot.Settings{ApproveFrom: 3}
			}, 24 * time.Hour, "Posts that are already here stay", true,
		},
		"beyond the window": {
			"7d --type card", func(d *harness) {
				d.window = handlers.RecallWindow{Length: 24 * time.Hour, MaxLife: 24*time.Hour - 5*time.Minute}
				d.rebuild(t)
			}, 24*time.Hour - 5*time.Minute,
			"Your organisation allows recalls only within 24 h of sending", true,
		},
		"no right":       {"24h --type card", func(d *harness) { d.recaller.manage = policy.Decision{Reason: bot.ReasonOnlyOwners} }, 0, en("reasons.only_owners.full"), false},
		"unreadable":     {"24h --type card", func(d *harness) { d.timers.fail = &bot.Error{Kind: bot.Denied, Reason: bot.ReasonNoHistory} }, 0, en(text.Reason(bot.ReasonNoHistory)), true},
		"no lifetime":    {"soon", nil, 0, en("filter.life", "word", "soon"), true},
		"nothing to end": {"off", nil, 0, en(text.TTLNone), true},
		"none":           {"list", nil, 0, en(text.TTLNone), true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newHarness(t, english)
			if row.set != nil {
				row.set(d)
			}
			d.does(t, d.reply(bot.Command{Verb: bot.VerbTTL, Args: strings.Fields(row.say)}))
			if got := d.body(t); !strings.Contains(got, row.told) {
				t.Errorf("told %q, want %q", got, row.told)
			}
			due, ok := d.timers.set[ofCards]
			if ok != (row.at > 0) {
				t.Fatalf("timer %t: %+v", ok, due)
			}
			if ok && due.At.Sub(d.clock) != row.at.Truncate(time.Microsecond) {
				t.Errorf("due in %s, want %s", due.At.Sub(d.clock), row.at)
			}
			if got := len(d.settings.chats["oc_1"].Lifetimes) > 0; got != ok {
				t.Errorf("set %t, timer %t", got, ok)
			}
		})
	}
}

// TestTTLRuns recalls what is due by a job without confirmation, and sets the next time; if the lifetime was ended, nothing happens.
func TestTTLRuns(t *testing.T) {
	t.Parallel()
	d := newHarness(t, english)
	due := bot.Due{Chat: "oc_1", Name: "interactive", At: d.clock, Since: d.clock.Add(-48 * time.Hour)}
	d.does(t, due)
	if len(d.jobs.started) != 0 || len(d.timers.set) != 0 {
		t.Fatalf("without a lifetime: started %+v, set %+v", d.jobs.started, d.timers.set)
	}
	d.settings.chats["oc_1"] = bot.Settings{Lifetimes: []bot.Lifetime{{Life: time.Hour, Types: []string{"interactive"}}}}
	d.timers.oldest = d.clock.Add(-10 * time.Minute)
	for range 2 {
		d.does(t, due)
	}
	first, again := d.jobs.started[0], d.jobs.started[1]
	if first.CauseID == "" || first.CauseID != again.CauseID {
		t.Errorf("works %q and %q", first.CauseID, again.CauseID)
	}
	f := first.Filter
	if first.Via != bot.ViaLifetime || first.Who != "" || !f.Bots[0].Me || f.Types[0] != "interactive" ||
		!f.Until.Equal(d.clock.Add(-time.Hour)) || !f.Since.Equal(due.Since) {
		t.Errorf("started %+v", first)
	}
	next := d.timers.set[ofCards]
	if !next.At.Equal(d.clock.Add(50*time.Minute)) || !next.Since.Equal(d.clock.Add(-2*time.Hour)) {
		t.Errorf("next %+v", next)
	}
	if looked := d.timers.asked[0]; !looked.Since.Equal(d.clock.Add(-time.Hour + time.Millisecond)) {
		t.Errorf("looked for the oldest from %s", looked.Since)
	}
	d.timers.oldest = d.clock.Add(-59*time.Minute - 59*time.Second)
	d.does(t, due)
	if next := d.timers.set[ofCards]; !next.At.Equal(d.clock.Add(time.Minute)) {
		t.Errorf("the next run is at %s, sooner than a minute", next.At)
	}
	d.timers.fail = &bot.Error{Kind: bot.Unavailable}
	if err := d.run(t, due); err == nil {
		t.Error("a run that can't look is not made again")
	}
	if err := d.deliver(t, bot.Delivery{Event: bot.Event{ID: "e9", Body: due}, Attempt: 24, Last: true}); err != nil {
		t.Errorf("after the last try: %v", err)
	}
	if next := d.timers.set[ofCards]; !next.At.Equal(d.clock.Add(10*time.Minute)) || !next.Since.Equal(due.Since) {
		t.Errorf("after the last try it comes again %+v", next)
	}
	d.timers.fail = &bot.Error{Kind: bot.Denied}
	d.does(t, due)
	if next := d.timers.set[ofCards]; !next.At.Equal(d.clock.Add(time.Hour)) {
		t.Errorf("a chat that can't be read is looked at again at %s", next.At)
	}
}

func TestTTLList(t *testing.T) {
	t.Parallel()
	d := newHarness(t, english)
	d.settings.chats["oc_1"] = bot.Settings{Lifetimes: []bot.Lifetime{{Life: 90 * time.Second}, {Life: 48 * time.Hour, Types: []string{"file"}}}}
	d.does(t, d.reply(bot.Command{Verb: bot.VerbTTL}))
	want := "All my posts here: recalled after 1 min 30 s, next at 18:01.\n" +
		"My posts here of the type file: recalled after 2 days, next at 09-03 18:00."
	if got := d.body(t); got != want {
		t.Errorf("told %q, want %q", got, want)
	}
	d = newHarness(t, english)
	d.recaller.may = policy.Decision{Reason: bot.ReasonNoSay}
	d.does(t, d.reply(bot.Command{Verb: bot.VerbTTL, Args: []string{"list"}}))
	if got := d.body(t); got != en(text.Reason(bot.ReasonNoSay)) {
		t.Errorf("told %q", got)
	}
}

// TestTTLInChinese says what is set as people would.
func TestTTLInChinese(t *testing.T) {
	t.Parallel()
	d := newHarness(t)
	d.settings.chats["oc_1"] = bot.Settings{Lifetimes: []bot.Lifetime{
		{Life: 10 * time.Second, Types: []string{"interactive", "image"}}, {Life: 24 * time.Hour},
	}}
	d.does(t, d.reply(bot.Command{Verb: bot.VerbTTL, Args: []string{"list"}}))
	lines := strings.Split(d.body(t), "\n")
	want := []string{"我在这里发的卡片、图片：发出 10 秒后自动撤回，下一次在 18:00。", "我在这里发的所有消息：发出 24 小时后自动撤回，下一次在 09-02 18:00。"}
	if !slices.Equal(lines, want) {
		t.Errorf("says %q", lines)
	}
}

// TestTTLAsksAboutOldPosts: posts that are older than a new lifetime go, or stay, as the person says who sets it; nothing is set
// before that.
func TestTTLAsksAboutOldPosts(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		button int
		told   string
		since  bool
	}{
		"recall them": {0, "My posts here of the type card: recalled after 24 h, next at 18:00.", false},
		"keep them":   {1, "My posts here of the type card: recalled after 24 h, next at 09-02 18:00.\n" + en(text.TTLNewOnly), true},
	} {
		d := newHarness(t, english)
		d.timers.oldest, d.timers.count = d.clock.Add(-30*time.Hour), 12
		d.does(t, d.reply(bot.Command{Verb: bot.VerbTTL, Args: strings.Fields("24h --type card")}))
		want := "Recall 12 old posts?\n12 of my posts here are older than 24 h. They are recalled as soon as you set this; pinned ones stay.\n" +
			"[Set and recall 12][For new posts only]"
		if got := d.shown(t); got != want || len(d.timers.set) > 0 || len(d.settings.chats["oc_1"].Lifetimes) > 0 {
			t.Fatalf("%s: asked %q, set %+v", name, got, d.timers.set)
		}
		press := bot.Pressed{
			Press: d.cards.shown[0].Parts[1].Buttons[row.button].Press, Message: "om_card", Chat: "oc_1", By: "ou_1", At: d.clock,
		}
		d.speaker.faults["edit_card"] = []fault{{err: errRefused}}
		deliver := func(id bot.EventID) {
			if err := d.deliver(t, bot.Delivery{Event: bot.Event{ID: id, Body: press}, Attempt: 1}); err != nil {
				t.Fatal(err)
			}
		}
		d.recaller.manage = policy.Decision{Reason: bot.ReasonOnlyOwners}
		other := press
		other.By = "ou_nobody"
		press, other = other, press
		deliver("e2")
		if len(d.timers.set) > 0 {
			t.Fatalf("%s: set by a person without the right", name)
		}
		d.recaller.manage = policy.Decision{Allow: true}
		press = other
		deliver("e3")
		due, ok := d.timers.set[ofCards]
		if told := d.speaker.arrived[len(d.speaker.arrived)-2]; told != "whisper oc_1 ou_1: "+row.told || !ok || due.Since.IsZero() == row.since {
			t.Errorf("%s: told %q, timer %+v", name, d.speaker.arrived, due)
		}
		deliver("e4")
		if told := d.speaker.arrived[len(d.speaker.arrived)-1]; told != "whisper oc_1 ou_1: "+en(text.PressedTwice) {
			t.Errorf("%s: pressed again, told %q", name, told)
		}
	}
}

// TestLifetimeThatIsNotSetIsNotConfirmed: the card stays as it is, and can be pressed again.
func TestLifetimeThatIsNotSetIsNotConfirmed(t *testing.T) {
	t.Parallel()
	d := newHarness(t, english)
	d.timers.oldest, d.timers.count = d.clock.Add(-30*time.Hour), 12
	d.does(t, d.reply(bot.Command{Verb: bot.VerbTTL, Args: []string{"24h"}}))
	press := bot.Pressed{Press: d.cards.shown[0].Parts[1].Buttons[0].Press, Message: "om_card", Chat: "oc_1", By: "ou_1", At: d.clock}
	d.timers.fail, d.speaker.arrived = &bot.Error{Kind: bot.Denied, Reason: bot.ReasonNoHistory}, nil
	if err := d.deliver(t, bot.Delivery{Event: bot.Event{ID: "p1", Body: press}, Attempt: 1}); err != nil {
		t.Fatal(err)
	}
	d.heard(t, "whisper oc_1 ou_1: "+en(text.Reason(bot.ReasonNoHistory)))
	d.timers.fail, d.speaker.arrived = nil, nil
	if err := d.deliver(t, bot.Delivery{Event: bot.Event{ID: "p2", Body: press}, Attempt: 1}); err != nil {
		t.Fatal(err)
	}
	if len(d.timers.set) != 1 {
		t.Errorf("set %+v, told %q", d.timers.set, d.speaker.arrived)
	}
}

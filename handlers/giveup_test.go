package handlers_test

import (
	"errors"
	"slices"
	"testing"

	"recallbot/bot"
	"recallbot/bot/command"
)

// asksForRoles are the commands that a person of unknown role may not carry out, each with whether the attempt is recorded.
func asksForRoles() map[string]bool {
	return map[string]bool{
		"/recall 5": true, "/recall clean --last 3": true, "/recall undo": true, "/recall settings": true,
		"/recall settings quiet on": true, "/recall ttl 1h": true, "/recall log": false, "/recall status": false,
		"/recall doctor": false, "/recall ttl list": true,
	}
}

// TestUnknownRoleRefusesNothing: every command waits for the role as long as a single recall does; then
// the person gets one answer.
func TestUnknownRoleRefusesNothing(t *testing.T) {
	t.Parallel()
	trouble := &bot.Error{Kind: bot.Unavailable, Op: "read chat", Reason: bot.ReasonUnchecked, Code: 2200, LogID: "l1"}
	silent := &bot.Error{Kind: bot.Unavailable, Op: "read chat", Reason: bot.ReasonUnchecked}
	for text, recorded := range asksForRoles() {
		cmd, ok := command.Parse(text, false)
		if !ok {
			t.Fatalf("%s is no command", text)
		}
		d := newHarness(t)
		said := d.reply(cmd)
		said.Parent, said.Root = "", ""
		run := func(attempt int, last bool) error {
			return d.deliver(t, bot.Delivery{Event: bot.Event{ID: "e1", Body: said}, Attempt: attempt, Redelivered: attempt > 1, Last: last})
		}
		d.recaller.mayErr = trouble
		for attempt := 1; attempt <= 7; attempt++ {
			if err := run(attempt, false); !errors.Is(err, trouble) || len(d.speaker.arrived)+len(d.recaller.refused) > 0 {
				t.Fatalf("%s, run %d: %v, told %q, recorded %q", text, attempt, err, d.speaker.arrived, d.recaller.refused)
			}
		}
		d.recaller.mayErr = silent
		if err := run(20, false); !errors.Is(err, silent) || len(d.speaker.arrived) > 0 {
			t.Errorf("%s, a platform that says nothing: %v, told %q", text, err, d.speaker.arrived)
		}
		d.recaller.mayErr = trouble
		if err := run(8, false); err != nil {
			t.Errorf("%s, after some time: %v", text, err)
		}
		d.heard(t, "whisper oc_1 ou_1: "+zh("reasons.could_not_check.full")+"（2200，日志 l1）")
		if want := []string{"role_unknown/could_not_check"}; recorded != slices.Equal(d.recaller.refused, want) {
			t.Errorf("%s: recorded %q", text, d.recaller.refused)
		}
	}
}

// TestTheLastRunSaysThatItFailed: the person gets an answer when a command is given up.
func TestTheLastRunSaysThatItFailed(t *testing.T) {
	t.Parallel()
	away := bot.Errorf(bot.Unavailable, "nobody answers")
	for text, recorded := range asksForRoles() {
		cmd, _ := command.Parse(text, false)
		d := newHarness(t)
		said := d.reply(cmd)
		said.Parent, said.Root = "", ""
		d.recaller.mayErr = away
		err := d.deliver(t, bot.Delivery{Event: bot.Event{ID: "e1", Body: said}, Attempt: 24, Redelivered: true, Last: true})
		if !errors.Is(err, away) {
			t.Errorf("%s: %v", text, err)
		}
		d.heard(t, "whisper oc_1 ou_1: "+zh("reasons.unavailable.full"))
		if want := []string{"no_target/unavailable"}; recorded != slices.Equal(d.recaller.refused, want) {
			t.Errorf("%s: recorded %q", text, d.recaller.refused)
		}
	}
}

// TestAPressThatFailsForTheMoment: it is tried again, and the person gets an answer when the last run fails.
func TestAPressThatFailsForTheMoment(t *testing.T) {
	t.Parallel()
	d := newHarness(t)
	trouble := &bot.Error{Kind: bot.Unavailable, Op: "read chat", Reason: bot.ReasonUnchecked, Code: 1663, LogID: "l1"}
	d.jobs.jobs, d.jobs.err = asking(), trouble
	body := pressed(bot.ActConfirm)
	for attempt := 1; attempt <= 7; attempt++ {
		if err := d.deliver(t, bot.Delivery{Event: bot.Event{ID: "e1", Body: body}, Attempt: attempt}); !errors.Is(err, trouble) {
			t.Errorf("run %d: %v", attempt, err)
		}
	}
	d.heard(t)
	if err := d.deliver(t, bot.Delivery{Event: bot.Event{ID: "e1", Body: body}, Attempt: 8}); err != nil {
		t.Error(err)
	}
	if len(d.speaker.arrived) != 1 || !slices.Equal(d.recaller.refused, []string{"role_unknown/could_not_check"}) {
		t.Errorf("told %q, recorded %q", d.speaker.arrived, d.recaller.refused)
	}
}

// TestHelpIsGivenWithoutARole: it waits for the role for a while, and then shows what all people may do.
func TestHelpIsGivenWithoutARole(t *testing.T) {
	t.Parallel()
	d := newHarness(t)
	d.recaller.mayErr = &bot.Error{Kind: bot.Unavailable, Op: "read chat", Reason: bot.ReasonUnchecked, Code: 2200, LogID: "l1"}
	cmd, _ := command.Parse("/recall help", false)
	said := bot.Event{ID: "e1", Body: d.reply(cmd)}
	if err := d.deliver(t, bot.Delivery{Event: said, Attempt: 1}); err == nil || len(d.speaker.arrived) > 0 {
		t.Errorf("at once: %v, told %q", err, d.speaker.arrived)
	}
	if err := d.deliver(t, bot.Delivery{Event: said, Attempt: 8}); err != nil || len(d.speaker.arrived) != 1 {
		t.Errorf("after some time: %v, told %q", err, d.speaker.arrived)
	}
}

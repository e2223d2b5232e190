package handlers_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"recallbot/bot"
	"recallbot/handlers/text"
)

func pressed(action bot.Action, change ...func(*bot.Pressed)) bot.Pressed {
	p := bot.Pressed{
		Press: bot.Press{Action: action, Job: "j1", Key: "k1"}, Message: "om_card", Chat: "oc_1", By: "ou_2",
	}
	for _, c := range change {
		c(&p)
	}
	return p
}

// asking is a job that its person was asked about in p2p.
func asking() []bot.Job {
	return []bot.Job{{
		ID: "j1", Chat: "oc_1", Who: "ou_2", State: bot.JobAsked, Key: "k1", Offered: "k1",
		Ask: bot.CardRef{ID: "om_asked", Chat: "oc_p2p"},
	}}
}

func TestPressesOfAJob(t *testing.T) {
	t.Parallel()
	for _, action := range []bot.Action{bot.ActConfirm, bot.ActCancel, bot.ActApprove, bot.ActRetry, bot.ActStop} {
		d := newHarness(t)
		d.jobs.jobs = asking()
		d.does(t, pressed(action))
		if diff := cmp.Diff([]string{string(action) + " j1 k1 by ou_2"}, d.jobs.pressed); diff != "" || len(d.speaker.arrived) > 0 {
			t.Errorf("%s; said %q", diff, d.speaker.arrived)
		}
	}
}

func TestPressesThatAreDropped(t *testing.T) {
	t.Parallel()
	d := newHarness(t)
	for name, p := range map[string]bot.Pressed{
		"nobody":         pressed(bot.ActStop, func(p *bot.Pressed) { p.By = "" }),
		"no job":         pressed(bot.ActStop, func(p *bot.Pressed) { p.Press.Job = "" }),
		"no key":         pressed(bot.ActStop, func(p *bot.Pressed) { p.Press.Key = "" }),
		"unknown action": pressed("explode"),
	} {
		if d.all.Wants(bot.Event{ID: "e1", Body: p}) {
			t.Errorf("%s: somebody wants it", name)
		}
	}
}

func TestPressesThatAreTurnedDown(t *testing.T) {
	t.Parallel()
	for _, reason := range []bot.Reason{bot.ReasonNotYours, bot.ReasonSecondPerson, bot.ReasonStale, bot.ReasonNoSay} {
		d := newHarness(t)
		d.jobs.jobs = asking()
		d.jobs.err = &bot.Error{Kind: bot.Denied, Reason: reason}
		d.does(t, pressed(bot.ActApprove))
		d.does(t, pressed(bot.ActApprove)) // the same press comes again
		if diff := cmp.Diff([]string{"whisper oc_1 ou_2: " + zh(text.Reason(reason))}, d.speaker.arrived); diff != "" {
			t.Error(diff)
		}
	}
	d := newHarness(t)
	d.does(t, pressed(bot.ActStop))
	if d.body(t) != zh("reasons.no_job.full") {
		t.Errorf("said %q", d.speaker.arrived)
	}
}

func TestPressesThatComeAgain(t *testing.T) {
	t.Parallel()
	d := newHarness(t)
	d.jobs.jobs = asking()
	d.jobs.err = &bot.Error{Kind: bot.Denied, Reason: bot.ReasonStale}
	err := d.deliver(t, bot.Delivery{Event: bot.Event{ID: "e1", Body: pressed(bot.ActConfirm)}, Attempt: 2, Redelivered: true})
	if err != nil || len(d.speaker.arrived) > 0 {
		t.Errorf("got %v, said %q: the run before took the key", err, d.speaker.arrived)
	}
	elsewhere := pressed(bot.ActConfirm, func(p *bot.Pressed) { p.Chat, p.Message = "oc_sales", "om_forged" })
	err = d.deliver(t, bot.Delivery{Event: bot.Event{ID: "e2", Body: elsewhere}, Attempt: 2, Redelivered: true})
	if err != nil || len(d.speaker.arrived) != 1 || d.body(t) != zh(text.Reason(bot.ReasonStale)) {
		t.Errorf("got %v, said %q: no run before can have done anything there", err, d.speaker.arrived)
	}
	d.jobs.err = bot.Errorf(bot.Unavailable, "redis is away")
	if err := d.run(t, pressed(bot.ActConfirm)); !errors.Is(err, d.jobs.err) {
		t.Errorf("got %v, want another run", err)
	}
}

// A press before the card is remembered is tried again, if it is of the person who asked.
func TestPressesThatAreFast(t *testing.T) {
	t.Parallel()
	p2p := func(p *bot.Pressed) { p.Chat, p.Message = "oc_p2p", "om_asked" }
	d := newHarness(t)
	d.jobs.jobs = asking()
	d.jobs.jobs[0].Ask, d.jobs.jobs[0].Offered = bot.CardRef{}, ""
	if err := d.run(t, pressed(bot.ActConfirm, p2p)); bot.KindOf(err) != bot.Unavailable || len(d.jobs.pressed) > 0 {
		t.Errorf("got %v, pressed %q", err, d.jobs.pressed)
	}
	d.does(t, pressed(bot.ActConfirm, p2p, func(p *bot.Pressed) { p.By = "ou_3" }))
	d.jobs.jobs = asking()
	d.does(t, pressed(bot.ActConfirm, p2p))
	if diff := cmp.Diff([]string{"confirm j1 k1 by ou_2"}, d.jobs.pressed); diff != "" {
		t.Error(diff)
	}
}

// A press counts in the chat of one of the job's cards only.
func TestPressesElsewhere(t *testing.T) {
	t.Parallel()
	rows := map[string]struct {
		change func(*bot.Pressed)
		ended  bool
		counts bool
	}{
		"in another chat":              {change: func(p *bot.Pressed) { p.Chat = "oc_9" }},
		"the card, in another chat":    {change: func(p *bot.Pressed) { p.Chat, p.Message = "oc_9", "om_asked" }},
		"where the person was asked":   {change: func(p *bot.Pressed) { p.Chat, p.Message = "oc_p2p", "om_asked" }, counts: true},
		"where the person was told":    {change: func(p *bot.Pressed) { p.Chat = "oc_p2p" }, ended: true, counts: true},
		"where somebody else was told": {change: func(p *bot.Pressed) { p.Chat, p.By = "oc_p2p", "ou_3" }, ended: true},
	}
	for name, row := range rows {
		d := newHarness(t)
		d.jobs.jobs = asking()
		if row.ended {
			d.jobs.jobs[0].State = bot.JobDone
		}
		d.does(t, pressed(bot.ActRetry, row.change))
		if counts := len(d.jobs.pressed) == 1; counts != row.counts {
			t.Errorf("%s: pressed %q", name, d.jobs.pressed)
		}
		if !row.counts && d.body(t) != zh("reasons.stale_card.full") {
			t.Errorf("%s: said %q", name, d.speaker.arrived)
		}
	}
}

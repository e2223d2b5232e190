package handlers_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"recallbot/bot"
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

func TestPressesOfAJob(t *testing.T) {
	t.Parallel()
	for _, action := range []bot.Action{bot.ActConfirm, bot.ActCancel, bot.ActApprove, bot.ActRetry, bot.ActStop} {
		d := newDesk(t)
		d.does(t, pressed(action))
		if diff := cmp.Diff([]string{string(action) + " j1 k1 by ou_2"}, d.line.pressed); diff != "" || len(d.speaker.arrived) > 0 {
			t.Errorf("%s; said %q", diff, d.speaker.arrived)
		}
	}
}

func TestPressesThatNobodyWants(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
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
		d := newDesk(t)
		d.line.err = &bot.Error{Kind: bot.Denied, Reason: reason}
		d.does(t, pressed(bot.ActApprove))
		d.does(t, pressed(bot.ActApprove)) // the same press comes again
		if diff := cmp.Diff([]string{"whisper oc_1 ou_2: " + zh(string(reason))}, d.speaker.arrived); diff != "" {
			t.Error(diff)
		}
	}
	d := newDesk(t)
	d.line.err = &bot.Error{Kind: bot.NotFound, Reason: bot.ReasonNoJob}
	d.does(t, pressed(bot.ActStop))
	if d.body(t) != zh("no_job") {
		t.Errorf("said %q", d.speaker.arrived)
	}
}

func TestPressesThatComeAgain(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.line.err = &bot.Error{Kind: bot.Denied, Reason: bot.ReasonStale}
	err := d.deliver(t, bot.Delivery{Event: bot.Event{ID: "e1", Body: pressed(bot.ActConfirm)}, Attempt: 2, Again: true})
	if err != nil || len(d.speaker.arrived) > 0 {
		t.Errorf("got %v, said %q: the run before took the key", err, d.speaker.arrived)
	}
	d.line.err = bot.Errorf(bot.Unavailable, "redis is away")
	if err := d.run(t, pressed(bot.ActConfirm)); !errors.Is(err, d.line.err) {
		t.Errorf("got %v, want another run", err)
	}
}

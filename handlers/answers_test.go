package handlers_test

import (
	"testing"

	"recallbot/bot"
)

// TestWaysToAnswer: there are three ways to tell a person; each is used when the one before is refused.
func TestWaysToAnswer(t *testing.T) {
	t.Parallel()
	text := zh("reasons.no_right.full")
	rows := []struct {
		name   string
		refuse []string
		want   []string
	}{
		{"a card", nil, []string{"whisper oc_1 ou_1: " + text}},
		{"no cards here", []string{"whisper"}, elsewhere(text)},
		{"nor a p2p chat", []string{"whisper", "tell"}, []string{"reply om_cmd: " + text}},
		{"nor a reply", []string{"whisper", "tell", "reply"}, nil},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			d := newHarness(t)
			d.recaller.out = refusal()
			for _, verb := range row.refuse {
				d.speaker.fail(verb, errRefused)
			}
			d.does(t, d.reply(bot.Command{}))
			d.heard(t, row.want...)
		})
	}
}

func TestAnswersThatFailAreGivenInTheNextRun(t *testing.T) {
	t.Parallel()
	text := zh("reasons.no_right.full")
	rows := []struct {
		name string
		// refuse holds in both runs; away in the first only.
		refuse []string
		away   string
		want   []string
	}{
		{"card", nil, "whisper", []string{"whisper oc_1 ou_1: " + text}},
		{"p2p", []string{"whisper"}, "tell", elsewhere(text)},
		{"reply", []string{"whisper", "tell"}, "reply", []string{"reply om_cmd: " + text}},
	}
	for _, row := range rows {
		for _, cause := range []error{errAway, errLimited} {
			t.Run(row.name+", "+bot.KindOf(cause).String(), func(t *testing.T) {
				t.Parallel()
				d := newHarness(t)
				d.recaller.out = refusal()
				for _, verb := range row.refuse {
					d.speaker.fail(verb, errRefused, errRefused)
				}
				d.speaker.fail(row.away, cause)
				said := d.reply(bot.Command{})
				if err := d.run(t, said); bot.KindOf(err) != bot.KindOf(cause) {
					t.Errorf("first run = %v, want %v", err, cause)
				}
				d.heard(t)
				d.does(t, said)
				d.heard(t, row.want...)
			})
		}
	}
}

func TestOneAnswerHoweverOftenItRuns(t *testing.T) {
	t.Parallel()
	text := zh("reasons.no_right.full")
	rows := []struct {
		name   string
		refuse []string
		want   []string
	}{
		{"card", nil, []string{"whisper oc_1 ou_1: " + text}},
		{"p2p", []string{"whisper"}, elsewhere(text)},
		{"reply", []string{"whisper", "tell"}, []string{"reply om_cmd: " + text}},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			d := newHarness(t)
			d.recaller.out = refusal()
			for _, verb := range row.refuse {
				d.speaker.fail(verb, errRefused, errRefused, errRefused)
			}
			for range 3 {
				d.does(t, d.reply(bot.Command{}))
			}
			if row.name == "p2p" { // the emoji is put once on the platform, however often it is asked for
				row.want = append(row.want, row.want[1], row.want[1])
			}
			d.heard(t, row.want...)
		})
	}
}

func TestAnswersToTwoCommandsAreTwo(t *testing.T) {
	t.Parallel()
	d := newHarness(t)
	d.recaller.out = refusal()
	for _, id := range []bot.EventID{"e1", "e2"} {
		if err := d.deliver(t, bot.Delivery{Event: bot.Event{ID: id, Body: d.reply(bot.Command{})}, Attempt: 1}); err != nil {
			t.Error(err)
		}
	}
	text := "whisper oc_1 ou_1: " + zh("reasons.no_right.full")
	d.heard(t, text, text)
}

func TestAnswerThatWasLostCountsAsGiven(t *testing.T) {
	t.Parallel()
	lost := &bot.Error{Kind: bot.Unavailable, Op: "say", MayHaveActed: true}
	t.Run("card", func(t *testing.T) {
		t.Parallel()
		d := newHarness(t)
		d.recaller.out = refusal()
		d.speaker.faults["whisper"] = []fault{{err: lost, acted: true}}
		d.does(t, d.reply(bot.Command{}))
		d.does(t, d.reply(bot.Command{}))
		d.heard(t, "whisper oc_1 ou_1: "+zh("reasons.no_right.full"))
	})
	t.Run("p2p, which is known by its key", func(t *testing.T) {
		t.Parallel()
		d := newHarness(t)
		d.recaller.out = refusal()
		d.speaker.fail("whisper", errRefused, errRefused)
		d.speaker.faults["tell"] = []fault{{err: lost, acted: true}}
		if err := d.run(t, d.reply(bot.Command{})); bot.KindOf(err) != bot.Unavailable {
			t.Errorf("first run = %v, want unavailable", err)
		}
		d.does(t, d.reply(bot.Command{}))
		d.heard(t, elsewhere(zh("reasons.no_right.full"))...)
	})
}

func TestOnceThatFailsIsAnError(t *testing.T) {
	t.Parallel()
	t.Run("before", func(t *testing.T) {
		t.Parallel()
		d := newHarness(t)
		d.recaller.out, d.once.err = refusal(), errAway
		if err := d.run(t, d.reply(bot.Command{})); bot.KindOf(err) != bot.Unavailable {
			t.Errorf("handling = %v, want unavailable", err)
		}
		d.heard(t)
	})
	t.Run("after a refusal that needs no memory", func(t *testing.T) {
		t.Parallel()
		d := newHarness(t)
		d.recaller.out, d.once.forget = refusal(), errAway
		d.speaker.fail("whisper", errRefused)
		d.does(t, d.reply(bot.Command{}))
		d.heard(t, elsewhere(zh("reasons.no_right.full"))...)
	})
}

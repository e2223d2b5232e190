package handlers_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"recallbot/bot"
	"recallbot/handlers/text"
	"recallbot/recall/policy"
)

// inLine puts a running and a waiting job of the chat, and one of another, into the line.
func (d *harness) inLine() {
	d.jobs.jobs = []bot.Job{
		{ID: "j1", Chat: "oc_1", State: bot.JobRunning, Who: "ou_7", Total: 500, Next: 100, Began: d.clock.Add(-10 * time.Second)},
		{ID: "j2", Chat: "oc_1", State: bot.JobWaiting, Who: "ou_8", Total: 30},
		{ID: "j3", Chat: "oc_2", State: bot.JobRunning, Who: "ou_9", Total: 5},
	}
}

func TestStop(t *testing.T) {
	t.Parallel()
	denied := &bot.Error{Kind: bot.Denied, Reason: bot.ReasonNoSay}
	stale := &bot.Error{Kind: bot.Denied, Reason: bot.ReasonStale}
	rows := map[string]struct {
		args    []string
		empty   bool
		pressed []string
		said    string
	}{
		"the running one":  {pressed: []string{"stop j1  by ou_1"}, said: "react om_cmd DONE"},
		"by its id":        {args: []string{"J2"}, pressed: []string{"stop j2  by ou_1"}, said: "react om_cmd DONE"},
		"none":             {empty: true, said: "whisper oc_1 ou_1: " + zh(text.StatusNone)},
		"of another chat":  {args: []string{"j3"}, said: "whisper oc_1 ou_1: " + zh("reasons.no_job.full")},
		"that nobody made": {args: []string{"j9"}, said: "whisper oc_1 ou_1: " + zh("reasons.no_job.full")},
	}
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newHarness(t)
			if !row.empty {
				d.inLine()
			}
			d.does(t, d.reply(bot.Command{Verb: bot.VerbStop, Args: row.args}))
			if diff := cmp.Diff(row.pressed, d.jobs.pressed); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff([]string{row.said}, d.speaker.arrived); diff != "" {
				t.Error(diff)
			}
		})
	}
	for _, row := range []struct {
		err  error
		said string
	}{{denied, zh("reasons.no_say.full")}, {stale, zh(text.StatusNone)}} {
		d := newHarness(t)
		d.inLine()
		said := d.reply(bot.Command{Verb: bot.VerbStop, Args: []string{"j1"}})
		d.jobs.err = row.err
		d.does(t, said)
		if d.body(t) != row.said {
			t.Errorf("said %q, want %q", d.speaker.arrived, row.said)
		}
	}
}

func TestStatus(t *testing.T) {
	t.Parallel()
	d := newHarness(t, english)
	d.does(t, d.reply(bot.Command{Verb: bot.VerbStatus}))
	if d.body(t) != en(text.StatusNone) {
		t.Errorf("said %q", d.speaker.arrived)
	}
	d = newHarness(t, english)
	d.inLine()
	d.does(t, d.reply(bot.Command{Verb: bot.VerbStatus}))
	want := []string{
		en(text.StatusRunning, "job", "j1", "done", 100, "total", 500, "who", "@{ou_7}", "time", "40 s"),
		en(text.StatusWaiting, "job", "j2", "count", 30, "who", "@{ou_8}"),
	}
	if diff := cmp.Diff(strings.Join(want, "\n"), d.body(t)); diff != "" {
		t.Error(diff)
	}
	d = newHarness(t, english)
	d.jobs.asking = []bot.Job{
		{ID: "j3", Chat: "oc_1", State: bot.JobAsked, Total: 25, Who: "ou_7"},
		{ID: "j4", Chat: "oc_1", State: bot.JobApproval, Total: 40, Who: "ou_8"},
	}
	d.does(t, d.reply(bot.Command{Verb: bot.VerbStatus}))
	want = []string{en(text.StatusAsked, "job", "j3", "count", 25, "who", "@{ou_7}"), en(text.StatusApproval, "job", "j4", "count", 40, "who", "@{ou_8}")}
	if diff := cmp.Diff(strings.Join(want, "\n"), d.body(t)); diff != "" {
		t.Error(diff)
	}
	d = newHarness(t, english)
	d.inLine()
	d.recaller.may = policy.Decision{Rule: "nobody", Reason: bot.ReasonNoSay}
	d.does(t, d.reply(bot.Command{Verb: bot.VerbStatus}))
	if d.body(t) != en("reasons.no_say.full") {
		t.Errorf("an outsider is told %q", d.speaker.arrived)
	}
}

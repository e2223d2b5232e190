package handlers_test

import (
	"errors"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"recallbot/bot"
	"recallbot/handlers/text"
	"recallbot/recall/jobs"
	"recallbot/recall/policy"
)

func clean(args ...string) bot.Command { return bot.Command{Verb: bot.VerbClean, Args: args} }

func TestCleanStartsAJob(t *testing.T) {
	t.Parallel()
	d := newHarness(t)
	said := d.reply(bot.Command{Verb: bot.VerbClean, Args: []string{"--bot", "any", "--since", "10m"}, Reason: "spam", Dashed: true, Chinese: true})
	said.Parent, said.Root = "", ""
	d.does(t, said)
	want := []jobs.Request{{
		Kind: bot.JobClean, CauseID: "e1", Who: "ou_1", Via: bot.ViaClean, Chat: "oc_1", Command: "om_cmd",
		Asked: said.Message.At, Comment: "spam", Language: "zh-CN", Unsure: true,
		Filter: bot.Filter{Bots: []bot.BotRef{{Any: true}}, Since: said.Message.At.Add(-10 * time.Minute)},
	}}
	if diff := cmp.Diff(want, d.jobs.started); diff != "" {
		t.Error(diff)
	}
	if len(d.speaker.arrived) > 0 {
		t.Errorf("said %q", d.speaker.arrived)
	}
}

func TestCleanTakesAReplyAsTheStart(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		change func(*bot.Said)
		from   bot.MessageID
	}{
		"in a group":        {func(*bot.Said) {}, "om_post"},
		"in a topic":        {func(s *bot.Said) { s.Thread = "omt_1" }, ""},
		"quoted in a topic": {func(s *bot.Said) { s.Thread, s.Root = "omt_1", "om_root" }, "om_post"},
	} {
		d := newHarness(t)
		said := d.reply(clean("--match", "x"))
		row.change(&said)
		d.does(t, said)
		if len(d.jobs.started) != 1 || d.jobs.started[0].Filter.From.ID != row.from || d.jobs.started[0].Topic != said.Thread {
			t.Errorf("%s: started %+v, want a range from %q", name, d.jobs.started, row.from)
		}
	}
}

func TestLastStartsAJob(t *testing.T) {
	t.Parallel()
	d := newHarness(t)
	d.does(t, d.reply(bot.Command{Verb: bot.VerbLast, Args: []string{"3"}}))
	if len(d.jobs.started) != 1 || d.jobs.started[0].Filter.Last != 3 || !d.jobs.started[0].Filter.From.IsZero() {
		t.Errorf("started %+v", d.jobs.started)
	}
}

func TestCleanNamesTheFault(t *testing.T) {
	t.Parallel()
	rows := map[string]struct {
		cmd  bot.Command
		want string
	}{
		"bare":      {clean(), en(text.MenuTitle)},
		"typo":      {clean("--lats", "3"), en("filter.unknown", "word", "--lats") + " " + en(text.DidYouMean, "suggestion", "--last")},
		"no number": {bot.Command{Verb: bot.VerbLast, Args: []string{"0"}}, en("filter.number", "word", "0")},
		"clash":     {clean("--dup", "--yes", "--dry-run"), en("filter.clash", "word", "--yes", "other", "--dry-run")},
		"no topic":  {clean("--thread"), en("filter.topic", "word", "--thread")},
		"hostile":   {clean("--dup", "@{ou_2}"), en("filter.stray", "word", "@ou_2")},
	}
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newHarness(t, english)
			said := d.reply(row.cmd)
			said.Parent, said.Root = "", ""
			d.does(t, said)
			if got := d.body(t); !strings.HasPrefix(got, row.want) {
				t.Errorf("answered %q, want %q", got, row.want)
			}
			if len(d.jobs.started) > 0 || !regexp.MustCompile("^whisper(_card)? oc_1 ou_1").MatchString(d.speaker.arrived[0]) {
				t.Errorf("started %+v, said %q", d.jobs.started, d.speaker.arrived)
			}
		})
	}
}

func TestCleanIsForThoseWhoMayRecall(t *testing.T) {
	t.Parallel()
	d := newHarness(t)
	d.recaller.may = policy.Decision{Rule: "nobody", Reason: bot.ReasonNoSay}
	d.does(t, d.reply(clean("--lats")))
	if diff := cmp.Diff([]string{"nobody/no_say"}, d.recaller.refused); diff != "" {
		t.Error(diff)
	}
	if d.body(t) != zh("reasons.no_say.full") || len(d.jobs.started) > 0 {
		t.Errorf("said %q, started %+v", d.speaker.arrived, d.jobs.started)
	}
}

func TestCleanComesTooLate(t *testing.T) {
	t.Parallel()
	d := newHarness(t)
	said := d.reply(clean("--last", "3"))
	said.Message.At = d.clock.Add(-8*time.Hour - time.Second)
	d.does(t, said)
	if diff := cmp.Diff([]string{"too_late/said_too_long_ago"}, d.recaller.refused); diff != "" {
		t.Error(diff)
	}
	if d.body(t) != zh("reasons.said_too_long_ago.full") || len(d.jobs.started) > 0 {
		t.Errorf("said %q, started %+v", d.speaker.arrived, d.jobs.started)
	}
}

func TestCleanThatCantStart(t *testing.T) {
	t.Parallel()
	d := newHarness(t)
	d.jobs.err = &bot.Error{Kind: bot.Denied, Reason: bot.ReasonUnchecked}
	d.does(t, d.reply(clean("--last", "3")))
	if d.body(t) != zh("reasons.could_not_check.full") {
		t.Errorf("said %q", d.speaker.arrived)
	}
	d = newHarness(t)
	d.jobs.err = bot.Errorf(bot.Unavailable, "redis is away")
	if err := d.run(t, d.reply(clean("--last", "3"))); !errors.Is(err, d.jobs.err) || len(d.speaker.arrived) > 0 {
		t.Errorf("got %v and %q, want another run", err, d.speaker.arrived)
	}
}

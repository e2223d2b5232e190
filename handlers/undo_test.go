package handlers_test

import (
	"context"
	"testing"
	"time"

	"recallbot/bot"
	"recallbot/handlers"
	"recallbot/policy"
)

// takes is the archive of one chat.
type takes struct {
	newest  bot.JobID
	posts   map[bot.JobID][]bot.Archived
	undoing map[bot.JobID]bot.JobID
	fault   error // of every count
}

func (k *takes) Newest(context.Context, bot.ChatID) (bot.JobID, error) { return k.newest, nil }

func (k *takes) Count(_ context.Context, _ bot.ChatID, take bot.JobID) (int, error) {
	return len(k.posts[take]), k.fault
}

func (k *takes) Undoing(_ context.Context, _ bot.ChatID, take bot.JobID) (bot.JobID, error) {
	return k.undoing[take], nil
}

func (k *takes) Posts(_ context.Context, _ bot.ChatID, take bot.JobID, from, n int) ([]bot.Archived, error) {
	all := k.posts[take]
	return all[min(from, len(all)):min(from+n, len(all))], nil
}

func (k *takes) MayBatch(who bot.UserID, _ bot.Via) policy.Decision {
	if who == "ou_mod" {
		return policy.Decision{Allow: true, Rule: policy.RuleModerator}
	}
	return policy.Decision{Rule: policy.RuleNobody, Reason: bot.ReasonBatchRight}
}

func taken(author bot.UserID) []bot.Archived {
	return []bot.Archived{{Message: bot.Message{ID: "om_1", Kind: bot.KindOwn, Sender: bot.MarkOf(author)}}}
}

func TestUndo(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		args []string
		set  func(*desk)
		of   bot.JobID
		told bot.Reason
	}{
		"the newest": {nil, func(d *desk) { d.takes.newest = "t1" }, "t1", ""},
		"by name":    {[]string{"t1"}, func(*desk) {}, "t1", ""},
		"none":       {nil, func(*desk) {}, "", bot.ReasonNothingKept},
		"unknown":    {[]string{"t9"}, func(*desk) {}, "", bot.ReasonNoJob},
		"a job of another chat": {
			[]string{"t9"}, func(d *desk) { d.line.jobs = []bot.Job{{ID: "t9", Chat: "oc_far"}} }, "", bot.ReasonNoJob,
		},
		"undone": {[]string{"t1"}, func(d *desk) { d.takes.undoing["t1"] = "other" }, "", bot.ReasonUndone},
		"no say": {
			[]string{"t1"}, func(d *desk) { d.recaller.may = policy.Decision{Reason: bot.ReasonNoSay} }, "", bot.ReasonNoSay,
		},
		"no say, own post": {[]string{"t1"}, func(d *desk) {
			d.recaller.may = policy.Decision{Reason: bot.ReasonNoSay}
			d.takes.posts["t1"] = taken(d.reply(bot.Command{}).By)
		}, "t1", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t)
			d.takes.posts["t1"] = taken("ou_somebody")
			row.set(d)
			d.does(t, d.reply(bot.Command{Verb: bot.VerbUndo, Args: row.args}))
			started(t, d, row.of, row.told)
		})
	}
}

// started tells that an undo of the take was started, or what was told instead.
func started(t *testing.T, d *desk, of bot.JobID, told bot.Reason) {
	t.Helper()
	if of == "" {
		if len(d.line.started) != 0 {
			t.Errorf("started %+v", d.line.started)
		}
		if got := d.body(t); got != zh(string(told)) {
			t.Errorf("told %q, want %s", got, told)
		}
		return
	}
	if len(d.line.started) != 1 || d.line.started[0].Of != of || d.line.started[0].Kind != bot.JobUndo {
		t.Errorf("started %+v, want an undo of %s", d.line.started, of)
	}
}

func TestUndoByButton(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		job  bot.Job
		key  string
		of   bot.JobID
		told bot.Reason
	}{
		"right":        {bot.Job{ID: "t1", Key: "k", State: bot.JobDone, Chat: "oc_1"}, "k", "t1", ""},
		"a wrong key":  {bot.Job{ID: "t1", Key: "k", State: bot.JobDone, Chat: "oc_1"}, "x", "", bot.ReasonStale},
		"running":      {bot.Job{ID: "t1", Key: "k", State: bot.JobRunning, Chat: "oc_1"}, "k", "", bot.ReasonStale},
		"another chat": {bot.Job{ID: "t1", Key: "k", State: bot.JobDone, Chat: "oc_2"}, "k", "", bot.ReasonStale},
		"unknown":      {bot.Job{ID: "t2"}, "k", "", bot.ReasonNoJob},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t)
			d.takes.posts["t1"], d.line.jobs = taken("ou_somebody"), []bot.Job{row.job}
			d.does(t, bot.Pressed{
				Press: bot.Press{Action: bot.ActUndo, Job: "t1", Key: row.key}, Chat: "oc_1", By: "ou_owner", At: d.clock,
			})
			started(t, d, row.of, row.told)
		})
	}
}

func TestBatchIsForP2PAndModerators(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		who  bot.UserID
		p2p  bool
		told bot.Reason
	}{
		"right":      {"ou_mod", true, ""},
		"in a group": {"ou_mod", false, bot.ReasonBatchP2P},
		"no right":   {"ou_owner", true, bot.ReasonBatchRight},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t)
			said := d.reply(bot.Command{Verb: bot.VerbBatch, Args: []string{"bm-1"}})
			said.By, said.P2P = row.who, row.p2p
			d.does(t, said)
			if row.told != "" {
				started(t, d, "", row.told)
				return
			}
			if len(d.line.started) != 1 || d.line.started[0].Batch != "bm-1" || d.line.started[0].Kind != bot.JobBatch {
				t.Errorf("started %+v", d.line.started)
			}
		})
	}
}

func TestRestoredMark(t *testing.T) {
	t.Parallel()
	config := handlers.Defaults()
	config.Timezone = "Asia/Shanghai"
	mark, err := handlers.Restored(config, handlers.Parts{Settings: newDesk(t).settings})
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 11, 24, 2, 0, 0, 0, time.UTC)
	if got := mark(t.Context(), bot.Job{Language: "en"}, at); got != "(restored, first sent 11-24 10:00)" {
		t.Errorf("mark %q", got)
	}
	if got := mark(t.Context(), bot.Job{}, at); got != "（已恢复，原发于 11-24 10:00）" {
		t.Errorf("mark %q", got)
	}
}

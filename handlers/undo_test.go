package handlers_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"recallbot/bot"
	"recallbot/handlers"
	"recallbot/handlers/text"
	"recallbot/recall/policy"
)

// fakeArchive is the archive of one chat.
type fakeArchive struct {
	newest  bot.JobID
	posts   map[bot.JobID][]bot.Archived
	lost    map[bot.JobID]bot.Counts
	undoing map[bot.JobID]bot.JobID
	fault   error // of every count
}

func (k *fakeArchive) Newest(context.Context, bot.ChatID) (bot.JobID, error) { return k.newest, nil }

func (k *fakeArchive) Count(_ context.Context, _ bot.ChatID, take bot.JobID) (int, bot.Counts, error) {
	return len(k.posts[take]), k.lost[take], k.fault
}

func (k *fakeArchive) Restorer(_ context.Context, _ bot.ChatID, take bot.JobID) (bot.JobID, error) {
	return k.undoing[take], nil
}

func (k *fakeArchive) Posts(_ context.Context, _ bot.ChatID, take bot.JobID, from, n int) ([]bot.Archived, error) {
	all := k.posts[take]
	return all[min(from, len(all)):min(from+n, len(all))], nil
}

func (k *fakeArchive) MayBatch(who bot.UserID, _ bot.Via) policy.Decision {
	if who == "ou_mod" {
		return policy.Decision{Allow: true, Rule: policy.RuleModerator}
	}
	return policy.Decision{Rule: policy.RuleNobody, Reason: bot.ReasonBatchRight}
}

func taken(author bot.UserID) []bot.Archived {
	return []bot.Archived{{Message: bot.Message{ID: "om_1", Kind: bot.KindOwn, Sender: bot.HashOf(author)}}}
}

// undoRow is a command, the state of the archive, and the expected result.
type undoRow struct {
	args []string
	set  func(*harness)
	of   bot.JobID
	told bot.Reason
}

// lost is a row of an undo beside a newer take, t2, of which nothing can come back.
func lost(args []string, counts bot.Counts, told bot.Reason) undoRow {
	return undoRow{args, func(d *harness) { d.archive.newest, d.archive.lost["t2"] = "t2", counts }, "", told}
}

func TestUndo(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]undoRow{
		"the newest": {nil, func(d *harness) { d.archive.newest = "t1" }, "t1", ""},
		"by name":    {[]string{"t1"}, func(*harness) {}, "t1", ""},
		"none":       {nil, func(*harness) {}, "", bot.ReasonNothingKept},
		"unknown":    {[]string{"t9"}, func(*harness) {}, "", bot.ReasonNoJob},
		"a job of another chat": {
			[]string{"t9"}, func(d *harness) { d.jobs.jobs = []bot.Job{{ID: "t9", Chat: "oc_far"}} }, "", bot.ReasonNoJob,
		},
		"in capitals": {[]string{"T1"}, func(*harness) {}, "t1", ""},
		"undone":      {[]string{"t1"}, func(d *harness) { d.archive.undoing["t1"] = "other" }, "", bot.ReasonUndone},
		"the newest is undone": {
			nil, func(d *harness) { d.archive.newest, d.archive.undoing["t1"] = "t1", "other" }, "", bot.ReasonUndone,
		},
		"of a broadcast that is still being recalled": {nil, func(d *harness) {
			d.archive.newest = "t1"
			d.jobs.jobs = []bot.Job{{ID: "t1", Chat: bot.LineOf("t1"), State: bot.JobRunning}}
		}, "", bot.ReasonNotEnded},
		"of a broadcast": {nil, func(d *harness) {
			d.archive.newest = "t1"
			d.jobs.jobs = []bot.Job{{ID: "t1", Chat: bot.LineOf("t1"), State: bot.JobDone}}
		}, "t1", ""},
		"the last took a person's":    lost(nil, bot.Counts{bot.CausePerson: 1}, bot.ReasonTookPerson),
		"the last took another bot's": lost(nil, bot.Counts{bot.CauseOtherBot: 2}, bot.ReasonTookBot),
		"the last took our answer":    lost(nil, bot.Counts{bot.CauseAnswer: 1}, bot.ReasonTookAnswer),
		"the last took a batch":       lost(nil, bot.Counts{bot.CauseAsked: 1}, bot.ReasonTookBatch),
		"the last took several kinds": lost(nil, bot.Counts{bot.CauseAnswer: 1, bot.CausePerson: 1}, bot.ReasonTookUnkept),
		"the last could not be kept":  lost(nil, bot.Counts{bot.CauseLost: 1}, bot.ReasonTookUnkept),
		"a named one took a person's": lost([]string{"t2"}, bot.Counts{bot.CausePerson: 1}, bot.ReasonNothingKept),
		"a named one of another chat": lost([]string{"t3"}, bot.Counts{bot.CausePerson: 1}, bot.ReasonNoJob),
		"no say": {
			[]string{"t1"}, func(d *harness) { d.recaller.may = policy.Decision{Reason: bot.ReasonNoSay} }, "", bot.ReasonNoSay,
		},
		"no say, own post": {[]string{"t1"}, func(d *harness) {
			d.recaller.may = policy.Decision{Reason: bot.ReasonNoSay}
			d.archive.posts["t1"] = taken(d.reply(bot.Command{}).By)
		}, "t1", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newHarness(t)
			d.archive.posts["t1"] = taken("ou_somebody")
			row.set(d)
			d.does(t, d.reply(bot.Command{Verb: bot.VerbUndo, Args: row.args}))
			started(t, d, row.of, row.told)
		})
	}
}

// started tells that an undo of the take was started, or what was told instead.
func started(t *testing.T, d *harness, of bot.JobID, told bot.Reason) {
	t.Helper()
	if of == "" {
		if len(d.jobs.started) != 0 {
			t.Errorf("started %+v", d.jobs.started)
		}
		if got := d.body(t); got != zh(text.Reason(told)) {
			t.Errorf("told %q, want %s", got, told)
		}
		return
	}
	if len(d.jobs.started) != 1 || d.jobs.started[0].Of != of || d.jobs.started[0].Kind != bot.JobUndo {
		t.Errorf("started %+v, want an undo of %s", d.jobs.started, of)
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
			d := newHarness(t)
			d.archive.posts["t1"], d.jobs.jobs = taken("ou_somebody"), []bot.Job{row.job}
			d.does(t, bot.Pressed{
				Press: bot.Press{Action: bot.ActUndo, Job: "t1", Key: row.key}, Chat: "oc_1", By: "ou_owner", At: d.clock,
			})
			started(t, d, row.of, row.told)
		})
	}
}

// TestUndoAsksWhereNotAllCanComeBack: the command shows what can be restored, and its button restores it, in any chat where the card is
// shown; a press by a person without the right changes neither that card nor the job's own.
func TestUndoAsksWhereNotAllCanComeBack(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		kept int
		lost bot.Counts
		asks bool
	}{
		"all of a few":    {3, nil, false},
		"some":            {3, bot.Counts{bot.CauseOtherBot: 224}, true},
		"all of many":     {20, nil, true},
		"all of not many": {19, nil, false},
	} {
		d := newHarness(t, english)
		d.archive.newest, d.archive.lost["t1"] = "t1", row.lost
		d.archive.posts["t1"] = slices.Repeat(taken("ou_somebody"), row.kept)
		d.jobs.jobs = []bot.Job{{ID: "t1", Key: "k", State: bot.JobDone, Chat: "oc_1", Card: bot.CardRef{ID: "om_result", Chat: "oc_1"}}}
		d.keep(t, "job_card/om_result", "t1 oc_1") // as the board remembers the card of a job that runs
		d.does(t, d.reply(bot.Command{Verb: bot.VerbUndo}))
		if !row.asks {
			if len(d.jobs.started) != 1 || len(d.cards.shown) > 0 {
				t.Errorf("%s: started %+v, shown %+v", name, d.jobs.started, d.cards.shown)
			}
			continue
		}
		if got, want := d.shown(t), fmt.Sprintf("Restore %d messages?", row.kept); !strings.HasPrefix(got, want) || len(d.jobs.started) > 0 {
			t.Fatalf("%s: asked %q, started %+v", name, got, d.jobs.started)
		}
		buttons := d.cards.shown[0].Parts
		press := buttons[len(buttons)-1].Buttons[0].Press
		deliver := func(id bot.EventID, card bot.MessageID, chat bot.ChatID) {
			body := bot.Pressed{Press: press, Message: card, Chat: chat, By: "ou_2", At: d.clock}
			if err := d.deliver(t, bot.Delivery{Event: bot.Event{ID: id, Body: body}, Attempt: 1}); err != nil {
				t.Fatal(err)
			}
		}
		d.recaller.may = policy.Decision{Reason: bot.ReasonNoSay}
		d.speaker.arrived = nil
		deliver("e2", "om_result", "oc_1")
		deliver("e3", "om_card", "oc_p2p")
		for _, arrived := range d.speaker.arrived {
			if strings.HasPrefix(arrived, "edit_card") || strings.HasPrefix(arrived, "drop_whisper") {
				t.Errorf("%s: a refused press changes a card: %q", name, d.speaker.arrived)
			}
		}
		d.recaller.may = policy.Decision{Allow: true}
		deliver("e4", "om_elsewhere", "oc_2")
		if len(d.jobs.started) > 0 {
			t.Errorf("%s: a copy in another chat starts %+v", name, d.jobs.started)
		}
		deliver("e5", "om_card", "oc_p2p")
		if len(d.jobs.started) != 1 || d.jobs.started[0].Of != "t1" || d.jobs.started[0].Chat != "oc_1" {
			t.Errorf("%s: started %+v", name, d.jobs.started)
		}
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
			d := newHarness(t)
			said := d.reply(bot.Command{Verb: bot.VerbBatch, Args: []string{"bm-1"}})
			said.By, said.P2P = row.who, row.p2p
			d.does(t, said)
			if row.told != "" {
				started(t, d, "", row.told)
				return
			}
			if len(d.jobs.started) != 1 || d.jobs.started[0].Batch != "bm-1" || d.jobs.started[0].Kind != bot.JobBatch {
				t.Errorf("started %+v", d.jobs.started)
			}
		})
	}
}

func TestRestoredMark(t *testing.T) {
	t.Parallel()
	mark := newHarness(t, func(c *handlers.Config) { c.Timezone = "Asia/Shanghai" }).answers(t).Restored
	const en, zh = "(restored, first sent 11-24 10:00)", "（已恢复，原发于 11-24 10:00）"
	quoted := func(said string) string { data, _ := json.Marshal(said); return string(data) }
	for name, row := range map[string]struct{ lang, body, want string }{
		"text":            {"en", `{"text":"2.0 is out"}`, en},
		"in Chinese":      {"", `{"text":"2.0 is out"}`, zh},
		"unreadable":      {"en", `2.0 is out`, en},
		"restored before": {"en", `{"text":"2.0 is out\n(restored, first sent 11-23 22:12)"}`, ""},
		"by a Chinese":    {"en", `{"text":"2.0 is out\n（已恢复，原发于 11-23 22:12）"}`, ""},
		"escaped":         {"en", `{"text":"2.0 is out\n\uff08\u5df2\u6062\u590d\uff0c\u539f\u53d1\u4e8e 11-23 22:12\uff09"}`, ""},
		"piled up":        {"en", `{"text":"2.0 is out\n(restored, first sent 11-23 22:12)(restored, first sent 11-23 23:34)"}`, ""},
		"rich text":       {"en", `{"content":[[{"tag":"text","text":"2.0"}],[{"tag":"text","text":"(restored, first sent 11-23 22:12)"}]]}`, ""},
		"a card":          {"en", `{"elements":[{"tag":"note","elements":[{"tag":"plain_text","content":"(restored, first sent 11-23 22:12)"}]}]}`, ""},
		"a wrapped card":  {"en", `{"user_dsl":` + quoted(`{"elements":[{"content":"（已恢复，原发于 11-23 22:12）"}]}`) + `}`, ""},
		"talks of a mark": {"en", `{"text":"why does it say (restored, first sent 11-23 22:12) here?"}`, en},
		"nearly a mark":   {"en", `{"text":"(restored, first sent yesterday)"}`, en},
		"a picture":       {"en", `{"image_key":"img_1"}`, en},
	} {
		post := bot.Archived{Message: bot.Message{At: time.Date(2026, 11, 24, 2, 0, 0, 0, time.UTC)}, Body: row.body}
		if got := mark(t.Context(), bot.Job{Language: row.lang}, post); got != row.want {
			t.Errorf("%s: %q, want %q", name, got, row.want)
		}
	}
}

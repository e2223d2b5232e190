package handlers_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"recallbot/audit"
	"recallbot/bot"
	"recallbot/handlers"
	"recallbot/handlers/text"
	"recallbot/recall/policy"
)

func (d *harness) askLog(args ...string) bot.Said {
	return d.reply(bot.Command{Verb: bot.VerbLog, Args: args})
}

func TestLogShowsEachResult(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 8, 31, 20, 5, 9, 0, time.UTC)
	entries := []audit.Entry{
		{Who: "ou_1", Via: bot.ViaReply, Message: "om_1", Rule: "owner", Result: bot.Done},
		{Who: "ou_2", Via: bot.ViaReaction, Message: "om_2", Rule: "manager", Result: bot.AlreadyGone},
		{Who: "ou_3", Via: bot.ViaP2P, Message: "om_3", Rule: "counterpart", Result: bot.DryRun, Reason: bot.ReasonDryRun},
		{Who: "ou_4", Via: bot.ViaReply, Message: "om_4", Rule: "nobody", Result: bot.Refused, Reason: bot.ReasonNoRight},
		{Who: "ou_5", Via: bot.ViaReply, Message: "om_5", Rule: "author", Result: bot.Failed, Reason: bot.ReasonTooOld, Code: 230009, LogID: "l1"},
		{Who: "ou_6", Via: bot.ViaReply, Message: "om_6", Result: bot.Failed, Reason: bot.ReasonUnavailable},
		{Who: "ou_7", Via: bot.ViaReply, Message: "om_7", Rule: "moderator", Result: bot.Done, Job: "k3v9x2aq", Comment: "wrong group"},
		{Who: "ou_1", Via: bot.ViaTidy, Message: "om_cmd", Rule: "own_command", Result: bot.Done},
	}
	for i := range entries {
		entries[i].At, entries[i].Chat = at, "oc_1"
	}
	rows := []struct {
		name     string
		settings func(*handlers.Config)
		want     string
	}{
		{"chinese, Shanghai", func(*handlers.Config) {}, `最近的撤回记录：
09-01 04:05:09  @{ou_1}  回复  已撤回 (群主)  om_1
09-01 04:05:09  @{ou_2}  表情  早已撤回 (管理员)  om_2
09-01 04:05:09  @{ou_3}  单聊  演练 (单聊对方)  om_3
09-01 04:05:09  @{ou_4}  回复  被拒绝 (没有权限)  om_4
09-01 04:05:09  @{ou_5}  回复  失败 (超过时限, 230009)  om_5
09-01 04:05:09  @{ou_6}  回复  失败 (平台无应答)  om_6
09-01 04:05:09  @{ou_7}  回复  已撤回 (协管员)  om_7  任务 k3v9x2aq  “wrong group”`},
		{"english, UTC", func(c *handlers.Config) { c.Language, c.Timezone = "en", "UTC" }, `Recalled here lately:
08-31 20:05:09  @{ou_1}  by reply  recalled (owner)  om_1
08-31 20:05:09  @{ou_2}  by reaction  already gone (admin)  om_2
08-31 20:05:09  @{ou_3}  in p2p  dry run (p2p counterpart)  om_3
08-31 20:05:09  @{ou_4}  by reply  refused (no right)  om_4
08-31 20:05:09  @{ou_5}  by reply  failed (too old, 230009)  om_5
08-31 20:05:09  @{ou_6}  by reply  failed (no answer)  om_6
08-31 20:05:09  @{ou_7}  by reply  recalled (moderator)  om_7  job k3v9x2aq  “wrong group”`},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			d := newHarness(t, row.settings)
			d.records.entries = entries
			d.does(t, d.askLog())
			if diff := cmp.Diff(row.want, d.body(t)); diff != "" {
				t.Errorf("log (-want +got):\n%s", diff)
			}
		})
	}
}

func TestLogWordsAreOnlyWords(t *testing.T) {
	t.Parallel()
	rows := []struct{ name, words, want string }{
		{"a mention", "thanks @{ou_2}", "thanks @ou_2"},
		{"a mention in pieces", "@{{ou_2}}", "@ou_2"},
		{"lines", "one\ntwo\tthree", "one two three"},
		{"eighty signs", strings.Repeat("错", 80), strings.Repeat("错", 80)},
		{"more", strings.Repeat("错", 81), strings.Repeat("错", 80) + "…"},
		{"signs of a format", "100% %s", "100% %s"},
	}
	for _, row := range rows {
		d := newHarness(t, english)
		d.records.entries = []audit.Entry{{Chat: "oc_1", Who: "ou_1", Via: bot.ViaReply, Result: bot.Done, Rule: "owner", Comment: row.words}}
		d.does(t, d.askLog())
		said := d.body(t)
		if !strings.HasSuffix(said, "  “"+row.want+"”") {
			t.Errorf("%s: log ends %q, want the words %q", row.name, said, row.want)
		}
		if n := strings.Count(said, "@{"); n != 1 {
			t.Errorf("%s: %d people mentioned, want who asked alone", row.name, n)
		}
	}
}

func TestLogCounts(t *testing.T) {
	t.Parallel()
	rows := []struct {
		args  []string
		lines int
		wrong string
	}{
		{nil, 10, ""},
		{[]string{"1"}, 1, ""},
		{[]string{"5"}, 5, ""},
		{[]string{"50"}, 50, ""},
		{[]string{"51"}, 50, ""},
		{[]string{"999999"}, 50, ""},
		{[]string{"0"}, 0, "0"},
		{[]string{"-1"}, 0, "-1"},
		{[]string{"abc"}, 0, "abc"},
		{[]string{"5.5"}, 0, "5.5"},
		{[]string{"99999999999999999999"}, 0, "99999999999999999999"},
		{[]string{"5", "6"}, 0, "5 6"},
		{[]string{"@{ou_2}"}, 0, "@ou_2"},
	}
	for _, row := range rows {
		d := newHarness(t)
		for i := range 60 {
			id := bot.MessageID(fmt.Sprintf("om_%d", i))
			d.records.entries = append(d.records.entries,
				audit.Entry{Chat: "oc_1", Who: "ou_1", Via: bot.ViaTidy, Message: "om_cmd", Result: bot.Done},
				audit.Entry{Chat: "oc_1", Who: "ou_1", Via: bot.ViaReply, Message: id, Result: bot.Done, Rule: "owner"},
			)
		}
		d.does(t, d.askLog(row.args...))
		said := d.body(t)
		if row.wrong != "" {
			if want := zh(text.LogCount, "word", row.wrong); said != want {
				t.Errorf("log %q: %q, want %q", row.args, said, want)
			}
			continue
		}
		if n := strings.Count(said, "\n"); n != row.lines {
			t.Errorf("log %q shows %d records, want %d", row.args, n, row.lines)
		}
	}
}

func TestLogOfNothing(t *testing.T) {
	t.Parallel()
	tidied := audit.Entry{Chat: "oc_1", Via: bot.ViaTidy, Result: bot.Done}
	elsewhere := audit.Entry{Chat: "oc_2", Via: bot.ViaReply, Result: bot.Done}
	for name, entries := range map[string][]audit.Entry{"no records": nil, "none to show": {tidied}, "none of here": {elsewhere}} {
		d := newHarness(t)
		d.records.entries = entries
		d.does(t, d.askLog())
		if got := d.body(t); got != zh(text.LogEmpty) {
			t.Errorf("%s: %q", name, got)
		}
	}
}

func TestLogIsForThoseWhoMayRecall(t *testing.T) {
	t.Parallel()
	d := newHarness(t)
	d.records.entries = []audit.Entry{{Chat: "oc_1", Who: "ou_9", Via: bot.ViaReply, Result: bot.Done}}
	d.recaller.may = policy.Decision{Rule: policy.RuleNobody, Reason: bot.ReasonNoSay}
	d.does(t, d.askLog())
	said := d.askLog()
	said.P2P = true
	d.recaller.may = policy.Decision{Rule: policy.RuleRoleUnknown, Reason: bot.ReasonUnchecked}
	if err := d.deliver(t, bot.Delivery{Event: bot.Event{ID: "e2", Body: said}, Attempt: 1}); err != nil {
		t.Error(err)
	}
	d.heard(t, "whisper oc_1 ou_1: "+zh("reasons.no_say.full"), "tell ou_1: "+zh("reasons.could_not_check.full"))
	if diff := cmp.Diff([]string{"ou_1 in oc_1", "ou_1 in oc_1 (p2p)"}, d.recaller.asked); diff != "" {
		t.Errorf("who was asked about (-want +got):\n%s", diff)
	}
}

func TestLogIsTriedAgain(t *testing.T) {
	t.Parallel()
	d := newHarness(t)
	d.recaller.mayErr = errLimited
	if err := d.run(t, d.askLog()); !errors.Is(err, errLimited) {
		t.Errorf("handling = %v, want the recaller's error", err)
	}
	d.recaller.mayErr, d.records.err = nil, errAway
	if err := d.run(t, d.askLog()); !errors.Is(err, errAway) {
		t.Errorf("handling = %v, want the log's error", err)
	}
	d.heard(t)
}

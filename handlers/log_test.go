package handlers_test

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
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

// lines are the texts of a card; small print is indented, buttons are in brackets.
func cardLines(card bot.Card) string {
	said := []string{card.Title}
	for _, part := range card.Parts {
		switch {
		case part.Text != "":
			said = append(said, part.Text)
		case part.Note != "":
			said = append(said, "  "+part.Note)
		}
		for _, button := range part.Buttons {
			said = append(said, "["+button.Text+"]")
		}
	}
	return strings.Join(said, "\n")
}

// logged is a record of the chat oc_1, some minutes before now.
func (d *harness) logged(ago int, e audit.Entry) {
	e.Chat, e.At, e.ID = "oc_1", d.clock.Add(-time.Duration(ago)*time.Minute), fmt.Sprintf("%d-0", 1_000_000-len(d.records.entries))
	d.records.entries = append(d.records.entries, e)
}

// history records one act of each kind.
func (d *harness) acted() {
	d.logged(1, audit.Entry{Who: "ou_1", Via: bot.ViaReply, Command: "om_c1", Message: "om_1", Target: "own", Rule: "owner", Result: bot.Done, Job: "take1", Comment: "wrong @{ou_9} group"})
	d.logged(2, audit.Entry{Who: "ou_2", Via: bot.ViaReaction, Message: "om_2", Target: "bot", Rule: "manager", Result: bot.Done})
	d.logged(3, audit.Entry{Who: "ou_2", Via: bot.ViaReaction, Message: "om_3", Target: "person", Rule: "manager", Result: bot.AlreadyGone})
	d.logged(4, audit.Entry{Who: "ou_3", Via: bot.ViaReply, Message: "om_4", Target: "unknown", Rule: "nobody", Result: bot.Refused, Reason: bot.ReasonNoRight})
	d.logged(5, audit.Entry{Who: "ou_3", Via: bot.ViaClean, Rule: "nobody", Result: bot.Refused, Reason: bot.ReasonNoSay})
	d.logged(6, audit.Entry{Who: "ou_1", Via: bot.ViaReply, Command: "om_c2", Message: "om_5", Target: "own", Rule: "author", Result: bot.Failed, Reason: bot.ReasonTooOld, Code: 230009})
	for i := range 250 {
		e := audit.Entry{Who: "ou_1", Via: bot.ViaClean, Command: "om_c3", Job: "k3v9x2aq", Target: "bot", Rule: "owner", Result: bot.Done, With: []bot.UserID{"ou_2"}}
		if e.Message = bot.MessageID(fmt.Sprintf("om_c%d", i)); i%100 == 7 {
			e.Result, e.Reason = bot.Failed, bot.ReasonTooOld
		}
		d.logged(7, e)
	}
	d.logged(7, audit.Entry{Who: "ou_1", Via: bot.ViaTidy, Message: "om_c3", Rule: "own_command", Result: bot.Done})
	for range 3 {
		d.logged(8, audit.Entry{Team: "ops", Token: "tk", Via: bot.ViaAPI, Job: "apijob", Message: bot.MessageID(fmt.Sprint("om_a", len(d.records.entries))), Target: "own", Rule: "team", Result: bot.Done})
	}
	d.logged(9, audit.Entry{Via: bot.ViaLifetime, Job: "ttl2", Message: "om_t2", Target: "own", Rule: "lifetime", Result: bot.Done})
	d.logged(10, audit.Entry{Via: bot.ViaLifetime, Job: "ttl1", Message: "om_t1", Target: "own", Rule: "lifetime", Result: bot.Done})
	d.logged(11, audit.Entry{Who: "ou_1", Via: bot.ViaUndo, Job: "undo1", Message: "om_5", Target: "own", Rule: "owner", Result: bot.Restored})
	d.logged(12, audit.Entry{Who: "ou_1", Via: bot.ViaSettings, Command: "om_c4", Rule: "owner", Result: bot.Changed, Comment: "quorum off → 3"})
	d.logged(13, audit.Entry{Who: "ou_4", Via: bot.ViaQuorum, Message: "om_6", Target: "own", Rule: "quorum", Result: bot.Done, With: []bot.UserID{"ou_3", "ou_4"}})
	d.logged(14, audit.Entry{Who: "ou_1", Via: bot.ViaConsent, Rule: audit.RuleConsent, Result: bot.Authorised})
	d.logged(15, audit.Entry{Via: bot.ViaCascade, Message: "om_7", Target: "own", Rule: "cascade", Result: bot.Done})
	d.logged(2*24*60, audit.Entry{Who: "ou_1", Via: bot.ViaDeauthorize, Rule: audit.RuleConsent, Result: bot.Deauthorised})
	d.logged(366*24*60, audit.Entry{Who: "ou_1", Via: bot.ViaReply, Message: "om_8", Rule: "owner", Result: bot.Done})
	d.records.seen = map[bot.MessageID]bot.Seen{
		"om_2": {Message: bot.Message{Kind: bot.KindBot}, From: "cli_1", Name: "Daily Report"},
		"om_3": {Message: bot.Message{Kind: bot.KindPerson}, From: "ou_5"},
	}
	d.records.texts = map[bot.JobID]string{"take1": "Flash sale {{name}}"}
	d.jobs.jobs = []bot.Job{{
		ID: "k3v9x2aq", Kind: bot.JobClean, State: bot.JobStopped, Total: 260, Next: 250, Counts: bot.Counts{bot.CauseRecalled: 247},
		Preview: bot.Preview{Authors: []bot.AuthorCount{
			{Kind: bot.KindBot, From: "cli_1", Name: "Daily Report", Count: 200},
			{Kind: bot.KindOwn, Count: 30},
			{Kind: bot.KindBot, From: "cli_2", Count: 20},
			{Kind: bot.KindPerson, From: "ou_5", Count: 10},
		}},
	}}
}

func TestLogShowsEachAct(t *testing.T) {
	t.Parallel()
	rows := map[string]struct {
		settings func(*handlers.Config)
		want     string
	}{
		"chinese, Shanghai": {func(*handlers.Config) {}, `“Room oc_1”最近的撤回记录
17:59 · @{ou_1}（群主） · 撤回了 RecallBot 的 1 条消息（“Flash sale name”）
  原因：wrong @ou_9 group · 任务 take1
17:58 · @{ou_2}（管理员） · 撤回了 Daily Report（机器人） 的 1 条消息
  表情
17:57 · @{ou_2}（管理员） · 想撤回 @{ou_5}（成员） 的 1 条消息，但它已经被撤回
  表情
17:56 · @{ou_3} · 想撤回 消息 om_4，被拒绝
  没有权限
17:55 · @{ou_3} · 被拒绝
  没有权限
17:54 · @{ou_1}（发起人） · 未能撤回 RecallBot 的 1 条消息
  超过时限 230009
17:53 · @{ou_1}（群主） · 清理了 247 条消息（Daily Report（机器人）、RecallBot、cli_2（机器人）、另有 1 个来源）
  失败 3 条（超过时限） · 已停止，还剩 10 条 · 由 @{ou_2} 批准 · 任务 k3v9x2aq
17:52 · API 团队 ops · 撤回了 RecallBot 的 3 条消息
  任务 apijob
17:51 · 自动（有效期已到） · 撤回了 RecallBot 的 2 条消息
17:49 · @{ou_1}（群主） · 恢复了 RecallBot 的 1 条消息
  任务 undo1
[更多]
  第 1–10 条，共 16 条。`},
		"english, UTC": {func(c *handlers.Config) { c.Language, c.Timezone = "en", "UTC" }, `Recent recalls in Room oc_1
09:59 · @{ou_1} (owner) · recalled a message from RecallBot (“Flash sale name”)
  reason: wrong @ou_9 group · job take1
09:58 · @{ou_2} (admin) · recalled a message from Daily Report (bot)
  by reaction
09:57 · @{ou_2} (admin) · wanted to recall a message from @{ou_5} (person), already gone
  by reaction
09:56 · @{ou_3} · tried to recall the message om_4, refused
  no right
09:55 · @{ou_3} · was refused
  no right
09:54 · @{ou_1} (author) · could not recall a message from RecallBot
  too old 230009
09:53 · @{ou_1} (owner) · cleaned up 247 messages (Daily Report (bot), RecallBot, cli_2 (bot), and 1 more senders)
  3 failed (too old) · stopped, 10 left · approved by @{ou_2} · job k3v9x2aq
09:52 · API team ops · recalled 3 messages from RecallBot
  job apijob
09:51 · Automatic (lifetime over) · recalled 2 messages from RecallBot
09:49 · @{ou_1} (owner) · restored a message from RecallBot
  job undo1
[More]
  1–10 of 16.`},
	}
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newHarness(t, row.settings)
			d.acted()
			d.does(t, d.askLog())
			if diff := cmp.Diff(row.want, cardLines(d.cards.last())); diff != "" {
				t.Errorf("log (-want +got):\n%s", diff)
			}
			if want := []bot.MessageID{"om_2", "om_3", "om_4"}; !slices.Equal(d.records.read, want) {
				t.Errorf("asked the platform for %q, want %q", d.records.read, want)
			}
		})
	}
}

// pressLog presses a button of the newest card.
func (d *harness) pressLog(t *testing.T, name string, change func(*bot.Pressed)) error {
	t.Helper()
	for _, part := range d.cards.last().Parts {
		for _, button := range part.Buttons {
			if button.Text != name {
				continue
			}
			body := bot.Pressed{Press: button.Press, Message: "om_card", Chat: "oc_1", By: "ou_1", At: d.clock}
			change(&body)
			return d.deliver(t, bot.Delivery{Event: bot.Event{ID: bot.EventID("press" + strconv.Itoa(len(d.cards.shown))), Body: body}, Attempt: 1})
		}
	}
	t.Fatalf("no button %s on %s", name, cardLines(d.cards.last()))
	return nil
}

func samePress(*bot.Pressed) {}

func TestLogHasPages(t *testing.T) {
	t.Parallel()
	d := newHarness(t, func(c *handlers.Config) { c.Language, c.Timezone = "en", "UTC" })
	d.acted()
	d.speaker.fail("edit_card", errRefused, errRefused)
	d.does(t, d.askLog())
	// What happens meanwhile moves no line to another page.
	d.records.entries = slices.Insert(d.records.entries, 0, audit.Entry{ID: "2000000-0", Chat: "oc_1", Who: "ou_9", Via: bot.ViaReply, Message: "om_new", Result: bot.Done})
	if err := d.pressLog(t, "More", samePress); err != nil {
		t.Fatal(err)
	}
	want := `Recent recalls in Room oc_1
09:48 · @{ou_1} (owner) · changed a setting
  People who must react to recall a post: off → 3
09:47 · @{ou_4} (quorum) · recalled a message from RecallBot
  by several reactions · together with @{ou_3}
09:46 · @{ou_1} · authorised me
09:45 · Automatic (original recalled) · recalled a message from RecallBot
08-30 10:00 · @{ou_1} · ended the authorisation
2025-08-31 10:00 · @{ou_1} (owner) · recalled the message om_8
[Back]
  11–16 of 16.`
	if diff := cmp.Diff(want, cardLines(d.cards.last())); diff != "" {
		t.Errorf("second page (-want +got):\n%s", diff)
	}
	if err := d.pressLog(t, "Back", samePress); err != nil {
		t.Fatal(err)
	}
	title := "Recent recalls in Room oc_1"
	shown := "whisper_card oc_1 ou_1: " + title
	d.heard(t, shown, "drop_whisper om_card", shown, "drop_whisper om_card", shown)
	if said := cardLines(d.cards.last()); !strings.Contains(said, "1–10 of 16.") || strings.Contains(said, "om_new") {
		t.Errorf("the first page again: %s", said)
	}
}

func TestLogPagesAreForWhoAsked(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		press func(*bot.Pressed)
		may   policy.Decision
		want  string
	}{
		"another person":    {func(p *bot.Pressed) { p.By = "ou_2" }, policy.Decision{Allow: true}, "whisper oc_1 ou_2: " + en("reasons.not_yours.full")},
		"no right any more": {samePress, policy.Decision{Reason: bot.ReasonNoSay}, "whisper oc_1 ou_1: " + en("reasons.no_say.full")},
		"in another group":  {func(p *bot.Pressed) { p.Chat = "oc_2" }, policy.Decision{Allow: true}, "tell ou_1: " + en(text.AboutChat, "chat", "Room oc_1") + "\n" + en("reasons.stale_card.full")},
		"a forged key":      {func(p *bot.Pressed) { p.Press.Key = "10 e9" }, policy.Decision{Allow: true}, "whisper oc_1 ou_1: " + en("reasons.stale_card.full")},
	} {
		d := newHarness(t, english)
		d.acted()
		d.does(t, d.askLog())
		d.recaller.may, d.speaker.arrived = row.may, nil
		if err := d.pressLog(t, "More", row.press); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if !slices.Equal(d.speaker.arrived, []string{row.want}) {
			t.Errorf("%s: %q, want %q", name, d.speaker.arrived, row.want)
		}
	}
}

// In the two-person chat the card is edited; so is one that came there because the group can't show a card to one person.
func TestLogHasPagesInP2P(t *testing.T) {
	t.Parallel()
	for _, p2p := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			d := newHarness(t, english)
			d.acted()
			d.speaker.fail("whisper_card", errRefused)
			said := d.askLog()
			said.P2P = p2p
			d.does(t, said)
			d.heard(t, "tell_card ou_1: Recent recalls in Room oc_1")
			err := d.pressLog(t, "More", func(p *bot.Pressed) {
				if !p2p {
					p.Chat = "oc_p2p"
				}
			})
			if err != nil {
				t.Fatal(err)
			}
			d.heard(t, "tell_card ou_1: Recent recalls in Room oc_1", "edit_card om_card: Recent recalls in Room oc_1")
			if last := d.recaller.asked[len(d.recaller.asked)-1]; strings.Contains(last, "p2p") != p2p {
				t.Errorf("the right was asked for %s", last)
			}
		})
	}
}

// The whole chat sees a reply: it has no texts, and no buttons.
func TestLogAsAReplyHasNoTexts(t *testing.T) {
	t.Parallel()
	d := newHarness(t, english)
	d.acted()
	d.speaker.fail("whisper_card", errRefused)
	d.speaker.fail("tell_card", errRefused)
	d.does(t, d.askLog())
	d.heard(t, "reply_card om_cmd: Recent recalls in Room oc_1")
	if said := cardLines(d.cards.last()); strings.Contains(said, "Flash sale") || strings.Contains(said, "[") {
		t.Errorf("the chat reads %s", said)
	}
}

func TestLogOfAPersonAndATime(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		args []string
		want []string
	}{
		"a person, who also approves": {[]string{"ou_2", "--since", "8m"}, []string{"  By @{ou_2}.\n  Since 17:51.", "recalled a message from Daily", "wanted to recall", "cleaned up 247"}},
		"a time":                      {[]string{"--since", "2m"}, []string{"  Since 17:57.", "(“Flash", "recalled a message from Daily", "wanted to recall"}},
		"nothing of a person":         {[]string{"ou_7"}, []string{"  By @{ou_7}.", "No entry matches."}},
		"a number":                    {[]string{"2"}, []string{"(“Flash", "recalled a message from Daily", "[More]", "  1–2 of 16."}},
	} {
		d := newHarness(t, english)
		d.acted()
		d.does(t, d.askLog(row.args...))
		said := cardLines(d.cards.last())
		rest := said
		for _, want := range row.want {
			_, after, ok := strings.Cut(rest, want)
			if rest = after; !ok {
				t.Errorf("%s: %q is missing in\n%s", name, want, said)
				break
			}
		}
		if strings.Contains(rest, " · @") {
			t.Errorf("%s: too much in\n%s", name, said)
		}
	}
}

func TestLogSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	for word, want := range map[string]text.Key{
		"51": text.LogWrongNumber, "100": text.LogWrongNumber, "0": text.LogWrongNumber, "-1": text.LogWrongNumber, "5.5": text.LogWrongNumber,
		"@陈晨": text.LogWrongPerson, "@nobody": text.LogWrongPerson, "abc": text.LogWrongWord, "--match": text.LogWrongWord, "2027-01-01": text.LogWrongTime,
	} {
		d := newHarness(t)
		d.acted()
		d.does(t, d.askLog(word))
		if said := d.body(t); said != zh(want, "word", word) {
			t.Errorf("log %s: %q", word, said)
		}
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
		d.logged(1, audit.Entry{Who: "ou_1", Via: bot.ViaReply, Result: bot.Done, Rule: "owner", Comment: row.words})
		d.does(t, d.askLog())
		said := cardLines(d.cards.last())
		if !strings.HasSuffix(said, "  reason: "+row.want) {
			t.Errorf("%s: log ends %q, want the words %q", row.name, said, row.want)
		}
		if n := strings.Count(said, "@{"); n != 1 {
			t.Errorf("%s: %d people mentioned, want who asked alone", row.name, n)
		}
	}
}

// TestLogReadsOldAndUnknownRecords: records without a sender, a job or a rule have a line too.
func TestLogReadsOldAndUnknownRecords(t *testing.T) {
	t.Parallel()
	for want, e := range map[string]audit.Entry{
		"· Automatic · recalled a message":                                   {Result: bot.Done},
		"· @{ou_1} · recalled the message om_1":                              {Who: "ou_1", Via: bot.ViaReply, Message: "om_1", Result: bot.Done},
		"· Operator · recalled a message from RecallBot":                     {Via: bot.ViaOperator, Message: "om_1", Target: "own", Result: bot.Done},
		"· API · recalled a message from another bot":                        {Token: "tk", Via: bot.ViaAPI, Message: "om_1", Target: "bot", Result: bot.Done},
		"· @{ou_1} · recalled a message from a person":                       {Who: "ou_1", Via: bot.ViaReply, Message: "om_1", Target: "person", Result: bot.Done},
		"· @{ou_1} · asked to recall the batch message bm-1":                 {Who: "ou_1", Via: bot.ViaP2P, Message: "bm-1", Result: bot.Asked},
		"· @{ou_1} · cancelled the message p_1 before sending":               {Who: "ou_1", Via: bot.ViaReply, Message: "p_1", Result: bot.Cancelled},
		"· Platform · ended the authorisation":                               {Via: bot.ViaPlatform, Result: bot.Deauthorised},
		"· @{ou_1} · changed a setting\n  Lifetime of my posts: off → 1d":    {Who: "ou_1", Via: bot.ViaSettings, Result: bot.Changed, Comment: "ttl off → 1d"},
		"· @{ou_1} · changed a setting\n  something else":                    {Who: "ou_1", Via: bot.ViaSettings, Result: bot.Changed, Comment: "something else"},
		"· @{ou_1} · could not restore a message from RecallBot\n  too old":  {Who: "ou_1", Via: bot.ViaUndo, Message: "om_1", Target: "own", Result: bot.Failed, Reason: bot.ReasonTooOld},
		"· @{ou_1} · would have recalled a message from RecallBot (dry run)": {Who: "ou_1", Via: bot.ViaReply, Message: "om_1", Target: "own", Result: bot.DryRun, Reason: bot.ReasonDryRun},
	} {
		d := newHarness(t, english)
		d.logged(1, e)
		d.does(t, d.askLog())
		if said := cardLines(d.cards.last()); !strings.HasSuffix(said, want) {
			t.Errorf("%+v reads %q, want %q", e, said, want)
		}
	}
}

func TestLogSaysThatOlderRecordsAreGone(t *testing.T) {
	t.Parallel()
	d := newHarness(t, english)
	for range 1000 {
		d.logged(1, audit.Entry{Who: "ou_1", Via: bot.ViaClean, Job: "k3v9x2aq", Message: bot.MessageID(fmt.Sprint("om_", len(d.records.entries))), Target: "own", Result: bot.Done})
	}
	d.does(t, d.askLog())
	if said := cardLines(d.cards.last()); !strings.HasSuffix(said, "\n  "+en(text.LogCut)) {
		t.Errorf("the log ends %q", said)
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
		if got := cardLines(d.cards.last()); !strings.HasSuffix(got, "\n"+zh(text.LogEmpty)) {
			t.Errorf("%s: %q", name, got)
		}
	}
}

func TestLogIsForThoseWhoMayRecall(t *testing.T) {
	t.Parallel()
	d := newHarness(t)
	d.logged(1, audit.Entry{Who: "ou_9", Via: bot.ViaReply, Result: bot.Done})
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

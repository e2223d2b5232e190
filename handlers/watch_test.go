package handlers_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"recallbot/bot"
	"recallbot/recall"
	"recallbot/recall/policy"
)

// ruleRequests are the causes of the recalls that rules asked for.
func (d *harness) ruleRequests() []bot.WatchCause {
	var causes []bot.WatchCause
	for _, req := range d.recaller.requests {
		if req.Via == bot.ViaWatch {
			causes = append(causes, req.Watch)
		}
	}
	return causes
}

// noticeKinds are the kinds of the notices with their counts.
func (f *fakeWatch) noticeKinds() map[bot.NoticeKind]int {
	kinds := map[bot.NoticeKind]int{}
	for _, notice := range f.notices {
		kinds[notice.Kind] += notice.Count
	}
	return kinds
}

func TestRuleActs(t *testing.T) {
	t.Parallel()
	done, refused := recall.Outcome{Result: bot.Done}, recall.Outcome{Result: bot.Refused, Reason: bot.ReasonNoRank}
	loud, news := bot.WatchCause{Rule: "loud"}, bot.WatchCause{Bot: bot.BotRef{App: "cli_news", Name: "News"}}
	for name, row := range map[string]struct {
		act     bot.WatchAct
		state   bot.WatchState
		out     recall.Outcome
		posts   []time.Duration
		recalls []bot.WatchCause
		notices map[bot.NoticeKind]int
		caught  int
	}{
		"shadow only counts":             {bot.WatchRecall, bot.WatchShadow, done, []time.Duration{1, 2}, nil, map[bot.NoticeKind]int{}, 2},
		"off counts nothing":             {bot.WatchRecall, bot.WatchOff, done, []time.Duration{1}, nil, map[bot.NoticeKind]int{}, 0},
		"tell":                           {bot.WatchTell, bot.WatchOn, done, []time.Duration{1, 2}, nil, map[bot.NoticeKind]int{bot.NoticeTell: 2}, 2},
		"ask":                            {bot.WatchAsk, bot.WatchOn, done, []time.Duration{1, 2}, nil, map[bot.NoticeKind]int{bot.NoticeAsk: 2}, 2},
		"recall":                         {bot.WatchRecall, bot.WatchOn, done, []time.Duration{1, 2}, []bot.WatchCause{loud, loud}, map[bot.NoticeKind]int{bot.NoticeRecalled: 2}, 2},
		"past the cap it asks":           {bot.WatchRecall, bot.WatchOn, done, []time.Duration{1, 2, 3, 4}, []bot.WatchCause{loud, loud}, map[bot.NoticeKind]int{bot.NoticeRecalled: 2, bot.NoticeCap: 2}, 4},
		"what can't be recalled is told": {bot.WatchRecall, bot.WatchOn, refused, []time.Duration{1}, []bot.WatchCause{loud}, map[bot.NoticeKind]int{bot.NoticeTell: 1}, 1},
		"quarantine":                     {bot.WatchQuarantine, bot.WatchOn, done, []time.Duration{1, 2}, []bot.WatchCause{loud, news}, map[bot.NoticeKind]int{bot.NoticeQuarantine: 2}, 1},
		"no quarantine where it can't be recalled": {bot.WatchQuarantine, bot.WatchOn, refused, []time.Duration{1, 2}, []bot.WatchCause{loud, loud}, map[bot.NoticeKind]int{bot.NoticeTell: 2}, 2},
		"no quarantine in a dry run":               {bot.WatchQuarantine, bot.WatchOn, recall.Outcome{Result: bot.DryRun}, []time.Duration{1, 2}, []bot.WatchCause{loud, loud}, map[bot.NoticeKind]int{bot.NoticeTell: 2}, 2},
		"posted before it was switched on":         {bot.WatchRecall, bot.WatchOn, done, []time.Duration{-time.Minute, 1}, []bot.WatchCause{loud}, map[bot.NoticeKind]int{bot.NoticeRecalled: 1}, 2},
		"posted before a quarantine stands":        {bot.WatchQuarantine, bot.WatchOn, done, []time.Duration{-time.Minute}, nil, map[bot.NoticeKind]int{}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newHarness(t, english)
			d.withRule(row.act, row.state)
			d.recaller.out = row.out
			for i, after := range row.posts {
				d.does(t, d.caughtPost(bot.MessageID("om_"+string(rune('a'+i))), after))
			}
			if diff := cmp.Diff(row.recalls, d.ruleRequests()); diff != "" {
				t.Errorf("recalls -want +got:\n%s", diff)
			}
			if diff := cmp.Diff(row.notices, d.watched.noticeKinds()); diff != "" {
				t.Errorf("notices -want +got:\n%s", diff)
			}
			if got := len(d.watched.caught["loud"]); got != row.caught {
				t.Errorf("%d were caught, want %d", got, row.caught)
			}
		})
	}
}

// TestQuarantineAgain: the work that began a quarantine runs again: the same quarantine, the same record, and its end is set.
func TestQuarantineAgain(t *testing.T) {
	t.Parallel()
	d := newHarness(t, english)
	d.withRule(bot.WatchQuarantine, bot.WatchOn)
	d.recaller.out = recall.Outcome{Result: bot.Done}
	for attempt := 1; attempt <= 2; attempt++ {
		d.watched.timers = map[string]bot.WatchDue{}
		event := bot.Event{ID: "e1", Body: d.caughtPost("om_a", 1)}
		if err := d.deliver(t, bot.Delivery{Event: event, Attempt: attempt, Redelivered: attempt > 1}); err != nil {
			t.Fatal(err)
		}
		if _, ok := d.watched.timers["quarantine/oc_1/cli_news"]; !ok {
			t.Errorf("attempt %d: no end of the quarantine: %v", attempt, d.watched.timers)
		}
	}
	if got := d.ruleRequests(); !slices.Equal(got, []bot.WatchCause{{Rule: "loud"}, {Rule: "loud"}}) {
		t.Errorf("recalled for %+v", got)
	}
	if got := d.settings.chats["oc_1"].Quarantines; len(got) != 1 || got[0].Post != "om_a" || got[0].Until != d.clock.Add(1+time.Hour) {
		t.Errorf("quarantines %+v", got)
	}
}

// TestQuarantineEnds: at its end a quarantine is removed, and its card says so.
func TestQuarantineEnds(t *testing.T) {
	t.Parallel()
	d := newHarness(t, english)
	d.withRule(bot.WatchQuarantine, bot.WatchOn)
	d.recaller.out = recall.Outcome{Result: bot.Done}
	d.does(t, d.caughtPost("om_a", 1))
	d.does(t, d.watched.due()[0])
	end := d.watched.timers["quarantine/oc_1/cli_news"]
	d.does(t, end) // too early
	if n := len(d.settings.chats["oc_1"].Quarantines); n != 1 {
		t.Fatalf("%d quarantines before the end", n)
	}
	d.clock = d.clock.Add(time.Hour + time.Second)
	if err := d.deliver(t, bot.Delivery{Event: bot.Event{ID: "end", Body: end}, Attempt: 1}); err != nil {
		t.Fatal(err)
	}
	if n := len(d.settings.chats["oc_1"].Quarantines); n != 0 {
		t.Errorf("%d quarantines after the end", n)
	}
	d.does(t, d.watched.due()[0])
	if last := cardText(d.cards.shown[len(d.cards.shown)-1]); !strings.Contains(last, "The quarantine is over.") {
		t.Errorf("the card says %q", last)
	}
}

// cardText is all that a card says.
func cardText(shown bot.Card) string {
	var all []string
	for _, part := range shown.Parts {
		all = append(all, part.Heading, part.Text, part.Note)
		for _, button := range part.Buttons {
			all = append(all, "["+button.Text+"]")
		}
	}
	return strings.Join(slices.DeleteFunc(all, func(s string) bool { return s == "" }), "\n")
}

// TestNoticePressed: the first decision of a person who may is carried out; others get an answer.
func TestNoticePressed(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		word    string
		set     func(*harness)
		told    string // what the presser reads
		decided string // what the card says
		then    func(*harness) string
	}{
		"recall them": {word: "recall", decided: "@{ou_1} recalls them.", then: func(d *harness) string {
			if len(d.jobs.started) != 1 || len(d.jobs.started[0].Named) != 1 || len(d.watched.open) != 0 {
				return "no job of one post, or the notice stays open"
			}
			return ""
		}},
		"leave": {word: "leave", decided: "@{ou_1} decided to leave them."},
		"the rule off": {word: "off", decided: "@{ou_1} switched the rule off.", then: func(d *harness) string {
			return string(d.settings.chats["oc_1"].Watch[0].State)[len("off"):]
		}},
		"quarantine": {word: "quarantine", decided: "@{ou_1} put the bots into quarantine for 1 h.", then: func(d *harness) string {
			if q := d.settings.chats["oc_1"].Quarantines; len(q) != 1 || q[0].Bot.App != "cli_news" || q[0].By != "ou_1" {
				return "not in quarantine"
			}
			return ""
		}},
		"an unknown button": {word: "explode", told: "already used"},
		"a person who may not": {
			word: "recall", told: "Only",
			set: func(d *harness) {
				d.recaller.may = policy.Decision{Reason: bot.ReasonNoSay}
			},
		},
		"too old": {word: "recall", told: "already used", set: func(d *harness) { d.watched.notices = map[string]bot.Notice{} }},
		"another person decided before": {
			word: "recall", told: "decided to leave them", decided: "@{ou_2} decided to leave them.",
			set: func(d *harness) {
				d.pressNotice(t, "other", "ou_2", "leave")
				d.speaker.arrived = nil
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newHarness(t, english)
			d.withRule(bot.WatchAsk, bot.WatchOn)
			d.does(t, d.caughtPost("om_a", 1))
			d.does(t, d.watched.due()[0])
			if row.set != nil {
				row.set(d)
			}
			d.speaker.arrived = nil
			d.pressNotice(t, "press", "ou_1", row.word)
			said := strings.Join(d.speaker.arrived, "\n")
			if row.told != "" && !strings.Contains(said, row.told) {
				t.Errorf("told %q, want %q", said, row.told)
			}
			card := cardText(d.cards.shown[len(d.cards.shown)-1])
			if row.decided != "" && !strings.Contains(card, row.decided) {
				t.Errorf("the card says %q, want %q", card, row.decided)
			}
			if row.decided == "" && len(d.jobs.started)+len(d.settings.chats["oc_1"].Quarantines) != 0 {
				t.Error("something was done")
			}
			if row.then != nil {
				if wrong := row.then(d); wrong != "" {
					t.Error(wrong)
				}
			}
		})
	}
}

// pressNotice presses a button of the last notice.
func (d *harness) pressNotice(t *testing.T, event bot.EventID, by bot.UserID, word string) {
	t.Helper()
	body := bot.Pressed{
		Press: bot.Press{Action: bot.ActWatch, Key: d.watched.last, Chat: "oc_1", Word: word}, Message: "om_card", Chat: "oc_p2p", By: by, At: d.clock.Add(time.Minute),
	}
	if err := d.deliver(t, bot.Delivery{Event: bot.Event{ID: event, Body: body}, Attempt: 1}); err != nil {
		t.Errorf("press %s = %v", word, err)
	}
}

// TestNoticeDecisionFails: a decision that can't be carried out is open again.
func TestNoticeDecisionFails(t *testing.T) {
	t.Parallel()
	d := newHarness(t, english)
	d.withRule(bot.WatchAsk, bot.WatchOn)
	d.does(t, d.caughtPost("om_a", 1))
	d.does(t, d.watched.due()[0])
	d.jobs.err = &bot.Error{Kind: bot.Denied, Reason: bot.ReasonNoSay}
	d.pressNotice(t, "first", "ou_1", "recall")
	d.jobs.err = nil
	d.pressNotice(t, "second", "ou_1", "recall")
	if len(d.jobs.started) != 2 {
		t.Errorf("%d jobs were asked for, want 2", len(d.jobs.started))
	}
	if card := cardText(d.cards.shown[len(d.cards.shown)-1]); !strings.Contains(card, "recalls them") {
		t.Errorf("the card says %q", card)
	}
}

// TestNoticeChangesWhileShown: what came while the card was sent is shown soon after.
func TestNoticeChangesWhileShown(t *testing.T) {
	t.Parallel()
	d := newHarness(t, english)
	d.withRule(bot.WatchTell, bot.WatchOn)
	d.does(t, d.caughtPost("om_a", 1))
	due := d.watched.due()[0]
	loads := 0
	d.watched.loads = func(key string) {
		if loads++; loads == 2 { // the card is sent by then
			notice := d.watched.notices[key]
			notice.Count = 7
			d.watched.notices[key] = notice
		}
	}
	d.does(t, due)
	again := d.watched.due()
	if len(again) != 1 {
		t.Fatalf("shown again: %v", again)
	}
	d.does(t, again[0])
	if card := cardText(d.cards.shown[len(d.cards.shown)-1]); !strings.Contains(card, "7 posts") {
		t.Errorf("the card says %q", card)
	}
	if left := d.watched.due(); len(left) != 0 {
		t.Errorf("shown without an end: %v", left)
	}
}

// TestNoticeSentBefore: an earlier run sent the cards and was lost: they show what is known now.
func TestNoticeSentBefore(t *testing.T) {
	t.Parallel()
	d := newHarness(t, english)
	d.withRule(bot.WatchTell, bot.WatchOn)
	d.does(t, d.caughtPost("om_a", 1))
	event := bot.Event{ID: "show", Body: d.watched.due()[0]}
	if err := d.deliver(t, bot.Delivery{Event: event, Attempt: 1, Redelivered: true}); err != nil {
		t.Fatal(err)
	}
	edits := slices.DeleteFunc(slices.Clone(d.speaker.arrived), func(s string) bool { return !strings.HasPrefix(s, "edit_card") })
	if len(edits) != 2 {
		t.Errorf("arrived %q, want an edit of each card", d.speaker.arrived)
	}
}

// TestModeratorWhoLeft gets no card.
func TestModeratorWhoLeft(t *testing.T) {
	t.Parallel()
	d := newHarness(t, english)
	d.withRule(bot.WatchTell, bot.WatchOn)
	d.recaller.gone = "ou_2"
	d.does(t, d.caughtPost("om_a", 1))
	d.does(t, d.watched.due()[0])
	if want := []string{"tell_card ou_1: Rule loud: too many posts"}; !slices.Equal(d.speaker.arrived, want) {
		t.Errorf("arrived %q, want %q", d.speaker.arrived, want)
	}
}

package handlers_test

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"recallbot/bot"
	"recallbot/handlers/text"
	"recallbot/recall/policy"
)

func TestSettle(t *testing.T) {
	t.Parallel()
	private := bot.CardRef{ID: "om_ask", Chat: "oc_1", Private: true}
	open := bot.CardRef{ID: "om_ask", Chat: "oc_p2p"}
	rows := map[string]struct {
		state   bot.JobState
		ask     bot.CardRef
		arrived []string
		says    text.Key
		took    time.Duration
	}{
		"nothing asked":     {state: bot.JobRunning},
		"private":           {state: bot.JobCancelled, ask: private, arrived: []string{"drop_whisper om_ask"}},
		"confirmed":         {state: bot.JobRunning, ask: open, says: text.Confirmed, took: 500 * time.Millisecond},
		"approval is asked": {state: bot.JobApproval, ask: open, says: text.Confirmed, took: 500 * time.Millisecond},
		"cancelled":         {state: bot.JobCancelled, ask: open, says: text.Cancelled, took: 500 * time.Millisecond},
		"expired":           {state: bot.JobExpired, ask: open, says: text.Expired},
	}
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				d := newHarness(t)
				began := time.Now()
				job := d.job(row.state, func(job *bot.Job) { job.Ask = row.ask })
				if err := d.board(t, false).Settle(t.Context(), job); err != nil {
					t.Fatal(err)
				}
				if took := time.Since(began); took != row.took {
					t.Errorf("it took %s, want %s", took, row.took)
				}
				if row.says == "" {
					if diff := cmp.Diff(row.arrived, d.speaker.arrived); diff != "" {
						t.Error(diff)
					}
					return
				}
				if card := d.last(t); !strings.Contains(texts(card), zh(row.says)) || buttons(card) != nil {
					t.Errorf("left is %+v", card)
				}
			})
		})
	}
}

func TestSettleOfACardThatIsGone(t *testing.T) {
	t.Parallel()
	d := newHarness(t)
	job := d.job(bot.JobExpired, func(job *bot.Job) { job.Ask = bot.CardRef{ID: "om_ask"} })
	d.speaker.fail("edit_card", &bot.Error{Kind: bot.NotFound}, &bot.Error{Kind: bot.Unavailable})
	if err := d.board(t, false).Settle(t.Context(), job); err != nil {
		t.Errorf("a card that is gone: %v", err)
	}
	if err := d.board(t, false).Settle(t.Context(), job); bot.KindOf(err) != bot.Unavailable {
		t.Errorf("a platform that does not answer: %v", err)
	}
}

func TestSuccessOfAJobIsQuiet(t *testing.T) {
	t.Parallel()
	for _, ranked := range []bool{false, true} {
		d := newHarness(t)
		d.recaller.may = policy.Decision{Allow: true, Rule: "owner", Ranked: ranked}
		job := d.job(bot.JobDone, counted(bot.Counts{bot.CauseRecalled: 100, bot.CauseGone: 20}))
		if err := d.board(t, true).End(t.Context(), job); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{"whisper_card oc_1 ou_1: ", "react om_cmd DONE"}, d.speaker.arrived); diff != "" {
			t.Error(diff)
		}
		if got, want := texts(d.last(t)), "已撤回 100 条。\n不会撤回：超过时限 5 条，置顶 2 条。"; got != want {
			t.Errorf("told %q, want %q", got, want)
		}
		if (len(d.recaller.requests) == 1) != ranked {
			t.Fatalf("rank %t, asked to recall %+v", ranked, d.recaller.requests)
		}
		if !ranked {
			continue
		}
		tidy := d.recaller.requests[0]
		if tidy.Via != bot.ViaTidy || tidy.Target != "om_cmd" || tidy.Who != "ou_1" || tidy.Known.Sender != bot.HashOf("ou_1") ||
			tidy.Known.Kind != bot.KindPerson || tidy.Known.Chat != "oc_1" {
			t.Errorf("tidied %+v", tidy)
		}
	}
}

// A confirmed job ends with a card, however quick it was; the card is removed like any other.
func TestConfirmedJobEndsWithACard(t *testing.T) {
	t.Parallel()
	d := newHarness(t)
	board := d.board(t, true)
	job := d.job(bot.JobDone, confirmed, counted(sum(120)))
	for range 2 { // it may come twice
		if err := board.End(t.Context(), job); err != nil {
			t.Fatal(err)
		}
	}
	want := []string{"reply_card om_cmd: " + zh("job.title.done.clean"), "react om_cmd DONE", "react om_cmd DONE"}
	if diff := cmp.Diff(want, d.speaker.arrived); diff != "" {
		t.Error(diff)
	}
	job.Told = true
	if err := board.End(t.Context(), job); err != nil || len(d.recaller.requests) != 1 || d.recaller.requests[0].Target != "om_card" {
		t.Errorf("removed %+v, %v", d.recaller.requests, err)
	}
	d = newHarness(t)
	job.Told, job.Filter.Quiet = false, true
	if err := d.board(t, true).End(t.Context(), job); err != nil || len(d.cards.shown) > 0 {
		t.Errorf("a quiet job ends with %+v, %v", d.cards.shown, err)
	}
}

func TestEndOfACard(t *testing.T) {
	t.Parallel()
	d := newHarness(t)
	job := d.job(bot.JobDone, carded, counted(bot.Counts{bot.CauseRecalled: 110, bot.CauseFailed: 7, bot.CauseNotAllowed: 3}))
	d.archive.posts["j1"] = taken("ou_1")
	if err := d.board(t, true, english).End(t.Context(), job); err != nil {
		t.Fatal(err)
	}
	want := "Recalled\n110 recalled, 7 failed, 3 not permitted, 5 too old, 2 pinned\nAsked for by @{ou_1}, job j1."
	if diff := cmp.Diff(want, texts(d.last(t))); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"Retry failed (10): retry j1 k1", "Restore 1 of 110: undo j1 k1"}, buttons(d.last(t))); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"edit_card om_progress: Recalled"}, d.speaker.arrived); diff != "" {
		t.Error(diff)
	}
}

// TestUndoIsOfferedWhereSomethingIsKept: there is no undo button where nothing can be restored, such as other bots' posts.
func TestUndoIsOfferedWhereSomethingIsKept(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		archived bool
		kept     []bot.Archived
		undone   bot.JobID
		fault    error
		want     []string
	}{
		"some":            {archived: true, kept: taken("ou_1"), want: []string{"Restore 1 of 110: undo j1 k1"}},
		"all":             {archived: true, kept: slices.Repeat(taken("ou_1"), 110), want: []string{"Restore: undo j1 k1"}},
		"undone":          {archived: true, kept: taken("ou_1"), undone: "j2"},
		"nothing":         {archived: true},
		"nobody knows":    {archived: true, fault: bot.Errorf(bot.Unavailable, "redis is away"), want: []string{"Restore: undo j1 k1"}},
		"without a shelf": {kept: taken("ou_1")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newHarness(t)
			d.archive.posts["j1"], d.archive.fault, d.archive.undoing["j1"] = row.kept, row.fault, row.undone
			if err := d.board(t, row.archived, english).End(t.Context(), d.job(bot.JobStopped, carded, counted(sum(110)), func(job *bot.Job) { job.Total = 110 })); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(row.want, buttons(d.last(t))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestEndWithoutACard(t *testing.T) {
	t.Parallel()
	failed := counted(bot.Counts{bot.CauseRecalled: 119, bot.CauseFailed: 1})
	rows := map[string]struct {
		state  bot.JobState
		change []func(*bot.Job)
		set    bot.Settings
		said   string
	}{
		"failures":          {bot.JobDone, []func(*bot.Job){failed}, bot.Settings{}, "whisper_card oc_1 ou_1: " + zh("job.title.done.clean")},
		"failures, quietly": {bot.JobDone, []func(*bot.Job){failed}, bot.Settings{Quiet: true}, "whisper_card oc_1 ou_1: " + zh("job.title.done.clean")},
		"failures in p2p":   {bot.JobDone, []func(*bot.Job){failed, inP2P}, bot.Settings{}, "tell_card ou_1: " + zh("job.title.done.clean")},
		"dry run": {
			bot.JobDone,
			[]func(*bot.Job){counted(bot.Counts{bot.CauseDryRun: 120})},
			bot.Settings{},
			"whisper_card oc_1 ou_1: " + zh(text.TitleDryRun, "count", 120),
		},
		"stopped": {bot.JobStopped, []func(*bot.Job){counted(sum(30))}, bot.Settings{}, "whisper_card oc_1 ou_1: " + zh(text.TitleStopped)},
		"nothing found": {
			bot.JobDone,
			[]func(*bot.Job){func(job *bot.Job) { job.Total, job.Preview = 0, bot.Preview{} }},
			bot.Settings{},
			"whisper_card oc_1 ou_1: " + zh(text.TitleNothing),
		},
		"failed": {
			bot.JobFailed,
			[]func(*bot.Job){func(job *bot.Job) { job.Reason, job.Code, job.LogID = bot.ReasonNoHistory, 230027, "log-1" }},
			bot.Settings{},
			"whisper oc_1 ou_1: " + zh("reasons.no_history.full") + zh(text.CodeAndLog, "code", 230027, "log_id", "log-1"),
		},
	}
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newHarness(t)
			d.settings.chats["oc_1"] = row.set
			job := d.job(row.state, row.change...)
			for range 2 { // once is enough
				if err := d.board(t, false).End(t.Context(), job); err != nil {
					t.Fatal(err)
				}
			}
			if diff := cmp.Diff([]string{row.said}, d.speaker.arrived); diff != "" {
				t.Error(diff)
			}
			if len(d.recaller.requests) > 0 {
				t.Errorf("asked to recall %+v", d.recaller.requests)
			}
		})
	}
}

func TestQuietFailuresAreToldPrivately(t *testing.T) {
	t.Parallel()
	no := &bot.Error{Kind: bot.Denied}
	d := newHarness(t)
	d.speaker.fail("whisper_card", no)
	d.speaker.fail("tell_card", no)
	job := d.job(bot.JobDone, counted(bot.Counts{bot.CauseFailed: 120}), func(job *bot.Job) { job.Filter.Quiet = true })
	if err := d.board(t, false).End(t.Context(), job); err != nil || len(d.speaker.arrived) > 0 {
		t.Errorf("said %q, %v", d.speaker.arrived, err)
	}
}

func TestStoppedCardWaitsForThePress(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newHarness(t)
		began := time.Now()
		job := d.job(bot.JobStopped, carded, counted(sum(37)))
		if err := d.board(t, false, english).End(t.Context(), job); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(began); took != 500*time.Millisecond {
			t.Errorf("edited after %s", took)
		}
		if said := texts(d.last(t)); !strings.Contains(said, "37 recalled") || !strings.Contains(said, en(text.Untried, "count", 83)) {
			t.Errorf("said %q", said)
		}
		if len(d.speaker.arrived) != 1 || !slices.Equal(buttons(d.last(t)), []string{"Go on (83 left): go_on j1 k1"}) {
			t.Errorf("arrived %q with %q", d.speaker.arrived, buttons(d.last(t)))
		}
	})
}

// TestApprovedCardWaitsForThePress: the card that was approved shows the rest of the job, and not before the platform has the
// answer to the press.
func TestApprovedCardWaitsForThePress(t *testing.T) {
	t.Parallel()
	approved := func(job *bot.Job) {
		job.Ask, job.Approver = bot.CardRef{ID: "om_ask", Chat: "oc_1"}, "ou_2"
	}
	for name, state := range map[string]bot.JobState{"waiting": bot.JobWaiting, "failed": bot.JobFailed, "cancelled": bot.JobCancelled} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				d := newHarness(t)
				began, job, board := time.Now(), d.job(state, approved), d.board(t, false)
				act := func() error { return board.End(t.Context(), job) }
				if !state.Ended() {
					ahead := d.job(bot.JobRunning)
					act = func() error { _, err := board.Show(t.Context(), job, &ahead); return err }
				}
				if err := act(); err != nil {
					t.Fatal(err)
				}
				if took := time.Since(began); took != 500*time.Millisecond {
					t.Errorf("edited after %s", took)
				}
				if len(d.speaker.arrived) != 1 || !strings.HasPrefix(d.speaker.arrived[0], "edit_card om_ask") {
					t.Errorf("arrived %q", d.speaker.arrived)
				}
			})
		})
	}
}

func TestEndOfACardThatIsGone(t *testing.T) {
	t.Parallel()
	d := newHarness(t)
	d.speaker.fail("edit_card", &bot.Error{Kind: bot.NotFound})
	job := d.job(bot.JobDone, carded, counted(bot.Counts{bot.CauseFailed: 120}))
	if err := d.board(t, false).End(t.Context(), job); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"reply_card om_cmd: " + zh("job.title.done.clean")}, d.speaker.arrived); diff != "" {
		t.Error(diff)
	}
}

func TestWaitingJobThatIsCancelled(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newHarness(t)
		if err := d.board(t, false).End(t.Context(), d.job(bot.JobCancelled)); err != nil || len(d.speaker.arrived) > 0 {
			t.Errorf("without a card: said %q, %v", d.speaker.arrived, err)
		}
		if err := d.board(t, false).End(t.Context(), d.job(bot.JobCancelled, carded)); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(texts(d.last(t)), zh(text.Cancelled)) {
			t.Errorf("said %q", texts(d.last(t)))
		}
	})
}

func TestCardsThatAreRemoved(t *testing.T) {
	t.Parallel()
	told := func(job *bot.Job) {
		job.Told, job.Ask = true, bot.CardRef{ID: "om_ask", Chat: "oc_1", Private: true}
	}
	d := newHarness(t)
	if err := d.board(t, false).End(t.Context(), d.job(bot.JobDone, carded, told, counted(sum(120)))); err != nil {
		t.Fatal(err)
	}
	if len(d.recaller.requests) != 1 || len(d.speaker.arrived) > 0 {
		t.Fatalf("asked to recall %+v, said %q", d.recaller.requests, d.speaker.arrived)
	}
	removed := d.recaller.requests[0]
	if removed.Via != bot.ViaTidy || removed.Target != "om_progress" || removed.Known.Kind != bot.KindOwn ||
		removed.Known.Sender != bot.HashOf("ou_1") || removed.Chat != "oc_1" {
		t.Errorf("removed %+v", removed)
	}
	d = newHarness(t)
	failed := counted(bot.Counts{bot.CauseFailed: 1})
	if err := d.board(t, false).End(t.Context(), d.job(bot.JobDone, carded, told, failed)); err != nil || len(d.recaller.requests) > 0 {
		t.Errorf("a card with failures is removed by %+v, %v", d.recaller.requests, err)
	}
}

func TestCardsHaveTheLanguageOfTheCommand(t *testing.T) {
	t.Parallel()
	d := newHarness(t)
	d.settings.chats["oc_1"] = bot.Settings{Language: string(text.English)}
	board := d.board(t, false)
	for language, want := range map[string]string{
		"": en(text.TitlePreview, "count", 120), "zh-CN": zh(text.TitlePreview, "count", 120),
	} {
		job := d.job(bot.JobAsked, func(job *bot.Job) { job.Language = language })
		if _, err := board.Ask(t.Context(), job); err != nil || d.last(t).Title != want {
			t.Errorf("%q: shown %q, %v", language, d.last(t).Title, err)
		}
	}
}

func TestTimesAtTheLimits(t *testing.T) {
	t.Parallel()
	for total, want := range map[int]string{1: "", 450: "", 500: "10 s", 999: "20 s", 1000: "20 s", 2000: "1 min 20 s", 2500: "2 min 10 s"} {
		d := newHarness(t)
		job := d.job(bot.JobAsked, func(job *bot.Job) { job.Total = total })
		if _, err := d.board(t, false, english).Ask(t.Context(), job); err != nil {
			t.Fatal(err)
		}
		line := en(text.Estimate, "time", want)
		if want == "" {
			line = strings.Fields(line)[0] + " takes"
		}
		if strings.Contains(texts(d.last(t)), line) != (want != "") {
			t.Errorf("%d messages: %q is not said in %q", total, line, texts(d.last(t)))
		}
	}
}

// TestTakenSaysWhatItTook: /recall 5 where there are but three says so, and has the button that restores them.
func TestTakenSaysWhatItTook(t *testing.T) {
	t.Parallel()
	d := newHarness(t)
	d.archive.posts["j1"] = taken("ou_1")
	job := d.job(bot.JobDone, counted(sum(3)), func(job *bot.Job) {
		job.Total, job.Filter, job.Preview = 3, bot.Filter{Last: 5}, bot.Preview{Total: 3}
	})
	if err := d.board(t, true, english).End(t.Context(), job); err != nil {
		t.Fatal(err)
	}
	if got := texts(d.last(t)); got != "Recalled 3 messages. There were no more." {
		t.Errorf("told %q", got)
	}
	if diff := cmp.Diff([]string{"Restore 1 of 3: undo j1 k1"}, buttons(d.last(t))); diff != "" {
		t.Error(diff)
	}
}

// TestWhereOnlyOwnPostsWereLookedAt it is said, and all bots are offered; a clean-up that names a bot or people says nothing.
func TestWhereOnlyOwnPostsWereLookedAt(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		filter bot.Filter
		want   []string
	}{
		"a word":        {bot.Filter{Match: []string{"sale"}}, []string{"Search all bots: all_bots j1 k1"}},
		"repeats":       {bot.Filter{Dup: true}, []string{"Search all bots: all_bots j1 k1"}},
		"/recall 5":     {bot.Filter{Last: 5}, nil},
		"a bot":         {bot.Filter{Match: []string{"sale"}, Bots: []bot.BotRef{{Name: "News"}}}, nil},
		"people":        {bot.Filter{Match: []string{"sale"}, By: []bot.UserID{"ou_2"}}, nil},
		"all bots":      {bot.Filter{Bots: []bot.BotRef{{Any: true}}}, nil},
		"own, and said": {bot.Filter{Match: []string{"sale"}, Bots: []bot.BotRef{{Me: true}}}, nil},
	} {
		d := newHarness(t)
		job := d.job(bot.JobDone, func(job *bot.Job) { job.Total, job.Preview, job.Filter = 0, bot.Preview{}, row.filter })
		if err := d.board(t, false, english).End(t.Context(), job); err != nil {
			t.Fatal(err)
		}
		said := strings.Join(d.speaker.arrived, "")
		if row.want != nil {
			said = texts(d.last(t))
			if diff := cmp.Diff(row.want, buttons(d.last(t))); diff != "" {
				t.Errorf("%s: %s", name, diff)
			}
		}
		if got := strings.Contains(said, en(text.NothingOwn)); got != (row.want != nil) || len(d.speaker.arrived) != 1 {
			t.Errorf("%s: said %q", name, said)
		}
	}
}

// TestAllBotsAreNotOfferedWithAny: with --any, all bots would not be narrowed by the other conditions.
func TestAllBotsAreNotOfferedWithAny(t *testing.T) {
	t.Parallel()
	d := newHarness(t)
	job := d.job(bot.JobDone, func(job *bot.Job) {
		job.Total, job.Preview, job.Filter = 0, bot.Preview{}, bot.Filter{Any: true, Match: []string{"sale"}, Types: []string{"image"}}
	})
	if err := d.board(t, false, english).End(t.Context(), job); err != nil {
		t.Fatal(err)
	}
	if want := []string{"whisper oc_1 ou_1: No message matches. Nothing was recalled.\n" + en(text.NothingOwn)}; !slices.Equal(d.speaker.arrived, want) {
		t.Errorf("arrived %q", d.speaker.arrived)
	}
}

package jobs_test

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"recallbot/bot"
	"recallbot/recall/recalltest"
)

// TestKilledAnywhere lets the process die at each call that changes something, with the press that confirms in between.
func TestKilledAnywhere(t *testing.T) {
	t.Parallel()
	for life := range 180 {
		synctest.Test(t, func(t *testing.T) {
			d := newHarness()
			d.total = 120
			d.life = life
			req, ctx := d.request("e1"), t.Context()
			job, next := d.start(t, req), d.start(t, d.request("e2"))
			d.work(t, time.Second)
			confirm := func(id bot.JobID) {
				key := d.job(t, id).Key //nolint:contextcheck // the test's own
				if err := d.process().Confirm(ctx, id, key, "ou_owner"); err != nil {
					d.life = -1
					if err := d.process().Confirm(ctx, id, key, "ou_owner"); err != nil {
						wantReason(t, err, bot.ReasonStale)
					}
				}
			}
			confirm(job.ID)
			d.work(t, 30*time.Second)
			d.life = -1
			confirm(next.ID)
			d.work(t, time.Minute)
			done := d.job(t, job.ID)
			if done.State != bot.JobDone || done.Next != 120 || done.Counts[bot.CauseRecalled] != 120 || !done.Told {
				t.Fatalf("killed after %d acts: %s at %d, %v, told %v", life, done.State, done.Next, done.Counts, done.Told)
			}
			if d.again > 1 {
				t.Errorf("killed after %d acts: %d pages ran again", life, d.again)
			}
			wantState(t, d, next.ID, bot.JobDone)
			// After a crash before Announced was saved, Ended is called again; the queue of webhooks drops the same id.
			if d.told[job.ID]+d.told[next.ID] > 3 || d.told[job.ID] == 0 || d.told[next.ID] == 0 {
				t.Errorf("killed after %d acts: others were told %v", life, d.told)
			}
		})
	}
}

func TestBoardIsDown(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newHarness()
		d.total, d.pageTime, d.set.ConfirmFrom = 200, time.Second, 1000
		d.boardErr = &bot.Error{Kind: bot.Denied, Reason: bot.ReasonNotAllowed}
		job := d.start(t, d.request("e1"))
		d.work(t, time.Minute)
		wantState(t, d, job.ID, bot.JobDone)
		if done := d.job(t, job.ID); done.Ended.Sub(done.Began) > 6*time.Second {
			t.Errorf("a board that is down cost %v", done.Ended.Sub(done.Began))
		}
		ask := d.request("e2")
		ask.Filter = bot.Filter{}
		asked := d.start(t, ask)
		d.work(t, time.Minute)
		wantState(t, d, asked.ID, bot.JobFailed)
	})
}

func TestProgressIsShownNowAndThen(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newHarness()
		d.total, d.pageTime, d.set.ConfirmFrom = 1000, time.Second, 10_000
		job := d.start(t, d.request("e1"))
		d.work(t, time.Minute)
		shown := strings.Count(d.words(), "progress")
		if shown < 8 || shown > 12 {
			t.Errorf("a job of 20 s was shown %d times: %s", shown, d.words())
		}
		if done := d.job(t, job.ID); done.Card.ID != "om_card" || done.Ended.Sub(done.Began) > 21*time.Second {
			t.Errorf("card %q after %v", done.Card.ID, done.Ended.Sub(done.Began))
		}
	})
}

func TestCardIsRemoved(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newHarness()
		d.set.Cleanup = true
		d.start(t, d.request("e1"))
		d.work(t, 9*time.Second)
		if d.words() != "end done 5/5" {
			t.Errorf("at once: %s", d.words())
		}
		d.work(t, 2*time.Second)
		if d.words() != "end done 5/5, remove" {
			t.Errorf("after ten seconds: %s", d.words())
		}
	})
}

func TestGatheringFails(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newHarness()
		d.gatherErr = &bot.Error{Kind: bot.Denied, Reason: bot.ReasonNoHistory}
		job := d.start(t, d.request("e1"))
		d.work(t, time.Second)
		if failed := d.job(t, job.ID); failed.State != bot.JobFailed || failed.Reason != bot.ReasonNoHistory {
			t.Errorf("%s because of %q", failed.State, failed.Reason)
		}
	})
}

// TestAttemptsThatComeToNothingAreRecorded: a clean-up that finds no message or could not begin is recorded once.
func TestAttemptsThatComeToNothingAreRecorded(t *testing.T) {
	t.Parallel()
	for want, given := range map[bot.Reason]func(*harness){
		bot.ReasonNothingFound: func(d *harness) { d.total = 0 },
		bot.ReasonNoHistory:    func(d *harness) { d.gatherErr = &bot.Error{Kind: bot.Denied, Reason: bot.ReasonNoHistory} },
	} {
		synctest.Test(t, func(t *testing.T) {
			d := newHarness()
			given(d)
			d.start(t, d.request("e1"))
			d.work(t, time.Minute)
			if !slices.Equal(d.refused, []string{"ou_owner " + string(want)}) {
				t.Errorf("recorded %v, want %s once", d.refused, want)
			}
		})
	}
}

func TestPlatformIsAway(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newHarness()
		d.pageErr = recalltest.ErrAway
		job := d.start(t, d.request("e1"))
		d.work(t, time.Minute)
		if away := d.job(t, job.ID); away.State != bot.JobRunning || len(away.Counts) != 0 {
			t.Errorf("%s with %v", away.State, away.Counts)
		}
		d.pageErr = nil
		d.work(t, time.Minute)
		if done := d.job(t, job.ID); done.State != bot.JobDone || done.Counts[bot.CauseRecalled] != 5 {
			t.Errorf("%s with %v", done.State, done.Counts)
		}
	})
}

func TestGivenUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newHarness()
		d.pageErr = errors.New("boom")
		bad := d.start(t, d.request("e1"))
		d.work(t, time.Second)
		d.due = nil
		if err := d.process().GiveUp(t.Context(), bad.ID, d.pageErr); err != nil {
			t.Fatal(err)
		}
		d.pageErr = nil
		good := d.start(t, d.request("e2"))
		d.work(t, time.Minute)
		wantState(t, d, bad.ID, bot.JobFailed)
		wantState(t, d, good.ID, bot.JobDone)
		if !strings.Contains(d.words(), "end failed") {
			t.Errorf("no result was shown: %s", d.words())
		}
		if d.told[bad.ID] != 1 || d.told[good.ID] != 1 {
			t.Errorf("others were told %v", d.told)
		}
	})
}

func TestRetry(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newHarness()
		job := d.start(t, d.request("e1"))
		d.work(t, time.Minute)
		jobs, key := d.process(), d.job(t, job.ID).Key
		d.deny["ou_nobody"] = true
		wantReason(t, jobs.Retry(t.Context(), job.ID, key, "ou_nobody"), bot.ReasonNoSay)
		wantReason(t, jobs.Presses()[bot.ActRetry](t.Context(), job.ID, key, "ou_manager"), "")
		wantReason(t, jobs.Retry(t.Context(), job.ID, key, "ou_manager"), bot.ReasonStale)
		d.work(t, time.Minute)
		for id, other := range d.jobs {
			if id != job.ID && (other.Of != job.ID || other.Who != "ou_manager" || other.State != bot.JobDone) {
				t.Errorf("the retry is %+v", other)
			}
		}
		if len(d.jobs) != 2 {
			t.Errorf("%d jobs after a retry", len(d.jobs))
		}
	})
}

// TestGoOnAndAllBots: a stopped clean-up goes on with what is left, and one that found no post of ours looks at all bots; each once,
// with the rights of the person who presses, and never without a confirmation.
func TestGoOnAndAllBots(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		action bot.Action
		change func(*bot.Job)
		want   bot.Filter
	}{
		"go on": {bot.ActGoOn, func(job *bot.Job) {
			job.State, job.Total, job.Next, job.Filter = bot.JobStopped, 250, 72, bot.Filter{Last: 250, Yes: true}
		}, bot.Filter{Last: 178}},
		"go on with a word": {bot.ActGoOn, func(job *bot.Job) {
			job.State, job.Total, job.Next, job.Filter = bot.JobStopped, 250, 72, bot.Filter{Match: []string{"a"}}
		}, bot.Filter{Match: []string{"a"}}},
		"all bots": {bot.ActAllBots, func(job *bot.Job) {
			job.Total, job.Next, job.Filter = 0, 0, bot.Filter{Match: []string{"a"}, Yes: true}
		}, bot.Filter{Match: []string{"a"}, Bots: []bot.BotRef{{Any: true}}}},
	} {
		synctest.Test(t, func(t *testing.T) {
			d := newHarness()
			job := d.start(t, d.request("e1"))
			d.work(t, time.Minute)
			jobs, done := d.process(), d.job(t, job.ID)
			wantReason(t, jobs.Presses()[row.action](t.Context(), job.ID, done.Key, "ou_manager"), bot.ReasonStale)
			row.change(&done)
			d.jobs[job.ID] = done
			d.deny["ou_nobody"] = true
			wantReason(t, jobs.Presses()[row.action](t.Context(), job.ID, done.Key, "ou_nobody"), bot.ReasonNoSay)
			wantReason(t, jobs.Presses()[row.action](t.Context(), job.ID, "forged", "ou_manager"), bot.ReasonStale)
			wantReason(t, jobs.Presses()[row.action](t.Context(), job.ID, done.Key, "ou_manager"), "")
			wantReason(t, jobs.Presses()[row.action](t.Context(), job.ID, d.job(t, job.ID).Key, "ou_manager"), bot.ReasonStale)
			d.work(t, time.Second)
			if !strings.Contains(d.words(), "update "+string(job.ID)) {
				t.Errorf("%s: the used button stays: %s", name, d.words())
			}
			for id, other := range d.jobs {
				if id != job.ID && (other.Who != "ou_manager" || !other.Unsure || !other.Asked.Equal(done.Asked) || !reflect.DeepEqual(other.Filter, row.want)) {
					t.Errorf("%s: the job is %+v", name, other)
				}
			}
			if len(d.jobs) != 2 {
				t.Errorf("%s: %d jobs", name, len(d.jobs))
			}
		})
	}
}

// TestNoOtherJobMeansThese: what a stopped retry left is not what its filter means, and with --any a further bot would not narrow
// the filter.
func TestNoOtherJobMeansThese(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		action bot.Action
		change func(*bot.Job)
	}{
		"go on after a retry": {bot.ActGoOn, func(job *bot.Job) {
			job.State, job.Total, job.Next, job.Of, job.Filter = bot.JobStopped, 10, 7, "j0", bot.Filter{Last: 10}
		}},
		"all bots with --any": {bot.ActAllBots, func(job *bot.Job) {
			job.Total, job.Next, job.Filter = 0, 0, bot.Filter{Any: true, Match: []string{"a"}, Types: []string{"interactive"}}
		}},
	} {
		synctest.Test(t, func(t *testing.T) {
			d := newHarness()
			job := d.start(t, d.request("e1"))
			d.work(t, time.Minute)
			done := d.job(t, job.ID)
			row.change(&done)
			d.jobs[job.ID] = done
			if err := d.process().Presses()[row.action](t.Context(), job.ID, done.Key, "ou_manager"); bot.Detail(err).Reason != bot.ReasonStale || len(d.jobs) != 1 {
				t.Errorf("%s: %v, %d jobs", name, err, len(d.jobs))
			}
		})
	}
}

func TestHeldByAnother(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newHarness()
		job := d.start(t, d.request("e1"))
		d.holder[job.ID] = "another"
		err := d.process().Step(context.Background(), job.ID)
		if bot.KindOf(err) != bot.RateLimited || bot.Detail(err).RetryAfter <= 0 {
			t.Errorf("Step = %v, want to be called again", err)
		}
		wantState(t, d, job.ID, bot.JobNew)
	})
}

package jobs_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"recallbot/bot"
)

// errTrouble is a fault that the platform reports, with a code; errNoAnswer has none.
var (
	errTrouble  = &bot.Error{Kind: bot.Unavailable, Op: "ask", Reason: bot.ReasonUnavailable, Code: 2200, LogID: "log"}
	errNoAnswer = &bot.Error{Kind: bot.Unavailable, Op: "ask", Reason: bot.ReasonUnavailable}
)

// cleanUp is a harness whose clean-ups use a cleanHarness.
func cleanUp(n int) (*harness, *cleanHarness) {
	d, b := newHarness(), newWorkbench(n)
	d.worker, d.set.ConfirmFrom = b.worker(), 10_000
	return d, b
}

// goes makes every call of the platform fail, or none.
func (b *cleanHarness) goes(fault error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.down = fault
}

// TestTransientFaultsFailNoMessage: transient faults of some calls fail no message and do not delay the others.
func TestTransientFaultsFailNoMessage(t *testing.T) {
	t.Parallel()
	for _, fault := range []error{errTrouble, errNoAnswer} {
		synctest.Test(t, func(t *testing.T) {
			d, b := cleanUp(120)
			for i, times := range map[int]int{3: 1, 20: 4, 70: 9, 119: 2} {
				b.answers[om(i)] = slices.Repeat([]recallResult{{err: fault}}, times)
			}
			job := d.start(t, d.request("e1"))
			d.work(t, 20*time.Second)
			if done := d.job(t, job.ID); done.State != bot.JobDone || done.Counts[bot.CauseRecalled] != 120 || len(done.Counts) != 1 {
				t.Errorf("%s with %v", done.State, done.Counts)
			}
			if len(b.last) != 0 {
				t.Errorf("given up: %v", b.last)
			}
		})
	}
}

// TestPlatformIsAwayForAWhile in the middle of a job, and while it is gathered.
func TestPlatformIsAwayForAWhile(t *testing.T) {
	t.Parallel()
	for _, fault := range []error{errTrouble, errNoAnswer} {
		synctest.Test(t, func(t *testing.T) {
			d, b := cleanUp(120)
			job := d.start(t, d.request("e1"))
			time.AfterFunc(150*time.Millisecond, func() { b.goes(fault) })
			d.work(t, 30*time.Second)
			if away := d.job(t, job.ID); away.State != bot.JobRunning || away.Stalled.IsZero() || away.Counts[bot.CauseFailed] != 0 {
				t.Errorf("%s since %s with %v", away.State, away.Stalled, away.Counts)
			}
			b.goes(nil)
			d.work(t, 40*time.Second)
			done := d.job(t, job.ID)
			if done.State != bot.JobDone || done.Counts[bot.CauseRecalled] != 120 || len(done.Counts) != 1 || !done.Stalled.IsZero() {
				t.Errorf("%s with %v, stalled since %s", done.State, done.Counts, done.Stalled)
			}
			if told := strings.ReplaceAll(d.words(), "progress, ", ""); told != "end done 120/120" {
				t.Errorf("told: %s", d.words())
			}
		})
		synctest.Test(t, func(t *testing.T) {
			d := newHarness()
			d.gatherErr = fault
			job := d.start(t, d.request("e1"))
			d.work(t, 30*time.Second)
			wantState(t, d, job.ID, bot.JobNew)
			d.gatherErr = nil
			d.work(t, 40*time.Second)
			wantState(t, d, job.ID, bot.JobDone)
		})
	}
}

// TestPlatformNeverComesBack: the job ends with a sentence, after as many tries as a single command has, and the next one
// has its turn.
func TestPlatformNeverComesBack(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d, b := cleanUp(20)
		b.down = errNoAnswer
		began := time.Now()
		job := d.start(t, d.request("e1"))
		d.work(t, 14*time.Minute)
		if away := d.job(t, job.ID); away.State != bot.JobRunning {
			t.Fatalf("%s after %s", away.State, time.Since(began))
		}
		d.work(t, 4*time.Minute)
		failed := d.job(t, job.ID)
		if failed.State != bot.JobFailed || failed.Reason != bot.ReasonUnavailable || failed.Counts.Sum() != 0 {
			t.Errorf("%s for %q with %v", failed.State, failed.Reason, failed.Counts)
		}
		if !strings.Contains(d.words(), "end failed 0/20") {
			t.Errorf("told: %s", d.words())
		}
		for id, n := range b.asked {
			if n > 3*30 {
				t.Errorf("%s was asked for %d times", id, n)
			}
		}
		b.down = nil
		next := d.start(t, d.request("e2"))
		d.work(t, time.Minute)
		wantState(t, d, next.ID, bot.JobDone)
	})
}

// TestAMessageThatNeverComesRight counts as failed in the end, and the others go meanwhile, however long a try takes: one may
// begin within the patience of a job and end after it.
func TestAMessageThatNeverComesRight(t *testing.T) {
	t.Parallel()
	for _, slow := range []time.Duration{0, 3 * time.Second, 17 * time.Second, 100 * time.Second} {
		synctest.Test(t, func(t *testing.T) {
			d, b := cleanUp(120)
			for _, i := range []int{2, 60} {
				b.answers[om(i)] = slices.Repeat([]recallResult{{err: errTrouble}}, 10_000)
				b.slow[om(i)] = slow
			}
			job := d.start(t, d.request("e1"))
			d.work(t, 30*time.Second+10*slow)
			if got := d.job(t, job.ID); got.Counts[bot.CauseRecalled] != 118 || got.Counts[bot.CauseFailed] != 0 {
				t.Errorf("after half a minute: %v", got.Counts)
			}
			d.work(t, 30*time.Minute)
			done := d.job(t, job.ID)
			if done.State != bot.JobDone || done.Counts[bot.CauseRecalled] != 118 || done.Counts[bot.CauseFailed] != 2 {
				t.Errorf("%s with %v, where a try takes %s", done.State, done.Counts, slow)
			}
			if slices.Sort(b.last); !slices.Equal(b.last, []bot.MessageID{om(2), om(60)}) {
				t.Errorf("given up: %v", b.last)
			}
		})
	}
}

// TestTheEndIsToldWhenItCan: a job that is over says so as soon as the platform is back, if that is within a day.
func TestTheEndIsToldWhenItCan(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newHarness()
		d.boardErr = errNoAnswer
		job := d.start(t, d.request("e1"))
		d.work(t, 3*time.Hour)
		if silent := d.job(t, job.ID); silent.State != bot.JobDone || silent.Told {
			t.Errorf("%s, told %t", silent.State, silent.Told)
		}
		d.boardErr = nil
		d.work(t, 2*time.Minute)
		if told := d.job(t, job.ID); !told.Told {
			t.Error("no wait is shown")
		}
		d.boardErr = errNoAnswer
		late := d.start(t, d.request("e2"))
		d.work(t, 25*time.Hour)
		if err := d.process().Step(t.Context(), late.ID); bot.KindOf(err) != bot.Expired || !errors.Is(err, errNoAnswer) {
			t.Errorf("a day later: %v", err)
		}
	})
}

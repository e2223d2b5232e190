package jobs_test

import (
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"recallbot/bot"
	"recallbot/recall"
	"recallbot/recall/jobs"
	"recallbot/recall/recalltest"
)

func TestPageCountsByCause(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newWorkbench(60)
		for i, out := range []recall.Outcome{
			{Result: bot.AlreadyGone},
			{Result: bot.Failed, Reason: bot.ReasonNotAllowed},
			{Result: bot.Failed, Reason: bot.ReasonTooOld},
			{Result: bot.Failed, Reason: bot.ReasonType},
			{Result: bot.Refused, Reason: bot.ReasonNoRight},
			{Result: bot.Refused, Reason: bot.ReasonNoRank},
			{Result: bot.Refused, Reason: bot.ReasonPerson},
			{Result: bot.DryRun},
		} {
			b.answers[om(i)] = []recallResult{{out: out}}
		}
		settled, counts, err := b.page(t, false, nil)
		if err != nil {
			t.Fatal(err)
		}
		wantPage(t, settled, 50, counts, bot.Counts{
			bot.CauseRecalled: 42, bot.CauseGone: 1, bot.CauseNotAllowed: 2, bot.CauseTooOld: 1, bot.CauseFailed: 1,
			bot.CauseNoRank: 1, bot.CausePerson: 1, bot.CauseDryRun: 1,
		})
		if diff := cmp.Diff([]int{1, 3, 4, 5}, b.failed); diff != "" {
			t.Errorf("can be tried again: -want +got\n%s", diff)
		}
		if diff := cmp.Diff([]bot.MessageID{om(0), om(1), om(2), om(3), om(4), om(5), om(6), om(7)}, b.dropped); diff != "" {
			t.Errorf("not in the archive any more, as it was not this job that took it: -want +got\n%s", diff)
		}
		if b.most != 8 || len(b.work) != 1 {
			t.Errorf("%d at once, works %v", b.most, b.work)
		}
	})
}

func TestPageWaitsForTheLimit(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newWorkbench(50)
		for i := range 20 {
			b.answers[om(i)] = slices.Repeat([]recallResult{busy(time.Second)}, 5)
		}
		settled, counts, err := b.page(t, false, nil)
		if err != nil {
			t.Fatal(err)
		}
		wantPage(t, settled, 50, counts, bot.Counts{bot.CauseRecalled: 50})
	})
}

func TestPageLeavesALongWaitToTheQueue(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newWorkbench(50)
		b.answers[om(3)] = []recallResult{busy(40 * time.Second)}
		settled, counts, err := b.page(t, false, nil)
		if bot.KindOf(err) != bot.RateLimited || bot.Detail(err).RetryAfter != 40*time.Second {
			t.Errorf("Page = %v, want to wait 40 s", err)
		}
		if settled < 7 || settled > 20 || counts[bot.CauseRecalled] != settled {
			t.Errorf("%d settled, %v", settled, counts)
		}
		if b.targets[settled].Message.ID != om(3) {
			t.Errorf("the next target is %s, want om_3", b.targets[settled].Message.ID)
		}
		rest := bot.Job{ID: "job", Chat: recalltest.Here, State: bot.JobRunning, Total: 50, Next: settled}
		more, counts, err := b.worker().Page(t.Context(), rest, true, nil)
		if err != nil {
			t.Fatal(err)
		}
		wantPage(t, more, 50-settled, counts, bot.Counts{bot.CauseRecalled: 50 - settled})
		for id, n := range b.asked {
			if n > 1 && id != om(3) {
				t.Errorf("%s was asked for %d times", id, n)
			}
		}
	})
}

func TestPageThatRanBefore(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newWorkbench(50)
		for i := range 30 {
			b.gone[om(i)] = true
		}
		settled, counts, err := b.page(t, true, nil)
		if err != nil {
			t.Fatal(err)
		}
		wantPage(t, settled, 50, counts, bot.Counts{bot.CauseRecalled: 50})
		if len(b.asked) != 20 {
			t.Errorf("the platform was asked for %d messages, 20 were left", len(b.asked))
		}
	})
}

func TestPageOfAFaultyMessage(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newWorkbench(50)
		b.answers[om(1)] = []recallResult{{err: recalltest.ErrFaulty}, {err: recalltest.ErrAway}} // comes right
		b.answers[om(2)] = slices.Repeat([]recallResult{{err: recalltest.ErrFaulty}}, 9)
		settled, counts, err := b.page(t, false, nil)
		if bot.KindOf(err) != bot.Unavailable {
			t.Errorf("Page = %v, want to be called again for one message", err)
		}
		wantPage(t, settled, 49, counts, bot.Counts{bot.CauseRecalled: 49})
		if len(b.last) != 0 || len(b.failed) != 0 || b.targets[49].Message.ID != om(2) {
			t.Errorf("given up: %v, failed: %v, the next is %s", b.last, b.failed, b.targets[49].Message.ID)
		}
		last := bot.Job{ID: "job", Chat: recalltest.Here, State: bot.JobRunning, Total: 50, Next: 49, Last: true}
		settled, counts, err = b.worker().Page(t.Context(), last, true, nil)
		if err != nil {
			t.Fatal(err)
		}
		wantPage(t, settled, 1, counts, bot.Counts{bot.CauseFailed: 1})
		if !errors.Is(b.before, recalltest.ErrFaulty) {
			t.Errorf("the last attempt does not know the failure before it: %v", b.before)
		}
		if !slices.Equal(b.last, []bot.MessageID{om(2)}) || !slices.Equal(b.failed, []int{49}) {
			t.Errorf("given up: %v, can be tried again: %v", b.last, b.failed)
		}
	})
}

// TestPageCountsWhatAnotherRecalled: a first try that never reached the platform has recalled nothing.
func TestPageCountsWhatAnotherRecalled(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newWorkbench(50)
		b.gone[om(2)] = true
		b.answers[om(2)] = []recallResult{{err: recalltest.ErrAway}}
		settled, counts, err := b.page(t, false, nil)
		if err != nil {
			t.Fatal(err)
		}
		wantPage(t, settled, 50, counts, bot.Counts{bot.CauseRecalled: 49, bot.CauseGone: 1})
	})
}

// TestPageWithoutOurStore: while a part of Redis is away, no message has failed.
func TestPageWithoutOurStore(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newWorkbench(50)
		b.answers[om(2)] = slices.Repeat([]recallResult{{err: recalltest.ErrAway}}, 3)
		settled, counts, err := b.page(t, false, nil)
		if bot.KindOf(err) != bot.Unavailable || settled == 0 || counts[bot.CauseRecalled] != settled {
			t.Errorf("Page = %d, %v, %v, want the rest later", settled, counts, err)
		}
		if len(b.last) != 0 || len(b.failed) != 0 {
			t.Errorf("given up: %v, failed: %v", b.last, b.failed)
		}
	})
}

// TestPageCountsInterruptedRecallsAsOurs: a recall whose record was retried counts as ours.
func TestPageCountsInterruptedRecallsAsOurs(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newWorkbench(50)
		b.unrecorded = om(4)
		settled, counts, err := b.page(t, false, nil)
		if err != nil {
			t.Fatal(err)
		}
		wantPage(t, settled, 50, counts, bot.Counts{bot.CauseRecalled: 50})
	})
}

func TestPageWithoutAPlatform(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newWorkbench(50)
		b.down = recalltest.ErrAway
		settled, counts, err := b.page(t, false, nil)
		if bot.KindOf(err) != bot.Unavailable || !recall.Unreachable(err) {
			t.Errorf("Page = %v, want to be called again", err)
		}
		wantPage(t, settled, 0, counts, nil)
		if len(b.last) != 0 || len(b.failed) != 0 {
			t.Errorf("given up: %v, failed: %v", b.last, b.failed)
		}
		b.down = nil
		settled, counts, err = b.page(t, true, nil)
		if err != nil {
			t.Fatal(err)
		}
		wantPage(t, settled, 50, counts, bot.Counts{bot.CauseRecalled: 50})
	})
}

func TestPageStops(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b, stop := newWorkbench(50), make(chan struct{})
		for i := range 4 { // half of the callers wait for the limit
			b.answers[om(i)] = slices.Repeat([]recallResult{busy(1900 * time.Millisecond)}, 50)
		}
		time.AfterFunc(90*time.Millisecond, func() { close(stop) })
		began := time.Now()
		settled, counts, err := b.page(t, false, stop)
		if err != nil {
			t.Errorf("Page = %v", err)
		}
		if took := time.Since(began); took > 200*time.Millisecond {
			t.Errorf("stopping took %v", took)
		}
		if settled != len(b.gone) || counts[bot.CauseRecalled] != settled || settled < 16 || settled > 24 {
			t.Errorf("%d settled, %v, %d are gone", settled, counts, len(b.gone))
		}
	})
}

func TestGatherNeverTakesMoreThanWasShown(t *testing.T) {
	t.Parallel()
	b := newWorkbench(120)
	job := bot.Job{ID: "job", Chat: recalltest.Here, State: bot.JobNew}
	if err := b.worker().Gather(t.Context(), &job); err != nil {
		t.Fatal(err)
	}
	if job.Total != 120 || job.Preview.Total != 120 || len(b.targets) != 120 || len(b.kept) != 0 {
		t.Errorf("%d found, %d targets, %d kept", job.Total, len(b.targets), len(b.kept))
	}
	newer := bot.Seen{Message: bot.Message{ID: "om_new", Chat: recalltest.Here, Kind: bot.KindOwn}, Body: "{}"}
	other := bot.Seen{Message: bot.Message{ID: "om_5", Chat: recalltest.Here, Kind: bot.KindBot}, Body: "{}"}
	b.found = append([]bot.Seen{newer, other}, b.found[60:]...)
	job.State = bot.JobRunning
	if err := b.worker().Gather(t.Context(), &job); err != nil {
		t.Fatal(err)
	}
	if job.Total != 61 || job.Preview.Total != 120 || len(b.targets) != 61 {
		t.Errorf("%d of %d left, %d targets", job.Total, job.Preview.Total, len(b.targets))
	}
	if len(b.kept) != 60 || slices.Contains(b.kept, "om_5") || b.lost["om_5"] != bot.CauseOtherBot || len(b.lost) != 1 {
		t.Errorf("%d posts in the archive, and %v can't come back", len(b.kept), b.lost)
	}
}

func TestLeaveForgetsWhatStays(t *testing.T) {
	t.Parallel()
	b := newWorkbench(120)
	if err := b.worker().Leave(t.Context(), bot.Job{ID: "job", Chat: recalltest.Here, Total: 120, Next: 55}); err != nil {
		t.Fatal(err)
	}
	if len(b.dropped) != 65 || b.dropped[0] != om(55) || b.dropped[64] != om(119) {
		t.Errorf("forgot %d: %v", len(b.dropped), b.dropped)
	}
}

func TestGatherTrustsWhatItJustFound(t *testing.T) {
	t.Parallel()
	b := newWorkbench(3)
	clean := jobs.NewClean(jobs.CleanDeps{
		Select: b.Select, Targets: b, Failed: b.Failed, Previews: b, Recall: b.Recall, Find: b.Find, Now: time.Now,
	})
	job := bot.Job{ID: "job", Chat: recalltest.Here, State: bot.JobRunning, Total: 3, Found: time.Now()}
	b.found = nil
	if err := clean.Gather(t.Context(), &job); err != nil || job.Total != 3 {
		t.Errorf("%d left at once, %v", job.Total, err)
	}
	agreed, old := job, job
	agreed.Confirmed, old.Found = "ou_owner", time.Now().Add(-time.Minute)
	for name, job := range map[string]bot.Job{"agreed": agreed, "waited": old} {
		if err := clean.Gather(t.Context(), &job); err != nil || job.Total != 0 {
			t.Errorf("%s: %d left, %v", name, job.Total, err)
		}
	}
}

func TestGatherTakesOver(t *testing.T) {
	t.Parallel()
	b := newWorkbench(3)
	job := bot.Job{ID: "job", Chat: recalltest.Here, State: bot.JobNew, Of: "other"}
	if err := b.worker().Gather(t.Context(), &job); err != nil {
		t.Fatal(err)
	}
	if job.Total != 2 || job.Preview.Total != 2 || len(b.targets) != 2 || b.targets[1].Message.ID != "om_9" {
		t.Errorf("%d targets: %v", job.Total, b.targets)
	}
}

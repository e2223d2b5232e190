package jobs_test

import (
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"recallbot/bot"
	"recallbot/recall/jobs"
	"recallbot/recall/recalltest"
)

func wantReason(t *testing.T, err error, want bot.Reason) {
	t.Helper()
	if want == "" && err == nil {
		return
	}
	if err == nil || bot.Detail(err).Reason != want {
		t.Errorf("error %v has the reason %q, want %q", err, bot.Detail(err).Reason, want)
	}
}

func wantState(t *testing.T, d *harness, id bot.JobID, state bot.JobState) {
	t.Helper()
	if got := d.job(t, id).State; got != state {
		t.Errorf("job %s is %s, want %s", id, got, state)
	}
}

func TestStartIsOnce(t *testing.T) {
	t.Parallel()
	d := newHarness()
	first, second := d.start(t, d.request("e1")), d.start(t, d.request("e1"))
	if first.ID != second.ID || len(d.jobs) != 1 {
		t.Errorf("one work made %s and %s", first.ID, second.ID)
	}
	if other := d.start(t, d.request("e2")); other.ID == first.ID {
		t.Errorf("two works made the same job %s", other.ID)
	}
	if len(first.ID) != 8 || strings.Trim(string(first.ID), "abcdefghijklmnopqrstuvwxyz234567") != "" {
		t.Errorf("%q is not easy to type", first.ID)
	}
}

func TestStartIsRefused(t *testing.T) {
	t.Parallel()
	d := newHarness()
	d.deny["ou_nobody"] = true
	late, nobody := d.request("e1"), d.request("e2")
	late.Asked = time.Now().Add(-8*time.Hour - time.Minute)
	nobody.Who = "ou_nobody"
	for reason, req := range map[bot.Reason]jobs.Request{bot.ReasonTooLate: late, bot.ReasonNoSay: nobody} {
		_, err := d.process().Start(t.Context(), req)
		wantReason(t, err, reason)
	}
	if len(d.jobs) != 0 || len(d.due) != 0 || len(d.refused) != 2 {
		t.Errorf("%d jobs, %d steps, refusals %v", len(d.jobs), len(d.due), d.refused)
	}
}

// TestJobFieldsAreBounded: the fields of a job, which are in each of its records, are bounded.
func TestJobFieldsAreBounded(t *testing.T) {
	t.Parallel()
	d := newHarness()
	long := strings.Repeat("a", 3000)
	for name, change := range map[string]func(*jobs.Request){
		"messages":     func(r *jobs.Request) { r.Named = make([]bot.MessageID, bot.MaxNamed+1) },
		"a message":    func(r *jobs.Request) { r.Named = []bot.MessageID{"om_" + bot.MessageID(long)} },
		"no message":   func(r *jobs.Request) { r.Named = []bot.MessageID{"../../im/v1/chats/oc_x"} },
		"a group":      func(r *jobs.Request) { r.Group = bot.GroupID(long) },
		"a team":       func(r *jobs.Request) { r.Team = bot.TeamID(long) },
		"an address":   func(r *jobs.Request) { r.Notify = "https://example.com/" + long },
		"a path there": func(r *jobs.Request) { r.Named = []bot.MessageID{"om_1", "bm-x/../.."} },
	} {
		req := d.request("e1")
		change(&req)
		if _, err := d.process().Start(t.Context(), req); bot.KindOf(err) != bot.Invalid || len(d.jobs) > 0 {
			t.Errorf("%s: %v", name, err)
		}
	}
	req := d.request("e2")
	req.Comment = long
	if job := d.start(t, req); job.Comment != bot.ClipReason(long) {
		t.Errorf("a reason of %d letters is kept", len(job.Comment))
	}
}

// TestWhoMustAgree has one row for each way of asking.
func TestWhoMustAgree(t *testing.T) {
	t.Parallel()
	none := bot.Filter{}
	rows := []struct {
		name   string
		filter bot.Filter
		total  int
		age    time.Duration
		set    bot.Settings
		of     bot.JobID
		want   bot.JobState
		unsure bool
	}{
		{"few", bot.Filter{Last: 19}, 19, 0, bot.Settings{}, "", bot.JobDone, false},
		{"as many as ask", bot.Filter{Last: 20}, 20, 0, bot.Settings{}, "", bot.JobAsked, false},
		{"the chat's own number", bot.Filter{Last: 4}, 3, 0, bot.Settings{ConfirmFrom: 3}, "", bot.JobAsked, false},
		{"nothing narrows", none, 2, 0, bot.Settings{}, "", bot.JobAsked, false},
		{"nothing narrows, and yes", bot.Filter{Yes: true}, 2, 0, bot.Settings{}, "", bot.JobDone, false},
		{"yes does not help many", bot.Filter{Yes: true, Last: 30}, 30, 0, bot.Settings{}, "", bot.JobAsked, false},
		{"said long ago", bot.Filter{Yes: true, Last: 2}, 2, 6 * time.Minute, bot.Settings{}, "", bot.JobAsked, false},
		{"a dash that may have been a switch's", bot.Filter{Yes: true, Last: 2}, 2, 0, bot.Settings{}, "", bot.JobAsked, true},
		{"a second person", bot.Filter{Last: 10}, 10, 0, bot.Settings{ApproveFrom: 10}, "", bot.JobApproval, false},
		{"a second person later", bot.Filter{Last: 30}, 30, 0, bot.Settings{ApproveFrom: 10}, "", bot.JobAsked, false},
		{"a retry", none, 30, 0, bot.Settings{}, "of", bot.JobDone, false},
		{"only shown", bot.Filter{Last: 30, DryRun: true}, 30, 0, bot.Settings{}, "", bot.JobDone, false},
		{"nothing", bot.Filter{Last: 30}, 0, 0, bot.Settings{}, "", bot.JobDone, false},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				d := newHarness()
				d.total, d.set = row.total, row.set
				req := d.request("e1")
				req.Filter, req.Of, req.Asked, req.Unsure = row.filter, row.of, time.Now().Add(-row.age), row.unsure
				job := d.start(t, req)
				d.work(t, time.Minute)
				wantState(t, d, job.ID, row.want)
				ran := row.want == bot.JobDone && !row.filter.DryRun && row.total > 0
				if (len(d.done) == row.total) != (ran || row.total == 0) {
					t.Errorf("%d of %d messages were recalled", len(d.done), row.total)
				}
				if row.filter.DryRun && d.words() != "ask done 30" {
					t.Errorf("a dry run says %q", d.words())
				}
			})
		})
	}
}

// Where the pins can't be read, pinned messages are not known, so the job asks.
func TestPinsThatCanNotBeTold(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newHarness()
		d.total, d.unseen = 3, []bot.Unseen{bot.UnseenPins}
		req := d.request("e1")
		req.Filter = bot.Filter{Last: 3, Yes: true}
		job := d.start(t, req)
		d.work(t, time.Minute)
		wantState(t, d, job.ID, bot.JobAsked)
		if len(d.done) > 0 {
			t.Errorf("%d messages went", len(d.done))
		}
	})
}

// TestBotThatIsAssumed: where the named bot is only the one that it can be, a person confirms; without a person nothing is recalled.
func TestBotThatIsAssumed(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		by     *bot.Principal
		state  bot.JobState
		reason bot.Reason
	}{
		"a person": {state: bot.JobAsked},
		"a token":  {by: &bot.Principal{Token: "t1", Any: true}, state: bot.JobFailed, reason: bot.ReasonUnknownBot},
	} {
		synctest.Test(t, func(t *testing.T) {
			d := newHarness()
			d.total, d.unseen = 3, []bot.Unseen{bot.UnseenBots}
			req := d.request("e1")
			req.Filter, req.By = bot.Filter{Bots: []bot.BotRef{{Name: "Report"}}, Yes: true}, row.by
			if row.by != nil {
				req.Via, req.Who = bot.ViaAPI, ""
			}
			job := d.start(t, req)
			d.work(t, time.Minute)
			if got := d.job(t, job.ID); got.State != row.state || got.Reason != row.reason || len(d.done) > 0 {
				t.Errorf("%s: %s %q, %d messages went", name, got.State, got.Reason, len(d.done))
			}
		})
	}
}

// A batch that is not sent yet is recalled too.
func TestBatchThatIsStillBeingSent(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newHarness()
		d.total, d.left = 0, 0
		req := d.request("e1")
		req.Kind, req.Filter = bot.JobBatch, bot.Filter{}
		job := d.start(t, req)
		d.work(t, time.Minute)
		wantState(t, d, job.ID, bot.JobDone)
		if d.begun != 1 {
			t.Errorf("the platform was asked %d times", d.begun)
		}
	})
}

func TestConfirm(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newHarness()
		d.total, d.left = 40, 38
		job := d.start(t, d.request("e1"))
		d.work(t, time.Second)
		key, list, ctx := d.job(t, job.ID).Key, d.process(), t.Context()
		wantReason(t, list.Confirm(ctx, job.ID, "key0", "ou_owner"), bot.ReasonStale)
		wantReason(t, list.Confirm(ctx, job.ID, "", "ou_owner"), bot.ReasonStale)
		wantReason(t, list.Confirm(ctx, job.ID, key, "ou_manager"), bot.ReasonNotYours)
		wantReason(t, list.Confirm(ctx, job.ID, key, ""), bot.ReasonNotYours)
		wantReason(t, list.Approve(ctx, job.ID, key, "ou_manager"), bot.ReasonStale)
		wantReason(t, list.Retry(ctx, job.ID, key, "ou_owner"), bot.ReasonStale)
		wantReason(t, list.Confirm(ctx, "nojob", key, "ou_owner"), bot.ReasonNoJob)
		d.deny["ou_owner"] = true
		wantReason(t, list.Confirm(ctx, job.ID, key, "ou_owner"), bot.ReasonNoSay)
		d.deny["ou_owner"] = false
		d.work(t, time.Second)
		wantState(t, d, job.ID, bot.JobAsked)

		wantReason(t, list.Presses()[bot.ActConfirm](ctx, job.ID, key, "ou_owner"), "")
		wantReason(t, list.Confirm(ctx, job.ID, key, "ou_owner"), bot.ReasonStale)
		wantReason(t, list.Cancel(ctx, job.ID, key, "ou_owner"), bot.ReasonStale)
		d.work(t, time.Minute)
		wantState(t, d, job.ID, bot.JobDone)
		if len(d.done) != 38 {
			t.Errorf("%d messages went, 38 still matched", len(d.done))
		}
		if got := d.words(); got != "ask asked 40, settle running, end done 38/38" {
			t.Errorf("the board said %q", got)
		}
	})
}

func TestOnePressOfMany(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newHarness()
		d.total = 40
		job := d.start(t, d.request("e1"))
		d.work(t, time.Second)
		key := d.job(t, job.ID).Key
		var mu sync.Mutex
		good := 0
		var presses sync.WaitGroup
		for range 8 {
			presses.Go(func() {
				if err := d.process().Confirm(t.Context(), job.ID, key, "ou_owner"); err == nil {
					mu.Lock()
					good++
					mu.Unlock()
				}
			})
		}
		presses.Wait()
		if good != 1 {
			t.Errorf("%d presses of 8 were good", good)
		}
	})
}

func TestApproval(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newHarness()
		d.total, d.set.ApproveFrom = 40, 30
		job := d.start(t, d.request("e1"))
		d.work(t, time.Second)
		list, ctx, old := d.process(), t.Context(), d.job(t, job.ID).Key
		wantReason(t, list.Confirm(ctx, job.ID, old, "ou_owner"), "")
		d.work(t, time.Second)
		wantState(t, d, job.ID, bot.JobApproval)
		key := d.job(t, job.ID).Key
		d.deny["ou_nobody"] = true
		wantReason(t, list.Approve(ctx, job.ID, old, "ou_manager"), bot.ReasonStale)
		wantReason(t, list.Approve(ctx, job.ID, key, "ou_owner"), bot.ReasonSecondPerson)
		wantReason(t, list.Approve(ctx, job.ID, key, "ou_nobody"), bot.ReasonNoSay)
		wantReason(t, list.Presses()[bot.ActApprove](ctx, job.ID, key, "ou_manager"), "")
		wantReason(t, list.Approve(ctx, job.ID, key, "ou_manager"), bot.ReasonStale)
		d.work(t, time.Minute)
		done := d.job(t, job.ID)
		if done.State != bot.JobDone || done.Approver != "ou_manager" || done.Confirmed != "ou_owner" {
			t.Errorf("%s, confirmed by %q, approved by %q", done.State, done.Confirmed, done.Approver)
		}
	})
}

// TestApprovalWithoutASecondPerson: the only person who may approve confirms the job themselves, and is always asked. Once there
// is a second person, that person approves.
func TestApprovalWithoutASecondPerson(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newHarness()
		d.total, d.set.ApproveFrom, d.alone = 5, 3, "ou_owner"
		job := d.start(t, d.request("e1"))
		d.work(t, time.Second)
		wantState(t, d, job.ID, bot.JobAsked) // 5 messages of a person with company would not be asked about
		if asked := d.job(t, job.ID); !asked.Alone {
			t.Errorf("asks %+v", asked)
		}
		if asking, err := d.process().Asking(t.Context(), recalltest.Here); err != nil || len(asking) != 1 || asking[0].ID != job.ID {
			t.Errorf("asking: %+v, %v", asking, err)
		}
		wantReason(t, d.process().Confirm(t.Context(), job.ID, d.job(t, job.ID).Key, "ou_owner"), "")
		d.work(t, time.Minute)
		wantState(t, d, job.ID, bot.JobDone)

		other := d.start(t, d.request("e2"))
		d.work(t, time.Second)
		d.alone = ""
		wantReason(t, d.process().Confirm(t.Context(), other.ID, d.job(t, other.ID).Key, "ou_owner"), "")
		d.work(t, time.Second)
		wantState(t, d, other.ID, bot.JobApproval)
	})
}

func TestOfferIsOver(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newHarness()
		d.total = 40
		expired, cancelled := d.start(t, d.request("e1")), d.start(t, d.request("e2"))
		d.work(t, time.Second)
		list, ctx, key := d.process(), t.Context(), d.job(t, expired.ID).Key
		wantReason(t, list.Cancel(ctx, cancelled.ID, d.job(t, cancelled.ID).Key, "ou_manager"), bot.ReasonNotYours)
		wantReason(t, list.Presses()[bot.ActCancel](ctx, cancelled.ID, d.job(t, cancelled.ID).Key, "ou_owner"), "")
		d.work(t, 4*time.Minute)
		<-time.After(61 * time.Second)
		wantReason(t, list.Confirm(ctx, expired.ID, key, "ou_owner"), bot.ReasonStale) // its step has not run yet
		d.work(t, time.Minute)
		wantState(t, d, expired.ID, bot.JobExpired)
		wantState(t, d, cancelled.ID, bot.JobCancelled)
		if len(d.done) != 0 {
			t.Errorf("%d messages went", len(d.done))
		}
	})
}

func TestOneJobAtATime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newHarness()
		d.total, d.pageTime = 15, 3*time.Second
		var replicas sync.WaitGroup
		first := d.start(t, d.request("e1"))
		replicas.Go(func() { d.work(t, time.Minute) })
		<-time.After(time.Second)
		second, third := d.start(t, d.request("e2")), d.start(t, d.request("e3"))
		replicas.Go(func() { d.work(t, time.Minute) })
		replicas.Wait()
		d.work(t, time.Minute)
		for _, job := range []bot.Job{first, second, third} {
			wantState(t, d, job.ID, bot.JobDone)
		}
		if d.maxAtOnce != 1 {
			t.Errorf("%d jobs of one chat ran at once", d.maxAtOnce)
		}
		if !strings.Contains(d.words(), "wait") {
			t.Errorf("the waiting card was not shown: %s", d.words())
		}
		if !d.job(t, first.ID).Ended.Before(d.job(t, second.ID).Ended) {
			t.Error("the second job overtook the first")
		}
	})
}

func TestStop(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newHarness()
		d.total, d.pageTime = 200, 5*time.Second
		d.set.ConfirmFrom = 1000
		running, waiting := d.start(t, d.request("e1")), d.start(t, d.request("e2"))
		var replicas sync.WaitGroup
		for range 2 {
			replicas.Go(func() { d.work(t, time.Minute) })
		}
		<-time.After(7 * time.Second)
		list, ctx := d.process(), t.Context()
		d.mu.Lock()
		d.deny["ou_nobody"] = true
		d.mu.Unlock()
		wantReason(t, list.Stop(ctx, running.ID, "", "ou_nobody"), bot.ReasonNoSay)
		wantReason(t, list.Stop(ctx, running.ID, "key0", "ou_owner"), bot.ReasonStale)
		wantReason(t, list.Stop(ctx, waiting.ID, "", "ou_manager"), "")
		asked := time.Now()
		wantReason(t, list.Presses()[bot.ActStop](ctx, running.ID, "", "ou_owner"), "")
		replicas.Wait()
		stopped := d.job(t, running.ID)
		if stopped.State != bot.JobStopped || stopped.Next != 50 || stopped.Counts[bot.CauseRecalled] != 50 {
			t.Errorf("%s after %d of %d, %v", stopped.State, stopped.Next, stopped.Total, stopped.Counts)
		}
		if took := stopped.Ended.Sub(asked); took > time.Second {
			t.Errorf("stopping took %v", took)
		}
		wantState(t, d, waiting.ID, bot.JobStopped)
		wantReason(t, list.Stop(ctx, running.ID, "", "ou_owner"), bot.ReasonStale)
	})
}

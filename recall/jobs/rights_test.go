package jobs_test

import (
	"testing"
	"testing/synctest"
	"time"

	"recallbot/bot"
	"recallbot/recall/jobs"
	"recallbot/recall/recalltest"
)

// byToken asks for the recall of a group.
func byToken(d *harness) jobs.Request {
	req := d.request("e1")
	req.Kind, req.Via, req.Who, req.Chat, req.Filter = bot.JobPosts, bot.ViaAPI, "", "", bot.Filter{}
	req.By = &bot.Principal{Token: "t1", Team: "red", Own: true}
	req.Group, req.Team = "launch", "red"
	return req
}

// TestGroupThatIsEmpty: a recall of a group runs although no post was found, because accepted posts may not be listed yet. It
// searches again when it runs.
func TestGroupThatIsEmpty(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newHarness()
		d.total, d.left = 0, 3
		job := d.start(t, byToken(d))
		d.work(t, time.Minute)
		wantState(t, d, job.ID, bot.JobDone)
		if d.begun != 1 || len(d.done) != 3 || d.job(t, job.ID).Epoch != 1 {
			t.Errorf("gathered %d times, %d posts went, %+v", d.begun, len(d.done), d.job(t, job.ID))
		}
	})
}

// TestTokenIsOver: what a token asked for ends when the token is revoked, with the page that is under way.
func TestTokenIsOver(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newHarness()
		d.total, d.pageTime = 400, 2*time.Second
		job := d.start(t, byToken(d))
		go func() {
			<-time.After(3 * time.Second) // in the second page
			d.mu.Lock()
			defer d.mu.Unlock()
			d.over["t1"] = true
		}()
		d.work(t, time.Minute)
		ended := d.job(t, job.ID)
		if ended.State != bot.JobFailed || ended.Reason != bot.ReasonTokenOver || len(d.done) != 100 || ended.Next != 100 {
			t.Errorf("%s for %q after %d of %d", ended.State, ended.Reason, ended.Next, ended.Total)
		}
	})
}

// TestApprovalIsCounted: the number from which a chat requires approval applies however the messages were named.
func TestApprovalIsCounted(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		chats map[bot.ChatID]int
		by    bool
		want  bot.JobState
	}{
		"by a token":                    {map[bot.ChatID]int{"oc_a": 12}, true, bot.JobFailed},
		"by a token, some here":         {map[bot.ChatID]int{"oc_a": 3, "oc_b": 10}, true, bot.JobFailed},
		"by a token, a few in each":     {map[bot.ChatID]int{"oc_a": 9, "oc_b": 9}, true, bot.JobDone},
		"by a person in that chat":      {map[bot.ChatID]int{recalltest.Here: 10, "oc_a": 1}, false, bot.JobApproval},
		"by a person, of another chat":  {map[bot.ChatID]int{"oc_a": 10}, false, bot.JobFailed},
		"by a person, a few in another": {map[bot.ChatID]int{"oc_a": 9}, false, bot.JobDone},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				d := newHarness()
				d.chats, d.set.ApproveFrom, d.total = row.chats, 10, 20
				req := byToken(d)
				if !row.by {
					req.By, req.Who, req.Via, req.Chat = nil, "ou_1", bot.ViaButton, recalltest.Here
				}
				job := d.start(t, req)
				d.work(t, time.Second)
				wantState(t, d, job.ID, row.want)
				ended := d.job(t, job.ID)
				if (len(d.done) > 0) != (row.want == bot.JobDone) || (row.want == bot.JobFailed) != (ended.Reason == bot.ReasonNeedsApproval) {
					t.Errorf("%d went, reason %q", len(d.done), ended.Reason)
				}
			})
		})
	}
}

// TestApprovalEnds: an approval ends when its person loses the right, and a changed setting applies to the rest of a running job.
// Then another person has to approve the rest.
func TestApprovalEnds(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*harness){
		"the approver has left":  func(d *harness) { d.deny["ou_manager"] = true },
		"the chat wants it now":  func(d *harness) { d.set.ApproveFrom = 30 },
		"the chat wants it less": func(d *harness) { d.set.ApproveFrom = 1000 },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				d := newHarness()
				d.total, d.pageTime, d.set.ConfirmFrom = 150, 2*time.Second, 1000
				approved := name == "the approver has left"
				if approved {
					d.set.ApproveFrom = 10
				}
				job := d.start(t, d.request("e1"))
				if approved {
					d.work(t, time.Second)
					wantReason(t, d.process().Approve(t.Context(), job.ID, d.job(t, job.ID).Key, "ou_manager"), "")
				}
				go func() {
					<-time.After(3 * time.Second) // in the second page
					d.mu.Lock()
					defer d.mu.Unlock()
					change(d)
				}()
				d.work(t, 30*time.Second)
				if name == "the chat wants it less" {
					wantState(t, d, job.ID, bot.JobDone)
					return
				}
				wantState(t, d, job.ID, bot.JobApproval)
				if now := d.job(t, job.ID); now.Next != 100 || now.Approver != "" || len(d.done) != 100 {
					t.Errorf("after %d of %d, approved by %q", now.Next, now.Total, now.Approver)
				}
				wantReason(t, d.process().Approve(t.Context(), job.ID, d.job(t, job.ID).Key, "ou_other"), "")
				d.work(t, time.Minute)
				wantState(t, d, job.ID, bot.JobDone)
				if len(d.done) != 150 {
					t.Errorf("%d of 150 went", len(d.done))
				}
			})
		})
	}
}

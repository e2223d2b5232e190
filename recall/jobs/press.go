package jobs

import (
	"cmp"
	"context"
	"crypto/subtle"
	"time"

	"recallbot/bot"
	"recallbot/recall"
	"recallbot/recall/policy"
)

// maxConflicts is how often a change of a job is tried while others change it.
const maxConflicts = 10

// PressFunc does what a button of a job means.
type PressFunc func(ctx context.Context, id bot.JobID, key string, who bot.UserID) error

// Presses is what the buttons of a job do, by their actions.
func (j *Engine) Presses() map[bot.Action]PressFunc {
	return map[bot.Action]PressFunc{
		bot.ActConfirm: j.Confirm, bot.ActCancel: j.Cancel, bot.ActApprove: j.Approve, bot.ActRetry: j.Retry, bot.ActStop: j.Stop,
		bot.ActGoOn: j.GoOn, bot.ActAllBots: j.AllBots,
	}
}

// Confirm confirms a job in JobAsked. Refusals are Denied: ReasonStale where the job is in another state, has expired or has
// another key; otherwise ReasonNotYours, ReasonNoSay and so on. A key can be used once.
func (j *Engine) Confirm(ctx context.Context, id bot.JobID, key string, who bot.UserID) error {
	return j.press(ctx, id, func(job *bot.Job) error {
		if job.State != bot.JobAsked || !j.fresh(job, key) {
			return denied(bot.ReasonStale)
		}
		if who == "" || who != job.Who {
			return j.refusedPress(ctx, *job, who, policy.Decision{Rule: policy.RuleNobody, Reason: bot.ReasonNotYours})
		}
		if err := j.mayPress(ctx, *job, who); err != nil {
			return err
		}
		settings, err := j.Settings(ctx, job.Chat)
		if err != nil {
			return err
		}
		where, err := j.approvalIn(ctx, *job, settings)
		if err != nil {
			return err
		}
		if job.Alone, err = j.alone(ctx, *job, where); err != nil {
			return err
		}
		job.Confirmed = who
		j.proceed(job, where != "" && !job.Alone)
		return nil
	})
}

// Approve approves a job in JobApproval. The person must have the right to recall, and neither have asked for the job nor
// confirmed it.
func (j *Engine) Approve(ctx context.Context, id bot.JobID, key string, who bot.UserID) error {
	return j.press(ctx, id, func(job *bot.Job) error {
		if job.State != bot.JobApproval || !j.fresh(job, key) {
			return denied(bot.ReasonStale)
		}
		if who == "" || who == job.Who || who == job.Confirmed {
			return j.refusedPress(ctx, *job, who, policy.Decision{Rule: policy.RuleNobody, Reason: bot.ReasonSecondPerson})
		}
		if err := j.mayPress(ctx, *job, who); err != nil {
			return err
		}
		job.Approver = who
		j.proceed(job, false)
		return nil
	})
}

// Cancel ends a job that asks. Only the person who asked for it may.
func (j *Engine) Cancel(ctx context.Context, id bot.JobID, key string, who bot.UserID) error {
	return j.press(ctx, id, func(job *bot.Job) error {
		asking := job.State == bot.JobAsked || job.State == bot.JobApproval
		if !asking || !sameKey(*job, key) {
			return denied(bot.ReasonStale)
		}
		if who == "" || who != job.Who {
			return j.refusedPress(ctx, *job, who, policy.Decision{Rule: policy.RuleNobody, Reason: bot.ReasonNotYours})
		}
		j.close(job, bot.JobCancelled)
		return nil
	})
}

// Stop ends the job: at once where it does not run yet, within a second where it does. The person who asked for it may, and
// everyone with the right to recall. The key is empty for a command that names the job.
func (j *Engine) Stop(ctx context.Context, id bot.JobID, key string, who bot.UserID) error {
	return j.press(ctx, id, func(job *bot.Job) error {
		if job.State.Ended() || (key != "" && !sameKey(*job, key)) {
			return denied(bot.ReasonStale)
		}
		if who == "" || who != job.Who {
			if err := j.mayPress(ctx, *job, who); err != nil {
				return err
			}
		}
		if job.State != bot.JobRunning {
			j.close(job, bot.JobStopped)
		}
		return j.Turns.Stop(ctx, job.Chat, job.ID)
	})
}

// Retry makes a job of the failed targets. Everyone with the right to recall may. It runs without a confirmation.
func (j *Engine) Retry(ctx context.Context, id bot.JobID, key string, who bot.UserID) error {
	return j.again(ctx, "retry", id, key, who, func(job bot.Job, req *Request) bool {
		req.Of, req.Asked = job.ID, j.Now()
		return job.Kind == bot.JobClean || job.Kind == bot.JobPosts
	})
}

// GoOn makes a job of what a stopped clean-up did not reach; not of a retry, whose targets no filter means. Everyone with the right to
// recall may. It asks for a confirmation.
func (j *Engine) GoOn(ctx context.Context, id bot.JobID, key string, who bot.UserID) error {
	return j.again(ctx, "go_on", id, key, who, func(job bot.Job, req *Request) bool {
		left := job.Total - job.Next
		if req.Filter.Last > 0 {
			req.Filter.Last = left
		}
		req.Unsure, req.Filter.Yes = true, false
		return job.Kind == bot.JobClean && job.Of == "" && job.State == bot.JobStopped && left > 0
	})
}

// AllBots makes a job that looks for the posts of all bots, where a clean-up that named none found nothing; not with --any, which would
// take every bot's posts then. Everyone with the right to recall may. It asks for a confirmation.
func (j *Engine) AllBots(ctx context.Context, id bot.JobID, key string, who bot.UserID) error {
	return j.again(ctx, "all_bots", id, key, who, func(job bot.Job, req *Request) bool {
		req.Filter.Bots = []bot.BotRef{{Any: true}}
		req.Unsure, req.Filter.Yes = true, false
		fits := job.Kind == bot.JobClean && job.State == bot.JobDone && job.Total == 0
		return fits && !job.Filter.Any && len(job.Filter.Bots)+len(job.Filter.By) == 0
	})
}

// again makes a job from one that has ended, once. The new job's request is that of the old one as change leaves it, which reports
// whether the old one fits.
func (j *Engine) again(
	ctx context.Context, name string, id bot.JobID, key string, who bot.UserID, change func(job bot.Job, req *Request) bool,
) error {
	return j.press(ctx, id, func(job *bot.Job) error {
		req := Request{
			Kind: job.Kind, CauseID: bot.EventID(name + "/" + string(job.ID) + "/" + key), Who: who, Via: bot.ViaButton,
			Chat: job.Chat, Topic: job.Topic, P2P: job.P2P, Command: job.Command, CommandBy: cmp.Or(job.CommandBy, job.Who),
			Asked: job.Asked, Comment: job.Comment, Language: job.Language, Filter: job.Filter,
		}
		if fits := change(*job, &req); !fits || !job.State.Ended() || job.Again || !sameKey(*job, key) {
			return denied(bot.ReasonStale)
		}
		if who == "" {
			return denied(bot.ReasonNoSay)
		}
		_, err := j.Start(ctx, req)
		job.Key, job.Again = j.Key(), true
		return err
	})
}

// press changes a job by decide and queues it. After a crash in between, the repeated press is stale, and requeue queues the
// job.
func (j *Engine) press(ctx context.Context, id bot.JobID, decide func(*bot.Job) error) error {
	for range maxConflicts {
		job, err := j.Find(ctx, id)
		if err != nil {
			return err
		}
		before := job
		if err := decide(&job); err != nil {
			return j.requeue(ctx, before, err)
		}
		if job.State == before.State && job.Key == before.Key {
			return nil
		}
		saved, err := j.Store.Save(ctx, &job)
		if err != nil {
			return err
		}
		if saved {
			return j.Steps.Put(ctx, id)
		}
	}
	return bot.Errorf(bot.Unavailable, "change job %s: too many concurrent changes", id)
}

// requeue queues a job whose button was pressed before.
func (j *Engine) requeue(ctx context.Context, job bot.Job, err error) error {
	pressed := job.Confirmed != "" && (job.State == bot.JobApproval || job.State == bot.JobWaiting)
	over := job.State.Ended() && !job.Told
	if bot.Detail(err).Reason != bot.ReasonStale || (!pressed && !over) {
		return err
	}
	if putErr := j.Steps.Put(ctx, job.ID); putErr != nil {
		return putErr
	}
	return err
}

// proceed moves a confirmed job on.
func (j *Engine) proceed(job *bot.Job, approval bool) {
	job.State, job.Key, job.Expires = bot.JobWaiting, j.Key(), time.Time{}
	if approval {
		job.State, job.Expires = bot.JobApproval, j.Now().Add(offerTTL)
	}
}

// close ends a job without saving it.
func (j *Engine) close(job *bot.Job, state bot.JobState) {
	job.State, job.Key, job.Ended = state, j.Key(), j.Now()
}

// fresh reports whether the key is the job's and its offer has not expired.
func (j *Engine) fresh(job *bot.Job, key string) bool {
	return sameKey(*job, key) && j.Now().Before(job.Expires)
}

func sameKey(job bot.Job, key string) bool {
	return job.Key != "" && subtle.ConstantTimeCompare([]byte(job.Key), []byte(key)) == 1
}

// mayPress refuses a person who may not recall in the job's chat now.
func (j *Engine) mayPress(ctx context.Context, job bot.Job, who bot.UserID) error {
	if job.Kind == bot.JobBatch && who == job.Who {
		return nil
	}
	decision, err := j.Rights.May(ctx, who, job.Chat, job.P2P)
	if err != nil || decision.Allow {
		return err
	}
	return j.refusedPress(ctx, job, who, decision)
}

// refusedPress records a refused press, once for each person and job.
func (j *Engine) refusedPress(ctx context.Context, job bot.Job, who bot.UserID, decision policy.Decision) error {
	return j.refused(ctx, recall.Request{
		CauseID: bot.EventID("press/" + string(job.ID) + "/" + string(who)), Via: bot.ViaButton, Who: who, Asked: j.Now(),
		Chat: job.Chat, P2P: job.P2P, Command: job.Command, Job: job.ID,
	}, decision)
}

package jobs

import (
	"context"
	"slices"

	"recallbot/bot"
	"recallbot/recall"
	"recallbot/recall/policy"
)

// Start stores a job and queues it: a crash can't lose it any more. The same cause gets the same job. Without the right to
// recall in the chat, or for an old request, the error is Denied with the reason, and the refusal is recorded.
func (j *Engine) Start(ctx context.Context, req Request) (bot.Job, error) {
	job, err := j.Store.Load(ctx, bot.JobIDOf(req.Kind, req.CauseID))
	if bot.KindOf(err) == bot.NotFound {
		job, err = j.create(ctx, req)
	}
	if err != nil {
		return bot.Job{}, err
	}
	if job.CauseID != req.CauseID {
		return bot.Job{}, bot.Errorf(bot.Internal, "start a job for %s: %s is the job of %s", req.CauseID, job.ID, job.CauseID)
	}
	if job.State != bot.JobNew {
		return job, nil
	}
	return job, j.Steps.Put(ctx, job.ID)
}

func (j *Engine) create(ctx context.Context, req Request) (bot.Job, error) {
	if err := req.check(); err != nil {
		return bot.Job{}, err
	}
	now := j.Now()
	if now.Sub(req.Asked) > bot.MaxEventDelay {
		return bot.Job{}, j.refused(ctx, req.refusal(), policy.Decision{Rule: policy.RuleTooLate, Reason: bot.ReasonTooLate})
	}
	if err := j.may(ctx, req); err != nil {
		return bot.Job{}, err
	}
	if req.Chat == "" {
		req.Chat = bot.LineOf(bot.JobIDOf(req.Kind, req.CauseID))
	}
	epoch := 0
	if req.Group != "" && j.NextEpoch != nil {
		var err error
		if epoch, err = j.NextEpoch(ctx, req.Team, req.Group, req.Who); err != nil {
			return bot.Job{}, err
		}
	}
	return j.Store.Create(ctx, bot.Job{
		By: req.By, Group: req.Group, Team: req.Team, Epoch: epoch, Named: req.Named,
		ID: bot.JobIDOf(req.Kind, req.CauseID), Kind: req.Kind, State: bot.JobNew, CauseID: req.CauseID, Who: req.Who, Via: req.Via, Chat: req.Chat,
		Topic: req.Topic, P2P: req.P2P, Command: req.Command, CommandBy: req.CommandBy, Asked: req.Asked, Comment: bot.ClipReason(req.Comment), Language: req.Language,
		Filter: req.Filter, Unsure: req.Unsure, Of: req.Of, Batch: req.Batch, Notify: req.Notify, Key: j.Key(), Created: now,
	})
}

// check refuses invalid ids and long texts, since each record of the job contains them.
func (r Request) check() error {
	switch {
	case len(r.Named) > bot.MaxNamed:
		return bot.Errorf(bot.Invalid, "%d messages for one job", len(r.Named))
	case slices.ContainsFunc(r.Named, func(id bot.MessageID) bool { return !id.Valid() }):
		return bot.Errorf(bot.Invalid, "the id of a message is invalid")
	case r.Group != "" && !r.Group.Valid(), r.Team != "" && !r.Team.Valid():
		return bot.Errorf(bot.Invalid, "the name of a group or a team is invalid")
	case len(r.Notify) > bot.MaxURL:
		return bot.Errorf(bot.Invalid, "a URL of more than %d bytes", bot.MaxURL)
	default:
		return nil
	}
}

// may refuses a clean-up without the right to recall in the chat. The handlers check the other kinds.
func (j *Engine) may(ctx context.Context, req Request) error {
	if req.Kind != bot.JobClean || req.Via == bot.ViaOperator || req.Via == bot.ViaLifetime {
		return nil
	}
	decision, err := policy.Decision{}, error(nil)
	if req.By != nil {
		decision = j.Rights.MayBy(req.By, req.Chat)
	} else {
		decision, err = j.Rights.May(ctx, req.Who, req.Chat, req.P2P)
	}
	if err != nil || decision.Allow {
		return err
	}
	return j.refused(ctx, req.refusal(), decision)
}

// refusal is the request under which a refusal is recorded.
func (r Request) refusal() recall.Request {
	return recall.Request{
		CauseID: r.CauseID, Via: r.Via, Who: r.Who, By: r.By, Asked: r.Asked, Chat: r.Chat, P2P: r.P2P, Command: r.Command, Comment: r.Comment,
	}
}

// refused records a refusal and returns it as an error.
func (j *Engine) refused(ctx context.Context, req recall.Request, decision policy.Decision) error {
	if err := j.Rights.Refuse(ctx, req, decision.Rule, decision.Reason); err != nil {
		return err
	}
	return denied(decision.Reason)
}

func denied(reason bot.Reason) error {
	return &bot.Error{Kind: bot.Denied, Op: "job", Reason: reason}
}

// Find gives a job, or NotFound with ReasonNoJob. The caller must check that it is of the right chat.
func (j *Engine) Find(ctx context.Context, id bot.JobID) (bot.Job, error) {
	job, err := j.Store.Load(ctx, id)
	if bot.KindOf(err) == bot.NotFound {
		return bot.Job{}, &bot.Error{Kind: bot.NotFound, Op: "find job " + string(id), Reason: bot.ReasonNoJob, Err: err}
	}
	return job, err
}

// Line gives the chat's jobs that run or wait, the running one first.
func (j *Engine) Line(ctx context.Context, chat bot.ChatID) ([]bot.Job, error) {
	ids, err := j.Store.Line(ctx, chat)
	if err != nil {
		return nil, err
	}
	return j.open(ctx, chat, ids)
}

// Asking gives the chat's jobs that wait for a confirmation or an approval.
func (j *Engine) Asking(ctx context.Context, chat bot.ChatID) ([]bot.Job, error) {
	ids, err := j.Store.Asking(ctx, chat)
	if err != nil {
		return nil, err
	}
	return j.open(ctx, chat, ids)
}

// open loads the jobs that have not ended.
func (j *Engine) open(ctx context.Context, chat bot.ChatID, ids []bot.JobID) ([]bot.Job, error) {
	jobs := make([]bot.Job, 0, len(ids))
	for _, id := range ids {
		job, err := j.Store.Load(ctx, id)
		switch {
		case err == nil && !job.State.Ended():
			jobs = append(jobs, job)
		case err == nil:
		case bot.KindOf(err) != bot.NotFound:
			return nil, err
		default:
			if err := j.Store.Leave(ctx, chat, id); err != nil {
				return nil, err
			}
		}
	}
	return jobs, nil
}

// wakeNext queues the chat's next job, if one waits and none runs. It is idempotent.
func (j *Engine) wakeNext(ctx context.Context, chat bot.ChatID) error {
	line, err := j.Line(ctx, chat)
	if err != nil || len(line) == 0 || line[0].State != bot.JobWaiting {
		return err
	}
	return j.Steps.Put(ctx, line[0].ID)
}

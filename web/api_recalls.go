package web

import (
	"context"
	"errors"
	"net/http"

	"recallbot/bot"
	"recallbot/recall/jobs"
	"recallbot/recall/policy"
)

type createRecallInput struct {
	Idempotent

	Body RecallRequest
}

// startedRecall is the response for a job that was started.
type startedRecall struct {
	Status   int
	Location string `header:"Location" doc:"Where to look at it"`
	Replayed string `header:"Idempotent-Replay" doc:"true where this Idempotency-Key came before"`
	Body     Recall
}

// recallAnswer is a preview, or the job that was started.
type recallAnswer struct {
	Status   int
	Location string `header:"Location" doc:"Where to look at the recall that began"`
	Replayed string `header:"Idempotent-Replay" doc:"true where this Idempotency-Key came before"`
	Body     any
}

// createRecall is POST /recalls.
func (a *api) createRecall(ctx context.Context, in *createRecallInput) (*recallAnswer, error) {
	by := principalOf(ctx)
	req, err := in.Body.request(by, a.Zone(), a.Now())
	if wrong, ok := errors.AsType[*bot.FilterError](err); ok {
		problem := invalid("body.filter", a.Say.Filter(wrong))
		problem.Reason = string(wrong.Fault)
		return nil, problem
	}
	if err != nil {
		return nil, a.fail(ctx, "read a recall", err)
	}
	if err := a.checkRecall(ctx, req); err != nil {
		return nil, a.fail(ctx, "begin a recall", err)
	}
	if !in.Body.Confirm || req.Filter.DryRun {
		preview, err := a.preview(ctx, req)
		if err != nil {
			return nil, a.fail(ctx, "preview a recall", err)
		}
		return &recallAnswer{Status: http.StatusOK, Body: preview}, nil
	}
	made, err := a.begin(ctx, req, in.Key, in.Body)
	if err != nil {
		return nil, err
	}
	return &recallAnswer{made.Status, made.Location, made.Replayed, made.Body}, nil
}

// begin starts the job.
func (a *api) begin(ctx context.Context, req jobs.Request, key string, body any) (*startedRecall, error) {
	work, replayed, err := a.causeID(ctx, key, body)
	if err != nil {
		return nil, a.fail(ctx, "begin a recall", err)
	}
	req.CauseID = work
	job, err := a.Jobs.Start(ctx, req)
	if err != nil {
		return nil, a.fail(ctx, "begin a recall", err)
	}
	return a.answer(job, replayed), nil
}

func (a *api) answer(job bot.Job, replayed string) *startedRecall {
	return &startedRecall{http.StatusAccepted, apiPath + "/recalls/" + string(job.ID), replayed, a.recallOf(job)}
}

// checkRecall refuses chats, groups and messages that the token does not reach or see. Policy decides on each message
// later.
func (a *api) checkRecall(ctx context.Context, req jobs.Request) error {
	if err := a.checkNotify(req.Notify); err != nil {
		return err
	}
	switch {
	case req.By.Team == "" && !req.By.Any:
		return &bot.Error{Kind: bot.Denied, Op: "recall", Reason: bot.ReasonNoRight}
	case req.Chat != "":
		if !policy.Reaches(req.By, req.Chat) {
			return notFound("chat")
		}
		if may := a.Recaller.MayBy(req.By, req.Chat); !may.Allow {
			return &bot.Error{Kind: bot.Denied, Op: "recall in " + string(req.Chat), Reason: may.Reason}
		}
		return nil
	case req.Group != "":
		return a.checkGroup(ctx, req)
	default:
		return a.checkNamed(ctx, req)
	}
}

// checkNotify refuses an address that must not be notified.
func (a *api) checkNotify(address string) error {
	if address == "" {
		return nil
	}
	err := a.CheckNotify(address)
	if detail := bot.Detail(err); err != nil && detail.Kind == bot.Invalid {
		return invalid("body.notify.url", errorText(detail))
	}
	return err
}

// checkGroup refuses an unknown group, and one with posts in chats that the token does not reach.
func (a *api) checkGroup(ctx context.Context, req jobs.Request) error {
	if err := a.Posts.Complete(ctx, req.Team, req.Group); err != nil {
		return err
	}
	found := false
	err := a.eachOfGroup(ctx, req.Team, req.Group, func(p bot.Post) error {
		found = true
		if !policy.Reaches(req.By, p.Chat) {
			return newProblem(http.StatusForbidden, "The group has posts in chats that this token does not reach.")
		}
		return nil
	})
	if err == nil && !found {
		err = notFound("group")
	}
	return err
}

func (a *api) eachOfGroup(ctx context.Context, team bot.TeamID, group bot.GroupID, do func(bot.Post) error) error {
	for cursor := ""; ; {
		page, next, err := a.Book.Group(ctx, team, group, cursor)
		if err != nil {
			return err
		}
		for _, p := range page {
			if err := do(p); err != nil {
				return err
			}
		}
		if cursor = next; cursor == "" {
			return nil
		}
	}
}

// checkNamed refuses messages that the token may not see.
func (a *api) checkNamed(ctx context.Context, req jobs.Request) error {
	known, err := a.Index.Known(ctx, req.Named)
	if err != nil {
		return err
	}
	posts, err := a.Book.OfAll(ctx, req.Named)
	if err != nil {
		return err
	}
	for i, id := range req.Named {
		if !isVisibleTarget(req.By, posts[i], known[i]) {
			return notFound("message: " + string(id))
		}
	}
	return nil
}

// isVisibleTarget reports whether a token may know of a message as a target. It hides other teams' posts, and from
// tokens with recall:own everything but the own team's.
func isVisibleTarget(by *bot.Principal, p *bot.Post, known bot.Message) bool {
	switch {
	case p != nil && isVisible(by, *p):
		return true
	case !by.Any || !policy.Sees(by, p):
		return false
	default:
		return known.Chat == "" || policy.Reaches(by, known.Chat)
	}
}

type recallGroupInput struct {
	Idempotent

	Group bot.GroupID `path:"group" maxLength:"128"`
	Team  bot.TeamID  `query:"team" maxLength:"64" doc:"For tokens without a team: whose group"`
	// Notify is as in the body of POST /recalls.
	Notify string `query:"notify" maxLength:"2048" format:"uri" doc:"An address that is told when it has ended"`
}

// recallGroup is DELETE /groups/{group}.
func (a *api) recallGroup(ctx context.Context, in *recallGroupInput) (*startedRecall, error) {
	body := RecallRequest{Group: in.Group, Team: in.Team, Confirm: true}
	if in.Notify != "" {
		body.Notify = &Notify{in.Notify}
	}
	req, err := body.request(principalOf(ctx), a.Zone(), a.Now())
	if err != nil {
		return nil, a.fail(ctx, "read a group", err)
	}
	if err := a.checkRecall(ctx, req); err != nil {
		return nil, a.fail(ctx, "recall a group", err)
	}
	return a.begin(ctx, req, in.Key, body)
}

// stopRecall is DELETE /recalls/{id}.
func (a *api) stopRecall(ctx context.Context, in *recallInput) (*startedRecall, error) {
	job, err := a.findRecall(ctx, in.ID)
	if err != nil {
		return nil, a.fail(ctx, "stop a recall", err)
	}
	err = a.Jobs.StopBy(ctx, job.ID, principalOf(ctx))
	if bot.Detail(err).Reason == bot.ReasonStale {
		return nil, newProblem(http.StatusConflict, "This recall has ended already.")
	}
	if err == nil {
		job, err = a.Jobs.Find(ctx, job.ID)
	}
	if err != nil {
		return nil, a.fail(ctx, "stop a recall", err)
	}
	return a.answer(job, ""), nil
}

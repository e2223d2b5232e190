package web

import (
	"context"

	"recallbot/bot"
	"recallbot/recall/policy"
)

type listRecallsInput struct {
	Paged

	State string `query:"state" enum:"new,asked,approval,waiting,running,done,stopped,cancelled,expired,failed"`
	Chat  string `query:"chat" maxLength:"128"`
	Group string `query:"group" maxLength:"128"`
}

type recallsPage struct {
	Body struct {
		Items []Recall `json:"items"`
		Next  string   `json:"next_cursor,omitempty"`
	}
}

// listRecalls is GET /recalls.
func (a *api) listRecalls(ctx context.Context, in *listRecallsInput) (*recallsPage, error) {
	by := principalOf(ctx)
	page, next, err := a.ListJobs(ctx, by.Team, in.Cursor, in.Limit, func(job bot.Job) bool {
		return seesJob(by, job) && (in.State == "" || string(job.State) == in.State) &&
			(in.Chat == "" || string(job.Chat) == in.Chat) && (in.Group == "" || string(job.Group) == in.Group)
	})
	if err != nil {
		return nil, a.fail(ctx, "list recalls", err)
	}
	answer := &recallsPage{}
	answer.Body.Items, answer.Body.Next = []Recall{}, next
	for _, job := range page {
		answer.Body.Items = append(answer.Body.Items, a.recallOf(job))
	}
	return answer, nil
}

// seesJob reports whether a token may see a job; one of a chat only if the token reaches the chat.
func seesJob(by *bot.Principal, job bot.Job) bool {
	ofChat := job.Chat != bot.LineOf(job.ID)
	return policy.SeesJob(by, job) && (!ofChat || policy.Reaches(by, job.Chat))
}

type recallInput struct {
	ID bot.JobID `path:"id" maxLength:"64"`
}

type recallState struct{ Body Recall }

// readRecall is GET /recalls/{id}.
func (a *api) readRecall(ctx context.Context, in *recallInput) (*recallState, error) {
	job, err := a.findRecall(ctx, in.ID)
	if err != nil {
		return nil, a.fail(ctx, "read a recall", err)
	}
	return &recallState{a.recallOf(job)}, nil
}

// findRecall finds a job that the caller may see.
func (a *api) findRecall(ctx context.Context, id bot.JobID) (bot.Job, error) {
	job, err := a.Jobs.Find(ctx, id)
	if err != nil && bot.KindOf(err) != bot.NotFound {
		return bot.Job{}, err
	}
	if err != nil || !seesJob(principalOf(ctx), job) {
		return bot.Job{}, notFound("recall")
	}
	return job, nil
}

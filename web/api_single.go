package web

import (
	"context"
	"net/http"

	"recallbot/bot"
	"recallbot/recall"
	"recallbot/recall/policy"
)

type recallPostAnswer struct {
	Body struct {
		Outcome string      `json:"outcome" enum:"recalled,already_gone,cancelled,dry_run,asked" doc:"cancelled: it was not sent yet, and will not be; asked: the platform recalls the batch send by itself"`
		Rule    policy.Rule `json:"rule,omitempty" doc:"The rule that allowed it"`
		Post    *Post       `json:"post,omitempty"`
	}
}

// recallPost is DELETE /posts/{id}.
func (a *api) recallPost(ctx context.Context, in *postInput) (*recallPostAnswer, error) {
	p, err := a.findRecallable(ctx, in.ID)
	if err != nil {
		return nil, a.fail(ctx, "find a post", err)
	}
	out, err := a.recallOne(ctx, p)
	if err != nil {
		return nil, a.fail(ctx, "recall a post", err)
	}
	answer := &recallPostAnswer{}
	answer.Body.Outcome, answer.Body.Rule = string(out.Result), out.Rule
	if p.ID != "" {
		if now, err := a.Book.Find(ctx, p.ID); err == nil {
			answer.Body.Post = a.postPointer(now)
		}
	}
	return answer, nil
}

// findRecallable finds the post to recall.
func (a *api) findRecallable(ctx context.Context, id string) (bot.Post, error) {
	p, err := a.findPost(ctx, id)
	if err != nil && a.isForeignMessage(ctx, bot.MessageID(id), err) {
		return bot.Post{Message: bot.MessageID(id)}, nil
	}
	if err != nil {
		return bot.Post{}, err
	}
	if p.Message == "" && (p.State == bot.PostFailed || p.State == bot.PostUnsure) {
		return bot.Post{}, conflict(p.Reason, "It was not sent, so there is nothing to take back.")
	}
	return *p, nil
}

func (a *api) postPointer(p bot.Post) *Post {
	post := a.postOf(p)
	return &post
}

// isForeignMessage reports whether an id that is no post is a message that the token may recall: one that no team
// posted, for tokens with recall:any.
func (a *api) isForeignMessage(ctx context.Context, id bot.MessageID, findErr error) bool {
	by := principalOf(ctx)
	if problemOf(findErr).Status != http.StatusNotFound || !by.Any || !id.Valid() {
		return false
	}
	p, err := a.Book.Of(ctx, id)
	return err == nil && policy.Sees(by, p)
}

// recallOne recalls one post or message.
func (a *api) recallOne(ctx context.Context, p bot.Post) (recall.Outcome, error) {
	by := principalOf(ctx)
	req := recall.Request{
		CauseID: bot.EventID("api/" + string(by.Token) + "/" + a.Key()), Via: bot.ViaAPI, By: by, Asked: a.Now(),
		Target: p.Message, Post: p.ID,
	}
	out, err := recall.Insist(ctx, req, a.Recaller.Recall)
	if err != nil && out.Result == "" {
		return out, platformError(err)
	}
	return out, a.outcomeProblem(out, err)
}

// platformError turns the platform's rate limit into a 503, since 429 is the caller's own limit.
func platformError(err error) error {
	if bot.KindOf(err) != bot.RateLimited {
		return err
	}
	p := problemOf(err)
	p.Status, p.Title = http.StatusServiceUnavailable, http.StatusText(http.StatusServiceUnavailable)
	p.Detail = "The platform limits our calls now. Try again in " + p.wait() + "."
	return p
}

// outcomeProblem is nil for a success.
func (a *api) outcomeProblem(out recall.Outcome, err error) error {
	status, detail := 0, ""
	switch out.Result {
	case bot.Refused:
		status, detail = http.StatusForbidden, "It was not recalled: this token may not do that here."
	case bot.Failed:
		status, detail = http.StatusUnprocessableEntity, "The platform did not recall it."
		if err != nil {
			status, detail = http.StatusBadGateway, "The platform did not recall it now. Try again."
		}
	default:
		return nil
	}
	if why := a.Say.Failed(out.Reason, out.Code); why != "" && status != http.StatusBadGateway {
		detail = why
	}
	p := newProblem(status, detail)
	p.Reason, p.Code, p.LogID = string(out.Reason), out.Code, out.LogID
	return p
}

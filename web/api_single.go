package web

import (
	"context"
	"net/http"

	"recallbot/bot"
	"recallbot/policy"
	"recallbot/recall"
)

type recallPostAnswer struct {
	Body struct {
		Outcome string      `json:"outcome" enum:"recalled,already_gone,cancelled,dry_run,asked" doc:"cancelled: it was not sent yet, and will not be; asked: the platform recalls the batch send by itself"`
		Rule    policy.Rule `json:"rule,omitempty" doc:"The rule that allowed it"`
		Post    *Post       `json:"post,omitempty"`
	}
}

// cancelled is the outcome of a post that was not sent yet.
const cancelled = "cancelled"

// recallPost is DELETE /posts/{id}.
func (a *api) recallPost(ctx context.Context, in *postInput) (*recallPostAnswer, error) {
	by, message := principalOf(ctx), bot.MessageID(in.ID)
	p, err := a.findPost(ctx, in.ID)
	if err != nil && !a.isForeign(ctx, message, err) {
		return nil, a.fault(ctx, "recall a post", err)
	}
	answer := &recallPostAnswer{}
	if p != nil {
		if p.State == bot.PostQueued {
			if *p, err = a.cancel(ctx, *p); err != nil {
				return nil, a.fault(ctx, "cancel a post", err)
			}
		}
		if p.Message == "" {
			if p.State == bot.PostFailed || p.State == bot.PostUnsure {
				return nil, conflict(p.Reason, "It was not sent, so there is nothing to take back.")
			}
			answer.Body.Outcome, answer.Body.Post = cancelled, shown(*p)
			return answer, nil
		}
		message = p.Message
	}
	out, err := a.recallOne(ctx, by, message, p)
	if err != nil {
		return nil, a.fault(ctx, "recall a post", err)
	}
	answer.Body.Outcome, answer.Body.Rule = string(out.Result), out.Rule
	if p != nil {
		if now, err := a.Book.Post(ctx, p.ID); err == nil {
			answer.Body.Post = shown(now)
		}
	}
	return answer, nil
}

func shown(p bot.Post) *Post {
	post := postOf(p)
	return &post
}

// isForeign reports whether an id that is none of a post's may be the message's all the same: for tokens that may recall
// any, what no team posted.
func (a *api) isForeign(ctx context.Context, id bot.MessageID, missed error) bool {
	if problemOf(missed).Status != http.StatusNotFound || !principalOf(ctx).Any || bot.PostID(id) == "" || !isMessage(id) {
		return false
	}
	p, err := a.Book.Of(ctx, id)
	return err == nil && p == nil
}

func isMessage(id bot.MessageID) bool {
	return isName(string(id)) && (bot.IsBatch(id) || (len(id) > 3 && id[:3] == "om_"))
}

// cancel takes back what is not sent yet.
func (a *api) cancel(ctx context.Context, p bot.Post) (bot.Post, error) {
	return a.Posts.Cancel(ctx, p.ID)
}

// recallOne recalls one message by the one door.
func (a *api) recallOne(ctx context.Context, by *bot.Principal, id bot.MessageID, p *bot.Post) (recall.Outcome, error) {
	req := recall.Request{
		Work: bot.EventID("api/" + string(by.Token) + "/" + a.Key()), Via: bot.ViaAPI, By: by, Asked: a.Now(), Target: id, Last: true,
	}
	if p != nil {
		req.Chat = p.Chat
		if p.Kind == bot.KindOwn && p.State == bot.PostSent {
			req.Known = &bot.Message{ID: id, Chat: p.Chat, Kind: p.Kind, Sender: bot.MarkOf(p.Author), At: p.Sent}
		}
	}
	door := a.Door.Recall
	if bot.IsBatch(id) {
		door = a.Door.RecallBatch
	}
	out, err := door(ctx, req)
	if err != nil && out.Result == "" {
		return out, elsewhere(err)
	}
	return out, outcomeProblem(out, err)
}

// elsewhere is what the platform, or Redis, kept us from.
func elsewhere(err error) error {
	if bot.KindOf(err) != bot.RateLimited {
		return err
	}
	p := problemOf(err)
	p.Status, p.Title = http.StatusServiceUnavailable, http.StatusText(http.StatusServiceUnavailable)
	p.Detail = "The platform asks us to wait."
	return p
}

// outcomeProblem is nil for what went well.
func outcomeProblem(out recall.Outcome, err error) error {
	status, detail := 0, ""
	switch out.Result {
	case bot.Refused:
		status, detail = http.StatusForbidden, "It is not recalled: the rules say no."
	case bot.Failed:
		status, detail = http.StatusUnprocessableEntity, "The platform does not recall it."
		if err != nil {
			status, detail = http.StatusBadGateway, "The platform did not do it now; it may be asked again."
		}
	default:
		return nil
	}
	p := newProblem(status, detail)
	p.Reason, p.Code, p.LogID = string(out.Reason), out.Code, out.LogID
	return p
}

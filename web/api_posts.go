package web

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"recallbot/bot"
	"recallbot/recall/policy"
)

// postsAnswer are the created or registered posts.
type postsAnswer struct {
	Status   int
	Replayed string `header:"Idempotent-Replay" doc:"true where this Idempotency-Key came before"`
	Body     struct {
		Group bot.GroupID `json:"group" doc:"The name of the whole broadcast"`
		Posts []Post      `json:"posts"`
	}
}

type createPostsInput struct {
	Idempotent

	Prefer string `header:"Prefer" doc:"wait=N: answer when all are sent or failed, after N seconds (up to 30) at the latest" example:"wait=10"`
	Body   PostRequest
}

// createPosts is POST /posts.
func (a *api) createPosts(ctx context.Context, in *createPostsInput) (*postsAnswer, error) {
	by := principalOf(ctx)
	order, err := orderOf(in.Body, by)
	if err != nil {
		return nil, err
	}
	replayed := ""
	if order.CauseID, replayed, err = a.causeID(ctx, in.Key, in.Body); err != nil {
		return nil, a.fail(ctx, "accept posts", err)
	}
	posts, err := a.Posts.Accept(ctx, order)
	if err != nil {
		return nil, a.fail(ctx, "accept posts", err)
	}
	answer := &postsAnswer{Status: http.StatusAccepted, Replayed: replayed}
	if wait := preferredWait(in.Prefer); wait > 0 {
		if posts, err = a.waitSent(ctx, posts, wait); err != nil {
			return nil, a.fail(ctx, "wait for posts", err)
		}
	}
	if !slices.ContainsFunc(posts, isQueued) {
		answer.Status = http.StatusOK
	}
	answer.Body.Posts = a.postsOf(posts)
	if answer.Body.Group = order.Group; len(posts) > 0 {
		answer.Body.Group = posts[0].Group
	}
	return answer, nil
}

// orderOf checks a request and converts it.
func orderOf(r PostRequest, by *bot.Principal) (bot.PostOrder, error) {
	order := bot.PostOrder{
		By: by, Chats: r.Chats, Users: r.Users, Group: r.Group, Author: r.Author, Undo: r.Undo != nil && r.Undo.Button,
	}
	var err error
	if err = r.targets(); err != nil {
		return order, err
	}
	if order.Type, order.Body, err = r.content(); err != nil {
		return order, err
	}
	if order.Life, err = lifetime(r.ExpireIn); err != nil {
		return order, err
	}
	if r.Group != "" && !r.Group.Valid() {
		return order, invalid("body.group", "A group's name has no spaces and none of / ? #.")
	}
	for _, chat := range r.Chats {
		if !policy.Reaches(by, chat) {
			return order, newProblem(http.StatusForbidden, "The token does not reach the chat "+string(chat)+".")
		}
	}
	if len(r.Users) > 0 && len(by.Chats) > 0 {
		return order, newProblem(http.StatusForbidden, "This token is limited to chats, so it can't post to people.")
	}
	return order, nil
}

func isQueued(p bot.Post) bool { return p.State == bot.PostQueued }

// preferredWait is the wait of a Prefer header; 0 if it is absent or invalid.
func preferredWait(prefer string) time.Duration {
	const maxSeconds = 30
	for preference := range strings.SplitSeq(prefer, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(preference), "=")
		if seconds, err := strconv.Atoi(strings.TrimSpace(value)); err == nil && strings.EqualFold(strings.TrimSpace(name), "wait") && seconds > 0 {
			return time.Duration(min(seconds, maxSeconds)) * time.Second
		}
	}
	return 0
}

// sentPollInterval is how often waitSent checks the posts.
const sentPollInterval = 100 * time.Millisecond

// waitSent waits until no post is queued, but not longer than wait, and returns their current state.
func (a *api) waitSent(ctx context.Context, posts []bot.Post, wait time.Duration) ([]bot.Post, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), wait)
	defer cancel()
	if err := a.extendTimeout(ctx, wait+writeTimeout); err != nil {
		return nil, err
	}
	ticks := time.NewTicker(sentPollInterval)
	defer ticks.Stop()
	for slices.ContainsFunc(posts, isQueued) {
		select {
		case <-ctx.Done():
			return posts, nil
		case <-a.server.closing:
			return posts, nil
		case <-ticks.C:
		}
		for i, p := range posts {
			if !isQueued(p) {
				continue
			}
			now, err := a.Book.Find(ctx, p.ID)
			if err != nil && ctx.Err() != nil {
				return posts, nil // timed out: return what was found last
			}
			if err != nil {
				return nil, err
			}
			posts[i] = now
		}
	}
	return posts, nil
}

type registerInput struct {
	Idempotent

	Body RegisterRequest
}

// registerPosts is POST /posts/register.
func (a *api) registerPosts(ctx context.Context, in *registerInput) (*postsAnswer, error) {
	by := principalOf(ctx)
	order := bot.RegisterOrder{By: by, Group: in.Body.Group, Author: in.Body.Author}
	for i, m := range in.Body.Messages {
		if slices.Contains(order.Messages, m.Message) {
			return nil, invalid("body.messages["+strconv.Itoa(i)+"]", "It is listed twice.")
		}
		order.Messages = append(order.Messages, m.Message)
	}
	var err error
	if order.Life, err = lifetime(in.Body.ExpireIn); err != nil {
		return nil, err
	}
	if in.Body.Group != "" && !in.Body.Group.Valid() {
		return nil, invalid("body.group", "A group's name has no spaces and none of / ? #.")
	}
	answer := &postsAnswer{Status: http.StatusOK}
	if order.CauseID, answer.Replayed, err = a.causeID(ctx, in.Key, in.Body); err != nil {
		return nil, a.fail(ctx, "register posts", err)
	}
	posts, err := a.Posts.Register(ctx, order)
	if err != nil {
		return nil, a.fail(ctx, "register posts", registerProblem(err))
	}
	answer.Body.Posts = a.postsOf(posts)
	if answer.Body.Group = order.Group; len(posts) > 0 {
		answer.Body.Group = posts[0].Group
	}
	return answer, nil
}

// registerProblem explains why a message can't be registered.
func registerProblem(err error) error {
	status, detail := 0, ""
	switch bot.Detail(err).Reason {
	case bot.ReasonNotYours:
		status, detail = http.StatusConflict, "One of the messages belongs to another team."
	case bot.ReasonNoRight:
		status, detail = http.StatusForbidden, "An author or a lifetime for a registered post needs the scope recall:own or recall:any."
	case bot.ReasonUnseen:
		status = http.StatusUnprocessableEntity
		detail = "The platform does not show one of the messages to this app, so its sender is unknown. In groups this needs the scope im:message.group_msg."
	default:
		return err
	}
	p := newProblem(status, detail)
	p.Reason = string(bot.Detail(err).Reason)
	return p
}

type listPostsInput struct {
	Paged

	Group  string `query:"group" maxLength:"128"`
	Author string `query:"author" maxLength:"128"`
	Chat   string `query:"chat" maxLength:"128"`
	State  string `query:"state" enum:"queued,sent,failed,unsure,cancelled,recalled"`
}

type postsPage struct {
	Body struct {
		Items []Post `json:"items"`
		Next  string `json:"next_cursor,omitempty"`
	}
}

// listPosts is GET /posts.
func (a *api) listPosts(ctx context.Context, in *listPostsInput) (*postsPage, error) {
	by := principalOf(ctx)
	page, next, err := a.Book.List(ctx, bot.PostQuery{
		Team: by.Team, All: by.Team == "", Group: bot.GroupID(in.Group), Author: bot.UserID(in.Author), Chat: bot.ChatID(in.Chat),
		State: bot.PostState(in.State), Limit: in.Limit, Cursor: in.Cursor,
	})
	if err != nil {
		return nil, a.fail(ctx, "list posts", err)
	}
	answer := &postsPage{}
	answer.Body.Items, answer.Body.Next = []Post{}, next
	for _, p := range page {
		if isVisible(by, p) {
			answer.Body.Items = append(answer.Body.Items, a.postOf(p))
		}
	}
	return answer, nil
}

// isVisible reports whether a token may see a post.
func isVisible(by *bot.Principal, p bot.Post) bool {
	return policy.Sees(by, &p) && (by.Team == "" || p.Team == by.Team) && policy.Reaches(by, p.Chat)
}

type postInput struct {
	ID string `path:"id" maxLength:"128" doc:"The post's id (p_…), or the message's (om_…, bm-…)"`
}

type postAnswer struct{ Body Post }

// readPost is GET /posts/{id}.
func (a *api) readPost(ctx context.Context, in *postInput) (*postAnswer, error) {
	p, err := a.findPost(ctx, in.ID)
	if err != nil {
		return nil, a.fail(ctx, "read a post", err)
	}
	return &postAnswer{a.postOf(*p)}, nil
}

// findPost finds a post that the caller may see, by its id or its message's.
func (a *api) findPost(ctx context.Context, id string) (*bot.Post, error) {
	var p *bot.Post
	if strings.HasPrefix(id, "p_") {
		found, err := a.Book.Find(ctx, bot.PostID(id))
		switch {
		case err == nil:
			p = &found
		case bot.KindOf(err) != bot.NotFound:
			return nil, err
		}
	} else {
		found, err := a.Book.Of(ctx, bot.MessageID(id))
		if err != nil {
			return nil, err
		}
		p = found
	}
	if p == nil || !isVisible(principalOf(ctx), *p) {
		return nil, notFound("post")
	}
	return p, nil
}

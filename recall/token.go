package recall

import (
	"context"

	"recallbot/bot"
	"recallbot/recall/policy"
)

// Posts are the posts that were made or registered through the API.
type Posts interface {
	// Of finds the post of a message; nil where there is none.
	Of(ctx context.Context, id bot.MessageID) (*bot.Post, error)
	// OfAll is Of for several messages, in their order.
	OfAll(ctx context.Context, ids []bot.MessageID) ([]*bot.Post, error)
	// Find gives NotFound for a post that is not kept.
	Find(ctx context.Context, id bot.PostID) (bot.Post, error)
	// Cancel cancels a post that is not sent yet, and gives its new state; fresh reports whether this call did it. A post that
	// is being sent is recalled once it has a message.
	Cancel(ctx context.Context, id bot.PostID, by bot.Cancellation) (post bot.Post, fresh bool, err error)
}

// principal gives the token of a request with its present rights: they may have changed since the request.
func (d *decider) principal(ctx context.Context, req Request) (*bot.Principal, error) {
	if req.By == nil || d.principalOf == nil || req.Via == bot.ViaCancelled {
		return req.By, nil
	}
	return d.principalOf(ctx, req.By.Token)
}

// Current gives a token with its present rights.
func (d *decider) Current(ctx context.Context, by *bot.Principal) (*bot.Principal, error) {
	return d.principal(ctx, Request{By: by})
}

// addPost adds to the facts the target's post of the API, and for people its author where the index does not have it.
func (d *decider) addPost(ctx context.Context, req Request, facts *policy.Facts) (err error) {
	if d.posts == nil {
		return nil
	}
	if facts.Posted, err = d.postOf(ctx, req); err != nil {
		return err
	}
	if req.Who == "" || facts.Target.Kind != bot.KindOwn || facts.Target.Sender != 0 {
		return nil
	}
	post, err := req.ahead.post.or(func() (*bot.Post, error) { return d.posts.Of(ctx, facts.Target.ID) })
	if err == nil && post != nil {
		facts.Target.Sender = bot.HashOf(post.Author)
	}
	return err
}

// postOf gives the target's post of the API, where the decision depends on it: not where a person asks.
func (d *decider) postOf(ctx context.Context, req Request) (*bot.Post, error) {
	if d.posts == nil || (req.By == nil && req.Via != bot.ViaCancelled && !bot.IsBatch(req.Target)) {
		return nil, nil //nolint:nilnil // nil is a message that is not a post of the API
	}
	return req.ahead.post.or(func() (*bot.Post, error) { return d.posts.Of(ctx, req.Target) })
}

// rolesDontMatter reports whether no person asks and the message is our own.
func rolesDontMatter(facts policy.Facts) bool {
	return (facts.By != nil || facts.Via == bot.ViaLifetime || facts.Via == bot.ViaCancelled) && facts.Target.Kind == bot.KindOwn
}

// Hidden gives a function that reports what a selection for a token must not show: posts of other teams and, where the
// token may recall only its team's posts, all others. It is nil where nothing is hidden.
func (d *decider) Hidden(by *bot.Principal) func(ctx context.Context, page []bot.Message) ([]bool, error) {
	if by == nil || (by.Any && by.Team == "") {
		return nil
	}
	return func(ctx context.Context, page []bot.Message) ([]bool, error) {
		posts, err := d.postsOf(ctx, page)
		if err != nil {
			return nil, err
		}
		hidden := make([]bool, len(page))
		for i, posted := range posts {
			own := posted != nil && by.Team != "" && posted.Team == by.Team
			hidden[i] = !own && (!by.Any || !policy.Sees(by, posted))
		}
		return hidden, nil
	}
}

// postsOf gives the posts of messages, in their order; nil for messages of others.
func (d *decider) postsOf(ctx context.Context, page []bot.Message) ([]*bot.Post, error) {
	posts := make([]*bot.Post, len(page))
	if d.posts == nil {
		return posts, nil
	}
	var ids []bot.MessageID
	var places []int
	for i, m := range page {
		if m.Kind != bot.KindPerson && m.Kind != bot.KindBot {
			ids, places = append(ids, m.ID), append(places, i)
		}
	}
	found, err := d.posts.OfAll(ctx, ids)
	if err != nil {
		return nil, err
	}
	for i, post := range found {
		posts[places[i]] = post
	}
	return posts, nil
}
